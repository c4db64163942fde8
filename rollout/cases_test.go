package rollout_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// verdict is a gate of one's own that says what a fact says: open, refuse or wait.
type says struct {
	Fact string `json:"fact"`
}

func (says) Kind() string { return "says" }

func (g says) Evaluate(f gate.Facts) gate.Decision {
	fact, _ := f.Fact(g.Fact)
	switch fact.Value {
	case "open":
		return gate.Decision{Answer: gate.Open}
	case "refuse":
		return gate.Decision{Answer: gate.Refuse}
	}
	for i := range f.Approvals() {
		if a := f.Approval(i); a.By == "ada" && !a.Reject && slices.Contains(a.Roles, "owner") {
			return gate.Decision{Answer: gate.Open}
		}
	}
	return gate.Decision{}
}

func (g says) Explain(f gate.Facts) gate.Reason {
	return gate.Reason{Kind: "says", Subject: g.Fact, Answer: g.Evaluate(f).Answer, Text: "asks the fact"}
}

// ladder is a strategy of one's own.
type ladder strategy.Ladder

func (ladder) Kind() string                       { return "ladder" }
func (l ladder) Ladder() (strategy.Ladder, error) { return strategy.Ladder(l), nil }

func (s *sim) until(n int, done func() bool) {
	s.t.Helper()
	for range n {
		s.step()
		if done() {
			return
		}
	}
	s.t.Fatalf("after %d s:\n%s\n%s", n, s.sum(), s.trace.String())
}

func (s *sim) told(kind rollout.EventKind, text string) func() bool {
	return func() bool {
		return slices.ContainsFunc(s.last.Events, func(e rollout.Event) bool {
			return e.Kind == kind && strings.Contains(e.Text, text)
		})
	}
}

func (s *sim) phase(i int, p rollout.Phase) func() bool {
	return func() bool { return s.state.Stages[i].Phase == p }
}

func (s *sim) doing(t *testing.T, want string) {
	t.Helper()
	if got := s.m.Explain(s.state, s.input())[0].Doing; !strings.Contains(got, want) {
		t.Errorf("it says %q, want %q", got, want)
	}
}

func TestGateThatRefusesHolds(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates.Step = []gate.Gate{says{"board"}}
	s := newSim(t, p)
	s.until(5, s.phase(0, rollout.Waiting))
	s.doing(t, "at step 1%: says: asks the fact")
	s.facts = []gate.Fact{{Name: "board", Value: "refuse"}}
	s.until(2, s.told(rollout.EventHold, "says refuses"))
	if s.state.Hold.Cause != rollout.CauseRefused {
		t.Errorf("the cause is %s", s.state.Hold.Cause)
	}
	order(rollout.Resume, "")(s)
	s.until(1, s.told(rollout.EventHold, "says refuses")) // it still refuses
	order(rollout.Promote, "the board is wrong")(s)
	s.until(1, s.told(rollout.EventPassed, "1%"))
	s.facts[0].Value = "open"
	s.until(200, func() bool { return s.last.Done })
}

func TestGateDeadline(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates.Step = []gate.Gate{says{"board"}}
	p.Stages[0].GateDeadline = 30 * time.Second
	s := newSim(t, p)
	s.until(5, s.phase(0, rollout.Waiting))
	reached := s.state.Stages[0].Ledger.Reached
	s.until(60, func() bool { return s.state.Hold != nil })
	if d := s.state.Hold.Since.Sub(reached); d != 30*time.Second || s.state.Hold.Cause != rollout.CauseDeadline {
		t.Errorf("it held after %s: %+v", d, s.state.Hold)
	}
	order(rollout.Resume, "")(s)
	s.step()
	since := s.now
	s.until(60, func() bool { return s.state.Hold != nil })
	if d := s.state.Hold.Since.Sub(since); d < 28*time.Second {
		t.Errorf("after a resume it held again after %s", d)
	}
}

