package schema

import (
	"fmt"
	"slices"
	"strings"
)

// stuck is the first state from which the goal cannot be reached, or -1.
func (f *search) stuck() int32 {
	back := make([][]int32, len(f.states))
	for i, after := range f.next {
		for _, j := range after {
			back[j] = append(back[j], int32(i))
		}
	}
	good := make([]bool, len(f.states))
	var queue []int32
	for i := range f.states {
		if f.atGoal(&f.states[i]) {
			good[i] = true
			queue = append(queue, int32(i))
		}
	}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		for _, j := range back[i] {
			if !good[j] {
				good[j] = true
				queue = append(queue, j)
			}
		}
	}
	return int32(slices.Index(good, false))
}

// atGoal says whether the plan is done and what it was for is there.
func (c *component) atGoal(s *state) bool {
	return int(s.pos) == len(c.steps) && s.schema == c.goal && s.fleet == c.runs
}

// stuck finds a state from which the goal cannot be reached.
func (v *verifier) stuck(found []*search) bool {
	for _, f := range found {
		i := f.stuck()
		if i < 0 {
			continue
		}
		t := &Trace{Kind: Stuck, Attribute: f.name, Lines: f.story(i), Wrong: f.whyStuck(i)}
		if v.result.Counterexample == nil || len(t.Lines) < len(v.result.Counterexample.Lines) {
			v.result.Counterexample = t
		}
	}
	return v.result.Counterexample != nil
}

// whyStuck says how far one gets from a state from which the goal cannot be reached, and what is missing there.
func (f *search) whyStuck(from int32) string {
	seen, queue, last := map[int32]bool{from: true}, []int32{from}, int(f.states[from].pos)
	for ; len(queue) > 0; queue = queue[1:] {
		last = max(last, int(f.states[queue[0]].pos))
		for _, j := range f.next[queue[0]] {
			if !seen[j] {
				seen[j] = true
				queue = append(queue, j)
			}
		}
	}
	if last == len(f.steps) {
		var end *state
		for i := range f.states {
			if s := &f.states[i]; seen[int32(i)] && int(s.pos) == last && (end == nil || s.fleet == f.runs) {
				end = s
			}
		}
		return f.missing(end)
	}
	var never []string
	for k := range f.steps[last].needs {
		n := &f.steps[last].needs[k]
		met := false
		for i := range f.states {
			met = met || seen[int32(i)] && int(f.states[i].pos) == last && f.met(&f.states[i], n)
		}
		if !met {
			never = append(never, f.asks(n))
		}
	}
	text := fmt.Sprintf("from here the goal cannot be reached: step %q is never begun", f.steps[last].Name)
	if len(never) > 0 {
		text += ", because it never holds that " + strings.Join(never, ", nor that ")
	}
	return text
}

// missing says what the goal asks for and is not there at the end of the plan.
func (c *component) missing(s *state) string {
	var missing []string
	for f := range c.forms {
		has, wants := s.schema.exists&(1<<f) != 0, c.goal.exists&(1<<f) != 0
		switch {
		case has && !wants:
			missing = append(missing, c.forms[f].name+" is still there")
		case !has && wants:
			missing = append(missing, c.forms[f].name+" is not there")
		}
	}
	if s.schema.refuses != c.goal.refuses || s.schema.checked != c.goal.checked {
		missing = append(missing, "the constraints are not those of the goal")
	}
	if s.schema.syncs != c.goal.syncs {
		missing = append(missing, "the triggers are not those of the goal")
	}
	if s.fleet != c.runs {
		missing = append(missing, "not the versions of the goal run")
	}
	return "the plan is at its end and its goal is not reached: " + strings.Join(missing, ", ")
}
