package exposure

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// lever is a flag in one environment, with the rollout that is moved.
type lever struct {
	name, environment string
	flag              toggle.Flag
	settings          toggle.Settings
	roll              toggle.Rollout // a copy
	was               toggle.Rollout // the same, as it was found
	unit              bucket.Share
}

// lever finds what is moved of a flag that is right.
func (d document) lever(name, environment string) (*lever, error) {
	f, err := d.flag(name)
	if err != nil {
		return nil, err
	}
	if _, own := f.Environments[environment]; environment != "" && !own {
		return nil, wrong(strict.At(strict.At("flags", name)+".environments", environment), "",
			"must be given: settings that are in force everywhere would move other environments too")
	}
	if err := d.check(name, environment); err != nil {
		return nil, err
	}
	return newLever(f, name, environment)
}

// newLever finds what is moved of a flag. One of which moving it would change nothing, or
// that something else moves, is refused with everything that is wrong.
func newLever(f toggle.Flag, name, environment string) (*lever, error) {
	l := &lever{name: name, environment: environment, flag: f, settings: f.Settings, unit: 1}
	path := strict.At("flags", name)
	if own, ok := f.Environments[environment]; ok {
		l.settings, path = own, strict.At(path+".environments", environment)
	}
	var problems strict.Problems
	if !l.settings.Enabled {
		problems.Add(path+".enabled", false, "must be true: nobody gets anything of a flag that is off")
	}
	if len(l.settings.Schedule) > 0 {
		problems.Add(path+".schedule", nil, "must be empty: either a schedule moves the flag, or a rollout")
	}
	if l.settings.Rollout == nil {
		problems.Add(path+".rollout", nil, "must be given: it is what is moved")
		return nil, problems.Err()
	}
	l.roll, l.was = *l.settings.Rollout, *l.settings.Rollout
	if p := l.roll.Progress; p != nil {
		own := *p
		l.roll.Progress = &own
	}
	for i, r := range l.settings.Rules {
		if r.Name == "rollout" {
			problems.Add(fmt.Sprintf("%s.rules[%d].name", path, i), r.Name, "must be another one: results of the rollout itself have it")
		}
	}
	problems.Join(path+".rollout", l.experiment())
	if len(l.roll.Split) == 0 {
		if l.roll.Serve == l.usual() {
			problems.Add(path+".rollout.serve", l.roll.Serve, "must not be the default variant, which everybody else gets")
		}
		if l.unit = l.finest(); l.unit == 0 {
			problems.Add(path+".rollout.bucketing", string(l.algorithm()), "must know parts of everybody")
		}
	}
	return l, problems.Err()
}

func (l *lever) algorithm() bucket.Algorithm {
	d, _ := l.roll.Distribution(l.name, &l.flag)
	return d.Algorithm
}

// finest is the least exposure that the algorithm knows; 0 if it knows none.
func (l *lever) finest() bucket.Share {
	d, _ := l.roll.Distribution(l.name, &l.flag)
	for unit := bucket.Share(1); unit < bucket.Everybody; unit *= 10 {
		d.Exposure = unit
		if _, err := bucket.Compile(d); err == nil {
			return unit
		}
	}
	return 0
}

// alone is the flag with nothing but its rollout, which serves one variant to a share of
// all: who is in and who is not by the bucket alone.
func (l *lever) alone(serve string, share bucket.Share) (*toggle.Snapshot, error) {
	r := l.roll
	r.Exposure, r.Good, r.Serve, r.Split, r.Slots, r.Progress = share, 0, serve, nil, nil, nil
	f := l.flag
	f.Settings, f.Environments = toggle.Settings{Enabled: true, Rollout: &r}, nil
	return toggle.Compile(toggle.Set{Flags: map[string]toggle.Flag{l.name: f}}, toggle.Options{})
}

// usual is the variant of whoever gets no other.
func (l *lever) usual() string {
	if len(l.flag.Variants) == 0 {
		return cmp.Or(l.flag.Default, "off")
	}
	return l.flag.Default
}

// experiment refuses a split that is not one of two variants of which one is what everybody
// else gets.
func (l *lever) experiment() error {
	var problems strict.Problems
	parts := l.roll.Split
	if len(parts) == 0 {
		return nil
	}
	usual := func(p toggle.Part) bool { return p.Variant == l.usual() }
	if len(parts) != 2 || !slices.ContainsFunc(parts, usual) {
		problems.Add("split", nil, "must have two parts, of which one is the default variant: the control")
	}
	if len(l.roll.Slots) > 0 {
		problems.Add("slots", nil, "must be empty: who is in the treatment follows from its weight")
	}
	if p := l.roll.Progress; (p == nil || p.Treatment == "") && len(parts) == 2 {
		for _, part := range parts {
			if !usual(part) && part.Weight > 0 {
				problems.Add("split", nil, "must give all to the control: the rollout begins the experiment")
			}
		}
	}
	return problems.Err()
}

