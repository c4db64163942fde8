package kayenta

import (
	"fmt"
	"maps"
	"slices"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Metric is one metric as it was judged.
type Metric struct {
	// Name is for the reason of a result.
	Name string
	// Group is the group it is scored in.
	Group string
	// Verdict is its judge's, with what freshness says ([health.Policy.Current]). Healthy
	// passes and Degraded fails. Of any other nothing is known: it may yet do either.
	Verdict health.Verdict
	// Critical metrics fail the release if they fail, whatever the score, and it is not
	// healthy before they passed.
	Critical bool
	// Optional metrics are left out while nothing is known of them.
	Optional bool
}

// Scoring weighs groups of metrics. The score of a group is the share of its metrics that
// pass, and the score of a release is the weighted mean of those of its groups.
type Scoring struct {
	// Weights are those of the groups by name, in percent, together at most 100. Groups
	// without one have equal parts of what is left. Groups without any metric to score are
	// left out, and the weights of the others stay in proportion.
	Weights map[string]float64
	// Pass is the least score of a healthy release, and Marginal that of one that is not
	// degraded, in percent. Default 95 and 75.
	Pass, Marginal float64
}

// Result is what a score says.
type Result struct {
	// Score is in percent. What is not known counts as failed.
	Score float64
	// Verdict is Healthy from Pass on and Degraded below Marginal, both only if that does
	// not hang on metrics of which nothing is known. In between, the marginal score of
	// Kayenta, it is Inconclusive, as it is while something may still change it; NoData if
	// nothing is known of any metric, and Error if the scoring is not valid.
	Verdict health.Verdict
	// Reason says why in words.
	Reason string
}

const (
	defaultPass     = 95
	defaultMarginal = 75
	rounding        = 1e-9 // percent
)

func (s Scoring) limits() (pass, marginal float64) {
	pass, marginal = s.Pass, s.Marginal
	if pass == 0 {
		pass = defaultPass
	}
	if marginal == 0 {
		marginal = min(defaultMarginal, pass)
	}
	return pass, marginal
}

// Validate joins a *FieldError for everything wrong with the scoring.
func (s Scoring) Validate() error {
	var all strict.Problems
	sum := 0.0
	for _, name := range slices.Sorted(maps.Keys(s.Weights)) {
		w := s.Weights[name]
		if !(w >= 0 && w <= 100) {
			all.Add("weights."+name, w, "must be a percentage from 0 to 100")
		}
		sum += w
	}
	if sum > 100+rounding {
		all.Add("weights", sum, "must be at most 100 together")
	}
	pass, marginal := s.limits()
	if !(pass > 0 && pass <= 100) {
		all.Add("pass", pass, "must be a percentage from above 0 to 100")
	}
	if !(marginal > 0 && marginal <= pass) {
		all.Add("marginal", marginal, "must be above 0, and not above pass")
	}
	return all.Err()
}

// Score scores metrics, in whatever order they come.
func (s Scoring) Score(metrics []Metric) Result {
	if err := s.Validate(); err != nil {
		return Result{Verdict: health.Error, Reason: err.Error()}
	}
	t := tally{groups: map[string]*group{}}
	for i := range metrics {
		t.add(&metrics[i])
	}
	worst, best, weighed := s.weigh(t.groups)
	pass, marginal := s.limits()
	r := Result{Score: worst, Reason: fmt.Sprintf("%.4g of 100 points", worst)}
	switch {
	case !t.known:
		return Result{Verdict: health.NoData, Reason: "nothing is known of any metric"}
	case t.failed != nil:
		r.Verdict, r.Reason = health.Degraded, fmt.Sprintf("metric %s is critical and fails", t.failed.Name)
	case !weighed:
		return Result{Verdict: health.NoData, Reason: "no metric has a weight"}
	case best < marginal-rounding:
		r.Verdict = health.Degraded
	case t.waits != nil:
		r.Verdict, r.Reason = health.Inconclusive, fmt.Sprintf("metric %s is critical and nothing is known of it", t.waits.Name)
	case worst >= pass-rounding:
		r.Verdict = health.Healthy
	default:
		r.Verdict = health.Inconclusive
		if best > worst {
			r.Reason = fmt.Sprintf("%.4g to %.4g of 100 points, as not all metrics are known", worst, best)
		}
	}
	return r
}

// group counts its metrics.
type group struct{ passed, unknown, all float64 }

// tally is what is known of all metrics.
type tally struct {
	groups        map[string]*group
	known         bool
	failed, waits *Metric // the critical metric, first by name, that fails or is not known
}

func (t *tally) add(m *Metric) {
	unknown := m.Verdict != health.Healthy && m.Verdict != health.Degraded
	if unknown && m.Optional {
		return
	}
	g := t.groups[m.Group]
	if g == nil {
		g = &group{}
		t.groups[m.Group] = g
	}
	g.all++
	switch {
	case unknown:
		g.unknown++
		first(&t.waits, m)
	case m.Verdict == health.Healthy:
		g.passed++
	default:
		first(&t.failed, m)
	}
	t.known = t.known || !unknown
}

func first(f **Metric, m *Metric) {
	if m.Critical && (*f == nil || m.Name < (*f).Name) {
		*f = m
	}
}

// weigh is the score if all that is not known fails, and if it passes, unless there is
// no weight at all.
func (s Scoring) weigh(groups map[string]*group) (worst, best float64, weighed bool) {
	names := slices.Sorted(maps.Keys(groups))
	rest, without := 100.0, 0.0
	for _, name := range slices.Sorted(maps.Keys(s.Weights)) {
		rest -= s.Weights[name]
	}
	for _, name := range names {
		if _, given := s.Weights[name]; !given {
			without++
		}
	}
	sum := 0.0
	for _, name := range names {
		weight, given := s.Weights[name]
		if !given {
			weight = max(0, rest) / without
		}
		g := groups[name]
		sum += weight
		worst += weight * g.passed / g.all
		best += weight * (g.passed + g.unknown) / g.all
	}
	if sum <= 0 {
		return 0, 0, false
	}
	return worst / sum * 100, best / sum * 100, true
}
