package health

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// look is one interval of a judge that looks.
func look(k int, bad, of, warmBad, warmOf float64) Sample {
	s := rate(10*k, 10*k+10, bad, of)
	s.Warming = Arm{Exposure: warmOf, Bad: warmBad}
	return s
}

func TestLooksVerdicts(t *testing.T) {
	type arms struct{ bad, of, warmBad, warmOf float64 }
	fires, quiet, nothing := arms{1, 1, 0, 0}, arms{0, 1, 0, 0}, arms{}
	const d, h, i = Degraded, Healthy, Inconclusive
	for name, c := range map[string]struct {
		judge   Judge
		samples []arms
		want    []Verdict
		explain string
	}{
		"alert": {
			Alert{Match: `{a="b"}`},
			[]arms{quiet, fires, fires, quiet},
			[]Verdict{h, d, d, h},
			`no alert that matches {a="b"} fires`,
		},
		"alert, in a row": {
			Alert{Match: `{a="b"}`, ConsecutiveLimit: 3},
			[]arms{fires, fires, quiet, fires, fires, nothing, fires},
			[]Verdict{i, i, h, i, i, i, d},
			`an alert that matches {a="b"} fires, 3 times in a row`,
		},
		"alert, harm stays without a look": {
			Alert{Match: `{a="b"}`},
			[]arms{fires, nothing, quiet},
			[]Verdict{d, d, h},
			`no alert that matches {a="b"} fires`,
		},
		"alert, once": {Alert{Match: `{a="b"}`}, []arms{fires}, []Verdict{d}, `an alert that matches {a="b"} fires`},
		"probe": {
			Probe{HTTP: "/healthz"},
			[]arms{{0, 3, 0, 0}, {1, 3, 0, 0}, {3, 3, 0, 0}, {2, 3, 0, 0}},
			[]Verdict{h, i, i, d},
			"2 of 3 instances failed the probe http /healthz, 3 times in a row",
		},
		"probe, healthy again": {
			Probe{TCP: "5432", ConsecutiveLimit: 1},
			[]arms{{1, 1, 0, 0}, {0, 1, 0, 0}},
			[]Verdict{d, h},
			"1 instance passed the probe tcp 5432",
		},
		"probe, passing in between": {
			Probe{Command: "disk", ConsecutiveLimit: 2},
			[]arms{{1, 2, 0, 0}, {0, 2, 0, 0}, {1, 2, 0, 0}},
			[]Verdict{i, h, i},
			"1 of 2 instances failed the probe command disk",
		},
		"readiness leaves warming out": {
			Probe{HTTP: "/", ConsecutiveLimit: 1},
			[]arms{{0, 0, 1, 1}, {0, 0, 0, 1}, {0, 1, 5, 5}},
			[]Verdict{i, i, h},
			"1 instance passed the probe http /",
		},
		"liveness counts warming against": {
			Probe{Of: "liveness", HTTP: "/", ConsecutiveLimit: 2},
			[]arms{{0, 0, 0, 2}, {0, 0, 1, 2}, {0, 3, 1, 2}},
			[]Verdict{i, i, d},
			"1 of 5 instances failed the probe http /, 2 times in a row",
		},
		"liveness never counts warming for": {
			Probe{Of: "liveness", HTTP: "/", ConsecutiveLimit: 2},
			[]arms{{1, 1, 0, 0}, {0, 0, 0, 9}, {1, 1, 0, 0}, {0, 0, 0, 9}, {0, 1, 0, 0}},
			[]Verdict{i, i, d, d, h},
			"1 instance passed the probe http /",
		},
		"test": {
			Test{Suite: "checkout"},
			[]arms{quiet, fires, quiet},
			[]Verdict{h, d, d},
			"the test checkout passed (1 of 3 runs failed)",
		},
		"test, limit": {
			Test{Suite: "checkout", FailureLimit: 1},
			[]arms{fires, quiet, nothing, fires},
			[]Verdict{i, h, i, d},
			"the test checkout failed (2 of 3 runs failed)",
		},
		"test, in a row": {
			Test{Suite: "checkout", ConsecutiveLimit: 2},
			[]arms{fires, quiet, fires, fires, quiet},
			[]Verdict{i, h, i, d, h},
			"the test checkout passed (3 of 5 runs failed)",
		},
		"test, both limits": {
			Test{Suite: "checkout", ConsecutiveLimit: 3, FailureLimit: 1},
			[]arms{fires, quiet, fires, quiet},
			[]Verdict{i, h, d, d},
			"the test checkout passed (2 of 4 runs failed)",
		},
		"test that passed": {Test{Suite: "checkout"}, []arms{quiet}, []Verdict{h}, "the test checkout passed"},
		"half an instance": {Probe{HTTP: "/", ConsecutiveLimit: 1}, []arms{{0.5, 0.7, 0, 0}}, []Verdict{d}, "1 of 1 instance failed the probe http /"},
	} {
		t.Run(name, func(t *testing.T) {
			g := signalOf(c.judge)
			var e Evidence
			for k, a := range c.samples {
				s := look(k, a.bad, a.of, a.warmBad, a.warmOf)
				g.Fold(&e, &s)
				if e.Verdict != c.want[k] || e.Proven {
					t.Fatalf("look %d: %s, want %s (%+v)", k, e.Verdict, c.want[k], e)
				}
			}
			if got := c.judge.(Explainer).Explain(&e); got != c.explain {
				t.Errorf("got %s\nwant %s", got, c.explain)
			}
		})
	}
}

