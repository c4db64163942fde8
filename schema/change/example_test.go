package change_test

import (
	"errors"
	"fmt"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/change"
)

func ExamplePlan() {
	plan, err := change.Plan(change.Input{
		Services: []change.Service{
			{Name: "shop", Version: "v7", Reads: []string{"orders"}, Writes: []string{"orders", "placed"}},
			{Name: "stock", Reads: []string{"placed"}},
		},
		Changes: []change.Change{
			change.DropColumn{Table: "orders", Column: "fax"},
			change.AddField{In: change.In{Topic: "placed"}, Field: "currency", Required: true},
		},
	}, change.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range plan.Steps {
		fmt.Println(s.Phase, "-", s.Name)
		for _, n := range s.Needs {
			fmt.Println("    needs", n)
		}
		if len(s.Forgoes) > 0 {
			fmt.Println("    no way back to", s.Forgoes)
		}
	}
	// Output:
	// expand - add placed.currency
	// switch - deploy shop@v8
	// contract - drop orders.fax
	//     needs nobody reads or writes orders.fax (asked twice)
	//     no way back to [shop@v7]
	// switch - deploy stock@v2
	//     needs shop@v7 is gone, and its transactions are over
	//     needs null is nowhere in placed.currency (asked twice)
}

func ExampleNoSafePlan() {
	_, err := change.Plan(change.Input{Changes: []change.Change{change.MergeColumns{
		Table:   "customers",
		Columns: []schema.Column{{Name: "first"}, {Name: "last"}},
		Into:    schema.Column{Name: "name", Expr: "first || ' ' || last"},
		NotNull: true,
	}}}, change.Options{})
	var bad *change.NoSafePlan
	if errors.As(err, &bad) {
		fmt.Println(bad)
	}
	// Output:
	// change: no safe plan: app@v3 reads customers.name, which lost meaning: ambiguous (what has the boundary in it) was written; there is one that loses what "ambiguous" in customers.first+last means
}

func ExampleDecode() {
	in, err := change.Decode([]byte(`{
		"services": [{"name": "shop", "reads": ["orders"], "writes": ["orders"]}],
		"changes": [
			{"addEnumValue": {"table": "orders", "column": "status", "value": "held"}},
			{"renameColumn": {"table": "orders", "column": "sum", "to": "sum"}}
		]}`))
	fmt.Println(len(in.Changes), err)
	// Output:
	// 0 changes[1].renameColumn.to: "sum" must be another name
}
