package main

import "testing"

func TestFalseRate(t *testing.T) {
	s := &scenario{name: "s", attempts: 1, stages: 3}
	for _, c := range []struct {
		alpha       float64
		ended, runs int
		want        state
	}{
		{0.001, 0, 20_000, met},
		{0.001, 9, 20_000, met},
		{0.001, 10, 20_000, broken}, // 20,000 runs are enough to tell
		{0.001, 0, 300, open},
		{0.001, 0, 5_000, met},
		{0.001, 4, 5_000, open},
		{0.001, 30, 5_000, broken}, // however few the runs are
		{0.05, 900, 20_000, met},
		{0.05, 1000, 20_000, broken},
		{0.05, 5, 300, met},
		{0.05, 12, 300, open},
		{0.05, 40, 300, broken},
	} {
		r := row{method: &method{alpha: c.alpha, ours: true}, ended: c.ended, runs: c.runs}
		if got := falseRate(s, &r).state; got != c.want {
			t.Errorf("%d of %d at %g: %s, want %s", c.ended, c.runs, c.alpha, got, c.want)
		}
	}
	s.attempts = 3
	r := row{method: &method{alpha: 0.05, ours: true}, ended: 2500, runs: 20_000}
	if got := falseRate(s, &r).state; got != met {
		t.Errorf("three attempts may use three budgets, and 12.5 %% are %s", got)
	}
	r.method.ours = false
	if got := promise(s, r.method); got != 0.05*9 {
		t.Errorf("what knows no stages promises %g for nine, want 0.45", got)
	}
}

// Each of what must hold is looked at, and what is broken is no success.
func TestJudge(t *testing.T) {
	ours := &method{name: "ours", alpha: 0.05, ours: true, promises: true}
	for _, c := range []struct {
		name  string
		s     scenario
		m     *method
		worst state // of all that is found; "" where it is only told, "none" where nothing is said
	}{
		{"false alarms", scenario{exact: true}, ours, broken},
		{"false alarms where it is approximate", scenario{}, ours, ""},
		{"too slow", scenario{worse: true, must: true}, ours, broken},
		{"slow where nothing is promised", scenario{worse: true}, ours, "none"},
		{"held too late", scenario{worse: true, hold: true}, ours, broken},
		{"another's", scenario{exact: true}, &method{promises: true}, "none"},
	} {
		c.s.attempts, c.s.stages = 1, 1
		r := row{method: c.m, seconds: 60, runs: fewRuns, ended: fewRuns, mean: 30, bound: 1}
		var campaign campaign
		campaign.judge(&c.s, &r)
		got := state("none")
		if len(campaign.verdicts) > 0 {
			got = campaign.verdicts[0].findings[0].state
		}
		if got != c.worst || campaign.good() != (c.worst != broken) {
			t.Errorf("%s: %q and good is %v, want %q", c.name, got, campaign.good(), c.worst)
		}
	}
}

func TestMeans(t *testing.T) {
	for _, c := range []struct {
		mean, deviation float64
		runs            int
		want            state
	}{
		{9.9, 5, 100, met}, {10, 0, 100, met}, {10.5, 1, 100, open}, {10.5, 1, fewRuns, broken}, {13, 1, 100, broken},
	} {
		if got := below(c.mean, c.deviation, 10, c.runs); got != c.want {
			t.Errorf("%g +- %g after %d runs: %s, want %s", c.mean, c.deviation, c.runs, got, c.want)
		}
	}
	m := &method{alpha: 0.05, ours: true}
	s := &scenario{name: "s"}
	slow := row{method: m, seconds: 60, runs: fewRuns, mean: 5.5, bound: 3}
	if got := detection(s, &slow).state; got != met {
		t.Errorf("1.5 * 3 min and one check of 1 min are 5.5 min, and that is %s", got)
	}
	slow.seconds = 5
	if got := detection(s, &slow).state; got != broken {
		t.Errorf("1.5 * 3 min and one check of 5 s are less than 5.5 min, and that is %s", got)
	}
	if got := againstFixed(s, &row{method: m, runs: fewRuns, mean: 3}, &row{mean: 2}, "x").state; got != met {
		t.Errorf("1.5 times as long is %s", got)
	}
	if got := againstFixed(s, &row{method: m, runs: fewRuns, mean: 3.1}, &row{mean: 2}, "x").state; got != broken {
		t.Errorf("more than 1.5 times as long is %s", got)
	}
	for ended, want := range map[int]state{99: met, 98: broken} {
		if got := held(s, &row{method: m, ended: ended, runs: 100, mean: 1}).state; got != want {
			t.Errorf("%d of 100 held in time are %s, want %s", ended, got, want)
		}
	}
	if got := held(s, &row{method: m, ended: 2000, runs: 2000, mean: 3.5}).state; got != broken {
		t.Errorf("held too late is %s", got)
	}
}
