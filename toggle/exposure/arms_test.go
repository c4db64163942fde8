package exposure

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// TestArms: among those for whom the rollout decides the candidate has the share that its
// weight is, at any good and goal; all others are on neither side.
func TestArms(t *testing.T) {
	staff := `"rules": [{"when": {"attribute": "staff", "equals": true}, "serve": "on"}]`
	for _, c := range []struct {
		good, goal bucket.Share
		w          strategy.Weight
	}{{0, 1_000_000, 1000}, {400_000, 1_000_000, 5000}, {100_000, 600_000, 2500}, {100_000, 600_000, 0}, {100_000, 600_000, 10000}} {
		store := NewMemory([]byte(flags(`{"exposure": "`+c.good.String()+`", "serve": "on"}, `+staff)), nil)
		target := &Target{Store: store, Flag: "new", Goal: c.goal, Stable: "1.0"}
		arms, err := NewArms(snapshot(t, store), "new")
		must(t, err)
		if arm := arms.Of(&toggle.Subject{Key: "u"}, snapshot(t, store).Evaluate("new", &toggle.Subject{Key: "u"}, time.Time{})); arm != Neither {
			t.Errorf("before the rollout: %v", arm)
		}
		first := members(snapshot(t, store), "new", "on", many)
		must(t, target.Apply(t.Context(), want(1, c.w)))
		s := snapshot(t, store)
		arms, err = NewArms(s, "new")
		must(t, err)
		var n [3]int
		for i := range many {
			sub := &toggle.Subject{Key: fmt.Sprint("user-", i)}
			r := s.Evaluate("new", sub, time.Time{})
			arm := arms.Of(sub, r)
			if n[arm]++; arm != Neither && first[sub.Key] || (arm == Candidate) != (r.Variant == "on" && !first[sub.Key]) {
				t.Fatalf("%s gets %s and is of arm %d, was in %v", sub.Key, r.Variant, arm, first[sub.Key])
			}
			sub.Attributes = map[string]toggle.Value{"staff": toggle.Bool(true)}
			if arm := arms.Of(sub, s.Evaluate("new", sub, time.Time{})); arm != Neither {
				t.Fatalf("staff is of arm %d", arm)
			}
		}
		decided, wanted := n[Stable]+n[Candidate], float64(c.goal-c.good)/float64(bucket.Everybody)
		if got := float64(decided) / many; got < wanted-0.02 || got > wanted+0.02 {
			t.Errorf("it decides for %v, not %v", got, wanted)
		}
		if got, wanted := float64(n[Candidate])/float64(decided), float64(c.w)/float64(strategy.Full); got < wanted-0.02 || got > wanted+0.02 {
			t.Errorf("the candidate has %v of them, not %v", got, wanted)
		}
		killed, err := s.With(toggle.Changes{Kills: []string{"new"}})
		must(t, err)
		if sub := (&toggle.Subject{Key: "user-1"}); arms.Of(sub, killed.Evaluate("new", sub, time.Time{})) != Neither {
			t.Error("who is served by a kill is of an arm")
		}
	}
	if _, err := NewArms(&toggle.Snapshot{}, "new"); err == nil {
		t.Error("there is no flag")
	}
}

// TestArmsOfExperiment: only those who take part are of an arm.
func TestArmsOfExperiment(t *testing.T) {
	store := NewMemory([]byte(flags(`{"serve": "on"}`)), nil)
	must(t, (&Target{Store: store, Flag: "test", Stable: "1.0"}).Apply(t.Context(), want(1, 3000)))
	s := snapshot(t, store)
	arms, err := NewArms(s, "test")
	must(t, err)
	var n [3]int
	for i := range many {
		sub := &toggle.Subject{Key: fmt.Sprint("user-", i)}
		n[arms.Of(sub, s.Evaluate("test", sub, time.Time{}))]++
	}
	if part := n[Stable] + n[Candidate]; part < 1850 || part > 2150 || n[Candidate]*10 < part*27/10 || n[Candidate]*10 > part*33/10 {
		t.Errorf("neither, stable and candidate are %v", n)
	}
}

