package strategy_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/strategy"
)

func ExamplePreview() {
	ladder, _ := strategy.Rolling{Pace: strategy.Pace{Surge: strategy.Count(3), Unavailable: strategy.Count(2)}}.Ladder()
	forecast, err := strategy.Preview(ladder, strategy.Fleet{Desired: 10})
	fmt.Println(forecast, err)
	// Output:
	// 10 instances, no fewer than 8 ready
	// move  step    candidate  weight  stable  weight  ready  peak  extra
	//       start   0          0%      10      100%
	// 1     rolled  3          23.08%  10      76.92%  10     13    3
	// 2     rolled  3          37.5%   5       62.5%   8      13    3
	// 3     rolled  8          61.54%  5       38.46%  8      13    3
	// 4     rolled  8          100%    0       0%      8      13    3
	// 5     rolled  10         100%    0       0%      8      10    0
	// all: 5 moves, at least 8 ready, at most 13 instances, 12 extra instance-steps <nil>
}

// ExamplePreview_batches exchanges ten thousand instances one by one. Moves that
// are alike are not all shown.
func ExamplePreview_batches() {
	ladder, _ := strategy.Rolling{Pace: strategy.Pace{Surge: strategy.Count(1), Unavailable: strategy.Count(0)}}.Ladder()
	forecast, err := strategy.Preview(ladder, strategy.Fleet{Desired: 10_000})
	fmt.Println(forecast, err)
	// Output:
	// 10,000 instances, no fewer than 10,000 ready
	// move   step    candidate  weight  stable  weight  ready  peak   extra
	//        start   0          0%      10000   100%
	// 1      rolled  1          0.01%   10000   99.99%  10000  10001  1
	// 2      rolled  1          0.01%   9999    99.99%  10000  10001  1
	// ... 19,996 more like these
	// 19999  rolled  10000      99.99%  1       0.01%   10000  10001  1
	// 20000  rolled  10000      100%    0       0%      10000  10001  1
	// all: 20,000 moves, at least 10,000 ready, at most 10,001 instances, 20,000 extra instance-steps <nil>
}

// ExamplePreviewRollback says what it takes to leave a step half-way up.
func ExamplePreviewRollback() {
	ladder, _ := strategy.Canary{Weights: []strategy.Weight{5000, strategy.Full}}.Ladder()
	ladder.Pace = strategy.Pace{Surge: strategy.Count(1), Unavailable: strategy.Count(0)}
	forecast, err := strategy.PreviewRollback(ladder, strategy.Fleet{Desired: 4}, "50%")
	fmt.Println(forecast, err)
	// Output:
	// 4 instances, no fewer than 4 ready
	// move  step    candidate  weight  stable  weight  ready  peak  extra
	//       start   2          50%     2       50%
	// 1     stable  2          40%     3       60%     4      5     1
	// 2     stable  1          25%     3       75%     4      5     1
	// 3     stable  1          20%     4       80%     4      5     1
	// 4     stable  0          0%      4       100%    4      5     1
	// all: 4 moves, at least 4 ready, at most 5 instances, 4 extra instance-steps <nil>
}

// previewed is a forecast, a line per move, in the order (candidate, stable)
// (weight), ready, peak, extra.
func previewed(fc strategy.Forecast, err error) string {
	var lines []string
	for _, r := range fc.Rows {
		line := fmt.Sprintf("%s (%d,%d) %s %d/%d/%d", r.Step, r.Candidate.Instances, r.Stable.Instances, r.Candidate.Weight, r.Ready, r.Peak, r.Extra)
		if r.Routed {
			line += " routed"
		}
		if r.Mirror != 0 {
			line += " mirror " + r.Mirror.String()
		}
		if (r.Leftover != strategy.Share{}) {
			line += fmt.Sprintf(" leftover %d %s", r.Leftover.Instances, r.Leftover.Weight)
		}
		lines = append(lines, line)
	}
	if err != nil { // the words are those of Feasible
		where, _, _ := strings.Cut(err.Error(), ": ")
		lines = append(lines, "ends at "+where)
	}
	return strings.Join(lines, "\n")
}

