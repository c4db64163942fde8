package gate_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/gate"
)

func TestBakeNeed(t *testing.T) {
	regions := gate.Bake{For: time.Hour, Factor: 0.5, Min: 10 * time.Minute}
	for _, tc := range []struct {
		name    string
		bake    gate.Bake
		earlier int
		want    time.Duration
	}{
		{"first region", regions, 0, time.Hour},
		{"second", regions, 1, 30 * time.Minute},
		{"third", regions, 2, 15 * time.Minute},
		{"floor", regions, 3, 10 * time.Minute},
		{"floor stays", regions, math.MaxInt, 10 * time.Minute},
		{"fewer than none", regions, -1, time.Hour},
		{"zero is ten minutes", gate.Bake{}, 5, 10 * time.Minute},
		{"zero factor never shortens", gate.Bake{For: time.Hour}, 5, time.Hour},
		{"factor one never shortens", gate.Bake{For: time.Hour, Factor: 1}, 5, time.Hour},
		{"a floor without a factor", gate.Bake{For: time.Hour, Min: time.Minute}, 5, time.Hour},
		{"a tenth is the floor", gate.Bake{For: time.Hour, Factor: 0.5}, 100, 6 * time.Minute},
		{"exact", gate.Bake{For: 10 * time.Minute, Factor: 0.7}, 1, 7 * time.Minute},
		{"rounded to a nanosecond", gate.Bake{For: 10, Factor: 0.25, Min: 1}, 1, 3},
		{"never nothing", gate.Bake{For: 1, Factor: 0.1}, 3, 1},
		{"not a number never shortens", gate.Bake{For: time.Hour, Factor: math.NaN()}, 3, time.Hour},
		{"nor does more than one", gate.Bake{For: time.Hour, Factor: math.Inf(1)}, 3, time.Hour},
		{"nor less than none", gate.Bake{For: time.Hour, Factor: -0.5}, 3, time.Hour},
		{"negative is unset", gate.Bake{For: -1, Min: -1}, 0, 10 * time.Minute},
		{"a floor above the top", gate.Bake{For: time.Minute, Min: time.Hour}, 0, time.Hour},
		{"all time", gate.Bake{For: math.MaxInt64, Factor: 1}, 1, math.MaxInt64},
		{"almost all time", gate.Bake{For: math.MaxInt64, Factor: math.Nextafter(1, 0)}, 1, math.MaxInt64 - 1023},
	} {
		if got := tc.bake.Need(tc.earlier); got != tc.want {
			t.Errorf("%s: Need(%d) = %v, want %v", tc.name, tc.earlier, got, tc.want)
		}
	}
}

func TestBakeEvaluate(t *testing.T) {
	bake := gate.Bake{For: 10 * time.Minute, Factor: 0.5, Min: 2 * time.Minute}
	for _, tc := range []struct {
		name   string
		ledger gate.Ledger
		want   gate.Answer
		words  string
	}{
		{"nothing yet", gate.Ledger{}, gate.Wait, "bake: 0s of 10m healthy"},
		{
			"reached long ago without samples",
			gate.Ledger{Reached: noon.AddDate(-1, 0, 0), Frontier: noon},
			gate.Wait,
			"bake: 0s of 10m healthy",
		},
		{"half", gate.Ledger{Healthy: 192_123_456_789}, gate.Wait, "bake: 3m12s of 10m healthy"},
		{"almost", gate.Ledger{Healthy: 10*time.Minute - 1}, gate.Wait, "bake: 9m59s of 10m healthy"},
		{"just", gate.Ledger{Healthy: 10 * time.Minute}, gate.Open, "bake: 10m of 10m healthy"},
		{"over", gate.Ledger{Healthy: time.Hour}, gate.Open, "bake: 1h of 10m healthy"},
		{
			"shorter",
			gate.Ledger{Healthy: 5*time.Minute - 1, Earlier: 1},
			gate.Wait,
			"bake: 4m59s of 5m healthy, shortened from 10m",
		},
		{"shorter and done", gate.Ledger{Healthy: 2 * time.Minute, Earlier: 9}, gate.Open, "bake: 2m of 2m healthy, shortened from 10m"},
		{"negative", gate.Ledger{Healthy: math.MinInt64}, gate.Wait, ""},
	} {
		f := facts(tc.ledger)
		if d := bake.Evaluate(f); d.Answer != tc.want || !d.Next.IsZero() {
			t.Errorf("%s: %v, want %v without Next", tc.name, d, tc.want)
		}
		if got := bake.Explain(f).String(); got != tc.words && tc.words != "" {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.words)
		}
	}
}

// Need never rises with earlier, is never below the floor that was asked for, and
// never nothing; also of settings that nobody validated.
func TestBakeNeedProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bake := anyBake(odd(t)).Draw(t, "bake")
		earlier := rapid.IntRange(-2, 2000).Draw(t, "earlier")
		need, next := bake.Need(earlier), bake.Need(earlier+1)
		if next > need {
			t.Fatalf("Need(%d) = %v and then %v", earlier, need, next)
		}
		if next <= 0 || next < bake.Min {
			t.Fatalf("Need = %v with a floor of %v", next, bake.Min)
		}
		if bake.Validate() == nil && bake.For > 0 {
			if need > bake.For || earlier <= 0 && need != bake.For {
				t.Fatalf("Need(%d) = %v of %v", earlier, need, bake.For)
			}
			longer := bake
			longer.Min += min(time.Second, bake.For-bake.Min)
			if bake.Min > 0 && longer.Need(earlier) < need {
				t.Fatal("a higher floor shortens")
			}
		}
	})
}

// Whatever the clocks do, a Bake says the same as long as no sample covers more.
func TestBakeIgnoresTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		odd := odd(t)
		bake, l := anyBake(odd).Draw(t, "bake"), anyLedger(odd).Draw(t, "ledger")
		before := bake.Evaluate(gate.NewFacts(anyInstant(odd).Draw(t, "now"), &l, nil))
		l.Reached, l.Frontier = anyInstant(odd).Draw(t, "reached"), anyInstant(odd).Draw(t, "frontier")
		after := bake.Evaluate(gate.NewFacts(anyInstant(odd).Draw(t, "later"), &l, nil))
		if before != after || !before.Next.IsZero() || before.Answer == gate.Refuse {
			t.Fatalf("%v, then %v", before, after)
		}
		if bake.Early || bake.Peak != nil {
			return
		}
		if open := l.Healthy >= bake.Need(l.Earlier); open != (before.Answer == gate.Open) {
			t.Fatalf("%v with %v of %v", before, l.Healthy, bake.Need(l.Earlier))
		}
	})
}
