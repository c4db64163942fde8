package exposure

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// TestGood: a way back leads to where the rollout began, and the next one begins where the
// last one ended.
func TestGood(t *testing.T) {
	store := NewMemory([]byte(flags(`{"exposure": "10%", "serve": "on"}`)), nil)
	made := func() *Target { return &Target{Store: store, Flag: "new", Stable: "1.0"} }
	if got := shown(t, made()); got != "1.0 100%" {
		t.Errorf("before: %s", got)
	}
	for _, step := range []struct {
		seq   uint64
		w     strategy.Weight
		share bucket.Share
		shown string
	}{
		{1, 0, 100_000, "1.0 100%, 2.0 0%"},
		{2, 1, 100_090, "1.0 99.99%, 2.0 0.01%"},
		{3, 5000, 550_000, "1.0 50%, 2.0 50%"},
		{4, 0, 100_000, "1.0 100%, 2.0 0%"},
		{5, 10000, 1_000_000, "1.0 0%, 2.0 100%"},
	} {
		must(t, made().Apply(t.Context(), want(step.seq, step.w)))
		if r := rolloutOf(t, store, "new"); r.Exposure != step.share || r.Good != 100_000 {
			t.Errorf("at %v: exposure %v, good %v", step.w, r.Exposure, r.Good)
		}
		if got := shown(t, made()); got != step.shown {
			t.Errorf("at %v: %s", step.w, got)
		}
	}
	must(t, made().Settle(t.Context()))
	if r := rolloutOf(t, store, "new"); r.Good != bucket.Everybody || *r.Progress != (toggle.Progress{Stable: "2.0", Epoch: 1, Seq: 5}) {
		t.Errorf("%+v, %+v", r, *r.Progress)
	}
	if got := shown(t, made()); got != "2.0 100%" {
		t.Errorf("settled: %s", got)
	}
	if err := made().Apply(t.Context(), want(6, 0)); err == nil || !strings.Contains(err.Error(), "stable is 2.0, not 1.0") {
		t.Errorf("a want of the rollout that was settled: %v", err)
	}
}

// TestNext: the rollout after one that was completed, rolled back or left half-way begins
// with what is served, whether anybody settled it or not.
func TestNext(t *testing.T) {
	for _, c := range []struct {
		name          string
		last          strategy.Weight
		settle        bool
		stable        string
		good, reached bucket.Share
		err           string
	}{
		{"completed", strategy.Full, false, "2.0", 500_000, 750_000, ""},
		{"completed and settled", strategy.Full, true, "2.0", 500_000, 750_000, ""},
		{"rolled back", 0, false, "1.0", 100_000, 550_000, ""},
		{"rolled back and settled", 0, true, "1.0", 100_000, 550_000, ""},
		{"superseded", 5000, false, "1.0", 100_000, 550_000, ""},
		{"superseded by what it is not", 5000, false, "2.0", 100_000, 300_000, "between good and goal"},
		{"after another", strategy.Full, false, "1.5", 100_000, 500_000, "stable is 1.0, not 1.5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := NewMemory([]byte(flags(`{"exposure": "10%", "serve": "on"}`)), nil)
			target := &Target{Store: store, Flag: "new", Stable: "1.0", Goal: 500_000}
			must(t, target.Apply(t.Context(), want(1, c.last)))
			if c.settle {
				must(t, target.Settle(t.Context()))
			}
			target.Goal = 0
			w := want(1, 5000)
			w.Fence.Epoch, w.Stable.Version, w.Candidate.Version = 2, c.stable, "3.0"
			err := target.Apply(t.Context(), w)
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%v, not %q", err, c.err)
			}
			if r := rolloutOf(t, store, "new"); r.Good != c.good || r.Exposure != c.reached {
				t.Errorf("good %v, exposure %v", r.Good, r.Exposure)
			}
		})
	}
}

