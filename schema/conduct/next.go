package conduct

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// Next is where a plan stands: the step that is to be made, and what is missing before.
type Next struct {
	// Step is the name of the step; empty if the plan is carried out, or the world is at no place in it.
	Step string `json:"step,omitempty"`
	// Again says that the step is a backfill before the place where the plan stands: a need does not hold any more.
	Again bool `json:"again,omitempty"`
	// Missing are the needs that do not hold. With none the step can be made, as far as the plan is concerned.
	Missing []schema.Condition `json:"missing,omitempty"`
	// Unsettled are the deployments whose rollouts must be over first.
	Unsettled []string `json:"unsettled,omitempty"`
	// Done: the plan is carried out.
	Done bool `json:"done,omitempty"`
	// Astray: the schema is not as the plan has it anywhere, so that nothing may be done before a person looked.
	Astray bool `json:"astray,omitempty"`
	// Text is all of this in one sentence.
	Text string `json:"text"`
}

// Next says what is next in the world that was seen. It is a function of nothing else.
//
// Changes count as made if the schema is as they leave it, deployments if a version runs that is as new, backfills if
// what they are for holds.
func (c *Conductor) Next(s Seen) Next {
	until, ok := c.place(s)
	if !ok {
		return Next{Astray: true, Text: "the schema is not as the plan has it at any of its steps: somebody else has changed it"}
	}
	base := 0 // what comes before has left its mark
	for i := range until {
		step := &c.plan.Steps[i]
		if step.Deploy != "" && !c.serves(step.Deploy, s.World.Running) {
			until = i
			break
		}
		if step.Deploy != "" || len(step.Changes) > 0 {
			base = i + 1
		}
	}
	for i := base; i < until; i++ {
		step := &c.plan.Steps[i]
		if step.Backfill != nil && !slices.Contains(s.Holds, c.filled(i)) || step.Backfill == nil && len(c.missing(i, s)) > 0 {
			until = i
			break
		}
	}
	return c.tell(c.again(until, s))
}

// place finds the place of the world by its schema: that before the next change.
func (c *Conductor) place(s Seen) (int, bool) {
	now, limit := look(s.World, c.plan.Forms), 0
	if i := slices.IndexFunc(c.plan.Steps, func(step schema.Step) bool { return step.Name == s.Furthest }); i >= 0 {
		limit = i + 1
	}
	at, found := 0, false
	for p := range c.worlds {
		first := p == 0 || c.worlds[p-1] != c.worlds[p]
		if c.worlds[p] == now && first && (!found || p <= limit) {
			at, found = p, true
		}
	}
	for found && at < len(c.plan.Steps) && c.worlds[at+1] == now {
		at++
	}
	return at, found
}

// serves says whether a version runs, or one of its service that is newer.
func (c *Conductor) serves(ref string, running []string) bool {
	service, _ := c.release(ref)
	return slices.ContainsFunc(running, func(other string) bool {
		of, _ := c.release(other)
		return of == service && c.order(other) >= c.order(ref)
	})
}

// missing are the needs of a step that do not hold.
func (c *Conductor) missing(i int, s Seen) (out []schema.Condition) {
	for _, n := range c.plan.Steps[i].Needs {
		if !slices.Contains(s.Holds, n) {
			out = append(out, n)
		}
	}
	return out
}

// again goes back to the backfill that makes a need hold, if one is missing that held before.
func (c *Conductor) again(i int, s Seen) (out Next, at int) {
	from := i
	for i < len(c.plan.Steps) {
		back := -1
		for _, n := range c.missing(i, s) {
			for k := i - 1; k > back; k-- {
				b := c.plan.Steps[k].Backfill
				if b != nil && b.Form == n.Form && (n.Is == schema.Proven || n.Is == schema.Absent) {
					back = k
				}
			}
		}
		if back < 0 {
			break
		}
		i = back
	}
	if i == len(c.plan.Steps) {
		for _, ref := range s.World.Running {
			if !slices.Contains(c.plan.Goal.Running, ref) {
				out.Missing = append(out.Missing, schema.Condition{Is: schema.Drained, Version: ref})
			}
		}
		out.Done = len(out.Missing) == 0
		return out, i
	}
	out.Step, out.Again, out.Missing = c.plan.Steps[i].Name, i < from, c.missing(i, s)
	for _, name := range c.unsettled(i) {
		if !slices.Contains(s.Settled, name) {
			out.Unsettled = append(out.Unsettled, name)
		}
	}
	return out, i
}