// A new step keeps what speaks against the release, and nothing else.
func TestLooksAcrossSteps(t *testing.T) {
	g := signalOf(Probe{HTTP: "/", ConsecutiveLimit: 3})
	var e Evidence
	for k, want := range []Verdict{Healthy, Inconclusive, Inconclusive, Degraded} {
		if k > 0 {
			s := look(k, 1, 1, 0, 0)
			g.Fold(&e, &s)
		} else {
			s := look(k, 0, 1, 0, 0)
			g.Fold(&e, &s)
		}
		if e.Verdict != want {
			t.Fatalf("look %d: %s", k, e.Verdict)
		}
		g.Begin(&e)
		if (e.Verdict == Degraded) != (want == Degraded) || e.Verdict == Healthy {
			t.Fatalf("look %d: %s at the new step", k, e.Verdict)
		}
	}
}

func TestLooksMeasure(t *testing.T) {
	for _, c := range []struct {
		judge Judge
		kind  string
		want  Measure
	}{
		{Alert{Match: `{a="b"}`}, "alert", Measure{Alert: `{a="b"}`}},
		{Probe{HTTP: "/healthz?full=1"}, "probe", Measure{Probe: "http /healthz?full=1"}},
		{Probe{TCP: "5432", Of: "liveness"}, "probe", Measure{Probe: "tcp 5432"}},
		{Probe{Command: "disk"}, "probe", Measure{Probe: "command disk"}},
		{Probe{}, "probe", Measure{}},
		{Test{Suite: "checkout"}, "test", Measure{Test: "checkout"}},
	} {
		if got := c.judge.(Measurer).Measure(); got != c.want || c.judge.Kind() != c.kind {
			t.Errorf("%+v: %s, %+v", c.judge, c.judge.Kind(), got)
		}
		if g := signalOf(c.judge); !g.Expected(Traffic{}) {
			t.Errorf("%+v is not expected without traffic", c.judge)
		}
		if c.judge.(Explainer).Explain(&Evidence{}) == "" {
			t.Errorf("%+v has no words for no evidence", c.judge)
		}
	}
}