func TestApprovalIsRecordedForGates(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates.At = map[string][]gate.Gate{"1%": {says{"board"}}}
	s := newSim(t, p)
	s.until(5, s.phase(0, rollout.Waiting))
	s.orders = []rollout.Command{{ID: "a", Kind: rollout.Approve, By: "ada", Roles: []string{"owner"}, Step: "10%"}}
	s.until(1, s.told(rollout.EventRefused, "it is about step 10%, the stage is at 1%"))
	s.orders = []rollout.Command{{ID: "b", Kind: rollout.Approve, By: "ada", Roles: []string{"owner"}, Digest: "sha256:3"}}
	s.until(1, s.told(rollout.EventRefused, "it is about digest sha256:3"))
	s.orders = []rollout.Command{{ID: "c", Kind: rollout.Approve, By: "ada", Roles: []string{"owner"}, Step: "1%", Digest: "sha256:2"}}
	s.until(1, s.told(rollout.EventRecorded, "approved"))
	s.until(10, s.told(rollout.EventPassed, "1%"))
	if n := len(s.state.Stages[0].Ledger.Approvals); n != 0 {
		t.Errorf("%d approvals of the last step are left at the next", n)
	}
}

func TestUnobservedWhileWaiting(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(5, s.phase(0, rollout.Waiting))
	s.fleets["prod"].err = "timeout"
	s.until(2, s.told(rollout.EventTrouble, "timeout"))
	s.doing(t, "cannot be observed: timeout")
	s.fleets["prod"].err = "timeout 2" // other words, same trouble: not told again
	s.until(80, func() bool { return s.state.Hold != nil })
	if s.state.Stages[0].Step != 0 || s.state.Hold.Cause != rollout.CauseMissing && s.state.Hold.Cause != rollout.CauseDeadline {
		t.Errorf("%+v", s.state.Hold)
	}
	if n := strings.Count(s.trace.String(), string(rollout.EventTrouble)); n != 1 {
		t.Errorf("the trouble is told %d times", n)
	}
}

func TestRequestsPerEndpoint(t *testing.T) {
	p := canaryPlan()
	p.Health.Signals[0].Judge = health.Threshold{Bad: "errors", Total: "requests", By: "route", Max: 0.01, MinSample: 10}
	p.Stages[0].Gates.Step = []gate.Gate{gate.Requests{Min: 5, Endpoint: "POST /orders"}}
	s := newSim(t, p)
	s.until(5, s.phase(0, rollout.Waiting))
	if a := s.state.Ask[0]; !slices.Equal(a.Counts, []string{"POST /orders"}) || a.Measure.By != "route" {
		t.Fatalf("the ask is %+v", a)
	}
	for range 10 {
		s.step()
	}
	if s.state.Stages[0].Step != 0 {
		t.Fatal("passed, and the endpoint was never called")
	}
	in := s.input()
	in.Samples[0].Counts = []health.Count{{Name: "GET /orders", N: 100}, {Name: "POST /orders", N: 4}}
	s.decide(in)
	s.doing(t, "4 of 5")
	s.now = s.now.Add(time.Second)
	in = s.input()
	in.Samples[0].Counts = []health.Count{{Name: "POST /orders", N: 1}}
	if s.decide(in); !s.told(rollout.EventPassed, "1%")() {
		t.Errorf("not passed: %s", s.sum())
	}
}

func TestAdvisorySignalNeverCounts(t *testing.T) {
	p := canaryPlan()
	bad := p.Health.Signals[0]
	bad.Name, bad.Advisory = "noise", true
	bad.Judge = health.Threshold{Bad: "errors", Total: "requests", Max: 0, MinSample: 10}
	p.Health.Signals = append(p.Health.Signals, bad)
	p.Stages[0].Gates.Step = append(p.Stages[0].Gates.Step, gate.Healthy{})
	s := newSim(t, p)
	s.errRate = 0.005 // above 0, not above 1 %
	s.until(200, func() bool { return s.last.Done })
	if s.state.Outcome != rollout.Completed {
		t.Errorf("%s\n%s", s.state.Outcome, s.trace.String())
	}
}

