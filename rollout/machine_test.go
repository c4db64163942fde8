package rollout_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
	"pgregory.net/rapid"
)

// drive runs random plans through a world that is late, partial, silent, lying,
// dying and jumping in time, with every order at every moment and a restart of plan
// and state between any two calls, and lets a promise look at every decision. At the
// end the faults are switched off, the rollout must come to an end, and the journal
// must replay to the same state.
func drive(t *testing.T, p promise) {
	t.Helper()
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: t, sim: newSim(t, randomPlan(t)), promise: p()}
		w.digest = w.sim.m.Digest()
		for _, name := range w.names() {
			f := w.sim.fleets[name]
			f.desired = rapid.Int64Range(0, 12).Draw(t, "desired")
			f.can.Split = rapid.Bool().Draw(t, "split")
			f.can.Match = rapid.IntRange(0, 3).Draw(t, "match") > 0
			f.can.Mirror = rapid.IntRange(0, 3).Draw(t, "mirrors") > 0
			f.lag = rapid.Bool().Draw(t, "lag")
			f.versions[0].Instances, f.versions[0].Ready = f.desired, f.desired
			switch rapid.IntRange(0, 9).Draw(t, "before") {
			case 0:
				f.versions = append(f.versions, rollout.Version{Version: "0.9", Instances: 2, Ready: 1})
			case 1: // a first deploy
				f.versions = nil
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"":        w.restart,
			"tick":    w.tick,
			"quiet":   w.quiet,
			"sample":  w.badSample,
			"observe": w.badObservation,
			"order":   w.order,
			"clock":   w.jump,
			"scale":   w.scale,
			"break":   w.breakInstances,
			"foreign": func(t *rapid.T) { w.foreign(rapid.SampledFrom([]string{"", "sha256:other"}).Draw(t, "digest")) },
			"rival":   w.rival,
			"degrade": func(t *rapid.T) { w.sim.errRate = rapid.SampledFrom([]float64{0, 0, 0.5}).Draw(t, "errors") },
			"silence": func(t *rapid.T) { w.sim.silent = rapid.Bool().Draw(t, "silent") },
			"lazy":    func(t *rapid.T) { w.lazy = rapid.IntRange(0, 3).Draw(t, "lazy") },
		})
		w.converge(t)
		w.replay(t)
	})
}

// restart reads the plan from its JSON and compiles it again, as a new process does;
// the state goes through its JSON after every decision.
func (w *world) restart(t *rapid.T) {
	p, err := codec.DecodePlan([]byte(mustJSON(t, w.sim.m.Plan())))
	if err != nil {
		t.Fatal(err)
	}
	m, err := rollout.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	if m.Digest() != w.digest {
		t.Fatal("a plan that was written and read again has another digest")
	}
	w.sim.m = m
}

// world is a sim with faults.
type world struct {
	t    *rapid.T
	sim  *sim
	lazy int // how badly targets obey: 0 at once, 3 not at all
	ids  int

	promise func(*rapid.T, *world, call)
	digest  string

	given []rollout.Command
	old   []rollout.Observed
	seen  []health.Sample
}

