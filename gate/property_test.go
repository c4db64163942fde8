package gate_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
)

// Most worlds are likely, so that much happens in them; in odd ones everything is
// as nobody should write it.
func odd(t *rapid.T) bool { return rapid.IntRange(0, 3).Draw(t, "odd") == 0 }

func anyDuration(odd bool) *rapid.Generator[time.Duration] {
	likely := rapid.Map(rapid.Int64Range(0, 20), func(n int64) time.Duration { return time.Duration(n) * 15 * time.Second })
	if !odd {
		return likely
	}
	return rapid.OneOf(
		likely, rapid.SampledFrom([]time.Duration{0, -1, 1, math.MaxInt64, math.MinInt64}),
		rapid.Map(rapid.Int64(), func(n int64) time.Duration { return time.Duration(n) }),
	)
}

// anyInstant is one near noon, or one that no clock shows.
func anyInstant(odd bool) *rapid.Generator[time.Time] {
	likely := rapid.Map(rapid.Int64Range(-20, 20), func(n int64) time.Time { return noon.Add(time.Duration(n) * 15 * time.Second) })
	if !odd {
		return likely
	}
	return rapid.OneOf(
		likely, rapid.SampledFrom([]time.Time{{}, time.Unix(math.MaxInt64, 0).UTC(), time.Unix(math.MinInt64, 0).UTC()}),
		rapid.Map(rapid.Int64(), func(n int64) time.Time { return time.Unix(n, 0).UTC() }),
	)
}

func anyNumber(odd bool) *rapid.Generator[float64] {
	if !odd {
		return rapid.OneOf(rapid.Float64Range(0, 1), rapid.Float64Range(0, 1000))
	}
	return rapid.SampledFrom([]float64{
		0, 1, -1, 0.5, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64,
	})
}

func anyBake(odd bool) *rapid.Generator[gate.Bake] {
	return rapid.Custom(func(t *rapid.T) gate.Bake {
		b := gate.Bake{For: anyDuration(odd).Draw(t, "for"), Min: anyDuration(odd).Draw(t, "min")}
		b.Factor, b.Early = anyNumber(odd).Draw(t, "factor"), rapid.Bool().Draw(t, "early")
		if rapid.IntRange(0, 3).Draw(t, "peak") == 0 {
			b.Peak = oneMinute
		}
		if !odd {
			b.Min = min(b.Min, b.For)
			b.Factor = min(b.Factor, 1)
		}
		return b
	})
}

// oneMinute is a peak that is short, as it is prepared.
var oneMinute = gate.Peaks([]gate.Gate{withZone(gate.Bake{
	Peak: &gate.Peak{Hours: gate.Hours{Days: gate.EveryDay, From: 12 * time.Hour, To: 12*time.Hour + time.Minute}},
})})[0]

func anyName() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"errors", "latency", "e2e", ""})
}

