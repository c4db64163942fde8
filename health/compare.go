package health

import (
	"fmt"
	"math"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Compare asks whether the candidate is worse than stable, by counts of both: the share
// of requests that fail, crashes per instance and time, orders per share of the traffic.
// It may be looked at at any time: the probability that it ever condemns a release that
// is no worse is the budget's, at any schedule of checks, under rates that drift and
// shares that change. The evidence is that of Lindon and Malek, Anytime-Valid Inference
// for Multinomial Count Data (NeurIPS 2022), for a fixed grid of ratios to stable's rate
// in the place of their Dirichlet prior.
//
// That is exact for independent events, and for bursts of at most Dispersion events. A
// dispersion that is learned makes it approximate.
type Compare struct {
	// Bad and Total are selectors of counters: bad events, and all events. With Per there
	// is only Total, and each of its events is one.
	Bad   string `json:"bad"`
	Total string `json:"total"`
	// By is the label that names the endpoint, for gates that count requests.
	By string `json:"by"`
	// Per says what Total is held against where it is not requests: "time" (crashes and
	// restarts per instance and second) or "share" (orders per assigned share of the
	// traffic: a candidate that loses requests loses orders).
	Per string `json:"per"`
	// Fewer says that the events are welcome, and too few of them are harm: conversions,
	// orders. Bad counts the welcome ones then.
	Fewer bool `json:"fewer"`
	// Tolerance is how many times stable's rate is no harm yet. Default 1; at most 100.
	// With Fewer stable may have so many times the candidate's.
	Tolerance float64 `json:"tolerance"`
	// Margin is how many times stable's rate one agrees to ship: the candidate is proven
	// good enough once it is shown to be below. It must be above 1 and above Tolerance; 0
	// means that nothing is proven.
	Margin float64 `json:"margin"`
	// Dispersion is how many events come together at most: 1 if they are independent. 0,
	// the default, learns it from stable ([Dispersion]), before the rollout where the
	// source knows the past, and during it.
	Dispersion float64 `json:"dispersion"`
	// MinSample is how many events of the candidate a step needs for the signal to be
	// healthy, per time so many instance-seconds, per share so many events of both
	// versions. Default 20. Harm is shown without.
	MinSample int64 `json:"minSample"`
	// Unit says that the events are users ("user") and not requests: needed where a user
	// stays with a version, because a broken client would fail over and over again on the
	// version that it happens to have.
	Unit string `json:"unit"`
	// Cohort says that stable's counts are of the same kind of users that the candidate's
	// routes pick: of internal users on both sides, say.
	Cohort bool `json:"cohort"`
}

// maxDispersion and maxTolerance bound what can be meant.
const (
	maxDispersion = 1e6
	maxTolerance  = 100
	learnPast     = 5 * time.Hour // 60 blocks of 5 minutes
)

// Kind is "compare".
func (c Compare) Kind() string { return "compare" }

// Measure names the counters.
func (c Compare) Measure() Measure {
	m := Measure{Bad: c.Bad, Total: c.Total, By: c.By, Per: c.Per, Compare: true, Cohort: c.Cohort, Users: c.Unit == unitUser}
	if c.Dispersion == 0 {
		m.Learn = learnPast
	}
	return m
}

// Sample is MinSample with its default; where Per says what is counted no number of
// requests makes up for it.
func (c Compare) Sample() int64 {
	if c.Per != "" {
		return 0
	}
	return c.minSample()
}

func (c *Compare) minSample() int64 { return or(c.MinSample, defaultMinSample) }

// Validate joins a *FieldError for everything wrong with the comparison.
func (c Compare) Validate() error {
	var all strict.Problems
	checkCounters(&all, c.Bad, c.Total, c.By, c.Per)
	if c.Per != "" && c.Per != PerTime && c.Per != PerShare {
		all.Add("per", c.Per, "must be time or share")
	}
	checkUnit(&all, c.Unit)
	checkMargins(&all, c.Tolerance, c.Margin)
	checkSequence(&all, c.Dispersion, c.MinSample)
	return all.Err()
}

func checkCounters(all *strict.Problems, bad, total, by, per string) {
	switch {
	case total == "":
		all.Add("total", nil, "must be given")
	case per == "" && bad == "":
		all.Add("bad", nil, "must be given with total, unless per says what total is held against")
	case per != "" && bad != "":
		all.Add("bad", bad, "must not be given with per: every event of total counts")
	}
	if per != "" && by != "" {
		all.Add("by", by, "must not be given with per: what is counted is not requests")
	}
}

// unitUser says that events are users.
const unitUser = "user"

func checkUnit(all *strict.Problems, unit string) {
	if unit != "" && unit != unitUser && unit != "request" {
		all.Add("unit", unit, "must be request or user")
	}
}

func checkMargins(all *strict.Problems, tolerance, margin float64) {
	if tolerance != 0 && !(tolerance >= 1 && tolerance <= maxTolerance) {
		all.Add("tolerance", tolerance, fmt.Sprintf("must be from 1 to %d: 1.2 tolerates 20 %% more", maxTolerance))
	}
	if margin != 0 && !(margin > max(1, tolerance) && margin <= maxTolerance) {
		all.Add("margin", margin, fmt.Sprintf("must be above 1 and the tolerance, and at most %d: 1.5 ships up to 50 %% more", maxTolerance))
	}
}

func checkSequence(all *strict.Problems, dispersion float64, minSample int64) {
	if dispersion != 0 && !(dispersion >= 1 && dispersion <= maxDispersion) {
		all.Add("dispersion", dispersion, "must be from 1 to 1000000, or 0 to learn it")
	}
	if minSample < 0 || minSample > mostMinSample {
		all.Add("minSample", minSample, "must be from 1 to 1000000000, or 0 for the default")
	}
}

func (c *Compare) sequence() sequence {
	q := sequence{
		harm: gridHarm, tolerance: 1, margin: c.Margin,
		dispersion: c.Dispersion, minSample: float64(c.minSample()), lanes: 1,
	}
	if c.Tolerance > 0 {
		q.tolerance = c.Tolerance
	}
	if c.Margin > 0 {
		q.proof = gridProof
	}
	if c.Fewer {
		q.harm, q.tolerance = gridHarmFewer, 1/q.tolerance
		if c.Margin > 0 {
			q.proof, q.margin = gridProofFewer, 1/q.margin
		}
	}
	return q
}

// Begin starts a step: proof and the sample start from nothing, what speaks against the
// release goes on, and one more bet is made that it begins to be worse now.
func (c Compare) Begin(e *Evidence) {
	q := c.sequence()
	q.begin(e)
}

// Fold adds one sample. One in which either version did nothing is kept for the next.
func (c Compare) Fold(e *Evidence, s *Sample) bool {
	q := c.sequence()
	if !q.ready(e) {
		q.open(e)
	}
	tallies := [1]tally{{per: c.Per, above: -1, span: seconds(s)}}
	compared := q.compare(e, s, tallies[:], c.Fewer)
	if compared {
		q.weigh(e.Log, nil)
	}
	e.Verdict = q.verdict(e)
	return compared
}

func (c Compare) sound(e *Evidence) bool {
	q := c.sequence()
	return q.sound(e)
}

// LogE is ln of what speaks for harm, and of what proves that the candidate is better
// than the margin.
func (c Compare) LogE(e *Evidence) (harm, proof float64) {
	q := c.sequence()
	return q.logE(e)
}

// Explain says how the rates compare and how strong the evidence is: "2.1x stable's
// rate, evidence 1 : 48,000 after 312 requests".
func (c Compare) Explain(e *Evidence) string {
	q := c.sequence()
	if !q.ready(e) || e.Log[atN] == 0 || e.Log[atK] == 0 {
		return "nothing to compare yet"
	}
	head, _, _ := q.lane(e.Log, 0)
	n, k := e.Log[atN], e.Log[atK]
	what, after := "rate", fmt.Sprintf("%s requests", grouped(n))
	switch {
	case c.Per != "":
		after = grouped(head[laneX]) + " events"
		if c.Per == PerTime {
			after += " in " + grouped(n) + " instance-seconds"
		}
	case c.Unit == unitUser:
		after = fmt.Sprintf("%s users", grouped(n))
	default:
		what = fmt.Sprintf("rate, %s%% against %s%%", plain(rounded(100*head[laneX]/n, 3)), plain(rounded(100*head[laneY]/k, 3)))
	}
	return times(head[laneX]/n, head[laneY]/k) + " stable's " + what + ", evidence " + odds(e.Log[atHarm]) + " after " + after + q.remarks(e.Log)
}

// times says how many times b a is: "2.1x".
func times(a, b float64) string {
	switch {
	case b > 0:
		return plain(rounded(a/b, 2)) + "x"
	case a > 0:
		return "more than"
	}
	return "the same as"
}

// odds says how strong evidence is: "1 : 48,000".
func odds(logE float64) string {
	switch {
	case !(logE > 0):
		return "none"
	case logE > 20*math.Ln10:
		return fmt.Sprintf("1 : 10^%d", int(logE/math.Ln10))
	}
	return "1 : " + grouped(rounded(math.Exp(logE), 2))
}

// grouped writes a whole number in groups of three digits.
func grouped(x float64) string {
	text := fmt.Sprintf("%.0f", math.Floor(x))
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
