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
	// For is for how long each was healthy without a break; zero asks only for now.
	// This is time by the clock: between two intervals it passes, and a jump of the
	// clock counts. What samples must cover is for [Bake] or Passes to ask.
	For time.Duration `json:"for"`
	// Passes is how many conclusive healthy intervals in a row each had, those that held
	// enough to judge; zero asks for none.
	Passes int64 `json:"passes"`
}

// Kind is "healthy".
func (Healthy) Kind() string { return "healthy" }

// Evaluate opens while every signal is healthy, for long and often enough.
func (h Healthy) Evaluate(f Facts) Decision {
	all, asked := Decision{Answer: Open}, false
	for i := range h.count(f) {
		s, listed := h.at(f, i)
		if h.skips(s) {
			continue
		}
		asked = true
		one := h.one(f, s, listed)
		if one.Answer == Open {
			continue
		}
		if one.Next.IsZero() { // then time alone does not open it, whatever the others wait for
			return Decision{Answer: Wait}
		}
		if all.Answer == Open || one.Next.After(all.Next) { // all must be up: the last one decides
			all = one
		}
	}
	if !asked {
		return Decision{Answer: Wait}
	}
	return all
}

// count is how many signals are looked at; at is one of them, and whether it is listed.
func (h Healthy) count(f Facts) int {
	if len(h.Signals) == 0 {
		return f.Signals()
	}
	return len(h.Signals)
}

func (h Healthy) at(f Facts, i int) (Signal, bool) {
	if len(h.Signals) == 0 {
		return f.SignalAt(i), true
	}
	s, listed := f.Signal(h.Signals[i])
	s.Name = h.Signals[i]
	return s, listed
}

// skips says whether a signal is looked at, but not asked for.
func (h Healthy) skips(s Signal) bool {
	return len(h.Signals) == 0 && (s.Advisory || s.Unmeasured && s.Verdict != health.Degraded)
}

// one decides about one signal.
func (h Healthy) one(f Facts, s Signal, listed bool) Decision {
	if !listed || s.Unmeasured || s.Verdict != health.Healthy || s.Passes < h.Passes {
		return Decision{Answer: Wait}
	}
	if h.For <= 0 {
		return Decision{Answer: Open}
	}
	up := s.Since.Add(h.For)
	switch {
	case s.Since.IsZero(): // since when is not known
		return Decision{Answer: Wait}
	case f.Now().Before(up):
		return Decision{Answer: Wait, Next: up}
	}
	return Decision{Answer: Open}
}

// Explain has one part for every signal.
func (h Healthy) Explain(f Facts) Reason {
	d := h.Evaluate(f)
	r := Reason{Kind: h.Kind(), Answer: d.Answer, At: d.Next, Unit: "signals"}
	for i := range h.count(f) {
		s, listed := h.at(f, i)
		if h.skips(s) {
			continue
		}
		part := h.explain(f, s, listed)
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

func (h Healthy) explain(f Facts, s Signal, listed bool) Reason {
	d := h.one(f, s, listed)
	r := Reason{Kind: h.Kind(), Subject: s.Name, Answer: d.Answer, At: d.Next}
	switch {
	case !listed:
		r.Text = s.Name + " is not measured"
	case s.Unmeasured && s.Verdict != health.Degraded:
		r.Text = s.Name + " is not measured at this step"
	case s.Verdict == "":
		r.Text = s.Name + " is " + string(health.NoData)
	case s.Verdict != health.Healthy || d.Answer == Open:
		r.Text = s.Name + " is " + string(s.Verdict)
	case s.Passes < h.Passes:
		r.Unit, r.Have, r.Need = "intervals", s.Passes, h.Passes
		r.Text = "in a row with " + s.Name + " healthy"
	case d.Next.IsZero():
		r.Text = "since when " + s.Name + " is healthy is not known"
	default:
		r.Unit, r.Have, r.Need = unitDuration, max(0, int64(f.Now().Sub(s.Since))), int64(h.For)
		r.Text = "with " + s.Name + " healthy"
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
