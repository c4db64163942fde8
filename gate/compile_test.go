package gate_test

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-20fe5ead/gradatim/gate"
)

// template becomes a Bake when it is prepared, or an error, or nothing.
type template struct {
	schedule
	becomes gate.Gate
	err     error
}

func (template) Kind() string                  { return "template" }
func (p template) Prepare() (gate.Gate, error) { return p.becomes, p.err }

// nameless has no kind.
type nameless struct{ schedule }

func (nameless) Kind() string { return "" }

// plain has a Validate that speaks of no field.
type plain struct{ schedule }

func (plain) Kind() string    { return "plain" }
func (plain) Validate() error { return errors.New("must be something else") }

// nested is a list in so many lists.
func nested(depth int) gate.Gate {
	g := gate.Gate(gate.Bake{})
	for range depth {
		g = gate.All{g}
	}
	return g
}

func TestCompileProblems(t *testing.T) {
	circle := make(gate.All, 3)
	for i := range circle {
		circle[i] = circle
	}
	var noList *gate.All
	for _, tc := range []struct {
		name  string
		gates []gate.Gate
		want  []string
	}{
		{"bake", []gate.Gate{gate.Requests{Min: 1}, gate.Bake{For: -time.Minute, Factor: 1.5, Min: -1}}, []string{
			"[1].bake.for: -1m must not be negative",
			"[1].bake.factor: 1.5 must be above 0 and at most 1",
			"[1].bake.min: -1ns must not be negative",
		}},
		{"bake with odd factors", []gate.Gate{
			gate.Bake{Factor: math.NaN()}, gate.Bake{Factor: math.Inf(1)}, gate.Bake{Factor: -0.1},
		}, []string{
			"[0].bake.factor: NaN must be above 0 and at most 1",
			"[1].bake.factor: +Inf must be above 0 and at most 1",
			"[2].bake.factor: -0.1 must be above 0 and at most 1",
		}},
		{"bake with a floor above", []gate.Gate{gate.Bake{For: time.Minute, Min: time.Hour}, gate.Bake{Min: time.Hour}}, []string{
			"[0].bake.min: 1h must be at most for, 1m",
			"[1].bake.min: 1h must be at most for, 10m",
		}},
		{"requests", []gate.Gate{gate.Requests{Endpoint: " GET /", Signal: "errors\n"}}, []string{
			"[0].requests.min: 0 must be at least 1",
			`[0].requests.endpoint: " GET /" must not begin or end with space`,
			`[0].requests.signal: "errors\n" must not begin or end with space`,
		}},
		{"long endpoint", []gate.Gate{gate.Requests{Min: 1, Endpoint: strings.Repeat("x", 1001)}}, []string{
			`[0].requests.endpoint: "` + strings.Repeat("x", 80) + `"… must have at most 1000 bytes`,
		}},
		{"healthy", []gate.Gate{gate.Healthy{Signals: []string{"a", "", "a", "b "}, For: -1, Passes: -2}}, []string{
			`[0].healthy.signals[1]: "" must be the name of a signal`,
			`[0].healthy.signals[2]: "a" must be named only once`,
			`[0].healthy.signals[3]: "b " must not begin or end with space`,
			"[0].healthy.for: -1ns must not be negative",
			"[0].healthy.passes: -2 must not be negative",
		}},
		{"approval", []gate.Gate{
			gate.Approval{Count: -1, Roles: []string{"a", "", "a", "b "}, For: " x", Lasts: -1},
			gate.Approval{Count: 101},
			gate.Approval{Count: 100, Lasts: time.Hour},
		}, []string{
			"[0].approval.count: -1 must be from 1 to 100; 0 means 1",
			`[0].approval.roles[1]: "" must be the name of a role`,
			`[0].approval.roles[2]: "a" must be named only once`,
			`[0].approval.roles[3]: "b " must not begin or end with space`,
			`[0].approval.for: " x" must not begin or end with space`,
			"[0].approval.lasts: -1ns must not be negative",
			"[1].approval.count: 101 must be from 1 to 100; 0 means 1",
		}},
		{"nothing there", []gate.Gate{nil, gate.Bake{}, (*gate.Bake)(nil), noList}, []string{
			"[0]: must be a gate", "[2]: must be a gate", "[3]: must be a gate",
		}},
		{"no kind, and words only", []gate.Gate{nameless{}, plain{}}, []string{
			"[0]: must have a kind", "[1].plain: must be something else",
		}},
		{"all", []gate.Gate{gate.All{}, gate.All{gate.Bake{}, gate.All{gate.Bake{For: -1}, nil}}, &gate.All{}}, []string{
			"[0].all: [] must have at least one gate",
			"[1].all[1].all[0].bake.for: -1ns must not be negative",
			"[1].all[1].all[1]: must be a gate",
			"[2].all: [] must have at least one gate",
		}},
		{"any, some and named", []gate.Gate{
			gate.Any{},
			gate.AtLeast{N: 3, Of: []gate.Gate{gate.Bake{}, gate.Bake{For: -1}}},
			gate.AtLeast{Of: []gate.Gate{gate.Bake{}}},
			gate.Named{Gate: gate.Any{gate.Bake{For: -1}}},
			gate.Named{Name: "x "},
			gate.Fact{Digest: true, Value: "x", MaxAge: -1},
		}, []string{
			"[0].any: [] must have at least one gate",
			"[1].atLeast.n: 3 must be from 1 to the number of gates, 2",
			"[1].atLeast.of[1].bake.for: -1ns must not be negative",
			"[2].atLeast.n: 0 must be from 1 to the number of gates, 1",
			`[3].named.name: "" must be given`,
			"[3].named.gate.any[0].bake.for: -1ns must not be negative",
			`[4].named.name: "x " must not begin or end with space`,
			"[4].named.gate: must be a gate",
			`[5].fact.name: "" must be given`,
			`[5].fact.value: "x" must not be given with digest: the value is the digest`,
			"[5].fact.maxAge: -1ns must not be negative",
		}},
		{"too many", make([]gate.Gate, 101), []string{"101 gates are too many: at most 100"}},
		{"too many in one of them", []gate.Gate{make(gate.All, 101)}, []string{"[0].all: 101 gates are too many: at most 100"}},
		{"too deep", []gate.Gate{nested(17)}, []string{
			"[0].all" + strings.Repeat("[0].all", 16) + ": must not be nested deeper than 16 levels",
		}},
		{"prepared to nothing", []gate.Gate{template{}, template{err: errors.New("no such zone")}, gate.All{template{becomes: (*gate.Bake)(nil)}}}, []string{
			"[0].template: must become a gate when it is prepared",
			"[1].template: no such zone",
			"[2].all[0].template: must become a gate when it is prepared",
		}},
	} {
		got, err := gate.Compile(tc.gates)
		if err == nil || got != nil {
			t.Errorf("%s: %v without an error", tc.name, got)
			continue
		}
		if diff := cmp.Diff(strings.Join(tc.want, "\n"), err.Error()); diff != "" {
			t.Errorf("%s:\n%s", tc.name, diff)
		}
	}
	if _, err := gate.Compile(circle); err == nil {
		t.Error("a list in itself")
	}
	exceptions := make(gate.Any, 2)
	for i := range exceptions {
		exceptions[i] = gate.Window{Open: office().Open, Except: exceptions}
	}
	if _, err := gate.Compile(exceptions); err == nil {
		t.Error("exceptions of themselves")
	}
	wide := make(gate.All, 100)
	for i := range wide {
		wide[i] = gate.All(slices.Repeat([]gate.Gate{gate.Bake{}}, 100))
	}
	if _, err := gate.Compile([]gate.Gate{wide}); err == nil || !strings.Contains(err.Error(), "more than 1000 gates") {
		t.Errorf("10100 gates: %v", err)
	}
}

