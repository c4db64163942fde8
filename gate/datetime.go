package gate

import (
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// DateTime is a date, or a date and a time of the day, as calendars and clocks on
// walls show them: "2026-12-18" or "2026-12-18 18:00". It is an instant only in a
// time zone.
type DateTime string

const (
	layoutDate = "2006-01-02"
	layoutTime = "2006-01-02 15:04"
)

const ruleDateTime = `must be a date there is such as "2026-12-18", or with a time of the day as "2026-12-18 18:00"`

// parse is what the clocks show, in seconds since they showed the begin of 1970, and
// whether a time was given.
func (d DateTime) parse() (shown int64, timed, ok bool) {
	for _, layout := range [...]string{layoutDate, layoutTime} {
		t, err := time.Parse(layout, string(d))
		if err == nil && t.Year() > 0 && t.Format(layout) == string(d) { // not "2026-12-18 9:00"
			return t.Unix(), layout == layoutTime, true
		}
	}
	return 0, false, false
}

// MarshalText is the text; what is no date is an error.
func (d DateTime) MarshalText() ([]byte, error) {
	var check DateTime
	return []byte(d), check.UnmarshalText([]byte(d))
}

// UnmarshalText refuses what is no date with a [*FieldError].
func (d *DateTime) UnmarshalText(text []byte) error {
	read := DateTime(text)
	if _, _, ok := read.parse(); !ok {
		var p strict.Problems
		p.Add("", string(text), ruleDateTime)
		return p.Err()
	}
	*d = read
	return nil
}

// maxShift is more than clocks are ahead of UTC or behind, anywhere and ever.
const maxShift = 2 * daySeconds

// firstShown is the first second at which the clocks show this, or more. So of hours
// that they show twice it is the first one, and of those that they skip, when they do.
func (z *zone) firstShown(shown int64) int64 {
	sec := shown - maxShift
	for {
		offset, end := z.period(sec)
		if at := max(sec, shown-offset); at < end {
			return at
		}
		sec = end
	}
}

// lastShown is the last second at which the clocks show this, or when they skip it.
func (z *zone) lastShown(shown int64) int64 {
	return z.last(shown, func(at, from int64) bool { return at >= from })
}

// lastBefore is the end of the last second at which the clocks show less than this.
// If they are put back to this it is the first time, not the last, that they show it.
func (z *zone) lastBefore(shown int64) int64 {
	return z.last(shown, func(at, from int64) bool { return at > from })
}

// last is when the clocks come to show this in the last period for which that counts.
func (z *zone) last(shown int64, counts func(at, from int64) bool) int64 {
	last := shown - maxShift
	for sec := last; sec < shown+maxShift; {
		offset, end := z.period(sec)
		if at := min(shown-offset, end); counts(at, sec) { // at the end they may skip it
			last = at
		}
		sec = end
	}
	return last
}
