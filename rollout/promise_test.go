package rollout_test

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
	"pgregory.net/rapid"
)

// call is one decision.
type call struct {
	before, after rollout.State
	in            rollout.Input
	out           rollout.Output
}

// promise gives a fresh observer of all decisions of one run. What it checks it
// reckons on its own.
type promise func() func(*rapid.T, *world, call)

// each is a promise that looks at every decision by itself.
func each(look func(*rapid.T, *world, call)) promise {
	return func() func(*rapid.T, *world, call) { return look }
}

func TestPromise1WeightsAddUp(t *testing.T) {
	drive(t, each(func(t *rapid.T, _ *world, c call) {
		for _, w := range c.out.Want {
			sum := strategy.Weight(0)
			all := []strategy.Share{w.Allocation.Stable, w.Allocation.Candidate}
			for _, l := range w.Leftovers {
				all = append(all, l.Share)
			}
			for _, s := range all {
				if s.Weight < 0 || s.Weight > strategy.Full || s.Instances < 0 {
					t.Fatalf("impossible share %v", s)
				}
				sum += s.Weight
			}
			if sum != strategy.Full {
				t.Fatalf("the weights add up to %s: %+v", sum, w)
			}
		}
	}))
}

// TestPromise3NothingReadyNothingServed looks at the wants themselves, in every
// phase, stopped or not: no traffic for a version of which nothing is ready, while
// something else is.
func TestPromise3NothingReadyNothingServed(t *testing.T) {
	drive(t, each(func(t *rapid.T, _ *world, c call) {
		for _, w := range changed(c) {
			o := observed(c.in, w.Stage)
			if o == nil || !o.Can.Split {
				continue
			}
			if a := w.Allocation; a.Routed != (len(w.Routes) > 0) || (a.Routed && !o.Can.Match || a.Mirror > 0 && !o.Can.Mirror) && c.after.Hold == nil {
				t.Fatalf("routes %v of %+v, and the target can %+v", w.Routes, a, o.Can)
			}
			ready := map[string]int64{}
			total := int64(0)
			for _, v := range o.Versions {
				ready[v.Version] = v.Ready
				total += v.Ready
			}
			for version, share := range shares(w) {
				if version == "" {
					t.Fatalf("a version without a name is wanted: %+v", w)
				}
				if total > 0 && ready[version] == 0 && share.Weight > 0 {
					t.Fatalf("%s has nothing ready and gets %s: %+v", version, share.Weight, o)
				}
				if a := w.Allocation; version == w.Candidate.Version && ready[version] == 0 && (a.Routed || a.Mirror > 0) {
					t.Fatalf("%s has nothing ready, and requests are routed or copied to it: %+v", version, a)
				}
			}
		}
	}))
}

// TestPromise8ScalingDoesNotRatchet: what is wanted never exceeds what the desired
// size, its surge and the step's own total allow, whatever was observed, but for
// what is there already.
func TestPromise8ScalingDoesNotRatchet(t *testing.T) {
	drive(t, each(func(t *rapid.T, w *world, c call) {
		for _, want := range changed(c) {
			o := observed(c.in, want.Stage)
			if o == nil {
				continue
			}
			there, wanted := int64(0), int64(0)
			for _, v := range o.Versions {
				there += v.Instances
			}
			for _, s := range shares(want) {
				wanted += s.Instances
			}
			// surge is at most 100 %, and a step with a splitter has at most one instance more
			if limit := max(there, 2*o.Desired+1); wanted > limit {
				t.Fatalf("%d instances are wanted of %d there and %d desired", wanted, there, o.Desired)
			}
		}
	}))
}

func TestPromise9SameInputSameOutput(t *testing.T) {
	drive(t, each(func(t *rapid.T, w *world, c call) {
		a, first := w.sim.m.Decide(c.before, c.in)
		b, second := w.sim.m.Decide(roundTrip(t, c.before), c.in)
		if text := encode(t, a); text != w.sim.text || text != encode(t, b) || !slices.Equal(first.Events, second.Events) || !first.Wake.Equal(second.Wake) || first.Awaits != second.Awaits {
			t.Fatalf("two calls with the same input differ:\n%s\n%s", encode(t, a), encode(t, b))
		}
		quiet, again := w.sim.m.Decide(a, c.in)
		if again.Save || len(again.Events) > 0 || !reflect.DeepEqual(quiet, a) {
			t.Fatalf("a second call with the same input changed something: %v", again.Events)
		}
	}))
}

