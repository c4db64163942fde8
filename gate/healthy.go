package gate

import (
	"slices"
	"strconv"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Healthy waits until signals are healthy now. The zero Healthy asks that of every
// signal that the ledger lists, that is not advisory, and that can be measured at
// the step. A signal that is not listed is not healthy, nor is a ledger without
// any: this gate is never open because there was nothing to see.
//
// It closes again when a signal turns.
type Healthy struct {
	// Signals are the names; empty means all but advisory and unmeasured ones. Who
	// names one of these asks for it.
	Signals []string `json:"signals"`
	// For is how much time each was healthy without a break, as far as intervals of
	// measurement cover it ([Signal.Healthy]); zero asks only for now. Time by the clock
	// earns nothing, nor does any in which the rollout stands still.
	For time.Duration `json:"for"`
	// Passes is how many conclusive healthy intervals in a row each had, those that held
	// enough to judge; zero asks for none.
	Passes int64 `json:"passes"`
	// Digest asks that what was measured last says that it is of the release's very
	// digest: tests that passed for another artifact, or that do not say for which, open
	// nothing. A release without a digest has no such tests.
	Digest bool `json:"digest"`
}

// Kind is "healthy".
func (Healthy) Kind() string { return "healthy" }

// Evaluate opens while every signal is healthy, for long and often enough. It never
// opens by time alone.
func (h Healthy) Evaluate(f Facts) Decision { return h.decide(&f) }

func (h *Healthy) decide(f *Facts) Decision {
	asked := false
	for i := range h.count(f) {
		s, listed := h.at(f, i)
		if h.skips(s) {
			continue
		}
		if !listed || !h.opens(f, s) {
			return Decision{Answer: Wait}
		}
		asked = true
	}
	if !asked {
		return Decision{Answer: Wait}
	}
	return Decision{Answer: Open}
}

// count is how many signals are looked at; at is one of them, and whether it is listed.
func (h *Healthy) count(f *Facts) int {
	if len(h.Signals) == 0 {
		return len(f.l().Signals)
	}
	return len(h.Signals)
}

func (h *Healthy) at(f *Facts, i int) (s *Signal, listed bool) {
	all := f.l().Signals
	if len(h.Signals) == 0 {
		return &all[i], true
	}
	for k := range all {
		if all[k].Name == h.Signals[i] {
			return &all[k], true
		}
	}
	return &unseen, false
}

var unseen Signal // never written

// skips says whether a signal is looked at, but not asked for.
func (h *Healthy) skips(s *Signal) bool {
	return len(h.Signals) == 0 && (s.Advisory || s.Unmeasured && s.Verdict != health.Degraded)
}

// opens decides about one signal that is listed.
func (h *Healthy) opens(f *Facts, s *Signal) bool {
	return !s.Unmeasured && s.Verdict == health.Healthy && s.Passes >= h.Passes && s.Healthy >= h.For &&
		(!h.Digest || s.Digest != "" && s.Digest == f.Digest())
}

// Explain has one part for every signal.
func (h Healthy) Explain(f Facts) Reason {
	d := h.Evaluate(f)
	r := Reason{Kind: h.Kind(), Answer: d.Answer, At: d.Next, Unit: "signals"}
	for i := range h.count(&f) {
		s, listed := h.at(&f, i)
		if h.skips(s) {
			continue
		}
		name := s.Name
		if !listed {
			name = h.Signals[i]
		}
		part := h.explain(f, s, name, listed)
		if part.Answer == Open {
			r.Have++
		}
		r.Parts = append(r.Parts, part)
	}
	if r.Need = int64(len(r.Parts)); r.Need == 0 {
		r.Unit, r.Text = "", "there are no signals that count"
	}
	return r
}

func (h Healthy) explain(f Facts, s *Signal, name string, listed bool) Reason {
	r := Reason{Kind: h.Kind(), Subject: name}
	switch {
	case !listed:
		r.Text = name + " is not measured"
	case s.Unmeasured && s.Verdict != health.Degraded:
		r.Text = name + " is not measured at this step"
	case s.Verdict == "":
		r.Text = name + " is " + string(health.NoData)
	case h.opens(&f, s):
		r.Answer, r.Text = Open, name+" is "+string(s.Verdict)
	case s.Verdict != health.Healthy:
		r.Text = name + " is " + string(s.Verdict)
	case s.Passes < h.Passes:
		r.Unit, r.Have, r.Need = "intervals", s.Passes, h.Passes
		r.Text = "in a row with " + name + " healthy"
	case s.Healthy < h.For:
		r.Unit, r.Have, r.Need = unitDuration, int64(s.Healthy), int64(h.For)
		r.Text = "with " + name + " healthy"
	case s.Digest == "":
		r.Text = "of which artifact " + name + " is healthy is not said"
	default:
		r.Text = name + " is healthy for another artifact, " + s.Digest
	}
	return r
}

// Validate implements [Validator]. That the signals exist is checked where they
// are declared, by [Watched].
func (h Healthy) Validate() error {
	var p strict.Problems
	for i, name := range h.Signals {
		path := "signals[" + strconv.Itoa(i) + "]"
		switch {
		case name == "":
			p.Add(path, name, "must be the name of a signal")
		case slices.Contains(h.Signals[:i], name):
			p.Add(path, name, "must be named only once")
		default:
			checkName(&p, path, name)
		}
	}
	if h.For < 0 {
		p.Add("for", length(h.For), ruleNegative)
	}
	if h.Passes < 0 {
		p.Add("passes", h.Passes, ruleNegative)
	}
	return p.Err()
}

// Watches implements [Watcher].
func (h Healthy) Watches() []string { return h.Signals }
