package health

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAssess(t *testing.T) {
	now := at(1000)
	fresh := func(v Verdict) Evidence { return Evidence{Verdict: v, Seen: at(990), Through: at(990)} }
	stale := func(v Verdict) Evidence { return Evidence{Verdict: v, Seen: at(900), Through: at(990)} }
	proven := func(v Verdict) Evidence { e := fresh(v); e.Proven = true; return e }
	hold, back := Reactions{}, Reactions{Degraded: Rollback}
	lost := Reactions{Missing: Rollback}
	sig := func(on ...Reactions) []Signal {
		var all []Signal
		for _, r := range on {
			all = append(all, Signal{On: r, WarmUp: -1})
		}
		return all
	}
	advisory := func(s []Signal, i int) []Signal { s[i].Advisory = true; return s }
	ready := fresh(Healthy)
	for name, c := range map[string]struct {
		signals []Signal
		since   time.Time
		ev      []Evidence
		want    Assessment
	}{
		"only readiness":    {nil, at(0), []Evidence{ready}, Assessment{Healthy, false, Continue, -1}},
		"nothing at all":    {nil, at(0), nil, Assessment{NoData, false, Hold, 0}},
		"nothing yet":       {nil, time.Time{}, nil, Assessment{NoData, false, Continue, 0}},
		"all healthy":       {sig(hold, back), at(0), []Evidence{fresh(Healthy), fresh(Healthy), ready}, Assessment{Healthy, false, Continue, -1}},
		"all proven":        {sig(hold, back), at(0), []Evidence{proven(Healthy), proven(Healthy), ready}, Assessment{Healthy, true, Continue, -1}},
		"one unproven":      {sig(hold, back), at(0), []Evidence{proven(Healthy), fresh(Healthy), ready}, Assessment{Healthy, false, Continue, -1}},
		"advisory unproven": {advisory(sig(hold, back), 1), at(0), []Evidence{proven(Healthy), fresh(Degraded), ready}, Assessment{Healthy, true, Continue, -1}},
		"inconclusive":      {sig(hold, back), at(0), []Evidence{fresh(Healthy), fresh(Inconclusive), ready}, Assessment{Inconclusive, false, Continue, 1}},
		"hold":              {sig(hold, back), at(0), []Evidence{fresh(Degraded), fresh(Healthy), ready}, Assessment{Degraded, false, Hold, 0}},
		"rollback":          {sig(hold, back), at(0), []Evidence{fresh(Degraded), fresh(Degraded), ready}, Assessment{Degraded, false, Rollback, 1}},
		"first of equals":   {sig(back, back), at(0), []Evidence{fresh(Degraded), fresh(Degraded), ready}, Assessment{Degraded, false, Rollback, 0}},
		"worst of equals":   {sig(hold, hold), at(0), []Evidence{stale(Healthy), fresh(Degraded), ready}, Assessment{Degraded, false, Hold, 1}},
		"stale degraded":    {sig(back), at(0), []Evidence{stale(Degraded), ready}, Assessment{Degraded, false, Rollback, 0}},
		"degraded and lost": {sig(lost), at(0), []Evidence{stale(Degraded), ready}, Assessment{Degraded, false, Rollback, 0}},
		"missing":           {sig(lost), at(0), []Evidence{stale(Healthy), ready}, Assessment{NoData, false, Rollback, 0}},
		"missing not asked": {sig(lost), time.Time{}, []Evidence{stale(Healthy), ready}, Assessment{NoData, false, Continue, 0}},
		"missing not yet":   {sig(lost), at(941), []Evidence{stale(Healthy), ready}, Assessment{NoData, false, Continue, 0}},
		"missing just now":  {sig(lost), at(940), []Evidence{stale(Healthy), ready}, Assessment{NoData, false, Rollback, 0}},
		"fresh error":       {sig(lost), at(0), []Evidence{fresh(Error), ready}, Assessment{Error, false, Continue, 0}},
		"old error":         {sig(hold), at(0), []Evidence{stale(Error), ready}, Assessment{NoData, false, Hold, 0}},
		"cancelled":         {sig(hold), at(0), []Evidence{fresh(Cancelled), ready}, Assessment{Cancelled, false, Continue, 0}},
		"unknown word":      {sig(hold), at(0), []Evidence{fresh("great"), ready}, Assessment{NoData, false, Continue, 0}},
		"unseen":            {sig(hold), time.Time{}, []Evidence{{Verdict: Healthy}, ready}, Assessment{NoData, false, Continue, 0}},
		"advisory degraded": {advisory(sig(hold, back), 1), at(0), []Evidence{fresh(Healthy), stale(Degraded), ready}, Assessment{Healthy, false, Continue, -1}},
		"not ready":         {sig(hold), at(0), []Evidence{fresh(Healthy), fresh(Degraded)}, Assessment{Degraded, false, Hold, 1}},
		"readiness unknown": {sig(hold), at(0), []Evidence{fresh(Healthy)}, Assessment{NoData, false, Hold, 1}},
		"clock went back":   {sig(hold), at(0), []Evidence{{Verdict: Healthy, Seen: at(5000)}, ready}, Assessment{Healthy, false, Continue, -1}},
	} {
		t.Run(name, func(t *testing.T) {
			p := Policy{Signals: c.signals}.Normalize()
			if got := p.Assess(now, c.since, Traffic{Served: true}, c.ev); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func reaction(t *rapid.T) Reaction {
	return rapid.SampledFrom([]Reaction{Hold, Rollback}).Draw(t, "reaction")
}

// somePolicy draws a policy and evidence of all ages around start.
func somePolicy(t *rapid.T) (Policy, []Evidence) {
	var p Policy
	var ev []Evidence
	instant := func(name string) time.Time {
		if rapid.IntRange(0, 4).Draw(t, name+" zero") == 0 {
			return time.Time{}
		}
		return at(rapid.IntRange(-120, 5).Draw(t, name))
	}
	for range rapid.IntRange(0, 4).Draw(t, "signals") {
		p.Signals = append(p.Signals, Signal{
			Every: time.Second, MaxGap: time.Duration(rapid.IntRange(2, 90).Draw(t, "maxGap")) * time.Second,
			Advisory: rapid.Bool().Draw(t, "advisory"), On: Reactions{Degraded: reaction(t), Missing: reaction(t)},
		})
	}
	p.Readiness.On = Reactions{Degraded: reaction(t), Missing: reaction(t)}
	for range len(p.Signals) + 1 {
		ev = append(ev, Evidence{
			Verdict: rapid.SampledFrom([]Verdict{Healthy, Healthy, Degraded, Inconclusive, NoData, Error, Cancelled, "", "?"}).Draw(t, "verdict"),
			Seen:    instant("seen"), Proven: rapid.Bool().Draw(t, "proven"),
		})
	}
	return p.Normalize(), ev
}

func TestNextMissingIsWhenTimeAloneMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, ev := somePolicy(t)
		now, since := start, time.Time{}
		if rapid.Bool().Draw(t, "asked") {
			since = at(rapid.IntRange(-100, 10).Draw(t, "since"))
		}
		type view struct {
			all Assessment
			one [6]Verdict
			do  [6]Reaction
		}
		look := func(now time.Time) (v view) {
			v.all = p.Assess(now, since, Traffic{Served: true}, ev)
			for i := range ev {
				v.one[i] = p.Current(i, &ev[i], now)
				if !p.advisory(i) {
					v.do[i] = p.asks(i, &ev[i], v.one[i], Traffic{Served: true}, now, since)
				}
			}
			return v
		}
		next := p.NextMissing(now, since, Traffic{Served: true}, ev)
		end := next
		if next.IsZero() {
			end = now.Add(1e6 * time.Hour)
		} else if !next.After(now) {
			t.Fatalf("next %s is not after now", next)
		}
		span := int64(end.Sub(now))
		for range 5 {
			mid := now.Add(time.Duration(rapid.Int64Range(0, span-1).Draw(t, "between")))
			if look(mid) != look(now) {
				t.Fatalf("changed at %s, before %s:\n%+v\n%+v", mid, next, look(now), look(mid))
			}
		}
		if look(end.Add(-1)) != look(now) {
			t.Fatalf("changed just before %s", next)
		}
		if !next.IsZero() && look(next) == look(now) {
			later := false // a missing reaction that is no stronger than what harm asks for
			for i := range ev {
				later = later || ev[i].Verdict == Degraded
			}
			if !later {
				t.Fatalf("nothing changed at %s", next)
			}
		}
	})
}

// TestAssessOnlyHealthyGoesOn checks what matters of an assessment against words
// of its own: promise 14.
func TestPromise14AssessOnlyHealthyGoesOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, ev := somePolicy(t)
		since := rapid.SampledFrom([]time.Time{{}, at(-200), at(-1)}).Draw(t, "since")
		a := p.Assess(start, since, Traffic{Served: true}, ev)
		healthy, proven, any := true, true, false
		do, blamed := Continue, false
		for i := range ev {
			if i < len(p.Signals) && p.Signals[i].Advisory {
				if a.Blame == i {
					t.Fatal("an advisory signal is to blame")
				}
				continue
			}
			v := p.Current(i, &ev[i], start)
			healthy = healthy && v == Healthy
			if i < len(p.Signals) {
				any, proven = true, proven && ev[i].Proven && p.Current(i, &ev[i], start) == Healthy
			}
			if v.rank() > a.Verdict.rank() {
				t.Fatalf("%s of signal %d is worse than %s", v, i, a.Verdict)
			}
			on := *p.on(i)
			mine := Continue
			if v == Degraded {
				mine = on.Degraded
			}
			if last := later(since, ev[i].Seen); !since.IsZero() && start.Sub(last) >= p.gap(i) && (mine == Continue || on.Missing == Rollback) {
				mine = on.Missing
			}
			if mine == Rollback || do == Continue {
				do = mine
			}
			blamed = blamed || i == a.Blame && (mine == a.Do)
		}
		if (a.Verdict == Healthy) != healthy || a.Proven != (proven && any) || a.Do != do {
			t.Fatalf("%+v; healthy %v, proven %v, do %s", a, healthy, proven && any, do)
		}
		if (a.Blame == -1) != (healthy && do == Continue) || a.Blame >= 0 && !blamed {
			t.Fatalf("blame %d did not ask for %s", a.Blame, a.Do)
		}
	})
}

