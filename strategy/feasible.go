package strategy

import (
	"errors"
	"fmt"
)

// Feasible says why a step can never be reached by a fleet of the desired size,
// in words, or nil if it can. Of leftovers it knows nothing: beside a step that
// runs all of the quota they may have no place to wait for their traffic to go
// ([Lint] says so). A fleet that is what the step says has [Arrived] even if
// nothing could be exchanged on the way.
func Feasible(to *Step, p *Pace, desired int64, can Can) error {
	if _, text := infeasible(to, p, desired, can); text != "" {
		return errors.New(text)
	}
	return nil
}

// Feasible says why a step of the ladder can never be reached, as the function
// [Feasible] does: also because users are to stay on one side, and the target cannot
// tell them apart.
func (l *Ladder) Feasible(to *Step, desired int64, can Can) error {
	if _, text := l.infeasible(to, desired, can); text != "" {
		return errors.New(text)
	}
	return nil
}

func (l *Ladder) infeasible(to *Step, desired int64, can Can) (rule Rule, text string) {
	if rule, text = infeasible(to, &l.Pace, desired, can); text == "" && !l.sticks(to, desired, can) {
		return RuleMatch, "users are to stay on one side, and the target cannot tell them apart"
	}
	return rule, text
}

// sticks reports whether the target keeps users on one side at a step, if they are to
// stay there.
func (l *Ladder) sticks(to *Step, desired int64, can Can) bool {
	w := to.WeightFor(desired, can)
	return l.Sticky.IsZero() || can.Match || w == 0 || w == Full
}

// infeasible is the rule that a step breaks ([Finding]) and the words for it, or
// nothing.
func infeasible(to *Step, p *Pace, desired int64, can Can) (rule Rule, text string) {
	if rule, text = impossible(to, p, desired, can); text != "" {
		return rule, text
	}
	desired = clamp(desired, maxCount)
	if floor := p.floor(desired); 0 < can.Quota && can.Quota <= floor && !can.Unlimited {
		return RuleQuota, fmt.Sprintf("no fewer than %d of %d instances may be ready, and a quota of %d leaves no room to exchange one", floor, desired, can.Quota)
	}
	return "", ""
}

// impossible is why no fleet can look like a step, wherever it comes from.
func impossible(to *Step, p *Pace, desired int64, can Can) (rule Rule, text string) {
	switch {
	case len(to.Routes) > 0 && !can.Match:
		return RuleMatch, "the step routes requests by match, and the target cannot"
	case to.Mirror > 0 && !can.Mirror:
		return RuleMirror, "the step mirrors requests, and the target cannot"
	case can.Unlimited && to.Proportional:
		return RuleInfeasible, "the weight of the step follows its instances, and the target has none"
	}
	weight := to.WeightFor(desired, can)
	least := min(weight, Full-weight)
	switch {
	case (can.Split || can.Unlimited) && 0 < least && least < can.Grain:
		return RuleWeight, fmt.Sprintf("the step parts the traffic into %s and %s, and the router knows nothing between 0%% and %s", weight, Full-weight, can.Grain)
	case can.Unlimited || desired <= 0:
		return "", ""
	}
	desired = min(desired, maxCount)
	candidate, stable := to.Sizes(desired, can)
	floor := p.floor(desired)
	switch {
	case to.Proportional && stable == 0:
		return RuleWeight, fmt.Sprintf("the step exchanges %s, and of %s none is left", to.Candidate, many(desired, "instance"))
	case can.Quota > 0 && candidate+stable > can.Quota:
		return RuleQuota, fmt.Sprintf("the step runs %d instances, and the quota is %d", candidate+stable, can.Quota)
	case candidate == 0 && (weight > 0 || len(to.Routes) > 0 || to.Mirror > 0):
		return RuleNoCandidate, fmt.Sprintf("the step gives traffic to the candidate, and of %s it has none", many(desired, "instance"))
	case p.Exclusive && candidate > 0 && stable > 0:
		return RuleInfeasible, fmt.Sprintf("the step runs %d candidate and %d stable instances, and an exclusive pace never runs two versions", candidate, stable)
	case candidate+stable < floor:
		return RuleInfeasible, fmt.Sprintf("the step runs %d instances, and no fewer than %d of %d may be ready", candidate+stable, floor, desired)
	case can.Split:
		return carries(weight, candidate, stable, desired, floor)
	case candidate > 0 && weight == 0:
		return RuleSplit, fmt.Sprintf("the step runs %s without traffic, and the target has no splitter", many(candidate, "candidate instance"))
	case stable > 0 && weight >= Full:
		return RuleSplit, fmt.Sprintf("the step runs %s without traffic, and the target has no splitter", many(stable, "stable instance"))
	case stable == 0 && 0 < weight && weight < Full:
		return RuleSplit, fmt.Sprintf("the step gives the candidate %s, and of %s none is left for stable without a splitter", weight, many(desired, "instance"))
	}
	return "", ""
}

// carries says which version of a step has too few instances for its weight.
func carries(weight Weight, candidate, stable, desired, floor int64) (rule Rule, text string) {
	if n := need(weight, floor); candidate < n {
		return RuleInfeasible, fmt.Sprintf("%s of the traffic of %d instances needs %d candidate instances, and the step has %d", weight, desired, n, candidate)
	}
	if n := need(Full-weight, floor); stable < n {
		return RuleInfeasible, fmt.Sprintf("%s of the traffic of %d instances needs %d stable instances, and the step has %d", Full-weight, desired, n, stable)
	}
	return "", ""
}
