package rollout

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// Machine is a compiled plan. It is immutable and safe for concurrent use.
type Machine struct {
	plan   Plan
	digest string
	stages []stage
}

// stage is a compiled stage: everything that Decide would otherwise look up.
type stage struct {
	Stage
	needs   []int
	ladder  strategy.Ladder
	first   strategy.Step // the only step of a first deploy: there is no stable
	policy  *health.Policy
	asks    []question    // one per signal of the policy
	entry   []gate.Gate   // before the stage begins, those that it needs on its way too
	pausing []gate.Gate   // those without which it stands still
	gates   [][]gate.Gate // by step; those of the last step end with the exit gates
	counts  [][]gate.Count
	peaks   [][]*gate.Peak // by step: what of its healthy time is counted apart
	warmUp  time.Duration  // the longest of its signals
	awaits  []string       // by step: what is awaited there, in words
	judges  []string       // by signal, readiness last: what is awaited of it, in words
	begins  string         // what is awaited before the stage begins
	stands  string         // what is awaited by a stage that stands still
	bound   []string       // by step: what is awaited there in spite of a waiver
	// By step, of the entry last: whether people are asked, and the words for it.
	asksAt []bool
	people []string
	// What people are told at every step, and before the stage begins.
	briefs     []*gate.Brief
	entryBrief *gate.Brief
}

// question is what never changes about an ask.
type question struct {
	measure health.Measure
	counts  []string
}

// bottom is where every rollback ends.
var bottom = strategy.Bottom() // never written

// Compile validates a plan, fills in its defaults and makes a machine of it. The
// error joins one *FieldError for everything that is wrong. The plan must not be
// changed afterwards.
func Compile(p Plan) (*Machine, error) {
	p = p.Normalize()
	var wrong strict.Problems
	wrong.Join("", p.Validate())
	m := &Machine{plan: p, stages: make([]stage, len(p.Stages))}
	for i := range p.Stages {
		wrong.Join(fmt.Sprintf("stages[%d]", i), m.compileStage(i))
	}
	wrong.Join("", m.divide())
	wrong.Join("", m.place())
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	text, err := strict.Encode(p)
	if err != nil {
		wrong.Join("", err)
		return nil, wrong.Err()
	}
	if len(text) > MaxPlan {
		return nil, &FieldError{Rule: fmt.Sprintf("a plan has at most %d bytes, this one %d", MaxPlan, len(text))}
	}
	sum := sha256.Sum256(text)
	m.digest = "sha256:" + hex.EncodeToString(sum[:])
	return m, nil
}

// compileStage resolves what Validate cannot see from the data alone: the ladder,
// the gates, and what they refer to.
func (m *Machine) compileStage(i int) error {
	var wrong strict.Problems
	c := &m.stages[i]
	c.Stage = m.plan.Stages[i]
	c.policy = c.Health
	if c.policy == nil {
		c.policy = &m.plan.Health
	}
	for _, need := range c.Needs {
		c.needs = append(c.needs, stageIndex(m.plan.Stages, need))
	}
	if c.Strategy != nil { // otherwise Validate has said so
		wrong.Join("", c.compileLadder())
	}
	wrong.Join("", c.compileGates())
	m.compileBriefs(c)
	wrong.Join("", c.checkAssignment())
	wrong.Join("gateDeadline", c.checkGateDeadline(len(m.plan.Stages)-1))
	for _, g := range c.policy.Signals {
		c.warmUp = max(c.warmUp, g.Warming())
		q := question{}
		if j, ok := g.Judge.(health.Measurer); ok {
			q.measure = j.Measure()
		}
		for _, counts := range c.counts {
			for _, n := range counts {
				if n.Signal == g.Name && n.Endpoint != "" {
					q.counts = append(q.counts, n.Endpoint)
				}
			}
		}
		q.counts = unique(q.counts)
		c.asks = append(c.asks, q)
	}
	return wrong.Err()
}