func randomPlan(t *rapid.T) rollout.Plan {
	p := rollout.Plan{
		Release: rollout.Release{Name: "checkout", Version: "2.0", Digest: "sha256:2"},
		Health: health.Policy{Signals: []health.Signal{{
			Name: "errors", Judge: health.Threshold{Bad: "errors", Total: "requests", By: "route", Max: 0.01, MinSample: 1},
			Every: time.Second, WarmUp: -1,
			On: health.Reactions{
				Degraded: rapid.SampledFrom([]health.Reaction{health.Rollback, health.Hold, ""}).Draw(t, "degraded"),
				Missing:  rapid.SampledFrom([]health.Reaction{health.Rollback, health.Hold, ""}).Draw(t, "missing"),
			},
		}}},
		OnFailure: rollout.FailurePolicy{
			Deadline: rapid.SampledFrom([]health.Reaction{health.Rollback, health.Hold}).Draw(t, "deadline"),
			Rollback: rapid.SampledFrom([]rollout.RollbackScope{rollout.RollbackStage, rollout.RollbackAll}).Draw(t, "scope"),
		},
	}
	if rapid.Bool().Draw(t, "evidence") {
		p.Health.Signals[0].Judge = health.Objective{Bad: "errors", Total: "requests", By: "route", Max: 0.01, MinSample: 1}
	}
	if rapid.IntRange(0, 2).Draw(t, "compared") == 0 {
		versus := p.Health.Signals[0]
		versus.Name = "versus"
		versus.Judge = health.Compare{Bad: "errors", Total: "requests", Cohort: true, Unit: "user", MinSample: 1, Margin: 2}
		versus.On.Alone = versus.On.Degraded
		p.Health.Signals = append(p.Health.Signals, versus)
	}
	if rapid.IntRange(0, 9).Draw(t, "irreversible") == 0 {
		p.Release.Irreversible = "column dropped"
	}
	if rapid.Bool().Draw(t, "shadow") {
		shadow := p.Health.Signals[0]
		shadow.Name, shadow.Mirrored = "shadow", true
		p.Health.Signals = append(p.Health.Signals, shadow)
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "stages") {
		s := rollout.Stage{Name: fmt.Sprintf("stage%d", i), Deadline: 30 * time.Second}
		s.Strategy = randomStrategy(t)
		if i > 0 && rapid.Bool().Draw(t, "needs") {
			s.Needs = []string{"stage0"}
		}
		s.Gates.Step = []gate.Gate{gate.Bake{For: 3 * time.Second}}
		if rapid.Bool().Draw(t, "requests") {
			s.Gates.Exit = []gate.Gate{gate.All{gate.Requests{Min: 10}, gate.Healthy{}}}
		}
		s.Gates.During = randomDuring(t)
		p.Stages = append(p.Stages, s)
	}
	return p
}

// randomDuring are windows and freezes of which each is closed for a time.
func randomDuring(t *rapid.T) (gates []gate.Gate) {
	for range rapid.IntRange(0, 2).Draw(t, "during") {
		from := epoch.Add(time.Duration(rapid.IntRange(-10, 60).Draw(t, "from")) * time.Second)
		gates = append(gates, shut{
			From: from, To: from.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "closed for")) * time.Second),
			When:  rapid.SampledFrom([]gate.Closed{"", gate.Continue, gate.Pause, gate.Pause}).Draw(t, "when closed"),
			Bound: rapid.Bool().Draw(t, "binds"),
		})
	}
	return gates
}

func randomStrategy(t *rapid.T) strategy.Strategy {
	size := rapid.SampledFrom([]strategy.Size{{}, strategy.Count(0), strategy.Count(1), strategy.Percent(25), strategy.Percent(100)})
	seconds := func(name string) time.Duration {
		return time.Duration(rapid.IntRange(0, 2).Draw(t, name)) * time.Second
	}
	pace := strategy.Pace{Surge: size.Draw(t, "surge"), Unavailable: size.Draw(t, "unavailable"), MinReady: seconds("minReady"), Drain: seconds("drain")}
	weights := rapid.SampledFrom([][]strategy.Weight{nil, {2500, strategy.Full}}).Draw(t, "weights")
	routes := rapid.SampledFrom([][]strategy.Route{nil, {{Source: strategy.Header, Name: "x-beta", Value: "1"}}}).Draw(t, "routes")
	switch rapid.IntRange(0, 5).Draw(t, "strategy") {
	case 0:
		c := strategy.Canary{Weights: []strategy.Weight{100, 2500, strategy.Full}, Pace: pace, FullStable: rapid.Bool().Draw(t, "keep stable")}
		if rapid.IntRange(0, 3).Draw(t, "sticky") == 0 {
			c.Sticky = strategy.Sticky{Source: strategy.Cookie, Name: "id"}
		}
		return c
	case 1:
		r := strategy.Rolling{Pace: pace}
		switch rapid.IntRange(0, 2).Draw(t, "stops") {
		case 0:
			r.Batches = 3
		case 1:
			r.Partition = size.Draw(t, "partition")
		}
		return r
	case 2:
		return strategy.BlueGreen{Pace: pace, Preview: rapid.SampledFrom([]strategy.Size{{}, strategy.Count(1)}).Draw(t, "preview"), Routes: routes, Weights: weights, KeepStable: 3 * time.Second}
	case 3:
		return strategy.ABTest{Pace: pace, Routes: routes, Share: rapid.SampledFrom([]strategy.Weight{0, 2000}).Draw(t, "share")}
	case 4:
		return strategy.DarkLaunch{Pace: pace, Mirror: rapid.SampledFrom([]strategy.Weight{0, 5000}).Draw(t, "mirror"), Keep: seconds("keep"), Weights: weights}
	default:
		return strategy.Recreate{}
	}
}

