package main

import (
	"math"
	"strings"
	"testing"
)

// scripted asks for what its checks are told to, in every stage.
type scripted struct {
	says map[int]outcome // by the check of the stage, from 1
	at   int
}

func (d *scripted) begin(float64) { d.at = 0 }

func (d *scripted) check(*interval) outcome {
	d.at++
	return d.says[d.at]
}

func script(says map[int]outcome) method {
	return method{name: "script", start: func(*scenario) detector { return &scripted{says: says} }}
}

// trialOf is one run of scripts through traffic in which a user is harmed in each check.
func trialOf(s scenario, says ...map[int]outcome) *trial {
	s.start = func(*dice, int) traffic { return func(iv *interval) { *iv = interval{harmed: 1} } }
	s.minutes, s.stages, s.attempts = 10, max(s.stages, 1), max(s.attempts, 1)
	var methods []method
	for _, m := range says {
		methods = append(methods, script(m))
	}
	t := newTrial(&s, 60, 1, methods, 1, false)
	t.play()
	return t
}

func TestFates(t *testing.T) {
	for _, c := range []struct {
		name string
		s    scenario
		says map[int]outcome
		want fate
	}{
		{"never", scenario{}, nil, fate{harmed: 10}},
		{"rolled back", scenario{}, map[int]outcome{4: rollsBack, 5: rollsBack}, fate{ended: 4, harmed: 4}},
		{"held", scenario{}, map[int]outcome{3: holds, 4: holds}, fate{held: 3, harmed: 10}},
		{"held and rolled back", scenario{}, map[int]outcome{3: holds, 5: rollsBack}, fate{ended: 5, held: 3, harmed: 5}},
		{"held, as expected", scenario{hold: true}, map[int]outcome{3: holds, 5: rollsBack}, fate{ended: 3, held: 3, harmed: 3}},
		{"rolled back where a hold is expected", scenario{hold: true}, map[int]outcome{2: rollsBack}, fate{ended: 2, harmed: 2}},
		{"in stages", scenario{stages: 3, attempts: 2}, map[int]outcome{11: rollsBack}, fate{harmed: 60}},
	} {
		if got := trialOf(c.s, c.says).fates[0][0]; got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// Each method has as many runs as it is given, and no more.
func TestRunsOfTheirOwn(t *testing.T) {
	trial := trialOf(scenario{}, map[int]outcome{1: rollsBack}, nil)
	trial.fates = [][]fate{make([]fate, 3), make([]fate, 70)}
	trial.pasts = nil
	trial.play()
	for i, want := range []fate{{ended: 1, harmed: 1}, {harmed: 10}} {
		for run, got := range trial.fates[i] {
			if got != want {
				t.Fatalf("method %d, run %d: %+v, want %+v", i, run, got, want)
			}
		}
	}
}

func TestRows(t *testing.T) {
	of := func(s scenario, fates ...fate) row {
		s.minutes, s.stages, s.attempts = 10, 1, 1
		m := method{alpha: 0.05, ours: true}
		return (&trial{scenario: &s, seconds: 60, methods: []method{m}, fates: [][]fate{fates}}).rows()[0]
	}
	same := of(scenario{}, fate{ended: 2, harmed: 1}, fate{held: 1, harmed: 3})
	if same.runs != 2 || same.ended != 1 || same.held != 1 || same.early != 0 || same.mean != 6 || same.harmed != 2 || same.bound != 0 {
		t.Errorf("no worse: %+v", same)
	}
	worse := of(scenario{worse: true, information: 1}, fate{ended: 1}, fate{ended: 2}, fate{ended: 3}, fate{ended: 6}, fate{})
	if worse.mean != 4.4 || worse.median != 3 || worse.early != 0 || math.Abs(worse.bound-2.996) > 0.001 {
		t.Errorf("worse: %+v", worse)
	}
	if want := math.Sqrt((1+4+9+36+100)/5.0-4.4*4.4) / math.Sqrt(5); math.Abs(worse.deviation-want) > 1e-12 {
		t.Errorf("the standard error of the mean is %g, want %g", worse.deviation, want)
	}
	late := of(scenario{worse: true, onset: 4, information: 1}, fate{ended: 3}, fate{ended: 4}, fate{ended: 5}, fate{ended: 7}, fate{})
	if late.early != 2 || late.ended != 4 || math.Abs(late.mean-10.0/3) > 1e-12 || late.median != 3 {
		t.Errorf("worse from minute 4 on: %+v", late)
	}
	if early := of(scenario{worse: true, onset: 4, information: 1}, fate{ended: 3}); early.mean != 6 || early.median != 6 {
		t.Errorf("always too early: %+v", early)
	}
	if hold := of(scenario{worse: true, hold: true, information: 1}, fate{ended: 3}); hold.bound == 0 {
		t.Error("ours has an absolute limit, and no bound")
	}
}

// What rows say comes to people and to programs.
func TestRowsAreWritten(t *testing.T) {
	r := row{
		method: &method{name: "m", alpha: 0.001, ours: true, promises: true}, seconds: 5, runs: 200,
		ended: 50, held: 7, mean: 3.5, median: 2.25, harmed: 12.5, bound: 1.75,
	}
	s := &scenario{name: "s", worse: true, exact: true, path: true}
	var b strings.Builder
	if err := r.json(&b, s); err != nil {
		t.Fatal(err)
	}
	want := `{"scenario":"s","method":"m","alpha":0.001,"check_seconds":5,"runs":200,"ended_rate":0.25,"mean_minutes":3.5,` +
		`"median_minutes":2.25,"harmed_users":12.5,"bound_minutes":1.75,"exact":true,"ours":true}` + "\n"
	if b.String() != want {
		t.Errorf("%s, want %s", b.String(), want)
	}
	if got, want := strings.Join(r.cells(s), "|"), "5 s|200|25 %|3.50|-|12.5|1.75|2.00|3.5 %|  m"; got != want {
		t.Errorf("cells %s, want %s", got, want)
	}
	r.method.ours = false
	if r.method.exact(s) {
		t.Error("who does not follow the rules of the data path promises nothing exact there")
	}
}