// compileLadder leaves the stage without steps if they are wrong.
func (c *stage) compileLadder() error {
	var wrong strict.Problems
	path := "strategy." + c.Strategy.Kind()
	ladder, err := c.Strategy.Ladder()
	if err == nil {
		err = ladder.Validate()
	}
	if err != nil {
		wrong.Join(path, err)
		return wrong.Err()
	}
	c.ladder = ladder
	c.first = ladder.Steps[c.last()]
	c.first.Weight, c.first.Stable = strategy.Full, strategy.Count(0)
	c.first.Routes, c.first.Mirror = nil, 0
	if last := ladder.Steps[c.last()]; last.Weight != strategy.Full {
		wrong.Add(path, last.Weight, "is the weight of the last step, "+last.Name+": it must be 100%; to stay below that, await a decision at the step before, and keep it there")
	}
	if wait := ladder.Pace.MinReady + ladder.Pace.Drain; wait >= c.Deadline {
		wrong.Add("deadline", c.Deadline, "must be above minReady and drain together, "+strict.FormatDuration(wait)+": waiting for them is no failure")
	}
	return wrong.Err()
}

func (c *stage) compileGates() error {
	var wrong strict.Problems
	compile := func(path string, gates []gate.Gate) []gate.Gate {
		ready, err := gate.Compile(gates)
		if err != nil {
			wrong.Join(path, err)
			ready = sound(gates)
		}
		wrong.Join(path, c.checkSignals(ready))
		wrong.Join(path, c.checkCounts(gate.Wanted(ready)))
		return ready
	}
	once := func(path string, gates []gate.Gate) []gate.Gate {
		ready := compile(path, gates)
		wrong.Join(path, checkClosed(ready))
		return ready
	}
	c.entry = once("gates.entry", c.Gates.Entry)
	step := once("gates.step", c.Gates.Step)
	exit := once("gates.exit", c.Gates.Exit)
	during := compile("gates.during", c.Gates.During)
	at := make(map[string][]gate.Gate, len(c.Gates.At))
	for _, name := range sortedKeys(c.Gates.At) {
		path := fmt.Sprintf("gates.at[%q]", name)
		at[name] = once(path, c.Gates.At[name])
		if len(c.ladder.Steps) > 0 && !c.hasStep(name) {
			wrong.Add(path, nil, "must be the name of a step: "+c.stepNames())
		}
	}
	if measured(c.entry) {
		wrong.Add("gates.entry", nil, "must not wait for what is measured: before a stage begins nothing is")
	}
	if measured(during) {
		wrong.Add("gates.during", nil, "must not wait for what is measured: before a stage begins nothing is, nor on the way to a step")
	}
	during = c.compileDuring(during)
	if len(c.ladder.Steps) == 0 { // what there is at its steps is not known
		return wrong.Err()
	}
	open := func(path string, gates []gate.Gate, k int) bool {
		err := c.checkOpen(gates, &c.ladder.Steps[k])
		wrong.Join(path, err)
		return err == nil
	}
	open("gates.exit", exit, c.last())
	c.checkEarly(&wrong, step, at)
	for k := 0; k < len(c.ladder.Steps) && open("gates.step", step, k); k++ { // the first step says it for all
	}
	for k := range c.ladder.Steps {
		s := &c.ladder.Steps[k]
		gates := slices.Concat(step, at[s.Name])
		if k == c.last() {
			gates = slices.Concat(gates, exit)
		}
		gates = slices.Concat(gates, during)
		c.gates = append(c.gates, gates)
		c.counts = append(c.counts, c.resolve(gate.Wanted(gates), planned(s)))
		c.peaks = append(c.peaks, gate.Peaks(gates))
		open(fmt.Sprintf("gates.at[%q]", s.Name), at[s.Name], k)
		awaits := fmt.Sprintf("stage %s waits at step %s for its gates", c.Name, s.Name)
		if s.Await != "" {
			awaits = fmt.Sprintf("stage %s waits at step %s for a decision: %s (promote, roll back or keep)", c.Name, s.Name, s.Await)
		}
		c.awaits = append(c.awaits, awaits)
		c.bound = append(c.bound, fmt.Sprintf("stage %s waits at step %s for what no waiver opens", c.Name, s.Name))
	}
	for k := range len(c.policy.Signals) + 1 {
		c.judges = append(c.judges, fmt.Sprintf("stage %s waits for signal %s to be healthy", c.Name, signalName(c, k)))
	}
	c.begins = fmt.Sprintf("stage %s waits to begin", c.Name)
	c.stands = fmt.Sprintf("stage %s stands still: a gate that pauses it is not open", c.Name)
	return wrong.Err()
}

