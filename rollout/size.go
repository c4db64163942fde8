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

// heading is the step that a stage is moved towards now, a stop of the rollout
// considered.
func (d *decision) heading(i int) strategy.Step {
	if d.stage(i).Phase == Moving && d.stopped() {
		return d.still(i)
	}
	return *d.target(i)
}

// freeze remembers, when the rollout stops, what the candidates of the stages that
// are on their way were given.
func (d *decision) freeze() {
	for i := range d.s.Stages {
		if d.stage(i).Phase != Moving {
			continue
		}
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
}

// still is the step of a move that was stopped on its way: the candidate as it was
// given then, made to fit the desired size, and stable for the rest.
func (d *decision) still(i int) strategy.Step {
	step, still, f := *d.target(i), d.stage(i).Still, d.fleet(i)
	if d.stage(i).Stable.Version == "" { // a first deploy: all there is
		step.Candidate = strategy.Count(min(still.Candidate.Instances, f.Desired))
		return step // its stable size is 0 already
	}
	most, _ := step.Sizes(f.Desired, f.Can)
	candidate := min(still.Candidate.Instances, most)
	step.Weight, step.Proportional, step.Mirror = still.Candidate.Weight, false, still.Mirror
	if !still.Routed {
		step.Routes = nil
	}
	step.Candidate = strategy.Count(candidate)
	step.Stable = strategy.Count(max(f.Desired-candidate, d.m.stages[i].pace().Need(f.Desired, strategy.Full-still.Candidate.Weight)))
	return step
}