func anyLedger(odd bool) *rapid.Generator[gate.Ledger] {
	return rapid.Custom(func(t *rapid.T) gate.Ledger {
		l := gate.Ledger{
			Reached: anyInstant(odd).Draw(t, "reached"), Healthy: anyDuration(odd).Draw(t, "healthy"),
			Frontier: anyInstant(odd).Draw(t, "frontier"), Earlier: rapid.IntRange(-1, 5).Draw(t, "earlier"),
			Last: rapid.IntRange(0, 3).Draw(t, "last") == 0, Serving: rapid.Int64Range(-1, 3).Draw(t, "serving"), Warm: rapid.Int64Range(-1, 3).Draw(t, "warm"),
		}
		if rapid.Bool().Draw(t, "covered") {
			l.Peaks = []gate.Covered{oneMinute.Entry()}
			l.Peaks[0].Healthy = anyDuration(odd).Draw(t, "peak")
		}
		for range rapid.IntRange(0, 4).Draw(t, "counts") {
			l.Counts = append(l.Counts, gate.Count{
				Signal: anyName().Draw(t, "signal"), Endpoint: anyName().Draw(t, "endpoint"), N: anyNumber(odd).Draw(t, "n"),
				Need: rapid.Int64Range(-1, 9).Draw(t, "need"),
			})
		}
		verdicts := []health.Verdict{health.Healthy, health.Healthy, health.Healthy, health.Healthy, health.Degraded}
		if odd {
			verdicts = []health.Verdict{health.Healthy, health.NoData, health.Error, "", "?"}
		}
		for range rapid.IntRange(0, 4).Draw(t, "signals") {
			l.Signals = append(l.Signals, gate.Signal{
				Name: anyName().Draw(t, "name"), Verdict: rapid.SampledFrom(verdicts).Draw(t, "verdict"),
				Since: anyInstant(odd).Draw(t, "since"), Passes: rapid.Int64Range(-1, 5).Draw(t, "passes"),
				Healthy: anyDuration(odd).Draw(t, "run"), Advisory: rapid.IntRange(0, 4).Draw(t, "advisory") == 0,
				Proven: rapid.IntRange(0, 4).Draw(t, "proven") > 0, Provable: true, Suspect: rapid.IntRange(0, 4).Draw(t, "suspect") == 0,
			})
		}
		l.Votes = rapid.SliceOfN(anyVote(odd), 0, 4).Draw(t, "votes")
		return l
	})
}

// anyVote is one of few people's.
func anyVote(odd bool) *rapid.Generator[gate.Vote] {
	return rapid.Custom(func(t *rapid.T) gate.Vote {
		v := gate.Vote{
			By: rapid.SampledFrom([]string{"ann", "Ann ", "bob", "eve"}).Draw(t, "by"), At: anyInstant(odd).Draw(t, "at"), For: rapid.SampledFrom(subjects).Draw(t, "for"),
			Kind: rapid.SampledFrom([]gate.VoteKind{gate.Approve, gate.Approve, gate.Approve, gate.Reject, gate.Revoke}).Draw(t, "vote"),
		}
		if rapid.Bool().Draw(t, "ends") {
			v.Until = anyInstant(odd).Draw(t, "until")
		}
		return v
	})
}

// subjects are what is approved of, most often the step as such.
var subjects = []string{"", "", "exception"}

func anyApproval(odd bool, subject string) *rapid.Generator[gate.Gate] {
	return rapid.Custom(func(t *rapid.T) gate.Gate {
		a := gate.Approval{Count: rapid.IntRange(-1, 3).Draw(t, "count"), Lasts: anyDuration(odd).Draw(t, "lasts"), For: subject}
		if subject != "" { // it may become part of a gate that is compiled
			a.Count, a.Lasts = max(a.Count, 0), max(a.Lasts, 0)
		}
		return a
	})
}

// anyGate is any gate that keeps its promises; with depth, also lists of them.
func anyGate(odd bool, depth int) *rapid.Generator[gate.Gate] {
	return rapid.Custom(func(t *rapid.T) gate.Gate {
		kinds := []string{"bake", "requests", "healthy", "healthy", "fact", "fact", "schedule", "schedule", "approval", "approval", "timed", "timed"}
		if odd {
			kinds = append(kinds, "nil")
		}
		if depth > 0 {
			kinds = append(kinds, "all", "any", "atLeast", "named")
		}
		switch rapid.SampledFrom(kinds).Draw(t, "kind") {
		case "bake":
			return anyBake(odd).Draw(t, "bake")
		case "requests":
			return gate.Requests{
				Min:      rapid.Int64Range(-1, 900).Draw(t, "min"),
				Endpoint: anyName().Draw(t, "endpoint"), Signal: anyName().Draw(t, "signal"),
			}
		case "healthy":
			return gate.Healthy{
				Signals: rapid.SliceOfN(anyName(), 0, 2).Draw(t, "signals"),
				For:     anyDuration(odd).Draw(t, "for"), Passes: rapid.Int64Range(-1, 2).Draw(t, "passes"),
			}
		case "fact":
			return gate.Fact{
				Name: anyName().Draw(t, "name"), Value: rapid.SampledFrom([]string{"", "on"}).Draw(t, "value"),
				Digest: rapid.IntRange(0, 4).Draw(t, "digest") == 0, MaxAge: anyDuration(odd).Draw(t, "maxAge"),
			}
		case "approval":
			return anyApproval(odd, rapid.SampledFrom(subjects).Draw(t, "for")).Draw(t, "approval")
		case "schedule":
			return anySchedule().Draw(t, "schedule")
		case "timed": // near noon, as everything
			except := rapid.OneOf(anySchedule(), anyApproval(odd, "exception")).Draw(t, "exception")
			return anyTimed(rapid.SampledFrom([]string{"", "Europe/Berlin", "Australia/Lord_Howe"}).Draw(t, "zone"), noon, 6, except).Draw(t, "timed")
		case "nil":
			return nil
		}
		return anyList(odd, depth-1).Draw(t, "list")
	})
}

