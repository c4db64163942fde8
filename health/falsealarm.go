package health

import (
	"math"
	"time"
)

// FalseAlarmer is a judge without a budget that knows how often it condemns a release
// that is as good as stable: p is the probability that it says Degraded at least once in
// steps that follow one another, if an interval is closed so often. Events are taken to
// be independent and to come evenly. It is not known if that cannot be computed from
// what the steps say.
type FalseAlarmer interface {
	FalseAlarm(every time.Duration, steps ...Load) (p float64, known bool)
}

// Bounds of what is computed; what is larger is not known.
const (
	mostEvents = 1e9 // in a check: beyond it the logarithms of factorials lose their digits
	mostStates = 1e5
	mostWork   = 2e7
)

// FalseAlarm computes that of a maximum on a rate, by the binomial distribution. Of
// quantiles, gauges and events in a time the distribution is not known, and of a
// minimum it is not known what the events are.
func (t Threshold) FalseAlarm(every time.Duration, steps ...Load) (p float64, known bool) {
	if t.form() != formRate || t.Min > 0 || every <= 0 {
		return 0, false
	}
	plan := make([]checks, 0, len(steps))
	for i := range steps {
		c, ok := t.checks(every, &steps[i])
		if !ok {
			return 0, false
		}
		plan = append(plan, c)
	}
	return t.failures().alarm(plan)
}

// checks are so many checks, each of which fails with this probability.
type checks struct {
	n float64
	p float64
}

// checks says how often a rate is checked at a step, and how often a check fails.
func (t Threshold) checks(every time.Duration, l *Load) (checks, bool) {
	if !l.valid() {
		return checks{}, false
	}
	interval := l.Candidate * every.Minutes()
	if interval <= 0 {
		return checks{}, true
	}
	intervals := max(1, math.Ceil(float64(t.minSample())/interval*(1-alike)))
	events := math.Round(intervals * interval)
	if events > mostEvents || events < 1 {
		return checks{}, false
	}
	bad := math.Floor(t.Max * events) // that pass
	if !above((bad+1)/events, t.Max) {
		bad++
	}
	return checks{math.Floor(float64(l.For) / (intervals * float64(every)) * (1 + alike)), upperTail(events, bad, l.Base)}, true
}

// upperTail is the probability that of n independent events, each bad with probability
// p, more than k are bad. It sums the terms on the far side of the mode, from the
// largest on; each follows from the one before.
func upperTail(n, k, p float64) float64 {
	switch {
	case k >= n || p <= 0:
		return 0
	case k < 0 || p >= 1:
		return 1
	case k < math.Floor((n+1)*p):
		sum, term := 0.0, math.Exp(logBinomial(n, k, p))
		for i := k; i >= 0 && term > sum*1e-18; i-- {
			sum += term
			term *= i / (n - i + 1) * (1 - p) / p
		}
		return max(0, 1-sum)
	}
	sum, term := 0.0, math.Exp(logBinomial(n, k+1, p))
	for i := k + 1; i <= n && term > sum*1e-18; i++ {
		sum += term
		term *= (n - i) / (i + 1) * p / (1 - p)
	}
	return min(sum, 1)
}

// logBinomial is the logarithm of the probability that exactly k of n events are bad.
func logBinomial(n, k, p float64) float64 {
	all, _ := math.Lgamma(n + 1)
	bad, _ := math.Lgamma(k + 1)
	good, _ := math.Lgamma(n - k + 1)
	return all - bad - good + k*math.Log(p) + (n-k)*math.Log1p(-p)
}

// alarm is the probability that more checks fail than may, in all or in a row, where
// the checks are independent. It follows how probable every count of failures and every
// length of the present run is, check by check; a step begins a new run.
func (l failures) alarm(plan []checks) (p float64, known bool) {
	total := 0.0
	for _, c := range plan {
		total += c.n
	}
	if total <= 0 {
		return 0, false
	}
	counts, runs := 1.0, 1.0 // that are told apart
	if l.all > 0 || l.row == 0 {
		counts = min(float64(l.all), total) + 1
	}
	if l.row > 0 {
		runs = min(float64(l.row), total+1)
	}
	if counts*runs > mostStates || counts*runs*total > mostWork {
		return 0, false
	}
	m := chain{counts: int(counts), runs: int(runs), inAll: l.all > 0 || l.row == 0, inRow: l.row > 0}
	m.now, m.next = make([]float64, m.counts*m.runs), make([]float64, m.counts*m.runs)
	m.now[0] = 1
	for _, c := range plan {
		m.step()
		for range int(c.n) {
			m.check(c.p)
		}
	}
	return min(m.alarm, 1), true
}

// chain is how probable each pair of a count of failures and a run of them is, and the
// alarm, which stays.
type chain struct {
	counts, runs int
	inAll, inRow bool // what is counted at all
	now, next    []float64
	alarm        float64
}

// step ends every run.
func (m *chain) step() {
	for c := range m.counts {
		row := m.now[c*m.runs : (c+1)*m.runs]
		for r := 1; r < len(row); r++ {
			row[0] += row[r]
			row[r] = 0
		}
	}
}

func (m *chain) check(fail float64) {
	clear(m.next)
	for c := range m.counts {
		for r := range m.runs {
			p := m.now[c*m.runs+r]
			m.next[c*m.runs] += p * (1 - fail)
			toCount, toRun := c, r
			if m.inAll {
				toCount++
			}
			if m.inRow {
				toRun++
			}
			if toCount >= m.counts && m.inAll || toRun >= m.runs && m.inRow {
				m.alarm += p * fail
			} else {
				m.next[toCount*m.runs+toRun] += p * fail
			}
		}
	}
	m.now, m.next = m.next, m.now
}
