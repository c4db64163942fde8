package schema_test

import "testing"

// TestPlans: the plans of the catalogue are safe, and so says the simulator.
func TestPlans(t *testing.T) {
	names, plans := basePlans()
	for i, p := range plans {
		t.Run(names[i], func(t *testing.T) {
			p = declared(t, p)
			if got := verify(t, p); !got.Safe {
				t.Fatalf("%s\n%s", got.Counterexample.Kind, got.Counterexample)
			}
			walked := 60
			if testing.Short() {
				walked = 5
			}
			agree(t, p, 7, walked)
		})
	}
}