func TestLooksValidate(t *testing.T) {
	long := string(make([]byte, 2000))
	wantErrors(t, Alert{Match: `{service="checkout"}`}.Validate())
	wantErrors(t, Probe{HTTP: "/healthz?a=%20b", Of: "liveness"}.Validate())
	wantErrors(t, Probe{TCP: "65535", Of: "readiness"}.Validate())
	wantErrors(t, Probe{Command: "check-disk", ConsecutiveLimit: 1}.Validate())
	wantErrors(t, Test{Suite: "checkout"}.Validate())

	const match = `must be a selector in braces of at most 1000 bytes: {service="checkout"}`
	for _, bad := range []string{"", "{}", "HighErrors", `x{a="b"}`, `{a="b"`, "{a=\"\xff\"}", `{a="` + long + `"}`} {
		if err := (Alert{Match: bad}).Validate(); err == nil || err.(interface{ Unwrap() []error }).Unwrap()[0].(*FieldError).Rule != match {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	wantErrors(t, Alert{Match: "{}", ConsecutiveLimit: -1}.Validate(),
		`match: "{}" `+match, "consecutiveLimit: -1 must not be negative")

	const one = ": must have one of http, tcp and command"
	wantErrors(t, Probe{}.Validate(), "must have one of http, tcp and command")
	wantErrors(t, Probe{HTTP: "/", TCP: "1", Of: "x", ConsecutiveLimit: -1}.Validate(),
		`of: "x" must be readiness or liveness`, one[2:], "consecutiveLimit: -1 must not be negative")
	for _, bad := range []string{"healthz", "//other/x", "/a b", "/a#b", "/a\\b", "/ä", "/\x00", "/" + long} {
		if err := (Probe{HTTP: bad}).Validate(); err == nil {
			t.Errorf("path %.20q", bad)
		}
	}
	for _, bad := range []string{"0", "65536", "-1", "08", "http", "1 "} {
		if err := (Probe{TCP: bad}).Validate(); err == nil {
			t.Errorf("port %q", bad)
		}
	}
	for _, bad := range []string{"a b", long, "\x00", "\xff"} {
		if (Probe{Command: bad}).Validate() == nil || (Test{Suite: bad}).Validate() == nil {
			t.Errorf("name %.20q", bad)
		}
	}
	wantErrors(t, Test{FailureLimit: -1}.Validate(),
		`suite: "" must be 1 to 63 characters without space`, "failureLimit: -1 must not be negative")
}

// judgeOfLooks draws one of the judges that look.
func judgeOfLooks(t *rapid.T) Judge {
	row, all := rapid.IntRange(0, 3).Draw(t, "consecutiveLimit"), rapid.IntRange(0, 3).Draw(t, "failureLimit")
	return rapid.SampledFrom([]Judge{
		Alert{Match: `{a="b"}`, ConsecutiveLimit: row},
		Probe{HTTP: "/", ConsecutiveLimit: row},
		Probe{TCP: "1", Of: "liveness", ConsecutiveLimit: row},
		Test{Suite: "s", FailureLimit: all, ConsecutiveLimit: row},
	}).Draw(t, "judge")
}

func TestPromise14LooksMissingIsNotHealthy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := signalOf(judgeOfLooks(t))
		e := foldAll(g, mixed(t, 12))
		sound(t, &e)
		was := e.Clone()
		s := lost(t, later(start, e.Through))
		if !g.Fold(&e, &s) {
			t.Fatal("left out")
		}
		sound(t, &e)
		if e.Verdict == Healthy || was.Verdict == Degraded && e.Verdict != Degraded {
			t.Fatalf("%s became %s by %+v", was.Verdict, e.Verdict, s)
		}
		if s.Check() != nil || s.Fetch != "" {
			same(t, e.Counts, was.Counts, "the judge saw what is no data")
		}
	})
}