// TestPromise10OrderAndRepetition: within an input the order of samples, fleets and
// facts does not matter, and a repeated one is harmless.
func TestPromise10OrderAndRepetition(t *testing.T) {
	drive(t, each(func(t *rapid.T, w *world, c call) {
		shuffled := c.in
		shuffled.Samples = rapid.Permutation(slices.Concat(c.in.Samples, c.in.Samples)).Draw(t, "samples")
		shuffled.Fleets = rapid.Permutation(c.in.Fleets).Draw(t, "fleets")
		shuffled.Commands = slices.Concat(c.in.Commands, c.in.Commands)
		a, _ := w.sim.m.Decide(c.before, c.in)
		b, _ := w.sim.m.Decide(c.before, shuffled)
		if encode(t, a) != encode(t, b) {
			t.Fatalf("order or repetition within an input matters:\n%s\n%s", encode(t, a), encode(t, b))
		}
		again := c.in // and across inputs: old samples and orders bring nothing new
		again.Samples, again.Commands = covered(append(slices.Clone(w.seen), c.in.Samples...), c.after), append(slices.Clone(c.in.Commands), taken(w.given, c.after)...)
		if next, out := w.sim.m.Decide(c.after, again); out.Save {
			t.Fatalf("old samples and orders changed the state: %v\n%s\n%s", out.Events, encode(t, c.after), encode(t, next))
		}
	}))
}

// covered are the samples that the evidence of a state reaches beyond.
func covered(all []health.Sample, s rollout.State) (some []health.Sample) {
	for _, x := range all {
		for _, a := range s.Ask {
			if a.Stage == x.Stage && a.Signal == x.Signal && !x.To.After(a.From) {
				some = append(some, x)
			}
		}
	}
	return some
}

// taken are the orders that a state has taken.
func taken(all []rollout.Command, s rollout.State) (some []rollout.Command) {
	for _, c := range all {
		if slices.Contains(s.Taken, c.ID) {
			some = append(some, c)
		}
	}
	return some
}

// TestPromise11TimeEarnsNothing: the bake of a step never exceeds the good sample
// time that was given since it was reached, whatever the clock does; and the state's
// clock never runs backwards but for a jump that is reported.
func TestPromise11TimeEarnsNothing(t *testing.T) {
	drive(t, func() func(*rapid.T, *world, call) {
		given := map[string]time.Duration{}
		return func(t *rapid.T, w *world, c call) {
			sampled(given, c)
			for i, s := range w.sim.m.Plan().Stages {
				l := &c.after.Stages[i].Ledger
				if c.after.Stages[i].Phase == rollout.Pending || !w.measured(i, l.Step) {
					continue
				}
				if l.Healthy > given[s.Name] {
					t.Fatalf("stage %s has baked %s, and %s of good samples were given", s.Name, l.Healthy, given[s.Name])
				}
			}
			jumped := slices.ContainsFunc(c.out.Events, func(e rollout.Event) bool { return e.Kind == rollout.EventClock })
			if c.after.Clock.Before(c.before.Clock) && !jumped {
				t.Fatalf("the clock went from %s to %s, reported: %v", c.before.Clock, c.after.Clock, jumped)
			}
			if !c.after.Paused.IsZero() && c.before.Paused.Equal(c.after.Paused) && slices.ContainsFunc(c.out.Events, func(e rollout.Event) bool {
				return e.Kind == rollout.EventPassed || e.Kind == rollout.EventReached || e.Kind != rollout.EventRefused && strings.Contains(e.Text, "no progress") && !rolling(c.before, w, e.Stage)
			}) {
				t.Fatalf("something happened while paused: %v", c.out.Events)
			}
		}
	})
}

func rolling(s rollout.State, w *world, stage string) bool {
	return s.Stages[w.index(stage)].Phase == rollout.RollingBack
}

