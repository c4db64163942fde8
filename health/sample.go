package health

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Arm is what one version did in an interval. Exposure counts all events, Bad
// those that were bad (or Buckets how they spread over a histogram). Of a gauge
// there are Values instead.
type Arm struct {
	Exposure float64  `json:"exposure"` // events: requests, users, restarts; finite, at least 0
	Bad      float64  `json:"bad"`      // of Exposure; 0 <= Bad <= Exposure
	Buckets  []uint64 `json:"buckets"`  // events per bucket (not cumulative), one more than the sample's Bounds
	// Time is for how long it was measured, added up over its instances, in seconds: 3
	// instances in an interval of 10 s have 30. 0: the source does not say.
	Time float64 `json:"time"`
	// Weight is its assigned share of the traffic, in basis points, if that was the same
	// all through the interval; else 0. The rollout fills it in: sources leave it alone.
	Weight int64 `json:"weight"`
	// Values are those of a gauge, one per instance, rising.
	Values []float64 `json:"values"`
}

// Count is a number of requests to one endpoint.
type Count struct {
	Name string `json:"name"`
	N    int64  `json:"n"`
}

// Sample is one closed interval of measurement of one signal, both versions over
// the same time. Intervals of a signal follow one another without overlap.
type Sample struct {
	Stage  string    `json:"stage"`
	Signal string    `json:"signal"`
	Key    string    `json:"key"` // of the [Ask] that is answered; a sample with another key is of another attempt
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	// Since is when the first of what is counted may have happened, if that is before From:
	// what could not be told of the intervals before is counted in this one. Zero: From.
	Since time.Time `json:"since"`
	// Fetch is Healthy if the measurement worked (whatever it says), else NoData,
	// Error or Cancelled; empty means Healthy.
	Fetch Verdict `json:"fetch"`
	// Reason says in words why Fetch is not Healthy, or what else there is to know, such
	// as which alert fires. It changes no verdict.
	Reason string `json:"reason"`
	// Digest is the artifact that the source says was measured, as it found out itself;
	// empty if it does not say. It is not enough that the ask named one ([Ask.Digest]).
	Digest string `json:"digest"`
	// Candidate and Stable are the versions past their warm-up. Warming is what
	// candidate instances did that are still in it: an absolute limit may count it
	// against the release, nothing ever counts it in favour.
	Candidate Arm `json:"candidate"`
	Stable    Arm `json:"stable"`
	Warming   Arm `json:"warming"`
	// Overlap is what stable did in the intervals before and after, for a source that
	// cannot measure both versions over the same time: the candidate's interval lies
	// within those and Stable's together. Harm is judged against the largest of their
	// rates, a proof against the smallest. Empty: the times are the same.
	Overlap []Arm `json:"overlap"`
	// Dispersion is how many times the variance of stable's counts exceeds their mean, as
	// far as the source knows from the time before ([Dispersion]). 0: it does not.
	Dispersion float64 `json:"dispersion"`
	// Bounds are the upper bounds of the buckets, rising, the last bucket (to
	// infinity) left out.
	Bounds []float64 `json:"bounds"`
	// Counts are the candidate's requests per endpoint that the ask named.
	Counts []Count `json:"counts"`
}

// Bounds of what a sample may hold: evidence has a constant size, and so has the
// record of what was folded.
const (
	maxBuckets = 256
	maxCounts  = 100
	maxOverlap = 2
	maxValues  = 1000
	maxWeight  = 10_000
)

