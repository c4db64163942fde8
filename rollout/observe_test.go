package rollout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

func TestImpossibleObservations(t *testing.T) {
	ok := func() rollout.Observed { return newFleet("1.0", 3).observe("prod") }
	for _, c := range []struct {
		bend func(*rollout.Observed)
		want string
	}{
		{func(*rollout.Observed) {}, ""},
		{func(o *rollout.Observed) { o.Desired = -1 }, "desired: -1 must be from 0 to 2147483647"},
		{func(o *rollout.Observed) { o.Desired = 1 << 31 }, "desired: 2147483648 must"},
		{func(o *rollout.Observed) { o.Versions[0].Ready = 4 }, "versions[0].ready: 4 must be from 0 to the number of instances"},
		{func(o *rollout.Observed) { o.Versions[0].Starting = 1 }, "versions[0].starting: 1 must be from 0 to the number of instances that are not ready"},
		{func(o *rollout.Observed) { o.Versions[0].Stopping = -1 }, "versions[0].stopping: -1 must"},
		{func(o *rollout.Observed) { o.Versions[0].Weight = 9999 }, "versions: the weights must add up to 100%, not 99.99%"},
		{func(o *rollout.Observed) { o.Versions[0].Weight = 10001 }, "versions[0].weight: 10001 must be from 0 to 10000 basis points"},
		{func(o *rollout.Observed) { o.Versions[0].Weight, o.Can.Split = 7, false }, ""},
		{func(o *rollout.Observed) { o.Versions[0].Weight, o.Versions[0].Ready = 0, 0 }, ""},
		{func(o *rollout.Observed) { o.Versions[0].Version = "" }, "versions[0].version: must be given"},
		{func(o *rollout.Observed) { o.Versions = append(o.Versions, o.Versions[0]) }, "versions[1].version: \"1.0\" must be there once"},
		{func(o *rollout.Observed) { o.Versions = make([]rollout.Version, 1001) }, "versions: 1001 must be at most 1000"},
	} {
		o := ok()
		c.bend(&o)
		err := o.Check()
		switch {
		case err == nil && c.want != "":
			t.Errorf("no error, want %s", c.want)
		case err != nil && (c.want == "" || !strings.HasPrefix(err.Error(), c.want)):
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

func TestObservationsThatAreTooOld(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(5, s.phase(0, rollout.Waiting))
	s.step()
	seen := s.state.Stages[0].Fleet
	late := s.input()
	late.Samples = nil
	late.Fleets[0].At, late.Fleets[0].Desired = seen.At.Add(-time.Second), 3
	s.decide(late)
	if got := s.state.Stages[0].Fleet.Desired; got != 10 {
		t.Errorf("an observation from before the one in use was used: desired %d", got)
	}
	s.now = s.now.Add(5 * time.Minute)
	old := s.input()
	old.Samples = nil
	old.Fleets[0].At, old.Fleets[0].Desired = s.now.Add(-90*time.Second), 3
	s.decide(old)
	if got := s.state.Stages[0].Fleet.Desired; got != 10 || s.state.Stages[0].Troubled.IsZero() {
		t.Errorf("an observation older than a minute was used: desired %d", got)
	}
}

// TestImpossibleAbilities: what a target says of itself is checked, too.
func TestImpossibleAbilities(t *testing.T) {
	good := rollout.Observed{Desired: 1, Can: strategy.Can{Split: true, Match: true, Mirror: true, Grain: 100, Quota: 9}, Routed: true, Mirror: 100}
	good.Versions = []rollout.Version{{Version: "1.0", Instances: 1, Ready: 1, Weight: strategy.Full}}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for want, bend := range map[string]func(*rollout.Observed){
		"routed: true must be false: the target cannot match requests": func(o *rollout.Observed) { o.Can.Match = false },
		"mirror: 100 must be 0: the target cannot mirror requests":     func(o *rollout.Observed) { o.Can.Mirror = false },
		"can.grain: -1 must be from 0 to 10000 basis points":           func(o *rollout.Observed) { o.Can.Grain = -1 },
		"can.grain: 10001 must be from 0 to 10000 basis points":        func(o *rollout.Observed) { o.Can.Grain = strategy.Full + 1 },
		"can.quota: -1 must not be negative; 0 means none":             func(o *rollout.Observed) { o.Can.Quota = -1 },
	} {
		o := good
		bend(&o)
		if err := o.Check(); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