// sampled adds up, per stage, how much good sample time was given since its step was
// reached.
func sampled(given map[string]time.Duration, c call) {
	for _, s := range c.in.Samples {
		if s.Check() == nil && (s.Fetch == "" || s.Fetch == health.Healthy) && s.Candidate.Exposure > 0 && s.Candidate.Bad <= 0.01*s.Candidate.Exposure {
			given[s.Stage] += s.To.Sub(s.From)
		}
	}
	for _, e := range c.out.Events {
		if e.Kind == rollout.EventReached {
			given[e.Stage] = 0
			for _, s := range c.in.Samples { // of the very call that reached it
				if s.Stage == e.Stage && s.Check() == nil {
					given[e.Stage] += s.To.Sub(s.From)
				}
			}
		}
	}
}

func TestPromise12NeverStuckSilently(t *testing.T) {
	drive(t, each(func(t *rapid.T, w *world, c call) {
		switch {
		case c.out.Done:
		case c.out.Wake.IsZero() && c.out.Awaits == "":
			t.Fatalf("neither a wake time nor an awaited order: %s", encode(t, c.after))
		case !c.out.Wake.IsZero() && !c.out.Wake.After(c.in.Now):
			t.Fatalf("the wake time %s is not after now %s", c.out.Wake, c.in.Now)
		case (c.after.Hold != nil || !c.after.Paused.IsZero()) && c.out.Awaits == "":
			t.Fatal("stopped, and nobody is asked")
		}
	}))
}

// TestPromise13GatesHold: no step is passed without its bake covered by good samples
// given at this step, or a waiver; nor while stopped, nor without a fleet that was
// seen in this very call.
func TestPromise13GatesHold(t *testing.T) {
	drive(t, func() func(*rapid.T, *world, call) {
		given := map[string]time.Duration{}
		return func(t *rapid.T, w *world, c call) {
			most := maps.Clone(given) // before a step that is reached in the same call begins anew
			sampled(most, call{in: c.in})
			sampled(given, c)
			for _, e := range c.out.Events {
				if e.Kind != rollout.EventPassed {
					continue
				}
				if most[e.Stage] < 3*time.Second && !waived(w, c, e.Stage) && w.measured(w.index(e.Stage), e.Step) {
					t.Fatalf("step %s of %s was passed with %s of good samples\n%s", e.Step, e.Stage, most[e.Stage], w.sim.trace.String())
				}
				if o := observed(c.in, e.Stage); o == nil || o.Err != "" || o.Check() != nil {
					t.Fatalf("step %s of %s was passed without an observation", e.Step, e.Stage)
				}
			}
		}
	})
}

func waived(w *world, c call, stage string) bool {
	return c.before.Stages != nil && c.before.Stages[w.index(stage)].Waived != "" || slices.ContainsFunc(c.out.Events, func(e rollout.Event) bool {
		return e.Kind == rollout.EventWaived && e.Stage == stage
	})
}

// TestPromise14MissingNeverPromotes: in a world where every measurement is missing
// or wrong, no step is ever passed without a waiver.
func TestPromise14MissingNeverPromotes(t *testing.T) {
	drive(t, func() func(*rapid.T, *world, call) {
		good := map[string]bool{}
		return func(t *rapid.T, w *world, c call) {
			for _, s := range c.in.Samples {
				good[s.Stage] = good[s.Stage] || s.Check() == nil && (s.Fetch == "" || s.Fetch == health.Healthy) && s.Candidate.Exposure > 0
			}
			for _, e := range c.out.Events {
				if e.Kind == rollout.EventPassed && !good[e.Stage] && !waived(w, c, e.Stage) && w.measured(w.index(e.Stage), e.Step) {
					t.Fatalf("step %s of %s was passed, and nothing was ever measured", e.Step, e.Stage)
				}
				if e.Kind == rollout.EventReached {
					good[e.Stage] = slices.ContainsFunc(c.in.Samples, func(s health.Sample) bool { return s.Stage == e.Stage })
				}
			}
		}
	})
}

