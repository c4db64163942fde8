package strict_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

func TestFieldErrorText(t *testing.T) {
	for _, c := range []struct {
		err  strict.FieldError
		want string
	}{
		{
			strict.FieldError{Path: "stages[1].strategy.canary.weights[2]", Value: "10%", Rule: "must be above 25%"},
			"stages[1].strategy.canary.weights[2]: 10% must be above 25%",
		},
		{strict.FieldError{Path: "name", Rule: "is missing"}, "name: is missing"},
		{strict.FieldError{Value: "7", Rule: "must be a text"}, "7 must be a text"},
		{strict.FieldError{Rule: "must not be null"}, "must not be null"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("%#v reads %q, want %q", c.err, got, c.want)
		}
	}
}

func TestAddRendersValues(t *testing.T) {
	long := strings.Repeat("ä", 100)
	seven := 7
	for _, c := range []struct {
		value any
		want  string
	}{
		{nil, ""},
		{"", `""`},
		{"a\nb", `"a\nb"`},
		{tier("gold"), `"gold"`},
		{10, "10"},
		{&seven, "7"},
		{10 * time.Minute, "10m0s"},
		{[]string{"a", "b"}, "[a b]"},
		{map[string]int{"b": 2, "a": 1}, "map[a:1 b:2]"},
		{errors.New("broken"), "broken"},
		{errors.New(""), `""`},
		{(*int)(nil), "<nil>"},
		{long, `"` + long[:160] + `"…`},
		{errors.New(long), long[:160] + "…"},
		{long[:120], `"` + long[:120] + `"`},
		{long[:160], `"` + long[:160] + `"`},
	} {
		var p strict.Problems
		p.Add("x", c.value, "is wrong")
		got := strict.Fields(p.Err())
		if len(got) != 1 || *got[0] != (strict.FieldError{Path: "x", Value: c.want, Rule: "is wrong"}) {
			t.Errorf("%v: got %v, want the value %s", c.value, got, c.want)
		}
	}
}

func TestNoProblems(t *testing.T) {
	var p strict.Problems
	p.Join("a", nil)
	p.Join("a", errors.Join(nil, nil))
	p.Join("a", (*strict.FieldError)(nil))
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	if got := strict.Fields(nil); got != nil {
		t.Fatal(got)
	}
}

func TestJoin(t *testing.T) {
	field := func(path string) error { return &strict.FieldError{Path: path, Value: "1", Rule: "is wrong"} }
	sentinel := errors.New("invalid plan")
	var inner strict.Problems
	inner.Join("", field("x"))
	inner.Join("y", field("[2].z"))
	for _, c := range []struct {
		name, path string
		err        error
		want       string
	}{
		{"one", "a", field("b"), "a.b: 1 is wrong"},
		{"index", "a", field("[2]"), "a[2]: 1 is wrong"},
		{"no path inside", "a", field(""), "a: 1 is wrong"},
		{"no path outside", "", field("b"), "b: 1 is wrong"},
		{"other", "a", errors.New("no such thing"), "a: no such thing"},
		{
			"joined", "a", errors.Join(field("b"), errors.New("no"), errors.Join(field("c"), errors.New("nor"))),
			"a.b: 1 is wrong|a: no|a.c: 1 is wrong|a: nor",
		},
		{"problems", "a", inner.Err(), "a.x: 1 is wrong|a.y[2].z: 1 is wrong"},
		{"wrapped", "a", fmt.Errorf("plan: %w", inner.Err()), "a.x: 1 is wrong|a.y[2].z: 1 is wrong"},
		{"wrapped other", "a", fmt.Errorf("plan: %w", errors.New("no")), "a: plan: no"},
		{"wrapped with a sentinel", "a", fmt.Errorf("%w: %w", sentinel, field("b")), "a.b: 1 is wrong"},
		{"two sentinels", "a", fmt.Errorf("%w: %w", sentinel, sentinel), "a: invalid plan: invalid plan"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p strict.Problems
			p.Join(c.path, c.err)
			want := strings.ReplaceAll(c.want, "|", "\n")
			if got := p.Err().Error(); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestManyProblems(t *testing.T) {
	var inner, middle, outer strict.Problems
	for i := range 123 {
		inner.Add(fmt.Sprintf("[%d]", i), nil, "is wrong")
	}
	middle.Add("first", nil, "is wrong")
	middle.Join("list", fmt.Errorf("wrapped: %w", inner.Err()))
	outer.Join("plan", errors.Join(middle.Err()))
	for _, c := range []struct {
		err         error
		first, last string
	}{
		{inner.Err(), "[0]: is wrong", "23 more problems are not shown"},
		{middle.Err(), "first: is wrong", "24 more problems are not shown"},
		{outer.Err(), "plan.first: is wrong", "24 more problems are not shown"},
	} {
		fields := strict.Fields(c.err)
		if len(fields) != 101 || fields[0].Error() != c.first || fields[100].Error() != c.last {
			t.Errorf("%d fields, first %v, last %v", len(fields), fields[0], fields[len(fields)-1])
		}
	}
	var one strict.Problems
	for range 101 {
		one.Add("", nil, "is wrong")
	}
	if got := strict.Fields(one.Err()); got[100].Error() != "1 more problem is not shown" {
		t.Error(got[100])
	}
}

func TestErrIsASnapshot(t *testing.T) {
	var p strict.Problems
	p.Add("a", nil, "is wrong")
	err := p.Err()
	p.Add("b", nil, "is wrong")
	if got := err.Error(); got != "a: is wrong" {
		t.Error(got)
	}
	var field *strict.FieldError
	if !errors.As(err, &field) || field.Path != "a" {
		t.Error(field)
	}
}