// obey lets every target do what is wanted, as badly as it does things now.
func (w *world) obey(t *rapid.T, out rollout.Output) {
	for i := range out.Want {
		switch {
		case w.lazy == 0 || w.lazy < 3 && rapid.IntRange(0, w.lazy).Draw(t, "obeys") == 0:
			w.sim.obey(&out.Want[i])
		case w.lazy < 3: // it starts instances, which are not ready yet
			partial := out.Want[i]
			f := w.sim.fleets[partial.Stage]
			for _, v := range f.versions {
				switch v.Version {
				case partial.Stable.Version:
					partial.Allocation.Stable.Weight = v.Weight
				case partial.Candidate.Version:
					partial.Allocation.Candidate.Weight = v.Weight
				}
			}
			if weights(f) == strategy.Full && known(f, partial) {
				slow := w.sim.slow
				w.sim.slow = true
				w.sim.obey(&partial)
				w.sim.slow = slow
			}
		}
	}
}

func weights(f *fleet) (sum strategy.Weight) {
	for _, v := range f.versions {
		sum += v.Weight
	}
	return sum
}

// known reports whether a want with the observed weights keeps their sum.
func known(f *fleet, w rollout.Want) bool {
	sum := w.Allocation.Stable.Weight + w.Allocation.Candidate.Weight
	for _, l := range w.Leftovers {
		sum += l.Share.Weight
	}
	return sum == strategy.Full
}

func (w *world) decide(t *rapid.T, in rollout.Input) {
	c := call{before: w.sim.state, in: in}
	c.out = w.sim.decide(in)
	c.after = w.sim.state
	w.promise(t, w, c)
	w.obey(t, c.out)
}

func (w *world) tick(t *rapid.T) {
	w.sim.now = w.sim.now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
	in := w.sim.input()
	w.old = append(w.old, in.Fleets...)
	w.seen = append(w.seen, in.Samples...)
	w.seen = w.seen[max(0, len(w.seen)-20):]
	slices.Reverse(in.Samples)
	w.decide(t, in)
}

// quiet is a call that brings nothing new but the time: no observation, no sample.
func (w *world) quiet(t *rapid.T) {
	w.sim.now = w.sim.now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "s")) * time.Second)
	w.decide(t, rollout.Input{Now: w.sim.now})
}

// badSample is everything that a source may do wrong.
func (w *world) badSample(t *rapid.T) {
	if len(w.sim.state.Ask) == 0 {
		t.Skip("nothing is asked")
	}
	a := rapid.SampledFrom(w.sim.state.Ask).Draw(t, "ask")
	s := w.sim.sample(a)
	s.To = s.To.Add(time.Second)
	switch rapid.IntRange(0, 9).Draw(t, "fault") {
	case 0:
		s.Candidate.Bad = math.NaN()
	case 1:
		s.Candidate.Exposure = math.Inf(1)
	case 2:
		s.Candidate.Exposure, s.Candidate.Bad = -1, 0
	case 3:
		s.Fetch, s.Reason = rapid.SampledFrom([]health.Verdict{health.NoData, health.Error, health.Cancelled, "???"}).Draw(t, "fetch"), "fault"
	case 4:
		s.From = s.From.Add(-time.Minute) // overlaps
	case 5:
		s.To = s.From.Add(-time.Second)
	case 6:
		s.To = s.To.Add(time.Hour) // from the future
	case 7:
		s.Key = "99/" + s.Stage + "/" + s.Signal
	case 8:
		s.Candidate = health.Arm{}
	default:
		if len(w.seen) == 0 {
			t.Skip("nothing to repeat")
		}
		s = rapid.SampledFrom(w.seen).Draw(t, "again")
	}
	in := w.sim.input()
	in.Samples = []health.Sample{s}
	w.decide(t, in)
}

