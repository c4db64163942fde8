package engine_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/rollout/engine"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// function is a target without instances: one name with a weight for each version,
// as cloud functions have.
type function struct {
	mu      sync.Mutex // Observe and Apply may run at the same time
	weights map[string]strategy.Weight
}

func (f *function) Observe(context.Context) (rollout.Observed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := rollout.Observed{Can: strategy.Can{Split: true, Unlimited: true}}
	for _, version := range []string{"1.0", "2.0"} {
		o.Versions = append(o.Versions, rollout.Version{Version: version, Weight: f.weights[version]})
	}
	return o, nil
}

func (f *function) Apply(_ context.Context, w rollout.Want) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.weights = map[string]strategy.Weight{
		w.Stable.Version:    w.Allocation.Stable.Weight,
		w.Candidate.Version: w.Allocation.Candidate.Weight,
	}
	return nil
}

// counters is a source: here everything is always well.
type counters struct{}

func (counters) Sample(_ context.Context, asks []health.Ask) ([]health.Sample, error) {
	var samples []health.Sample
	for _, a := range asks {
		if now := time.Now(); !now.Before(a.Due) {
			samples = append(samples, health.Sample{
				Stage: a.Stage, Signal: a.Signal, Key: a.Key, From: a.From, To: now,
				Candidate: health.Arm{Exposure: 500, Bad: 1}, Stable: health.Arm{Exposure: 500, Bad: 1},
			})
		}
	}
	return samples, nil
}

func Example() {
	m, err := rollout.Compile(rollout.Plan{
		Release: rollout.Release{Name: "checkout", Version: "2.0", Replaces: "1.0"},
		Stages: []rollout.Stage{{
			Name:     "eu",
			Strategy: strategy.Canary{Weights: []strategy.Weight{1000, strategy.Full}},
			Gates:    rollout.Gates{Step: []gate.Gate{gate.Requests{Min: 400}}},
		}},
		Health: health.Policy{Signals: []health.Signal{{
			Name: "errors", Every: time.Second, WarmUp: -1,
			Judge: health.Threshold{Bad: "errors", Total: "requests", Max: 0.01, MinSample: 100},
			On:    health.Reactions{Degraded: health.Rollback},
		}}},
		Poll: 100 * time.Millisecond,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := engine.New(engine.Options{
		Targets: map[string]engine.Target{"eu": &function{weights: map[string]strategy.Weight{"1.0": strategy.Full}}},
		Source:  counters{},
		OnDecision: func(_ rollout.State, _ rollout.Input, out rollout.Output) {
			for _, event := range out.Events {
				fmt.Println(event.Kind, event.Text)
			}
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	state, err := e.Run(context.Background(), "checkout-2.0", m)
	fmt.Println(state.Outcome, err)
	// Output:
	// started release checkout 2.0 starts through 1 stage
	// began stage eu begins with 2.0: it replaces 1.0
	// moving moving to step 10%: 10% of the traffic
	// reached step 10% is reached: 10% of the traffic
	// passed step 10% is passed
	// moving moving to step 100%: 100% of the traffic
	// reached step 100% is reached: 100% of the traffic
	// passed step 100% is passed
	// done stage eu is done: 2.0 serves
	// completed release checkout 2.0 is everywhere
	// completed <nil>
}

// An order is given from another process than the one that runs the rollout.
func ExampleDir_Submit() {
	path, err := os.MkdirTemp("", "deploys")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(path)
	store, err := engine.OpenDir(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	order := rollout.Command{ID: "ticket-4711", Kind: rollout.Pause, By: "sam", Reason: "the database is being moved"}
	for range 2 { // giving it twice is harmless
		if err := store.Submit(context.Background(), "checkout-2.0", order); err != nil {
			fmt.Println(err)
		}
	}
	pending, err := store.Pending(context.Background(), "checkout-2.0")
	for _, c := range pending {
		fmt.Println(c.Kind, "by", c.By+":", c.Reason)
	}
	fmt.Println(err)
	// Output:
	// pause by sam: the database is being moved
	// <nil>
}
