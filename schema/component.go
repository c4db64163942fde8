package schema

import (
	"fmt"
	"math/bits"
	"slices"
)

// component is a plan as seen by one attribute: names resolved to numbers, and only what concerns it.
type component struct {
	plan     *Plan
	name     string
	data     bool // the attribute has values: else only the existence of its forms counts
	nullable bool // that nothing is set is one of its values
	values   []Value
	stores   []Store
	forms    []formOf
	sharing  [maxForms]uint8 // for each form all that are the same data
	versions []versionOf
	services int
	refusals []Refusal
	refused  []cellOf // what refusals refuse
	syncs    []Sync
	tied     [][2]int
	steps    []stepOf // those that concern the attribute
	at       []int    // for each position in the plan the one among these
	shapes   []shape
	crowded  bool // there were more shapes than there is room for
	goal     schemaFacts
	runs     uint64 // of the goal
	accepted map[content]bool
	replica  bool // somebody reads from one
	records  int
}

// cellOf is a value in a form.
type cellOf struct {
	form  int
	value content
}

type formOf struct {
	name  string
	store int
	kind  StoreKind
	of    int // the form whose cells it has: itself, unless it is a view
	fits  map[content]Verdict
}

// versionOf is a version with its footprint on the attribute.
type versionOf struct {
	ref     string
	service int
	reads   []readOf
	writes  []content // the values it writes
	groups  [][]int   // the forms, by transaction
	written uint8     // all of them
	makes   uint8     // stores
	star    uint8
	strict  uint8
	whole   uint8
}

type readOf struct {
	forms   []int
	mask    uint8
	takes   map[content]Verdict
	replica bool
}

type stepOf struct {
	*Step
	who     string // the step, for people
	deploy  int    // version, or -1
	changes []changeOf
	form    int // of the backfill
	from    int // or -1
	value   content
	instead content // what value is written in place of
	needs   []needOf
}

type changeOf struct {
	do        Do
	form      int
	bit       int // of the refusal or the trigger
	unchecked bool
}

type needOf struct {
	is      Is
	version int
	form    int
	from    int
	value   content
	once    bool
}

// keeps says whether a store keeps records, rather than messages.
func (k StoreKind) keeps() bool { return k == Table || k == Blob }

// resolver finds numbers for names. The plan is valid when it is used.
type resolver struct {
	plan  *Plan
	attr  string
	form  map[string]int // of this attribute
	store map[string]int
	refs  map[string]int
}

// components resolves a valid plan once for each attribute.
func components(p *Plan, records int) []*component {
	out := make([]*component, 0, len(p.Attributes))
	for i := range p.Attributes {
		out = append(out, newComponent(p, &p.Attributes[i], records))
	}
	return out
}

func newComponent(p *Plan, a *Attribute, records int) *component {
	c := &component{plan: p, name: a.Name, records: records, data: len(a.Values) > 0, accepted: map[content]bool{}}
	for _, v := range a.Values {
		if v.Name == Null {
			c.nullable = true
		} else {
			c.values = append(c.values, v)
		}
	}
	r := resolver{plan: p, attr: a.Name, form: map[string]int{}, store: map[string]int{}, refs: map[string]int{}}
	c.addForms(&r)
	c.addVersions(&r)
	c.addRules(&r)
	for i := range p.Steps {
		c.at = append(c.at, len(c.steps))
		if one := c.step(&r, &p.Steps[i]); !one.idle() {
			c.steps = append(c.steps, one)
		}
	}
	c.at = append(c.at, len(c.steps))
	for _, l := range p.Accepts {
		if l.Attribute == a.Name {
			c.accepted[c.value(l.Value)] = true
		}
	}
	c.goal = c.facts(&r, &p.Goal)
	c.runs = r.versions(p.Goal.Running)
	return c
}

func (r *resolver) versions(refs []string) (mask uint64) {
	for _, ref := range refs {
		mask |= 1 << r.refs[ref]
	}
	return mask
}