// tested says whether the flag is an experiment: users are split, and a weight is a part of
// those who take part.
func (l *lever) tested() bool {
	return len(l.roll.Split) > 0 || l.roll.Progress != nil && l.roll.Progress.Treatment != ""
}

// span is the way from good to a goal.
func (l *lever) span(goal bucket.Share) (span, error) {
	s := span{l.roll.Good, goal, l.unit}
	if p := l.roll.Progress; p == nil || p.Candidate == "" {
		s.good = l.roll.Exposure
	}
	switch {
	case l.tested() && goal < s.good:
		return s, wrong("goal", goal.String(), "must be at least "+s.good.String()+", who take part already")
	case l.tested():
		return s, nil
	case goal <= s.good:
		return s, wrong("goal", goal.String(), "must be above "+s.good.String()+", which the flag has already")
	case goal%l.unit != 0 || s.good%l.unit != 0:
		return s, wrong("goal", goal.String(), "must be a whole multiple of "+l.unit.String()+
			", as what the flag has: "+string(l.algorithm())+" knows nothing between")
	}
	return s, nil
}

// weight is the candidate's, as it stands in the flag.
func (l *lever) weight() (strategy.Weight, error) {
	p, e := l.roll.Progress, l.roll.Exposure
	switch {
	case p == nil || p.Candidate == "":
		return 0, nil
	case p.Treatment != "":
		return l.share()
	case e < l.roll.Good || e > p.Goal:
		return 0, moved("exposure", e.String(), "is not from "+l.roll.Good.String()+" to "+p.Goal.String())
	}
	s, err := l.span(p.Goal)
	if err != nil {
		return 0, err
	}
	return s.weight(e), nil
}

func wrong(path, value, rule string) error {
	return &toggle.FieldError{Path: path, Value: value, Rule: rule}
}

// moved is what is said of a flag that is where no weight has brought it.
func moved(path, value, rule string) error {
	return wrong(path, value, rule+": somebody else has moved it")
}

// share is the treatment's part of an experiment.
func (l *lever) share() (strategy.Weight, error) {
	p := l.roll.Progress
	if len(l.roll.Split) == 0 {
		if l.roll.Serve == p.Treatment && l.roll.Exposure == p.Goal {
			return strategy.Full, nil
		}
		return 0, moved("serve", strconv.Quote(l.roll.Serve), "is not the treatment at its goal")
	}
	var of, all int64
	for _, part := range l.roll.Split {
		all += part.Weight
		if part.Variant == p.Treatment {
			of = part.Weight
		}
	}
	if all == 0 || l.roll.Exposure != l.roll.Good {
		return 0, moved("exposure", l.roll.Exposure.String(), "is not "+l.roll.Good.String())
	}
	return min(strategy.Weight((of*int64(strategy.Full)+all-1)/all), strategy.Full-1), nil
}

// set moves the flag to a weight of the candidate.
func (l *lever) set(w strategy.Weight) error {
	p := l.roll.Progress
	if p.Treatment == "" {
		s, err := l.span(p.Goal)
		if err == nil {
			l.roll.Exposure = s.at(w)
		}
		return err
	}
	if w == strategy.Full {
		l.roll.Exposure, l.roll.Serve, l.roll.Split = p.Goal, p.Treatment, nil
		return nil
	}
	// The treatment comes first, so that its part only grows at its end.
	l.roll.Exposure, l.roll.Serve = l.roll.Good, ""
	l.roll.Split = []toggle.Part{{Variant: p.Treatment, Weight: int64(w)}, {Variant: p.Control, Weight: int64(strategy.Full - w)}}
	return nil
}

// changed is the flag with its rollout as it is now, and says since when it is so.
func (l *lever) changed() toggle.Flag {
	f, s, r := l.flag, l.settings, l.roll
	if r.Exposure != l.was.Exposure || r.Serve != l.was.Serve || !slices.Equal(r.Split, l.was.Split) {
		s.Since = time.Now().UTC().Truncate(time.Second)
	}
	s.Rollout = &r
	if _, ok := f.Environments[l.environment]; ok {
		f.Environments = maps.Clone(f.Environments)
		f.Environments[l.environment] = s
	} else {
		f.Settings = s
	}
	return f
}
