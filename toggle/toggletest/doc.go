// Package toggletest helps to test code that asks feature flags.
//
//	func TestCheckout(t *testing.T) {
//		flags := toggletest.NewClient(t, toggletest.Read(t, "testdata/flags.json"), "production")
//		for _, variant := range []string{"on", "off"} {
//			t.Run(variant, func(t *testing.T) {
//				toggletest.Pin(t, flags, "one-page-checkout", variant)
//				...
//			})
//		}
//	}
//
//	func TestFlags(t *testing.T) {
//		set := toggletest.Read(t, "../deploy/flags.json")
//		toggletest.Expired(t, set, time.Now())
//		toggletest.Settled(t, set, "production", time.Now())
//	}
//
//	func TestMain(m *testing.M) {
//		code := m.Run()
//		fmt.Print(toggletest.Run())
//		os.Exit(code)
//	}
//
// # Pins
//
// A pin makes a flag serve one thing to everybody until the test ends. It is of the client,
// not of the test: whoever asks that client sees it, and so do tests that run at the same
// time. Hence pins nest, but do not overlap. A subtest may pin what its parent has pinned,
// or pinned before itself, and the pin before is in force again when it ends. A test that
// pins what a test beside it has pinned at that moment fails, whichever of the two comes
// second: parallel tests that pin the same flag need a client each.
package toggletest

// TB is what is needed of a testing.TB.
type TB interface {
	Helper()
	Name() string
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}
