package rollout

import "github.com/seed-20fe5ead/gradatim/strategy"

// size notes that what runs was asked for with the present desired size: at once,
// unless a move shares what a larger service adds among its versions. Then that is
// done first.
func (d *decision) size(i int) {
	st, c := d.stage(i), &d.m.stages[i]
	before := st.Sized
	if before == st.Fleet.Desired || st.Fleet.Desired == 0 { // of nothing there are no parts: those of before come back
		return
	}
	if f := d.fleet(i); f.Before > 0 {
		alone, to := f, d.heading(i)
		alone.Before = 0
		if strategy.Move(f, &to, c.pace()) != strategy.Move(alone, &to, c.pace()) {
			return
		}
	}
	st = d.change(i)
	st.Sized = st.Fleet.Desired
	if before > 0 { // who stands still keeps its part of the service
		n := st.Still.Candidate.Instances
		st.Still.Candidate.Instances = max((2*n*st.Sized+before)/(2*before), min(n, 1))
	}
}

// heading is the step that a stage is moved towards now, a stop of the rollout or of
// the stage considered.
func (d *decision) heading(i int) strategy.Step {
	if d.stage(i).Phase == Moving && d.still(i) {
		return d.halfway(i)
	}
	return *d.target(i)
}

// freezeAll remembers, when the rollout stops, what the candidates of the stages that
// are on their way were given. Of those that stand still it is known.
func (d *decision) freezeAll() {
	for i := range d.s.Stages {
		if st := d.stage(i); st.Phase == Moving && !st.stands() {
			d.freeze(i)
		}
	}
}

func (d *decision) freeze(i int) {
	f := d.fleet(i)
	still := strategy.Allocation{
		Candidate: strategy.Share{Instances: f.Candidate.Instances, Weight: f.Candidate.Weight},
		Routed:    f.Routed, Mirror: f.Mirror,
	}
	if w := d.wantOf(i); w != nil {
		still = w.Allocation
	}
	d.change(i).Still = still
}

// halfway is the step of a move that was stopped on its way: the candidate as it was
// given then, made to fit the desired size, and stable for the rest.
func (d *decision) halfway(i int) strategy.Step {
	step, still, f := *d.target(i), d.stage(i).Still, d.fleet(i)
	if d.stage(i).Stable.Version == "" { // a first deploy: all there is
		step.Candidate = strategy.Count(min(still.Candidate.Instances, f.Desired))
		return step // its stable size is 0 already
	}
	most, _ := step.Sizes(f.Desired, f.Can)
	if still.Candidate.Weight > step.WeightFor(f.Desired, f.Can) { // a new attempt goes down to its first step
		most = still.Candidate.Instances
	}
	candidate := min(still.Candidate.Instances, most)
	step.Weight, step.Proportional, step.Mirror = still.Candidate.Weight, false, still.Mirror
	if w := d.wantOf(i); !still.Routed {
		step.Routes = nil
	} else if w != nil && len(w.Routes) > 0 { // it may be those of the step before
		step.Routes = w.Routes
	}
	step.Candidate = strategy.Count(candidate)
	step.Stable = strategy.Count(max(f.Desired-candidate, d.m.stages[i].pace().Need(f.Desired, strategy.Full-still.Candidate.Weight)))
	return step
}
