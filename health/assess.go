package health

import "time"

// Assessment is what all signals of a policy say together.
type Assessment struct {
	Verdict Verdict  // the worst of the signals that count
	Proven  bool     // every signal that counts is proven good enough; readiness has no proof and needs none
	Do      Reaction // what the signals ask for: Continue, Hold or Rollback
	Blame   int      // the signal that decided what to do, or else the worst; len(Signals) is readiness; -1 if all are healthy
}

// Current is the verdict of the i-th signal (len(p.Signals) is readiness) now:
// what its evidence says, or NoData where that is as old as the signal's MaxGap.
// Degraded does not age: silence takes no harm back.
func (p *Policy) Current(i int, e *Evidence, now time.Time) Verdict {
	switch e.Verdict {
	case Degraded:
		return Degraded
	case Healthy, Inconclusive, Error, Cancelled:
		if !e.Seen.IsZero() && now.Sub(e.Seen) < p.gap(i) {
			return e.Verdict
		}
	}
	return NoData
}

// Assess combines the evidence of all signals and of readiness, in the order of
// the policy, readiness last; evidence that is not there is empty. A signal asks
// for its missing reaction once nothing conclusive came for its MaxGap since the
// later of since and its last data; a zero since asks for none.
//
// A signal that is not [Signal.Expected] counts neither for nor against the release,
// and is not missed; but harm that it has shown stays shown. One of requests that
// only match routes counts, and is not missed either.
//
// The strongest reaction is done, and of signals that ask for the same the one
// with the worst verdict is to blame. It allocates nothing.
func (p *Policy) Assess(now, since time.Time, t Traffic, ev []Evidence) Assessment {
	a := Assessment{Verdict: Healthy, Do: Continue, Blame: -1}
	counted, proven := 0, 0
	var none Evidence
	for i := range len(p.Signals) + 1 {
		if p.advisory(i) {
			continue
		}
		e := &none
		if i < len(ev) {
			e = &ev[i]
		}
		if !p.expected(i, t) && e.Verdict != Degraded {
			continue
		}
		missed := since
		if !p.missable(i, t) {
			missed = time.Time{}
		}
		v := p.Current(i, e, now)
		do := p.asks(i, e, v, t, now, missed)
		if do.strength() > a.Do.strength() || do == a.Do && v.rank() > p.blamed(a, ev, now).rank() {
			a.Do, a.Blame = do, i
		}
		if v.rank() > a.Verdict.rank() {
			a.Verdict = v
		}
		if i < len(p.Signals) {
			counted++
			if e.Proven && v == Healthy {
				proven++
			}
		}
	}
	a.Proven = counted > 0 && proven == counted
	return a
}

// NextMissing is the earliest instant after now at which time alone changes what
// [Policy.Current] or [Policy.Assess] says: a verdict becomes stale, or a missing
// reaction falls due. It is zero if time alone changes nothing any more. Signals that
// are not expected change nothing.
func (p *Policy) NextMissing(now, since time.Time, t Traffic, ev []Evidence) time.Time {
	var next time.Time
	earliest := func(t time.Time) {
		if t.After(now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	var none Evidence
	for i := range len(p.Signals) + 1 {
		if !p.expected(i, t) {
			continue
		}
		e := &none
		if i < len(ev) {
			e = &ev[i]
		}
		if v := p.Current(i, e, now); v != NoData && v != Degraded {
			earliest(e.Seen.Add(p.gap(i)))
		}
		if !since.IsZero() && !p.advisory(i) && p.missable(i, t) {
			earliest(later(since, e.Seen).Add(p.gap(i)))
		}
	}
	return next
}

// blamed is the verdict of the signal that is to blame so far, Healthy if none is.
func (p *Policy) blamed(a Assessment, ev []Evidence, now time.Time) Verdict {
	switch {
	case a.Blame < 0:
		return Healthy
	case a.Blame >= len(ev):
		return NoData
	}
	return p.Current(a.Blame, &ev[a.Blame], now)
}

// asks is the reaction that a signal asks for. Harm and silence may come together.
func (p *Policy) asks(i int, e *Evidence, v Verdict, t Traffic, now, since time.Time) Reaction {
	on, do := p.on(i), Continue
	if v == Degraded {
		do = p.Harmed(i, e, t)
	}
	if !since.IsZero() && now.Sub(later(since, e.Seen)) >= p.gap(i) {
		if missing := on.Missing.declared(); missing.strength() > do.strength() {
			do = missing
		}
	}
	return do
}

// Harmed is what the i-th signal asks for once it is degraded.
func (p *Policy) Harmed(i int, e *Evidence, t Traffic) Reaction {
	on := p.on(i)
	if (t.Alone || e.Alone) && on.Alone != Rollback && i < len(p.Signals) && p.Signals[i].compares() {
		return Hold
	}
	return on.Degraded.declared()
}

// declared is a reaction as a signal may have it: whatever is not a rollback holds.
func (r Reaction) declared() Reaction {
	if r == Rollback {
		return Rollback
	}
	return Hold
}

func (r Reaction) strength() int {
	switch r {
	case Rollback:
		return 2
	case Hold:
		return 1
	default:
		return 0
	}
}

func (p *Policy) advisory(i int) bool { return i < len(p.Signals) && p.Signals[i].Advisory }

func (p *Policy) on(i int) *Reactions {
	if i < len(p.Signals) {
		return &p.Signals[i].On
	}
	return &p.Readiness.On
}

func (p *Policy) gap(i int) time.Duration {
	if i < len(p.Signals) {
		return p.Signals[i].maxGap()
	}
	return gaps * p.Readiness.every()
}

// name is how people speak of the i-th signal.
func (p *Policy) name(i int) string {
	if i < len(p.Signals) {
		return p.Signals[i].Name
	}
	return ReadinessName
}
