package gate

import (
	"strconv"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// enoughInstances is how many must serve: with a single one a good machine and a good
// version are the same to any test.
const enoughInstances = 2

// lack is what keeps a [Bake] from ending early; at is of which signal or count.
type lack struct {
	what whatLacks
	at   int
}

type whatLacks uint8

// In the order in which they are looked for.
const (
	nothingMissing whatLacks = iota
	lackStep                 // it is the last
	lackFloor                // too little healthy time
	lackRequests             // of one count
	lackInstances            // too few serve
	lackWarmUp               // one of them is too new
	lackHealth               // of one signal
	lackFor                  // a signal has evidence against the release
	lackForm                 // a signal can prove nothing
	lackProof                // a signal has not proven it
	lackSignals              // there is none that could
	lackPeak                 // the peak is not covered
)

// unproven is the first thing that keeps the bake from ending early.
func (b *Bake) unproven(f *Facts) lack {
	l := f.l()
	_, floor := b.bounds()
	switch {
	case l.Last:
		return lack{what: lackStep}
	case l.Healthy < floor:
		return lack{what: lackFloor}
	}
	for i := range l.Counts {
		if c := &l.Counts[i]; c.served() < max(c.Need, 1) {
			return lack{lackRequests, i}
		}
	}
	switch {
	case l.Serving < enoughInstances:
		return lack{what: lackInstances}
	case l.Warm < l.Serving:
		return lack{what: lackWarmUp}
	}
	if signal := unprovenSignal(l.Signals); signal.what != nothingMissing {
		return signal
	}
	if b.Peak != nil && !b.Peak.is(b.Peak.covered(f)) {
		return lack{what: lackPeak}
	}
	return lack{}
}

// unprovenSignal is the same of the signals: the first one that is not healthy comes
// before one that is, but not proven.
func unprovenSignal(all []Signal) lack {
	first, proven := lack{what: lackSignals}, false
	for i := range all {
		s := &all[i]
		if !s.counts() {
			continue
		}
		if what := s.unproven(); what == lackHealth {
			return lack{what, i}
		} else if what != nothingMissing && (first.what == lackSignals || what < first.what) {
			first = lack{what, i}
		}
		proven = proven || s.Name != health.ReadinessName
	}
	if proven && first.what == lackSignals {
		return lack{}
	}
	return first
}

// counts reports whether a signal counts for or against the release at the step.
func (s *Signal) counts() bool {
	return !s.Advisory && (!s.Unmeasured || s.Verdict == health.Degraded)
}

func (s *Signal) unproven() whatLacks {
	switch {
	case s.Verdict != health.Healthy:
		return lackHealth
	case s.Suspect:
		return lackFor
	case s.Name == health.ReadinessName:
		return nothingMissing
	case !s.Provable:
		return lackForm
	case !s.Proven:
		return lackProof
	}
	return nothingMissing
}

// explainEarly says that the bake has ended early, or why not.
func (b Bake) explainEarly(f Facts, covered Reason) Reason {
	r := Reason{Kind: b.Kind(), Answer: Wait}
	l, lack := f.l(), b.unproven(&f)
	switch lack.what {
	case nothingMissing:
		r.Answer = Open
		r.Text = "ended early after " + covered.amount(covered.Have) + " of " + covered.amount(covered.Need) + ": proven"
		return r
	case lackStep:
		r.Text = "the last step bakes in full"
	case lackFloor:
		_, floor := b.bounds()
		r.Text = "it bakes at least " + strict.FormatDuration(floor)
	case lackRequests:
		r.Subject, r.Text = l.Counts[lack.at].Endpoint, l.Counts[lack.at].words()
	case lackInstances:
		r.Text = strconv.FormatInt(max(l.Serving, 0), 10) + " of " + strconv.Itoa(enoughInstances) + " instances serve"
	case lackWarmUp:
		r.Text = strconv.FormatInt(max(l.Warm, 0), 10) + " of " + strconv.FormatInt(l.Serving, 10) + " instances are past their warm-up"
	case lackPeak:
		r.Text = "its peak is not covered"
	case lackSignals:
		r.Text = "no signal is there to prove anything"
	default:
		s := &l.Signals[lack.at]
		r.Subject, r.Text = s.Name, s.Name+" "+s.lacks(lack.what)
	}
	r.Text = "not ended early: " + r.Text
	return r
}

// words say how many requests were served, of how many.
func (c *Count) words() string {
	text := strconv.FormatInt(c.served(), 10) + " of " + strconv.FormatInt(max(c.Need, 1), 10) + " requests"
	if c.Endpoint != "" {
		text += " to " + c.Endpoint
	}
	return text
}

// lacks says what keeps a signal from letting a bake end.
func (s *Signal) lacks(what whatLacks) string {
	switch what {
	case lackHealth:
		if s.Verdict == "" {
			return "is " + string(health.NoData)
		}
		return "is " + string(s.Verdict)
	case lackFor:
		return "has evidence against the release"
	case lackForm:
		return "can prove nothing"
	}
	return "is not proven"
}