func TestKeepAndAwait(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates = rollout.Gates{}
	p.Stages[0].Strategy = ladder{Steps: []strategy.Step{
		{Name: "kept", Weight: 1000, Keep: 20 * time.Second},
		{Name: "asked", Weight: 2000, Await: "the product owner"},
		{Name: "all", Weight: strategy.Full},
	}}
	s := newSim(t, p)
	s.until(5, s.phase(0, rollout.Waiting))
	reached := s.state.Stages[0].Ledger.Reached
	s.doing(t, "kept for 19s more")
	s.until(40, s.told(rollout.EventPassed, "kept"))
	if d := s.state.Clock.Sub(reached); d != 20*time.Second {
		t.Errorf("kept for %s", d)
	}
	s.until(5, s.phase(0, rollout.Waiting))
	for range 50 {
		s.step()
	}
	s.doing(t, "awaits the product owner")
	order(rollout.Promote, "")(s)
	s.until(1, s.told(rollout.EventPassed, "asked"))
	s.until(60, func() bool { return s.last.Done })
}

func TestMismatchHolds(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.fleets["prod"].versions[0].Version = "0.8"
	s.until(1, s.told(rollout.EventHold, "the release replaces 1.0, but the fleet runs 0.8"))
	if s.state.Hold.Cause != rollout.CauseMismatch || len(s.state.Want) != 0 {
		t.Errorf("%+v %+v", s.state.Hold, s.state.Want)
	}
	s.fleets["prod"].versions[0].Version = "1.0"
	order(rollout.Resume, "the plan was right")(s)
	s.until(1, s.told(rollout.EventBegan, "prod"))
}

func TestForeignDigestIsNeverRolledOut(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(5, s.phase(0, rollout.Waiting))
	i := slices.IndexFunc(s.fleets["prod"].versions, func(v rollout.Version) bool { return v.Version == "2.0" })
	s.fleets["prod"].versions[i].Digest = "sha256:other"
	order(rollout.Promote, "now")(s)
	s.until(2, s.told(rollout.EventTrouble, "version 2.0 runs with digest sha256:other, the release has sha256:2"))
	for range 100 {
		s.step()
	}
	if s.state.Stages[0].Step != 0 || s.state.Hold == nil {
		t.Errorf("it went on: %s", s.trace.String())
	}
}

func TestLaterRolloutTakesTheTarget(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(5, s.phase(0, rollout.Waiting))
	s.fleets["prod"].fence = rollout.Fence{Epoch: 9, Seq: 1}
	s.until(1, s.told(rollout.EventTrouble, "the target follows a later rollout: its epoch is 9, this one's 1"))
	for range 100 {
		s.step()
	}
	if s.state.Stages[0].Step != 0 {
		t.Error("it went on")
	}
}

func TestEpochIsAboveWhatTheTargetSaw(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.fleets["prod"].fence = rollout.Fence{Epoch: 41, Seq: 7}
	s.step()
	if w := s.state.Want[0]; w.Fence.Epoch != 42 {
		t.Errorf("the fence is %v", w.Fence)
	}
}

func TestUnlimitedTargetHasOnlyWeights(t *testing.T) {
	p := canaryPlan()
	s := newSim(t, p)
	f := s.fleets["prod"]
	f.can = strategy.Can{Split: true, Unlimited: true}
	f.desired = 0
	f.versions = []rollout.Version{{Version: "1.0", Weight: strategy.Full}}
	s.until(200, func() bool { return s.last.Done })
	if s.state.Outcome != rollout.Completed || !strings.Contains(s.trace.String(), "step 50% is reached") {
		t.Errorf("%s\n%s", s.state.Outcome, s.trace.String())
	}
}

// TestMinReadyAndDrain: no step is reached before its instances are ready for the
// minimum time, and stable is kept for the drain time after its weight fell.
func TestMinReadyAndDrain(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Strategy = strategy.Canary{Weights: []strategy.Weight{strategy.Full}, Pace: strategy.Pace{MinReady: 7 * time.Second, Drain: 11 * time.Second, Surge: strategy.Percent(100)}}
	s := newSim(t, p)
	s.step()
	started := s.now
	s.until(60, func() bool { return s.fleets["prod"].versions[0].Weight == 0 })
	if d := s.now.Sub(started); d < 7*time.Second {
		t.Errorf("the weight moved %s after the instances were ready", d)
	}
	shifted := s.now
	s.until(60, func() bool { return s.fleets["prod"].versions[0].Instances < 8 }) // two were to spare all the time
	if d := s.now.Sub(shifted); d < 11*time.Second {
		t.Errorf("stable was released %s after the shift", d)
	}
}

