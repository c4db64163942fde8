package conduct_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/conduct"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// host runs one rollout with a fleet that does at once what it is told.
type host struct {
	m     *rollout.Machine
	state rollout.State
	out   rollout.Output
	now   time.Time
	fleet []rollout.Version
	bad   float64 // of a thousand requests a minute
}

func newHost(t *testing.T, p rollout.Plan, serves string) *host {
	t.Helper()
	m, err := rollout.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	return &host{m: m, now: noon, fleet: []rollout.Version{{Version: serves, Instances: 4, Ready: 4, Weight: strategy.Full}}}
}

// decide goes on for a while with what is vouched for, which is always as of now.
func (h *host) decide(calls int, facts []gate.Vouched) {
	for range calls {
		in := rollout.Input{Now: h.now, Fleets: []rollout.Observed{{
			Stage: "prod", Desired: 4, Can: strategy.Can{Split: true}, Versions: slices.Clone(h.fleet),
		}}}
		for _, f := range facts {
			f.At = h.now
			in.Facts = append(in.Facts, f)
		}
		for _, a := range h.state.Ask {
			if !h.now.Before(a.Due) {
				in.Samples = append(in.Samples, health.Sample{
					Stage: a.Stage, Signal: a.Signal, Key: a.Key, From: a.From, To: h.now,
					Candidate: health.Arm{Exposure: 1000, Bad: h.bad},
				})
			}
		}
		h.state, h.out = h.m.Decide(h.state, in)
		for _, w := range h.out.Want {
			h.set(w.Stable.Version, w.Allocation.Stable)
			h.set(w.Candidate.Version, w.Allocation.Candidate)
		}
		h.now = h.now.Add(30 * time.Second)
	}
}

func (h *host) set(version string, share strategy.Share) {
	h.fleet = slices.DeleteFunc(h.fleet, func(v rollout.Version) bool { return v.Version == version })
	if share != (strategy.Share{}) {
		h.fleet = append(h.fleet, rollout.Version{Version: version, Instances: share.Instances, Ready: share.Instances, Weight: share.Weight})
	}
}

func (h *host) phase() rollout.Phase {
	if len(h.state.Stages) == 0 {
		return rollout.Pending
	}
	return h.state.Stages[0].Phase
}

