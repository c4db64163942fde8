package exposure_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/rollout/engine"
	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
	"github.com/seed-20fe5ead/gradatim/toggle/exposure"
)

const flags = `{
  "flags": {
    "one-page-checkout": {
      "kind": "ops", "owner": "checkout", "enabled": true,
      "rollout": {"serve": "on"}
    },
    "one-page-checkout-mirror": {
      "kind": "ops", "owner": "checkout", "enabled": true,
      "rollout": {"serve": "on"}
    }
  }
}
`

// requests is a source: every request is answered well.
type requests struct{}

func (requests) Sample(_ context.Context, asks []health.Ask) (all []health.Sample, err error) {
	for _, a := range asks {
		if now := time.Now(); !now.Before(a.Due) {
			well := health.Arm{Exposure: 1000}
			all = append(all, health.Sample{Stage: a.Stage, Signal: a.Signal, Key: a.Key, From: a.From, To: now, Candidate: well, Stable: well})
		}
	}
	return all, nil
}

func plan() rollout.Plan {
	return rollout.Plan{
		Release: rollout.Release{Name: "one-page-checkout", Version: "one page", Replaces: "three pages"},
		Stages: []rollout.Stage{{
			Name: "web",
			Strategy: strategy.Canary{
				Weights: []strategy.Weight{100, 1000, strategy.Full},
				Sticky:  strategy.Sticky{Source: strategy.User, Name: "id"},
			},
			Gates: rollout.Gates{At: map[string][]gate.Gate{
				"1%":  {gate.Requests{Min: 2000}},
				"10%": {gate.Requests{Min: 2000}},
			}},
		}},
		Health: health.Policy{Signals: []health.Signal{{
			Name: "errors", Every: 200 * time.Millisecond, WarmUp: -1,
			Judge: health.Compare{Bad: "errors", Total: "users", Unit: "user"}, On: health.Reactions{Degraded: health.Rollback},
		}}},
		Poll: 50 * time.Millisecond,
	}
}

// A flag in a file is brought from nobody to everybody, and a client that reads the file
// follows.
func Example() {
	dir, err := os.MkdirTemp("", "flags")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path, ctx := filepath.Join(dir, "flags.json"), context.Background()
	if err := os.WriteFile(path, []byte(flags), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	users, err := client.New(client.Options{Source: &client.File{Path: path}})
	if err != nil {
		fmt.Println(err)
		return
	}
	target := &exposure.Target{Store: exposure.File{Path: path}, Flag: "one-page-checkout", Stable: "three pages"}
	m, err := rollout.Compile(plan())
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := engine.New(engine.Options{
		Targets: map[string]engine.Target{"web": target}, Source: requests{},
		OnDecision: func(_ rollout.State, _ rollout.Input, out rollout.Output) {
			for _, event := range out.Events {
				if event.Kind == rollout.EventReached && users.Refresh(ctx) == nil {
					fmt.Println(event.Text, "-", count(users), "of 10000 users")
				}
			}
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	state, err := e.Run(ctx, "one-page-checkout", m)
	fmt.Println(state.Outcome, err, target.Settle(ctx))
	// Output:
	// step 1% is reached: 1% of the traffic - 93 of 10000 users
	// step 10% is reached: 10% of the traffic - 1025 of 10000 users
	// step 100% is reached: 100% of the traffic - 10000 of 10000 users
	// completed <nil> <nil>
}

// count is how many users have the new page.
func count(flags *client.Client) (n int) {
	for i := range 10_000 {
		if flags.Bool("one-page-checkout", &toggle.Subject{Key: fmt.Sprint("user-", i)}, false) {
			n++
		}
	}
	return n
}

// The flag's algorithm and the way to its goal say how small a step can be.
func ExampleTarget_Check() {
	target := &exposure.Target{Store: exposure.NewMemory([]byte(flags), nil), Flag: "one-page-checkout", Goal: 20}
	fmt.Println("the goal is", target.Goal)
	fmt.Println(target.Check(context.Background(), strategy.Canary{Weights: []strategy.Weight{100, 5000, strategy.Full}}))
	// Output:
	// the goal is 0.002%
	// steps[0].weight: "1%" must be another exposure than step stable: both are 0%
}

// The flag in memory is that of a running client.
func ExampleNewMemory() {
	var source client.Memory
	source.Set([]byte(flags))
	users, _ := client.New(client.Options{Source: &source})
	target := &exposure.Target{Store: exposure.NewMemory([]byte(flags), source.Set), Flag: "one-page-checkout"}
	half := rollout.Want{
		Stable: rollout.Artifact{Version: "0%"}, Candidate: rollout.Artifact{Version: "100%"},
		Allocation: strategy.Allocation{Stable: strategy.Share{Weight: 5000}, Candidate: strategy.Share{Weight: 5000}},
	}
	fmt.Println(target.Apply(context.Background(), half), users.Refresh(context.Background()), count(users))
	// Output: <nil> <nil> 5023
}

// The new work runs beside the old for those whom the mirror's flag admits, and nobody sees
// its answer.
func ExampleShadow() {
	s, _ := toggle.Load([]byte(flags), toggle.Options{})
	mirror, _ := s.With(toggle.Changes{Overrides: map[string]toggle.Override{"one-page-checkout-mirror": {Variant: "on"}}})
	shadow := exposure.Shadow[string]{Same: func(stable, candidate string) bool { return stable == candidate }}
	user := &toggle.Subject{Key: "user-17"}
	total, err := shadow.Do(context.Background(), mirror.Bool("one-page-checkout-mirror", user, time.Now(), false),
		func(context.Context) (string, error) { return "12.50", nil },
		func(context.Context) (string, error) { panic("not yet") },
	)
	shadow.Wait()
	fmt.Println(total, err, shadow.Count(exposure.Failed), exposure.Failed)
	// Output: 12.50 <nil> 1 failed
}