// TestAlgorithms: with every algorithm, as coarse as it is, users only join as the weight
// rises, and the weight that is seen is as near as its grain.
func TestAlgorithms(t *testing.T) {
	for _, algorithm := range bucket.Algorithms() {
		store := suits(t, algorithm)
		target := &Target{Store: store, Flag: "new", Stable: "1.0"}
		before := map[string]bool{}
		for i, w := range []strategy.Weight{0, 150, 1000, 1234, 5000, 9999, strategy.Full} {
			must(t, target.Apply(t.Context(), want(uint64(i+1), w)))
			o, err := target.Observe(t.Context())
			must(t, err)
			if off := w - o.Versions[1].Weight; off < 0 || off >= max(o.Can.Grain, 1) {
				t.Errorf("%s: %v is seen as %v with grain %v", algorithm, w, o.Versions[1].Weight, o.Can.Grain)
			}
			in := members(snapshot(t, store), "new", "on", 2000)
			if key := missing(before, in); key != "" {
				t.Errorf("%s: %s was in below %v", algorithm, key, w)
			}
			if got, e := float64(len(in))/2000, float64(exposureOf(t, store))/1e6; got < e-0.05 || got > e+0.05 {
				t.Errorf("%s: %v of the users are in at %v", algorithm, got, w)
			}
			before = in
		}
		if len(before) != 2000 {
			t.Errorf("%s: %d are in", algorithm, len(before))
		}
	}
	target := &Target{Store: suits(t, bucket.Unleash), Flag: "new", Stable: "1.0"}
	err := target.Check(t.Context(), strategy.Canary{Weights: []strategy.Weight{50, 1000, 10000}})
	if err == nil || !strings.Contains(err.Error(), "steps[0].weight: \"0.5%\" must be another exposure than step stable: both are 0%") {
		t.Error(err)
	}
}

// TestCoarseExperiment: that a split cannot be is told before the start.
func TestCoarseExperiment(t *testing.T) {
	data := strings.Replace(flags(`{"serve": "on"}`), `"exposure": "20%"`, `"exposure": "20%", "bucketing": "configcat/sha1"`, 1)
	target := &Target{Store: NewMemory([]byte(data), nil), Flag: "test", Stable: "1.0"}
	must(t, target.Check(t.Context(), strategy.ABTest{Share: 5000}))
	err := target.Check(t.Context(), strategy.ABTest{Share: 1234})
	if err == nil || !strings.HasPrefix(err.Error(), `steps[0].weight: "12.34%" must be one that the flag can have`) {
		t.Error(err)
	}
	target.Goal = 333_333
	if err := target.Check(t.Context(), strategy.Canary{Weights: []strategy.Weight{5000, strategy.Full}}); err == nil {
		t.Error("the goal is none that the algorithm knows")
	}
}

// suits is a store whose flag has an algorithm, with what that hashes.
func suits(t *testing.T, algorithm bucket.Algorithm) *Memory {
	t.Helper()
	for _, texts := range []string{
		``, `"salt": "s", `, `"flag": "f", `, `"flag": "f", "salt": "s", `,
		`"flag": "f", "salt": "1", `, `"salt": "1", `, `"salt": "1", "splitSalt": "2", `,
	} {
		store := NewMemory([]byte(flags(`{"serve": "on", `+texts+`"bucketing": "`+string(algorithm)+`"}`)), nil)
		if _, err := (&Target{Store: store, Flag: "new"}).Observe(t.Context()); err == nil {
			return store
		}
	}
	t.Fatalf("nothing suits %s", algorithm)
	return nil
}

