package rollout

import (
	"fmt"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// place is what was compiled for people who decide at a step, or before a stage begins.
type place struct {
	asks   bool   // they can
	awaits string // that they are waited for, in words
	brief  *gate.Brief
}

// compileBriefs writes down what people need to know who decide before a stage begins
// or at one of its steps, as far as the plan knows it.
func (m *Machine) compileBriefs(c *stage) {
	r := &m.plan.Release
	brief := func(next string) *gate.Brief {
		return &gate.Brief{
			Release: r.Name, Version: r.Version, Replaces: r.Replaces,
			Author: r.Author, Notes: r.Notes, Risk: r.Risk, Next: next,
		}
	}
	for k := range c.gates {
		next := "stage " + c.Name + " is done: " + r.Version + " serves there"
		if k < c.last() {
			to := &c.ladder.Steps[k+1]
			next = fmt.Sprintf("step %s is left for %s: %s", c.ladder.Steps[k].Name, to.Name, planOf(to))
		}
		awaits := fmt.Sprintf("stage %s waits at step %s for people to decide", c.Name, c.ladder.Steps[k].Name)
		c.places = append(c.places, place{asksPeople(c.gates[k]), awaits, brief(next)})
	}
	awaits := fmt.Sprintf("stage %s waits for people to decide before it begins", c.Name)
	c.places = append(c.places, place{asksPeople(c.entry), awaits, brief("stage " + c.Name + " begins")})
}

// asksPeople reports whether a gate among these is opened by people's votes.
func asksPeople(gates []gate.Gate) bool {
	asks := false
	gate.Walk(gates, func(g gate.Gate) {
		a, ok := g.(gate.Asker)
		asks = asks || ok && a.Asks()
	})
	return asks
}

// planOf is what a step gives the candidate, as far as that can be said of a fleet that
// is not known: "50% of the traffic, 5 instances".
func planOf(s *strategy.Step) string {
	text := s.Weight.String() + " of the traffic"
	size := s.Candidate.String()
	switch {
	case s.Candidate.IsZero():
		size = ""
	case size[len(size)-1] == '%':
		size += " of the instances"
	case size == "1":
		size += " instance"
	default:
		size += " instances"
	}
	switch {
	case s.Proportional:
		text = size + " and their part of the traffic"
	case size != "":
		text += ", " + size
	}
	if len(s.Routes) > 0 && s.Weight < strategy.Full {
		text += ", and what matches its routes"
	}
	if s.Mirror > 0 {
		text += ", and copies of " + s.Mirror.String() + " of stable's"
	}
	return text
}

// place is where a stage stands.
func (d *decision) place(i int) *place {
	c := &d.m.stages[i]
	if d.stage(i).Phase == Pending {
		return &c.places[len(c.gates)]
	}
	return &c.places[d.stage(i).Step]
}

// gates are those that a stage waits for where it stands.
func (d *decision) gates(i int) []gate.Gate {
	if d.stage(i).Phase == Pending {
		return d.m.stages[i].entry
	}
	return d.m.stages[i].gates[d.stage(i).Step]
}

// facts are what gates of a stage may know. Which version serves beside the candidate
// is not in the plan: people are told it ([decision.told]), and no decision of a gate
// may depend on it. So nothing is made anew when nothing changes.
func (d *decision) facts(i int) gate.Facts {
	return gate.NewFacts(d.now, &d.stage(i).Ledger, d.in.Facts).With(d.place(i).brief)
}

// told are the facts as people are told them.
func (d *decision) told(i int) gate.Facts {
	f, st := d.facts(i), d.stage(i)
	brief := *f.Brief()
	switch why := d.m.plan.Release.Irreversible; {
	case st.Phase == Pending:
		brief.Back = "nothing has changed yet"
		if why != "" {
			brief.Back += "; afterwards nothing: " + why
		}
	case why != "":
		brief.Replaces, brief.Back = st.Stable.Version, "nothing: "+why
	case st.Stable.Version == "":
		brief.Replaces, brief.Back = "", "nothing: it is the first deploy"
	default:
		brief.Replaces, brief.Back = st.Stable.Version, st.Stable.Version+", at once"
	}
	return f.With(&brief)
}

// asks reports whether a stage waits for people and for nobody else, as far as its gates
// say.
func (d *decision) asks(i int) bool {
	return d.place(i).asks && gate.Asks(d.gates(i), d.facts(i))
}

// tellAsked tells, once at every step and before a stage begins, that people are waited for
// and nobody else.
func (d *decision) tellAsked(i int) {
	if d.stage(i).Asked || !d.asks(i) {
		return
	}
	d.change(i).Asked = true
	d.event(EventAsked, i, "", "%s: %s", d.place(i).awaits, d.words(i, d.gates(i)))
}
