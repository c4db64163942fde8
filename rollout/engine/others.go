package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

// Others vouches for other rollouts of a store, so that a [gate.Fact] can wait for one
// of them: it is [Options.Facts], or a part of it. Of every rollout that was started it
// gives
//
//	rollout/ID          completed, rolledBack, held, paused or running
//	digest/ID           the artifact, if the release has one
//	rollout/ID/STAGE    pending, moving, waiting, done, rollingBack or rolledBack
//
// A rollout that is not there gives nothing, and is not done. If one cannot be read the
// error says which, and nothing is vouched for.
func Others(store Store, ids ...string) func(ctx context.Context) ([]gate.Vouched, error) {
	return func(ctx context.Context) ([]gate.Vouched, error) {
		var facts []gate.Vouched
		for _, id := range ids {
			at := time.Now() // what is read now was so at the latest when it is read
			s, err := store.Load(ctx, id)
			switch {
			case errors.Is(err, ErrNotFound):
				continue
			case err != nil:
				return nil, fmt.Errorf("rollout %s: %w", id, err)
			}
			facts = append(facts, vouchFor(id, &s, at)...)
		}
		return facts, nil
	}
}

func vouchFor(id string, s *rollout.State, at time.Time) []gate.Vouched {
	facts := []gate.Vouched{{Name: "rollout/" + id, Value: standing(s), At: at}}
	for i := range s.Stages {
		l := &s.Stages[i].Ledger
		if i == 0 && l.Digest != "" {
			facts = append(facts, gate.Vouched{Name: "digest/" + id, Value: l.Digest, At: at})
		}
		phase := string(s.Stages[i].Phase)
		if phase == string(rollout.Pending) {
			phase = "pending"
		}
		facts = append(facts, gate.Vouched{Name: "rollout/" + id + "/" + l.Stage, Value: phase, At: at})
	}
	return facts
}

// standing is how a rollout stands, in one word.
func standing(s *rollout.State) string {
	switch {
	case s.Outcome != "":
		return string(s.Outcome)
	case s.Hold != nil:
		return "held"
	case !s.Paused.IsZero():
		return "paused"
	}
	return "running"
}