// anyList is a gate made of others.
func anyList(odd bool, depth int) *rapid.Generator[gate.Gate] {
	return rapid.Custom(func(t *rapid.T) gate.Gate {
		parts := rapid.SliceOfN(anyGate(odd, depth), 0, 4).Draw(t, "parts")
		switch rapid.IntRange(0, 3).Draw(t, "list") {
		case 0:
			return gate.Any(parts)
		case 1:
			return gate.AtLeast{N: rapid.IntRange(-1, 5).Draw(t, "n"), Of: parts}
		case 2:
			return gate.Named{Name: "a name", Gate: anyGate(odd, depth).Draw(t, "gate")}
		}
		return gate.All(parts)
	})
}

// anyOutside is what a host may vouch for, near noon.
func anyOutside(odd bool) *rapid.Generator[[]gate.Vouched] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) gate.Vouched {
		return gate.Vouched{
			Name: anyName().Draw(t, "name"), Value: rapid.SampledFrom([]string{"", "on", "off"}).Draw(t, "value"),
			At: anyInstant(odd).Draw(t, "at"),
		}
	}), 0, 3)
}

// anySchedule changes at rising instants, to another answer each time.
func anySchedule() *rapid.Generator[gate.Gate] {
	return rapid.Custom(func(t *rapid.T) gate.Gate {
		var s schedule
		at, answer := noon.Add(-5*time.Minute), gate.Wait
		for range rapid.IntRange(0, 4).Draw(t, "entries") {
			at = at.Add(time.Duration(rapid.IntRange(1, 20).Draw(t, "after")) * 15 * time.Second)
			answer = (answer + gate.Answer(rapid.IntRange(1, 2).Draw(t, "turn"))) % 3
			s = append(s, gate.Decision{Answer: answer, Next: at})
		}
		return s
	})
}

// If nothing but time changes, a decision is the same at every instant before its
// Next and another one at it, which names a later instant or none; without a Next
// it is the same for ever.
func TestNextIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		odd := odd(t)
		g, l := gate.All{anyGate(odd, 3).Draw(t, "gate")}, anyLedger(odd).Draw(t, "ledger")
		outside := anyOutside(odd).Draw(t, "outside")
		at := func(now time.Time) gate.Decision { return g.Evaluate(gate.NewFacts(now, &l, outside)) }
		now := anyInstant(odd).Draw(t, "now")
		for range 30 { // from one change to the next: windows have more
			d := at(now)
			if d != at(now) {
				t.Fatal("two answers to one question")
			}
			if d.Next.IsZero() {
				soon := anyPart(10*time.Minute).Draw(t, "soon")
				for _, later := range []time.Time{now.Add(soon), now.Add(time.Hour), now.Add(math.MaxInt64)} {
					if at(later) != d {
						t.Fatalf("%v for ever, but %v at %v", d, at(later), later)
					}
				}
				return
			}
			if !d.Next.After(now) {
				t.Fatalf("%v at %v", d, now)
			}
			between := d.Next.Add(-anyPart(d.Next.Sub(now)).Draw(t, "part"))
			for _, before := range []time.Time{between, d.Next.Add(-1)} {
				if at(before) != d {
					t.Fatalf("%v, but %v at %v", d, at(before), before)
				}
			}
			if at(d.Next) == d {
				t.Fatalf("%v, and the same then", d)
			}
			now = d.Next
		}
	})
}