// TestPromise15RollbackIsPossible: from every state, with stable in the horizon, an
// order to roll back is carried out at once; and a stage on its way back never gives
// the candidate more traffic while stable can take it.
func TestPromise15RollbackIsPossible(t *testing.T) {
	drive(t, each(func(t *rapid.T, w *world, c call) {
		for _, want := range changed(c) {
			o := observed(c.in, want.Stage)
			if a := want.Allocation; c.after.Stages[w.index(want.Stage)].Phase == rollout.RollingBack && (a.Routed || a.Mirror > 0) {
				t.Fatalf("on the way back requests are routed or copied to the candidate: %+v", a)
			}
			if o == nil || c.after.Stages[w.index(want.Stage)].Phase != rollout.RollingBack || len(o.Versions) > 2 || !o.Can.Split {
				continue
			}
			var before strategy.Weight
			var stable int64
			for _, v := range o.Versions {
				switch v.Version {
				case want.Candidate.Version:
					before = v.Weight
				case want.Stable.Version:
					stable = v.Ready
				}
			}
			if stable >= max(1, o.Desired) && want.Allocation.Candidate.Weight > before {
				t.Fatalf("a rollback raises the candidate from %s to %s with %d stable instances ready", before, want.Allocation.Candidate.Weight, stable)
			}
		}
		if c.after.Outcome != "" || w.sim.m.Plan().Release.Irreversible != "" {
			return
		}
		in := rollout.Input{Now: c.in.Now, Commands: []rollout.Command{{ID: "probe", Kind: rollout.RollBack}}}
		next, out := w.sim.m.Decide(c.after, in)
		refused := slices.ContainsFunc(out.Events, func(e rollout.Event) bool { return e.Kind == rollout.EventRefused })
		for i := range next.Stages {
			p, first := next.Stages[i].Phase, next.Stages[i].Stable.Version == ""
			if p == rollout.Done && next.Stages[i].Follows > next.Stages[i].Epoch {
				continue // a later rollout's
			}
			if (p == rollout.Moving || p == rollout.Waiting || p == rollout.Done) && !(first && (refused || next.Hold != nil)) && !(refused && anyFirst(next)) {
				t.Fatalf("a rollback was ordered, and stage %d is %s (first deploy: %v)", i, p, first)
			}
		}
	}))
}

func anyFirst(s rollout.State) bool {
	return slices.ContainsFunc(s.Stages, func(st rollout.StageState) bool {
		return st.Stable.Version == "" && st.Phase != rollout.Pending
	})
}

func TestPromise16TerminalStays(t *testing.T) {
	drive(t, each(func(t *rapid.T, w *world, c call) {
		if !c.out.Done {
			return
		}
		in := w.sim.input()
		in.Samples = w.seen
		for _, k := range []rollout.CommandKind{rollout.Pause, rollout.Resume, rollout.RollBack, rollout.Promote, rollout.Keep, rollout.Approve, rollout.Reject, rollout.Revoke} {
			in.Commands = append(in.Commands, rollout.Command{ID: "late-" + string(k), Kind: k, By: "ada", Reason: "late"})
		}
		for range 3 {
			next, out := w.sim.m.Decide(c.after, in)
			if out.Save || !out.Done || len(out.Events) > 0 || encode(t, next) != encode(t, c.after) {
				t.Fatalf("an ended rollout changed: %v", out.Events)
			}
			in.Now = in.Now.Add(time.Hour)
		}
	}))
}

func TestPromise17OneAutomaticRollback(t *testing.T) {
	drive(t, func() func(*rapid.T, *world, call) {
		rolledBack := map[int]bool{}
		return func(t *rapid.T, w *world, c call) {
			automatic := slices.ContainsFunc(c.out.Events, func(e rollout.Event) bool { return e.Kind == rollout.EventRollback && e.By == "" })
			if automatic && rolledBack[c.before.Attempt] {
				t.Fatalf("attempt %d was rolled back automatically twice\n%s", c.before.Attempt, w.sim.trace.String())
			}
			if automatic {
				rolledBack[c.before.Attempt] = true
			}
		}
	})
}

