package carry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/schema/postgres"
)

// fake is a server with three statements: 0 makes something in one transaction, 1 builds an index, 2 fills rows. Things go wrong
// until the faults are used up.
type fake struct {
	t      *rapid.T
	faults int
	made   bool
	index  string // "", "building", "invalid", "valid"
	rows   []bool
	late   []func() // what a session that lost its client does at some later time
	wrong  string
}

var errCrash = errors.New("the caller died")

var step = []postgres.Statement{
	{Step: "s", SQL: []string{"make"}, Retry: postgres.Atomic, Done: q("made")},
	{
		Step: "s", SQL: []string{"build"}, Retry: postgres.Cleanup, Done: q("valid"),
		Leftover: &postgres.Leftover{Found: q("invalid"), Busy: q("building"), SQL: []string{"drop"}},
	},
	{Step: "s", SQL: []string{"fill"}, Retry: postgres.Resumable, Done: q("filled"), Batch: &postgres.Batch{First: "fill first", Key: 1, Limit: 2}},
}

func q(sql string) postgres.Query { return postgres.Query{SQL: sql} }

func (f *fake) Holds(_ context.Context, q postgres.Query) (bool, error) {
	if f.fault("lost question") {
		return false, errCrash
	}
	switch q.SQL {
	case "made":
		return f.made, nil
	case "valid":
		return f.index == "valid", nil
	case "invalid":
		return f.index == "building" || f.index == "invalid", nil
	case "building":
		return f.index == "building", nil
	}
	return !slices.Contains(f.rows, false), nil
}

func (f *fake) Row(context.Context, postgres.Query) ([]string, error) { return nil, nil }

func (f *fake) fault(what string) bool {
	if f.faults == 0 || !rapid.Bool().Draw(f.t, what) {
		return false
	}
	f.faults--
	return true
}

func (f *fake) Exec(_ context.Context, s postgres.Statement, args []string) ([]string, error) {
	do, row := f.effect(s.SQL[0], args)
	if !f.fault("fault") {
		return row(), do()
	}
	switch rapid.SampledFrom([]string{"busy", "before", "after", "late", "crash before", "crash after", "half"}).Draw(f.t, "kind") {
	case "busy":
		return nil, fmt.Errorf("55P03: %w", ErrBusy)
	case "before":
		return nil, ErrUnknown
	case "after":
		_ = do()
		return nil, ErrUnknown
	case "late":
		f.late = append(f.late, func() { _ = do() })
		if s.SQL[0] == "build" && f.index == "" {
			f.index = "building"
		}
		return nil, ErrUnknown
	case "crash before":
		return nil, errCrash
	case "crash after":
		_ = do()
		return nil, errCrash
	}
	if s.SQL[0] == "build" && f.index == "" {
		f.index = "invalid"
	}
	return nil, ErrUnknown
}

// effect is what a command does, and the row it answers with.
func (f *fake) effect(sql string, args []string) (do func() error, row func() []string) {
	row = func() []string { return nil }
	switch sql {
	case "make":
		return func() error {
			if f.made {
				return errors.New("42701: it is there")
			}
			f.made = true
			return nil
		}, row
	case "build":
		if !f.made {
			f.wrong = "the index before what it is of"
		}
		mine := f.index == ""
		return func() error {
			if f.index != "" && (!mine || f.index != "building") {
				return errors.New("42P07: it is there")
			}
			f.index = "valid"
			return nil
		}, row
	case "drop":
		return func() error {
			if f.index == "building" {
				f.wrong = "an index was dropped that somebody builds"
			}
			if f.index == "valid" {
				f.wrong = "a valid index was dropped"
			}
			f.index = ""
			return nil
		}, row
	}
	if f.index != "valid" {
		f.wrong = "rows were filled before the index was there"
	}
	from := 0
	if sql == "fill" {
		from, _ = strconv.Atoi(args[0])
	}
	if want := map[string]int{"fill first": 1, "fill": 2}[sql]; len(args) != want || args[want-1] != "2" {
		f.wrong = fmt.Sprintf("%s with %q", sql, args)
	}
	to := min(len(f.rows), from+2)
	wrote := 0
	return func() error {
			for i := from; i < to; i++ {
				f.rows[i] = true
			}
			return nil
		}, func() []string {
			for i := from; i < to; i++ {
				if !f.rows[i] {
					wrote++
				}
			}
			return []string{strconv.Itoa(to - from), strconv.Itoa(wrote), strconv.Itoa(to)}
		}
}

