package health

// Traffic says which requests there are to measure at a step. What never comes
// cannot be measured, and is not missed.
type Traffic struct {
	Served   bool // the candidate gets some, by its weight or by routes
	Matched  bool // only those that match its routes: of them there may be none for long
	Mirrored bool // the candidate gets copies of stable's, whose answers are thrown away
	Stable   bool // stable gets some
	Alone    bool // the candidate has a single instance
}

// Expected reports whether the signal can say anything where there is that traffic.
// One of the candidate that measures requests needs served ones, one that is mirrored
// needs mirrored ones, and one of stable needs those of stable. One that compares with
// stable needs those of both. What watches something else, or has a judge that measures
// nothing by name (a test, a probe), is always expected.
func (g *Signal) Expected(t Traffic) bool {
	switch {
	case g.compares() && (!t.Stable || !t.Served && !g.Mirrored):
		return false // there is nothing to hold, or nothing to hold it against
	case g.Mirrored:
		return t.Mirrored
	case !g.requests():
		return true
	case g.Scope == scopeStable:
		return t.Stable
	}
	return t.Served
}

// requests reports whether the signal measures requests of the candidate or of
// stable.
func (g *Signal) requests() bool {
	if g.Scope != scopeCandidate && g.Scope != scopeStable && g.Scope != "" {
		return false
	}
	m, ok := g.Judge.(Measurer)
	if !ok {
		return false
	}
	what := m.Measure()
	return what.Requests() || what.Per == PerShare
}

// compares reports whether the signal holds the candidate against stable.
func (g *Signal) compares() bool {
	m, ok := g.Judge.(Measurer)
	return ok && m.Measure().Compare
}

// quiet reports whether the signal may have nothing to measure though it is expected:
// that nobody matches the candidate's routes is nobody's failure.
func (g *Signal) quiet(t Traffic) bool {
	return t.Matched && !g.Mirrored && g.Scope != scopeStable && g.requests()
}

// expected is that of the i-th signal; readiness always is.
func (p *Policy) expected(i int, t Traffic) bool {
	return i >= len(p.Signals) || p.Signals[i].Expected(t)
}

// missable reports whether the i-th signal is missed when it says nothing.
func (p *Policy) missable(i int, t Traffic) bool {
	return i >= len(p.Signals) || p.Signals[i].Expected(t) && !p.Signals[i].quiet(t)
}
