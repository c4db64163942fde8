package schematest_test

import (
	"errors"
	"fmt"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/schematest"
)

// A column is renamed, and what says whether the backfill is complete remembers that it once was: it goes wrong when
// somebody goes back to v1 in between.
func ExampleTest() {
	plan, err := schema.Declare(rename(), schema.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = schematest.Test(plan, &toy{plan: plan, bug: "remembers the proof"}, schematest.Options{})
	var f *schematest.Failure
	if errors.As(err, &f) {
		for i, line := range f.Lines {
			fmt.Printf("%2d. %s\n", i+1, line)
		}
		fmt.Println("WRONG:", f.Wrong)
	}
	// Output:
	//  1. app@v1 runs
	//  2. step "add b" is made
	//  3. step "deploy v2" is made: app@v2 starts
	//  4. step "backfill" is made
	//  5. app@v1 is gone
	//  6. app@v1 is brought by somebody
	//  7. app@v1 writes name="set-6" to k1
	//  8. app@v1 is gone
	//  9. step "deploy v3" is made: app@v3 starts
	// WRONG: app@v3 reads name="" of k1; what was written last is "set-6"
}

// ExampleReplay tries one schedule alone: that of a failure, or one of one's own.
func ExampleReplay() {
	plan, err := schema.Declare(rename(), schema.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = schematest.Replay(plan, &toy{plan: plan}, []schematest.Event{
		{Do: schematest.Makes, Step: "add b", Outcome: schematest.Lost},
		{Do: schematest.Writes, Version: "app@v1", Key: "k1", Values: []schematest.Value{{Attribute: "name", Class: "set", Text: "Ada"}}},
		{Do: schematest.Ends},
	}, schematest.Options{})
	fmt.Println(err)
	// Output: <nil>
}