// Whatever is lost, wherever it crashes: it converges, in order, and destroys nothing that is whole.
func TestRunConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &fake{t: t, faults: rapid.IntRange(0, 12).Draw(t, "faults"), rows: make([]bool, rapid.IntRange(0, 7).Draw(t, "rows"))}
		var cursor []string
		for range 20 {
			out, err := Run(context.Background(), step, f, f, Options{Cursor: cursor, Tries: 30, Wait: f.pause})
			if f.wrong != "" {
				t.Fatal(f.wrong)
			}
			if err == nil {
				if out.Done != 3 || !f.made || f.index != "valid" || slices.Contains(f.rows, false) {
					t.Fatalf("said to be done: %+v, %+v", out, f)
				}
				return
			}
			if !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			cursor = nil
			if rapid.Bool().Draw(t, "cursor was saved") {
				cursor = out.Cursor
			}
		}
		t.Fatal("it never ends")
	})
}

// pause lets late things happen, at the latest when nothing else goes wrong any more.
func (f *fake) pause(context.Context, int) error {
	if f.faults == 0 || rapid.Bool().Draw(f.t, "late") {
		for _, do := range f.late {
			do()
		}
		f.late = nil
	}
	return nil
}

// script answers as it is told.
type script struct {
	holds map[string][]bool
	exec  []error
	row   []string
	sent  []string
}

func (s *script) Holds(_ context.Context, q postgres.Query) (bool, error) {
	all, ok := s.holds[q.SQL]
	if !ok {
		return false, fmt.Errorf("asked %q", q.SQL)
	}
	if len(all) > 1 {
		s.holds[q.SQL] = all[1:]
	}
	return all[0], nil
}

func (s *script) Row(context.Context, postgres.Query) ([]string, error) {
	return []string{"7", "now"}, nil
}

func (s *script) Exec(_ context.Context, x postgres.Statement, args []string) ([]string, error) {
	s.sent = append(s.sent, strings.Join(append(slices.Clone(x.SQL), args...), " "))
	var err error
	if len(s.exec) > 0 {
		err, s.exec = s.exec[0], s.exec[1:]
	}
	return s.row, err
}

func TestRun(t *testing.T) {
	refused := errors.New("23505: duplicate")
	before := step[0]
	before.Before = []postgres.Query{q("key")}
	repeat := step[0]
	repeat.Retry = postgres.Repeat
	for _, test := range []struct {
		name  string
		s     postgres.Statement
		with  script
		tries int
		want  error
		sent  string
	}{
		{"done", step[0], script{holds: map[string][]bool{"made": {true}}}, 0, nil, "[]"},
		{"not seen", step[0], script{holds: map[string][]bool{"made": {false}}}, 0, ErrUnseen, "[make]"},
		{"repeat", repeat, script{holds: map[string][]bool{"made": {false}}}, 0, nil, "[make]"},
		{"refused", step[0], script{holds: map[string][]bool{"made": {false}}, exec: []error{refused}}, 0, refused, "[make]"},
		{"refused because it is done", step[0], script{holds: map[string][]bool{"made": {false, true}}, exec: []error{refused}}, 0, nil, "[make]"},
		{"budget", step[0], script{holds: map[string][]bool{"made": {false}}, exec: slices.Repeat([]error{ErrBusy}, 9)}, 2, ErrBudget, "[make make]"},
		{"must not begin", before, script{holds: map[string][]bool{"made": {false}, "key": {false}}}, 0, ErrRefused, "[]"},
		{"asked each time", before, script{holds: map[string][]bool{"made": {false}, "key": {true, false}}, exec: []error{ErrBusy}}, 0, ErrRefused, "[make]"},
		{"refused, and cleaned", step[1], script{holds: map[string][]bool{"valid": {false}, "invalid": {false, true}, "building": {false}}, exec: []error{refused}}, 0, refused, "[build drop]"},
		{"budget, and cleaned", step[1], script{holds: map[string][]bool{"valid": {false}, "invalid": {false, true}, "building": {false}}, exec: []error{ErrUnknown}}, 1, ErrBudget, "[build drop]"},
		{"odd answer", step[2], script{holds: map[string][]bool{"filled": {false}}, row: []string{"1"}}, 0, nil, "[fill first 2]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Run(t.Context(), []postgres.Statement{test.s}, &test.with, &test.with, Options{Tries: test.tries})
			if test.name == "odd answer" {
				if err == nil || !strings.Contains(err.Error(), "1 columns, not 3") {
					t.Error(err)
				}
			} else if !errors.Is(err, test.want) || test.want == nil && err != nil {
				t.Errorf("%v, want %v", err, test.want)
			}
			if got := fmt.Sprint(test.with.sent); got != test.sent {
				t.Errorf("sent %s, want %s", got, test.sent)
			}
		})
	}
}

