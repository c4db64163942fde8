package gate

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same zones wherever this runs

	"pgregory.net/rapid"
)

// changes are zones whose clocks are changed in odd ways, and the years to look at.
var changes = []struct {
	zone  string
	years []int
}{
	{"UTC", []int{2024}},
	{"Asia/Kolkata", []int{2026}},
	{"Europe/Berlin", []int{1980, 2024, 2025, 2026, 2027, 2150}},
	{"America/New_York", []int{1974, 2024, 2025, 2026, 2027, 2096}},
	{"America/St_Johns", []int{1988, 2006, 2026}},                 // two hours; at 00:01
	{"Australia/Lord_Howe", []int{1985, 2024, 2025, 2026, 2027}},  // half an hour, in the south
	{"Australia/Sydney", []int{2026, 2300}},                       // in the south
	{"Europe/Dublin", []int{1971, 2024, 2025, 2026, 2027, 2104}},  // put back in winter, not forward in summer
	{"Africa/Casablanca", []int{2024, 2025, 2026, 2027, 2087}},    // put back for a month
	{"America/Sao_Paulo", []int{2000, 2017, 2018, 2019}},          // at midnight, in the south
	{"Asia/Beirut", []int{2023, 2024, 2025, 2026, 2027}},          // at midnight
	{"America/Havana", []int{2011, 2024, 2025, 2026, 2027, 2101}}, // at midnight, and to midnight
	{"Pacific/Apia", []int{1892, 2010, 2011, 2012, 2021}},         // a day skipped, a day shown twice
	{"America/Scoresbysund", []int{2024, 2025}},                   // to another zone
	{"Asia/Pyongyang", []int{2015, 2018}},                         // to another zone, by half an hour
	{"Africa/Monrovia", []int{1972}},                              // from an offset with seconds
	{"Europe/Amsterdam", []int{1937, 1940}},                       // the same, and summer time
	{"Antarctica/Troll", []int{2026}},                             // by two hours
	{"Africa/Cairo", []int{2010, 2024}},                           // four changes in a year; at midnight
	{"America/Nuuk", []int{2023, 2024, 2026}},                     // on Saturday evening
	{"Asia/Gaza", []int{2024, 2025, 2026}},                        // changes around a moving month
	{"Pacific/Kwajalein", []int{1993}},                            // a day skipped
	{"America/Juneau", []int{1867}},                               // a day shown twice, with seconds
}

