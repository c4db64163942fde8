package carry

import (
	"context"
	"fmt"

	"github.com/seed-20fe5ead/gradatim/schema/postgres"
)

// Prove asks the server for a condition, twice where the proof says so: the second time after all transactions have ended that
// were open at the end of the first. It returns false as soon as it does not hold. Between two looks at what is still open it calls
// wait, with the number of looks so far; an error of wait stops, and without a wait there is
// one look, and ErrBusy if something is open. What was proven says nothing about later. What the server
// cannot be asked ([postgres.Proof.Unanswered]) is not proven, however often one asks.
func Prove(ctx context.Context, p postgres.Proof, by Observer, wait func(ctx context.Context, attempt int) error) (bool, error) {
	if p.Unanswered != "" {
		return false, nil
	}
	for _, q := range p.Before {
		if holds, err := by.Holds(ctx, q); err != nil {
			return false, err
		} else if !holds {
			return false, fmt.Errorf("carry: %w: %s", ErrRefused, q.SQL)
		}
	}
	if holds, err := by.Holds(ctx, p.Holds); err != nil || !holds || p.Mark.SQL == "" {
		return holds, err
	}
	mark, err := by.Row(ctx, p.Mark)
	if err != nil {
		return false, err
	}
	q := p.Over
	q.Args = mark
	for attempt := 1; ; attempt++ {
		over, err := by.Holds(ctx, q)
		if err != nil {
			return false, err
		}
		if over {
			return by.Holds(ctx, p.Holds)
		}
		if wait == nil {
			return false, fmt.Errorf("carry: %w: transactions are open that may have seen something else", ErrBusy)
		}
		if err := wait(ctx, attempt); err != nil {
			return false, err
		}
	}
}
