package health

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// FieldError is one thing wrong with an input: its path, its value, and the rule.
type FieldError = strict.FieldError

// ReadinessName is the name of the implicit signal of every stage.
const ReadinessName = "readiness"

// Defaults and bounds of what a policy says about time.
const (
	defaultEvery     = 10 * time.Second
	defaultWarmUp    = 60 * time.Second
	defaultReadiness = 5 * time.Second
	defaultGrace     = 30 * time.Second
	gaps             = 6 // MaxGap is by default so many times Every, after the warm-up
	shortestEvery    = 100 * time.Millisecond
	longest          = 365 * 24 * time.Hour // keeps all arithmetic far from overflow
)

const (
	maxSignals = 100
	maxName    = 63
	maxStake   = 1e9
)

// Normalize returns the policy with every default filled in; doing it twice
// changes nothing more. The policy itself is left as it is. Negative durations
// that mean "none" stay, because zero means the default; [Signal.Warming] reads
// them.
func (p Policy) Normalize() Policy {
	p.Budget, p.Holds, p.Proof = p.Budget.snap(), p.Holds.snap(), p.Proof.snap()
	p.Signals = slices.Clone(p.Signals)
	for i := range p.Signals {
		p.Signals[i].normalize()
	}
	r := &p.Readiness
	r.Every = r.every()
	r.Grace = or(r.Grace, defaultGrace)
	r.On.normalize()
	return p
}

func (g *Signal) normalize() {
	if v := reflect.ValueOf(g.Judge); v.Kind() == reflect.Pointer && v.IsNil() {
		g.Judge = nil // a pointer to no judge is none
	}
	g.Scope = or(g.Scope, "candidate")
	g.Every = g.every()
	g.MaxGap = g.maxGap()
	g.WarmUp = or(g.WarmUp, defaultWarmUp)
	g.On.normalize()
}

func (r *Reactions) normalize() {
	r.Degraded = or(r.Degraded, Hold)
	r.Missing = or(r.Missing, Hold)
}

// or is v, or the default where nothing was given.
func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// Warming is how long after it became ready an instance says nothing in favour of
// the release: WarmUp with its default, and 0 if that is negative.
func (g *Signal) Warming() time.Duration { return max(0, or(g.WarmUp, defaultWarmUp)) }

func (g *Signal) every() time.Duration    { return or(g.Every, defaultEvery) }
func (g *Signal) maxGap() time.Duration   { return or(g.MaxGap, g.Warming()+gaps*g.every()) }
func (r *Readiness) every() time.Duration { return or(r.Every, defaultReadiness) }
func (r *Readiness) grace() time.Duration { return max(0, or(r.Grace, defaultGrace)) }

// Validate joins a *FieldError for everything wrong with a normalized policy.
func (p *Policy) Validate() error {
	var all strict.Problems
	checkBudget(&all, "budget", p.Budget)
	checkBudget(&all, "holds", p.Holds)
	checkBudget(&all, "proof", p.Proof)
	if n := len(p.Signals); n > maxSignals {
		all.Add("signals", n, fmt.Sprintf("must be at most %d", maxSignals))
	}
	advisory := len(p.Signals) > 0
	for i := range p.Signals {
		path := fmt.Sprintf("signals[%d]", i)
		all.Join(path, p.Signals[i].validate())
		p.checkName(&all, path+".name", i)
		advisory = advisory && p.Signals[i].Advisory
	}
	if advisory {
		all.Add("signals", nil, "must not all be advisory: nothing would count")
	}
	all.Join("readiness", p.Readiness.validate())
	return all.Err()
}

func checkBudget(all *strict.Problems, path string, b Probability) {
	if !(b >= 0 && b < 0.5) || !b.writable() {
		all.Add(path, float64(b), "must be a percentage below 50% with at most 6 decimals, or 0% for the default")
	}
}

func (p *Policy) checkName(all *strict.Problems, path string, i int) {
	name := p.Signals[i].Name
	odd := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }
	switch n := utf8.RuneCountInString(name); {
	case n < 1 || n > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, odd):
		all.Add(path, name, fmt.Sprintf("must be 1 to %d characters without space", maxName))
	case name == ReadinessName:
		all.Add(path, name, "is the name of the signal that every stage has")
	}
	for j := range i {
		if p.Signals[j].Name == name {
			all.Add(path, name, fmt.Sprintf("must be unique, and is the name of signals[%d]", j))
			return
		}
	}
}

func (g *Signal) validate() error {
	var all strict.Problems
	switch g.Scope {
	case scopeCandidate, scopeStable, "upstream", "downstream", "business":
	default:
		all.Add("scope", g.Scope, "must be candidate, stable, upstream, downstream or business")
	}
	if g.Mirrored && g.Scope != scopeCandidate {
		all.Add("mirrored", nil, "must be of scope candidate: only the candidate answers mirrored requests")
	}
	if g.Scope == scopeStable && g.compares() {
		all.Add("scope", g.Scope, "must not be stable: the judge compares with it")
	}
	if g.Judge == nil {
		all.Add("", nil, "must have a judge, such as threshold")
	} else if v, ok := g.Judge.(Validator); ok {
		all.Join(g.Judge.Kind(), v.Validate())
	}
	checkEvery(&all, g.Every)
	if least := min(g.Warming(), longest) + 2*g.Every; g.MaxGap < least || g.MaxGap > 2*longest {
		all.Add("maxGap", g.MaxGap, "must be at least the warm-up and twice every together, and at most two years")
	}
	if g.WarmUp > longest {
		all.Add("warmUp", g.WarmUp, "must be at most a year")
	}
	g.On.validate(&all)
	if g.Scope == scopeStable {
		g.On.refuseRollback(&all)
	}
	if !(g.Stake >= 0 && g.Stake <= maxStake) {
		all.Add("stake", g.Stake, fmt.Sprintf("must be a number from 0 to %g", maxStake))
	}
	return all.Err()
}

// refuseRollback refuses to go back towards what a signal says is harmed or not seen.
// Of all other scopes the candidate may be the cause.
func (r *Reactions) refuseRollback(all *strict.Problems) {
	const rule = "must be hold for scope stable: a rollback would give it the traffic"
	if r.Degraded == Rollback {
		all.Add("on.degraded", string(r.Degraded), rule)
	}
	if r.Missing == Rollback {
		all.Add("on.missing", string(r.Missing), rule)
	}
}

func (r *Readiness) validate() error {
	var all strict.Problems
	checkEvery(&all, r.Every)
	if r.Grace > longest {
		all.Add("grace", r.Grace, "must be at most a year")
	}
	r.On.validate(&all)
	return all.Err()
}

func checkEvery(all *strict.Problems, every time.Duration) {
	if every < shortestEvery || every > longest/gaps {
		all.Add("every", every, "must be from 100ms to 1460h")
	}
}

func (r *Reactions) validate(all *strict.Problems) {
	if r.Degraded != Hold && r.Degraded != Rollback {
		all.Add("on.degraded", string(r.Degraded), "must be hold or rollback")
	}
	if r.Missing != Hold && r.Missing != Rollback {
		all.Add("on.missing", string(r.Missing), "must be hold or rollback")
	}
	if r.Alone != "" && r.Alone != Hold && r.Alone != Rollback {
		all.Add("on.alone", string(r.Alone), "must be hold or rollback")
	}
}
