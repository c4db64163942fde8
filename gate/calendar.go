package gate

import (
	"cmp"
	"slices"
	"time"
)

// calendar is when the clocks on the walls of a zone show one of some Hours. It is
// made once and never written again.
//
// What counts is what the clocks show. Hours that are skipped when they are put
// forward do not occur; hours that are shown twice when they are put back count
// twice.
type calendar struct {
	zone  *zone
	open  bool   // at the end of the week, before the first of turns
	turns []turn // when it opens and closes, in order; none if it never does
	total int64  // open seconds of a week
}

// turn is a second of the week at which a calendar opens or closes, and how many of
// those before it are open. The week begins on Monday.
type turn struct{ at, before int64 }

// maxPeriods bounds the search for the next change. Where clocks are not changed for
// a week it ends; no zone changes them so often that it takes longer than a few years.
const maxPeriods = 10000

// newCalendar leaves out Hours that are not valid.
func newCalendar(z *zone, hours []Hours) *calendar {
	c := &calendar{zone: z}
	spans := weekSpans(hours)
	if len(spans) == 0 {
		return c
	}
	for _, s := range spans {
		c.turns = append(c.turns, turn{at: s.from, before: c.total})
		c.total += s.to - s.from
		c.turns = append(c.turns, turn{at: s.to, before: c.total})
	}
	last := len(c.turns) - 1
	if c.turns[last].at == weekSeconds { // the end of the week is the begin of the next
		c.open, c.turns = true, c.turns[:last]
		if c.turns[0].at == 0 {
			c.turns = c.turns[1:]
		} else {
			c.turns = slices.Insert(c.turns, 0, turn{})
		}
	}
	return c
}

// span is from a second until, but without, another one.
type span struct{ from, to int64 }

// weekSpans are the seconds of the week that are in any of the hours.
func weekSpans(hours []Hours) []span {
	var spans []span
	for _, h := range hours {
		seconds := int64(h.length() / time.Second)
		if seconds == 0 {
			continue
		}
		for i := range week {
			if !h.Days.has(week[i].day) {
				continue
			}
			from := int64(i)*daySeconds + int64(h.From/time.Second)
			to := from + seconds
			spans = append(spans, span{from, min(to, weekSeconds)})
			if to > weekSeconds {
				spans = append(spans, span{0, to - weekSeconds})
			}
		}
	}
	return merge(spans)
}

// merge sorts the spans, and makes one of those that overlap or touch.
func merge(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var merged []span
	for _, s := range spans {
		if n := len(merged); n > 0 && s.from <= merged[n-1].to {
			merged[n-1].to = max(merged[n-1].to, s.to)
		} else {
			merged = append(merged, s)
		}
	}
	return merged
}

// at says whether it is open at an instant, and when that changes next; zero if never.
func (c *calendar) at(now time.Time) (open bool, next time.Time) {
	open, change := c.change(second(now))
	if change == never {
		return open, time.Time{}
	}
	return open, instant(change)
}

// change says whether it is open at a second, and at which one that changes next.
func (c *calendar) change(sec int64) (open bool, next int64) {
	if len(c.turns) == 0 {
		return c.open, never
	}
	offset, end := c.zone.period(sec)
	i, at := c.find(sec + offset)
	open = c.state(i)
	for range maxPeriods {
		next = sec + c.turns[0].at + weekSeconds - at
		if i < len(c.turns) {
			next = sec + c.turns[i].at - at
		}
		switch {
		case min(next, end) > lastSecond:
			return open, never
		case next < end:
			return open, next
		}
		sec = end // the clocks may be changed now: what they show then counts
		offset, end = c.zone.period(sec)
		i, at = c.find(sec + offset)
		if c.state(i) != open {
			return open, sec
		}
	}
	return open, sec // nothing is known from here on: look again
}

// someMonday is where weeks are counted from: 1970 began with a Thursday.
const someMonday = -3 * daySeconds

// find is the second of the week that the clocks show, and the first turn after it.
func (c *calendar) find(shown int64) (i int, at int64) {
	at = mod(shown-someMonday, weekSeconds)
	high := len(c.turns)
	for i < high {
		middle := int(uint(i+high) / 2)
		if c.turns[middle].at <= at {
			i = middle + 1
		} else {
			high = middle
		}
	}
	return i, at
}

// state says whether it is open before the i-th turn.
func (c *calendar) state(i int) bool { return c.open != (i%2 == 1) }

// within is how much of the time from one instant to another is open. Of more than 292
// years, which no Duration can hold, it is that of the first ones.
func (c *calendar) within(from, to time.Time) time.Duration {
	if !from.Before(to) {
		return 0
	}
	if begin := instant(firstSecond); from.Before(begin) {
		from = begin
	}
	to = from.Add(max(0, to.Sub(from))) // which is at most what a Duration can hold
	first, last := second(from), second(to)
	var sum int64
	for sec := first; sec < last; {
		offset, end := c.zone.period(sec)
		end = min(end, last)
		sum += c.shown(end+offset) - c.shown(sec+offset)
		sec = end
	}
	// Of the seconds at both ends only a part is asked for, and each is open or not.
	parts := c.part(to, last) - c.part(from, first)
	return time.Duration(sum)*time.Second + parts
}

// part is how much of a second is open before t in it.
func (c *calendar) part(t time.Time, sec int64) time.Duration {
	if open, _ := c.change(sec); !open || t.Unix() != sec { // t is not between the years 1 and 9999
		return 0
	}
	return time.Duration(t.Nanosecond())
}

// shown is how many seconds were open since some Monday long ago, if clocks that were
// never changed show this.
func (c *calendar) shown(now int64) int64 {
	i, at := c.find(now)
	open := int64(0) // of this week
	switch {
	case len(c.turns) == 0, i == 0:
		if c.open {
			open = at
		}
	case c.state(i):
		open = c.turns[i-1].before + at - c.turns[i-1].at
	default:
		open = c.turns[i-1].before
	}
	return (now-someMonday-at)/weekSeconds*c.total + open
}

// length is how much of a week is open if no clock is changed.
func (c *calendar) length() time.Duration { return time.Duration(c.total) * time.Second }
