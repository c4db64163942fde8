package rollout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// proving is a plan whose bakes may end early, and whose signal can prove it.
func proving(weights ...strategy.Weight) rollout.Plan {
	p := threeStages()
	p.Stages = p.Stages[:1]
	p.Stages[0].Strategy = strategy.Canary{Weights: weights}
	p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: 10 * time.Minute, Min: 20 * time.Second, Early: true}}
	errors := comparing("errors")
	errors.Judge = health.Compare{Bad: "errors", Total: "requests", By: "path", Margin: 1.5, Dispersion: 1}
	errors.WarmUp = 5 * time.Second
	errors.MaxGap = 30 * time.Second
	p.Health.Signals = []health.Signal{errors}
	return p
}

// both decides with samples in which the versions share 1000 requests a second, of which
// each loses its part.
func (s *sim) both(candidate, stable float64) rollout.Output {
	s.t.Helper()
	in := s.input()
	for i := range in.Samples {
		x := &in.Samples[i]
		x.Candidate.Bad, x.Stable.Bad = float64(int(candidate*x.Candidate.Exposure)), float64(int(stable*x.Stable.Exposure))
	}
	out := s.decide(in)
	for i := range out.Want {
		s.obey(&out.Want[i])
	}
	s.now = s.now.Add(time.Second)
	return out
}

// bakes runs until a step is passed and says how much was baked then.
func bakes(s *sim, step string, candidate, stable float64) time.Duration {
	s.t.Helper()
	baked := time.Duration(0)
	for range 700 {
		if s.both(candidate, stable); s.told(rollout.EventPassed, step)() {
			return baked
		}
		baked = s.state.Stages[0].Ledger.Healthy
	}
	s.t.Fatalf("%s is not passed: %s\n%s", step, s.sum(), s.trace.String())
	return 0
}

// What is proven good enough bakes no longer, but for the last step.
func TestEarlyEndByEvidence(t *testing.T) {
	const whole = 10*time.Minute - 5*time.Second // as of the call before the step is passed; readiness is looked at every 5s
	s := newSim(t, proving(2000, 5000, strategy.Full))
	for range 5 {
		s.both(0.02, 0.02)
	}
	s.doing(t, "bake: 2s of 10m healthy, not ended early: it bakes at least 20s")
	first, second, last := bakes(s, "20%", 0.02, 0.02), bakes(s, "50%", 0.02, 0.02), bakes(s, "100%", 0.02, 0.02)
	if first < 19*time.Second || first >= whole || second < 19*time.Second || second >= whole || last < whole {
		t.Errorf("baked %v, %v, %v", first, second, last)
	}
	p := proving(2000, strategy.Full) // no worse, but not shown to be by so little traffic
	p.Health.Signals[0].Judge = health.Compare{Bad: "errors", Total: "requests", Margin: 1.03, Dispersion: 1}
	if slow := bakes(newSim(t, p), "20%", 0.02, 0.02); slow < whole {
		t.Errorf("baked %v without a proof", slow)
	}
}

