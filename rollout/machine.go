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
	needs  []int
	ladder strategy.Ladder
	first  strategy.Step // the only step of a first deploy: there is no stable
	policy *health.Policy
	asks   []question    // one per signal of the policy
	entry  []gate.Gate   // before the stage begins
	gates  [][]gate.Gate // by step; those of the last step end with the exit gates
	counts [][]gate.Count
	awaits []string // by step: what is awaited there, in words
	begins string   // what is awaited before the stage begins
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
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	text, err := strict.Encode(p)
	if err != nil {
		return nil, fmt.Errorf("rollout: the plan cannot be written as JSON: %w", err)
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
	if c.Strategy == nil {
		return nil // Validate has said so
	}
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
	wrong.Join("", c.compileGates())
	for _, g := range c.policy.Signals {
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

func (c *stage) compileGates() error {
	var wrong strict.Problems
	compile := func(path string, gates []gate.Gate) []gate.Gate {
		ready, err := gate.Compile(gates)
		wrong.Join(path, err)
		wrong.Join(path, c.checkSignals(ready))
		wrong.Join(path, c.checkCounts(gate.Wanted(ready)))
		return ready
	}
	c.entry = compile("gates.entry", c.Gates.Entry)
	step := compile("gates.step", c.Gates.Step)
	exit := compile("gates.exit", c.Gates.Exit)
	open := func(path string, gates []gate.Gate, k int) bool {
		err := c.checkOpen(gates, &c.ladder.Steps[k])
		wrong.Join(path, err)
		return err == nil
	}
	open("gates.exit", exit, c.last())
	for k := 0; k < len(c.ladder.Steps) && open("gates.step", step, k); k++ { // the first step says it for all
	}
	at := make(map[string][]gate.Gate, len(c.Gates.At))
	for _, name := range sortedKeys(c.Gates.At) {
		path := fmt.Sprintf("gates.at[%q]", name)
		at[name] = compile(path, c.Gates.At[name])
		if !c.hasStep(name) {
			wrong.Add(path, nil, "must be the name of a step: "+c.stepNames())
		}
	}
	if measured(c.entry) {
		wrong.Add("gates.entry", nil, "must not wait for what is measured: before a stage begins nothing is")
	}
	for k := range c.ladder.Steps {
		s := &c.ladder.Steps[k]
		gates := slices.Concat(step, at[s.Name])
		if k == c.last() {
			gates = slices.Concat(gates, exit)
		}
		c.gates = append(c.gates, gates)
		c.counts = append(c.counts, c.resolve(gate.Wanted(gates), planned(s)))
		open(fmt.Sprintf("gates.at[%q]", s.Name), at[s.Name], k)
		awaits := fmt.Sprintf("stage %s waits at step %s for its gates", c.Name, s.Name)
		if s.Await != "" {
			awaits = fmt.Sprintf("stage %s waits at step %s for a decision: %s (promote, roll back or keep)", c.Name, s.Name, s.Await)
		}
		c.awaits = append(c.awaits, awaits)
	}
	c.begins = fmt.Sprintf("stage %s waits to begin", c.Name)
	return wrong.Err()
}

// measured reports whether a gate among these waits for something that is measured
// at a step.
func measured(gates []gate.Gate) bool {
	return len(gate.Wanted(gates)) > 0 || len(gate.Watched(gates)) > 0 || slices.ContainsFunc(gates, func(g gate.Gate) bool {
		switch g := g.(type) {
		case gate.Bake, *gate.Bake, gate.Healthy, *gate.Healthy:
			return true
		case gate.All:
			return measured(g)
		default:
			return false
		}
	})
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
		switch i := c.countingSignal(n.Signal, everything); {
		case i < 0 && n.Signal == "":
			wrong.Add("", nil, "requests are waited for, but no signal of the stage counts them")
		case i < 0:
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
			resolved = append(resolved, gate.Count{Signal: c.policy.Signals[i].Name, Endpoint: n.Endpoint})
		}
	}
	return resolved
}

// countingSignal is the index of the signal of that name, or for no name that of
// the first one whose exposure is requests that the candidate gets of that traffic;
// -1 if there is none. What others get must not open a gate for it.
func (c *stage) countingSignal(name string, t health.Traffic) int {
	for i := range c.policy.Signals {
		g := &c.policy.Signals[i]
		if g.Name == name || name == "" && measures(g.Judge) && ofCandidate(g) && g.Expected(t) {
			return i
		}
	}
	return -1
}

// everything is the traffic at which every signal is expected.
var everything = health.Traffic{Served: true, Mirrored: true, Stable: true} // never written

func ofCandidate(g *health.Signal) bool { return g.Scope == "candidate" || g.Scope == "" }

func measures(j health.Judge) bool { return measureOf(j) != (health.Measure{}) }

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
	return nil
}

// fits reports whether a stage's state has the shape of its plan.
func (c *stage) fits(st *StageState) bool {
	if st.Step < 0 || st.Step > c.last() {
		return false
	}
	switch st.Phase {
	case Pending:
		return true
	case Moving, Waiting, Done, RollingBack, Back:
		signals := len(c.policy.Signals) + 1
		return len(st.Evidence) == signals && len(st.Ledger.Signals) == signals && len(st.Ledger.Counts) == len(c.counts[st.Step])
	default:
		return false
	}
}

// pace is that of a stage; rollback uses the same.
func (c *stage) pace() *strategy.Pace { return &c.ladder.Pace }

// last is the index of the last step.
func (c *stage) last() int { return len(c.ladder.Steps) - 1 }

// deadline is when a move without progress since an instant is given up.
func (c *stage) deadline(since time.Time) time.Time { return since.Add(c.Deadline) }
