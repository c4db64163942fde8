package carry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/seed-20fe5ead/gradatim/schema/postgres"
)

// Executor sends to the server.
type Executor interface {
	// Exec sends all of the statement's Script, in order, on one connection, with args for its SQL, as texts. It returns
	// the row that a batch answers, as texts, and nil otherwise. After an error the connection is rolled back or closed. The
	// error wraps ErrBusy or ErrUnknown where it should; all others mean that the server refused.
	Exec(ctx context.Context, s postgres.Statement, args []string) (row []string, err error)
}

// Observer asks the server, on the primary, with the same search_path as the Executor, each time in a new transaction.
type Observer interface {
	// Holds returns the one boolean that the query answers.
	Holds(ctx context.Context, q postgres.Query) (bool, error)
	// Row returns the one row that the query answers, as texts.
	Row(ctx context.Context, q postgres.Query) ([]string, error)
}

// What an Executor's error may wrap.
var (
	// ErrBusy is that others were in the way, and nothing else was wrong: SQLSTATE 55P03 (a lock
	// was not to be had), 40P01 (deadlock), 40001 (serialization).
	ErrBusy = errors.New("others were in the way")
	// ErrUnknown is that nobody knows whether the statement was carried out: the connection broke.
	ErrUnknown = errors.New("outcome unknown")
)

// What Run's errors wrap, besides what came from the Executor, Observer, Gate and Wait.
var (
	ErrRefused = errors.New("what must hold before it does not")
	ErrUnseen  = errors.New("the server said that it was done, and it cannot be seen")
	ErrBudget  = errors.New("too many tries")
)

// Options say how to carry out. The zero value never waits and tries ten times.
type Options struct {
	// Gate is asked before each batch, and before each statement with an Await; it waits until that may
	// go on. An error stops. Nil is always open.
	Gate func(ctx context.Context, s postgres.Statement) error
	// Wait waits before try number attempt, from 2 on, of a statement or a batch. An error stops. Nil does not wait.
	Wait func(ctx context.Context, attempt int) error
	// Tries is how often a statement or a batch is tried, in all; 0 is 10.
	Tries int
	// Cursor is where a backfill goes on that was interrupted: what an earlier Outcome said, for its first statement that
	// is not done and has batches. It saves time only: a backfill that began anew would skip what was written.
	Cursor []string
}

// Outcome is how far it came, also when there was an error.
type Outcome struct {
	// Done is how many statements were seen to be done, from the first on.
	Done int `json:"done"`
	// Tries is how many times something was sent, batches and clean-ups included.
	Tries int `json:"tries"`
	// Looked and Wrote are the rows that batches looked at and wrote. What a lost answer said is not counted.
	Looked int64 `json:"looked"`
	Wrote  int64 `json:"wrote"`
	// Cursor is behind the last batch of the statement that is not done.
	Cursor []string `json:"cursor,omitempty"`
}

// Run carries out the statements of a step, one after the other, and leaves out those that are done. It returns nil only if each was
// seen to be done, or, for those whose rule is Repeat, the server said so.
func Run(ctx context.Context, statements []postgres.Statement, x Executor, by Observer, o Options) (Outcome, error) {
	o.Tries = cmp.Or(o.Tries, 10)
	r := &run{x: x, by: by, o: o}
	r.out.Cursor = o.Cursor
	for i, s := range statements {
		if err := r.statement(ctx, s); err != nil {
			return r.out, fmt.Errorf("carry: %s, statement %d of %d: %w", s.Step, i+1, len(statements), err)
		}
		r.out.Done++
	}
	return r.out, nil
}

type run struct {
	x   Executor
	by  Observer
	o   Options
	out Outcome
}

func (r *run) statement(ctx context.Context, s postgres.Statement) error {
	var last error // of the try before
	for try := 1; ; try++ {
		if err := r.wait(ctx, try, last); err != nil {
			return errors.Join(err, last)
		}
		done, err := r.by.Holds(ctx, s.Done)
		if err != nil || done {
			return err
		}
		if last != nil && !transient(last) {
			return errors.Join(last, r.clean(ctx, s)) // it was refused, and not because it was done
		}
		if try > r.o.Tries {
			return errors.Join(ErrBudget, last, r.clean(ctx, s))
		}
		for _, q := range s.Before {
			if holds, err := r.by.Holds(ctx, q); err != nil {
				return err
			} else if !holds {
				return fmt.Errorf("%w: %s", ErrRefused, q.SQL)
			}
		}
		if last = r.clean(ctx, s); last != nil {
			continue
		}
		if last = r.once(ctx, s); last == nil {
			if s.Retry == postgres.Repeat {
				return nil
			}
			if last, err = r.seen(ctx, s); err != nil || last == nil {
				return err
			}
		}
	}
}

