package exposure

import (
	"context"
	"fmt"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// Check says, before a rollout begins, what of a strategy the flag cannot be: steps that
// would be one exposure because the flag's algorithm, or the way to the goal, is too coarse
// for them; routes; mirrored work without a flag for it. Paths are those of the ladder, as
// "steps[1].weight". What is wrong with the flag itself is said with paths of the set.
func (t *Target) Check(ctx context.Context, s strategy.Strategy) error {
	ladder, err := s.Ladder()
	if err != nil {
		return err
	}
	d, _, err := t.load(ctx)
	if err != nil {
		return err
	}
	l, err := d.lever(t.Flag, t.Environment)
	if err != nil {
		return err
	}
	from, err := t.span(l)
	if err != nil {
		return t.at(l, err)
	}
	unit := bucket.Share(1)
	if t.Mirror != "" {
		m, err := t.mirrors(d)
		if err != nil {
			return err
		}
		unit = m.unit
	}
	var problems strict.Problems
	before, can := strategy.Bottom(), t.can(l, from)
	for i, step := range ladder.Steps {
		path := fmt.Sprintf("steps[%d]", i)
		switch a, b := from.at(before.Weight), from.at(step.Weight); {
		case step.Weight != before.Weight && a == b && !l.tested():
			problems.Add(path+".weight", step.Weight.String(), "must be another exposure than step "+before.Name+": both are "+b.String())
		default:
			if why := t.never(d, step.Weight, can); why != nil {
				problems.Add(path+".weight", step.Weight.String(), "must be one that the flag can have: "+why.Error())
			}
		}
		if len(step.Routes) > 0 {
			problems.Add(path+".routes", nil, "must be none: who is always in stands in the flag's rules")
		}
		if step.Proportional {
			problems.Add(path+".proportional", true, "must be false: a flag has no instances")
		}
		switch e := bucket.Share(step.Mirror) * perPoint; {
		case step.Mirror > 0 && t.Mirror == "":
			problems.Add(path+".mirror", step.Mirror.String(), "must be 0%: the target has no flag that mirrors")
		case e%unit != 0:
			problems.Add(path+".mirror", step.Mirror.String(), "must be a whole multiple of "+unit.String()+
				", which is what the flag that mirrors knows")
		}
		before = step
	}
	return problems.Err()
}

// never says why the flag cannot be at a weight of the rollout that has begun, or of one
// that begins now.
func (t *Target) never(d document, w strategy.Weight, can strategy.Can) error {
	if err := strategy.Feasible(&strategy.Step{Weight: w}, &strategy.Pace{}, 0, can); err != nil {
		return err
	}
	l, err := d.lever(t.Flag, t.Environment)
	if err != nil {
		return err
	}
	p := l.roll.Progress
	if p != nil && p.Candidate != "" {
		if was, err := l.weight(); err != nil {
			return err
		} else if was == strategy.Full {
			if err := l.settle(); err != nil {
				return err
			}
			p = l.roll.Progress
		}
	}
	if p == nil || p.Candidate == "" {
		l.start(t.stable(l), "candidate", t.goal())
	}
	if err := l.set(w); err != nil {
		return err
	}
	_, err = d.with(t.Flag, t.Environment, l.changed())
	return err
}

// span is the way of the rollout that has begun, or of one that begins now.
func (t *Target) span(l *lever) (span, error) {
	if p := l.roll.Progress; p != nil && p.Candidate != "" {
		if w, err := l.weight(); err != nil || w < strategy.Full {
			return span{l.roll.Good, p.Goal, l.unit}, err
		}
		if err := l.settle(); err != nil { // of a copy: as the next one will
			return span{}, err
		}
	}
	return l.span(t.goal())
}
