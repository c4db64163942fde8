package e2e

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/answer"
	"github.com/seed-20fe5ead/gradatim/internal/command"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// run is one run of a suite, of one attempt or several.
type run struct {
	suite  Suite
	ask    health.Ask
	cancel context.CancelFunc

	over     chan struct{} // closed when there is a result
	returned chan struct{} // closed when nothing of it runs any more
	// Below is written before over is closed, and not after.
	ended   time.Time
	verdict health.Verdict // Healthy, Degraded, Error or Cancelled
	reason  string
}

// result is the run as a sample.
func (r *run) result(t *answer.Track) health.Sample {
	switch r.verdict {
	case health.Healthy:
		return r.tested(t.Look(0, 1, r.reason))
	case health.Degraded:
		return r.tested(t.Look(1, 1, r.reason))
	case health.Cancelled:
		return health.Sample{Fetch: health.Cancelled, Reason: r.reason}
	}
	return health.Sample{Fetch: health.Error, Reason: r.reason}
}

// tested says of which artifact a look is, if the test makes sure of that.
func (r *run) tested(s health.Sample) health.Sample {
	if r.suite.Digest {
		s.Digest = r.ask.Digest
	}
	return s
}

// do makes attempts until one of them does not fail.
func (r *run) do(ctx context.Context) {
	defer close(r.returned)
	defer r.cancel()
	var failure error
	for n := 1; n <= r.suite.Attempts; n++ {
		verdict, hangs, err := r.attempt(ctx, n)
		switch verdict {
		case health.Degraded:
			failure = err
			continue
		case health.Healthy:
			if n > 1 {
				err = fmt.Errorf("passed at attempt %d of %d, before: %w", n, r.suite.Attempts, failure)
			}
		default:
			if failure != nil {
				err = fmt.Errorf("attempt %d of %d: %w; before: %w", n, r.suite.Attempts, err, failure)
			}
		}
		r.tell(verdict, err)
		if hangs != nil {
			<-hangs
		}
		return
	}
	if r.suite.Attempts > 1 {
		failure = fmt.Errorf("failed %d times: %w", r.suite.Attempts, failure)
	}
	r.tell(health.Degraded, failure)
}

// tell ends the run. What still hangs does not delay it.
func (r *run) tell(v health.Verdict, err error) {
	r.ended, r.verdict = answer.Now(), v
	if err != nil {
		r.reason = answer.Short(err.Error())
	}
	close(r.over)
}

// attempt runs the test once. If it did not return after the end of its context, hangs
// gets something when it does.
func (r *run) attempt(all context.Context, n int) (v health.Verdict, hangs chan error, err error) {
	ctx, cancel := context.WithTimeout(all, r.suite.Timeout)
	defer cancel()
	back := make(chan error, 1)
	go func() {
		// Each tells a panic, and a function that ends its goroutine.
		back <- answer.Each(1, 1, func(int) error {
			err := r.test(ctx, n)
			if err != nil {
				_ = err.Error() // it may panic, too
			}
			return err
		})[0]
	}()
	select {
	case err = <-back:
	case <-ctx.Done():
		late := time.NewTimer(linger)
		defer late.Stop()
		select {
		case err = <-back:
		case <-late.C:
			hangs = back
		}
	}
	switch {
	case all.Err() != nil:
		return health.Cancelled, hangs, errors.New("cancelled")
	case hangs != nil:
		return health.Error, hangs, fmt.Errorf("not finished after %s, and does not stop", strict.FormatDuration(r.suite.Timeout))
	case ctx.Err() != nil:
		return health.Error, nil, fmt.Errorf("not finished after %s", strict.FormatDuration(r.suite.Timeout))
	}
	return verdict(err), nil, err
}

// verdict tells a test that failed from one that was not run.
func verdict(err error) health.Verdict {
	_, panics := errors.AsType[*answer.Panic](err)
	switch {
	case err == nil:
		return health.Healthy
	case panics, errors.Is(err, answer.ErrEnded), errors.Is(err, ErrNotRun):
		return health.Error
	case errors.Is(err, context.Canceled):
		return health.Cancelled
	}
	return health.Degraded
}

// test calls the function or runs the command.
func (r *run) test(ctx context.Context, n int) error {
	if r.suite.Run != nil {
		return r.suite.Run(ctx, r.ask)
	}
	a := &r.ask
	env := append([]string{
		"GRADATIM_STAGE=" + a.Stage, "GRADATIM_SIGNAL=" + a.Signal, "GRADATIM_SUITE=" + a.Measure.Test, "GRADATIM_SCOPE=" + a.Scope,
		"GRADATIM_CANDIDATE=" + a.Candidate, "GRADATIM_DIGEST=" + a.Digest, "GRADATIM_STABLE=" + a.Stable, "GRADATIM_KEY=" + a.Key, "GRADATIM_ATTEMPT=" + strconv.Itoa(n),
	}, r.suite.Env...)
	err := command.Run(ctx, r.suite.Command, env)
	if _, failed := errors.AsType[*command.Failed](err); err != nil && !failed {
		return fmt.Errorf("%w: %w", ErrNotRun, err)
	}
	return err
}
