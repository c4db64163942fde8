package gate

import (
	"fmt"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Days is a set of days of the week: 1<<time.Monday | 1<<time.Friday. The zero Days
// has none.
type Days uint8

// EveryDay is all seven.
const EveryDay Days = 1<<7 - 1

func (d Days) has(day time.Weekday) bool { return d>>day&1 == 1 }

// Hours is a span of time on days of every week, as clocks on walls show it: "mon-thu
// 09:00-17:00", "mon,wed,sat 22:00-06:00", or without days for every day "18:00-21:00".
// From its begin on, and until, but without, its end.
//
// Days are mon to sun, in lists and ranges ("fri-mon" is four days), each only once.
// Times have minutes; 24:00 is an end only, and 00:00-24:00 the whole day. An end before
// the begin is on the next day, which the days need not name.
//
// The zero Hours is no time at all, and Validate refuses it.
type Hours struct {
	// Days are those it begins on.
	Days Days
	// From and To are times of the day, as what the clock shows: 9*time.Hour is 09:00.
	From, To time.Duration
}

const wholeDay = 24 * time.Hour

// Validate implements [Validator].
func (h Hours) Validate() error {
	var p strict.Problems
	if h.Days == 0 || h.Days > EveryDay {
		p.Add("days", uint8(h.Days), "must be days of the week, at least one")
	}
	if h.From < 0 || h.From >= wholeDay || h.From%time.Minute != 0 {
		p.Add("from", length(h.From), "must be whole minutes, at least 0s and below 24h")
	}
	switch {
	case h.To < 0 || h.To > wholeDay || h.To%time.Minute != 0:
		p.Add("to", length(h.To), "must be whole minutes, at least 0s and at most 24h")
	case h.To == h.From:
		p.Add("to", length(h.To), ruleSameTime)
	}
	return p.Err()
}

const (
	ruleHours    = `must be days and times such as "mon-thu 09:00-17:00", or times alone`
	ruleDays     = "must name its days as mon, tue, wed, thu, fri, sat or sun, in lists and ranges, each only once"
	ruleTimes    = "must have a begin from 00:00 to 23:59 and an end from 00:00 to 24:00"
	ruleSameTime = "must not end at the time it begins; the whole day is 00:00-24:00"
)

// length is how long it is if no clock is changed meanwhile; no time if it is not valid.
func (h Hours) length() time.Duration {
	switch {
	case h.Validate() != nil:
		return 0
	case h.To < h.From:
		return h.To + wholeDay - h.From
	}
	return h.To - h.From
}

// week are the days in the order that they are written in; never written.
var week = [...]struct {
	name string
	day  time.Weekday
}{
	{"mon", time.Monday},
	{"tue", time.Tuesday},
	{"wed", time.Wednesday},
	{"thu", time.Thursday},
	{"fri", time.Friday},
	{"sat", time.Saturday},
	{"sun", time.Sunday},
}

// String writes it in the shortest way: "mon-thu 09:00-17:00".
func (h Hours) String() string {
	text := clockText(h.From) + "-" + clockText(h.To)
	if days := h.Days.text(); days != "" {
		return days + " " + text
	}
	return text
}

// text is "mon-thu,sat", with a range where there are three days or more; that of
// EveryDay is empty.
func (d Days) text() string {
	if d&EveryDay == EveryDay {
		return ""
	}
	has := func(i int) bool { return d.has(week[(i+7)%7].day) }
	var items []string
	for i := range week {
		if !has(i) {
			continue
		}
		begin, end := i, i // of the days without a gap around it; one is missing, so there is one
		for has(begin - 1) {
			begin--
		}
		for has(end + 1) {
			end++
		}
		switch {
		case end-begin < 2:
			items = append(items, week[i].name)
		case begin == i: // once, where it begins
			items = append(items, week[i].name+"-"+week[end%7].name)
		}
	}
	return strings.Join(items, ",")
}

func clockText(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", d/time.Hour, d%time.Hour/time.Minute)
}

// MarshalText is String; what Validate refuses is an error.
func (h Hours) MarshalText() ([]byte, error) {
	if err := h.Validate(); err != nil {
		return nil, err
	}
	return []byte(h.String()), nil
}

// UnmarshalText reads what String writes, and every other way to write it; anything
// else is a [*FieldError].
func (h *Hours) UnmarshalText(text []byte) error {
	read, rule := parseHours(string(text))
	if rule != "" {
		var p strict.Problems
		p.Add("", string(text), rule)
		return p.Err()
	}
	*h = read
	return nil
}

// parseHours returns the rule that the text breaks, if any.
func parseHours(text string) (h Hours, rule string) {
	h.Days = EveryDay
	days, times, named := strings.Cut(text, " ")
	if !named {
		times = days
	} else if h.Days = parseDays(days); h.Days == 0 {
		return h, ruleDays
	}
	from, to, _ := strings.Cut(times, "-")
	var ok [2]bool
	h.From, ok[0] = parseClock(from)
	h.To, ok[1] = parseClock(to)
	switch {
	case !ok[0] || !ok[1]:
		return h, ruleHours
	case h.From >= wholeDay || h.To > wholeDay:
		return h, ruleTimes
	case h.From == h.To:
		return h, ruleSameTime
	}
	return h, ""
}

// parseDays returns no days if the text is wrong.
func parseDays(text string) Days {
	var all Days
	for item := range strings.SplitSeq(text, ",") {
		first, last, ranged := strings.Cut(item, "-")
		begin, end := dayIndex(first), dayIndex(first)
		if ranged {
			end = dayIndex(last)
		}
		if begin < 0 || end < 0 || ranged && begin == end {
			return 0
		}
		if end < begin { // over the end of the week
			end += 7
		}
		for i := begin; i <= end; i++ {
			day := Days(1) << week[i%7].day
			if all&day != 0 {
				return 0
			}
			all |= day
		}
	}
	return all
}

func dayIndex(name string) int {
	for i := range week {
		if week[i].name == name {
			return i
		}
	}
	return -1
}

// parseClock reads "09:30"; minutes are below 60, hours may be too many.
func parseClock(text string) (time.Duration, bool) {
	if len(text) != len("09:30") || text[2] != ':' {
		return 0, false
	}
	for i := range len(text) {
		if i != 2 && (text[i] < '0' || text[i] > '9') {
			return 0, false
		}
	}
	number := func(digits string) time.Duration {
		return time.Duration(digits[0]-'0')*10 + time.Duration(digits[1]-'0')
	}
	hour, minute := number(text[:2]), number(text[3:])
	return hour*time.Hour + minute*time.Minute, minute < 60
}