// anyPart is above zero and at most all of d.
func anyPart(d time.Duration) *rapid.Generator[time.Duration] {
	return rapid.Map(rapid.Int64Range(1, int64(d)), func(n int64) time.Duration { return time.Duration(n) })
}

// Evaluate and Explain say the same, at every depth, and the words are one line.
func TestExplainAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		odd := odd(t)
		g, l := anyGate(odd, 3).Draw(t, "gate"), anyLedger(odd).Draw(t, "ledger")
		if g == nil {
			return
		}
		f := gate.NewFacts(anyInstant(odd).Draw(t, "now"), &l, anyOutside(odd).Draw(t, "outside"))
		agree(t, g, f, g.Explain(f))
	})
}

func agree(t *rapid.T, g gate.Gate, f gate.Facts, r gate.Reason) {
	if g == nil {
		if r.Answer != gate.Wait {
			t.Fatalf("no gate says %v", r)
		}
		return
	}
	d := g.Evaluate(f)
	if r.Answer != d.Answer || r.At != d.Next || r.Kind != g.Kind() {
		t.Fatalf("%s: decided %v, explained %+v", g.Kind(), d, r)
	}
	if text := r.String(); text == "" || strings.ContainsAny(text, "\n\r") {
		t.Fatalf("%q", text)
	}
	if counted := r.Unit == "duration" || r.Unit == "requests"; counted && (r.Have >= r.Need) != (r.Answer == gate.Open) {
		t.Fatalf("%s: %d of %d is %v", r.Kind, r.Have, r.Need, r.Answer)
	}
	all, ok := g.(gate.Composite)
	if !ok {
		return
	}
	if _, timed := g.(gate.Calendar); timed && len(r.Parts) == 0 {
		if r.Answer != gate.Open && len(all.Parts()) > 0 {
			t.Fatalf("%v without its exception", r)
		}
		return // open by time, it does not ask for its exception
	}
	if len(r.Parts) != len(all.Parts()) {
		t.Fatalf("%d parts of %d", len(r.Parts), len(all.Parts()))
	}
	for i, part := range all.Parts() {
		agree(t, part, f, r.Parts[i])
	}
}

// A gate only closes when there is less: all else equal, more healthy time, more
// requests and better verdicts never turn an open gate of ours.
func TestMoreIsNeverLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		odd := odd(t)
		g, l := anyGate(odd, 0).Draw(t, "gate"), anyLedger(odd).Draw(t, "ledger")
		if g == nil {
			return
		}
		now := anyInstant(odd).Draw(t, "now")
		before := g.Evaluate(gate.NewFacts(now, &l, nil))
		l.Healthy += min(time.Hour, math.MaxInt64-max(0, l.Healthy))
		for i := range l.Peaks {
			l.Peaks[i].Healthy += min(time.Hour, math.MaxInt64-max(0, l.Peaks[i].Healthy))
		}
		for i := range l.Counts {
			l.Counts[i].N++
		}
		for i := range l.Signals {
			l.Signals[i].Verdict = health.Healthy
			l.Signals[i].Passes++
			l.Signals[i].Healthy += min(time.Hour, math.MaxInt64-max(0, l.Signals[i].Healthy))
		}
		after := g.Evaluate(gate.NewFacts(now, &l, nil))
		if before.Answer == gate.Open && after.Answer != gate.Open {
			t.Fatalf("%v, then %v", before, after)
		}
	})
}