// Check joins a *FieldError for everything that makes the sample unusable. A
// sample that fails is an error of its measurement and says nothing about the
// release. It allocates nothing if all is well.
func (s *Sample) Check() error {
	var all strict.Problems
	if !writable(s.From) || s.From.IsZero() || !writable(s.To) || !s.From.Before(s.To) {
		all.Add("from", s.From, fmt.Sprintf("must be before to, which is %v", s.To))
	}
	if !s.Since.IsZero() && (!writable(s.Since) || s.Since.After(s.From)) {
		all.Add("since", s.Since, fmt.Sprintf("must not be after from, which is %v", s.From))
	}
	switch s.Fetch {
	case "", Healthy, NoData, Error, Cancelled:
	default:
		all.Add("fetch", string(s.Fetch), "must be healthy, noData, error or cancelled")
	}
	if n := len(s.Bounds); n >= maxBuckets {
		all.Add("bounds", n, fmt.Sprintf("must be fewer than %d", maxBuckets))
	} else {
		checkBounds(&all, s.Bounds)
	}
	s.Candidate.check(&all, "candidate", len(s.Bounds))
	s.Stable.check(&all, "stable", len(s.Bounds))
	s.Warming.check(&all, "warming", len(s.Bounds))
	if n := len(s.Overlap); n > maxOverlap {
		all.Add("overlap", n, fmt.Sprintf("must be at most %d", maxOverlap))
		return all.Err()
	}
	for i := range s.Overlap {
		if err := s.Overlap[i].problems(len(s.Bounds)); err != nil {
			all.Join(fmt.Sprintf("overlap[%d]", i), err)
		}
	}
	if d := s.Dispersion; d != 0 && !(d >= 1 && d <= maxDispersion) {
		all.Add("dispersion", d, "must be from 1 to 1000000, or 0 if it is not known")
	}
	if n := len(s.Counts); n > maxCounts {
		all.Add("counts", n, fmt.Sprintf("must be at most %d", maxCounts))
		return all.Err()
	}
	for i := range s.Counts {
		if n := s.Counts[i].N; n < 0 {
			all.Add(fmt.Sprintf("counts[%d].n", i), n, "must not be negative")
		}
	}
	return all.Err()
}

func checkBounds(all *strict.Problems, bounds []float64) {
	for i, b := range bounds {
		switch {
		case !finite(b):
			all.Add(fmt.Sprintf("bounds[%d]", i), b, "must be finite")
		case i > 0 && !(bounds[i-1] < b):
			all.Add(fmt.Sprintf("bounds[%d]", i), b, "must be above the bound before it")
		}
	}
}

// problems is [Arm.check] without a path.
func (a *Arm) problems(bounds int) error {
	var all strict.Problems
	a.check(&all, "", bounds)
	return all.Err()
}

func (a *Arm) check(all *strict.Problems, name string, bounds int) {
	if !finite(a.Exposure) || a.Exposure < 0 {
		all.Add(name+".exposure", a.Exposure, "must be a finite number, at least 0")
	}
	if !(a.Bad >= 0 && a.Bad <= a.Exposure) {
		all.Add(name+".bad", a.Bad, "must be from 0 to the exposure")
	}
	if n := len(a.Buckets); n != 0 && n != bounds+1 {
		all.Add(name+".buckets", n, fmt.Sprintf("must be %d, one more than the bounds", bounds+1))
	}
	if !finite(a.Time) || a.Time < 0 {
		all.Add(name+".time", a.Time, "must be a finite number of seconds, at least 0")
	}
	if a.Weight < 0 || a.Weight > maxWeight {
		all.Add(name+".weight", a.Weight, "must be from 0 to 10000 basis points")
	}
	if n := len(a.Values); n > maxValues {
		all.Add(name+".values", n, fmt.Sprintf("must be at most %d", maxValues))
		return
	}
	for i, v := range a.Values {
		if !finite(v) || i > 0 && v < a.Values[i-1] {
			all.Add(fmt.Sprintf("%s.values[%d]", name, i), v, "must be finite, and not below the value before it")
			return
		}
	}
}

// Began is when the first of what is counted may have happened.
func (s *Sample) Began() time.Time {
	if s.Since.IsZero() {
		return s.From
	}
	return s.Since
}

// Compare orders samples by time, and then by all they hold: sorted by it, the
// samples of an input give the same evidence in whatever order they came.
func (s *Sample) Compare(o *Sample) int {
	return cmp.Or(
		s.From.Compare(o.From), s.To.Compare(o.To), s.Since.Compare(o.Since),
		cmp.Compare(s.Stage, o.Stage), cmp.Compare(s.Signal, o.Signal), cmp.Compare(s.Key, o.Key),
		cmp.Compare(s.Fetch, o.Fetch), cmp.Compare(s.Reason, o.Reason), cmp.Compare(s.Digest, o.Digest),
		s.Candidate.compare(&o.Candidate), s.Stable.compare(&o.Stable), s.Warming.compare(&o.Warming),
		slices.CompareFunc(s.Overlap, o.Overlap, func(a, b Arm) int { return a.compare(&b) }),
		cmp.Compare(s.Dispersion, o.Dispersion),
		slices.Compare(s.Bounds, o.Bounds),
		slices.CompareFunc(s.Counts, o.Counts, func(a, b Count) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.N, b.N))
		}),
	)
}

