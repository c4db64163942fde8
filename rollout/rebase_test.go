package rollout

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
)

// TestRebaseMovesEveryInstant of a state, but those that a person gave.
func TestRebaseMovesEveryInstant(t *testing.T) {
	s := State{Hold: &Hold{}, Stages: []StageState{{
		Ledger:   gate.Ledger{Signals: make([]gate.Signal, 1), Votes: make([]gate.Vote, 1), Peaks: make([]gate.Covered, 1)},
		Evidence: make([]health.Evidence, 1), Elsewhere: make([]Span, 1),
		Settling: Settling{Stable: make([]Mark, 1), Candidate: make([]Mark, 1), Leftover: make([]Mark, 1)},
	}}}
	was := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	instants(reflect.ValueOf(&s).Elem(), "", func(_ string, at reflect.Value) { at.Set(reflect.ValueOf(was)) })
	d := decision{s: s}
	d.rebase(-time.Hour)
	var stay []string
	n := 0
	instants(reflect.ValueOf(&d.s).Elem(), "", func(path string, at reflect.Value) {
		if n++; !at.Interface().(time.Time).Equal(was.Add(-time.Hour)) {
			stay = append(stay, path)
		}
	})
	if want := []string{".Stages[0].Ledger.Votes[0].Until"}; !slices.Equal(stay, want) || n < 25 {
		t.Errorf("of %d these stay: %v", n, stay)
	}
}

// instants visits every instant that is set, or could be.
func instants(v reflect.Value, path string, visit func(path string, at reflect.Value)) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		visit(path, v)
	case v.Kind() == reflect.Pointer && !v.IsNil():
		instants(v.Elem(), path, visit)
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			instants(v.Index(i), fmt.Sprintf("%s[%d]", path, i), visit)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			instants(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	}
}
