package schema_test

import (
	"fmt"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// A column is renamed in place: what runs does not know the new name.
func Example() {
	plan := schema.Plan{
		Stores:     []schema.Store{{Name: "orders", Kind: schema.Table}},
		Attributes: []schema.Attribute{{Name: "customer", Values: []schema.Value{{Name: "name", Witness: "Ada"}}}},
		Forms: []schema.Form{
			{Name: "orders.customer", Attribute: "customer", Store: "orders"},
			{Name: "orders.client", Attribute: "customer", Store: "orders", Of: "orders.customer"},
		},
		Versions: []schema.Version{
			{
				Service: "shop", Name: "v1", Makes: []string{"orders"},
				Reads:  []schema.Read{{Attribute: "customer", Forms: []string{"orders.customer"}}},
				Writes: []schema.Write{{Attribute: "customer", Together: [][]string{{"orders.customer"}}}},
			},
			{
				Service: "shop", Name: "v2", Makes: []string{"orders"},
				Reads:  []schema.Read{{Attribute: "customer", Forms: []string{"orders.client"}}},
				Writes: []schema.Write{{Attribute: "customer", Together: [][]string{{"orders.client"}}}},
			},
		},
		Start: schema.World{Forms: []string{"orders.customer"}, Running: []string{"shop@v1"}},
		Steps: []schema.Step{
			{Name: "rename", Phase: schema.Contract, Changes: []schema.Change{
				{Do: schema.Add, Form: "orders.client"}, {Do: schema.Drop, Form: "orders.customer"},
			}},
			{Name: "deploy v2", Phase: schema.Switch, Deploy: "shop@v2"},
		},
		Goal: schema.World{Forms: []string{"orders.client"}, Running: []string{"shop@v2"}},
	}
	found, err := schema.Verify(plan, schema.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(found.Explain())
	fmt.Print(found.Counterexample)
	// Output:
	// not safe: shop@v1 reads orders.customer, which does not exist
	//   1. shop@v1 runs
	//   2. step "rename" is made
	//   3. WRONG: shop@v1 reads orders.customer, which does not exist
}

// The horizon says after each step which versions may run.
func ExampleVerify() {
	plan, err := schema.Declare(rename(), schema.Options{}) // see the package's tests
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := schema.Verify(plan, schema.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range found.Horizon {
		fmt.Println(row.After, row.MayRun())
	}
	// Output:
	// start [app@v1]
	// add b [app@v1 app@v2]
	// deploy v2 [app@v1 app@v2]
	// backfill [app@v1 app@v2]
	// proven [app@v1 app@v2 app@v3]
	// deploy v3 [app@v2 app@v3]
	// relax a [app@v2 app@v3 app@v4]
	// deploy v4 [app@v3 app@v4]
	// drop a [app@v4]
}

// After the writers were switched, v2 is not in the horizon any more. There is a way back.
func ExampleWayBack() {
	plan, err := schema.Declare(rename(), schema.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	back, err := schema.WayBack(plan, "deploy v4", "app@v2", schema.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range back.Steps {
		fmt.Println(step.Name)
		for _, need := range step.Needs {
			fmt.Println("  needs:", need)
		}
	}
	// Output:
	// go back to app@v3
	// fill a again
	//   needs: app@v4 is gone, and its transactions are over
	// go back to app@v2
	//   needs: whoever writes b writes a with it
	//   needs: a says what b says (asked twice)
	// app@v2 alone
	//   needs: app@v3 is gone, and its transactions are over
}

// A new column holds numbers that the old one does not.
func ExampleCompatible() {
	plan := rename()
	plan.Attributes[0].Values = []schema.Value{{Name: "small", Witness: "7"}, {Name: "wide", Witness: "3000000000"}}
	plan.Forms[0].Fits = []schema.Fit{{Value: "wide", Verdict: schema.Error}}
	found, err := schema.Compatible(plan, "app@v2", "app@v1")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, one := range found {
		fmt.Printf("%s: %s is %s%s\n", one.Value, one.Witness, one.Verdict, after(": ", one.Why))
	}
	// Output:
	// small: 7 is ok
	// wide: 3000000000 is error: app@v2 writes wide (3000000000), which a cannot hold
}

// after is text after a mark, if there is text.
func after(mark, text string) string {
	if text == "" {
		return ""
	}
	return mark + text
}