// TestPromise20OneDigest: every want of every stage is of the release's digest, and
// changed wants have newer fences; attempts raise the epoch.
func TestPromise20OneDigest(t *testing.T) {
	drive(t, each(func(t *rapid.T, drawn *world, c call) {
		for _, w := range c.out.Want {
			if l := drawn.ladder(drawn.index(w.Stage)); w.Sticky != l.Sticky {
				t.Fatalf("users are known by %+v, not %+v", w.Sticky, l.Sticky)
			}
			if w.Candidate != (rollout.Artifact{Version: "2.0", Digest: "sha256:2"}) {
				t.Fatalf("the candidate is %v", w.Candidate)
			}
			for _, old := range c.before.Want {
				if w.Stage != old.Stage || old.Fence.Before(w.Fence) {
					continue
				}
				same := w
				same.Fence = old.Fence
				if !reflect.DeepEqual(same, old) && mustJSON(t, same) != mustJSON(t, old) {
					t.Fatalf("a changed want has no newer fence:\n%+v\n%+v", old, w)
				}
			}
		}
		if c.after.Seq < c.before.Seq {
			t.Fatalf("the sequence went from %d to %d", c.before.Seq, c.after.Seq)
		}
		for i := range c.before.Stages {
			a, b := &c.before.Stages[i], &c.after.Stages[i]
			again := c.after.Attempt > c.before.Attempt && (b.Phase == rollout.Moving || b.Phase == rollout.Waiting)
			if b.Epoch < a.Epoch || again && b.Epoch <= a.Epoch {
				t.Fatalf("the epoch of stage %d went from %d to %d in attempt %d", i, a.Epoch, b.Epoch, c.after.Attempt)
			}
		}
	}))
}

// TestPhases: stages change as the table in doc.go says, and in no other way.
func TestPhases(t *testing.T) {
	table := phaseTable(t)
	drive(t, func() func(*rapid.T, *world, call) {
		phases := map[string]string{}
		return func(t *rapid.T, w *world, c call) {
			for _, e := range c.out.Events {
				switch e.Kind {
				case rollout.EventMoving, rollout.EventReached, rollout.EventDone, rollout.EventRollback, rollout.EventRolledBack:
				default:
					continue
				}
				if e.Stage == "" {
					continue
				}
				from := phases[e.Stage]
				if from == "" {
					from = "pending"
				}
				to, ok := table[from+" "+string(e.Kind)]
				if !ok && from == "rolledBack" && e.Kind == rollout.EventMoving {
					to, ok = "moving", true // a new attempt, and it could begin at once
				}
				if !ok && e.Kind == rollout.EventMoving && slices.ContainsFunc(c.out.Events, func(e rollout.Event) bool { return e.Kind == rollout.EventStarted }) {
					to, ok = "moving", true // a new attempt
				}
				if !ok {
					t.Fatalf("doc.go does not know %s in phase %s", e.Kind, from)
				}
				phases[e.Stage] = to
			}
			if c.after.Attempt > c.before.Attempt && c.before.Attempt > 0 {
				for name, phase := range phases {
					if phase == "rolledBack" {
						phases[name] = "pending"
					}
				}
			}
			for i, s := range w.sim.m.Plan().Stages {
				if got := string(c.after.Stages[i].Phase); got != strings.Replace(phases[s.Name], "pending", "", 1) {
					t.Fatalf("stage %s is %q, by its events %q", s.Name, got, phases[s.Name])
				}
			}
		}
	})
}

// phaseTable reads the table of changes from doc.go.
func phaseTable(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	phases := []string{"pending", "moving", "waiting", "done", "rollingBack", "rolledBack"}
	table := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 4 && strings.HasPrefix(line, "//\t") && slices.Contains(phases, f[1]) {
			table[f[1]+" "+f[2]] = f[3]
		}
	}
	if len(table) != 11 {
		t.Fatalf("doc.go has %d changes of phase", len(table))
	}
	return table
}

// changed are the wants that a decision changed.
func changed(c call) (wants []rollout.Want) {
	for _, w := range c.out.Want {
		if !slices.ContainsFunc(c.before.Want, func(old rollout.Want) bool { return old.Stage == w.Stage && old.Fence == w.Fence }) {
			wants = append(wants, w)
		}
	}
	return wants
}

// shares are what the versions of a want are to have.
func shares(w rollout.Want) map[string]strategy.Share {
	all := map[string]strategy.Share{w.Candidate.Version: w.Allocation.Candidate}
	if w.Stable.Version != "" || w.Allocation.Stable != (strategy.Share{}) {
		all[w.Stable.Version] = w.Allocation.Stable
	}
	for _, l := range w.Leftovers {
		all[l.Version] = l.Share
	}
	return all
}

func observed(in rollout.Input, stage string) *rollout.Observed {
	for i := range in.Fleets {
		if in.Fleets[i].Stage == stage {
			return &in.Fleets[i]
		}
	}
	return nil
}

func (w *world) index(stage string) int { return slices.Index(w.names(), stage) }

func mustJSON(t fataler, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
