package gate

import (
	"math"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Calendars reckon in whole seconds since 1970, as [time.Time.Unix] counts them:
// clocks on walls are changed at whole seconds only. Before the year 1 and after the
// year 9999 everything is as at these ends.
const (
	firstSecond = -62135596800 // the first one of the year 1
	lastSecond  = 253402300799 // the last one of the year 9999
	never       = math.MaxInt64
)

const (
	daySeconds  = 24 * 60 * 60
	weekSeconds = 7 * daySeconds
)

var epoch = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC) // never written

// second is the second that t is in, kept within the years 1 to 9999.
func second(t time.Time) int64 {
	sec := t.Unix()
	switch {
	case firstSecond <= sec && sec <= lastSecond:
		return sec
	case t.Before(epoch): // the sign of sec does not say: it may have overflowed
		return firstSecond
	}
	return lastSecond
}

// instant is where a second begins, in UTC.
func instant(sec int64) time.Time {
	const safe = math.MaxInt64 / int64(time.Second)
	if -safe <= sec && sec <= safe {
		return epoch.Add(time.Duration(sec) * time.Second)
	}
	return epoch.AddDate(0, 0, int(sec/daySeconds)).Add(time.Duration(sec%daySeconds) * time.Second)
}

// The years of a zone's table, and how many changes of its clocks it holds at most.
const (
	tableFrom  = 946684800  // begin of 2000
	tableUntil = 4102444800 // begin of 2100
	maxTable   = 1000
)

// zone is a time zone: what its clocks on walls are ahead of UTC, and when that
// changes. It is made once and never written again.
type zone struct {
	location *time.Location
	table    []period // in order, each until the next begins
	end      int64    // of the last one
	near     []int    // for every 97 days of the table, the period that they begin in
}

// nearBits are those of the 97 days, in seconds, that are not looked at for near.
const nearBits = 23

// period is a time in which the clocks are not changed.
type period struct{ from, offset int64 }

// loadZone finds a zone by its IANA name and makes its table; no name is UTC.
func loadZone(name string) (*zone, error) {
	location, err := findZone(name)
	if err != nil {
		return nil, err
	}
	z := &zone{location: location}
	z.end = tableFrom
	if _, end := z.look(firstSecond); end == never { // the clocks are never changed
		z.end = firstSecond
	}
	for z.end < tableUntil && len(z.table) < maxTable {
		offset, end := z.look(z.end)
		if n := len(z.table); n == 0 || z.table[n-1].offset != offset {
			z.table = append(z.table, period{from: z.end, offset: offset})
		}
		z.end = end
	}
	begin, last := z.table[0].from, len(z.table)-1
	for i, at := 0, begin; at <= z.table[last].from; at += 1 << nearBits {
		for i < last && z.table[i+1].from <= at {
			i++
		}
		z.near = append(z.near, i)
	}
	return z, nil
}

// findZone refuses the zone of the machine, under both names that it may have: a
// plan must mean the same wherever it is read.
func findZone(name string) (*time.Location, error) {
	rule := "must be the IANA name of a time zone that is known here, such as Europe/Berlin; " +
		`for systems that have no time zones, import _ "time/tzdata"`
	if name != "Local" && name != "localtime" {
		location, err := time.LoadLocation(name) // read once, at Compile
		if err == nil {
			return location, nil
		}
	} else {
		rule = "must not be the zone of the machine, but the IANA name of one, such as Europe/Berlin"
	}
	var p strict.Problems
	p.Add("zone", name, rule)
	return nil, p.Err()
}

// period is what the clocks are ahead of UTC at a second, and until when they are
// not changed; never, if they never are.
func (z *zone) period(sec int64) (offset, end int64) {
	if len(z.table) == 0 || sec < z.table[0].from || sec >= z.end {
		return z.look(sec)
	}
	i := z.near[min(int((sec-z.table[0].from)>>nearBits), len(z.near)-1)]
	for i+1 < len(z.table) { // a few times: clocks are not changed often
		next := z.table[i+1].from
		if sec < next {
			return z.table[i].offset, next
		}
		i++
	}
	return z.table[i].offset, z.end
}

// look is period without the table. Its end may come too early, with the same offset
// after it.
func (z *zone) look(sec int64) (offset, end int64) {
	t := instant(sec).In(z.location)
	_, ahead := t.Zone()
	_, until := t.ZoneBounds()
	switch {
	case until.IsZero():
		return int64(ahead), never
	case !until.After(t):
		// Where package time follows a rule it ends every year after 365 days, so that
		// nothing is said of the last day of some. No rule changes clocks in it but at
		// whole quarters of an hour.
		const quarter = 15 * 60
		return int64(ahead), sec + quarter - mod(sec, quarter)
	}
	return int64(ahead), until.Unix()
}

// show writes an instant as the clocks in the zone show it.
func (z *zone) show(t time.Time) string {
	t = t.In(z.location)
	layout := "Mon 2006-01-02 15:04 MST"
	if t.Second() != 0 {
		layout = "Mon 2006-01-02 15:04:05 MST"
	}
	text := t.Format(layout)
	if z.location != time.UTC {
		text += " (" + z.location.String() + ")"
	}
	return text
}

// mod is the rest of a by b, never negative: below b.
func mod(a, b int64) int64 {
	if a %= b; a < 0 {
		a += b
	}
	return a
}
