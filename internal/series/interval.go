package series

import (
	"fmt"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// defaultCadence is used until an ask shows its own. It is the default of
// health.Signal.Every.
const defaultCadence = 10 * time.Second

// The arms of a sample. What stable instances do while they are warming is left out.
const (
	Candidate = iota
	Stable
	Warming
	Arms
)

// Interval is the one of an ask that is open. It begins where the one before it ended,
// and what was told is told again until the ask shows that it arrived.
type Interval struct {
	Ask     health.Ask
	Open    bool      // every instance has a first value: counting began
	From    time.Time // where it begins
	Zero    time.Time // a process that started earlier may have been counted before
	Cadence time.Duration

	since  time.Time      // where the first interval began whose counts were kept; zero if none were
	excess [Arms]float64  // bad events whose totals are still to come
	told   *health.Sample // the last interval, until the ask shows that it arrived
}

// NewInterval is that of an ask that is new.
func NewInterval(a health.Ask, now time.Time) Interval {
	t := Interval{Cadence: defaultCadence}
	t.begin(a, now)
	return t
}

// begin leaves the interval that is open and begins another once every instance
// was read.
func (t *Interval) begin(a health.Ask, now time.Time) {
	t.Open, t.told, t.since = false, nil, time.Time{}
	t.From = now
	if a.From.After(now) {
		t.From = a.From.UTC().Round(0)
	}
	t.Raise(a.Start)
}

// Raise says that a process that started earlier may have been counted before.
func (t *Interval) Raise(zero time.Time) {
	if zero.After(t.Zero) {
		t.Zero = zero
	}
}

// Update takes the ask as it is now.
func (t *Interval) Update(a health.Ask, now time.Time) {
	t.Ask = a
	if t.told != nil && a.From.After(t.told.From) {
		t.told = nil // it arrived, or others have told that time
	}
	switch {
	case a.From.After(t.From):
		t.begin(a, now) // others have told some of the time that is open
	case now.Before(t.From) && a.From.Before(t.From):
		t.begin(a, now) // the clock was set back, and the evidence with it
	}
	if c := a.Due.Sub(a.From); c > 0 {
		t.Cadence = c
	}
}

// Due reports whether the ask wants an answer.
func (t *Interval) Due(now time.Time) bool { return !now.Before(t.Ask.Due) }

// Told reports whether there is an interval that did not arrive yet.
func (t *Interval) Told() bool { return t.told != nil }

// Start begins to count: every instance has a first value, and what was added to it
// before is of no interval.
func (t *Interval) Start(now time.Time) {
	t.Open, t.From, t.since = true, now, time.Time{}
	t.Raise(t.Ask.From)
	t.excess = [Arms]float64{}
}

// Drop forgets the bad events of an arm whose totals are still to come.
func (t *Interval) Drop(arms ...int) {
	for _, i := range arms {
		t.excess[i] = 0
	}
}

// Blank is the interval that ends now, without what was counted.
func (t *Interval) Blank(now time.Time) health.Sample {
	return health.Sample{
		Stage: t.Ask.Stage, Signal: t.Ask.Signal, Key: t.Ask.Key,
		From: t.From, To: now, Fetch: health.Healthy,
	}
}

// Fail reports an interval that could not be measured. What is known of it is kept
// for the next one: it is neither lost nor counted twice.
func (t *Interval) Fail(v health.Verdict, reason string, now time.Time) health.Sample {
	x := t.Blank(now)
	x.Fetch, x.Reason = v, reason
	if t.since.IsZero() {
		t.since = t.From
	}
	t.From = now
	return x
}

// TooMany refuses what no sample can tell. Kept, it would be too many in every later
// interval, too.
func TooMany(arms *[Arms]health.Arm) error {
	for i := range arms {
		if a := &arms[i]; a.Exposure > MaxValue || a.Bad > MaxValue {
			return fmt.Errorf("%v events, %v of them bad, are too many to be counted", a.Exposure, a.Bad)
		}
	}
	return nil
}

// Balance leaves more bad events than events to the next interval, as a page is not
// always written in one instant. It fails if they were too many in the last one, too.
func (t *Interval) Balance(arms *[Arms]health.Arm) error {
	var excess, bad [Arms]float64
	for i := range arms {
		a := &arms[i]
		bad[i] = a.Bad + t.excess[i]
		if excess[i] = bad[i] - a.Exposure; excess[i] <= 0 {
			excess[i] = 0
			continue
		}
		if t.excess[i] > 0 {
			return fmt.Errorf("there were %v bad events and %v events: they do not count the same", bad[i], a.Exposure)
		}
		bad[i] = a.Exposure
	}
	for i := range arms {
		arms[i].Bad = bad[i]
	}
	t.excess = excess
	return nil
}

// Tell keeps a sample until it arrived, and gives it.
func (t *Interval) Tell(x health.Sample) health.Sample {
	if t.since.Before(x.From) {
		x.Since = t.since
	}
	t.since = time.Time{}
	t.told = &x
	return t.Again()
}

// Again is a copy of the interval that was told last.
func (t *Interval) Again() health.Sample {
	x := *t.told
	x.Overlap = slices.Clone(x.Overlap)
	all := []*health.Arm{&x.Candidate, &x.Stable, &x.Warming}
	for i := range x.Overlap {
		all = append(all, &x.Overlap[i])
	}
	for _, a := range all {
		a.Buckets, a.Values = slices.Clone(a.Buckets), slices.Clone(a.Values)
	}
	x.Bounds, x.Counts = slices.Clone(x.Bounds), slices.Clone(x.Counts)
	return x
}