func (a *Arm) compare(o *Arm) int {
	return cmp.Or(
		cmp.Compare(a.Exposure, o.Exposure), cmp.Compare(a.Bad, o.Bad), slices.Compare(a.Buckets, o.Buckets),
		cmp.Compare(a.Time, o.Time), cmp.Compare(a.Weight, o.Weight), slices.Compare(a.Values, o.Values),
	)
}

// finite reports whether x is a number at all.
func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// Ask is what is to be measured now. Asks are level-based: one that is no longer
// listed is cancelled.
type Ask struct {
	Key    string `json:"key"` // stays the same for as long as the ask stands; answers carry it
	Stage  string `json:"stage"`
	Signal string `json:"signal"`
	// Scope and Query are the signal's: what it watches, and what a source of one's
	// own is told about it.
	Scope string            `json:"scope"`
	Query map[string]string `json:"query"`
	// Candidate and Stable are the versions to tell apart.
	Candidate string `json:"candidate"`
	Stable    string `json:"stable"`
	// Digest is that of the candidate's artifact; empty if the release has none.
	Digest string `json:"digest"`
	// Start is when the rollout started: a process that started later counts from 0.
	Start time.Time `json:"start"`
	// From is where the evidence ends: an interval must not begin before it.
	From time.Time `json:"from"`
	// Due is when the next interval is to be closed.
	Due time.Time `json:"due"`
	// Mirrored says that the candidate's answers to mirrored requests are to be
	// counted, and no others. Without it mirrored requests are left out.
	Mirrored bool `json:"mirrored"`
	// WarmUp is how long after it became ready an instance counts as warming.
	WarmUp time.Duration `json:"warmUp"`
	// Measure is what to count; empty if the source knows the signal by its name.
	Measure Measure `json:"measure"`
	// Counts are the endpoints whose requests a gate waits for.
	Counts []string `json:"counts"`
}

// Measure names what a source is to count for a judge. A selector is written as
// in Prometheus: http_requests_total{code=~"5.."}. A source leaves alone what it does
// not know how to measure: it is another's.
type Measure struct {
	Bad       string `json:"bad"`       // selector of a counter of bad events
	Total     string `json:"total"`     // selector of a counter of all events
	Histogram string `json:"histogram"` // selector of a histogram, instead of Bad and Total
	Compare   bool   `json:"compare"`   // the judge needs stable's counts too
	By        string `json:"by"`        // the label of Total (or Histogram) that names the endpoint
	Users     bool   `json:"users"`     // what is counted is users, each once
	Cohort    bool   `json:"cohort"`    // stable's counts are of the same kind of users that routes pick
	Per       string `json:"per"`       // what Total is held against, if not Bad against it: "time" or "share" ([Arm])
	Gauge     string `json:"gauge"`     // selector of a gauge, one value per instance
	Alert     string `json:"alert"`     // selector of alerts: {service="checkout"}
	Probe     string `json:"probe"`     // what is probed, and how: "http /healthz", "tcp 5432", "command check-disk"
	Test      string `json:"test"`      // the name of an end-to-end test
	// Learn is how far back a source that knows the past is to look at stable, to say
	// [Sample.Dispersion].
	Learn time.Duration `json:"learn"`
}

// Requests reports whether the exposure that is counted is requests, or whatever else
// the events are some of which are bad.
func (m *Measure) Requests() bool {
	return m.Per == "" && (m.Bad != "" || m.Total != "" || m.Histogram != "")
}

// The values of [Measure.Per].
const (
	PerTime  = "time"  // instance-seconds
	PerShare = "share" // the assigned share of the traffic
)
