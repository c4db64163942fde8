package health

import "math"

// checked is a result and the value it is about. Beyond is 1 if the true value is
// above that by an unknown amount; low says that it failed for being below Min.
type checked struct {
	result result
	value  float64
	beyond int64
	low    bool
}

// alike is how close numbers are that count as equal, relative to the limit: less
// than any limit is known to, more than rounding in any unit adds up to.
const alike = 1e-9

// check compares a block with the limits once it holds enough.
func (t Threshold) check(block, bounds []float64) checked {
	switch t.form() {
	case formRate:
		if !t.enough(block[1]) {
			return checked{}
		}
		rate := min(block[0]/block[1], 1)
		return t.within(rate, rate)
	case formTime:
		return t.checkTime(block[0], block[1])
	}
	events := total(block)
	if !t.enough(events) {
		return checked{}
	}
	value, beyond := quantile(t.Quantile, events, block, bounds)
	if !beyond {
		return t.within(value, value)
	}
	return checked{result: t.beyond(value, len(bounds) > 0), value: value, beyond: 1}
}

// checkTime looks at events in so many seconds of one instance. What is too much for
// all of Over is too much already for a part of it.
func (t Threshold) checkTime(events, seconds float64) checked {
	over := t.over()
	value := events
	if seconds > over {
		value = events / seconds * over
	}
	c := t.within(value, value)
	if seconds >= over*(1-alike) || c.result == failed && !c.low {
		return c
	}
	return checked{}
}

// gauges looks at the values of one sample, with warming instances and without.
func (t Threshold) gauges(s *Sample) (with, without checked) {
	past, warm := s.Candidate.Values, s.Warming.Values
	if len(past) > 0 {
		low, high := past[0], past[len(past)-1]
		if t.Mean {
			low = mean(past, nil)
			high = low
		}
		without = t.within(low, high)
	}
	if len(warm) > 0 {
		low, high := warm[0], warm[len(warm)-1] // worse ones of the others are seen without
		if t.Mean {
			low = mean(past, warm)
			high = low
		}
		with = t.within(low, high)
	}
	return with, without
}

// mean is that of finite numbers, however large, of two lists of which one is not empty.
func mean(a, b []float64) float64 {
	m, n := 0.0, float64(len(a)+len(b))
	for _, x := range a {
		m += x / n
	}
	for _, x := range b {
		m += x / n
	}
	return max(-math.MaxFloat64, min(m, math.MaxFloat64))
}

// lost reports whether a running block has more harm in it than a block of the
// minimum sample may have: whatever follows, it will not pass as soon as it is full.
func (t Threshold) lost(block, bounds []float64) bool {
	least := float64(t.minSample()) * (1 + alike)
	switch t.form() {
	case formRate:
		return t.capped() && block[0] > t.most()*least || t.Min > 0 && block[1]-block[0] > (1-t.least())*least
	case formTime:
		return t.capped() && block[0] > t.most()*(1+alike)
	case formGauge:
		return false
	}
	slow := 0.0
	for i, n := range block {
		if i > 0 && t.capped() && bounds[i-1] >= t.most() {
			slow = plus(slow, n)
		}
	}
	return slow > (1-t.Quantile)*least
}

func (t Threshold) enough(events float64) bool {
	return events >= float64(t.minSample())*(1-alike)
}

// capped reports whether there is a maximum.
func (t Threshold) capped() bool { return t.Max != 0 || t.Min <= 0 }

// most and least are the largest and the smallest value that pass.
func (t Threshold) most() float64  { return or(t.PassMax, t.Max) }
func (t Threshold) least() float64 { return or(t.PassMin, t.Min) }

// within compares the smallest and the largest value with the limits. The value it
// is about is the one that speaks most against the release.
func (t Threshold) within(low, high float64) checked {
	switch {
	case t.capped() && above(high, t.Max):
		return checked{result: failed, value: high}
	case t.Min > 0 && above(t.Min, low):
		return checked{result: failed, value: low, low: true}
	case t.capped() && above(high, t.most()):
		return checked{result: unclear, value: high}
	case t.Min > 0 && above(t.least(), low):
		return checked{result: unclear, value: low}
	case t.capped():
		return checked{result: passed, value: high}
	}
	return checked{result: passed, value: low}
}

// above reports whether one number is larger than another by more than rounding.
func above(a, b float64) bool { return a-b > alike*max(math.Abs(a), math.Abs(b)) }

// beyond judges a value that is known only to be above the last bound: all that
// such a histogram shows is that a limit at or below the bound is broken.
func (t Threshold) beyond(bound float64, known bool) result {
	switch {
	case !known:
		return unclear
	case t.capped() && !above(t.Max, bound):
		return failed
	case !t.capped() && !above(t.least(), bound):
		return passed
	}
	return unclear
}