// The verdict follows from the looks since the last that passed, and from how many
// failed in all.
func TestLooksAgainstTheRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		test := Test{Suite: "s", FailureLimit: rapid.IntRange(0, 3).Draw(t, "limit"), ConsecutiveLimit: rapid.IntRange(0, 3).Draw(t, "row")}
		g := signalOf(test)
		var kept, again_ Evidence
		failed, run := 0, 0
		for k, bad := range rapid.SliceOfN(rapid.Bool(), 0, 20).Draw(t, "runs") {
			b := 0.0
			if run++; bad {
				failed, b = failed+1, 1
			} else {
				run = 0
			}
			s := look(k, b, 1, 0, 0)
			again_ = again(t, again_)
			g.Fold(&kept, &s)
			g.Fold(&again_, &s)
			same(t, again_, kept, "after a restart")
			inAll := failed > test.FailureLimit && (test.FailureLimit > 0 || test.ConsecutiveLimit == 0)
			inRow := test.ConsecutiveLimit > 0 && run >= test.ConsecutiveLimit
			want := Healthy
			switch {
			case inAll || inRow:
				want = Degraded
			case bad:
				want = Inconclusive
			}
			if kept.Verdict != want || kept.Counts[lookFailed] != int64(failed) || kept.Counts[lookAll] != int64(k+1) {
				t.Fatalf("run %d: %s, want %s: %+v", k, kept.Verdict, want, kept)
			}
			if !kept.Seen.Equal(s.To) {
				t.Fatalf("run %d did not keep the signal fresh", k)
			}
		}
	})
}

func TestLooksAllocateNothing(t *testing.T) {
	for _, j := range []Judge{Alert{Match: `{a="b"}`}, Probe{HTTP: "/"}, Test{Suite: "s", FailureLimit: 3}} {
		g := signalOf(j)
		var e Evidence
		s := look(0, 1, 2, 1, 2)
		s.Reason = "HighErrors fires"
		if n := testing.AllocsPerRun(100, func() {
			s.From, s.To = s.To, s.To.Add(10*time.Second)
			g.Fold(&e, &s)
		}); n != 0 {
			t.Errorf("%s: %v allocations", j.Kind(), n)
		}
	}
}

// What the source says of an interval is kept with it, and no longer.
func TestLooksReason(t *testing.T) {
	p := Policy{Signals: []Signal{{Name: "alerts", Judge: Alert{Match: `{a="b"}`}}}}.Normalize()
	var e Evidence
	s := look(0, 1, 1, 0, 0)
	s.Reason = "HighErrors fires since 12:00:05"
	p.Signals[0].Fold(&e, &s)
	if got, want := p.Explain(0, &e, s.To), `alerts: an alert that matches {a="b"} fires; HighErrors fires since 12:00:05`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	s = look(1, 0, 1, 0, 0)
	p.Signals[0].Fold(&e, &s)
	if got, want := p.Explain(0, &e, s.To), `alerts: no alert that matches {a="b"} fires`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func FuzzLooks(f *testing.F) {
	for _, seed := range [][5]float64{{0, 1, 0, 0, 1}, {1, 1, 0, 0, 2}, {2, 1, 0, 0, 3}, {0, 0, 1, 1, 0}, {math.NaN(), 1, 0, 0, 0}, {1, math.Inf(1), 0, 0, 0}, {-1, 1, 0, 0, 0}, {math.MaxFloat64, math.MaxFloat64, math.MaxFloat64, math.MaxFloat64, 0}} {
		f.Add(seed[0], seed[1], seed[2], seed[3], int64(seed[4]), "why")
	}
	judges := []Judge{Alert{Match: "{}"}, Probe{HTTP: "/"}, Probe{TCP: "1", Of: "liveness"}, Test{Suite: "s"}}
	f.Fuzz(func(t *testing.T, bad, of, warmBad, warmOf float64, runs int64, reason string) {
		for _, j := range judges {
			g := signalOf(j)
			e := Evidence{Verdict: Healthy, Counts: []int64{runs, runs, runs, runs, runs}}
			s := look(1, bad, of, warmBad, warmOf)
			s.Reason = reason
			g.Fold(&e, &s)
			valid := s.Check() == nil
			if !valid && e.Verdict != Error || e.Verdict == Healthy && !(bad == 0 && of > 0) || e.Proven {
				t.Fatalf("%s of %+v", e.Verdict, s)
			}
			if valid && (e.Counts[lookBad] < 0 || e.Counts[lookOf] < 0) && e.Verdict.Missing() {
				t.Fatalf("%+v", e)
			}
			if j.(Explainer).Explain(&e) == "" || len(e.Reason) > maxReason {
				t.Fatal("no words, or too many")
			}
		}
	})
}