// badObservation is everything that a target may do wrong.
func (w *world) badObservation(t *rapid.T) {
	in := w.sim.input()
	in.Samples = nil
	i := rapid.IntRange(0, len(in.Fleets)-1).Draw(t, "fleet")
	o := &in.Fleets[i]
	if len(o.Versions) == 0 {
		t.Skip("nothing is observed")
	}
	switch rapid.IntRange(0, 7).Draw(t, "fault") {
	case 0:
		o.Err = "connection refused"
	case 1:
		o.Versions[0].Ready = o.Versions[0].Instances + 1
	case 2:
		o.Versions[0].Instances = -1
	case 3:
		o.Can.Split = true
		o.Versions[0].Weight += 7
		o.Versions[0].Instances, o.Versions[0].Ready = o.Versions[0].Instances+1, o.Versions[0].Ready+1
	case 4:
		o.Versions = append(o.Versions, o.Versions[0])
	case 5:
		o.At = w.sim.now.Add(-time.Hour)
	case 6:
		in.Fleets = slices.Delete(in.Fleets, i, i+1)
	default:
		if len(w.old) == 0 {
			t.Skip("nothing to repeat")
		}
		in.Fleets = []rollout.Observed{rapid.SampledFrom(w.old).Draw(t, "late")}
	}
	w.decide(t, in)
}

func (w *world) order(t *rapid.T) {
	in := w.sim.input()
	if len(w.given) > 0 && rapid.IntRange(0, 3).Draw(t, "repeat") == 0 {
		in.Commands = []rollout.Command{rapid.SampledFrom(w.given).Draw(t, "given")}
	} else {
		w.ids++
		c := rollout.Command{
			ID: fmt.Sprintf("order-%d", w.ids), By: "ada",
			Kind: rapid.SampledFrom([]rollout.CommandKind{rollout.Pause, rollout.Resume, rollout.RollBack, rollout.Promote, rollout.Keep, rollout.Retry, rollout.Approve, rollout.Reject, rollout.Revoke, "dance"}).Draw(t, "kind"),
		}
		if rapid.Bool().Draw(t, "named") {
			c.Stage = rapid.SampledFrom([]string{"stage0", "stage1", "nowhere"}).Draw(t, "stage")
		}
		if c.Kind == rollout.Approve {
			c.Step = rapid.SampledFrom([]string{"", "1%", "10%", "100%"}).Draw(t, "about")
		}
		if c.Kind == rollout.Reject {
			c.Reason = "no"
		}
		w.given = append(w.given, c)
		in.Commands = []rollout.Command{c}
	}
	w.decide(t, in)
}

func (w *world) jump(t *rapid.T) {
	by := rapid.SampledFrom([]time.Duration{-time.Second, -5 * time.Minute, -48 * time.Hour, 5 * time.Minute, 48 * time.Hour}).Draw(t, "jump")
	w.sim.now = w.sim.now.Add(by)
	w.old = nil // observations do not travel in time
	w.decide(t, w.sim.input())
}

func (w *world) scale(t *rapid.T) {
	for _, name := range w.names() {
		w.sim.fleets[name].desired = rapid.Int64Range(0, 12).Draw(t, "desired")
	}
}

func (w *world) names() (names []string) {
	for _, s := range w.sim.m.Plan().Stages {
		names = append(names, s.Name)
	}
	return names
}

func (w *world) breakInstances(t *rapid.T) {
	f := w.sim.fleets[rapid.SampledFrom(w.names()).Draw(t, "stage")]
	if len(f.versions) == 0 {
		t.Skip("nothing to break")
	}
	v := &f.versions[rapid.IntRange(0, len(f.versions)-1).Draw(t, "version")]
	if rapid.Bool().Draw(t, "dies") && v.Instances > 0 {
		v.Instances--
	}
	v.Ready = rapid.Int64Range(0, v.Instances).Draw(t, "ready")
}

// rival is another rollout that a target follows for a while.
func (w *world) rival(t *rapid.T) {
	f := w.sim.fleets[rapid.SampledFrom(w.names()).Draw(t, "stage")]
	f.fence.Epoch += rapid.Uint64Range(1, 3).Draw(t, "epochs")
}

