package gate_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
)

var hasty = gate.Bake{For: 30 * time.Minute, Factor: 0.5, Min: 10 * time.Minute, Early: true} // never written

// proven is a ledger in which a bake that may ends early.
func proven() gate.Ledger {
	return gate.Ledger{
		Healthy: 12 * time.Minute, Serving: 3, Warm: 3,
		Counts: []gate.Count{
			{Signal: "errors", N: 900},
			{Signal: "errors", Endpoint: "POST /orders", N: 500, Need: 500},
		},
		Signals: []gate.Signal{
			{Name: "errors", Verdict: health.Healthy, Provable: true, Proven: true},
			{Name: "latency", Verdict: health.Healthy, Provable: true, Proven: true},
			{Name: "cpu", Verdict: health.Inconclusive, Advisory: true, Suspect: true},
			{Name: "copies", Unmeasured: true},
			{Name: health.ReadinessName, Verdict: health.Healthy},
		},
	}
}

// Each of what an early end needs keeps the bake from it alone.
func TestBakeEndsEarly(t *testing.T) {
	signal := func(change func(*gate.Signal)) func(*gate.Ledger) {
		return func(l *gate.Ledger) { change(&l.Signals[1]) }
	}
	verdict := func(v health.Verdict) func(*gate.Ledger) {
		return signal(func(s *gate.Signal) { s.Verdict = v })
	}
	for _, tc := range []struct {
		name   string
		change func(*gate.Ledger)
		why    string // empty if it ends early
	}{
		{"all is well", func(*gate.Ledger) {}, ""},
		{"the last step", func(l *gate.Ledger) { l.Last = true }, "the last step bakes in full"},
		{"the last step of a later stage", func(l *gate.Ledger) { l.Last, l.Earlier = true, 1 }, "the last step bakes in full"},
		{"at the floor", func(l *gate.Ledger) { l.Healthy = 10 * time.Minute }, ""},
		{"below the floor", func(l *gate.Ledger) { l.Healthy = 10*time.Minute - 1 }, "it bakes at least 10m"},
		{"requests", func(l *gate.Ledger) { l.Counts[1].N = 499.9 }, "499 of 500 requests to POST /orders"},
		{"requests in all", func(l *gate.Ledger) { l.Counts[0].Need = 1000 }, "900 of 1000 requests"},
		{"requests of nothing", func(l *gate.Ledger) { l.Counts[0] = gate.Count{} }, "0 of 1 requests"},
		{"no requests wanted", func(l *gate.Ledger) { l.Counts = nil }, ""},
		{"warm-up", func(l *gate.Ledger) { l.Warm = 2 }, "2 of 3 instances are past their warm-up"},
		{"one instance", func(l *gate.Ledger) { l.Serving, l.Warm = 1, 1 }, "1 of 2 instances serve"},
		{"two instances", func(l *gate.Ledger) { l.Serving, l.Warm = 2, 2 }, ""},
		{"no instance", func(l *gate.Ledger) { l.Serving, l.Warm = 0, 5 }, "0 of 2 instances serve"},
		{"degraded", verdict(health.Degraded), "latency is degraded"},
		{"inconclusive", verdict(health.Inconclusive), "latency is inconclusive"},
		{"an error", verdict(health.Error), "latency is error"},
		{"cancelled", verdict(health.Cancelled), "latency is cancelled"},
		{"without data", verdict(""), "latency is noData"},
		{"not a verdict", verdict("fine"), "latency is fine"},
		{"suspect", signal(func(s *gate.Signal) { s.Suspect = true }), "latency has evidence against the release"},
		{"without a pass form", signal(func(s *gate.Signal) { s.Provable = false }), "latency can prove nothing"},
		{"not proven", signal(func(s *gate.Signal) { s.Proven = false }), "latency is not proven"},
		{"readiness", func(l *gate.Ledger) { l.Signals[4].Verdict = health.Inconclusive }, "readiness is inconclusive"},
		{"readiness alone", func(l *gate.Ledger) { l.Signals = l.Signals[4:] }, "no signal is there to prove anything"},
		{"only advisory", func(l *gate.Ledger) { l.Signals = l.Signals[2:] }, "no signal is there to prove anything"},
		{"nothing", func(l *gate.Ledger) { l.Signals = nil }, "no signal is there to prove anything"},
		{"advisory harm", func(l *gate.Ledger) { l.Signals[2].Verdict = health.Degraded }, ""},
		{"not advisory", func(l *gate.Ledger) { l.Signals[2].Advisory = false }, "cpu is inconclusive"},
		{"harm where nothing is measured", func(l *gate.Ledger) { l.Signals[3].Verdict = health.Degraded }, "copies is degraded"},
		{"what is unhealthy is told first", func(l *gate.Ledger) {
			l.Signals[0].Proven, l.Signals[4].Verdict = false, health.Degraded
		}, "readiness is degraded"},
	} {
		l := proven()
		tc.change(&l)
		f := facts(l)
		want, words := gate.Open, "bake: ended early after "+l.Healthy.String()[:3]+" of 30m: proven"
		if tc.why != "" {
			want, words = gate.Wait, "not ended early: "+tc.why
		}
		if d := hasty.Evaluate(f); d.Answer != want || !d.Next.IsZero() {
			t.Errorf("%s: %v, want %v without Next", tc.name, d, want)
		}
		r := hasty.Explain(f)
		if got := r.String(); got != words && (tc.why == "" || got[len(got)-len(words):] != words) || r.Answer != want {
			t.Errorf("%s: %v %q, want %q", tc.name, r.Answer, got, words)
		}
		if slow := (gate.Bake{For: 30 * time.Minute, Factor: 0.5, Min: 10 * time.Minute}); slow.Evaluate(f).Answer != gate.Wait {
			t.Errorf("%s: a bake that may not end early does", tc.name)
		}
	}
}

