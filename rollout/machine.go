package rollout

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
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
	places  []place        // what people are asked at every step, and last before the stage begins
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
	wrong.Join("", c.compileGates(m.plan.Release.Author != ""))
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

// Plan is the compiled plan with every default filled in.
func (m *Machine) Plan() Plan { return m.plan }

// Digest identifies the plan.
func (m *Machine) Digest() string { return m.digest }

// pace is that of a stage; rollback uses the same.
func (c *stage) pace() *strategy.Pace { return &c.ladder.Pace }

// last is the index of the last step.
func (c *stage) last() int { return len(c.ladder.Steps) - 1 }

// deadline is when a move without progress since an instant is given up.
func (c *stage) deadline(since time.Time) time.Time { return since.Add(c.Deadline) }
