package rollout_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

func TestMismatchHolds(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.fleets["prod"].versions[0].Version = "0.8"
	s.until(1, s.told(rollout.EventHold, "the release replaces 1.0, but the fleet runs 0.8"))
	if s.state.Hold.Cause != rollout.CauseMismatch || len(s.state.Want) != 0 {
		t.Errorf("%+v %+v", s.state.Hold, s.state.Want)
	}
	s.fleets["prod"].versions[0].Version = "1.0"
	order(rollout.Resume, "the plan was right")(s)
	s.until(1, s.told(rollout.EventBegan, "prod"))
}

func TestWhatServesIsNotGuessed(t *testing.T) {
	version := func(name string, n int64, w strategy.Weight) rollout.Version {
		return rollout.Version{Version: name, Instances: n, Ready: n, Weight: w}
	}
	for name, c := range map[string]struct {
		desired  int64
		versions []rollout.Version
		want     string
	}{
		"listed, but another serves": {10, []rollout.Version{version("1.0", 0, 0), version("1.5", 10, strategy.Full)}, "the release replaces 1.0, but the fleet runs 1.5"},
		"nothing serves":             {10, nil, "the release replaces 1.0, but the fleet runs nothing"},
		"the candidate serves":       {10, []rollout.Version{version("2.0", 10, strategy.Full)}, "it is the first deploy"},
		"scaled to nothing":          {0, nil, "it replaces 1.0"},
	} {
		s := newSim(t, canaryPlan())
		s.fleets["prod"].desired, s.fleets["prod"].versions = c.desired, c.versions
		s.until(1000, func() bool { return s.state.Hold != nil || s.state.Stages[0].Phase != rollout.Pending })
		if !strings.Contains(s.trace.String(), c.want) {
			t.Errorf("%s:\n%s", name, s.trace.String())
		}
	}
}

// TestNothingToReplaceHolds: a fleet that runs nothing of what the release says it
// replaces may be in an outage, and is nobody's first deploy.
func TestNothingToReplaceHolds(t *testing.T) {
	empty := []rollout.Version(nil)
	idle := []rollout.Version{{Version: "0.9", Instances: 10, Ready: 10, Weight: strategy.Full}, {Version: "1.0", Instances: 1}}
	for name, c := range map[string]struct {
		versions []rollout.Version
		says     string
		stable   string
	}{
		"empty": {empty, "the release replaces 1.0, but the fleet runs nothing", ""},
		"idle":  {idle, "the release replaces 1.0, but the fleet runs 0.9", "0.9"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSim(t, canaryPlan())
			f := s.fleets["prod"]
			was := f.versions
			f.versions = slices.Clone(c.versions)
			s.until(1000, s.told(rollout.EventHold, c.says+": awaits an order to resume, promote"))
			order(rollout.Resume, "")(s)
			s.until(1000, s.told(rollout.EventHold, c.says))
			order(rollout.Promote, "that is right")(s)
			s.until(1, s.told(rollout.EventBegan, "prod"))
			if v := s.state.Stages[0].Stable.Version; v != c.stable {
				t.Errorf("stable is %q", v)
			}

			s = newSim(t, canaryPlan()) // or it comes back
			f = s.fleets["prod"]
			f.versions = slices.Clone(c.versions)
			s.step()
			f.versions = was
			order(rollout.Resume, "")(s)
			s.until(1, s.told(rollout.EventBegan, "it replaces 1.0"))
		})
	}
}

// TestRestartOfStableIsNoMismatch: a fleet that may be in the middle of a restart is
// looked at again before a person is asked.
func TestRestartOfStableIsNoMismatch(t *testing.T) {
	for name, c := range map[string]struct {
		versions  []rollout.Version
		unlimited bool
	}{
		"stopping":  {versions: []rollout.Version{{Version: "1.0", Stopping: 1}}},
		"starting":  {versions: []rollout.Version{{Version: "1.0", Instances: 3, Starting: 3}, {Version: "0.9", Instances: 1, Ready: 1}}},
		"gone":      {},
		"unlimited": {versions: []rollout.Version{{Version: "2.0", Weight: strategy.Full}}, unlimited: true},
	} {
		s := newSim(t, canaryPlan())
		s.fleets["prod"] = &fleet{desired: 3, can: strategy.Can{Unlimited: c.unlimited}, versions: c.versions}
		if s.step(); s.state.Hold != nil {
			t.Errorf("%s: %s", name, s.trace.String())
		}
	}
}

// TestMismatchIsTold also while it may pass.
func TestMismatchIsTold(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Deadline = 10 * time.Minute
	s := newSim(t, p)
	was := s.fleets["prod"].versions
	s.fleets["prod"].versions = nil
	s.until(1, s.told(rollout.EventTrouble, "the release replaces 1.0, but the fleet runs nothing"))
	s.fleets["prod"].versions = was
	s.until(2, s.told(rollout.EventBegan, "prod"))
	if st := s.state.Stages[0]; st.Trouble != "" {
		t.Error(st.Trouble)
	}
}

// TestMismatchBehindClosedGates is no trouble any more.
func TestMismatchBehindClosedGates(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates.Entry = []gate.Gate{says{"board"}}
	s := newSim(t, p)
	s.facts = []gate.Vouched{{Name: "board", Value: "open"}}
	was := s.fleets["prod"].versions
	s.fleets["prod"].versions = nil
	s.until(1, s.told(rollout.EventTrouble, "the release replaces 1.0"))
	s.fleets["prod"].versions, s.facts = was, nil
	if s.step(); s.state.Stages[0].Trouble != "" {
		t.Error(s.state.Stages[0].Trouble)
	}
}
