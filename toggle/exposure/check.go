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
	before := strategy.Bottom()
	for i, step := range ladder.Steps {
		path := fmt.Sprintf("steps[%d]", i)
		if a, b := from.at(before.Weight), from.at(step.Weight); step.Weight != before.Weight && a == b && !l.tested() {
			problems.Add(path+".weight", step.Weight.String(), "must be another exposure than step "+before.Name+": both are "+b.String())
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