// sound is a list of gates in which something is wrong, with an empty one, which asks
// for nothing, in the place of what cannot be looked at: what the others refer to is
// checked as well.
func sound(gates []gate.Gate) []gate.Gate {
	ready := make([]gate.Gate, len(gates))
	for i, g := range gates {
		ready[i] = gate.All{}
		switch g.(type) {
		case gate.Healthy, gate.Requests:
			ready[i] = g
		default:
			if one, err := gate.Compile(gates[i : i+1]); err == nil {
				ready[i] = one[0]
			}
		}
	}
	return ready
}

// measured reports whether a gate among these waits for something that is measured
// at a step.
func measured(gates []gate.Gate) bool {
	waits := false
	gate.Walk(gates, func(g gate.Gate) {
		switch g.(type) {
		case gate.Bake, *gate.Bake, gate.Healthy, *gate.Healthy:
			waits = true
		}
	})
	return waits || len(gate.Wanted(gates)) > 0 || len(gate.Watched(gates)) > 0
}

// checkSignals refuses gates that watch a signal that does not exist.
func (c *stage) checkSignals(gates []gate.Gate) error {
	var wrong strict.Problems
	for _, name := range gate.Watched(gates) {
		if name != health.ReadinessName && !slices.ContainsFunc(c.policy.Signals, func(g health.Signal) bool { return g.Name == name }) {
			wrong.Add("", name, "is watched by a gate, but the stage has no such signal")
		}
	}
	return wrong.Err()
}

// checkCounts refuses gates that count by a signal that does not exist or does not
// count requests: they could never open.
func (c *stage) checkCounts(counts []gate.Count) error {
	var wrong strict.Problems
	for _, n := range counts {
		switch counted := c.countedAnywhere(n.Signal); {
		case !counted && n.Signal == "":
			wrong.Add("", nil, "requests are waited for, but no signal of the stage counts them")
		case !counted:
			wrong.Add("", n.Signal, "requests are waited for by a signal that the stage does not have")
		}
	}
	return wrong.Err()
}

// resolve gives counts without a signal the stage's first one that counts where the
// candidate gets that traffic.
func (c *stage) resolve(counts []gate.Count, t health.Traffic) []gate.Count {
	resolved := make([]gate.Count, 0, len(counts))
	for _, n := range counts {
		if i := c.countingSignal(n.Signal, t); i >= 0 {
			resolved = append(resolved, gate.Count{Signal: c.policy.Signals[i].Name, Endpoint: n.Endpoint, Need: n.Need})
		}
	}
	return resolved
}

// countingSignal is the index of the signal of that name, or for no name that of
// the first one whose exposure is requests that the candidate gets of that traffic;
// -1 if there is none. What others get must not open a gate for it, nor must copies
// where it serves.
func (c *stage) countingSignal(name string, t health.Traffic) int {
	for i := range c.policy.Signals {
		g := &c.policy.Signals[i]
		if g.Name == name || name == "" && measures(g.Judge) && ofCandidate(g) && g.Expected(t) && !(g.Mirrored && t.Served) {
			return i
		}
	}
	return -1
}

// everything is the traffic at which every signal is expected, and copies the one of
// a candidate that does not serve.
var (
	everything = health.Traffic{Served: true, Mirrored: true, Stable: true} // never written
	copies     = health.Traffic{Mirrored: true, Stable: true}               // never written
)

func (c *stage) countedAnywhere(name string) bool {
	return c.countingSignal(name, everything) >= 0 || c.countingSignal(name, copies) >= 0
}

func ofCandidate(g *health.Signal) bool { return g.Scope == "candidate" || g.Scope == "" }

func measures(j health.Judge) bool {
	m := measureOf(j)
	return m.Requests()
}

func measureOf(j health.Judge) health.Measure {
	if m, ok := j.(health.Measurer); ok {
		return m.Measure()
	}
	return health.Measure{}
}

// Plan is the compiled plan with every default filled in.
func (m *Machine) Plan() Plan { return m.plan }

// Digest identifies the plan.
func (m *Machine) Digest() string { return m.digest }

// ErrPlan is returned for a state that belongs to another plan.
var ErrPlan = errors.New("rollout: the state belongs to another plan")

// Check reports whether a state may be given to Decide: it is not started, or it
// was made by this very plan and has its shape.
func (m *Machine) Check(s State) error {
	switch {
	case s.Plan == "":
		return nil
	case s.Plan != m.digest:
		return fmt.Errorf("%w: %s, not %s", ErrPlan, s.Plan, m.digest)
	case len(s.Stages) != len(m.stages):
		return fmt.Errorf("%w: it has %d stages, not %d", ErrPlan, len(s.Stages), len(m.stages))
	}
	for i := range s.Stages {
		st, c := &s.Stages[i], &m.stages[i]
		if !c.fits(st) {
			return fmt.Errorf("%w: stage %s does not have its shape", ErrPlan, c.Name)
		}
	}
	if what := m.odd(&s); what != "" {
		return fmt.Errorf("%w: its %s cannot be", ErrPlan, what)
	}
	return nil
}

