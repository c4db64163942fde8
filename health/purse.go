package health

import "math"

// Evidence of harm that was gathered while the candidate was still healthy is a debt
// that harm has to pay back first. So the process does not bet all it has at once. It
// begins with some of it, and puts in the rest later: some at the begin of each step,
// some again and again, whenever so many bad events of a candidate that is no worse were
// to be expected that a bet on the past has lost. All that was put in stays in, in one
// sum per ratio, so the size is constant; what was not put in yet counts as it is. It
// is an e-process because what is put in is decided beforehand and adds up to 1 (as in
// e-detectors: Shin, Ramdas and Rinaldo, E-detectors, 2022).
//
// Counted in events and not in minutes, a service with little traffic does not spend
// its purse on silence.
const (
	putAtBegin = 0.8 // at the begin of the stage
	putAtSteps = 0.1 // of it 1/(k (k+1)) at the begin of the k-th step
	putOnset   = 0.1 // of it 1/sqrt(k) - 1/sqrt(k+1) at the k-th time in between
	onsetEvery = 5.0 // bad events that are to be expected of the candidate between two times
)

// purse is where in the log of the evidence it stands what is left to put in.
type purse struct {
	left     *float64 // of 1
	steps    *float64 // begun so far
	times    *float64 // put in so far between the steps
	expected *float64 // bad events since the last time
}

const purseSize = 4

func purseAt(log []float64) purse { return purse{&log[0], &log[1], &log[2], &log[3]} }

// open puts in what is put in at the begin, of which the first step is part.
func (p purse) open(b bets) {
	*p.left, *p.steps, *p.times, *p.expected = 1-putAtBegin, 0, 0, 0
	b.start(putAtBegin)
	p.step(b)
}

// step puts in what is due when a step begins.
func (p purse) step(b bets) {
	*p.steps++
	p.put(b, putAtSteps/(*p.steps*(*p.steps+1)))
}

// onset puts in what is due before an interval, if enough was expected since the last
// time.
func (p purse) onset(b bets) {
	if *p.expected < onsetEvery {
		return
	}
	*p.times++
	k := *p.times
	p.put(b, putOnset/(math.Sqrt(k*(k+1))*(math.Sqrt(k)+math.Sqrt(k+1))))
}

func (p purse) put(b bets, amount float64) {
	amount = min(amount, *p.left/2)
	*p.left -= amount
	*p.expected = 0
	if amount > 0 {
		b.put(amount)
	}
}