// TestUnderway: what is between good and goal is not settled.
func TestUnderway(t *testing.T) {
	store := NewMemory([]byte(flags(`{"serve": "on"}`)), nil)
	target := &Target{Store: store, Flag: "new"}
	must(t, target.Settle(t.Context())) // there is nothing to settle
	w := want(1, 5000)
	w.Stable.Version = "0%"
	must(t, target.Apply(t.Context(), w))
	if err := target.Settle(t.Context()); !errors.Is(err, ErrUnderway) {
		t.Error(err)
	}
}

// TestFences: a want that is late is refused by any target of the flag, and changes nothing;
// the newest may come again, and then nothing is saved.
func TestFences(t *testing.T) {
	saves := 0
	store := NewMemory([]byte(flags(`{"serve": "on"}`)), func([]byte) { saves++ })
	made := func() *Target { return &Target{Store: store, Flag: "new", Stable: "1.0"} }
	must(t, made().Apply(t.Context(), want(7, 5000)))
	must(t, made().Apply(t.Context(), want(7, 5000)))
	if saves != 1 {
		t.Errorf("%d saves", saves)
	}
	late := want(6, strategy.Full)
	if err := made().Apply(t.Context(), late); !errors.Is(err, ErrLate) {
		t.Error(err)
	}
	late.Fence = rollout.Fence{Epoch: 0, Seq: 99}
	if err := made().Apply(t.Context(), late); !errors.Is(err, ErrLate) {
		t.Error(err)
	}
	o, err := made().Observe(t.Context())
	if err != nil || o.Fence != (rollout.Fence{Epoch: 1, Seq: 7}) || exposureOf(t, store) != 500_000 {
		t.Errorf("%v: %v, at %v", err, o.Fence, exposureOf(t, store))
	}
}

