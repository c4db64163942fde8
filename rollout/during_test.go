package rollout_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
	"pgregory.net/rapid"
)

// shut is a window or a freeze of one's own: closed for a time, or while a fact says so.
type shut struct {
	From  time.Time   `json:"from"`
	To    time.Time   `json:"to"`
	Fact  string      `json:"fact"`
	When  gate.Closed `json:"when"`
	Bound bool        `json:"bound"`
}

func (shut) Kind() string              { return "shut" }
func (g shut) WhenClosed() gate.Closed { return g.When }
func (g shut) Binds() bool             { return g.Bound }

func (g shut) Evaluate(f gate.Facts) gate.Decision {
	if fact, _ := f.Vouched(g.Fact); fact.Value == "shut" {
		return gate.Decision{}
	} else if fact.Value == "refuse" {
		return gate.Decision{Answer: gate.Refuse}
	}
	switch now := f.Now(); {
	case now.Before(g.From):
		return gate.Decision{Answer: gate.Open, Next: g.From}
	case now.Before(g.To):
		return gate.Decision{Next: g.To}
	}
	return gate.Decision{Answer: gate.Open}
}

func (g shut) Explain(f gate.Facts) gate.Reason {
	d := g.Evaluate(f)
	return gate.Reason{Kind: "shut", Answer: d.Answer, At: d.Next, Text: "year end"}
}

func (g shut) at(t time.Time) bool { return !t.Before(g.From) && t.Before(g.To) }

// codec knows the gates of the tests.
var codec = rollout.Codec{Gates: map[string]func() gate.Gate{"shut": func() gate.Gate { return shut{} }}}

// under is a rollout whose stage needs gates on all of its way: ten instances of which
// one may be exchanged at a time, half of them at its first step.
func under(t *testing.T, gates ...gate.Gate) *sim {
	t.Helper()
	p := canaryPlan()
	p.Stages[0].Strategy = strategy.Canary{Weights: []strategy.Weight{5000, strategy.Full}, Pace: strategy.Pace{Surge: strategy.Count(1), Unavailable: strategy.Count(0)}}
	p.Stages[0].Gates = rollout.Gates{Step: []gate.Gate{gate.Bake{For: 5 * time.Second}}, During: gates}
	return newSim(t, p)
}

// say has the host vouch for the fact that closes gates, or no more.
func (s *sim) say(value string) {
	s.facts = nil
	if value != "" {
		s.facts = []gate.Vouched{{Name: "calendar", Value: value}}
	}
}

func (s *sim) steps(n int) {
	s.t.Helper()
	for range n {
		s.step()
	}
}

func (s *sim) count(kind rollout.EventKind) (n int) {
	for _, r := range s.records {
		for _, e := range r.Events {
			if e.Kind == kind {
				n++
			}
		}
	}
	return n
}

// moments are where a rollout may be when a gate closes.
var moments = []struct {
	name string
	get  func(*sim)
}{
	{"before", func(*sim) {}},
	{"moving", func(s *sim) {
		s.until(20, func() bool { return len(s.fleets["prod"].versions) > 1 && s.fleets["prod"].versions[1].Instances >= 2 })
	}},
	{"waiting", func(s *sim) { s.until(40, s.phase(0, rollout.Waiting)) }},
	{"back", func(s *sim) {
		s.until(40, s.phase(0, rollout.Waiting))
		order(rollout.RollBack, "")(s)
		s.step()
	}},
	{"held", func(s *sim) {
		s.until(20, func() bool { return len(s.fleets["prod"].versions) > 1 && s.fleets["prod"].versions[1].Instances >= 2 })
		s.slow = true
		s.until(100, func() bool { return s.state.Hold != nil })
		s.slow = false
	}},
	{"paused", func(s *sim) {
		s.until(20, func() bool { return len(s.fleets["prod"].versions) > 1 && s.fleets["prod"].versions[1].Instances >= 2 })
		order(rollout.Pause, "")(s)
		s.step()
	}},
}