// Reckoned by hand: a ceiling of desired + surge, a floor of desired - unavailable.
func TestPreview(t *testing.T) {
	split := strategy.Can{Split: true, Match: true, Mirror: true}
	one := strategy.Pace{Surge: strategy.Count(1), Unavailable: strategy.Count(0)}
	rolled := []strategy.Step{{Name: "all", Weight: strategy.Full}}
	for _, c := range []struct {
		name string
		l    strategy.Ladder
		f    strategy.Fleet
		want string
	}{
		{"size 0", strategy.Ladder{Steps: rolled}, strategy.Fleet{}, ""},
		{"size 1", strategy.Ladder{Steps: rolled}, strategy.Fleet{Desired: 1}, `all (1,1) 50% 1/2/1
all (1,0) 100% 1/2/1`},
		{"size 1, weights of its own", strategy.Ladder{Steps: rolled}, strategy.Fleet{Desired: 1, Can: split}, `all (1,1) 0% 1/2/1
all (1,1) 100% 2/2/1
all (1,0) 100% 1/2/1`},
		{"one instance has room", strategy.Ladder{Steps: rolled, Pace: strategy.Pace{Surge: strategy.Count(0)}}, strategy.Fleet{Desired: 1}, `all (0,0) 0% 0/1/0
all (1,0) 100% 0/1/0`},
		{"exclusive", strategy.Ladder{Steps: rolled, Pace: strategy.Pace{Exclusive: true}}, strategy.Fleet{Desired: 3, Can: split}, `all (0,0) 0% 0/3/0
all (3,0) 0% 0/3/0
all (3,0) 100% 3/3/0`},
		// One of the candidate carries up to 25%, and needs one ready of stable less.
		{"canary", strategy.Ladder{Steps: []strategy.Step{{Name: "25%", Weight: 2500}, rolled[0]}, Pace: one}, strategy.Fleet{Desired: 4, Can: split}, `25% (1,4) 0% 4/5/1
25% (1,4) 25% 5/5/1
25% (1,3) 25% 4/5/1
all (2,3) 25% 4/5/1
all (2,3) 50% 5/5/1
all (2,2) 50% 4/5/1
all (3,2) 50% 4/5/1
all (3,2) 75% 5/5/1
all (3,1) 75% 4/5/1
all (4,1) 75% 4/5/1
all (4,1) 100% 5/5/1
all (4,0) 100% 4/5/1`},
		{"infeasible at once", strategy.Ladder{Steps: []strategy.Step{{Name: "half", Weight: 5000, Stable: strategy.Count(0)}, rolled[0]}}, strategy.Fleet{Desired: 4, Can: split}, `ends at step "half"`},
		{"infeasible half-way", strategy.Ladder{Steps: []strategy.Step{{Name: "none"}, {Name: "half", Weight: 5000}, rolled[0]}, Pace: one}, strategy.Fleet{Desired: 1, Can: strategy.Can{Split: true, Quota: 1}}, `ends at step "none"`},
		{"infeasible later", strategy.Ladder{Steps: []strategy.Step{{Name: "1%", Weight: 100}, {Name: "mirror", Weight: 100, Mirror: 1}, rolled[0]}, Pace: one}, strategy.Fleet{Desired: 2}, `1% (1,2) 33.33% 2/3/1
1% (1,1) 50% 2/3/1
ends at step "mirror"`},
		{"routes and mirror", strategy.Ladder{Steps: []strategy.Step{
			{Name: "dark", Mirror: 500},
			{Name: "beta", Routes: []strategy.Route{{Source: strategy.Header, Name: "x", Value: "1"}}},
			rolled[0],
		}, Pace: one}, strategy.Fleet{Desired: 1, Can: split}, `dark (1,1) 0% 1/2/1
dark (1,1) 0% 2/2/1 mirror 5%
beta (1,1) 0% 2/2/1 routed
all (1,1) 100% 2/2/1
all (1,0) 100% 1/2/1`},
		{"weights only", strategy.Ladder{Steps: []strategy.Step{{Name: "1%", Weight: 100}, rolled[0]}}, strategy.Fleet{Desired: 7, Can: strategy.Can{Unlimited: true}}, `1% (0,0) 1% 0/0/0
all (0,0) 100% 0/0/0`},
		{"scaled to 0", strategy.Ladder{Steps: rolled}, strategy.Fleet{Stable: strategy.Counts{Instances: 3, Ready: 3, Settled: 3, Weight: strategy.Full}, Can: split}, `all (0,0) 0% 0/3/3`},
		{"what stops is there for a move", strategy.Ladder{Steps: rolled}, strategy.Fleet{Desired: 1, Candidate: strategy.Counts{Instances: 1, Stopping: 4, Ready: 1, Settled: 1, Weight: 5000}, Stable: strategy.Counts{Weight: 5000}, Can: split}, `all (1,0) 100% 1/5/4`},
		// Eight of ten stay ready; what goes of the leftover is not needed, and unready.
		{"a leftover", strategy.Ladder{Steps: rolled, Pace: one}, strategy.Fleet{Desired: 1, Stable: running(strategy.Share{Instances: 1, Weight: strategy.Full}), Leftover: strategy.Counts{Instances: 2}, Can: split}, `all (0,1) 0% 1/3/2
all (1,1) 0% 1/2/1
all (1,1) 100% 2/2/1
all (1,0) 100% 1/2/1`},
	} {
		if got := previewed(strategy.Preview(c.l, c.f)); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

func TestPreviewTotals(t *testing.T) {
	l, _ := strategy.Rolling{Pace: strategy.Pace{Surge: strategy.Count(3), Unavailable: strategy.Count(2)}}.Ladder()
	fc, err := strategy.Preview(l, strategy.Fleet{Desired: 10})
	want := strategy.Cost{Moves: 5, Ready: 8, Peak: 13, Extra: 12}
	if err != nil || fc.Cost != want || len(fc.Steps) != 1 || fc.Steps[0] != (strategy.StepCost{Step: "rolled", Cost: want}) || fc.Floor != 8 {
		t.Errorf("%+v %v, want %+v", fc, err, want)
	}
	if fc.Start != (strategy.Allocation{Stable: strategy.Share{Instances: 10, Weight: strategy.Full}}) {
		t.Errorf("starts from %+v", fc.Start)
	}
	text, err := json.Marshal(fc.Rows[1])
	if got := string(text); err != nil || got != `{"step":"rolled","stable":{"instances":5,"weight":"62.5%"},"candidate":{"instances":3,"weight":"37.5%"},"leftover":{"instances":0,"weight":"0%"},"routed":false,"mirror":"0%","ready":8,"peak":13,"extra":3}` {
		t.Errorf("%s %v", got, err)
	}
}

func TestPreviewRefuses(t *testing.T) {
	l, _ := strategy.Canary{}.Ladder()
	invalid := strategy.Ladder{Steps: []strategy.Step{{Name: "all", Weight: strategy.Full + 1}}}
	for _, c := range []struct {
		l    strategy.Ladder
		from string
		want string
	}{
		{invalid, "", "ends at steps[0].weight"},
		{l, "20%", `ends at no step is named "20%"`},
		{l, "1%", `ends at step "1%"`},
		{l, "100%", "stable (1,1) 50% 1/2/1\nstable (0,1) 0% 1/2/1"},
		{l, "", ""}, // stable already
	} {
		if got := previewed(strategy.PreviewRollback(c.l, strategy.Fleet{Desired: 1}, c.from)); got != c.want {
			t.Errorf("from %q: got\n%s\nwant\n%s", c.from, got, c.want)
		}
	}
	if _, err := strategy.Preview(invalid, strategy.Fleet{}); err == nil {
		t.Error("an invalid ladder was climbed")
	}
}

// drawLadder draws a strategy, and a fleet for it that may be any.
func drawLadder(t *rapid.T) (strategy.Ladder, strategy.Fleet) {
	count := rapid.Int64Range(0, 12)
	size := rapid.Custom(func(t *rapid.T) strategy.Size {
		switch rapid.IntRange(0, 2).Draw(t, "unit") {
		case 0:
			return strategy.Size{}
		case 1:
			return strategy.Count(count.Draw(t, "n"))
		}
		return strategy.Percent(rapid.Int64Range(0, 100).Draw(t, "percent"))
	})
	l, err := []strategy.Strategy{
		strategy.Recreate{},
		strategy.Rolling{},
		strategy.Canary{Weights: []strategy.Weight{1, 2500, 3333, strategy.Full}},
		strategy.Canary{FullStable: true},
	}[rapid.IntRange(0, 3).Draw(t, "strategy")].Ladder()
	if err != nil {
		t.Fatal(err)
	}
	l.Pace.Surge, l.Pace.Unavailable = size.Draw(t, "surge"), size.Draw(t, "unavailable")
	f := strategy.Fleet{Desired: rapid.Int64Range(0, 40).Draw(t, "desired")}
	f.Can = strategy.Can{Split: rapid.Bool().Draw(t, "split"), Unlimited: rapid.IntRange(0, 9).Draw(t, "unlimited") == 0}
	if rapid.IntRange(0, 3).Draw(t, "quota") == 0 {
		f.Can.Quota = count.Draw(t, "most")
	}
	if rapid.Bool().Draw(t, "not the usual start") {
		some := func(w strategy.Weight) strategy.Counts {
			c := running(strategy.Share{Instances: count.Draw(t, "instances"), Weight: w})
			c.Ready = rapid.Int64Range(0, c.Instances).Draw(t, "ready")
			c.Settled, c.Releasable = c.Ready, c.Ready
			c.Stopping = count.Draw(t, "stopping")
			return c
		}
		f.Before = count.Draw(t, "before")
		f.Stable, f.Candidate, f.Leftover = some(5000), some(4000), some(1000)
		if f.Can.Quota > 0 { // without room a leftover with traffic may be in the way of stable for ever
			f.Stable.Weight, f.Leftover = 6000, strategy.Counts{}
		}
	}
	return l, f
}

// TestPreviewAddsUp: each row differs from the one before, no row is below the
// floor once the fleet was above it, the last one is where the ladder ends, and
// the totals are those of the rows.
func TestPreviewAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, f := drawLadder(t)
		fc, err := strategy.Preview(l, f)
		before := fc.Start
		all, steps := standing(fc, f), map[string]strategy.Cost{l.Steps[0].Name: standing(fc, f)}
		for i, r := range fc.Rows {
			if r.Allocation == before {
				t.Fatalf("row %d changes nothing\n%v", i, fc)
			}
			least := before.Stable.Instances + before.Candidate.Instances + before.Leftover.Instances
			after := r.Stable.Instances + r.Candidate.Instances + r.Leftover.Instances
			if i > 0 && r.Peak != max(least, after) || r.Peak < max(least, after) || r.Extra != max(0, r.Peak-f.Desired) {
				t.Fatalf("row %d has a peak of %d, and %d extra\n%v", i, r.Peak, r.Extra, fc)
			}
			if i > 0 && r.Ready < min(least, fc.Floor) || i > 0 && r.Ready != min(least, after) {
				t.Fatalf("row %d has %d ready\n%v", i, r.Ready, fc)
			}
			before = r.Allocation
			if _, ok := steps[r.Step]; !ok {
				steps[r.Step] = strategy.Cost{Ready: r.Ready}
			}
			all, steps[r.Step] = plus(all, r), plus(steps[r.Step], r)
		}
		if fc.Cost != all {
			t.Fatalf("%+v, the rows have %+v\n%v", fc.Cost, all, fc)
		}
		for _, s := range fc.Steps {
			if s.Moves != steps[s.Step].Moves || s.Moves > 0 && s.Cost != steps[s.Step] {
				t.Fatalf("step %s: %+v, the rows have %+v\n%v", s.Step, s.Cost, steps[s.Step], fc)
			}
		}
		if err == nil {
			last := strategy.Fleet{Desired: f.Desired, Can: f.Can, Routed: before.Routed, Mirror: before.Mirror, Stable: running(before.Stable), Candidate: running(before.Candidate), Leftover: running(before.Leftover)}
			if !strategy.Arrived(last, &l.Steps[len(l.Steps)-1], &l.Pace) || len(fc.Steps) != len(l.Steps) {
				t.Fatalf("not arrived\n%v", fc)
			}
			return
		}
		step := &l.Steps[len(fc.Steps)]
		if why := strategy.Feasible(step, &l.Pace, f.Desired, f.Can); why == nil || err.Error() != fmt.Sprintf("step %q: %v", step.Name, why) {
			t.Fatalf("%v\nfrom %+v\n%v", err, f, fc)
		}
	})
}