func TestExplain(t *testing.T) {
	p := Policy{Signals: []Signal{{Name: "errors", Judge: Threshold{Bad: "b", Total: "t", Max: 0.01}, WarmUp: -1}, {Name: "odd", Judge: yes{}}}}.Normalize()
	bad, fine := rate(0, 10, 51, 1000), rate(0, 10, 1, 1000)
	broken := rate(10, 20, 1, 1000)
	broken.Fetch, broken.Reason = NoData, "no series"
	for name, c := range map[string]struct {
		i    int
		e    Evidence
		now  time.Time
		want string
	}{
		"degraded":       {0, foldAll(&p.Signals[0], []Sample{bad}), at(10), "errors: 5.1% is above 1% (1 of 1 checks failed)"},
		"degraded, lost": {0, foldAll(&p.Signals[0], []Sample{bad, broken}), at(80), "errors: 5.1% is above 1% (1 of 1 checks failed); no data for 1m10s; no series"},
		"healthy":        {0, foldAll(&p.Signals[0], []Sample{fine}), at(69), "errors: 0.1% is not above 1%"},
		"stale":          {0, foldAll(&p.Signals[0], []Sample{fine}), at(80), "errors: no data for 1m10s"},
		"lost":           {0, foldAll(&p.Signals[0], []Sample{fine, broken}), at(80), "errors: no data for 1m10s; no series"},
		"just lost":      {0, foldAll(&p.Signals[0], []Sample{fine, broken}), at(20), "errors: no series"},
		"error":          {0, Evidence{Verdict: Error, Seen: at(0), Reason: "timeout"}, at(1), "errors: the measurement went wrong; timeout"},
		"cancelled":      {0, Evidence{Verdict: Cancelled, Seen: at(0)}, at(1), "errors: the measurement was cancelled"},
		"nothing":        {0, Evidence{}, at(0), "errors: no data yet"},
		"new step":       {0, Evidence{Seen: at(0)}, at(1), "errors: no data at this step yet"},
		"no words":       {1, foldAll(&p.Signals[1], []Sample{fine}), at(20), "odd: healthy"},
		"readiness":      {2, Evidence{Verdict: Degraded, Seen: at(0), Counts: []int64{2, 3}}, at(1), "readiness: 2 of 3 instances are ready"},
		"no readiness":   {2, Evidence{}, at(1), "readiness: no data yet"},
		"odd readiness":  {2, Evidence{Verdict: Healthy, Seen: at(0)}, at(1), "readiness: healthy"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := p.Explain(c.i, &c.e, c.now); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