// TestWindowClosesUnderWay: what a rollout does when a gate closes, wherever it is, and
// when it opens again. A restart lies between any two calls.
func TestWindowClosesUnderWay(t *testing.T) {
	t.Parallel()
	type end struct {
		phase rollout.Phase
		step  int
	}
	ends := map[gate.Closed]map[string]end{ // five minutes after it was closed
		gate.Finish:   {"before": {}, "moving": {rollout.Waiting, 0}, "waiting": {rollout.Waiting, 0}, "held": {rollout.Waiting, 0}, "paused": {rollout.Waiting, 0}},
		gate.Continue: {"before": {}, "moving": {rollout.Done, 1}, "waiting": {rollout.Done, 1}, "held": {rollout.Done, 1}, "paused": {rollout.Done, 1}},
		gate.Pause:    {"before": {}, "moving": {rollout.Moving, 0}, "waiting": {rollout.Waiting, 0}, "held": {rollout.Moving, 0}, "paused": {rollout.Moving, 0}},
	}
	ends[""] = ends[gate.Finish]
	for when, ends := range ends {
		for _, m := range moments {
			t.Run(fmt.Sprintf("%s/%s", when, m.name), func(t *testing.T) {
				s := under(t, shut{Fact: "calendar", When: when})
				m.get(s)
				phase, wants := s.stagePhase(), mustJSON(t, s.state.Want)
				s.say("shut")
				s.step()
				if m.name == "held" || m.name == "paused" {
					s.steps(5)
					if s.state.Hold == nil && s.state.Paused.IsZero() || s.stagePhase() != phase {
						t.Fatalf("a closed gate ends the stop: %s", s.sum())
					}
					order(rollout.Resume, "")(s)
				}
				s.steps(300)
				still := when == gate.Pause && m.name != "before" && m.name != "back"
				if got := (end{s.stagePhase(), s.state.Stages[0].Step}); m.name != "back" && got != ends[m.name] {
					t.Errorf("it is %v, want %v: %s\n%s", got, ends[m.name], s.sum(), s.trace.String())
				}
				if still && mustJSON(t, s.state.Want) != wants {
					t.Errorf("it stands still, and what was wanted changed:\n%s\n%s", wants, mustJSON(t, s.state.Want))
				}
				if s.state.Hold != nil {
					t.Errorf("it holds: %s", s.state.Hold.Reason)
				}
				if n := s.count(rollout.EventStandsStill); (n > 0) != still || n > 1 || s.count(rollout.EventGoesOn) > 0 {
					t.Errorf("told %d times that it stands still\n%s", n, s.trace.String())
				}
				s.say("")
				s.slow = false
				s.steps(120)
				want := rollout.Completed
				if m.name == "back" {
					want = rollout.WentBack
				}
				if s.state.Outcome != want {
					t.Errorf("it does not end when the gate opens: %s\n%s", s.sum(), s.trace.String())
				}
				if n := s.count(rollout.EventGoesOn); (n > 0) != still || n > 1 {
					t.Errorf("told %d times that it goes on\n%s", n, s.trace.String())
				}
				if _, err := rollout.Replay(s.m, s.records); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func (s *sim) stagePhase() rollout.Phase {
	if len(s.state.Stages) == 0 {
		return rollout.Pending
	}
	return s.state.Stages[0].Phase
}

// moving is a rollout on its way to half, with some of it exchanged.
func (s *sim) exchanging() *sim {
	s.t.Helper()
	moments[1].get(s)
	return s
}

// TestBakesOnWhileItStandsStill: a closed gate stops moving, not what is measured.
func TestBakesOnWhileItStandsStill(t *testing.T) {
	s := under(t, shut{Fact: "calendar", When: gate.Pause})
	s.until(40, s.phase(0, rollout.Waiting))
	s.say("shut")
	s.steps(60)
	if l := s.state.Stages[0].Ledger; l.Healthy < 50*time.Second {
		t.Errorf("after a minute %s are baked", l.Healthy)
	}
	s.say("")
	s.step()
	s.phaseIs(t, rollout.Moving)

	// On the way nothing is baked, and the step is reached only when it goes on.
	s = under(t, shut{Fact: "calendar", When: gate.Pause}).exchanging()
	s.say("shut")
	s.steps(60)
	f := s.fleets["prod"]
	s.say("")
	s.until(30, s.phase(0, rollout.Waiting))
	if got := s.state.Stages[0].Ledger.Healthy; got > time.Second || f.versions[1].Instances < 5 {
		t.Errorf("%s are baked at once, with %+v", got, f.versions)
	}
}

func (s *sim) phaseIs(t *testing.T, want rollout.Phase) {
	t.Helper()
	if got := s.stagePhase(); got != want {
		t.Fatalf("it is %q, want %q: %s\n%s", got, want, s.sum(), s.trace.String())
	}
}

// TestDeadlinesStandStill: neither the deadline of a move nor that of gates runs while a
// stage stands still, and each begins anew when it goes on.
func TestDeadlinesStandStill(t *testing.T) {
	t.Run("move", func(t *testing.T) {
		s := under(t, shut{Fact: "calendar", When: gate.Pause}).exchanging()
		s.slow = true
		s.steps(50) // of 60
		s.say("shut")
		s.steps(600)
		s.say("")
		since := s.now
		s.until(100, func() bool { return s.state.Hold != nil })
		if d := s.now.Sub(since); d < 60*time.Second || d > 63*time.Second || s.state.Hold.Cause != rollout.CauseDeadline {
			t.Errorf("it held %s after it went on: %+v", d, s.state.Hold)
		}
	})
	t.Run("gates", func(t *testing.T) {
		p := half(says{"people"})
		p.Stages[0].GateDeadline = time.Minute
		p.Stages[0].Gates.During = []gate.Gate{shut{Fact: "calendar", When: gate.Pause}}
		s := newSim(t, p)
		s.until(40, s.phase(0, rollout.Waiting))
		s.steps(50)
		s.say("shut")
		s.steps(600)
		s.say("")
		since := s.now
		s.until(100, func() bool { return s.state.Hold != nil })
		if d := s.now.Sub(since); d < 60*time.Second || d > 63*time.Second {
			t.Errorf("it held %s after it went on: %+v", d, s.state.Hold)
		}
	})
	t.Run("elsewhere", func(t *testing.T) {
		s := under(t, shut{Fact: "calendar", When: gate.Pause})
		s.until(40, s.phase(0, rollout.Waiting))
		s.say("shut")
		off := func() {
			in := s.input()
			in.Fleets[0].Versions[0].Weight, in.Fleets[0].Versions[1].Weight = 6000, 4000
			s.decide(in)
			s.now = s.now.Add(time.Second)
		}
		for range 300 {
			off()
		}
		if s.state.Hold != nil {
			t.Fatalf("it holds while it stands still: %s", s.state.Hold.Reason)
		}
		baked := s.state.Stages[0].Ledger.Healthy
		s.say("")
		since := s.now
		for s.state.Hold == nil && s.now.Sub(since) < 100*time.Second {
			off()
		}
		if d := s.now.Sub(since); d < 60*time.Second || d > 63*time.Second || s.state.Stages[0].Ledger.Healthy > baked {
			t.Errorf("it held after %s: %s", d, s.sum())
		}
	})
}

// TestJumpBackWhileItStandsStill: since when it stands still goes with the clock.
func TestJumpBackWhileItStandsStill(t *testing.T) {
	s := under(t, shut{Fact: "calendar", When: gate.Pause}).exchanging()
	s.say("shut")
	s.steps(5)
	s.now = s.now.Add(-time.Hour)
	s.step()
	if from := s.state.Stages[0].Standing.From; s.now.Sub(from) != 5*time.Second {
		t.Errorf("at %s it stands still since %s", s.now, from)
	}
	s.say("")
	s.steps(2)
	s.now = s.now.Add(-time.Hour)
	s.step()
	if to := s.state.Stages[0].Standing.To; s.now.Sub(to) != 2*time.Second {
		t.Errorf("at %s it goes on since %s", s.now, to)
	}
}

// TestHealthWhileItStandsStill: an automatic and an ordered rollback go, whatever is
// closed.
func TestHealthWhileItStandsStill(t *testing.T) {
	for _, m := range []int{1, 2} {
		for name, act := range map[string]func(*sim){
			"degraded": func(s *sim) { s.errRate = 0.5 },
			"ordered":  order(rollout.RollBack, ""),
		} {
			s := under(t, shut{Fact: "calendar", When: gate.Pause, Bound: true})
			moments[m].get(s)
			s.say("shut")
			s.steps(5)
			act(s)
			s.until(60, func() bool { return s.last.Done })
			if s.state.Outcome != rollout.WentBack || s.fleets["prod"].versions[1].Instances != 0 || !s.state.Stages[0].Standing.From.IsZero() {
				t.Errorf("%s/%s: %s\n%s", moments[m].name, name, s.sum(), s.trace.String())
			}
		}
	}
}

// TestScaledWhileItStandsStill: the candidate keeps its part of the service.
func TestScaledWhileItStandsStill(t *testing.T) {
	s := under(t, shut{Fact: "calendar", When: gate.Pause}).exchanging()
	f := s.fleets["prod"]
	s.say("shut")
	s.steps(3)
	part, weight := f.versions[1].Instances, f.versions[1].Weight
	f.desired = 100
	s.steps(2)
	order(rollout.Pause, "")(s) // who is paused in the middle of it has the same part still
	s.steps(100)
	if v := f.versions[1]; v.Instances != 10*part || v.Weight != weight {
		t.Errorf("it had %d of 10, and has %d of 100 with %s", part, v.Instances, v.Weight)
	}
	s.say("")
	s.step()
	f.desired = 200
	s.steps(2)
	s.say("shut") // so does who is paused and stands still then
	s.steps(200)
	if v := f.versions[1]; v.Instances != 20*part || v.Weight != weight {
		t.Errorf("it had %d of 10, and has %d of 200 with %s", part, v.Instances, v.Weight)
	}
	s.say("")
	order(rollout.Resume, "")(s)
	s.until(900, func() bool { return s.last.Done })
}

// TestStopsAgainWhileItIsScaled: who stands still is paused, or is paused and stands still
// then, while what stops is in the way of what a larger service adds. What the candidate had
// before counts, not what it was given meanwhile.
func TestStopsAgainWhileItIsScaled(t *testing.T) {
	for _, first := range []string{"stands still", "paused"} {
		p := canaryPlan()
		p.Stages[0].Strategy = strategy.Canary{Weights: []strategy.Weight{5000, strategy.Full}, Pace: strategy.Pace{Surge: strategy.Count(1), Unavailable: strategy.Count(0), CountStopping: true}}
		p.Stages[0].Gates.During = []gate.Gate{shut{Fact: "calendar", When: gate.Pause}}
		s := newSim(t, p).exchanging()
		f := s.fleets["prod"]
		stop := map[string]func(){"stands still": func() { s.say("shut") }, "paused": func() { order(rollout.Pause, "")(s) }}
		stop[first]()
		s.steps(3)
		part, weight := f.versions[1].Instances, f.versions[1].Weight
		f.desired, f.versions[0].Stopping = 100, 12
		s.steps(3)
		if n := f.versions[1].Instances; n == part || n == 10*part {
			t.Fatalf("%s: it is not half-way between %d and %d: %+v", first, part, 10*part, f.versions)
		}
		for name, also := range stop {
			if name != first {
				also()
			}
		}
		s.steps(3)
		f.versions[0].Stopping = 0
		s.steps(60)
		if v := f.versions[1]; v.Instances != 10*part || v.Weight != weight {
			t.Errorf("%s: it had %d of 10 with %s, and has %d of 100 with %s", first, part, weight, v.Instances, v.Weight)
		}
	}
}

// TestRetryWhileItStandsStill: a new attempt begins where it stands, and moves when the
// gate opens.
func TestRetryWhileItStandsStill(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Strategy = strategy.Canary{Weights: []strategy.Weight{100, 5000, strategy.Full}}
	p.Stages[0].Gates.During = []gate.Gate{shut{Fact: "calendar", When: gate.Pause}}
	s := newSim(t, p)
	s.until(60, func() bool { return s.phase(0, rollout.Waiting)() && s.state.Stages[0].Step == 1 })
	before := slices.Clone(s.fleets["prod"].versions)
	s.say("shut")
	s.step()
	order(rollout.Pause, "")(s)
	s.step()
	order(rollout.Retry, "")(s)
	s.steps(20)
	s.phaseIs(t, rollout.Moving)
	if got := s.fleets["prod"].versions; !slices.Equal(got, before) {
		t.Errorf("it stood still with %+v, and has %+v\n%s", before, got, s.trace.String())
	}
	s.say("")
	s.until(120, func() bool { return s.last.Done })
}

// TestKeepWhileItStandsStill: to keep what is there moves nothing.
func TestKeepWhileItStandsStill(t *testing.T) {
	p := of(strategy.ABTest{Share: 2000})()
	p.Stages[0].Gates.During = []gate.Gate{shut{Fact: "calendar", When: gate.Pause, Bound: true}}
	s := newSim(t, p)
	able(s)
	s.until(40, s.phase(0, rollout.Waiting))
	s.say("shut")
	s.steps(3)
	order(rollout.Keep, "")(s)
	s.until(3, func() bool { return s.last.Done })
	if !s.state.Stages[0].Standing.From.IsZero() {
		t.Errorf("it is done, and stands still: %+v", s.state.Stages[0].Standing)
	}
}

// TestRefusingGateOnTheWay: a gate that refuses holds at once, on the way too; a waiver
// answers it unless the gate binds.
func TestRefusingGateOnTheWay(t *testing.T) {
	for _, m := range []int{1, 2} {
		for _, bound := range []bool{false, true} {
			s := under(t, shut{Fact: "calendar", When: gate.Pause, Bound: bound})
			moments[m].get(s)
			s.say("refuse")
			s.steps(2)
			if h := s.state.Hold; h == nil || h.Cause != rollout.CauseRefused || !strings.Contains(h.Reason, "shut refuses: year end") {
				t.Fatalf("%s: %+v", moments[m].name, h)
			}
			if !strings.Contains(s.trace.String(), "resume, promote, retry or roll back") {
				t.Errorf("promote is not offered: %s", s.trace.String())
			}
			order(rollout.Promote, "")(s)
			s.step()
			if held := s.state.Hold != nil && s.count(rollout.EventPassed) == 0; held != bound {
				t.Errorf("%s, bound %t: %s\n%s", moments[m].name, bound, s.sum(), s.trace.String())
			}
		}
	}
}

// TestWaiverLiftsNoFreeze: a waiver opens windows for a step, and what binds never. It
// stays until that opens.
func TestWaiverLiftsNoFreeze(t *testing.T) {
	freeze := func(c gate.Closed) gate.Gate { return shut{Fact: "calendar", When: c, Bound: true} }
	window := func(c gate.Closed) gate.Gate { return shut{Fact: "calendar", When: c} }
	never := says{"people"}
	for name, c := range map[string]struct {
		gates  rollout.Gates
		passed bool
	}{
		"window that finishes":       {rollout.Gates{During: []gate.Gate{window(gate.Finish)}}, true},
		"window that pauses":         {rollout.Gates{During: []gate.Gate{window(gate.Pause)}}, true},
		"freeze that finishes":       {rollout.Gates{During: []gate.Gate{freeze(gate.Finish)}}, false},
		"freeze that pauses":         {rollout.Gates{During: []gate.Gate{freeze(gate.Pause)}}, false},
		"freeze of the step":         {rollout.Gates{Step: []gate.Gate{freeze("")}}, false},
		"any with a freeze":          {rollout.Gates{Step: []gate.Gate{gate.Any{freeze(""), never}}}, false},
		"any with a freeze, on ways": {rollout.Gates{During: []gate.Gate{gate.Any{freeze(gate.Pause), never}}}, false},
		"all with a freeze":          {rollout.Gates{Step: []gate.Gate{gate.All{freeze(""), never}}}, false},
		"all with a window":          {rollout.Gates{Step: []gate.Gate{gate.All{window(""), never}}}, true},
		"window and freeze":          {rollout.Gates{During: []gate.Gate{window(gate.Pause), freeze(gate.Finish)}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := under(t)
			p := s.m.Plan()
			p.Stages[0].Gates = c.gates
			p.Stages[0].Gates.Step = append([]gate.Gate{gate.Bake{For: 1000 * time.Hour}}, p.Stages[0].Gates.Step...)
			p.Stages[0].GateDeadline = 1001 * time.Hour
			s = newSim(t, p)
			s.until(40, s.phase(0, rollout.Waiting))
			s.say("shut")
			s.step()
			order(rollout.Promote, "")(s)
			s.step()
			if passed := s.count(rollout.EventPassed) > 0; passed != c.passed {
				t.Fatalf("passed: %t: %s\n%s", passed, s.sum(), s.trace.String())
			}
			if c.passed {
				return
			}
			if s.steps(60); s.state.Stages[0].Waived == "" || s.count(rollout.EventPassed) > 0 {
				t.Fatalf("the waiver does not stay: %s", s.sum())
			}
			if got := s.sum(); !strings.Contains(got, "shut: year end") || strings.Contains(got, "bake") || strings.HasPrefix(name, "all ") && strings.Contains(got, "asks the fact") {
				t.Errorf("it says %s", got)
			}
			if !strings.Contains(s.last.Awaits, "what no waiver opens") && !strings.Contains(s.last.Awaits, "stands still") {
				t.Errorf("it awaits %q", s.last.Awaits)
			}
			s.say("")
			s.step()
			if s.count(rollout.EventPassed) != 1 {
				t.Errorf("what was waived does not go on: %s\n%s", s.sum(), s.trace.String())
			}
		})
	}
}

// TestWaiverWaitsForAFreeze: who has waived what a step waits for is not asked again
// because a freeze lasts.
func TestWaiverWaitsForAFreeze(t *testing.T) {
	for _, when := range []gate.Closed{gate.Finish, gate.Pause} {
		p := half(says{"people"})
		p.Stages[0].GateDeadline = time.Minute
		p.Stages[0].Gates.During = []gate.Gate{shut{Fact: "calendar", When: when, Bound: true}}
		s := newSim(t, p)
		s.until(40, s.phase(0, rollout.Waiting))
		s.say("shut")
		s.step()
		order(rollout.Promote, "")(s)
		s.steps(300)
		if s.state.Hold != nil || s.stagePhase() != rollout.Waiting {
			t.Fatalf("%s: %s", when, s.sum())
		}
		s.say("")
		s.step()
		if s.count(rollout.EventPassed) != 1 {
			t.Errorf("%s: %s", when, s.sum())
		}
	}
}

// TestWaiverOnTheWay: what makes a stage stand still on its way is waived for this step,
// and for the next one it stands still again, with what it has.
func TestWaiverOnTheWay(t *testing.T) {
	s := under(t, shut{Fact: "calendar", When: gate.Pause}).exchanging()
	s.say("shut")
	s.steps(5)
	order(rollout.Promote, "")(s)
	s.until(30, s.told(rollout.EventPassed, "50%"))
	want := mustJSON(t, s.fleets["prod"].versions)
	s.steps(60)
	if got := mustJSON(t, s.fleets["prod"].versions); got != want || s.stagePhase() != rollout.Moving {
		t.Errorf("it stood still with %s, and has %s: %s", want, got, s.sum())
	}
	s.doing(t, "stands still on the way to step 100%: shut: year end")

	s = under(t, shut{Fact: "calendar", When: gate.Pause, Bound: true}).exchanging()
	s.say("shut")
	s.step()
	want = mustJSON(t, s.fleets["prod"].versions)
	order(rollout.Promote, "")(s)
	s.steps(60)
	if got := mustJSON(t, s.fleets["prod"].versions); got != want {
		t.Errorf("a waiver lifts a freeze: %s, not %s", got, want)
	}
}

// TestRoutesStayWhileItStandsStill: the routes of the step before stay until it goes on.
func TestRoutesStayWhileItStandsStill(t *testing.T) {
	other := []strategy.Route{{Source: strategy.Header, Name: "x-other", Value: "1"}}
	p := of(ladder{Steps: []strategy.Step{
		{Name: "one", Weight: 1000, Routes: beta},
		{Name: "two", Weight: 5000, Routes: other},
		{Name: "all", Weight: strategy.Full},
	}})()
	p.Health.Signals[0].On.Degraded = ""
	p.Stages[0].Gates.During = []gate.Gate{shut{Fact: "calendar", When: gate.Pause}}
	s := newSim(t, p)
	able(s)
	s.until(40, s.phase(0, rollout.Waiting))
	s.say("shut")
	s.step()
	order(rollout.Promote, "")(s)
	s.steps(9)
	if w := s.state.Want[0]; s.state.Stages[0].Step != 1 || mustJSON(t, w.Routes) != mustJSON(t, beta) || w.Allocation.Candidate.Weight != 1000 {
		t.Errorf("%+v\n%s", w, s.trace.String())
	}
}

// TestStandsStillInWords: events, reports and what is awaited name the gate and when it
// opens; and the wake time is that instant.
func TestStandsStillInWords(t *testing.T) {
	begin, end := epoch.Add(4500*time.Millisecond), epoch.Add(10*time.Minute)
	const opens = "opens Sun 2026-03-01T09:10:00Z"
	s := under(t, shut{From: begin, To: end, When: gate.Pause})
	s.until(4, s.phase(0, rollout.Moving))
	for s.now.Before(begin) {
		s.step()
		if w := s.last.Wake; w.After(begin) {
			t.Errorf("it sleeps until %s", w)
		}
	}
	s.step()
	for text, ok := range map[string]bool{
		"event":  s.told(rollout.EventStandsStill, "stands still on the way to step 50%: shut: year end, look again at 2026-03-01T09:10:00Z")(),
		"awaits": s.last.Awaits == "stage prod stands still: a gate that pauses it is not open",
	} {
		if !ok {
			t.Errorf("%s: %q\n%s", text, s.last.Awaits, s.trace.String())
		}
	}
	r := s.m.Explain(s.state, s.input())[0]
	if !r.Opens.Equal(end) || len(r.Gates) != 1 || r.Gates[0].Answer != gate.Wait {
		t.Errorf("%+v", r)
	}
	s.doing(t, "stands still on the way to step 50%: shut: year end")
	s.doing(t, opens)
	s.now = end.Add(-200 * time.Millisecond)
	if s.step(); !s.last.Wake.Equal(end) {
		t.Errorf("it wakes at %s", s.last.Wake)
	}
	s.now = end
	s.step()
	if !s.told(rollout.EventGoesOn, "goes on to step 50%")() || !s.m.Explain(s.state, s.input())[0].Opens.IsZero() {
		t.Error(s.trace.String())
	}

	for phase, want := range map[rollout.Phase]string{
		rollout.Pending: "waits to begin: shut: year end",
		rollout.Waiting: "stands still at step 50%: ",
	} {
		s := under(t, shut{Fact: "calendar", From: begin.Add(-time.Hour), To: end, When: gate.Pause})
		if phase == rollout.Waiting {
			s = under(t, shut{From: epoch.Add(20 * time.Second), To: end, When: gate.Pause})
			s.until(20, s.phase(0, rollout.Waiting))
			s.until(20, s.told(rollout.EventStandsStill, "stands still at step 50%: shut: year end"))
		}
		s.step()
		s.doing(t, want)
		s.doing(t, opens)
		if r := s.m.Explain(s.state, s.input())[0]; !r.Opens.Equal(end) {
			t.Errorf("%q opens at %s", phase, r.Opens)
		}
	}

	s = under(t, shut{To: end, When: gate.Finish})
	s.step()
	order(rollout.Pause, "")(s)
	s.step()
	if r := s.m.Explain(s.state, s.input())[0]; !r.Opens.IsZero() {
		t.Errorf("paused, and it opens at %s", r.Opens)
	}
}

// TestQuietWithGatesOfAllTheWay: a call that changes nothing allocates nothing, whether
// such gates are open, closed, or closed in spite of a waiver.
func TestQuietWithGatesOfAllTheWay(t *testing.T) {
	for name, prepare := range map[string]func(*sim){
		"open":   func(*sim) {},
		"closed": func(s *sim) { s.say("shut") },
		"waived": func(s *sim) { s.say("shut"); order(rollout.Promote, "")(s) },
	} {
		for _, m := range moments[1:3] {
			s := under(t, shut{Fact: "other", When: gate.Finish}, gate.All{shut{Fact: "calendar", When: gate.Pause, Bound: true}})
			m.get(s)
			prepare(s)
			s.slow = true // who is on the way stays there
			s.steps(4)
			in := s.input()
			next, _ := s.m.Decide(s.state, in)
			in.Now = in.Now.Add(100 * time.Millisecond)
			if _, out := s.m.Decide(next, in); out.Save {
				t.Fatalf("%s: the input is not quiet: %v", name, out.Events)
			}
			if n := testing.AllocsPerRun(100, func() { s.m.Decide(next, in) }); n != 0 {
				t.Errorf("%s/%s: it allocates %v times", m.name, name, n)
			}
		}
	}
}

// TestGatesOfAllTheWay: what cannot stand where it does is refused, with its path.
func TestGatesOfAllTheWay(t *testing.T) {
	const must = ` must stand in gates.during: here a gate is asked at one moment only, and finish is all that it can declare`
	pause := shut{When: gate.Pause}
	for name, c := range map[string]struct {
		gates rollout.Gates
		want  string
	}{
		"entry":    {rollout.Gates{Entry: []gate.Gate{pause}}, `stages[0].gates.entry[0].shut: "pause"` + must},
		"step":     {rollout.Gates{Step: []gate.Gate{gate.Bake{}, gate.Any{says{"x"}, shut{When: gate.Continue}}}}, `stages[0].gates.step[1].any[1].shut: "continue"` + must},
		"exit":     {rollout.Gates{Exit: []gate.Gate{gate.Named{Name: "hours", Gate: pause}}}, `stages[0].gates.exit[0].named.gate.shut: "pause"` + must},
		"at":       {rollout.Gates{At: map[string][]gate.Gate{"50%": {pause}}}, `stages[0].gates.at["50%"][0].shut: "pause"` + must},
		"default":  {rollout.Gates{Entry: []gate.Gate{shut{}}, Step: []gate.Gate{shut{When: gate.Finish}}, During: []gate.Gate{pause}}, ""},
		"wrong":    {rollout.Gates{During: []gate.Gate{says{"x"}, gate.Any{}}}, "stages[0].gates.during[1].any: [] must have at least one gate"},
		"measured": {rollout.Gates{During: []gate.Gate{gate.All{gate.Bake{}, pause}}}, "stages[0].gates.during: must not wait for what is measured: before a stage begins nothing is, nor on the way to a step"},
		"counted":  {rollout.Gates{During: []gate.Gate{gate.Requests{Min: 1}}}, "stages[0].gates.during: must not wait for what is measured: before a stage begins nothing is, nor on the way to a step"},
		"no such":  {rollout.Gates{During: []gate.Gate{gate.Healthy{Signals: []string{"x"}}}}, "stages[0].gates.during: \"x\" is watched by a gate, but the stage has no such signal\nstages[0].gates.during: must not wait for what is measured: before a stage begins nothing is, nor on the way to a step"},
	} {
		p := under(t).m.Plan()
		p.Stages[0].Gates = c.gates
		_, err := rollout.Compile(p)
		if got := fmt.Sprint(err); err == nil && c.want != "" || err != nil && got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestPromise13GatesOfAllTheWay: nothing goes up that a gate forbids which the stage
// needs on all of its way, or a waiver that this gate allows; and what stands still
// gives the candidate no more of the traffic.
func TestPromise13GatesOfAllTheWay(t *testing.T) {
	drive(t, each(func(t *rapid.T, w *world, c call) {
		for _, e := range c.out.Events {
			if e.Stage == "" {
				continue
			}
			for _, g := range w.sim.m.Plan().Stages[w.index(e.Stage)].Gates.During {
				g := g.(shut)
				asked := map[rollout.EventKind]bool{
					rollout.EventBegan:   true,
					rollout.EventPassed:  g.When != gate.Continue && (g.Bound || !waived(w, c, e.Stage)),
					rollout.EventReached: g.When == gate.Pause && (g.Bound || !waived(w, c, e.Stage)),
				}
				if asked[e.Kind] && g.at(e.At) {
					t.Fatalf("%s at %s, and %+v is closed\n%s", e.Text, e.At, g, w.sim.trace.String())
				}
			}
		}
		for _, want := range changed(c) {
			i := w.index(want.Stage)
			before, st, o := strategy.Weight(0), &c.after.Stages[i], observed(c.in, want.Stage)
			if len(c.before.Stages) == 0 || !stands(&c.before.Stages[i]) || !stands(st) || st.Phase != rollout.Moving || c.before.Stages[i].Phase != rollout.Moving || o == nil || !o.Can.Split || o.Check() != nil {
				continue
			}
			for _, v := range o.Versions {
				if v.Version == want.Candidate.Version {
					before = v.Weight
				}
			}
			stable := int64(0)
			for _, v := range o.Versions {
				if v.Version == want.Stable.Version {
					stable = v.Ready
				}
			}
			if got := want.Allocation.Candidate.Weight; got > max(before, st.Still.Candidate.Weight) && stable >= max(1, o.Desired) {
				t.Fatalf("it stands still at %s, and the candidate is to have %s, not %s\n%s", before, got, st.Still.Candidate.Weight, w.sim.trace.String())
			}
		}
	}))
}

func stands(st *rollout.StageState) bool {
	return !st.Standing.From.IsZero() && st.Standing.To.IsZero()
}

// TestPromise12StandingStillIsTold: a stage that stands still has an end that is known or
// a gate that is named, and it is not stopped by a deadline.
func TestPromise12StandingStillIsTold(t *testing.T) {
	drive(t, each(func(t *rapid.T, w *world, c call) {
		for i, s := range w.sim.m.Plan().Stages {
			st := &c.after.Stages[i]
			if c.after.Outcome != "" || !stands(st) {
				continue
			}
			if st.Phase != rollout.Moving && st.Phase != rollout.Waiting {
				t.Fatalf("stage %s is %q and stands still", s.Name, st.Phase)
			}
			if c.out.Awaits == "" {
				t.Fatalf("stage %s stands still, and nothing is awaited", s.Name)
			}
			ends := slices.ContainsFunc(s.Gates.During, func(g gate.Gate) bool { return !c.out.Wake.After(g.(shut).To) })
			if !ends {
				t.Fatalf("stage %s stands still, and it sleeps until %s", s.Name, c.out.Wake)
			}
			for _, e := range c.out.Events {
				if e.Stage == s.Name && e.Kind == rollout.EventHold && strings.Contains(e.Text, "no progress") {
					t.Fatalf("it stands still: %s\n%s", e.Text, w.sim.trace.String())
				}
			}
		}
	}))
}