func TestBakeEarlyWords(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*gate.Ledger)
		words  string
	}{
		{"early", func(*gate.Ledger) {}, "bake: ended early after 12m of 30m: proven"},
		{"early and shortened", func(l *gate.Ledger) { l.Earlier = 1 }, "bake: ended early after 12m of 15m: proven"},
		{"not early", func(l *gate.Ledger) { l.Signals[0].Proven = false }, "bake: 12m of 30m healthy, not ended early: errors is not proven"},
		{"not any more", func(l *gate.Ledger) { l.Earlier = 5 }, "bake: 12m of 10m healthy, shortened from 30m"},
		{"in full", func(l *gate.Ledger) { l.Healthy, l.Last = 30*time.Minute, true }, "bake: 30m of 30m healthy"},
	} {
		l := proven()
		tc.change(&l)
		r := hasty.Explain(facts(l))
		if got := r.String(); got != tc.words {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.words)
		}
		if r.Have != int64(l.Healthy) || r.Need != int64(hasty.Need(l.Earlier)) {
			t.Errorf("%s: %d of %d", tc.name, r.Have, r.Need)
		}
	}
}

// anyProven is a ledger in which much, but not all, speaks for an early end.
func anyProven() *rapid.Generator[gate.Ledger] {
	return rapid.Custom(func(t *rapid.T) gate.Ledger {
		spoilt := rapid.Bool().Draw(t, "spoilt")
		often := func(what string) bool { return !spoilt || rapid.IntRange(0, 9).Draw(t, what) > 0 }
		l := proven()
		l.Healthy = time.Duration(rapid.IntRange(0, 20).Draw(t, "healthy")) * 15 * time.Second
		l.Last, l.Earlier = !often("last"), rapid.IntRange(0, 2).Draw(t, "earlier")
		if spoilt {
			l.Serving, l.Warm = rapid.Int64Range(0, 3).Draw(t, "serving"), rapid.Int64Range(1, 3).Draw(t, "warm")
		}
		l.Signals = slices.Clone(l.Signals)
		for i := range l.Signals {
			s := &l.Signals[i]
			s.Proven, s.Provable, s.Suspect = often("proven"), often("provable"), !often("suspect")
			if !often("verdict") {
				s.Verdict = rapid.SampledFrom([]health.Verdict{"", health.Degraded, health.Inconclusive}).Draw(t, "which")
			}
		}
		return l
	})
}

// An early end is never below the floor, never at the last step, and never later than
// without it; a higher floor never opens.
func TestBakeEarlyProperties(t *testing.T) {
	tries, ends := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		tries++
		b, l := anyBake(false).Draw(t, "bake"), anyProven().Draw(t, "ledger")
		b.Early = false
		floor := b.Min
		if floor == 0 {
			floor = cmp.Or(b.For, 10*time.Minute) / 10
		}
		if rapid.Bool().Draw(t, "between") {
			l.Healthy = floor + time.Duration(rapid.IntRange(0, 9).Draw(t, "tenths"))*max(0, b.Need(l.Earlier)-floor)/10
		}
		if b.Peak != nil {
			l.Peaks = []gate.Covered{b.Peak.Entry()}
			l.Peaks[0].Healthy = anyDuration(false).Draw(t, "peak")
		}
		plain := b.Evaluate(facts(l))
		b.Early = true
		early := b.Evaluate(facts(l))
		if plain.Answer == gate.Open && early.Answer != gate.Open || early.Answer == gate.Refuse || !early.Next.IsZero() {
			t.Fatalf("%v, and %v if it may end early", plain, early)
		}
		if early == plain {
			return
		}
		ends++
		if l.Last || l.Healthy < floor || l.Healthy <= 0 || l.Serving < 2 || l.Warm < l.Serving ||
			b.Peak != nil && l.Peaks[0].Healthy < time.Minute {
			t.Fatalf("it ends early after %v of %v", l.Healthy, b.Need(l.Earlier))
		}
	})
	if tries >= 100 && ends == 0 { // of a hundred about eleven do
		t.Errorf("none of %d ended early: the test shows nothing", tries)
	}
}
