package strategy

import (
	"fmt"
	"strings"
	"testing"
)

// TestStepThatLeavesNothingForStable: a rung is never rounded up to all of the
// traffic.
func TestStepThatLeavesNothingForStable(t *testing.T) {
	one := Step{Name: "1%", Weight: 100}
	most := Step{Name: "99%", Weight: 9900}
	for n, feasible := range []bool{true, false, true, true} {
		if err := Feasible(&one, &Pace{}, int64(n), Can{}); (err == nil) != feasible {
			t.Errorf("1%% of %d: %v", n, err)
		}
		if err := Feasible(&most, &Pace{}, int64(n), Can{}); (err == nil) != feasible {
			t.Errorf("99%% of %d: %v", n, err)
		}
	}
}

func TestFeasible(t *testing.T) {
	split := Can{Split: true}
	for _, c := range []struct {
		to   Step
		p    Pace
		can  Can
		want string
	}{
		{Step{Weight: 5000}, Pace{Exclusive: true}, split, "the step runs 5 candidate and 5 stable instances, and an exclusive pace never runs two versions"},
		{Step{Weight: Full, Candidate: Count(2)}, Pace{}, split, "the step runs 2 instances, and no fewer than 8 of 10 may be ready"},
		{Step{Weight: 5000, Stable: Count(3)}, Pace{}, split, "50% of the traffic of 10 instances needs 4 stable instances, and the step has 3"},
		{Step{Weight: 5000, Candidate: Count(1), Stable: Count(9)}, Pace{}, split, "50% of the traffic of 10 instances needs 4 candidate instances, and the step has 1"},
		{Step{Candidate: Count(1)}, Pace{}, Can{}, "the step runs 1 candidate instance without traffic, and the target has no splitter"},
		{Step{Weight: Full, Stable: Count(2)}, Pace{}, Can{}, "the step runs 2 stable instances without traffic, and the target has no splitter"},
		{Step{Weight: 5000}, Pace{}, Can{Quota: 10}, ""},
		{Step{Weight: 5000, Stable: Count(6)}, Pace{}, Can{Split: true, Quota: 10}, "the step runs 11 instances, and the quota is 10"},
		{Step{Weight: 5000}, Pace{Surge: Count(1), Unavailable: Count(0)}, Can{Quota: 10}, "no fewer than 10 of 10 instances may be ready, and a quota of 10 leaves no room to exchange one"},
		{Step{Weight: Full}, Pace{Exclusive: true}, Can{Quota: 10}, ""},
		{Step{Proportional: true, Candidate: Count(3)}, Pace{}, Can{Unlimited: true}, "the weight of the step follows its instances, and the target has none"},
		{Step{Proportional: true, Candidate: Count(3)}, Pace{}, split, ""},
		{Step{Proportional: true, Candidate: Count(3)}, Pace{}, Can{}, ""},
		{Step{Weight: 5000, Candidate: Count(0), Stable: Count(10)}, Pace{}, split, "the step gives traffic to the candidate, and of 10 instances it has none"},
		{Step{Mirror: 100, Candidate: Count(0), Stable: Count(10)}, Pace{}, Can{Split: true, Mirror: true}, "the step gives traffic to the candidate, and of 10 instances it has none"},
		{Step{Weight: 5000, Routes: []Route{{}}}, Pace{}, Can{Unlimited: true}, "the step routes requests by match, and the target cannot"},
		{Step{Weight: 5000, Candidate: Count(0)}, Pace{}, Can{Unlimited: true}, ""},
		{Bottom(), Pace{}, Can{}, ""},
		{Step{Weight: Full}, Pace{Exclusive: true}, Can{}, ""},
	} {
		err := Feasible(&c.to, &c.p, 10, c.can)
		if got := fmt.Sprint(err); got != c.want && (c.want != "" || err != nil) {
			t.Errorf("%+v: got %v, want %s", c.to, err, c.want)
		}
	}
}

// TestStickyIsOneRule: what a target cannot keep apart is found, previewed and
// refused at the same steps.
func TestStickyIsOneRule(t *testing.T) {
	l, _ := Canary{Sticky: Sticky{Source: User, Name: "id"}, Weights: []Weight{1000, Full}}.Ladder()
	f := Fleet{Desired: 10, Can: Can{Split: true}}
	if _, err := Preview(l, f); err == nil || !strings.HasPrefix(err.Error(), `step "10%": users are to stay`) {
		t.Error(err)
	}
	found := Lint(l, Setting{Fleet: f})
	if len(found) != 1 || found[0].Step != "10%" || found[0].Rule != RuleMatch || !found[0].Blocks {
		t.Errorf("%+v", found)
	}
	at := Fleet{Desired: 10, Stable: served(9, 9000), Candidate: served(1, 1000), Can: Can{Split: true}}
	if step := &l.Steps[0]; l.Arrived(at, step) || !Arrived(at, step, &l.Pace) || l.Feasible(&l.Steps[1], 10, f.Can) != nil {
		t.Error("arrived among users that cannot be told apart, or everybody is parted")
	}
}
