package change_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/change"
)

// drawChange draws a change of the n-th column, field or thing, so that no two get into each other's way.
func drawChange(t *rapid.T, n int) change.Change {
	name := func(s string) string { return fmt.Sprintf("%s%d", s, n) }
	yes := func(what string) bool { return rapid.Bool().Draw(t, name(what)) }
	a, b := name("a"), name("b")
	verdict := func(what string) schema.Verdict {
		return rapid.SampledFrom([]schema.Verdict{"", schema.OK, schema.Lossy}).Draw(t, name(what))
	}
	in := rapid.SampledFrom([]change.In{
		{Topic: "placed"}, {Blob: "carts"}, {Request: "POST /orders"}, {Response: "POST /orders"},
	}).Draw(t, name("in"))
	const table = "orders"
	switch rapid.IntRange(0, 17).Draw(t, name("change")) {
	case 0:
		if yes("notNull") {
			return change.AddColumn{Table: table, Column: b, NotNull: true, Fill: "0"}
		}
		return change.AddColumn{Table: table, Column: b}
	case 1:
		return change.AddColumn{Table: table, Column: b, Default: "gen_random_uuid()", Volatile: true, NotNull: yes("notNull")}
	case 2:
		return change.RenameColumn{Table: table, Column: a, To: b, NotNull: yes("notNull")}
	case 3:
		v := change.Value{Name: "odd", Old: verdict("old")}
		if v.Old == "" || v.Old == schema.OK {
			v.New = verdict("new")
		}
		return change.ChangeType{Table: table, Column: a, To: b, NotNull: yes("notNull"), Values: []change.Value{v}}
	case 4:
		return change.SplitColumn{Table: table, Column: a, Into: []schema.Column{col(b), col(b + "x")}, Join: "j", NotNull: yes("notNull")}
	case 5:
		return change.MergeColumns{Table: table, Columns: []schema.Column{col(a, "x"), col(a+"x", "x")}, Into: col(b), NotNull: yes("notNull")}
	case 6:
		return change.DropColumn{Table: table, Column: a, NotNull: yes("notNull")}
	case 7:
		return change.SplitTable{Table: table, Columns: []schema.Column{col(a)}, Into: name("rest"), NotNull: yes("notNull")}
	case 8:
		return change.AddCheck{Table: table, Columns: []string{a}, Name: name("check")}
	case 9:
		return change.SetNotNull{Table: table, Column: a, Fill: "0"}
	case 10:
		return change.Relax{Table: table, Column: a}
	case 11:
		return change.AddEnumValue{Table: table, Column: a, Value: "held"}
	case 12:
		return change.RenameEnumValue{Table: table, Column: a, Value: "held", To: "on hold"}
	case 13:
		return change.RemoveEnumValue{Table: table, Column: a, Value: "held"}
	case 14:
		return change.AddField{In: in, Field: a, Required: in.Blob == "" && yes("required")}
	case 15:
		return change.RemoveField{In: in, Field: a, Required: yes("required")}
	case 16:
		return change.ChangeField{In: in, Field: a, To: b, OldReadsNew: verdict("old"), NewReadsOld: verdict("new")}
	}
	return change.WidenField{In: in, Field: a, Value: "held"}
}

// drawServices draws who touches what.
func drawServices(t *rapid.T) []change.Service {
	out := make([]change.Service, rapid.IntRange(0, 3).Draw(t, "services"))
	some := func(what string, things ...string) (list []string) {
		for _, thing := range things {
			if rapid.Bool().Draw(t, what+" "+thing) {
				list = append(list, thing)
			}
		}
		return list
	}
	for i := range out {
		name := string(rune('p' + i))
		out[i] = change.Service{
			Name:  name,
			Reads: some(name+" reads", "orders", "placed", "carts"), Writes: some(name+" writes", "orders", "placed", "carts", "orders.a0"),
			Calls: some(name+" calls", "POST /orders"), Serves: some(name+" serves", "POST /orders"),
		}
		if rapid.IntRange(0, 2).Draw(t, name+" is odd") == 0 {
			out[i].Makes = some(name+" makes", "orders")
			out[i].Star = some(name+" does not list", "orders")
			out[i].Strict = some(name+" refuses", "placed")
			out[i].Whole = some(name+" writes as a whole", "carts")
			out[i].Replica = some(name+" reads a replica of", "orders")
			out[i].Takes = some(name+" takes", "orders")
		}
	}
	return out
}

// maxRandom is how many checks are made at most: each explores a few thousand states.
const maxRandom = 25

// TestRandom: what is planned verifies, and what is not has a story.
func TestRandom(t *testing.T) {
	done := 0
	rapid.Check(t, func(t *rapid.T) {
		if done++; done > maxRandom && !*long {
			return
		}
		in := change.Input{Services: drawServices(t)}
		for i := range rapid.IntRange(1, 5).Draw(t, "changes") {
			in.Changes = append(in.Changes, drawChange(t, i))
		}
		o := change.Options{Triggers: rapid.Bool().Draw(t, "triggers"), Verify: schema.Options{Records: 1, MaxStates: 20_000}}
		p, err := change.Plan(in, o)
		if bad := (*change.NoSafePlan)(nil); errors.As(err, &bad) {
			if bad.Trace.Wrong == "" || schemaSafe(t, bad.Plan, o.Verify) {
				t.Fatalf("no story, or a plan that is safe after all: %v", err)
			}
			return
		}
		if errors.Is(err, change.ErrTooLarge) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if !schemaSafe(t, p, o.Verify) {
			t.Fatal("it does not verify")
		}
	})
}

func schemaSafe(t *rapid.T, p schema.Plan, o schema.Options) bool {
	found, err := schema.Verify(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return found.Safe
}