func TestLeftoversAreDrained(t *testing.T) {
	s := newSim(t, canaryPlan())
	f := s.fleets["prod"]
	f.versions[0].Weight = 7000
	f.versions = append(f.versions, rollout.Version{Version: "1.5", Instances: 2, Ready: 2, Weight: 2000}, rollout.Version{Version: "1.6", Instances: 1, Ready: 1, Weight: 1000})
	s.until(20, s.phase(0, rollout.Waiting))
	for _, v := range f.versions[1:3] {
		if v.Instances != 0 || v.Weight != 0 {
			t.Errorf("%+v is left", v)
		}
	}
	s.until(200, func() bool { return s.last.Done })
}

func TestStagesWaitForWhatTheyNeed(t *testing.T) {
	p := stagesPlan()
	p.Stages[1].Gates.Entry = []gate.Gate{says{"window"}}
	s := newSim(t, p)
	s.step()
	if got := s.m.Explain(s.state, s.input())[1].Doing; got != "waits for stage staging" {
		t.Errorf("%q", got)
	}
	s.until(60, s.phase(0, rollout.Done))
	for range 10 {
		s.step()
	}
	if got := s.m.Explain(s.state, s.input())[1].Doing; s.state.Stages[1].Phase != rollout.Pending || !strings.Contains(got, "waits to begin: says: asks the fact") {
		t.Errorf("%s %q", s.state.Stages[1].Phase, got)
	}
	s.facts = []gate.Fact{{Name: "window", Value: "open"}}
	s.until(2, s.phase(1, rollout.Moving))
	if n := s.state.Stages[1].Ledger.Earlier; n != 1 {
		t.Errorf("%d stages are counted as earlier", n)
	}
}

// TestManyStages: a hundred stages at once, the last ones too.
func TestManyStages(t *testing.T) {
	p := canaryPlan()
	one := p.Stages[0]
	one.Strategy = strategy.Rolling{}
	p.Stages = nil
	for i := range rollout.MaxStages {
		one.Name = "s" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		p.Stages = append(p.Stages, one)
	}
	s := newSim(t, p)
	s.until(40, func() bool { return s.last.Done })
	if s.state.Outcome != rollout.Completed {
		t.Errorf("%s", s.sum())
	}
}

func TestIllegibleTextsAreMended(t *testing.T) {
	bad := "caf\xe9"
	s := newSim(t, canaryPlan())
	s.until(5, s.phase(0, rollout.Waiting))
	in := s.input()
	in.Commands = []rollout.Command{{ID: bad, Kind: "dance", By: bad, Roles: []string{bad}, Reason: bad}}
	in.Facts = []gate.Fact{{Name: "a", Value: "b"}, {Name: bad, Value: bad}}
	in.Samples[0].Fetch, in.Samples[0].Reason = health.Error, bad
	in.Samples[0].Counts = []health.Count{{Name: bad, N: 1}}
	s.decide(in)
	s.now = s.now.Add(time.Second)
	in = s.input()
	in.Fleets[0].Err = bad
	s.decide(in)
	s.now = s.now.Add(time.Second)
	in = s.input()
	in.Fleets[0].Versions[0].Digest = bad
	s.decide(in)
	if bad != "caf\xe9" || in.Fleets[0].Versions[0].Digest != bad {
		t.Error("the input was changed")
	}
	if _, err := rollout.Replay(s.m, s.records); err != nil {
		t.Error(err)
	}
	for _, r := range s.records {
		var back rollout.Record
		if err := json.Unmarshal([]byte(mustJSON(t, r)), &back); err != nil || mustJSON(t, back) != mustJSON(t, r) {
			t.Errorf("record %d: %v", r.Rev, err)
		}
	}
}

