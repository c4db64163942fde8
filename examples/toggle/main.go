// Command toggle brings a feature flag from 10 % of the users to all of them, by the plan,
// the gates and the evidence that a deployment would have: at first with a release that
// cannot bear the load, which goes back to where it was, and then with one that can.
//
// The flag is in a file, which a client reads as any program would. It takes some seconds.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
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

const name = "one-page-checkout"

const flags = `{
  "flags": {
    "one-page-checkout": {
      "kind": "release", "owner": "checkout", "expires": "2030-01-01T00:00:00Z", "enabled": true,
      "rollout": {"exposure": "10%", "serve": "on"}
    }
  }
}
`

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	dir, err := os.MkdirTemp("", "toggle")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "flags.json")
	if err := os.WriteFile(path, []byte(flags), 0o644); err != nil {
		return err
	}
	for _, release := range []string{"2.0", "2.1"} {
		if err := roll(ctx, out, path, release); err != nil {
			return err
		}
	}
	return nil
}

// plan brings a release to everybody, with two looks on the way.
func plan(release string) rollout.Plan {
	few := []gate.Gate{gate.Requests{Min: 1000}}
	return rollout.Plan{
		Release: rollout.Release{Name: name, Version: release, Replaces: "1.0"},
		Stages: []rollout.Stage{{
			Name: "web",
			Strategy: strategy.Canary{
				Weights: []strategy.Weight{1000, 5000, strategy.Full}, Sticky: strategy.Sticky{Source: strategy.User, Name: "id"},
			},
			Gates: rollout.Gates{At: map[string][]gate.Gate{"10%": few, "50%": few}},
		}},
		Health: health.Policy{Signals: []health.Signal{{
			Name: "orders", Every: 200 * time.Millisecond, MaxGap: 5 * time.Second, WarmUp: -1,
			Judge: health.Compare{Bad: "failed", Total: "users", Unit: "user", Dispersion: 1},
			On:    health.Reactions{Degraded: health.Rollback},
		}}},
		Poll: 50 * time.Millisecond,
	}
}

// roll carries one release out, and tells what became of it.
func roll(ctx context.Context, out io.Writer, path, release string) error {
	shop, err := client.New(client.Options{Source: &client.File{Path: path}})
	if err != nil {
		return err
	}
	m, err := rollout.Compile(plan(release))
	if err != nil {
		return err
	}
	target := &exposure.Target{Store: exposure.File{Path: path}, Flag: name, Stable: "1.0"}
	if err := target.Check(ctx, m.Plan().Stages[0].Strategy); err != nil {
		return err
	}
	tally := &exposure.Tally{}
	e, err := engine.New(engine.Options{
		Targets: map[string]engine.Target{"web": target}, Source: tally,
		OnDecision: func(_ rollout.State, _ rollout.Input, o rollout.Output) {
			for _, event := range o.Events {
				switch event.Kind {
				case rollout.EventReached:
					fmt.Fprintf(out, "%s: step %s is reached: the exposure is %s\n", release, event.Step, exposed(ctx, shop))
				case rollout.EventRollback:
					fmt.Fprintf(out, "%s: %s\n", release, event.Text)
				}
			}
		},
	})
	if err != nil {
		return err
	}
	served, stop := context.WithCancel(ctx)
	over := make(chan error, 1)
	go func() { over <- serve(served, shop, tally, release) }()
	state, err := e.Run(ctx, name+"-"+release, m)
	stop()
	if err := errors.Join(err, <-over, target.Settle(ctx), shop.Refresh(ctx)); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %s, %d%% of the users have one page\n", release, state.Outcome, share(shop))
	return nil
}

// exposed is the flag's exposure: a step is a part of the way from where the rollout began,
// which may be 10%, to everybody.
func exposed(ctx context.Context, shop *client.Client) string {
	if err := shop.Refresh(ctx); err != nil {
		return err.Error()
	}
	f, _ := shop.Snapshot().Flag(name)
	return f.Rollout.Exposure.String()
}

// serve is the shop: users come and order. One page is too much for release 2.0 once half of
// the users have it.
func serve(ctx context.Context, shop *client.Client, tally *exposure.Tally, release string) error {
	for n := 0; ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		if err := shop.Refresh(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		now := shop.Snapshot()
		arms, err := exposure.NewArms(now, name)
		if err != nil {
			return err
		}
		f, _ := now.Flag(name)
		overloaded := release == "2.0" && f.Rollout.Exposure > 500_000
		for range 100 {
			user := &toggle.Subject{Key: "user-" + strconv.Itoa(n)}
			r := now.Evaluate(name, user, time.Now())
			n++
			arm := arms.Of(user, r)
			tally.Add("users", arm, 1)
			if overloaded && r.Value.Bool() && n%5 == 0 {
				tally.Add("failed", arm, 1)
			}
		}
	}
	return nil
}

// share is how many of 100 users have one page, to the nearest.
func share(shop *client.Client) int {
	const users = 10_000
	n := 0
	for i := range users {
		if shop.Bool(name, &toggle.Subject{Key: "user-" + strconv.Itoa(i)}, false) {
			n++
		}
	}
	return (100*n + users/2) / users
}
