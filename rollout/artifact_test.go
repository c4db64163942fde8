package rollout_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

// A gate that asks for tests of this very artifact opens by nothing else.
func TestMeasuredOfThisArtifact(t *testing.T) {
	for _, tc := range []struct {
		name    string
		release string
		says    string
		scope   string
		passes  bool // the gate
		verdict health.Verdict
		reason  string
	}{
		{"the same", "sha256:2", "sha256:2", "candidate", true, health.Healthy, ""},
		{"it does not say", "sha256:2", "", "candidate", false, health.Healthy, ""},
		{"another", "sha256:2", "sha256:1", "candidate", false, health.Error, "was measured of sha256:1, not of sha256:2"},
		{"the release has none", "", "sha256:2", "candidate", false, health.Healthy, ""},
		{"neither has one", "", "", "candidate", false, health.Healthy, ""},
		{"of stable", "sha256:2", "sha256:1", "stable", false, health.Healthy, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := half()
			p.Stages[0].Gates.At = map[string][]gate.Gate{"50%": {gate.Healthy{Signals: []string{"errors"}, Digest: true}}}
			p.Release.Digest = tc.release
			p.Health.Signals[0].Scope = tc.scope
			if tc.scope == "stable" {
				p.Health.Signals[0].On = health.Reactions{}
			}
			s := newSim(t, p)
			s.until(10, s.phase(0, rollout.Waiting))
			for range 4 {
				in := s.input()
				for i := range in.Samples {
					if got := s.state.Ask[i].Digest; got != tc.release {
						t.Fatalf("it asks of %q", got)
					}
					in.Samples[i].Digest = tc.says
				}
				s.decide(in)
				s.now = s.now.Add(time.Second)
			}
			st := &s.state.Stages[0]
			if passed := st.Step > 0; passed != tc.passes {
				t.Fatalf("passed: %v\n%s", passed, s.trace.String())
			}
			if e := st.Evidence[0]; !tc.passes && (e.Verdict != tc.verdict || e.Reason != tc.reason) {
				t.Errorf("%s %q", e.Verdict, e.Reason)
			}
		})
	}
}

// What was tested for this artifact opens the gate as long as nothing else is tested.
func TestArtifactOfTheLastInterval(t *testing.T) {
	p := half(gate.Healthy{Digest: true}, gate.Bake{For: time.Hour})
	p.Health.Signals[0].MaxGap = time.Hour
	s := newSim(t, p)
	s.until(10, s.phase(0, rollout.Waiting))
	says := func(digest string, change func(*health.Sample)) string {
		in := s.input()
		for i := range in.Samples {
			in.Samples[i].Digest = digest
			change(&in.Samples[i])
		}
		s.decide(in)
		s.now = s.now.Add(time.Second)
		return s.state.Stages[0].Ledger.Signals[0].Digest
	}
	as := func(*health.Sample) {}
	for k, tc := range []struct {
		says   string
		change func(*health.Sample)
		want   string
	}{
		{"", as, ""}, // the first interval began before the step
		{"sha256:2", as, "sha256:2"},
		{"sha256:1", as, "sha256:2"},
		{"", func(x *health.Sample) { x.Fetch = health.NoData }, "sha256:2"},
		{"", func(x *health.Sample) { x.Candidate = health.Arm{Exposure: 1} }, "sha256:2"},
		{"", as, ""},
		{"sha256:2", func(x *health.Sample) { x.Candidate = health.Arm{Exposure: 1} }, ""},
		{"sha256:2", as, "sha256:2"},
	} {
		if got := says(tc.says, tc.change); got != tc.want {
			t.Errorf("%d: %q, want %q\n%s", k, got, tc.want, s.sum())
		}
	}
	// The next step asks again.
	s.commands(rollout.Promote)
	s.step()
	s.until(20, s.told(rollout.EventReached, "100%"))
	if got := s.state.Stages[0].Ledger.Signals[0].Digest; got != "" {
		t.Errorf("%q at the next step", got)
	}
}