// No gate allocates when it decides, however deep.
func TestEvaluateAllocatesNothing(t *testing.T) {
	for _, g := range everyGate() {
		f := busyFacts()
		if n := testing.AllocsPerRun(100, func() { g.Evaluate(f) }); n != 0 {
			t.Errorf("%s allocates %v times", g.Kind(), n)
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	for _, g := range everyGate() {
		b.Run(g.Kind(), func(b *testing.B) {
			f := busyFacts()
			b.ReportAllocs()
			for b.Loop() {
				g.Evaluate(f)
			}
		})
	}
}

func everyGate() []gate.Gate {
	leaves := []gate.Gate{
		gate.Bake{For: time.Hour, Factor: 0.9, Min: time.Minute, Early: true},
		gate.Requests{Min: 5000, Endpoint: "POST /orders"},
		gate.Healthy{Signals: []string{"latency", "errors"}, For: time.Hour, Passes: 2},
		gate.Healthy{For: time.Hour},
		gate.Approval{Count: 2, Roles: []string{"owner"}, Lasts: time.Hour},
	}
	return append(leaves, gate.All{leaves[0], leaves[1], gate.All{leaves[2], leaves[3], nil, gate.Any{leaves[4]}}})
}

// Nor do those that were compiled and placed, exceptions, pointers, gates of somebody
// else, or as many votes as a rollout keeps, of which each ends at another time.
func TestEvaluateAllocatesNothingAtAll(t *testing.T) {
	weekday := gate.Hours{Days: gate.EveryDay, From: 13 * time.Hour, To: 14 * time.Hour}
	gates, err := gate.Compile([]gate.Gate{
		gate.Bake{For: time.Hour, Min: time.Minute, Early: true, Peak: &gate.Peak{Zone: "Europe/Berlin", Hours: weekday}},
		hasty,
		gate.Fact{Name: "lease"},
		gate.Requests{Base: 0.005},
		&gate.Bake{}, says(gate.Open, 5),
		gate.Window{Zone: "Europe/Berlin", Open: []gate.Hours{{Days: gate.EveryDay, To: time.Hour}}, Except: gate.Approval{For: "night"}},
		gate.Freeze{Spans: []gate.Frozen{{From: "2026-03-01", To: "2026-03-02", Reason: "sale"}}, Except: gate.Approval{For: "freeze"}},
		gate.Approval{Count: 2, NotAuthor: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	if gates, err = gate.Placed(gates, gate.Place{Share: 0.05, Policy: policy()}); err != nil {
		t.Fatal(err)
	}
	gates = append(gates, gate.Named{Name: "two of them", Gate: gate.AtLeast{N: 2, Of: gates}}, gate.All(gates))
	l := proven()
	for i := range 100 {
		v := gate.Vote{By: fmt.Sprintf("p%02d", i), Kind: gate.Approve, At: noon.Add(time.Duration(i%9-5) * time.Second)}
		v.Until = noon.Add(time.Duration((i*37)%100+1) * time.Minute)
		l.Votes = append(l.Votes, v)
	}
	l.Peaks = []gate.Covered{gate.Peaks(gates)[0].Entry()}
	l.Peaks[0].Healthy = time.Hour
	f := facts(l, gate.Vouched{Name: "lease", At: noon}).With(&gate.Brief{Author: "eve"})
	for _, g := range gates {
		if n := testing.AllocsPerRun(100, func() { g.Evaluate(f) }); n != 0 {
			t.Errorf("%s allocates %v times", g.Kind(), n)
		}
	}
	if n := testing.AllocsPerRun(100, func() { gate.Asks(gates, f) }); n > 1 { // All(gates) has methods by value
		t.Errorf("who is asked allocates %v times", n)
	}
}

func busyFacts() gate.Facts {
	return facts(gate.Ledger{
		Reached: noon.Add(-time.Hour), Healthy: 10 * time.Minute, Earlier: 5,
		Counts: []gate.Count{{Signal: "errors", N: 9000}, {Signal: "errors", Endpoint: "POST /orders", N: 412}},
		Signals: []gate.Signal{
			{Name: "errors", Verdict: health.Healthy, Since: noon.Add(-time.Minute), Passes: 3},
			{Name: "latency", Verdict: health.Healthy, Since: noon.Add(-time.Minute), Passes: 3},
		},
		Votes: []gate.Vote{{By: "ann", Kind: gate.Approve, At: noon.Add(-time.Minute), Roles: []string{"owner"}}},
	})
}
