package health

import (
	"fmt"
	"math"
	"time"
)

// Forecast is what to expect of a sequential judge before a step begins. It is computed
// from means: half of the releases take longer, some of them much longer.
type Forecast struct {
	// Requests of the candidate until it is proven better than the margin, if it is as
	// good as stable, and Proof how long that takes. 0: there is no margin, or it will
	// never be.
	Requests float64
	Proof    time.Duration
	// Delay is how long it takes to show harm, from when it begins at the begin of a
	// stage, and Harmed how many requests of users fail until then. 0: it never will.
	Delay  time.Duration
	Harmed float64

	load          Load
	ratio, margin float64
	objective     bool
	counted       bool // what the judge counts is what the load says
}

// Forecast says what to expect of the i-th signal at a step with that traffic, and of a
// candidate that is so many times worse than stable. It is zero for a signal that is not
// one of [Compare], [Objective] and [Latency], and where nothing is known of the
// traffic. Of a latency signal Base is the share of the requests that is slower than its
// objective; that its other bounds are proven, too, is left out.
func (p *Policy) Forecast(i int, l Load, ratio float64) Forecast {
	f := Forecast{load: l, ratio: ratio}
	if !(l.Candidate > 0 && finite(l.Candidate) && l.Stable >= 0 && finite(l.Stable) && l.Base > 0 && l.Base < 1 && ratio > 0 && finite(ratio)) {
		return Forecast{}
	}
	limits := p.limits(i)
	switch j := p.Signals[i].Judge.(type) {
	case Compare:
		f.versions(j, limits)
	case *Compare:
		f.versions(*j, limits)
	case Latency:
		f.latency(j, limits)
	case *Latency:
		f.latency(*j, limits)
	case Objective:
		f.meet(j, limits)
	case *Objective:
		f.meet(*j, limits)
	default:
		return Forecast{}
	}
	if f.counted {
		return f
	}
	return Forecast{}
}

func (f *Forecast) versions(c Compare, limits limits) {
	if c.Per == "" {
		f.compare(c.sequence(), c.Fewer, c.Margin, limits)
	}
}

func (f *Forecast) latency(l Latency, limits limits) {
	limits.harm += math.Ln2 // the objective has half of the weight
	f.compare(l.sequence(1), false, l.Margin, limits)
}

// compare forecasts a comparison: the L of each ratio grow by their means.
func (f *Forecast) compare(q sequence, fewer bool, margin float64, limits limits) {
	l, phi := f.load, max(1, q.dispersion)
	f.counted = true
	minute := func(ratio float64) counts {
		if fewer {
			ratio = 1 / ratio
		}
		return counts{l.Candidate, l.Candidate * min(1, l.Base*ratio), l.Stable, l.Stable * l.Base}
	}
	var by [maxRatios]float64
	z := by[:q.harm.size()]
	if c := minute(f.ratio); c.sane() {
		if l.Base > frequent && q.tolerance == 1 {
			q.harm.odds(z, &c, l.Base, phi)
		} else {
			var shares [maxRatios]float64
			q.harm.shares(shares[:len(z)], c.share(q.tolerance))
			q.harm.pair(z, shares[:len(z)], &c, phi)
		}
		f.delay(growth(q.harm, z, putAtBegin+putAtSteps/2, limits.harm), c.x)
	}
	if q.proof == nil {
		return
	}
	if c := minute(1); c.sane() {
		var shares [maxRatios]float64
		z = by[:q.proof.size()]
		q.proof.shares(shares[:len(z)], c.share(q.margin))
		q.proof.pair(z, shares[:len(z)], &c, phi)
		f.proof(growth(q.proof, z, 1, limits.proof), margin)
	}
}

// meet forecasts an objective.
func (f *Forecast) meet(o Objective, limits limits) {
	q, l := o.sequence(), f.load
	n := l.Candidate
	if f.counted = o.Per == ""; !f.counted {
		return // the load says nothing of instances
	}
	var by [maxRatios]float64
	z := by[:q.harm.size()]
	bad := n * min(1, l.Base*f.ratio)
	q.harm.one(z, n, bad, o.Max, q.dispersion)
	f.delay(growth(q.harm, z, putAtBegin+putAtSteps/2, limits.harm), bad)
	z = by[:q.proof.size()]
	q.proof.one(z, n, n*l.Base, o.Max, q.dispersion)
	f.objective = true
	f.proof(growth(q.proof, z, 1, limits.proof), o.Max)
}

func (f *Forecast) delay(minutes, bad float64) {
	if minutes > 0 {
		f.Delay, f.Harmed = duration(minutes), minutes*bad
	}
}

func (f *Forecast) proof(minutes, margin float64) {
	f.margin = margin
	if minutes > 0 {
		f.Proof, f.Requests = duration(minutes), minutes*f.load.Candidate
	}
}

// longestForecast, in minutes, is what is never for whoever waits for it.
const longestForecast = 10 * 365 * 24 * 60

func duration(minutes float64) time.Duration {
	return time.Duration(minutes * float64(time.Minute)).Round(time.Second)
}

// growth is after how many minutes bets, of which so much was put in, reach a limit if
// each L grows by so much a minute; 0 if never.
func growth(g *grid, by []float64, amount, limit float64) float64 {
	reached := func(minutes float64) bool {
		sum := math.Inf(-1)
		for j, w := range g.weight {
			sum = plusLog(sum, math.Log(w)+minutes*by[j])
		}
		return math.Log(amount)+sum >= limit
	}
	lo, hi := 0.0, float64(longestForecast)
	if !reached(hi) {
		return 0
	}
	for hi-lo > 1e-6*hi {
		if mid := (lo + hi) / 2; reached(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

// String says it in one line: "At 20 requests a minute on the candidate, a 1.5x margin
// needs about 9 hours; twice as many errors are found after about 40 minutes and 5
// requests that fail."
func (f Forecast) String() string {
	text := "At " + plain(rounded(f.load.Candidate, 3)) + " requests a minute on the candidate"
	switch {
	case f.margin == 0:
	case f.Proof == 0:
		text += ", " + f.Limit() + " is never proven"
	default:
		text += ", " + f.Limit() + " needs about " + about(f.Proof) + " (" + grouped(rounded(f.Requests, 2)) + " requests)"
	}
	if f.margin != 0 {
		text += ";"
	} else {
		text += ","
	}
	times := plain(rounded(f.ratio, 3)) + "x stable's rate"
	if f.Delay == 0 {
		return text + " " + times + " is never found."
	}
	return text + " " + times + " is found after about " + about(f.Delay) + ", when " + grouped(math.Ceil(f.Harmed)) + " requests have failed."
}

// Limit is what would be proven, in words: "a 1.5x margin". It is empty if there is no
// margin.
func (f Forecast) Limit() string {
	if f.margin == 0 {
		return ""
	}
	if f.objective {
		return "a proof of less than " + plain(rounded(100*f.margin, 3)) + "%"
	}
	return "a " + plain(rounded(f.margin, 3)) + "x margin"
}

// about is a duration in one unit.
func about(d time.Duration) string {
	n, unit := math.Ceil(d.Seconds()), "second"
	for _, u := range []struct {
		name string
		unit time.Duration
	}{{"minute", time.Minute}, {"hour", time.Hour}, {"day", 24 * time.Hour}} {
		if d >= u.unit*3/2 || u.unit == time.Minute && d >= u.unit {
			n, unit = math.Round(float64(d)/float64(u.unit)), u.name
		}
	}
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%.0f %ss", n, unit)
}
