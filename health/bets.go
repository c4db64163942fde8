package health

import "math"

// bets is what became of what was put on each ratio of a grid: exp(L), times what was
// put in. Only logarithms are kept, as one for all and the part of each of it: evidence
// may be far beyond what a number can hold, and the parts that are negligible beside
// the others are let go, which never makes evidence larger.
type bets struct {
	part []float64 // from 0 to about 1; the largest is not far from 1
	top  *float64  // ln of the unit of the parts
}

// Parts beyond these are brought back to about 1. What an interval makes so much smaller
// than another part, in logarithms, is let go.
const (
	smallPart = 1e-50
	largePart = 1e50
	vanishing = -200
	nothing   = 1e-250
)

// start puts the same on every ratio.
func (b bets) start(amount float64) {
	*b.top = math.Log(amount)
	for j := range b.part {
		b.part[j] = 1
	}
}

// put adds the same to every ratio.
func (b bets) put(amount float64) {
	in := math.Log(amount) - *b.top
	if in < vanishing/2 {
		return // it is nothing beside what is there
	}
	if in > -vanishing/2 { // what is there is nothing beside it
		b.scale(math.Exp(-in), in)
		in = 0
	}
	more := 1.0
	if in > 0 {
		more = math.Exp(in)
	} else {
		more = exp(in)
	}
	for j := range b.part {
		b.part[j] += more
	}
}

func (b bets) scale(factor, log float64) {
	*b.top += log
	for j := range b.part {
		b.part[j] *= factor
	}
}

// multiply takes in an interval: by adds to the L of each ratio.
func (b bets) multiply(by []float64) {
	part, most := b.part[:len(by)], math.Inf(-1)
	for j, x := range by {
		if x > most && part[j] > 0 {
			most = x
		}
	}
	*b.top += most
	timesExp(part, by, most) // above most is only what was let go before
	largest := 0.0
	for j, x := range part {
		if x > largest {
			largest = x
		} else if x < nothing {
			part[j] = 0
		}
	}
	if largest < smallPart || largest > largePart {
		b.scale(1/largest, math.Log(largest))
	}
}

// sum is the sum by the weights of a grid, in the unit of top.
func (b bets) sum(g *grid) float64 {
	sum, part := 0.0, b.part[:len(g.weight)]
	for j, w := range g.weight {
		sum += w * part[j]
	}
	return sum
}

// value is its logarithm.
func (b bets) value(g *grid) float64 { return *b.top + math.Log(b.sum(g)) }

// with is that of the sum and an amount that was not put in.
func (b bets) with(amount float64, g *grid) float64 {
	switch top := *b.top; {
	case top > -vanishing:
		return b.value(g)
	case top < vanishing:
		return math.Log(amount)
	case top >= 0:
		return top + math.Log(b.sum(g)+amount*exp(-top))
	default:
		return math.Log(b.sum(g)*exp(top) + amount)
	}
}

// plusLog is ln(exp(a) + exp(b)).
func plusLog(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if d := b - a; d > negligible {
		return a + math.Log1p(math.Exp(d))
	}
	return a
}

// negligible is the logarithm of what changes no sum with 1.
const negligible = -40