// What keeps a bake from ending early is told.
func TestEarlyEndIsKept(t *testing.T) {
	t.Parallel()
	const whole = 10*time.Minute - time.Second
	for _, tc := range []struct {
		name   string
		plan   func(p *rollout.Plan)
		bend   func(s *sim)
		says   string // 90 s after the begin
		atMost time.Duration
	}{
		{"nothing", nil, nil, "", time.Minute + 10*time.Second},
		{"one instance", nil, func(s *sim) { s.fleets["a"].desired = 4 }, "1 of 2 instances serve", 0},
		{"warm-up", func(p *rollout.Plan) {
			p.Health.Signals[0].WarmUp, p.Health.Signals[0].MaxGap = 2*time.Minute, 3*time.Minute
		}, nil, "0 of 2 instances are past their warm-up", 2*time.Minute + 5*time.Second},
		{"requests", func(p *rollout.Plan) {
			p.Stages[0].Gates.At = map[string][]gate.Gate{"20%": {gate.Requests{Min: 1e5}}}
		}, nil, "of 100000 requests", 9 * time.Minute},
		{"of an endpoint", func(p *rollout.Plan) {
			p.Stages[0].Gates.At = map[string][]gate.Gate{"20%": {gate.Any{gate.Bake{}, gate.Requests{Min: 1, Endpoint: "/pay"}}}}
		}, nil, "0 of 1 requests to /pay", 0},
		{"an advisory signal", func(p *rollout.Plan) {
			g := comparing("noise")
			g.Advisory = true
			p.Health.Signals = append(p.Health.Signals, g)
		}, nil, "", time.Minute + 10*time.Second},
		{"the peak", func(p *rollout.Plan) {
			p.Stages[0].Gates.Step[0] = gate.Bake{For: 10 * time.Minute, Min: 20 * time.Second, Early: true, Peak: &gate.Peak{
				Hours: gate.Hours{Days: gate.EveryDay, From: 9*time.Hour + time.Minute, To: 9*time.Hour + 4*time.Minute},
			}}
		}, nil, "its peak is not covered, 29s of 3m in 09:01-09:04", 4*time.Minute + time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := proving(2000, strategy.Full)
			if tc.plan != nil {
				tc.plan(&p)
			}
			s := newSim(t, p)
			if tc.bend != nil {
				tc.bend(s)
				f := s.fleets["a"]
				f.versions[0].Instances, f.versions[0].Ready = f.desired, f.desired
			}
			for range 90 {
				s.both(0.02, 0.02)
			}
			if tc.says != "" {
				s.doing(t, tc.says)
			}
			baked := time.Duration(0)
			if s.state.Stages[0].Step == 0 {
				baked = bakes(s, "20%", 0.02, 0.02)
			}
			if tc.atMost == 0 && baked < whole || tc.atMost > 0 && baked > tc.atMost {
				t.Errorf("baked %v", baked)
			}
		})
	}
}

// A target without instances has none that could be too few or too new.
func TestEarlyEndOfAToggle(t *testing.T) {
	s := newSim(t, proving(2000, strategy.Full))
	f := s.fleets["a"]
	f.desired, f.can, f.versions = 0, strategy.Can{Split: true, Unlimited: true}, []rollout.Version{{Version: "1.0", Weight: strategy.Full}}
	if baked := bakes(s, "20%", 0.02, 0.02); baked > time.Minute+10*time.Second {
		t.Errorf("baked %v", baked)
	}
}

// The tests of harm go on after an early end, until the rollout has ended.
func TestHarmAfterAnEarlyEnd(t *testing.T) {
	p := proving(2000, strategy.Full)
	errors := p.Health.Signals[0]
	errors.Name, errors.Judge = "all", health.Objective{Bad: "errors", Total: "requests", Max: 0.05}
	p.Health.Signals = append(p.Health.Signals, errors)
	p = chain(p, "a", "b")
	p.Stages[1].Gates.Entry = []gate.Gate{says{"go"}}
	s := newSim(t, p)
	if baked := bakes(s, "20%", 0.02, 0.02); baked > 2*time.Minute {
		t.Fatalf("baked %v", baked)
	}
	bakes(s, "100%", 0.02, 0.02)
	for range 60 {
		if s.both(0.3, 0.02); s.state.RolledBack {
			break
		}
	}
	if ph := s.state.Stages[0].Phase; ph != rollout.RollingBack && ph != rollout.Back {
		t.Errorf("%s\n%s", s.sum(), s.trace.String())
	}
}