// The gate is asked before every batch, and stops it.
func TestGate(t *testing.T) {
	shut := errors.New("replicas are behind")
	f := &fake{made: true, index: "valid", rows: make([]bool, 6)}
	asked := 0
	gate := func(context.Context, postgres.Statement) error {
		if asked++; asked == 3 {
			return shut
		}
		return nil
	}
	out, err := Run(t.Context(), step, f, f, Options{Gate: gate})
	if !errors.Is(err, shut) || out.Done != 2 || out.Wrote != 4 || fmt.Sprint(out.Cursor) != "[4]" {
		t.Errorf("%+v, %v", out, err)
	}
	out, err = Run(t.Context(), step, f, f, Options{Gate: gate, Cursor: out.Cursor})
	if err != nil || out.Wrote != 2 || out.Looked != 2 || asked != 5 {
		t.Errorf("%+v, %v, asked %d times", out, err, asked)
	}
	f.made, asked = false, 2
	s := step[0]
	s.Await = "a year"
	if _, err := Run(t.Context(), []postgres.Statement{s}, f, f, Options{Gate: gate}); !errors.Is(err, shut) || f.made {
		t.Error("did not await", err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := &fake{made: true, index: "valid", rows: make([]bool, 6)}
	_, err := Run(ctx, step, f, f, Options{Gate: func(context.Context, postgres.Statement) error { cancel(); return nil }})
	if !errors.Is(err, context.Canceled) || f.rows[3] {
		t.Error(err, f.rows)
	}
}

func TestProve(t *testing.T) {
	twice := postgres.Proof{Before: []postgres.Query{q("sees")}, Holds: q("holds"), Mark: q("mark"), Over: q("over")}
	once := postgres.Proof{Holds: q("holds")}
	wait := func(context.Context, int) error { return nil }
	for _, test := range []struct {
		name  string
		p     postgres.Proof
		holds map[string][]bool
		wait  func(context.Context, int) error
		want  bool
		err   error
	}{
		{"once", once, map[string][]bool{"holds": {true}}, nil, true, nil},
		{"nothing to ask", postgres.Proof{Holds: q("holds"), Unanswered: "nobody knows"}, map[string][]bool{"holds": {true}}, nil, false, nil},
		{"not even once", once, map[string][]bool{"holds": {false}}, nil, false, nil},
		{"twice", twice, map[string][]bool{"sees": {true}, "holds": {true, true}, "over": {false, false, true}}, wait, true, nil},
		{"not the second time", twice, map[string][]bool{"sees": {true}, "holds": {true, false}, "over": {true}}, nil, false, nil},
		{"blind", twice, map[string][]bool{"sees": {false}, "holds": {true}}, wait, false, ErrRefused},
		{"still open", twice, map[string][]bool{"sees": {true}, "holds": {true}, "over": {false}}, nil, false, ErrBusy},
		{"given up", twice, map[string][]bool{"sees": {true}, "holds": {true}, "over": {false}}, func(context.Context, int) error { return errCrash }, false, errCrash},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Prove(t.Context(), test.p, &script{holds: test.holds}, test.wait)
			if got != test.want || !errors.Is(err, test.err) || test.err == nil && err != nil {
				t.Errorf("%t, %v, want %t, %v", got, err, test.want, test.err)
			}
		})
	}
}

// failing answers well until one call, which fails.
type failing struct{ left int }

func (f *failing) Holds(context.Context, postgres.Query) (bool, error) { return true, f.fail() }

func (f *failing) Row(context.Context, postgres.Query) ([]string, error) {
	return []string{"7", "now"}, f.fail()
}

func (f *failing) fail() error {
	if f.left--; f.left == -1 {
		return errCrash
	}
	return nil
}

// What cannot be asked is an error, whichever question it is, and never proven.
func TestProveTellsErrors(t *testing.T) {
	p := postgres.Proof{Before: []postgres.Query{q("sees")}, Holds: q("holds"), Mark: q("mark"), Over: q("over")}
	const calls = 5 // sees, holds, mark, over, holds
	for n := range calls + 1 {
		got, err := Prove(t.Context(), p, &failing{left: n}, nil)
		if n < calls && !errors.Is(err, errCrash) || n == calls && (err != nil || !got) {
			t.Errorf("call %d fails: %t, %v", n, got, err)
		}
	}
}