// value is the number of a value of the attribute.
func (c *component) value(name string) content {
	if name == Null || name == "" {
		return unset
	}
	return firstV + content(slices.IndexFunc(c.values, func(v Value) bool { return v.Name == name }))
}

func (c *component) verdicts(fits []Fit) map[content]Verdict {
	if len(fits) == 0 {
		return nil
	}
	out := make(map[content]Verdict, len(fits))
	for _, f := range fits {
		out[c.value(f.Value)] = f.Verdict
	}
	return out
}

func (c *component) addForms(r *resolver) {
	stores := map[string]Store{}
	for _, s := range r.plan.Stores {
		stores[s.Name] = s
	}
	for _, f := range r.plan.Forms {
		if f.Attribute != r.attr {
			continue
		}
		at, known := r.store[f.Store]
		if !known {
			at = len(c.stores)
			r.store[f.Store] = at
			c.stores = append(c.stores, stores[f.Store])
		}
		r.form[f.Name] = len(c.forms)
		c.forms = append(c.forms, formOf{name: f.Name, store: at, kind: stores[f.Store].Kind, fits: c.verdicts(f.Fits)})
	}
	i := 0
	for _, f := range r.plan.Forms {
		if f.Attribute != r.attr {
			continue
		}
		c.forms[i].of = i
		if f.Of != "" {
			c.forms[i].of = r.form[f.Of]
			c.forms[i].store = c.forms[c.forms[i].of].store
		}
		c.sharing[c.forms[i].of] |= 1 << i
		i++
	}
}

func (c *component) storeMask(r *resolver, names []string) (mask uint8) {
	for _, n := range names {
		if at, here := r.store[n]; here {
			mask |= 1 << at
		}
	}
	return mask
}

func (c *component) addVersions(r *resolver) {
	services := map[string]int{}
	for i := range r.plan.Versions {
		v := &r.plan.Versions[i]
		if _, known := services[v.Service]; !known {
			services[v.Service] = len(services)
		}
		r.refs[v.Ref()] = i
		out := versionOf{
			ref: v.Ref(), service: services[v.Service], makes: c.storeMask(r, v.Makes), star: c.storeMask(r, v.Star),
			strict: c.storeMask(r, v.Strict), whole: c.storeMask(r, v.Whole),
		}
		for _, read := range v.Reads {
			if read.Attribute != r.attr {
				continue
			}
			one := readOf{takes: c.verdicts(read.Takes), replica: read.Replica}
			for _, f := range read.Forms {
				one.forms = append(one.forms, r.form[f])
				one.mask |= 1 << r.form[f]
			}
			c.replica = c.replica || read.Replica
			out.reads = append(out.reads, one)
		}
		for _, w := range v.Writes {
			if w.Attribute == r.attr {
				c.addWrite(r, &out, &w)
			}
		}
		c.versions = append(c.versions, out)
	}
	c.services = len(services)
}

func (c *component) addWrite(r *resolver, v *versionOf, w *Write) {
	for _, name := range w.Values {
		v.writes = append(v.writes, c.value(name))
	}
	if len(w.Values) == 0 {
		for i := range c.values {
			v.writes = append(v.writes, firstV+content(i))
		}
	}
	for _, group := range w.Together {
		var forms []int
		for _, f := range group {
			forms = append(forms, r.form[f])
			v.written |= 1 << r.form[f]
		}
		v.groups = append(v.groups, forms)
	}
}