// TestRefused: what cannot be is refused by Observe, or by Apply before it changes anything.
func TestRefused(t *testing.T) {
	progress := `"good": "10%", "progress": {"stable": "1.0", "candidate": "2.0", "goal": "50%", "epoch": 1, "seq": 1}`
	for _, c := range []struct{ rollout, flag, observe string }{
		{`{"serve": "on"}`, "no", "flags.no: is not there"},
		{`{"serve": "on"}`, "broken", "flags.broken.unknown"},
		{`{"serve": "on"}, "schedule": [{"at": "2030-01-01T00:00:00Z", "enabled": false}]`, "new", "flags.new.schedule: must be empty"},
		{`{"serve": "on"}, "environments": {"eu": {}}`, "new", "flags.new.environments.eu.enabled: false must be true"},
		{`{"serve": "on"}`, "new", "flags.new.environments.eu: must be given"},
		{`{"serve": "on"}, "rules": [{"name": "rollout", "serve": "on"}]`, "new", "flags.new.rules[0].name: \"rollout\" must be another one"},
		{`{"serve": "on"}, "prerequisites": [{"flag": "new", "variants": ["on"]}]`, "new", "flags.new.prerequisites"},
		{`{"serve": "off"}`, "new", "flags.new.rollout.serve: \"off\" must not be the default variant"},
		{`{"serve": "no"}`, "new", "flags.new.rollout.serve"},
		{`{"exposure": "5%", "serve": "on", ` + progress + `}`, "new", `flags.new.rollout.exposure: 5% is not from 10% to 50%`},
		{`{"exposure": "51%", "serve": "on", ` + progress + `}`, "new", `flags.new.rollout.exposure: 51% is not from 10% to 50%`},
		{`{"split": [{"variant": "on", "weight": 1}, {"variant": "off", "weight": 1}]}`, "new", "must give all to the control"},
		{`{"split": [{"variant": "on", "weight": 1}]}`, "new", "must have two parts"},
	} {
		store := NewMemory([]byte(flags(c.rollout)), nil)
		target := &Target{Store: store, Flag: c.flag, Stable: "1.0"}
		if strings.Contains(c.observe, "environments") {
			target.Environment = "eu"
		}
		if _, err := target.Observe(t.Context()); err == nil || !strings.Contains(err.Error(), c.observe) {
			t.Errorf("%s: %v, not %s", c.rollout, err, c.observe)
		}
	}
	for name, spoil := range map[string]func(*rollout.Want){
		"routes": func(w *rollout.Want) { w.Routes, w.Allocation.Routed = make([]strategy.Route, 1), true },
		"allocation": func(w *rollout.Want) {
			w.Leftovers = []rollout.Leftover{{Version: "0.9", Share: strategy.Share{Weight: 1}}}
			w.Allocation.Stable.Weight--
		},
		"mirror":            func(w *rollout.Want) { w.Allocation.Mirror = 1 },
		"candidate.version": func(w *rollout.Want) { w.Candidate = w.Stable },
		"stable is 1.0":     func(w *rollout.Want) { w.Stable.Version = "0.9" },
	} {
		store := NewMemory([]byte(flags(`{"serve": "on"}`)), func([]byte) { t.Errorf("%s was saved", name) })
		w := want(1, 5000)
		spoil(&w)
		if err := (&Target{Store: store, Flag: "new", Stable: "1.0"}).Apply(t.Context(), w); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	store := NewMemory([]byte(flags(`{"exposure": "50%", "serve": "on"}`)), nil)
	err := (&Target{Store: store, Flag: "new", Goal: 500_000, Stable: "1.0"}).Apply(t.Context(), want(1, 1))
	if err == nil || !strings.Contains(err.Error(), "goal: 50% must be above 50%") {
		t.Error(err)
	}
}

// TestEnvironment: only the settings of the environment are moved; those that are in force
// everywhere only if no environment is named, and then no environment's own.
func TestEnvironment(t *testing.T) {
	eu := `"environments": {"eu": {"enabled": true, "rollout": {"serve": "on"}}}`
	store := NewMemory([]byte(flags(`{"exposure": "3%", "serve": "on"}, `+eu)), nil)
	for _, c := range []struct {
		env         string
		eu, general bucket.Share
	}{{"eu", 300_000, 30_000}, {"", 300_000, 321_000}} {
		target := &Target{Store: store, Flag: "new", Environment: c.env, Stable: "1.0"}
		must(t, target.Apply(t.Context(), want(1, 3000)))
		f, _ := snapshot(t, store).Flag("new")
		if f.Rollout.Exposure != c.general || f.Environments["eu"].Rollout.Exposure != c.eu {
			t.Errorf("%q: %v, and %v in eu", c.env, f.Rollout.Exposure, f.Environments["eu"].Rollout.Exposure)
		}
	}
}

// TestCheck: steps that would be one exposure are told before the start.
func TestCheck(t *testing.T) {
	staff := strategy.Route{Source: strategy.User, Name: "staff", Value: "yes"}
	canary := func(w ...strategy.Weight) strategy.Strategy { return strategy.Canary{Weights: w} }
	for _, c := range []struct {
		name string
		t    Target
		s    strategy.Strategy
		want string
	}{
		{"fine", Target{}, canary(1, 100, 10000), ""},
		{"narrow", Target{Goal: 50}, canary(1, 10000), "steps[0].weight: 0.01% must be another exposure than step stable: both are 0%"},
		{"unreachable", Target{Goal: 3}, canary(4000, 7000, 10000), "steps[1].weight: 70% must be one that the flag can have"},
		{"few take part", Target{Flag: "test", Goal: 100_000}, strategy.ABTest{}, "flags.test.rollout.goal: 10% must be at least 20%"},
		{"narrower", Target{Goal: 3}, canary(4000, 5000, 10000), "steps[1].weight: 50% must be another exposure than step 40%: both are 0.0001%"},
		{"routes", Target{}, strategy.ABTest{Routes: []strategy.Route{staff}}, "steps[0].routes: must be none"},
		{"mirror", Target{}, strategy.DarkLaunch{}, "steps[0].mirror: 10% must be 0%"},
		{"mirrors", Target{Mirror: "new-mirror"}, strategy.DarkLaunch{}, ""},
		{"ab", Target{}, strategy.ABTest{}, ""},
		{"experiment", Target{Flag: "test"}, strategy.ABTest{}, ""},
	} {
		c.t.Store = NewMemory([]byte(flags(`{"serve": "on"}`)), nil)
		if c.t.Flag == "" {
			c.t.Flag = "new"
		}
		err := c.t.Check(t.Context(), c.s)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(strings.ReplaceAll(err.Error(), `"`, ""), c.want) {
			t.Errorf("%s: %v, not %q", c.name, err, c.want)
		}
	}
}

// TestSince: the settings say since when the exposure is what it is; a new fence alone
// changes nothing of that.
func TestSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewMemory([]byte(flags(`{"serve": "on"}`)), nil)
		target, began := &Target{Store: store, Flag: "new", Stable: "1.0"}, time.Now()
		for i, after := range []time.Duration{0, 0, 2 * time.Hour} {
			must(t, target.Apply(t.Context(), want(uint64(i+1), []strategy.Weight{5000, 5000, strategy.Full}[i])))
			if f, _ := snapshot(t, store).Flag("new"); !f.Since.Equal(began.Add(after)) {
				t.Errorf("%d: since %v", i, f.Since)
			}
			time.Sleep(time.Hour)
		}
	})
}

