package gate_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/gate"
)

// answers are all lists of so many answers.
func answers(n int) [][]gate.Answer {
	if n == 0 {
		return [][]gate.Answer{nil}
	}
	var all [][]gate.Answer
	for _, rest := range answers(n - 1) {
		for _, a := range []gate.Answer{gate.Refuse, gate.Wait, gate.Open} {
			all = append(all, append([]gate.Answer{a}, rest...))
		}
	}
	return all
}

// truth orders the answers as Kleene does: false, unknown, true.
func truth(a gate.Answer) int {
	return map[gate.Answer]int{gate.Refuse: 0, gate.Wait: 1, gate.Open: 2}[a]
}

// All is Kleene's and, the smallest; Any his or, the largest; and AtLeast the n-th
// largest, of which the 0 of too few parts is no exception.
func TestKleene(t *testing.T) {
	f := facts(gate.Ledger{})
	for n := range 6 {
		for _, list := range answers(n) {
			parts, count := make([]gate.Gate, n), [3]int{}
			for i, a := range list {
				parts[i] = says(a, 0)
				count[truth(a)]++
			}
			nth := func(k int) int { // the k-th largest of the list, false beyond its end
				for v := 2; v >= 0; v-- {
					if k -= count[v]; k <= 0 {
						return v
					}
				}
				return 0
			}
			check := func(g gate.Gate, want int) {
				if got := truth(g.Evaluate(f).Answer); got != want {
					t.Errorf("%T of %v is %d, want %d", g, list, got, want)
				}
			}
			smallest, largest := 2, 0
			for _, a := range list {
				smallest, largest = min(smallest, truth(a)), max(largest, truth(a))
			}
			check(gate.All(parts), smallest)
			check(gate.Any(parts), largest)
			for k := 1; k <= n+1; k++ {
				check(gate.AtLeast{N: k, Of: parts}, nth(k))
			}
			if n == 1 {
				check(gate.Named{Name: "x", Gate: parts[0]}, smallest)
			}
		}
	}
}

// mended is a gate with its k-th leaf open; k counts down over the leaves. A calendar is
// one, before its exception if it says what becomes of that.
func mended(g gate.Gate, r gate.Reason, k *int) gate.Gate {
	_, timed := g.(gate.Calendar)
	c, ok := g.(gate.Composite)
	if leaf := timed || !ok || len(c.Parts()) == 0; leaf {
		if *k--; *k == -1 {
			return says(gate.Open, 0)
		}
	}
	if !ok || len(c.Parts()) == 0 || timed && len(r.Parts) == 0 {
		return g
	}
	parts := make([]gate.Gate, 0, len(c.Parts()))
	for i, part := range c.Parts() {
		parts = append(parts, mended(part, r.Parts[i], k))
	}
	return c.With(parts)
}

// Whatever is not open names at least one reason; and to mend one of those that it
// names changes the decision, or leaves fewer. Reasons are told apart by their subject.
func TestReasonsCanBeMended(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		odd := odd(t)
		l := anyLedger(odd).Draw(t, "ledger")
		f := gate.NewFacts(anyInstant(odd).Draw(t, "now"), &l, anyOutside(odd).Draw(t, "outside"))
		g := anyGate(false, 3).Draw(t, "gate")
		if _, err := gate.Compile([]gate.Gate{g}); err != nil || g.Evaluate(f).Answer == gate.Open {
			return
		}
		before := gate.All{g}.Explain(f)
		why := before.Why()
		if len(why) == 0 {
			t.Fatalf("%v without a reason", before)
		}
		named, leaf := 0, 0
		var visit func(r gate.Reason, decides bool)
		visit = func(r gate.Reason, decides bool) {
			inner := len(r.Parts) > 0 && r.Kind != "healthy" && r.Kind != "bake" // whose parts are no gates
			calendar := r.Kind == "window" || r.Kind == "freeze"                 // which a part may open
			excepted := calendar && slices.ContainsFunc(r.Parts, func(part gate.Reason) bool { return part.Answer == r.Answer })
			if !inner || calendar {
				if decides && !excepted {
					named++
					k := leaf
					after := gate.All{mended(g, before.Parts[0], &k)}.Explain(f)
					if after.Answer == before.Answer && len(after.Why()) >= len(why) {
						t.Fatalf("%v\nmended %d: %v", before.Lines(), leaf, after.Lines())
					}
				}
				leaf++
			}
			if inner {
				for _, part := range r.Parts {
					visit(part, decides && part.Answer == r.Answer)
				}
			}
		}
		visit(before, true)
		if named != len(why) {
			t.Fatalf("%d decide, %d are named in %v", named, len(why), before.Lines())
		}
	})
}