// seen asks whether what was carried out can be seen. A backfill's rows may have been written meanwhile by a batch that was
// given up, so another pass is a try as others are.
func (r *run) seen(ctx context.Context, s postgres.Statement) (again, err error) {
	done, err := r.by.Holds(ctx, s.Done)
	switch {
	case err != nil || done:
		return nil, err
	case s.Batch != nil:
		return fmt.Errorf("%w: %w", ErrBusy, ErrUnseen), nil
	}
	return nil, ErrUnseen
}

// transient says whether what went wrong may be over soon.
func transient(err error) bool { return errors.Is(err, ErrBusy) || errors.Is(err, ErrUnknown) }

func (r *run) wait(ctx context.Context, try int, last error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if try > 1 && r.o.Wait != nil && transient(last) {
		return r.o.Wait(ctx, try)
	}
	return nil
}

// clean removes what a failed try left behind. While somebody may still be at it, it is nobody's leftover.
func (r *run) clean(ctx context.Context, s postgres.Statement) error {
	if s.Leftover == nil {
		return nil
	}
	found, err := r.by.Holds(ctx, s.Leftover.Found)
	if err != nil || !found {
		return err
	}
	if busy, err := r.by.Holds(ctx, s.Leftover.Busy); err != nil {
		return err
	} else if busy {
		return fmt.Errorf("%w: an earlier try may still be at work", ErrBusy)
	}
	for _, sql := range s.Leftover.SQL {
		r.out.Tries++
		c := s
		c.SQL, c.Tx, c.Leftover, c.Batch, c.Done = []string{sql}, postgres.OutsideTx, nil, nil, postgres.Query{}
		if _, err := r.x.Exec(ctx, c, nil); err != nil {
			return err
		}
	}
	return nil
}

// once sends a statement, all batches of a pass included.
func (r *run) once(ctx context.Context, s postgres.Statement) error {
	if s.Batch != nil {
		return r.pass(ctx, s)
	}
	if s.Await != "" && r.o.Gate != nil {
		if err := r.o.Gate(ctx, s); err != nil {
			return err
		}
	}
	r.out.Tries++
	_, err := r.x.Exec(ctx, s, nil)
	return err
}

// pass goes through the table once. A batch that failed, or of which nobody knows, is sent again: it skips what it has written.
func (r *run) pass(ctx context.Context, s postgres.Statement) error {
	cursor := r.out.Cursor
	var last error
	for try := 1; ; {
		r.out.Cursor = cursor
		if err := r.wait(ctx, try, last); err != nil {
			return err
		}
		if r.o.Gate != nil {
			if err := r.o.Gate(ctx, s); err != nil {
				return err
			}
		}
		b, args := s, append(slices.Clone(cursor), strconv.Itoa(s.Batch.Limit))
		if cursor == nil {
			b.SQL = []string{s.Batch.First}
		}
		r.out.Tries++
		row, err := r.x.Exec(ctx, b, args)
		if last = err; transient(err) && try < r.o.Tries {
			try++
			continue
		}
		if err != nil {
			return err
		}
		looked, wrote, next, err := answer(row, s.Batch.Key)
		if err != nil {
			return err
		}
		r.out.Looked, r.out.Wrote = r.out.Looked+looked, r.out.Wrote+wrote
		if looked == 0 {
			r.out.Cursor = nil
			return nil
		}
		try, cursor = 1, next
	}
}

// answer reads the row of a batch.
func answer(row []string, key int) (looked, wrote int64, cursor []string, err error) {
	if len(row) != 2+key {
		return 0, 0, nil, fmt.Errorf("a batch answered %d columns, not %d", len(row), 2+key)
	}
	looked, err = strconv.ParseInt(row[0], 10, 64)
	if err != nil {
		return 0, 0, nil, err
	}
	wrote, err = strconv.ParseInt(row[1], 10, 64)
	return looked, wrote, row[2:], err
}