// addRules lists every refusal and trigger that the plan knows of.
func (c *component) addRules(r *resolver) {
	refuse := func(one Refusal) {
		one.Unchecked = false
		if form, here := r.form[one.Form]; here && !slices.Contains(c.refusals, one) {
			c.refusals = append(c.refusals, one)
			c.refused = append(c.refused, cellOf{form, c.value(one.Value)})
		}
	}
	tie := func(one Sync) {
		if from, here := r.form[one.From]; here && !slices.Contains(c.syncs, one) {
			c.syncs = append(c.syncs, one)
			c.tied = append(c.tied, [2]int{from, r.form[one.To]})
		}
	}
	for _, w := range []*World{&r.plan.Start, &r.plan.Goal} {
		for _, one := range w.Refuses {
			refuse(one)
		}
		for _, one := range w.Syncs {
			tie(one)
		}
	}
	for _, s := range r.plan.Steps {
		for _, change := range s.Changes {
			switch change.Do {
			case Refuse, Accept:
				refuse(Refusal{Form: change.Form, Value: change.Value})
			case Tie, Untie:
				tie(Sync{From: change.Form, To: change.To})
			}
		}
	}
}

// facts are those of a world.
func (c *component) facts(r *resolver, w *World) (f schemaFacts) {
	for _, name := range w.Forms {
		if form, here := r.form[name]; here {
			f.exists |= 1 << form
		}
	}
	for _, one := range w.Refuses {
		unchecked := one.Unchecked
		one.Unchecked = false
		if i := slices.Index(c.refusals, one); i >= 0 {
			f.refuses |= 1 << i
			if !unchecked {
				f.checked |= 1 << i
			}
		}
	}
	for _, one := range w.Syncs {
		if i := slices.Index(c.syncs, one); i >= 0 {
			f.syncs |= 1 << i
		}
	}
	return f
}

func (c *component) step(r *resolver, s *Step) stepOf {
	out := stepOf{Step: s, who: fmt.Sprintf("step %q", s.Name), deploy: -1, form: -1, from: -1}
	if s.Deploy != "" {
		out.deploy = r.refs[s.Deploy]
	}
	for _, change := range s.Changes {
		form, here := r.form[change.Form]
		if !here {
			continue
		}
		one := changeOf{do: change.Do, form: form, unchecked: change.Unchecked}
		switch change.Do {
		case Refuse, Accept:
			one.bit = slices.Index(c.refusals, Refusal{Form: change.Form, Value: change.Value})
		case Tie, Untie:
			one.bit = slices.Index(c.syncs, Sync{From: change.Form, To: change.To})
		}
		out.changes = append(out.changes, one)
	}
	if b := s.Backfill; b != nil {
		if form, here := r.form[b.Form]; here {
			out.form, out.value, out.instead = form, c.value(b.Value), c.value(b.Instead)
			if b.From != "" {
				out.from = r.form[b.From]
			}
		}
	}
	for _, n := range s.Needs {
		one := needOf{is: n.Is, version: -1, form: -1, from: -1, once: n.Once}
		if n.Is == Drained {
			one.version = r.refs[n.Version]
			out.needs = append(out.needs, one)
			continue
		}
		form, here := r.form[n.Form]
		if !here {
			continue // of another attribute: it may hold, sooner or later
		}
		one.form, one.value = form, c.value(n.Value)
		if n.From != "" {
			one.from = r.form[n.From]
		}
		out.needs = append(out.needs, one)
	}
	return out
}

// idle says that the step does nothing that concerns the attribute and asks nothing of it.
func (s *stepOf) idle() bool {
	return s.deploy < 0 && len(s.changes) == 0 && s.form < 0 && len(s.needs) == 0
}

// event is the number of a shape of messages; it says false if there are too many.
func (c *component) event(one shape) (int, bool) {
	if i := slices.Index(c.shapes, one); i >= 0 {
		return i, true
	}
	if len(c.shapes) == 64 {
		c.crowded = true
		return 0, false
	}
	c.shapes = append(c.shapes, one)
	return len(c.shapes) - 1, true
}

// each calls do for every bit that is set.
func each[T uint8 | uint16 | uint32 | uint64](mask T, do func(int)) {
	for rest := uint64(mask); rest != 0; rest &= rest - 1 {
		do(bits.TrailingZeros64(rest))
	}
}
