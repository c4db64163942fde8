package strategy

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func findings(l Ladder, at Setting) string {
	var got []string
	for _, f := range Lint(l, at) {
		got = append(got, fmt.Sprintf("%s %s %t %s", f.Step, f.Rule, f.Blocks, f.Text))
	}
	return strings.Join(got, "\n")
}

func TestLint(t *testing.T) {
	beta := []Route{{Source: "header", Name: "x-beta", Value: "1"}}
	l := Ladder{Sticky: Sticky{Source: User, Name: "id"}, Steps: []Step{
		{Name: "preview"},
		{Name: "few", Weight: 5000, Candidate: Count(1)},
		{Name: "none", Weight: 5000, Candidate: Count(0)},
		{Name: "shadow", Weight: 5000, Mirror: 100},
		{Name: "again", Weight: 5000, Mirror: 100},
		{Name: "beta", Weight: 5000, Routes: beta},
		{Name: "fixed", Proportional: true, Candidate: Count(3)},
		{Name: "keep", Weight: Full, Stable: Percent(100)},
		{Name: "all", Weight: Full},
	}}
	for _, c := range []struct {
		at   Setting
		want string
	}{
		{Setting{Fleet: Fleet{Desired: 10, Can: Can{Split: true, Match: true, Mirror: true}}}, `few infeasible true The step runs 6 instances, and no fewer than 8 of 10 may be ready.
none no-candidate true The step gives traffic to the candidate, and of 10 instances it has none.
none falling false The candidate's instances fall from 1 to 0.
again repeated false Nothing changes from step "shadow" to step "again".
fixed falling false The candidate's share falls from 50% to 30%.`},
		{Setting{Fleet: Fleet{Desired: 9}}, `few match true Users are to stay on one side, and the target cannot tell them apart.
none no-candidate true The step gives traffic to the candidate, and of 9 instances it has none.
none falling false The candidate's instances fall from 1 to 0.
shadow mirror true The step mirrors requests, and the target cannot.
again mirror true The step mirrors requests, and the target cannot.
again repeated false Nothing changes from step "shadow" to step "again".
beta match true The step routes requests by match, and the target cannot.
fixed match true Users are to stay on one side, and the target cannot tell them apart.
fixed falling false The candidate's share falls from 50% to 33.33%.
keep split true The step runs 9 stable instances without traffic, and the target has no splitter.`},
	} {
		got := findings(l, c.at)
		if got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
	}
}

func TestLintQuota(t *testing.T) {
	l, _ := Canary{Weights: []Weight{1000, Full}, FullStable: true}.Ladder()
	for quota, want := range map[int64]string{ // order does not matter: each is a case of its own
		0:  "",
		13: "",
		12: " quota false The surge may run 13 instances, and the quota is 12.",
		11: " quota false The surge may run 13 instances, and the quota is 11.",
		10: " quota false The surge may run 13 instances, and the quota is 10.\n10% quota true The step runs 11 instances, and the quota is 10.",
		9:  "10% quota true The step runs 11 instances, and the quota is 9.\n100% quota true The step runs 10 instances, and the quota is 9.",
	} {
		if got := findings(l, Setting{Fleet: Fleet{Desired: 10, Can: Can{Split: true, Quota: quota}}}); got != want {
			t.Errorf("quota %d: got\n%s\nwant\n%s", quota, got, want)
		}
	}
}

func TestLintLeftovers(t *testing.T) {
	l, _ := Canary{Weights: []Weight{1000, Full}, FullStable: true, Pace: Pace{Surge: Count(1)}}.Ladder()
	f := Fleet{Desired: 10, Leftover: Counts{Instances: 1}, Can: Can{Split: true, Quota: 11}}
	if got, want := findings(l, Setting{Fleet: f}), "10% quota false The step runs 11 instances, and a quota of 11 leaves no place for leftovers until their traffic is gone."; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	f.Can.Quota = 12
	if got := findings(l, Setting{Fleet: f}); got != "" {
		t.Error(got)
	}
}

func TestLintWeights(t *testing.T) {
	l, _ := Canary{Weights: []Weight{100, 5000, Full}}.Ladder()
	if got, want := findings(l, Setting{Fleet: Fleet{Desired: 4}}), "1% weight false 1% of 4 instances is 25%."; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got, want := findings(l, Setting{Fleet: Fleet{Desired: 4, Can: Can{Split: true, Grain: 39}}}), "1% weight false 1% is no multiple of 0.39%, which the router is limited to.\n50% weight false 50% is no multiple of 0.39%, which the router is limited to."; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := findings(l, Setting{Fleet: Fleet{Desired: 4, Can: Can{Split: true, Grain: 100}}}); got != "" {
		t.Error(got)
	}
}

func TestLintCopies(t *testing.T) {
	l, _ := DarkLaunch{Mirror: Full, Candidate: Count(3)}.Ladder()
	can := Can{Split: true, Mirror: true}
	if got, want := findings(l, Setting{Fleet: Fleet{Desired: 10, Can: can}}), "dark copies false With 100% of stable's requests copied to it the candidate needs 8 instances, and the step has 3."; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	l, _ = DarkLaunch{}.Ladder()
	if got := findings(l, Setting{Fleet: Fleet{Desired: 10, Can: can}}); got != "" {
		t.Error(got)
	}
}

func TestLintRequests(t *testing.T) {
	l, _ := Canary{Weights: []Weight{100, Full}}.Ladder()
	dark, _ := DarkLaunch{}.Ladder()
	cohort, _ := ABTest{Routes: []Route{{Source: Header, Name: "x", Value: "1"}}}.Ladder()
	can := Can{Split: true, Mirror: true, Match: true}
	for _, c := range []struct {
		l    Ladder
		rate float64
		need Requests
		want string
	}{
		{l, 10, Requests{31, 5 * time.Minute}, "1% requests false 1% of 10 requests a second are 30 in 5m, and 31 are waited for."},
		{l, 10, Requests{30, 5 * time.Minute}, ""},
		{l, 0, Requests{1 << 40, time.Second}, ""},
		{l, math.NaN(), Requests{1 << 40, time.Second}, ""},
		{l, 1, Requests{1 << 40, 0}, ""},
		{dark, 0, Requests{1, 0}, "dark requests false 1 requests are waited for, and the step gives the candidate none."},
		{cohort, 0, Requests{1, 0}, ""},
	} {
		at := Setting{Fleet: Fleet{Desired: 100, Can: can}, Rate: c.rate, Requests: map[string]Requests{c.l.Steps[0].Name: c.need}}
		if got := findings(c.l, at); got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
	}
}

// TestRepeatedInAFleet: steps may be the same in this fleet only.
func TestRepeatedInAFleet(t *testing.T) {
	l, _ := Canary{Weights: []Weight{100, 1000, 2500, Full}}.Ladder()
	for desired, want := range map[int64]string{4: "10% 25%", 40: ""} {
		var steps []string
		for _, f := range Lint(l, Setting{Fleet: Fleet{Desired: desired}}) {
			if f.Rule == RuleRepeated {
				steps = append(steps, f.Step)
			}
		}
		if got := strings.Join(steps, " "); got != want {
			t.Errorf("of %d: %s", desired, got)
		}
	}
}