// TestCheckNext: after a rollout that was completed the way of the next one is checked, which
// begins where that one ended.
func TestCheckNext(t *testing.T) {
	store := NewMemory([]byte(flags(`{"serve": "on"}`)), nil)
	must(t, (&Target{Store: store, Flag: "new", Stable: "1.0", Goal: 500_000}).Apply(t.Context(), want(1, strategy.Full)))
	steps := strategy.Canary{Weights: []strategy.Weight{5000, strategy.Full}}
	must(t, (&Target{Store: store, Flag: "new"}).Check(t.Context(), steps))
	err := (&Target{Store: store, Flag: "new", Goal: 500_001}).Check(t.Context(), steps)
	if err == nil || !strings.Contains(err.Error(), "must be another exposure than step stable: both are 50%") {
		t.Error(err)
	}
}

// TestExperimentMoved: an experiment does not begin with a goal below who takes part, and
// whoever moves that by hand is seen.
func TestExperimentMoved(t *testing.T) {
	store := NewMemory([]byte(flags(`{"serve": "on"}`)), func([]byte) {})
	err := (&Target{Store: store, Flag: "test", Stable: "1.0", Goal: 100_000}).Apply(t.Context(), want(1, strategy.Full))
	if err == nil || !strings.Contains(err.Error(), "must be at least 20%") {
		t.Error(err)
	}
	target := &Target{Store: store, Flag: "test", Mirror: "new-mirror", Stable: "1.0"}
	must(t, target.Apply(t.Context(), want(1, 5000)))
	data, rev, _ := store.Load(t.Context())
	must(t, store.Save(t.Context(), []byte(strings.Replace(string(data), `"serve": "on"}},`, `"serve": "on", "exposure": "0.0001%"}},`, 1)), rev))
	if o, err := target.Observe(t.Context()); err != nil || o.Mirror != 1 {
		t.Errorf("%v is mirrored: %v", o.Mirror, err)
	}
	must(t, store.Save(t.Context(), []byte(strings.Replace(string(data), `"exposure": "20%"`, `"exposure": "30%"`, 1)), latest(t, store)))
	if _, err := target.Observe(t.Context()); err == nil || !strings.Contains(err.Error(), "30% is not 20%: somebody else has moved it") {
		t.Error(err)
	}
}

// latest is the revision that a store has now.
func latest(t *testing.T, s Store) string {
	t.Helper()
	_, rev, err := s.Load(t.Context())
	must(t, err)
	return rev
}