// foreign has candidates run with a digest.
func (w *world) foreign(digest string) {
	for _, f := range w.sim.fleets {
		for k := range f.versions {
			if f.versions[k].Version == "2.0" {
				f.versions[k].Digest = digest
			}
		}
	}
}

// converge switches the faults off: the rollout ends by itself, or it holds and
// ends when the person it asks answers.
func (w *world) converge(t *rapid.T) {
	w.lazy, w.sim.silent, w.sim.slow, w.sim.errRate = 0, false, false, 0
	w.foreign("")
	for _, f := range w.sim.fleets {
		f.err, f.desired = "", max(3, f.desired)
	}
	for i, name := range w.names() {
		if i < len(w.sim.state.Stages) { // the rivals give way
			f := w.sim.fleets[name]
			f.fence.Epoch = min(f.fence.Epoch, w.sim.state.Stages[i].Epoch)
		}
	}
	answers := []rollout.CommandKind{rollout.Resume, rollout.RollBack, rollout.Retry, rollout.Promote, rollout.Retry, rollout.Resume}
	const patience = 40 // calls with one answer
	for n := range 800 {
		in := w.sim.input()
		h := w.sim.state.Hold
		if h != nil && h.Cause == rollout.CauseInfeasible && n >= (len(answers)+2)*patience {
			return // a fleet that cannot look like the step: every answer was given, and a rollback twice
		}
		if h != nil || !w.sim.state.Paused.IsZero() {
			w.ids++
			in.Commands = []rollout.Command{{ID: fmt.Sprintf("order-%d", w.ids), Kind: answers[n/patience%len(answers)], By: "ada"}}
			if k := in.Commands[0].Kind; h != nil && k != rollout.Resume && k != rollout.Retry && (k != rollout.RollBack || n%2 == 0) {
				in.Commands[0].Stage = h.Stage
			}
		}
		if i := w.undecided(); len(in.Commands) == 0 && i >= 0 {
			w.ids++
			kinds := []rollout.CommandKind{rollout.Promote, rollout.Keep}
			in.Commands = []rollout.Command{{ID: fmt.Sprintf("order-%d", w.ids), Kind: kinds[n%2], Stage: w.names()[i]}}
		}
		w.decide(t, in)
		if w.sim.last.Done {
			return
		}
		w.sim.now = w.sim.now.Add(time.Second)
	}
	t.Fatalf("the rollout does not end: %s\n%s", encode(t, w.sim.state), w.sim.trace.String())
}

// undecided is a stage that waits at a step for a decision; -1 if there is none.
func (w *world) undecided() int {
	for i := range w.sim.state.Stages {
		if st := &w.sim.state.Stages[i]; st.Phase == rollout.Waiting && w.step(i).Await != "" {
			return i
		}
	}
	return -1
}

// step is the present step of a stage that was begun.
func (w *world) step(i int) strategy.Step { return w.ladder(i).Steps[w.sim.state.Stages[i].Step] }

func (w *world) ladder(i int) strategy.Ladder {
	l, err := w.sim.m.Plan().Stages[i].Strategy.Ladder()
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// measured reports whether anything is measured at a step of a stage: the candidate
// is served, or sent copies and a signal judges them.
func (w *world) measured(i int, name string) bool {
	st := &w.sim.state.Stages[i]
	if st.Stable.Version == "" {
		return true
	}
	for _, s := range w.ladder(i).Steps {
		if s.Name == name {
			return s.WeightFor(st.Fleet.Desired, st.Fleet.Can) > 0 || len(s.Routes) > 0 || s.Mirror > 0 && slices.ContainsFunc(w.sim.m.Plan().Health.Signals, func(g health.Signal) bool { return g.Mirrored })
		}
	}
	return true
}

// replay decides the journal again.
func (w *world) replay(t *rapid.T) {
	s, err := rollout.Replay(w.sim.m, w.sim.records)
	if err != nil {
		k := int(s.Rev)
		t.Fatalf("%v\n%s\n%s", err, encode(t, s), mustJSON(t, w.sim.records[k]))
	}
	if got, want := encode(t, s), encode(t, w.sim.state); got != want {
		t.Fatalf("the journal replays to\n%s\nnot\n%s", got, want)
	}
}
