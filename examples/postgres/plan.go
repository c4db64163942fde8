package main

import (
	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/change"
)

// input is what is to be different, and who touches it today. In which order, by which versions, and what must
// hold before each step, is worked out by package change.
func input() change.Input {
	return change.Input{
		Services: []change.Service{
			{Name: "shop", Reads: []string{"orders"}, Writes: []string{"orders", "placed"}},
			{Name: "mailer", Reads: []string{"placed"}},
		},
		Changes: []change.Change{
			change.RenameColumn{Table: "orders", Column: "customer", To: "client", Type: "text", NotNull: true, Key: []string{"id"}},
			change.ChangeType{
				Table: "orders", Column: "amount", OldType: "int", To: "total", Type: "bigint", NotNull: true, Key: []string{"id"},
				Values: []change.Value{{Name: "wide", Witness: "3000000000", Old: schema.Error}},
			},
			change.ChangeField{In: change.In{Topic: "placed"}, Field: "customer", To: "client"},
		},
	}
}

// formats make customers of numbers.
var formats = map[string][]string{"orders.customer": {"customer %d"}, "placed.customer": {"customer %d"}}

func plan() (schema.Plan, schema.Result, error) {
	p, err := change.Plan(input(), change.Options{})
	if err != nil {
		return schema.Plan{}, schema.Result{}, err
	}
	p.Name = "orders: customer becomes client, amount becomes a wider total"
	found, err := schema.Verify(p, schema.Options{})
	return p, found, err
}
