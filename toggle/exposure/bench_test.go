package exposure

import "testing"

func BenchmarkObserve(b *testing.B) {
	target := &Target{Store: NewMemory([]byte(flags(`{"exposure": "10%", "serve": "on"}`)), nil), Flag: "new"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := target.Observe(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