// TestTally: what was counted is told once, in intervals that follow one another; what is
// not known, or not due, is not told.
func TestTally(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tally, began := &Tally{}, time.Now()
		ask := func(key, total string, after time.Duration) health.Ask {
			return health.Ask{Key: key, Measure: health.Measure{Total: total, Bad: "bad " + total}, From: began, Due: began.Add(after)}
		}
		sample := func(asks ...health.Ask) string {
			out, err := tally.Sample(t.Context(), asks)
			must(t, err)
			var text strings.Builder
			for _, s := range out {
				must(t, s.Check())
				fmt.Fprintf(&text, "%s %v-%v: ", s.Key, s.From.Sub(began), s.To.Sub(began))
				fmt.Fprintf(&text, "%v/%v %v/%v; ", s.Candidate.Bad, s.Candidate.Exposure, s.Stable.Bad, s.Stable.Exposure)
			}
			return text.String()
		}
		tally.Add("orders", Candidate, 100) // before anybody asked
		steps := []struct {
			after time.Duration
			add   func()
			asks  []health.Ask
			want  string
		}{
			{0, nil, []health.Ask{ask("a", "orders", time.Second), ask("b", "clicks", time.Second)}, ""},
			{time.Second, func() {
				tally.Add("orders", Candidate, 3)
				tally.Add("bad orders", Candidate, 1)
				tally.Add("orders", Stable, 5)
				tally.Add("orders", Neither, 7)
				tally.Add("orders", Stable, -1)
			}, []health.Ask{ask("a", "orders", time.Second), ask("b", "clicks", time.Second)}, "a 0s-1s: 1/3 0/5; "},
			{
				time.Second, func() { tally.Add("clicks", Stable, 2) },
				[]health.Ask{ask("a", "orders", time.Minute), ask("b", "clicks", time.Second)},
				"b 0s-2s: 0/0 0/2; ",
			},
			{time.Second, nil, []health.Ask{ask("a", "orders", time.Second)}, "a 1s-3s: 0/0 0/0; "},
			{0, nil, []health.Ask{ask("a", "orders", time.Second)}, ""},                                                 // of no time
			{time.Second, func() { tally.Add("clicks", Stable, 2) }, []health.Ask{ask("b", "clicks", time.Second)}, ""}, // asked anew
		}
		for i, s := range steps {
			time.Sleep(s.after)
			if s.add != nil {
				s.add()
			}
			if got := sample(s.asks...); got != s.want {
				t.Errorf("%d: %q, not %q", i, got, s.want)
			}
		}
	})
}

// TestTallyLate: what is bad is counted although it was seen after what it is a part of, and
// never makes a sample that is wrong; nothing is told twice, and nothing is lost.
func TestTallyLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tally, began := &Tally{}, time.Now()
		ask := health.Ask{Key: "a", Measure: health.Measure{Total: "users", Bad: "failed"}, From: began, Due: began}
		var users, failed [2]float64
		look := func(after time.Duration) {
			time.Sleep(after)
			out, err := tally.Sample(t.Context(), []health.Ask{ask})
			must(t, err)
			for _, s := range out {
				must(t, s.Check())
				for i, a := range []health.Arm{s.Stable, s.Candidate} {
					users[i], failed[i] = users[i]+a.Exposure, failed[i]+a.Bad
				}
			}
		}
		look(0)
		for _, arm := range []Arm{Stable, Candidate} {
			tally.Add("users", arm, 3)
			look(0) // of no time: it is told by the next
			look(time.Second)
			tally.Add("failed", arm, 2)
			look(time.Second)
			tally.Add("users", arm, 1)
			look(time.Second)
			tally.Add("users", arm, 4)
			look(time.Second)
		}
		if users != [2]float64{8, 8} || failed != [2]float64{2, 2} {
			t.Errorf("%v users, %v failed", users, failed)
		}
	})
}

// TestProven: the gate opens on proof alone, and says what is missing.
func TestProven(t *testing.T) {
	g := Proven{Signal: "orders"}
	for _, c := range []struct {
		signal gate.Signal
		open   bool
		text   string
	}{
		{gate.Signal{Name: "errors", Proven: true}, false, "orders is not measured"},
		{gate.Signal{Name: "orders", Provable: true, Proven: true}, true, "orders has proven the candidate good enough"},
		{gate.Signal{Name: "orders", Provable: true, Proven: true, Unmeasured: true}, false, "orders has proven nothing yet"},
		{gate.Signal{Name: "orders", Provable: true, Verdict: health.Healthy}, false, "orders has proven nothing yet"},
		{gate.Signal{Name: "orders"}, false, "orders can prove nothing: its judge needs a margin"},
	} {
		f := gate.NewFacts(time.Now(), &gate.Ledger{Signals: []gate.Signal{c.signal}}, nil)
		r := g.Explain(f)
		if d := g.Evaluate(f); (d.Answer == gate.Open) != c.open || r.Answer != d.Answer || r.Text != c.text {
			t.Errorf("%+v: %v, %q", c.signal, d.Answer, r.Text)
		}
	}
	if err := (Proven{}).Validate(); err == nil || g.Validate() != nil {
		t.Error(err)
	}
}
