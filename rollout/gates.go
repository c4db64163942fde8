package rollout

import (
	"fmt"
	"slices"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// compileGates prepares the gates of every list, refuses what can never open, and puts
// together what is asked at every step. Authored says that it is known who made the
// release.
func (c *stage) compileGates(authored bool) error {
	var wrong strict.Problems
	compile := func(path string, gates []gate.Gate) []gate.Gate {
		ready, err := gate.Compile(gates)
		if err != nil {
			wrong.Join(path, err)
			ready = sound(gates)
		}
		wrong.Join(path, c.checkSignals(ready))
		wrong.Join(path, c.checkCounts(gate.Wanted(ready)))
		if !authored {
			wrong.Join(path, gate.Check(ready, checkAuthor))
		}
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
	}
	c.compileWords()
	return wrong.Err()
}

// compileWords writes down what is awaited.
func (c *stage) compileWords() {
	for k := range c.ladder.Steps {
		s := &c.ladder.Steps[k]
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

// checkAuthor refuses an approval that leaves out an author whom nobody knows.
func checkAuthor(g gate.Gate) error {
	a, _ := g.(gate.Approval)
	if p, ok := g.(*gate.Approval); ok {
		a = *p
	}
	if !a.NotAuthor {
		return nil
	}
	return &FieldError{Path: "notAuthor", Value: "true", Rule: "can never open: release.author does not say who made the release"}
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