func mustZone(t testing.TB, name string) *zone {
	t.Helper()
	z, err := loadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func mustHours(t testing.TB, texts ...string) []Hours {
	t.Helper()
	hours := make([]Hours, len(texts))
	for i, text := range texts {
		if err := hours[i].UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	return hours
}

// oracle says whether the clocks show one of the hours, in the plainest way.
func oracle(location *time.Location, hours []Hours, now time.Time) bool {
	_, ahead := now.In(location).Zone()
	shown := now.UTC().Add(time.Duration(ahead) * time.Second) // looked up once, not for every part of it
	clock := time.Duration(shown.Hour())*time.Hour + time.Duration(shown.Minute())*time.Minute
	today, yesterday := shown.Weekday(), (shown.Weekday()+6)%7
	for _, h := range hours {
		begins, ended := h.Days>>today&1 == 1, h.Days>>yesterday&1 == 1
		switch {
		case h.From < h.To && begins && h.From <= clock && clock < h.To,
			h.From > h.To && begins && h.From <= clock,
			h.From > h.To && ended && clock < h.To:
			return true
		}
	}
	return false
}

const halfSpan = 30 * time.Hour

// around are spans from more than a day before to as long after every change of the clocks
// in a year, which may skip a day, and the first of January.
func around(location *time.Location, year int) [][2]time.Time {
	begin := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
	at := []time.Time{begin}
	_, last := begin.In(location).Zone()
	for now := begin; now.Year() == year; now = now.Add(time.Hour) {
		if _, offset := now.In(location).Zone(); offset != last {
			at, last = append(at, now), offset
		}
	}
	var spans [][2]time.Time
	for _, t := range at {
		spans = append(spans, [2]time.Time{t.Add(-halfSpan), t.Add(halfSpan)})
	}
	return spans
}

// compare walks a span in steps, and asks the calendar as often. What it says comes
// next must come neither earlier nor later, to the second.
func compare(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, c *calendar, hours []Hours, from, to time.Time, step time.Duration,
) {
	t.Helper()
	location := c.zone.location
	var promised time.Time // as the answers before said, of which the last held
	was := oracle(location, hours, from)
	sum := time.Duration(0)
	for now := from; now.Before(to); now = now.Add(step) {
		open, next := c.at(now)
		if want := oracle(location, hours, now); open != want {
			t.Fatalf("%v %v at %v: %v", location, hours, now.In(location), open)
		}
		switch {
		case !next.IsZero() && (!next.After(now) || next.Nanosecond() != 0 || next.Location() != time.UTC):
			t.Fatalf("%v %v at %v: next at %v", location, hours, now.In(location), next)
		case open == was && !promised.IsZero() && !next.Equal(promised) && (promised.After(now) || oracle(location, hours, promised) == open):
			t.Fatalf("%v %v at %v: next at %v, not %v", location, hours, now.In(location), next, promised)
		case open != was && now.Sub(promised) >= step:
			t.Fatalf("%v %v at %v: is %v, which was not said", location, hours, now.In(location), open)
		}
		if !next.Equal(promised) || now.Equal(from) {
			exact(t, c, hours, now, next, open)
		}
		promised, was = next, open
		if open {
			sum += step
		}
	}
	if step == time.Second || whole(location, from, to) {
		if got := c.within(from, to); got != sum {
			t.Fatalf("%v %v from %v to %v: %v is within, counted are %v", location, hours, from, to, got, sum)
		}
	}
}

// exact holds what comes next against the seconds around it, and some before.
func exact(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, c *calendar, hours []Hours, now, next time.Time, open bool,
) {
	t.Helper()
	location := c.zone.location
	if next.IsZero() {
		for day := range 800 {
			if later := now.Add(time.Duration(day) * 11 * time.Hour); oracle(location, hours, later) != open {
				t.Fatalf("%v %v at %v: is %v for ever, but not at %v", location, hours, now, open, later)
			}
		}
		return
	}
	if oracle(location, hours, next.Add(-1)) != open || oracle(location, hours, next) == open {
		t.Fatalf("%v %v at %v: next at %v is wrong", location, hours, now.In(location), next.In(location))
	}
	for later := now; later.Before(next); later = later.Add(7 * time.Minute) {
		if oracle(location, hours, later) != open {
			t.Fatalf("%v %v at %v: next is before %v", location, hours, now.In(location), next.In(location))
		}
	}
	for _, before := range []time.Time{next.Add(-1), next.Add(-time.Second)} {
		if o, n := c.at(before); before.After(now) && (o != open || !n.Equal(next)) {
			t.Fatalf("%v %v at %v: next at %v, and not at %v", location, hours, before.In(location), n, next)
		}
	}
}

// whole says whether the clocks are ahead of UTC by whole minutes all the time.
func whole(location *time.Location, from, to time.Time) bool {
	for ; from.Before(to); from = from.Add(time.Hour) {
		if _, offset := from.In(location).Zone(); offset%60 != 0 {
			return false
		}
	}
	_, offset := to.In(location).Zone()
	return offset%60 == 0
}

// Every minute around every change of the clocks, with hours that fall into the hour
// that is skipped or shown twice.
func TestCalendarMinutes(t *testing.T) {
	sets := [][]string{
		{"mon-thu 09:00-17:00", "fri 09:00-12:00"},
		{"02:10-02:50", "00:00-00:01"}, // in the missing and in the doubled hour
		{"sat-sun 01:30-02:15", "sun 23:40-00:20", "thu-fri 23:00-00:00"},
		{"sat 22:00-03:00", "fri 00:00-24:00"},
		{"mon-sun 00:00-23:59"},
	}
	for _, tc := range changes {
		z := mustZone(t, tc.zone)
		for _, set := range sets {
			hours := mustHours(t, set...)
			c := newCalendar(z, hours)
			for _, year := range tc.years {
				for _, span := range around(z.location, year) {
					compare(t, c, hours, span[0], span[1], time.Minute)
				}
			}
		}
	}
}

// Where the clocks are ahead of UTC by odd seconds minutes are not fine enough.
func TestCalendarSeconds(t *testing.T) {
	for _, tc := range []struct {
		zone string
		near time.Time
	}{
		{"Africa/Monrovia", time.Date(1972, 1, 7, 0, 44, 30, 0, time.UTC)},
		{"Europe/Amsterdam", time.Date(1937, 6, 30, 23, 40, 28, 0, time.UTC)},
		{"America/Juneau", time.Date(1867, 10, 18, 15, 29, 35, 0, time.UTC)},
		{"Europe/Berlin", time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC)},
	} {
		z := mustZone(t, tc.zone)
		for _, set := range [][]string{{"00:44-00:45", "00:10-00:30"}, {"00:00-24:00"}, {"fri 00:00-00:44", "sat 01:00-15:30"}} {
			hours := mustHours(t, set...)
			compare(t, newCalendar(z, hours), hours, tc.near.Add(-2*time.Hour), tc.near.Add(2*time.Hour), time.Second)
		}
	}
}

// anyHours are likely to fall into hours in which clocks are changed.
func anyHours() *rapid.Generator[Hours] {
	return rapid.Custom(func(t *rapid.T) Hours {
		h := Hours{Days: Days(rapid.IntRange(1, int(EveryDay)).Draw(t, "days"))}
		minute := rapid.OneOf(rapid.IntRange(0, 4*60), rapid.SampledFrom([]int{0, 60, 120, 150, 180, 23 * 60, 24*60 - 1}), rapid.IntRange(0, 24*60-1))
		h.From = time.Duration(minute.Draw(t, "from")) * time.Minute
		h.To = time.Duration(minute.Draw(t, "to")) * time.Minute
		if h.From == h.To {
			h.To = wholeDay
		}
		return h
	})
}

func TestCalendarRandom(t *testing.T) {
	zones := map[string]*zone{}
	for _, tc := range changes {
		zones[tc.zone] = mustZone(t, tc.zone)
	}
	rapid.Check(t, func(t *rapid.T) {
		tc := rapid.SampledFrom(changes).Draw(t, "zone")
		z := zones[tc.zone]
		hours := rapid.SliceOfN(anyHours(), 1, 4).Draw(t, "hours")
		span := rapid.SampledFrom(around(z.location, rapid.SampledFrom(tc.years).Draw(t, "year"))).Draw(t, "span")
		compare(t, newCalendar(z, hours), hours, span[0], span[1], time.Minute)
	})
}

// The table says what package time says, and without it everything is the same.
func TestZoneTable(t *testing.T) {
	for _, tc := range changes {
		z := mustZone(t, tc.zone)
		slow := &zone{location: z.location}
		hours := mustHours(t, "mon-thu 09:00-17:00", "02:10-02:50", "sun 23:40-00:20")
		quick, plain := newCalendar(z, hours), newCalendar(slow, hours)
		for sec := int64(-2e9); sec < 6e9; sec += 1000003 {
			_, ahead := instant(sec).In(z.location).Zone()
			if offset, end := z.period(sec); offset != int64(ahead) || end <= sec {
				t.Fatalf("%s at %v: %d until %d, not %d", tc.zone, instant(sec), offset, end, ahead)
			}
			open, next := quick.change(sec)
			if o, n := plain.change(sec); o != open || n != next {
				t.Fatalf("%s at %v: %v until %v, not %v until %v", tc.zone, instant(sec), open, instant(next), o, instant(n))
			}
		}
		for i, p := range z.table {
			for _, sec := range []int64{p.from - 1, p.from, p.from + 1} {
				_, ahead := instant(sec).In(z.location).Zone()
				if offset, _ := z.period(sec); offset != int64(ahead) {
					t.Fatalf("%s at %v: %d, not %d", tc.zone, instant(sec), offset, ahead)
				}
			}
			if i > 0 && (p.from <= z.table[i-1].from || p.offset == z.table[i-1].offset) {
				t.Fatalf("%s: %v after %v", tc.zone, p, z.table[i-1])
			}
		}
	}
}

// Nothing takes long or goes on for ever, however far away.
func TestCalendarFarAway(t *testing.T) {
	far := []time.Time{
		{},
		time.Date(1, 1, 1, 0, 0, 1, 5, time.UTC), time.Date(-5000, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(1800, 2, 3, 4, 5, 6, 7, time.UTC), time.Date(9000, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		time.Date(2104, 12, 31, 5, 0, 0, 0, time.UTC), time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Unix(1<<63-1, 999), time.Unix(-1<<63, 0), time.Unix(1<<62, 0), time.Unix(-1<<62, 0),
	}
	for _, tc := range changes {
		c := newCalendar(mustZone(t, tc.zone), mustHours(t, "mon-thu 09:00-17:00"))
		for _, now := range far {
			open, next := c.at(now)
			if next.IsZero() {
				if o, n := c.at(now.Add(100 * 24 * time.Hour)); o != open || !n.IsZero() {
					t.Errorf("%s at %v: %v for ever, then %v until %v", tc.zone, now, open, o, n)
				}
				continue
			}
			if o, _ := c.at(next.Add(-1)); o != open {
				t.Errorf("%s at %v: %v until %v, not before it", tc.zone, now, open, next)
			}
			if o, _ := c.at(next); o == open || !next.After(now) {
				t.Errorf("%s at %v: %v until %v, and then", tc.zone, now, open, next)
			}
		}
		some, year := c.within(far[2], far[7]), 365*24*time.Hour
		if c.within(far[7], far[2]) != 0 || some < 50*year || some > 60*year { // 32 of 168 hours
			t.Errorf("%s: %v of ten thousand years", tc.zone, some)
		}
	}
}

func TestCalendarNeverChanges(t *testing.T) {
	z := mustZone(t, "Europe/Berlin")
	for _, tc := range []struct {
		hours []Hours
		open  bool
	}{
		{nil, false},
		{[]Hours{{}, {Days: EveryDay}, {Days: 1, From: -1, To: time.Hour}, {Days: 255, To: time.Hour}}, false},
		{mustHours(t, "00:00-24:00"), true},
		{mustHours(t, "fri-mon 12:00-11:00", "10:00-13:00", "tue-thu 12:30-12:29"), true},
	} {
		c := newCalendar(z, tc.hours)
		if open, next := c.at(epoch); open != tc.open || !next.IsZero() {
			t.Errorf("%v: %v until %v", tc.hours, open, next)
		}
		want := time.Duration(0)
		if tc.open {
			want = 1000 * time.Hour
		}
		if got := c.within(epoch, epoch.Add(1000*time.Hour)); got != want {
			t.Errorf("%v: %v is within", tc.hours, got)
		}
	}
}

func TestWithin(t *testing.T) {
	z := mustZone(t, "Europe/Berlin")
	at := func(text string) time.Time {
		instant, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return instant
	}
	for _, tc := range []struct {
		hours, from, to string
		want            time.Duration
	}{
		{"18:00-21:00", "2026-01-05T16:00:00Z", "2026-01-05T22:00:00Z", 3 * time.Hour},
		{"18:00-21:00", "2026-01-05T18:00:00.25Z", "2026-01-05T19:00:00.5Z", time.Hour + 250*time.Millisecond},
		{"18:00-21:00", "2026-01-05T16:59:59.75Z", "2026-01-05T17:00:00.5Z", 500 * time.Millisecond},
		{"18:00-21:00", "2026-01-05T19:59:59.75Z", "2026-01-05T20:00:00.5Z", 250 * time.Millisecond},
		{"18:00-21:00", "2026-01-05T19:00:00.25Z", "2026-01-05T19:00:00.75Z", 500 * time.Millisecond},
		{"18:00-21:00", "2026-01-05T19:00:00Z", "2026-01-05T19:00:00Z", 0},
		{"18:00-21:00", "2026-01-06T19:00:00Z", "2026-01-05T19:00:00Z", 0},
		{"18:00-21:00", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", 365 * 3 * time.Hour},
		{"01:00-04:00", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 2 * time.Hour}, // one hour is missing
		{"01:00-04:00", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 4 * time.Hour}, // one is doubled
		{"02:00-03:00", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 0},
		{"sat 22:00-06:00", "2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z", 8 * time.Hour},
	} {
		c := newCalendar(z, mustHours(t, tc.hours))
		if got := c.within(at(tc.from), at(tc.to)); got != tc.want {
			t.Errorf("%s from %s to %s: %v, want %v", tc.hours, tc.from, tc.to, got, tc.want)
		}
	}
	always := newCalendar(z, mustHours(t, "00:00-24:00"))
	if got := always.within(time.Date(1, 1, 1, 0, 0, 0, 7, time.UTC), time.Date(3000, 1, 1, 0, 0, 0, 5, time.UTC)); got != 1<<63-1 {
		t.Errorf("%v in three thousand years", got)
	}
	if got := newCalendar(z, mustHours(t, "18:00-21:00", "mon 20:00-22:00")).length(); got != 22*time.Hour {
		t.Errorf("%v in a week", got)
	}
	if got := mustHours(t, "22:00-06:00")[0].length(); got != 8*time.Hour {
		t.Errorf("%v of one", got)
	}
}

// Any two instants, against what is counted minute by minute, and parts add up.
func TestWithinRandom(t *testing.T) {
	z := mustZone(t, "Australia/Lord_Howe")
	rapid.Check(t, func(t *rapid.T) {
		hours := rapid.SliceOfN(anyHours(), 1, 3).Draw(t, "hours")
		c := newCalendar(z, hours)
		from := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.Int64Range(0, int64(20*24*time.Hour)).Draw(t, "from")))
		to := from.Add(time.Duration(rapid.Int64Range(0, int64(3*24*time.Hour)).Draw(t, "long")))
		want := time.Duration(0)
		for now := from; now.Before(to); {
			next := now.Truncate(time.Minute).Add(time.Minute)
			if next.After(to) {
				next = to
			}
			if oracle(z.location, hours, now) {
				want += next.Sub(now)
			}
			now = next
		}
		if got := c.within(from, to); got != want {
			t.Fatalf("%v from %v to %v: %v, want %v", hours, from, to, got, want)
		}
	})
}

// Wherever it is asked for, a zone is an IANA name, and never that of the machine.
func TestLoadZone(t *testing.T) {
	for _, name := range []string{"", "UTC", "Europe/Berlin", "Etc/GMT+5"} {
		if _, err := loadZone(name); err != nil {
			t.Error(err)
		}
	}
	for name, want := range map[string]string{
		"Local":          `zone: "Local" must not be the zone of the machine`,
		"localtime":      `zone: "localtime" must not be the zone of the machine`,
		"Europe/Berln":   `zone: "Europe/Berln" must be the IANA name of a time zone that is known here, such as Europe/Berlin; for systems that have no time zones, import _ "time/tzdata"`,
		"../etc/passwd":  `"../etc/passwd" must be the IANA name`,
		"/etc/localtime": `must be the IANA name`,
		"CEST+2":         `must be the IANA name`,
	} {
		if _, err := loadZone(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// The instants that clocks show a date and time at.
func TestShown(t *testing.T) {
	for _, tc := range []struct{ zone, shown, first, last, before string }{
		{"UTC", "2026-05-01 12:00", "2026-05-01T12:00:00Z", "2026-05-01T12:00:00Z", "2026-05-01T12:00:00Z"},
		{"Europe/Berlin", "2026-05-01 12:00", "2026-05-01T10:00:00Z", "2026-05-01T10:00:00Z", "2026-05-01T10:00:00Z"},
		{"Europe/Berlin", "2026-03-29 02:30", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"}, // skipped
		{"Europe/Berlin", "2026-03-29 02:00", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-03-29 03:00", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-10-25 02:30", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T01:30:00Z"}, // twice
		{"Europe/Berlin", "2026-10-25 02:00", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T00:00:00Z"},
		{"Europe/Berlin", "2026-10-25 03:00", "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z"},
		{"America/Havana", "2026-11-01 00:00", "2026-11-01T04:00:00Z", "2026-11-01T05:00:00Z", "2026-11-01T04:00:00Z"}, // put back to midnight
		{"America/Havana", "2026-03-08 00:00", "2026-03-08T05:00:00Z", "2026-03-08T05:00:00Z", "2026-03-08T05:00:00Z"}, // no midnight
		{"America/Sao_Paulo", "2018-02-17 23:30", "2018-02-18T01:30:00Z", "2018-02-18T02:30:00Z", "2018-02-18T02:30:00Z"},
		{"America/Sao_Paulo", "2018-02-18 00:00", "2018-02-18T03:00:00Z", "2018-02-18T03:00:00Z", "2018-02-18T03:00:00Z"}, // put back from midnight
		{"America/Sao_Paulo", "2018-11-04 00:00", "2018-11-04T03:00:00Z", "2018-11-04T03:00:00Z", "2018-11-04T03:00:00Z"},
		{"Pacific/Apia", "2011-12-30 12:00", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"}, // a day that was not
		{"Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z", "2026-04-04T15:15:00Z"},
		{"Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z"},
		{"Africa/Monrovia", "1972-01-07 00:30", "1972-01-07T00:44:30Z", "1972-01-07T00:44:30Z", "1972-01-07T00:44:30Z"},
		{"Europe/Berlin", "0001-01-01", "0000-12-31T23:06:32Z", "0000-12-31T23:06:32Z", "0000-12-31T23:06:32Z"},
	} {
		z := mustZone(t, tc.zone)
		shown, _, ok := DateTime(tc.shown).parse()
		got := []string{fmt.Sprint(ok)}
		for _, sec := range []int64{z.firstShown(shown), z.lastShown(shown), z.lastBefore(shown)} {
			got = append(got, instant(sec).Format(time.RFC3339))
		}
		if want := []string{"true", tc.first, tc.last, tc.before}; !slices.Equal(got, want) {
			t.Errorf("%s in %s:\ngot  %s\nwant %s", tc.shown, tc.zone, got, want)
		}
	}
}

// Second by second: the first one that shows it or more, the last one that shows it
// or less.
func TestShownRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tc := rapid.SampledFrom(changes).Draw(t, "zone")
		location, err := time.LoadLocation(tc.zone)
		if err != nil {
			t.Fatal(err)
		}
		z := &zone{location: location}
		span := rapid.SampledFrom(around(location, rapid.SampledFrom(tc.years).Draw(t, "year"))).Draw(t, "span")
		near := span[0].Add(halfSpan).Unix() + rapid.Int64Range(-90000, 90000).Draw(t, "near")
		shows := func(sec int64) int64 {
			_, offset := instant(sec).In(location).Zone()
			return sec + int64(offset)
		}
		shown := shows(near)
		shown -= shown % 60
		first, last, before := z.firstShown(shown), z.lastShown(shown), z.lastBefore(shown)
		if shows(first) < shown || shows(first-1) >= shown || shows(before-1) >= shown || shows(before) < shown {
			t.Fatalf("%d: first at %d, last before it until %d", shown, first, before)
		}
		if shows(last) != shown && (shows(last-1) >= shown || shows(last) < shown) {
			t.Fatalf("%d: last at %d", shown, last)
		}
		for sec := shown - maxShift; sec < shown+maxShift; sec += 60 {
			if s := shows(sec); sec < first && s >= shown || sec > last && s <= shown || sec >= before && s < shown {
				t.Fatalf("%d: shown are %d at %d; first at %d, last at %d, last before it until %d", shown, s, sec, first, last, before)
			}
		}
	})
}