// standing is the cost before the first move.
func standing(fc strategy.Forecast, f strategy.Fleet) strategy.Cost {
	if f.Stable.Instances+f.Candidate.Instances+f.Leftover.Instances == 0 {
		return strategy.Cost{Ready: fc.Start.Stable.Instances, Peak: fc.Start.Stable.Instances} // the usual start
	}
	if f.Can.Unlimited {
		return strategy.Cost{}
	}
	return strategy.Cost{
		Ready: f.Stable.Ready + f.Candidate.Ready + f.Leftover.Ready,
		Peak:  f.Stable.Instances + f.Candidate.Instances + f.Leftover.Instances + f.Stable.Stopping + f.Candidate.Stopping + f.Leftover.Stopping,
	}
}

func plus(c strategy.Cost, r strategy.Row) strategy.Cost {
	return strategy.Cost{Moves: c.Moves + 1, Ready: min(c.Ready, r.Ready), Peak: max(c.Peak, r.Peak), Extra: c.Extra + r.Extra}
}

// TestPreviewRollsBack from each step of a ladder: it ends with stable as it was.
func TestPreviewRollsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, f := drawLadder(t)
		f.Stable, f.Candidate, f.Leftover = strategy.Counts{}, strategy.Counts{}, strategy.Counts{}
		f.Can.Quota = 0
		for i := range l.Steps {
			fc, err := strategy.PreviewRollback(l, f, l.Steps[i].Name)
			if strategy.Feasible(&l.Steps[i], &l.Pace, f.Desired, f.Can) != nil {
				continue
			}
			if err != nil || len(fc.Rows) == 0 && f.Desired > 0 {
				t.Fatalf("from %s: %v\n%v", l.Steps[i].Name, err, fc)
			}
			last := fc.Start
			if len(fc.Rows) > 0 {
				last = fc.Rows[len(fc.Rows)-1].Allocation
			}
			want := strategy.Share{Instances: f.Desired, Weight: strategy.Full}
			if f.Can.Unlimited {
				want.Instances = 0
			}
			if f.Desired > 0 && (last != strategy.Allocation{Stable: want}) {
				t.Fatalf("from %s to %+v\n%v", l.Steps[i].Name, last, fc)
			}
		}
	})
}

// batches exchanges n instances one by one.
func batches(n int64) (strategy.Ladder, strategy.Fleet) {
	l, _ := strategy.Rolling{Pace: strategy.Pace{Surge: strategy.Count(1), Unavailable: strategy.Count(0)}}.Ladder()
	return l, strategy.Fleet{Desired: n}
}

func TestPreviewIsLinear(t *testing.T) {
	for _, n := range []int64{1000, 10_000} {
		fc, err := strategy.Preview(batches(n))
		if rows := int64(len(fc.Rows)); err != nil || rows > 2*n+10 {
			t.Errorf("%d instances: %d rows, %v", n, rows, err)
		}
		if lines := strings.Count(fc.String(), "\n"); lines > 20 {
			t.Errorf("%d instances: %d lines", n, lines)
		}
	}
}

// BenchmarkPreview reports the time of a row, which must not grow with the fleet.
func BenchmarkPreview(b *testing.B) {
	for _, n := range []int64{1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l, f := batches(n)
			rows := 0
			b.ReportAllocs()
			for b.Loop() {
				fc, err := strategy.Preview(l, f)
				if err != nil {
					b.Fatal(err)
				}
				rows = len(fc.Rows)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
		})
	}
}
