package exposure

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/rollout/engine"
	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// trial is a plan of an experiment: half of those who take part get the treatment until
// their orders are proven to be no fewer, and then everybody does.
func trial() rollout.Plan {
	return rollout.Plan{
		Release: rollout.Release{Name: "test", Version: "treatment", Replaces: "control"},
		Stages: []rollout.Stage{{
			Name: "web", GateDeadline: 2 * 24 * time.Hour,
			Strategy: strategy.Canary{Weights: []strategy.Weight{5000, strategy.Full}, Sticky: strategy.Sticky{Source: strategy.User, Name: "id"}},
			Gates:    rollout.Gates{At: map[string][]gate.Gate{"50%": {Proven{Signal: "orders"}}}},
		}},
		Health: health.Policy{Readiness: health.Readiness{Every: time.Hour}, Signals: []health.Signal{{
			Name: "orders", Every: time.Hour, WarmUp: -1, On: health.Reactions{Degraded: health.Rollback},
			Judge: health.Compare{Total: "orders", Per: health.PerShare, Fewer: true, Margin: 1.1, Unit: "user", Dispersion: 1},
		}}},
		Poll: time.Minute,
	}
}

// shoppers are users who come for the first time, so many an hour, and order or do not: of
// each variant so many in a hundred. It drives nothing by chance.
func shoppers(ctx context.Context, store Store, tally *Tally, perHour int, rate map[string]int) {
	arrived := map[string]int{}
	for hour := 0; pause(ctx, 30*time.Minute); hour++ {
		data, _, _ := store.Load(ctx)
		s, _ := toggle.Load(data, toggle.Options{})
		arms, err := NewArms(s, "test")
		if err != nil {
			panic(err)
		}
		for i := range perHour {
			user := &toggle.Subject{Key: fmt.Sprint("user-", hour*perHour+i)}
			r := s.Evaluate("test", user, time.Now())
			if arrived[r.Variant]++; arrived[r.Variant]*rate[r.Variant]/100 > (arrived[r.Variant]-1)*rate[r.Variant]/100 {
				tally.Add("orders", arms.Of(user, r), 1)
			}
		}
		pause(ctx, 30*time.Minute)
	}
}

// pause says whether a time has passed before ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// TestExperiment: the sequential judge decides by what users of either variant do, and the
// flag is then what was decided; where it cannot it asks.
func TestExperiment(t *testing.T) {
	for _, c := range []struct {
		name    string
		perHour int
		rate    int // of the treatment; the control has 20
		outcome rollout.Outcome
		serves  string // what those get who take part, and then the others
		others  string
	}{
		{"better", 5_000, 24, rollout.Completed, "treatment", "treatment"},
		{"harmful", 5_000, 16, rollout.WentBack, "control", "control"},
		{"nobody knows", 30, 20, "", "both", "control"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := NewMemory([]byte(flags(`{"serve": "on"}`)), nil)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				tally := &Tally{}
				go shoppers(ctx, store, tally, c.perHour, map[string]int{"control": 20, "treatment": c.rate})
				target := &Target{Store: store, Flag: "test", Stable: "control"}
				stop := func(s rollout.State, _ rollout.Input, _ rollout.Output) {
					if s.Hold != nil {
						cancel()
					}
				}
				o := engine.Options{Targets: map[string]engine.Target{"web": target}, Source: tally, OnDecision: stop}
				s, err := drive(ctx, t, o, compile(t, trial()))
				if c.outcome != "" {
					must(t, err)
				}
				if s.Outcome != c.outcome || (s.Hold != nil) != (c.outcome == "") {
					t.Errorf("%v: %s, hold %+v", err, s.Outcome, s.Hold)
				}
				took := s.Clock.Sub(s.Started)
				if c.outcome == "" && (s.Hold.Cause != rollout.CauseDeadline || took < 2*24*time.Hour) {
					t.Errorf("it holds because of %s after %v", s.Hold.Cause, took)
				}
				serves(t, snapshot(t, store), c.serves, c.others)
				cancel()
			})
		})
	}
}