// A composite speaks for itself only: Compile asks its parts.
func TestAllValidate(t *testing.T) {
	if err := (gate.All{gate.Bake{For: -1}}).Validate(); err != nil {
		t.Errorf("what is wrong with a part is not the list's: %v", err)
	}
	if _, err := gate.Compile([]gate.Gate{nested(16)}); err != nil {
		t.Errorf("16 levels: %v", err)
	}
	if _, err := gate.Compile([]gate.Gate{nested(17)}); err == nil {
		t.Error("17 levels")
	}
}

func TestCompile(t *testing.T) {
	bake := gate.Bake{For: time.Minute}
	in := []gate.Gate{template{becomes: bake}, gate.Requests{Min: 5}, gate.All{gate.All{template{becomes: bake}}, bake}}
	before := slices.Clone(in)
	got, err := gate.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	want := []gate.Gate{bake, gate.Requests{Min: 5}, gate.All{gate.All{bake}, bake}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, ok := in[2].(gate.All)[0].(gate.All)[0].(template); !ok || len(in) != len(before) {
		t.Error("Compile changed what it was given")
	}
	if got, err := gate.Compile([]gate.Gate{nested(16)}); err != nil || !reflect.DeepEqual(got[0], nested(16)) { // a diff takes long
		t.Errorf("%v, %v", got, err)
	}
	if got, err := gate.Compile(nil); len(got) != 0 || err != nil {
		t.Errorf("no gates: %v, %v", got, err)
	}
	if _, err := gate.Compile([]gate.Gate{&gate.Bake{}, &gate.All{&gate.Healthy{}}}); err != nil {
		t.Errorf("pointers: %v", err)
	}
}

// What was not compiled is refused by its path, too, where there is no gate.
func TestNoGateIsAnError(t *testing.T) {
	gates := []gate.Gate{gate.Bake{}, gate.All{nil, (*gate.Bake)(nil)}, (*gate.All)(nil)}
	fine := func(gate.Gate) error { return nil }
	_, placed := gate.Placed(gates, gate.Place{})
	for name, err := range map[string]error{"Placed": placed, "CanOpen": gate.CanOpen(gates, fine)} {
		if want := "[1].all[0]: must be a gate\n[1].all[1]: must be a gate\n[2]: must be a gate"; err == nil || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWanted(t *testing.T) {
	gates := []gate.Gate{
		gate.Requests{Min: 1, Endpoint: "b"},
		gate.Bake{},
		nil,
		gate.All{gate.Requests{Min: 9, Endpoint: "b"}, gate.All{gate.Requests{Signal: "errors", Endpoint: "a"}, nil}},
		gate.Healthy{Signals: []string{"latency", "errors", "e2e"}},
		gate.Requests{},
	}
	wanted := []gate.Count{{Need: 1}, {Endpoint: "b", Need: 9}, {Signal: "errors", Endpoint: "a", Need: 1}}
	if diff := cmp.Diff(wanted, gate.Wanted(gates)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"e2e", "errors", "latency"}, gate.Watched(gates)); diff != "" {
		t.Error(diff)
	}
	if gate.Wanted(nil) != nil || gate.Watched([]gate.Gate{gate.Bake{}}) != nil {
		t.Error("from nothing comes something")
	}
	if names := gates[4].(gate.Healthy).Signals; names[0] != "latency" {
		t.Errorf("the gate was sorted: %v", names)
	}
}