// A bake that can never end early is refused, with its path and the signal.
func TestEarlyEndThatNeverComes(t *testing.T) {
	threshold := health.Signal{Name: "old", Judge: health.Threshold{Bad: "errors", Total: "requests", Max: 0.01}}
	early := gate.Bake{Early: true}
	for _, tc := range []struct {
		name string
		plan func(p *rollout.Plan)
		want string
	}{
		{"it can", func(*rollout.Plan) {}, ""},
		{
			"a threshold", func(p *rollout.Plan) { p.Health.Signals = append(p.Health.Signals, threshold) },
			"stages[0].gates.step[0].bake.early: true can never end early: signal old counts at step 20% and can prove nothing",
		},
		{"an advisory one", func(p *rollout.Plan) {
			threshold := threshold
			threshold.Advisory = true
			p.Health.Signals = append(p.Health.Signals, threshold)
		}, ""},
		{"no margin", func(p *rollout.Plan) { p.Health.Signals = []health.Signal{comparing("errors")} }, "signal errors counts at step 20%"},
		{"readiness alone", func(p *rollout.Plan) { p.Health.Signals = nil }, "at step 20% nothing but readiness counts"},
		{"deep inside", func(p *rollout.Plan) {
			p.Health.Signals = nil
			p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{}, gate.Any{gate.All{gate.Bake{}, &early}, gate.Fact{Name: "x"}}}
		}, "stages[0].gates.step[1].any[0].all[1].bake.early: true can never end early"},
		{"at a step", func(p *rollout.Plan) {
			p.Health.Signals = nil
			p.Stages[0].Gates.Step = nil
			p.Stages[0].Gates.At = map[string][]gate.Gate{"20%": {early}, "100%": {early}}
		}, `stages[0].gates.at["20%"][0].bake.early`},
		{"at the last step it is only not early", func(p *rollout.Plan) {
			p.Health.Signals = nil
			p.Stages[0].Gates = rollout.Gates{At: map[string][]gate.Gate{"100%": {early}}, Exit: []gate.Gate{early}}
		}, ""},
		{"measured elsewhere", func(p *rollout.Plan) {
			threshold := threshold
			threshold.Mirrored = true
			p.Health.Signals = append(p.Health.Signals, threshold)
		}, ""},
	} {
		p := proving(2000, strategy.Full)
		tc.plan(&p)
		_, err := rollout.Compile(p)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
}

// A state whose ledger counts other things than its step's gates ask for is not the
// plan's.
func TestLedgerOfAnotherShape(t *testing.T) {
	p := proving(2000, strategy.Full)
	p.Stages[0].Gates.At = map[string][]gate.Gate{"20%": {gate.Requests{Min: 7}}}
	p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{Peak: &gate.Peak{Zone: "Europe/Berlin", Hours: gate.Hours{Days: gate.EveryDay, To: time.Hour}}}}
	s := newSim(t, p)
	for range 20 {
		s.both(0, 0)
	}
	for name, change := range map[string]func(*gate.Ledger){
		"no peak":            func(l *gate.Ledger) { l.Peaks = nil },
		"another peak":       func(l *gate.Ledger) { l.Peaks[0].Zone = "UTC" },
		"two":                func(l *gate.Ledger) { l.Peaks = append(l.Peaks, l.Peaks[0]) },
		"fewer requests":     func(l *gate.Ledger) { l.Counts[0].Need = 6 },
		"negative":           func(l *gate.Ledger) { l.Serving = -1 },
		"negative, warm":     func(l *gate.Ledger) { l.Warm = -1 },
		"nothing is counted": func(l *gate.Ledger) { l.Counts = nil },
	} {
		state := roundTrip(t, s.state)
		if err := s.m.Check(state); err != nil {
			t.Fatal(err)
		}
		change(&state.Stages[0].Ledger)
		if s.m.Check(state) == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
}

// A deadline for gates that is over before a peak can be covered is refused.
func TestGateDeadlineWithinThePeak(t *testing.T) {
	for deadline, want := range map[time.Duration]string{3*time.Hour + 1: "", 3 * time.Hour: "must be above 3h, for which the gates of step 20% are closed at least"} {
		p := proving(2000, strategy.Full)
		p.Stages[0].GateDeadline = deadline
		p.Stages[0].Gates.Step = []gate.Gate{gate.Bake{For: time.Hour, Peak: &gate.Peak{
			Hours: gate.Hours{Days: gate.EveryDay, From: 22 * time.Hour, To: time.Hour},
		}}}
		if _, err := rollout.Compile(p); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v: %v", deadline, err)
		}
	}
}