// odd names what a state says of the rollout as a whole that cannot be; empty if it
// all can.
func (m *Machine) odd(s *State) string {
	there := func(stage string) bool { return stageIndex(m.plan.Stages, stage) >= 0 }
	switch {
	case !known(s.Outcome, outcomeRunning, Completed, WentBack):
		return "outcome"
	case s.Attempt < 1 || s.Attempt > maxCount:
		return "attempt"
	case !sane(s.Clock) || !sane(s.Started) || !sane(s.Paused):
		return "clock"
	case s.Hold != nil && !(there(s.Hold.Stage) && known(s.Hold.Cause, CauseDegraded, CauseMissing, CauseDeadline, CauseRefused, CauseInfeasible, CauseMismatch, CauseIrreversible, CauseStable)):
		return "hold"
	}
	for i := range s.Want {
		if !there(s.Want[i].Stage) {
			return "want"
		}
	}
	return ""
}

// fits reports whether a stage's state has the shape of its plan.
func (c *stage) fits(st *StageState) bool {
	if st.Step < 0 || st.Step > c.last() || max(st.Epoch, st.Follows) > 3*maxEpoch || len(st.Ledger.Votes) > maxVotes {
		return false
	}
	switch st.Phase {
	case Pending:
		return true
	case Moving, Waiting, Done, RollingBack, Back:
		signals := len(c.policy.Signals) + 1
		return len(st.Evidence) == signals && len(st.Ledger.Signals) == signals && c.counted(st) && counts(st.Ledger.Serving, st.Ledger.Warm) &&
			st.Fleet.Err == "" && st.Fleet.Check() == nil && counts(st.Best, st.Ready, st.Sized) && len(st.Elsewhere) <= maxSpans && possibly(&st.Still) &&
			marks(st.Settling.Stable) && marks(st.Settling.Candidate) && marks(st.Settling.Leftover) &&
			!slices.ContainsFunc(st.Evidence, strange) && c.sound(st.Evidence)
	default:
		return false
	}
}

// counted reports whether a ledger counts what the gates of its step ask for.
func (c *stage) counted(st *StageState) bool {
	return slices.EqualFunc(st.Ledger.Counts, c.counts[st.Step], func(a, b gate.Count) bool {
		return a.Signal == b.Signal && a.Endpoint == b.Endpoint && a.Need == b.Need
	}) && slices.EqualFunc(st.Ledger.Peaks, c.peaks[st.Step], func(a gate.Covered, b *gate.Peak) bool {
		a.Healthy = 0
		return a == b.Entry()
	})
}

func counts(all ...int64) bool {
	for _, n := range all {
		if n < 0 {
			return false
		}
	}
	return true
}

func possibly(a *strategy.Allocation) bool {
	share := func(s strategy.Share) bool {
		return 0 <= s.Instances && s.Instances <= 4*maxCount && 0 <= s.Weight && s.Weight <= strategy.Full
	}
	return share(a.Stable) && share(a.Candidate) && share(a.Leftover)
}

func marks(all []Mark) bool {
	return !slices.ContainsFunc(all, func(m Mark) bool { return m.Count < 0 })
}

// sound reports whether the evidence may be that of the stage's signals.
func (c *stage) sound(ev []health.Evidence) bool {
	for k := range c.policy.Signals {
		if !c.policy.Signals[k].Sound(&ev[k]) {
			return false
		}
	}
	return true
}

// strange reports whether evidence has a verdict that nobody knows.
func strange(e health.Evidence) bool {
	return !known(e.Verdict, "", health.Healthy, health.Degraded, health.Inconclusive, health.NoData, health.Error, health.Cancelled)
}

// pace is that of a stage; rollback uses the same.
func (c *stage) pace() *strategy.Pace { return &c.ladder.Pace }

// last is the index of the last step.
func (c *stage) last() int { return len(c.ladder.Steps) - 1 }

// deadline is when a move without progress since an instant is given up.
func (c *stage) deadline(since time.Time) time.Time { return since.Add(c.Deadline) }