func plan(t *testing.T, c *conduct.Conductor, step string) rollout.Plan {
	t.Helper()
	p, err := c.Rollout(step)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestDegradedGoesBackOnlyIntoTheHorizon: where the plan forgoes what is replaced, the rollout holds and asks; elsewhere it
// rolls back.
func TestDegradedGoesBackOnlyIntoTheHorizon(t *testing.T) {
	forgoes := plan(t, conductor(t, topics(), nil), "deploy v2")
	if !strings.Contains(forgoes.Release.Irreversible, "app@v1 is not in the horizon") || !strings.Contains(forgoes.Release.Irreversible, "nobody of app reads a message") {
		t.Errorf("irreversible: %q", forgoes.Release.Irreversible)
	}
	seen := conduct.Seen{Holds: []schema.Condition{maintained, proven}, Settled: []string{"deploy v2"}}
	for _, c := range []struct {
		name   string
		plan   rollout.Plan
		serves string
		holds  bool
	}{
		{"forgone", forgoes, "v1", true},
		{"in the horizon", plan(t, conductor(t, rename(), nil), "deploy v3"), "v2", false},
	} {
		h := newHost(t, c.plan, c.serves)
		h.decide(2, seen.Facts())
		if h.phase() == rollout.Pending {
			t.Fatalf("%s: it did not begin: %s", c.name, h.out.Awaits)
		}
		h.bad = 500
		h.decide(20, seen.Facts())
		switch hold := h.state.Hold; {
		case c.holds && (hold == nil || hold.Cause != rollout.CauseIrreversible || h.phase() == rollout.RollingBack):
			t.Errorf("%s: phase %s, hold %+v", c.name, h.phase(), hold)
		case !c.holds && h.state.Outcome != rollout.WentBack:
			t.Errorf("%s: phase %s, hold %+v", c.name, h.phase(), hold)
		}
	}
}

// TestRevokedFactClosesTheGate is v2 -> v1 -> v2 -> v3: v3 must not begin on what was proven before v1 ran again.
func TestRevokedFactClosesTheGate(t *testing.T) {
	c, w := conductor(t, rename(), nil), newWorld()
	p := plan(t, c, "deploy v3")
	begins := func() bool {
		h := newHost(t, p, "v2")
		h.decide(2, w.look(c).Facts())
		return h.phase() != rollout.Pending
	}
	w.World.Forms = []string{"a", "b"}
	w.leave("app@v2")
	if begins() {
		t.Error("it began before the backfill")
	}
	w.stale = false
	if !begins() {
		t.Error("it did not begin after the backfill")
	}
	w.leave("app@v1")
	if begins() {
		t.Error("it began while v1 ran")
	}
	w.write()
	w.leave("app@v2")
	if begins() {
		t.Error("it began on a fact that was revoked")
	}
	if n := c.Next(w.look(c)); n.Step != "backfill" {
		t.Errorf("next is %q", n.Step)
	}
	w.stale = false
	if !begins() {
		t.Error("it did not begin after the second backfill")
	}
	w.Settled = nil
	if begins() {
		t.Error("it began while the rollout of v2 could still go back")
	}
}

// TestBegunGoesOn: a stage that comes later does not ask again what the step needed: the version runs, and what it writes may
// have ended that.
func TestBegunGoesOn(t *testing.T) {
	p := plan(t, conductor(t, rename(), nil), "deploy v4")
	h := newHost(t, p, "v3")
	h.decide(2, nil)
	if h.phase() != rollout.Pending {
		t.Fatal("it began without its needs")
	}
	h.decide(2, conduct.Seen{World: schema.World{Running: []string{"app@v3", "app@v4"}}}.Facts())
	if h.phase() == rollout.Pending {
		t.Errorf("it waits for what the plan has passed: %s", h.out.Awaits)
	}
}

func TestStagesElsewhere(t *testing.T) {
	p, found := verified(rename())
	two := template()
	two.Stages = append([]rollout.Stage{{Name: "staging", Strategy: strategy.Recreate{}}}, two.Stages...)
	c, err := conduct.New(p, found, conduct.Options{Templates: map[string]rollout.Plan{"app": two}, Stages: []string{"prod"}})
	if err != nil {
		t.Fatal(err)
	}
	got := plan(t, c, "deploy v3")
	if len(got.Stages[0].Gates.Entry) != 0 || len(got.Stages[1].Gates.Entry) != 1 {
		t.Errorf("gates of staging %v, of prod %v", got.Stages[0].Gates.Entry, got.Stages[1].Gates.Entry)
	}
	if len(two.Stages[1].Gates.Entry) != 0 {
		t.Error("the template was changed")
	}
	_, err = conduct.New(p, found, conduct.Options{
		Templates: map[string]rollout.Plan{}, Stages: []string{"elsewhere"}, MaxAge: -1,
		Gates: map[string][]gate.Gate{"no step": {gate.Approval{}}, "drop a": {gate.Bake{For: -1}}},
	})
	for _, want := range []string{`stages[0]: "elsewhere" must be`, `templates["app"]`, "maxAge", "gates: must be of steps", `gates["drop a"][0].bake.for`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	if _, err := conduct.New(topics(), found, conduct.Options{}); err == nil {
		t.Error("the result of another plan was taken")
	}
	found.Safe = false
	if _, err := conduct.New(p, found, conduct.Options{}); err == nil || !strings.Contains(err.Error(), "not found safe") {
		t.Errorf("a plan that is not safe: %v", err)
	}
}

// TestMoreGates: what is added to a deployment is asked besides its needs, in every stage.
func TestMoreGates(t *testing.T) {
	c := conductor(t, rename(), map[string][]gate.Gate{"deploy v4": {gate.Fact{Name: "ticket"}}})
	h := newHost(t, plan(t, c, "deploy v4"), "v3")
	facts := conduct.Seen{World: schema.World{Running: []string{"app@v4"}}}.Facts()
	if h.decide(2, facts); h.phase() != rollout.Pending {
		t.Error("it began without the ticket")
	}
	if h.decide(2, append(facts, gate.Vouched{Name: "ticket"})); h.phase() == rollout.Pending {
		t.Errorf("it waits: %s", h.out.Awaits)
	}
}

func TestMove(t *testing.T) {
	c := conductor(t, rename(), nil)
	for _, m := range []struct{ after, from, to, wrong string }{
		{"deploy v3", "app@v3", "app@v2", ""},
		{"deploy v3", "app@v3", "app@v1", "after \"deploy v3\" app@v1 is not in the horizon: app@v3 reads null in b, but set was written"},
		{"drop a", "app@v4", "app@v3", "is not in the horizon"},
		{"proven", "app@v2", "app@v3", ""},
		{"proven", "app@v2", "app@v2", "two versions of one service"},
		{"proven", "app@v2", "app@v9", "two versions of one service"},
		{"never", "app@v2", "app@v3", "no step"},
	} {
		p, err := c.Move(m.after, m.from, m.to)
		switch {
		case m.wrong != "" && (err == nil || !strings.Contains(err.Error(), m.wrong)):
			t.Errorf("%v: error %v", m, err)
		case m.wrong == "" && (err != nil || "app@"+p.Release.Version != m.to || "app@"+p.Release.Replaces != m.from || p.Release.Irreversible != ""):
			t.Errorf("%v: %+v, %v", m, p.Release, err)
		}
	}
	// Nobody goes back to what was lost: not even the rollout that leaves it.
	if p, err := c.Move("drop a", "app@v3", "app@v4"); err != nil || p.Release.Irreversible == "" {
		t.Errorf("%+v, %v", p.Release, err)
	}
	if _, err := c.Rollout("drop a"); err == nil {
		t.Error("a step that deploys nothing has a rollout")
	}
}
