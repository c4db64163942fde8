package change_test

import (
	"slices"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/change"
)

// naive is a recipe that people follow, made from what the planner makes of the same change.
type naive struct {
	name  string
	in    change.Input
	spoil func(p *schema.Plan)
}

// step is a step of a plan by its name.
func step(p *schema.Plan, name string) *schema.Step { return &p.Steps[index(p, name)] }

func index(p *schema.Plan, name string) int {
	i := slices.IndexFunc(p.Steps, func(s schema.Step) bool { return s.Name == name })
	if i < 0 {
		panic("no step " + name)
	}
	return i
}

// without takes steps away.
func without(p *schema.Plan, names ...string) {
	for _, n := range names {
		i := index(p, n)
		p.Steps = slices.Delete(p.Steps, i, i+1)
	}
}

// before moves a step before another.
func before(p *schema.Plan, name, other string) {
	moved := *step(p, name)
	without(p, name)
	p.Steps = slices.Insert(p.Steps, index(p, other), moved)
}

// proveAfter asks for conditions once, at the end of a step, as if they stayed true.
func proveAfter(p *schema.Plan, name string, needs ...schema.Condition) {
	p.Steps = slices.Insert(p.Steps, index(p, name)+1, schema.Step{Name: "it is done", Phase: schema.Prove, Needs: needs})
}

// naives are the recipes that are known to be wrong (schema.md, sections 2.2 and 3).
func naives() []naive {
	rename := one(change.RenameColumn{Table: "orders", Column: "a", To: "b", NotNull: true})
	enum := one(change.AddEnumValue{Table: "orders", Column: "status", Value: "held"},
		change.Service{Name: "shop", Writes: []string{"orders"}}, change.Service{Name: "stock", Reads: []string{"orders.status"}})
	drained := []schema.Condition{{Is: schema.Drained, Version: "app@v1"}}
	end := []string{"refuse null in orders.b", "validate orders.b"}
	return []naive{
		{"rename in place", rename, func(p *schema.Plan) {
			without(p, append(end, "deploy app@v2", "deploy app@v3", "backfill orders.b from orders.a", "relax orders.a", "drop orders.a")...)
			add := step(p, "add orders.b")
			add.Changes = append(add.Changes, schema.Change{Do: schema.Drop, Form: "orders.a"})
			step(p, "deploy app@v4").Needs = nil
		}},
		{"one deployment that switches", rename, func(p *schema.Plan) {
			without(p, append(end, "deploy app@v2", "deploy app@v3")...)
			step(p, "backfill orders.b from orders.a").Needs = nil
			step(p, "deploy app@v4").Needs = []schema.Condition{{Is: schema.Proven, Form: "orders.b", From: "orders.a"}}
		}},
		{"contract before drain", rename, func(p *schema.Plan) { step(p, "drop orders.a").Needs = nil }},
		{"backfill before all writers write both", rename, func(p *schema.Plan) {
			step(p, "backfill orders.b from orders.a").Needs = nil
			before(p, "backfill orders.b from orders.a", "deploy app@v2")
			step(p, "deploy app@v3").Needs = drained
			proveAfter(p, "backfill orders.b from orders.a", schema.Condition{Is: schema.Proven, Form: "orders.b", From: "orders.a"})
		}},
		{"backfill that reads and then writes", rename, func(p *schema.Plan) {
			step(p, "backfill orders.b from orders.a").Backfill.Mode = schema.ReadThenWrite
		}},
		{"back and forth without a second backfill", rename, func(p *schema.Plan) {
			proveAfter(p, "backfill orders.b from orders.a", step(p, "deploy app@v3").Needs...)
			step(p, "deploy app@v3").Needs = drained
		}},
		{"required field at once", one(change.AddField{In: change.In{Topic: "placed"}, Field: "note", Required: true}), func(p *schema.Plan) {
			step(p, "deploy consumer@v2").Needs = nil
		}},
		{"not null at once", one(change.AddColumn{Table: "orders", Column: "b", NotNull: true, Fill: "0"}), func(p *schema.Plan) {
			before(p, "refuse null in orders.b", "deploy app@v2")
			step(p, "refuse null in orders.b").Needs = nil
		}},
		{"enum value before readers know it", enum, func(p *schema.Plan) {
			before(p, "deploy shop@v2", "deploy stock@v2")
			before(p, "allow held in orders.status", "deploy shop@v2")
			step(p, "deploy shop@v2").Needs = nil
		}},
	}
}

// TestNaive: each is rejected, with a story that a person can follow.
func TestNaive(t *testing.T) {
	if testing.Short() {
		t.Skip("explores for seconds what the other tests explore too")
	}
	for _, n := range naives() {
		t.Run(n.name, func(t *testing.T) {
			p := plan(t, row{name: n.name, in: n.in})
			n.spoil(&p)
			p, err := schema.Declare(p, schema.Options{}) // that it forgoes something is not what is wrong with it
			if err != nil {
				t.Fatal(err)
			}
			found := verify(t, p)
			if found.Safe || found.Counterexample == nil {
				t.Fatal("it is not rejected")
			}
			golden(t, "naive/"+n.name, found.Counterexample.String())
		})
	}
}
