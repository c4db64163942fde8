package conduct_test

import (
	"fmt"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/conduct"
)

// A column is renamed; what a host sees is given by hand here. After v2 was taken back and brought again, what was proven
// before is not true any more.
func Example() {
	plan, err := schema.Declare(rename(), schema.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := schema.Verify(plan, schema.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := conduct.New(plan, found, conduct.Options{Templates: map[string]rollout.Plan{"app": template()}})
	if err != nil {
		fmt.Println(err)
		return
	}
	seen := conduct.Seen{At: noon, World: plan.Start}
	say := func() { fmt.Println(c.Next(seen).Text) }
	say()
	seen.World.Forms = []string{"a", "b"}
	say()
	seen.World.Running = []string{"app@v2"}
	seen.Holds, seen.Settled = []schema.Condition{drained("app@v1"), maintained}, []string{"deploy v2"}
	say()
	seen.Holds = append(seen.Holds, proven)
	say()
	seen.World.Running, seen.Holds = []string{"app@v1"}, nil
	say()
	seen.World.Running, seen.Holds = []string{"app@v2"}, []schema.Condition{maintained}
	say()
	// Output:
	// step 1 of 8, "add b", is next
	// step 2 of 8, "deploy v2", is next
	// step 3 of 8, "backfill", is next
	// step 5 of 8, "deploy v3", is next; after it there is no way back to app@v1
	// step 2 of 8, "deploy v2", is next
	// step 3 of 8, "backfill", is next
}

// ExampleConductor_Rollout is the rollout of a deployment that forgoes what it replaces.
func ExampleConductor_Rollout() {
	plan, found := verified(topics()) // schema.Declare and schema.Verify
	c, err := conduct.New(plan, found, conduct.Options{Templates: map[string]rollout.Plan{"app": template()}})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := c.Rollout("deploy v2")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Release.Name, p.Release.Version, "replaces", p.Release.Replaces)
	fmt.Println(p.Release.Irreversible)
	// Output:
	// checkout v2 replaces v1
	// app@v1 is not in the horizon of the schema plan after "deploy v2": nobody of app reads a message that is in new only
}

// ExampleConductor_Gates asks whether the old column may be dropped: not before the toggle that reads the new one is on.
func ExampleConductor_Gates() {
	plan, found := verified(rename()) // schema.Declare and schema.Verify
	c, err := conduct.New(plan, found, conduct.Options{
		Templates: map[string]rollout.Plan{"app": template()},
		Gates:     map[string][]gate.Gate{"drop a": {gate.Fact{Name: "toggle/read-b", Value: "on"}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	gates, err := c.Gates("drop a")
	if err != nil {
		fmt.Println(err)
		return
	}
	seen := conduct.Seen{At: noon, Holds: []schema.Condition{{Is: schema.Unused, Form: "a"}}, Settled: []string{"deploy v4"}}
	toggle := gate.Vouched{Name: "toggle/read-b", Value: "off", At: noon}
	reason := gates.Explain(gate.NewFacts(noon, &gate.Ledger{}, append(seen.Facts(), toggle)))
	for _, part := range reason.Parts {
		fmt.Println(part.Answer, part.Text)
	}
	// Output:
	// open schema/unused/a is true
	// open schema/settled/deploy v4 is true
	// wait toggle/read-b is off, not on
}