// tell adds the sentence.
func (c *Conductor) tell(n Next, i int) Next {
	var waits []string
	for _, m := range n.Missing {
		waits = append(waits, "that "+m.String())
	}
	for _, name := range n.Unsettled {
		waits = append(waits, fmt.Sprintf("for the rollout of %q to be over", name))
	}
	left := strings.Join(waits, ", and ")
	switch {
	case n.Done:
		n.Text = "the plan is carried out"
	case n.Step == "":
		n.Text = "the last step is made; what is left is " + left
	default:
		step := &c.plan.Steps[i]
		n.Text = fmt.Sprintf("step %d of %d, %q, is next", i+1, len(c.plan.Steps), n.Step)
		if n.Again {
			n.Text += " again, because a need that it fills does not hold any more"
		}
		if len(waits) > 0 {
			n.Text += "; it waits " + left
		} else if len(step.Forgoes) > 0 {
			n.Text += "; after it there is no way back to " + strings.Join(step.Forgoes, " and ")
		}
	}
	return n
}

// places are what the schema looks like before the first step and after each.
func places(p schema.Plan) []string {
	w := schema.World{Forms: slices.Clone(p.Start.Forms), Refuses: slices.Clone(p.Start.Refuses), Syncs: slices.Clone(p.Start.Syncs)}
	out := []string{look(w, p.Forms)}
	for _, s := range p.Steps {
		for _, change := range s.Changes {
			apply(&w, change)
		}
		out = append(out, look(w, p.Forms))
	}
	return out
}

func apply(w *schema.World, change schema.Change) {
	same := func(r schema.Refusal) bool { return r.Form == change.Form && r.Value == change.Value }
	switch change.Do {
	case schema.Add:
		w.Forms = append(w.Forms, change.Form)
	case schema.Drop:
		w.Forms = slices.DeleteFunc(w.Forms, func(f string) bool { return f == change.Form })
		w.Refuses = slices.DeleteFunc(w.Refuses, func(r schema.Refusal) bool { return r.Form == change.Form })
		w.Syncs = slices.DeleteFunc(w.Syncs, func(s schema.Sync) bool { return s.From == change.Form || s.To == change.Form })
	case schema.Refuse:
		held := slices.ContainsFunc(w.Refuses, func(r schema.Refusal) bool { return same(r) && !r.Unchecked })
		w.Refuses = slices.DeleteFunc(w.Refuses, same)
		w.Refuses = append(w.Refuses, schema.Refusal{Form: change.Form, Value: change.Value, Unchecked: change.Unchecked && !held})
	case schema.Accept:
		w.Refuses = slices.DeleteFunc(w.Refuses, same)
	case schema.Tie:
		w.Syncs = append(w.Syncs, schema.Sync{From: change.Form, To: change.To})
	case schema.Untie:
		w.Syncs = slices.DeleteFunc(w.Syncs, func(s schema.Sync) bool { return s.From == change.Form && s.To == change.To })
	}
}

// look is what the schema of a world looks like: equal if it is. What is enforced on a form that is not there
// went with it, and other forms are no business of the plan.
func look(w schema.World, forms []schema.Form) string {
	var lines []string
	there := func(name string) bool {
		return slices.Contains(w.Forms, name) && slices.ContainsFunc(forms, func(f schema.Form) bool { return f.Name == name })
	}
	for _, f := range w.Forms {
		if there(f) {
			lines = append(lines, fmt.Sprintf("form %q", f))
		}
	}
	for _, r := range w.Refuses {
		if there(r.Form) {
			lines = append(lines, fmt.Sprintf("refuses %q %q %v", r.Form, r.Value, r.Unchecked))
		}
	}
	for _, s := range w.Syncs {
		if there(s.From) && there(s.To) {
			lines = append(lines, fmt.Sprintf("sync %q %q", s.From, s.To))
		}
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), "\n")
}
