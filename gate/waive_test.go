package gate_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
)

// binder is a gate that no waiver opens.
type binder struct{ sloppy }

func (binder) Kind() string { return "binder" }
func (binder) Binds() bool  { return true }

func binds(a gate.Answer, minutes int) gate.Gate {
	if minutes == 0 {
		return binder{sloppy{gate.Decision{Answer: a}}}
	}
	return binder{sloppy{gate.Decision{Answer: a, Next: noon.Add(time.Duration(minutes) * time.Minute)}}}
}

// A waiver opens everything but what binds, part by part of what needs all its parts.
func TestWaived(t *testing.T) {
	const open, wait, refuse = gate.Open, gate.Wait, gate.Refuse
	closed, shut, free := says(wait, 3), binds(wait, 5), binds(open, 7)
	for _, tc := range []struct {
		name  string
		gates []gate.Gate
		want  gate.Answer
		next  int
	}{
		{"nothing", nil, open, 0},
		{"what waits", []gate.Gate{closed, says(refuse, 0), nil}, open, 0},
		{"what binds", []gate.Gate{closed, shut}, wait, 5},
		{"what binds and is open", []gate.Gate{closed, free}, open, 7},
		{"the first that changes", []gate.Gate{free, shut}, wait, 5},
		{"what binds and refuses", []gate.Gate{shut, binds(refuse, 0)}, refuse, 5},
		{"in a list", []gate.Gate{gate.All{closed, free}}, open, 7},
		{"in a list of lists", []gate.Gate{&gate.All{closed, gate.All{shut}}}, wait, 5},
		{"under a name", []gate.Gate{gate.Named{Name: "x", Gate: gate.All{closed, free}}, &gate.Named{Name: "y", Gate: free}}, open, 7},
		{"beside another way", []gate.Gate{gate.Any{closed, shut}}, wait, 3},
		{"beside another way that is open", []gate.Gate{gate.Any{says(open, 0), shut}}, open, 5},
		{"one of several", []gate.Gate{gate.AtLeast{N: 1, Of: []gate.Gate{closed, free}}}, open, 3},
		{"beside lists without", []gate.Gate{gate.Any{closed}, gate.AtLeast{N: 2, Of: []gate.Gate{closed, closed}}}, open, 0},
	} {
		want := gate.Decision{Answer: tc.want}
		if tc.next != 0 {
			want.Next = noon.Add(time.Duration(tc.next) * time.Minute)
		}
		if d := gate.Waived(tc.gates, facts(gate.Ledger{})); d != want {
			t.Errorf("%s: %v, want %v", tc.name, d, want)
		}
	}
	freeze := compiled(t, yearEnd())
	if d := gate.Waived([]gate.Gate{freeze}, gate.NewFacts(yearEndInstant, nil, nil)); d.Answer != wait {
		t.Errorf("a freeze: %v", d)
	}
}

// yearEndInstant is in the freeze of the tests.
var yearEndInstant = time.Date(2026, 12, 24, 12, 0, 0, 0, time.UTC)

// What can never open keeps a list from opening only where the others are too few.
func TestCanOpen(t *testing.T) {
	never := errors.New("never")
	check := func(g gate.Gate) error {
		if g.Kind() == "binder" {
			return never
		}
		return nil
	}
	good, bad := says(gate.Wait, 0), binds(gate.Wait, 0)
	for _, tc := range []struct {
		name  string
		gates []gate.Gate
		want  string
	}{
		{"nothing", nil, ""},
		{"one", []gate.Gate{good, bad}, "[1].binder: never"},
		{"in a list", []gate.Gate{gate.All{good, &gate.All{bad}}}, "[0].all[1].all[0].binder: never"},
		{"another way", []gate.Gate{gate.Any{bad, good}, &gate.Any{good}}, ""},
		{"no way", []gate.Gate{gate.Any{bad, gate.Named{Name: "x", Gate: bad}}}, "[0].any[0].binder: never\n[0].any[1].named.gate.binder: never"},
		{"enough", []gate.Gate{gate.AtLeast{N: 2, Of: []gate.Gate{good, bad, good}}}, ""},
		{"too few", []gate.Gate{&gate.AtLeast{N: 3, Of: []gate.Gate{good, bad, good}}}, "[0].atLeast.of[1].binder: never"},
	} {
		got := ""
		if err := gate.CanOpen(tc.gates, check); err != nil {
			got = err.Error()
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// An approval that lifts a freeze or opens a window says what it is for: to approve the
// step is not to lift it.
func TestExceptionsAreNamed(t *testing.T) {
	for _, except := range []gate.Gate{
		gate.Approval{}, &gate.Approval{Roles: []string{"cto"}}, gate.Any{gate.Fact{Name: "x"}, gate.Approval{}},
	} {
		window, freeze := office(), yearEnd()
		window.Except, freeze.Except = except, except
		_, err := gate.Compile([]gate.Gate{window, freeze})
		if err == nil || strings.Count(err.Error(), "must say what it approves") != 2 {
			t.Errorf("%T: %v", except, err)
		}
	}
	freeze := yearEnd()
	freeze.Except = gate.Approval{For: "freeze"}
	if _, err := gate.Compile([]gate.Gate{freeze}); err != nil {
		t.Error(err)
	}
}

// Opening follows the time, and nothing else.
func TestOpening(t *testing.T) {
	later := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	turns := schedule{{Answer: gate.Refuse, Next: later(5)}, {Answer: gate.Wait, Next: later(9)}, {Answer: gate.Open, Next: later(12)}, {Answer: gate.Wait, Next: later(15)}}
	f := facts(gate.Ledger{})
	for name, tc := range map[string]struct {
		gate gate.Gate
		want time.Time
	}{
		"open":      {says(gate.Open, 3), noon},
		"some day":  {gate.All{turns, says(gate.Open, 0)}, later(12)},
		"never":     {gate.All{turns, says(gate.Wait, 0)}, time.Time{}},
		"no more":   {schedule{{Answer: gate.Refuse, Next: later(5)}}, time.Time{}},
		"a freeze":  {compiled(t, yearEnd()), noon},
		"two turns": {gate.AtLeast{N: 2, Of: []gate.Gate{turns, turns}}, later(12)},
	} {
		if at, ok := gate.Opening(tc.gate, f); at != tc.want || ok == tc.want.IsZero() {
			t.Errorf("%s: %v, %v; want %v", name, at, ok, tc.want)
		}
	}
}
