package schema

import "slices"

// search is what was found of one component: all states that can be reached, each with the first move that led to it
// and the state before.
type search struct {
	*component
	states []state
	from   []int32
	by     []move
	known  map[state]int32
	next   [][]int32 // the states after each, for the question whether the goal can be reached
	bad    int32     // the state before the first thing that went wrong, or -1
	badBy  move
	wrong  wrong
	full   bool // the limit was reached
}

// explore looks at every state that can be reached, nearest first. What is wrong is noted, the first time, and not entered.
// Without all it ends there.
func (m *mover) explore(starts []state, limit int, all bool) *search {
	f := &search{component: m.component, known: map[state]int32{}, bad: -1}
	at := int32(-1)
	m.reach = func(by move, s state, w wrong) {
		if m.frozen {
			s.pos, s.top = 0, 0
		}
		switch {
		case w.is() && f.bad >= 0 || m.safe[s]:
		case w.is():
			f.bad, f.badBy, f.wrong = at, by, w
		default:
			f.enter(s, at, by)
		}
	}
	for _, s := range starts {
		if w := m.observe(&s); w.is() && f.bad < 0 {
			f.bad, f.wrong = f.enter(s, -1, move{act: begins}), w
		} else if !w.is() && !m.safe[s] {
			f.enter(s, -1, move{act: begins})
		}
	}
	for at = 0; int(at) < len(f.states) && (all || f.bad < 0); at++ {
		if len(f.states) > limit {
			f.full = true
			break
		}
		s := f.states[at]
		m.all(&s)
	}
	return f
}

// enter adds a state, if it is new, and notes what leads to it.
func (f *search) enter(s state, from int32, by move) int32 {
	i, known := f.known[s]
	if !known {
		i = int32(len(f.states))
		f.known[s] = i
		f.states, f.from, f.by, f.next = append(f.states, s), append(f.from, from), append(f.by, by), append(f.next, nil)
	}
	if from >= 0 && !by.act.wanted() {
		f.next[from] = append(f.next[from], i)
	}
	return i
}

// story tells how a state was reached.
func (f *search) story(i int32) (lines []string) {
	for ; i >= 0; i = f.from[i] {
		before := state{}
		if f.from[i] >= 0 {
			before = f.states[f.from[i]]
			lines = append(lines, f.words(f.by[i], &before))
		} else if text := f.opening(&f.states[i]); text != "" {
			lines = append(lines, text)
		}
	}
	slices.Reverse(lines)
	return lines
}

// opening says what is there at the start.
func (c *component) opening(s *state) string {
	text := ""
	each(s.fleet, func(i int) {
		if text != "" {
			text += ", "
		}
		text += c.versions[i].ref
	})
	text += " runs"
	if s.fleet&(s.fleet-1) != 0 {
		text = text[:len(text)-1]
	}
	if c.data && s.records[0].meant != gone {
		text += "; a record has " + c.say(s.records[0].meant)
		for f := range c.forms {
			switch at := s.records[0].cells[f]; {
			case at.quality != stale || at.content == gone:
			case at.content == unset:
				text += ", " + c.forms[f].name + " is null"
			default:
				text += ", " + c.forms[f].name + " says something else"
			}
		}
	}
	return text
}

// trace is the story up to what went wrong.
func (f *search) trace() *Trace {
	before := f.states[f.bad]
	t := &Trace{Kind: f.wrong.kind, Attribute: f.name, Lines: f.story(f.bad), Wrong: f.wrong.text}
	if f.badBy.act != begins {
		t.Lines = append(t.Lines, f.words(f.badBy, &before))
	}
	return t
}

// starts are the worlds in which the plan may begin: no record, or records with any value that the forms hold.
func (c *component) starts() []state {
	r := c.resolver()
	empty := state{schema: c.facts(&r, &c.plan.Start), fleet: r.versions(c.plan.Start.Running)}
	var doubtful, retained uint8
	for _, name := range c.plan.Start.Doubtful {
		if f, here := r.form[name]; here {
			doubtful |= 1 << f
		}
	}
	for _, name := range c.plan.Start.Retained {
		if f, here := r.form[name]; here {
			retained |= 1 << f
		}
	}
	each(retained, func(f int) {
		for v := range c.values {
			one := shape{stores: 1 << c.forms[f].store, forms: 1 << f, value: firstV + content(v)}
			if e, ok := c.event(one); ok && c.forms[f].fit(one.value) != Error {
				empty.retained |= 1 << e
			}
		}
	})
	out := []state{c.settled(empty)}
	if !c.data {
		return out
	}
	if c.nullable {
		out = append(out, c.filled(empty, unset, doubtful)...)
	}
	for v := range c.values {
		out = append(out, c.filled(empty, firstV+content(v), doubtful)...)
	}
	return out
}

func (c *component) resolver() resolver {
	r := resolver{plan: c.plan, attr: c.name, form: map[string]int{}, store: map[string]int{}, refs: map[string]int{}}
	for i := range c.forms {
		r.form[c.forms[i].name] = i
	}
	for i := range c.versions {
		r.refs[c.versions[i].ref] = i
	}
	return r
}

func (c *component) settled(s state) state {
	s.tidy(c)
	s.replica = s.copy(c)
	s.top = uint8(c.made(&s))
	return s
}

// filled are the starts with records that have a value, one for each thing that doubtful forms may say.
func (c *component) filled(s state, v content, doubtful uint8) []state {
	rec := record{meant: v}
	each(s.fleet, func(i int) { rec.has |= c.keptBy(&c.versions[i]) })
	held := v == unset
	for f := range c.forms {
		form := &c.forms[f]
		if s.schema.exists&(1<<f) == 0 || !form.kind.keeps() || form.of != f {
			continue
		}
		rec.has |= 1 << form.store
		if doubtful&(1<<f) != 0 || form.kind == Blob && held && v != unset {
			continue
		}
		switch form.fit(v) {
		case Error:
			return nil
		case Lossy:
			rec.cells[f] = cell{v, lossy}
		default:
			rec.cells[f] = cell{v, fresh}
		}
		held = true
	}
	if !held || rec.has == 0 {
		return nil
	}
	variants := []record{rec}
	each(doubtful&s.schema.exists, func(f int) {
		var more []record
		for _, one := range variants {
			for _, says := range []cell{{v, fresh}, {v, stale}, {unset, fresh}} {
				one.cells[f] = says
				more = append(more, one)
			}
		}
		variants = more
	})
	var out []state
	for _, one := range variants {
		next := s
		for i := range c.records {
			next.records[i] = one
		}
		bad := false
		for i := range c.refused {
			at := c.refused[i]
			bad = bad || s.schema.checked&(1<<i) != 0 && one.cells[c.forms[at.form].of].content == at.value
		}
		if !bad {
			out = append(out, c.settled(next))
		}
	}
	return out
}
