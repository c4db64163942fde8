package toggletest_test

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle/toggletest"
)

// newT stands for the *testing.T of a test.
func newT() *fake { return &fake{name: "TestCheckout"} }

func ExamplePin() {
	t := newT()
	flags := toggletest.NewClient(t, toggletest.Read(t, "testdata/flags.json"), "production")
	for _, variant := range []string{"on", "off"} {
		toggletest.Pin(t, flags, "one-page-checkout", variant)
		fmt.Println(variant, flags.Bool("one-page-checkout", nil, false))
	}
	// Output:
	// on true
	// off false
}

func ExampleExpired() {
	t := newT()
	today := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC) // in a test: time.Now()
	toggletest.Expired(t, toggletest.Read(t, "testdata/flags.json"), today)
	fmt.Println(t.failures)
	// Output:
	// [toggletest: flag "old-search" (experiment, owner search) expired on 2026-10-30, 2 days ago: remove it, or say until when it stays]
}

func ExampleTouched() {
	t := newT()
	flags := toggletest.NewClient(t, toggletest.Read(t, "testdata/flags.json"), "")
	flags.Text("color", nil, "none")
	flags.Bool("one-page-checkout", nil, false)
	flags.Bool("one-page-checkout", nil, false)
	fmt.Print(toggletest.Touched(flags))
	// Output:
	// color              1 evaluation   red
	// one-page-checkout  2 evaluations  off
	// never evaluated: old-search
}
