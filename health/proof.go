package health

import "math"

// Prover is a judge that can show a release good enough, as it is set: one whose Proven
// may ever be true. A judge that does not say so cannot.
type Prover interface{ Proves() bool }

// Provable reports whether the signal can ever be proven good enough.
func (g *Signal) Provable() bool {
	p, ok := g.Judge.(Prover)
	return ok && p.Proves()
}

// Suspect reports whether the evidence of a sequential signal speaks against the release
// rather than for it, though not enough to act on: the e-value of harm is not below 1. No
// evidence is 1, and so is suspect; judges without evidence suspect nothing.
func (g *Signal) Suspect(e *Evidence) bool {
	j, ok := g.Judge.(Sequential)
	if !ok {
		return false
	}
	harm, _ := j.LogE(e)
	return !(harm < 0) || math.IsInf(harm, -1) // nothing ever speaks so strongly: it is no number
}

// Proves reports whether there is a margin.
func (c Compare) Proves() bool { return c.Margin > 0 }

// Proves reports whether there is a margin.
func (l Latency) Proves() bool { return l.Margin > 0 }

// Proves is true: below Max is good enough.
func (o Objective) Proves() bool { return true }