// serves checks what those get who take part in the experiment at 20 %, and what the others.
func serves(t *testing.T, s *toggle.Snapshot, inside, others string) {
	t.Helper()
	whole, err := toggle.Load([]byte(flags(`{"serve": "on"}`)), toggle.Options{})
	if whole == nil {
		t.Fatal(err)
	}
	f, _ := whole.Flag("test")
	l, err := newLever(f, "test", "")
	must(t, err)
	in, err := l.alone("treatment", 200_000)
	must(t, err)
	got := map[bool]map[string]int{true: {}, false: {}}
	for i := range many {
		sub := &toggle.Subject{Key: fmt.Sprint("user-", i)}
		part := in.Evaluate("test", sub, time.Time{}).Variant == "treatment"
		got[part][s.Evaluate("test", sub, time.Time{}).Variant]++
	}
	if inside == "both" {
		if n := got[true]; n["control"] < 800 || n["treatment"] < 800 {
			t.Errorf("who takes part gets %v", n)
		}
	} else if n := got[true]; len(n) != 1 || n[inside] == 0 {
		t.Errorf("who takes part gets %v, not %s", n, inside)
	}
	if n := got[false]; len(n) != 1 || n[others] == 0 {
		t.Errorf("the others get %v, not %s", n, others)
	}
}

// TestTreatmentGrows: users only join the treatment as its part grows, up to everybody, and
// the way back gives the control to all.
func TestTreatmentGrows(t *testing.T) {
	store := NewMemory([]byte(flags(`{"serve": "on"}`)), nil)
	target := &Target{Store: store, Flag: "test", Stable: "1.0"}
	before := map[string]bool{}
	for i, w := range []strategy.Weight{0, 1, 500, 5000, 9999, strategy.Full} {
		must(t, target.Apply(t.Context(), want(uint64(i+1), w)))
		if got, wanted := shown(t, target), fmt.Sprintf("1.0 %v, 2.0 %v", strategy.Full-w, w); got != wanted {
			t.Errorf("%s, not %s", got, wanted)
		}
		in := members(snapshot(t, store), "test", "treatment", many)
		if key := missing(before, in); key != "" {
			t.Errorf("%s had the treatment below %v", key, w)
		}
		before = in
	}
	if len(before) != many {
		t.Errorf("%d have it", len(before))
	}
	must(t, target.Apply(t.Context(), want(9, 0)))
	if n := len(members(snapshot(t, store), "test", "control", many)); n != many {
		t.Errorf("%d have the control", n)
	}
	if r := rolloutOf(t, store, "test"); r.Exposure != 200_000 || len(r.Split) != 2 {
		t.Errorf("%+v", r)
	}
}

// TestABTest: a cohort sees the candidate until a person decides, and then everybody or
// nobody does.
func TestABTest(t *testing.T) {
	for kind, c := range map[rollout.CommandKind]struct {
		outcome rollout.Outcome
		share   bucket.Share
	}{
		rollout.Promote: {rollout.Completed, 1_000_000}, rollout.RollBack: {rollout.WentBack, 0}, rollout.Keep: {rollout.Completed, 300_000},
	} {
		synctest.Test(t, func(t *testing.T) {
			store := NewMemory([]byte(flags(`{"serve": "on"}`)), nil)
			target := &Target{Store: store, Flag: "new", Stable: "1.0"}
			p := ladder()
			p.Stages[0].Strategy, p.Stages[0].Gates = strategy.ABTest{Share: 3000}, rollout.Gates{}
			source := &always{bad: func() float64 { return 0 }}
			e, err := engine.New(engine.Options{Targets: map[string]engine.Target{"web": target}, Source: source})
			must(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			go func() {
				time.Sleep(10 * time.Minute)
				if e := exposureOf(t, store); e != 300_000 {
					t.Errorf("%v see it before the decision", e)
				}
				must(t, e.Submit(ctx, "r", rollout.Command{ID: "c", Kind: kind, By: "sam", Stage: "web"}))
			}()
			s, err := e.Run(ctx, "r", compile(t, p))
			if err != nil || s.Outcome != c.outcome || exposureOf(t, store) != c.share {
				t.Errorf("%s: %v, %s at %v", kind, err, s.Outcome, exposureOf(t, store))
			}
		})
	}
}