func TestReplayFindsWhatWasChanged(t *testing.T) {
	s := newSim(t, canaryPlan())
	for range 10 {
		s.step()
	}
	for name, spoil := range map[string]func(r []rollout.Record) []rollout.Record{
		"a gap":         func(r []rollout.Record) []rollout.Record { return slices.Delete(r, 3, 4) },
		"another input": func(r []rollout.Record) []rollout.Record { r[4].Input.Samples = nil; return r },
		"another event": func(r []rollout.Record) []rollout.Record {
			r[0].Events = slices.Clone(r[0].Events)
			r[0].Events[0].Text = "?"
			return r
		},
		"another sum":  func(r []rollout.Record) []rollout.Record { r[5].Sum = "0"; return r },
		"another plan": func(r []rollout.Record) []rollout.Record { r[2].Plan = "sha256:0"; return r },
	} {
		if _, err := rollout.Replay(s.m, spoil(slices.Clone(s.records))); err == nil {
			t.Errorf("%s is not found", name)
		}
	}
	if last, err := rollout.Replay(s.m, s.records); err != nil || encode(t, last) != encode(t, s.state) {
		t.Errorf("the true journal: %v", err)
	}
}

func TestImpossibleObservations(t *testing.T) {
	ok := func() rollout.Observed { return newFleet("1.0", 3).observe("prod") }
	for _, c := range []struct {
		bend func(*rollout.Observed)
		want string
	}{
		{func(*rollout.Observed) {}, ""},
		{func(o *rollout.Observed) { o.Desired = -1 }, "desired: -1 must be from 0 to 2147483647"},
		{func(o *rollout.Observed) { o.Desired = 1 << 31 }, "desired: 2147483648 must"},
		{func(o *rollout.Observed) { o.Versions[0].Ready = 4 }, "versions[0].ready: 4 must be from 0 to the number of instances"},
		{func(o *rollout.Observed) { o.Versions[0].Starting = 1 }, "versions[0].starting: 1 must be from 0 to the number of instances that are not ready"},
		{func(o *rollout.Observed) { o.Versions[0].Stopping = -1 }, "versions[0].stopping: -1 must"},
		{func(o *rollout.Observed) { o.Versions[0].Weight = 9999 }, "versions: the weights must add up to 100%, not 99.99%"},
		{func(o *rollout.Observed) { o.Versions[0].Weight = 10001 }, "versions[0].weight: 10001 must be from 0 to 10000 basis points"},
		{func(o *rollout.Observed) { o.Versions[0].Weight, o.Can.Split = 7, false }, ""},
		{func(o *rollout.Observed) { o.Versions[0].Weight, o.Versions[0].Ready = 0, 0 }, ""},
		{func(o *rollout.Observed) { o.Versions[0].Version = "" }, "versions[0].version: must be given"},
		{func(o *rollout.Observed) { o.Versions = append(o.Versions, o.Versions[0]) }, "versions[1].version: \"1.0\" must be there once"},
		{func(o *rollout.Observed) { o.Versions = make([]rollout.Version, 1001) }, "versions: 1001 must be at most 1000"},
	} {
		o := ok()
		c.bend(&o)
		err := o.Check()
		switch {
		case err == nil && c.want != "":
			t.Errorf("no error, want %s", c.want)
		case err != nil && (c.want == "" || !strings.HasPrefix(err.Error(), c.want)):
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

// TestRetryBeginsAgainInOrder: after a rollback of all stages a new attempt waits
// for what each stage needs, and counts no stage that is not done.
func TestRetryBeginsAgainInOrder(t *testing.T) {
	s := newSim(t, stagesPlan())
	s.until(60, s.phase(1, rollout.Waiting))
	s.errRate = 0.05
	s.until(60, func() bool { return s.last.Done })
	s.errRate = 0
	order(rollout.Retry, "")(s)
	s.step()
	if a, b := s.state.Stages[0].Phase, s.state.Stages[1].Phase; a != rollout.Moving || b != rollout.Pending {
		t.Errorf("the stages are %q and %q", a, b)
	}
	s.until(120, func() bool { return s.last.Done })
	if s.state.Outcome != rollout.Completed || s.state.Attempt != 2 || s.state.Stages[1].Ledger.Earlier != 1 {
		t.Errorf("%s", s.sum())
	}
}

// TestRetryOfWhatWasReplacedMeanwhile: what serves now is looked at again, and a
// target that follows a later rollout is not taken back with an old fence.
func TestRetryOfWhatWasReplacedMeanwhile(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(5, s.phase(0, rollout.Waiting))
	order(rollout.RollBack, "")(s)
	s.until(20, func() bool { return s.last.Done })
	f := s.fleets["prod"]
	f.versions = []rollout.Version{{Version: "1.1", Instances: 10, Ready: 10, Weight: strategy.Full}}
	f.fence = rollout.Fence{Epoch: 7, Seq: 3}
	order(rollout.Retry, "")(s)
	s.until(1, s.told(rollout.EventHold, "the release replaces 1.0, but the fleet runs 1.1"))
	if v := f.versions[0]; v.Instances != 10 {
		t.Errorf("%+v", f.versions)
	}
}

// TestDoneStagesSurviveARetry: a stage that is done is not missing its data because
// a new attempt forgot it.
func TestDoneStagesSurviveARetry(t *testing.T) {
	p := stagesPlan()
	p.Health.Signals[0].On.Missing = health.Rollback
	s := newSim(t, p)
	s.until(60, s.phase(1, rollout.Waiting))
	order(rollout.Pause, "")(s)
	s.step()
	order(rollout.Retry, "")(s)
	s.until(120, func() bool { return s.last.Done })
	if s.state.Outcome != rollout.Completed {
		t.Errorf("%s\n%s", s.sum(), s.trace.String())
	}
}

// TestEpochsAreOfTargets: what another target has seen does not raise the fence of
// this one, nor hide that a later rollout took it.
func TestEpochsAreOfTargets(t *testing.T) {
	s := newSim(t, stagesPlan())
	s.fleets["prod"].fence = rollout.Fence{Epoch: 8}
	s.until(60, s.phase(0, rollout.Waiting))
	s.fleets["staging"].fence = rollout.Fence{Epoch: 5, Seq: 1}
	s.until(60, s.told(rollout.EventTrouble, "its epoch is 5, this one's 1"))
	if e := s.state.Want[0].Fence.Epoch; e != 1 {
		t.Errorf("the epoch is %d", e)
	}
}

// TestOutageIsNotHeldAgainstTheRelease: however long nobody decided, no deadline and
// no missing data of that time counts.
func TestOutageIsNotHeldAgainstTheRelease(t *testing.T) {
	p := canaryPlan()
	p.Health.Signals[0].On.Missing = health.Rollback
	p.OnFailure.Deadline = health.Rollback
	for _, steps := range []int{2, 4, 9} {
		s := newSim(t, p)
		for range steps {
			s.step()
		}
		s.now = s.now.Add(3 * time.Hour)
		in := s.input()
		in.Samples = nil // a source that starts again has nothing to say yet
		s.decide(in)
		s.now = s.now.Add(time.Second)
		s.until(120, func() bool { return s.last.Done })
		if s.state.Outcome != rollout.Completed {
			t.Errorf("after %d steps: %s\n%s", steps, s.sum(), s.trace.String())
		}
	}
}

// TestScaleUpIsNotDegradation: instances that are new have time to become ready.
func TestScaleUpIsNotDegradation(t *testing.T) {
	p := canaryPlan()
	p.Health.Readiness = health.Readiness{Every: time.Second, Grace: 3 * time.Second, On: health.Reactions{Degraded: health.Rollback}}
	p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: time.Minute}}
	s := newSim(t, p)
	s.until(90, s.told(rollout.EventPassed, "1%"))
	s.until(10, s.phase(0, rollout.Waiting))
	s.fleets["prod"].desired, s.slow = 40, true
	for range 20 {
		s.step()
	}
	if s.state.Stages[0].Phase != rollout.Waiting || s.state.Hold != nil {
		t.Errorf("%s\n%s", s.sum(), s.trace.String())
	}
	v := &s.fleets["prod"].versions[1]
	v.Ready = 0
	s.slow = true
	s.until(10, s.told(rollout.EventRollback, "readiness"))
}

// TestStepThatIsLeftByTheFleet: a fleet that no longer looks like the step it waits
// at is not waited for in silence.
func TestStepThatIsLeftByTheFleet(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates.Step = []gate.Gate{says{"board"}}
	s := newSim(t, p)
	s.until(10, s.phase(0, rollout.Waiting))
	s.fleets["prod"].err = ""
	f := s.fleets["prod"]
	f.desired = 20
	stuck := slices.Clone(f.versions)
	for range 90 {
		s.step()
		f.versions = slices.Clone(stuck)
		if s.state.Hold != nil {
			break
		}
	}
	if h := s.state.Hold; h == nil || h.Cause != rollout.CauseDeadline || !strings.Contains(h.Reason, "did not look like step 1%") {
		t.Errorf("%+v", s.state.Hold)
	}
}

// TestNothingBegun: a rollout that has not begun can be called off, and one whose
// target fails before it says so.
func TestNothingBegun(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.fleets["prod"].err = "connection refused"
	s.until(2, s.told(rollout.EventTrouble, "connection refused"))
	s.until(90, s.told(rollout.EventHold, "stage prod was not observed for 1m: the fleet cannot be observed: connection refused"))
	order(rollout.RollBack, "never mind")(s)
	s.until(1, s.told(rollout.EventRolledBack, "nothing was begun"))
	if !s.last.Done || s.state.Outcome != rollout.WentBack {
		t.Errorf("%s", s.sum())
	}
}

// TestEndWaitsForAHold: the rollout does not end while somebody is asked about a
// stage that still serves the release.
func TestEndWaitsForAHold(t *testing.T) {
	p := stagesPlan()
	p.OnFailure.Rollback = rollout.RollbackStage
	p.Stages[1].Needs = nil
	p.Stages[1].Gates.Step = []gate.Gate{gate.Bake{For: time.Hour}}
	p.Health.Signals[0].On.Degraded = health.Hold
	s := newSim(t, p)
	s.until(60, s.phase(0, rollout.Done))
	s.until(60, s.phase(1, rollout.Waiting))
	s.orders = []rollout.Command{{ID: "b", Kind: rollout.RollBack, Stage: "prod"}}
	s.step()
	s.errRate = 0.5
	s.until(10, func() bool { return s.state.Hold != nil })
	for range 20 {
		s.step()
	}
	if s.last.Done || s.state.Hold == nil {
		t.Errorf("%s\n%s", s.sum(), s.trace.String())
	}
}

func TestApprovalsGivenOnTheWay(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates.Step = []gate.Gate{says{"board"}}
	s := newSim(t, p)
	s.step()
	s.orders = []rollout.Command{{ID: "a", Kind: rollout.Approve, By: "ada", Roles: []string{"owner"}}}
	s.until(1, s.told(rollout.EventRecorded, "approved"))
	s.until(20, s.told(rollout.EventPassed, "1%"))
}

func TestOrdersAboutTheWholeRollout(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.step()
	for _, kind := range []rollout.CommandKind{rollout.Pause, rollout.Resume, rollout.Retry} {
		s.orders = []rollout.Command{{ID: string(kind), Kind: kind, Stage: "prod"}}
		s.until(1, s.told(rollout.EventRefused, "it is about the whole rollout"))
	}
	s.orders = []rollout.Command{{ID: "x", Kind: rollout.RollBack, Stage: "prod", Step: "100%"}}
	s.until(1, s.told(rollout.EventRefused, "it is about step 100%"))
}

// TestRecordsCanBeReadAgain: whatever targets, sources and people say, the journal
// is written, read and replayed from its JSON.
func TestRecordsCanBeReadAgain(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(5, s.phase(0, rollout.Waiting))
	far := time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, bend := range []func(*rollout.Input){
		func(in *rollout.Input) { in.Fleets[0].Versions[0].Weight = -1 },
		func(in *rollout.Input) { in.Fleets[0].Versions[0].Weight = 20000 },
		func(in *rollout.Input) { in.Fleets[0].At = far },
		func(in *rollout.Input) { in.Samples[0].To = far },
		func(in *rollout.Input) { in.Samples[0].Candidate.Bad = -1 },
		func(in *rollout.Input) {
			in.Commands = []rollout.Command{{ID: "far", Kind: rollout.Approve, Until: far}}
		},
		func(in *rollout.Input) { in.Facts = []gate.Fact{{Name: "far", At: far}} },
	} {
		in := s.input()
		bend(&in)
		s.decide(in)
		s.now = s.now.Add(time.Second)
	}
	var back []rollout.Record
	for _, r := range s.records {
		var one rollout.Record
		if err := json.Unmarshal([]byte(mustJSON(t, r)), &one); err != nil {
			t.Fatalf("record %d: %v", r.Rev, err)
		}
		back = append(back, one)
	}
	if _, err := rollout.Replay(s.m, back); err != nil {
		t.Error(err)
	}
	if next, out := s.m.Decide(s.state, rollout.Input{Now: far}); out.Save || encode(t, next) != encode(t, s.state) || out.Awaits == "" {
		t.Errorf("a year 20000: %+v", out)
	}
	if _, out := s.m.Decide(s.state, rollout.Input{}); out.Save {
		t.Errorf("no time at all: %+v", out)
	}
}

func TestWhatServesIsNotGuessed(t *testing.T) {
	version := func(name string, n int64, w strategy.Weight) rollout.Version {
		return rollout.Version{Version: name, Instances: n, Ready: n, Weight: w}
	}
	for name, c := range map[string]struct {
		desired  int64
		versions []rollout.Version
		want     string
	}{
		"listed, but another serves": {10, []rollout.Version{version("1.0", 0, 0), version("1.5", 10, strategy.Full)}, "the release replaces 1.0, but the fleet runs 1.5"},
		"nothing serves":             {10, nil, "the release replaces 1.0, but the fleet runs nothing"},
		"the candidate serves":       {10, []rollout.Version{version("2.0", 10, strategy.Full)}, "it is the first deploy"},
		"scaled to nothing":          {0, nil, "it replaces 1.0"},
	} {
		s := newSim(t, canaryPlan())
		s.fleets["prod"].desired, s.fleets["prod"].versions = c.desired, c.versions
		s.until(1000, func() bool { return s.state.Hold != nil || s.state.Stages[0].Phase != rollout.Pending })
		if !strings.Contains(s.trace.String(), c.want) {
			t.Errorf("%s:\n%s", name, s.trace.String())
		}
	}
}

// TestDependentsGoBackToo: a stage that climbs on top of one that fails does not go
// on.
func TestDependentsGoBackToo(t *testing.T) {
	p := stagesPlan()
	p.OnFailure.Rollback = rollout.RollbackStage
	s := newSim(t, p)
	s.until(60, s.phase(1, rollout.Waiting))
	s.errRate = 0.05
	s.until(60, func() bool { return s.last.Done })
	for i := range s.state.Stages {
		if s.state.Stages[i].Phase != rollout.Back {
			t.Errorf("stage %d is %s\n%s", i, s.state.Stages[i].Phase, s.trace.String())
		}
	}
}

func TestStableLostOnTheWayBack(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(90, s.told(rollout.EventReached, "50%"))
	order(rollout.RollBack, "")(s)
	s.step()
	s.fleets["prod"].versions[0].Ready = 0
	in := s.input()
	s.decide(in)
	if h := s.state.Hold; h == nil || h.Cause != rollout.CauseStable {
		t.Fatalf("%+v\n%s", h, s.trace.String())
	}
	if w := s.state.Want[0].Allocation; w.Candidate.Weight != strategy.Full {
		t.Errorf("nobody serves: %+v", w)
	}
	s.now = s.now.Add(time.Second)
	s.until(60, func() bool { return s.last.Done }) // stable comes back, and the way goes on
}

func TestPlansThatCannotEndWell(t *testing.T) {
	for name, c := range map[string]struct {
		bend func(*rollout.Plan)
		want string
	}{
		"last step": {func(p *rollout.Plan) {
			p.Stages[0].Strategy = ladder{Steps: []strategy.Step{{Name: "half", Weight: 5000}}}
		}, "stages[0].strategy.ladder: 50% is the weight of the last step, half: it must be 100%"},
		"drain": {func(p *rollout.Plan) { p.Stages[0].Strategy = strategy.Rolling{Pace: strategy.Pace{Drain: time.Hour}} }, "stages[0].deadline: 1m0s must be above minReady and drain together, 1h"},
		"target twice": {func(p *rollout.Plan) {
			p.Stages = append(p.Stages, p.Stages[0])
			p.Stages[1].Name, p.Stages[1].Target = "b", "prod"
		}, `stages[1].target: "prod" must be its own: stages[0] has it too`},
	} {
		p := canaryPlan()
		c.bend(&p)
		_, err := rollout.Compile(p)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
