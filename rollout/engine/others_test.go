package engine

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

// unreadable is a store of which nothing can be read.
type unreadable struct{ Store }

func (unreadable) Load(context.Context, string) (rollout.State, error) {
	return rollout.State{}, errors.New("broken")
}

// One rollout waits until another has ended, with the same artifact.
func TestOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, ids := NewMemory(), []string{"first", "none"}
		p := plan("eu")
		p.Release.Digest = "sha256:1"
		second := plan("us")
		second.Release.Digest = "sha256:1"
		second.Stages[0].Gates.Entry = []gate.Gate{
			gate.Fact{Name: "rollout/first", Value: "completed"}, gate.Fact{Name: "digest/first", Digest: true},
		}
		e := engine(t, Options{
			Targets: map[string]Target{"eu": newFleet(4), "us": newFleet(4)}, Source: &traffic{},
			Store: store, Facts: Others(store, ids...),
		})
		stop := background(t, e, compile(t, second)) // its id is r
		time.Sleep(time.Minute)
		synctest.Wait()
		if s, _ := store.Load(t.Context(), "r"); s.Stages[0].Phase != rollout.Pending {
			t.Errorf("it went to %q before the other was there", s.Stages[0].Phase)
		}
		if s, err := e.Run(t.Context(), "first", compile(t, p)); err != nil || s.Outcome != rollout.Completed {
			t.Fatalf("%v: %q", err, s.Outcome)
		}
		time.Sleep(5 * time.Minute)
		if s, err := stop(); err != nil || s.Outcome != rollout.Completed {
			t.Errorf("%v: %q", err, s.Outcome)
		}

		facts, err := Others(store, "first", "none")(t.Context())
		want := []gate.Vouched{
			{Name: "rollout/first", Value: "completed", At: time.Now()},
			{Name: "digest/first", Value: "sha256:1", At: time.Now()},
			{Name: "rollout/first/eu", Value: "done", At: time.Now()},
		}
		if err != nil || !slices.Equal(facts, want) {
			t.Errorf("%v, %v", facts, err)
		}
		if facts, err := Others(unreadable{store}, "first")(t.Context()); err == nil || facts != nil {
			t.Errorf("%v, %v of a store that is broken", facts, err)
		}
	})
}

func TestStanding(t *testing.T) {
	for want, s := range map[string]rollout.State{
		"running": {}, "held": {Hold: &rollout.Hold{}, Paused: time.Now()}, "paused": {Paused: time.Now()},
		"rolledBack": {Outcome: rollout.WentBack},
	} {
		if got := standing(&s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	s := rollout.State{Stages: make([]rollout.StageState, 1)}
	s.Stages[0].Ledger.Stage = "eu"
	if got := vouchFor("x", &s, time.Time{}); len(got) != 2 || got[1] != (gate.Vouched{Name: "rollout/x/eu", Value: "pending"}) {
		t.Errorf("%v", got)
	}
}

// Whoever starts what the calendar never opens is told at once.
func TestNeverOpensIsTold(t *testing.T) {
	day := func(d time.Weekday) gate.Gate {
		return gate.Window{Open: []gate.Hours{{Days: 1 << d, From: 9 * time.Hour, To: 17 * time.Hour}}}
	}
	for want, gates := range map[string][]gate.Gate{
		"":            {day(time.Monday)},
		"never opens": {day(time.Monday), day(time.Sunday)},
	} {
		var log strings.Builder
		p := plan("eu")
		p.Stages[0].Gates.During = gates
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		e := engine(t, Options{Targets: map[string]Target{"eu": newFleet(1)}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		_, _ = e.Run(ctx, "r", compile(t, p))
		if text := log.String(); want == "" && text != "" || !strings.Contains(text, want) || want != "" && !strings.Contains(text, "gates=gates.during") {
			t.Errorf("%d windows: %q", len(gates), text)
		}
	}
}
