package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// MaxPlan is the greatest number of bytes of a plan that [DecodePlan] reads.
const MaxPlan = 1 << 20

const (
	maxSteps  = 200
	maxValues = 30 // of one attribute
	maxRules  = 32 // constraints of one attribute
	maxTies   = 16 // triggers of one attribute
	maxGroups = 8  // transactions of one write
)

// DecodePlan reads a plan of at most [MaxPlan] bytes and validates it. The error joins one [*FieldError] for
// everything that is wrong.
func DecodePlan(data []byte) (Plan, error) {
	var p Plan
	if err := strict.Decode(data, MaxPlan, nil, &p); err != nil {
		return Plan{}, err
	}
	return p, p.Validate()
}

// EncodePlan writes a plan as [DecodePlan] reads it: the same bytes for the same plan.
func EncodePlan(p Plan) ([]byte, error) { return strict.Encode(&p) }

// Validate says everything that is wrong with a plan as data, by path.
func (p Plan) Validate() error {
	c := &checker{plan: &p, stores: map[string]Store{}, values: map[string][]string{}, forms: map[string]Form{}, refs: map[string]bool{}}
	c.declared()
	c.allForms()
	for i := range p.Versions {
		c.version(fmt.Sprintf("versions[%d]", i), &p.Versions[i])
	}
	c.limit("versions", len(p.Versions), maxVersions)
	c.world("start", &p.Start)
	c.world("goal", &p.Goal)
	names := map[string]bool{"start": true}
	for i := range p.Steps {
		path := fmt.Sprintf("steps[%d]", i)
		c.name(path+".name", p.Steps[i].Name, names)
		c.step(path, &p.Steps[i])
	}
	c.limit("steps", len(p.Steps), maxSteps)
	c.rules()
	for i, l := range p.Accepts {
		c.value(fmt.Sprintf("accepts[%d].value", i), l.Attribute, l.Value)
	}
	return c.Err()
}

// rules counts the constraints and triggers of each attribute.
func (c *checker) rules() {
	refusals, ties := map[Refusal]bool{}, map[Sync]bool{}
	for _, w := range []*World{&c.plan.Start, &c.plan.Goal} {
		for _, one := range w.Refuses {
			refusals[Refusal{Form: one.Form, Value: one.Value}] = true
		}
		for _, one := range w.Syncs {
			ties[one] = true
		}
	}
	for i := range c.plan.Steps {
		for _, change := range c.plan.Steps[i].Changes {
			switch change.Do {
			case Refuse, Accept:
				refusals[Refusal{Form: change.Form, Value: change.Value}] = true
			case Tie, Untie:
				ties[Sync{From: change.Form, To: change.To}] = true
			}
		}
	}
	for i, a := range c.plan.Attributes {
		rules, triggers := 0, 0
		for one := range refusals { // order does not matter: they are counted
			if c.forms[one.Form].Attribute == a.Name {
				rules++
			}
		}
		for one := range ties { // order does not matter: they are counted
			if c.forms[one.From].Attribute == a.Name {
				triggers++
			}
		}
		path := fmt.Sprintf("attributes[%d]", i)
		c.limit(path+", constraints", rules, maxRules)
		c.limit(path+", triggers", triggers, maxTies)
	}
}

// checker collects what is wrong.
type checker struct {
	strict.Problems
	plan   *Plan
	stores map[string]Store
	values map[string][]string // by attribute
	forms  map[string]Form
	refs   map[string]bool
}

func (c *checker) limit(path string, n, most int) {
	if n > most {
		c.Add(path, n, fmt.Sprintf("must be at most %d", most))
	}
}

// name refuses an empty name and one that was there before.
func (c *checker) name(path, name string, seen map[string]bool) {
	switch {
	case name == "":
		c.Add(path, nil, "must be given")
	case seen[name]:
		c.Add(path, name, "is there twice")
	}
	seen[name] = true
}

// one refuses what is not among those that are known.
func one[T ~string](c *checker, path string, is T, known ...T) {
	if !slices.Contains(known, is) {
		var words []string
		for _, k := range known {
			if k != "" {
				words = append(words, string(k))
			}
		}
		c.Add(path, string(is), "must be one of "+strings.Join(words, ", "))
	}
}

func (c *checker) declared() {
	seen := map[string]bool{}
	for i, s := range c.plan.Stores {
		path := fmt.Sprintf("stores[%d]", i)
		c.name(path+".name", s.Name, seen)
		one(c, path+".kind", s.Kind, Table, Blob, Topic, Call)
		if s.Replica && !s.Kind.keeps() {
			c.Add(path+".replica", nil, "is for tables and blobs")
		}
		c.stores[s.Name] = s
	}
	seen = map[string]bool{}
	for i, a := range c.plan.Attributes {
		path := fmt.Sprintf("attributes[%d]", i)
		c.name(path+".name", a.Name, seen)
		values := map[string]bool{}
		for k, v := range a.Values {
			c.name(fmt.Sprintf("%s.values[%d].name", path, k), v.Name, values)
			c.values[a.Name] = append(c.values[a.Name], v.Name)
		}
		c.limit(path+".values", len(a.Values), maxValues)
	}
}

func (c *checker) allForms() {
	seen, count := map[string]bool{}, map[string]int{}
	for i, f := range c.plan.Forms {
		path := fmt.Sprintf("forms[%d]", i)
		c.name(path+".name", f.Name, seen)
		if !slices.ContainsFunc(c.plan.Attributes, func(a Attribute) bool { return a.Name == f.Attribute }) {
			c.Add(path+".attribute", f.Attribute, "is no attribute of the plan")
		}
		c.store(path+".store", f.Store)
		c.fits(path+".fits", f.Attribute, f.Fits)
		count[f.Attribute]++
		if count[f.Attribute] == maxForms+1 {
			c.Add(path, f.Name, fmt.Sprintf("is one too many: an attribute has at most %d forms", maxForms))
		}
		c.forms[f.Name] = f
	}
	for i, f := range c.plan.Forms {
		base, known := c.forms[f.Of]
		if f.Of != "" && (!known || base.Of != "" || base.Attribute != f.Attribute) {
			c.Add(fmt.Sprintf("forms[%d].of", i), f.Of, "must be a form of the same attribute that is no view")
		}
	}
}

func (c *checker) store(path, name string) Store {
	s, known := c.stores[name]
	if !known {
		c.Add(path, name, "is no store of the plan")
	}
	return s
}

// form checks a name; of an attribute if that is given.
func (c *checker) form(path, name, attribute string) Form {
	f, known := c.forms[name]
	switch {
	case !known:
		c.Add(path, name, "is no form of the plan")
	case attribute != "" && f.Attribute != attribute:
		c.Add(path, name, fmt.Sprintf("is a form of %q, not of %q", f.Attribute, attribute))
	}
	return f
}

func (c *checker) value(path, attribute, value string) {
	if value != Null && !slices.Contains(c.values[attribute], value) {
		c.Add(path, value, fmt.Sprintf("is no value of %q", attribute))
	}
}

func (c *checker) fits(path, attribute string, fits []Fit) {
	for i, f := range fits {
		if slices.ContainsFunc(fits[:i], func(other Fit) bool { return other.Value == f.Value }) {
			c.Add(fmt.Sprintf("%s[%d].value", path, i), f.Value, "is there twice")
		}
		c.value(fmt.Sprintf("%s[%d].value", path, i), attribute, f.Value)
		one(c, fmt.Sprintf("%s[%d].verdict", path, i), f.Verdict, OK, Lossy, Error)
	}
}

func (c *checker) ref(path, ref string) {
	if !c.refs[ref] {
		c.Add(path, ref, `is no version of the plan: versions are named "service@version"`)
	}
}

func (c *checker) version(path string, v *Version) {
	switch {
	case v.Service == "" || strings.Contains(v.Service, "@"):
		c.Add(path+".service", v.Service, "must be a name without @")
	case v.Name == "":
		c.Add(path+".name", nil, "must be given")
	case c.refs[v.Ref()]:
		c.Add(path+".name", v.Name, "is there twice")
	}
	c.refs[v.Ref()] = true
	seen := map[string]bool{}
	for i := range v.Reads {
		r := &v.Reads[i]
		at := fmt.Sprintf("%s.reads[%d]", path, i)
		c.name(at+".attribute", r.Attribute, seen)
		for k, f := range r.Forms {
			c.form(fmt.Sprintf("%s.forms[%d]", at, k), f, r.Attribute)
		}
		c.fits(at+".takes", r.Attribute, r.Takes)
	}
	seen = map[string]bool{}
	for i := range v.Writes {
		c.write(fmt.Sprintf("%s.writes[%d]", path, i), &v.Writes[i], seen)
	}
	lists := []struct {
		name   string
		stores []string
		kinds  []StoreKind
	}{
		{"makes", v.Makes, []StoreKind{Table, Blob, Topic, Call}},
		{"star", v.Star, []StoreKind{Table}},
		{"strict", v.Strict, []StoreKind{Topic, Call}},
		{"whole", v.Whole, []StoreKind{Blob}},
	}
	for _, list := range lists {
		for i, name := range list.stores {
			at := fmt.Sprintf("%s.%s[%d]", path, list.name, i)
			if s := c.store(at, name); s.Kind != "" && !slices.Contains(list.kinds, s.Kind) {
				c.Add(at, name, fmt.Sprintf("is a %s, and %s does not apply to it", s.Kind, list.name))
			}
		}
	}
}

func (c *checker) write(path string, w *Write, seen map[string]bool) {
	c.name(path+".attribute", w.Attribute, seen)
	if len(c.values[w.Attribute]) == 0 {
		c.Add(path+".attribute", w.Attribute, "has no values that could be written")
	}
	for i, v := range w.Values {
		c.value(fmt.Sprintf("%s.values[%d]", path, i), w.Attribute, v)
	}
	if len(w.Together) == 0 {
		c.Add(path+".together", nil, "must have at least one list of forms")
	}
	c.limit(path+".together", len(w.Together), maxGroups)
	for i, group := range w.Together {
		if len(group) == 0 {
			c.Add(fmt.Sprintf("%s.together[%d]", path, i), nil, "must have at least one form")
		}
		for k, f := range group {
			c.form(fmt.Sprintf("%s.together[%d][%d]", path, i, k), f, w.Attribute)
		}
	}
}

func (c *checker) world(path string, w *World) {
	seen := map[string]bool{}
	for i, f := range w.Forms {
		c.name(fmt.Sprintf("%s.forms[%d]", path, i), f, seen)
		c.form(fmt.Sprintf("%s.forms[%d]", path, i), f, "")
	}
	services := map[string]bool{}
	for i, ref := range w.Running {
		at := fmt.Sprintf("%s.running[%d]", path, i)
		c.ref(at, ref)
		service, _, _ := strings.Cut(ref, "@")
		if services[service] {
			c.Add(at, ref, "is a second version of its service")
		}
		services[service] = true
	}
	for i, one := range w.Refuses {
		c.refusal(fmt.Sprintf("%s.refuses[%d]", path, i), one.Form, one.Value)
	}
	for i, one := range w.Syncs {
		c.pair(fmt.Sprintf("%s.syncs[%d]", path, i), "from", one.From, "to", one.To)
	}
	for i, f := range w.Retained {
		at := fmt.Sprintf("%s.retained[%d]", path, i)
		if form := c.form(at, f, ""); form.Name != "" && c.stores[form.Store].Kind != Topic {
			c.Add(at, f, "is in no topic, so nothing is retained in it")
		}
	}
	for i, f := range w.Doubtful {
		c.form(fmt.Sprintf("%s.doubtful[%d]", path, i), f, "")
	}
}

func (c *checker) refusal(path, form, value string) {
	f := c.form(path+".form", form, "")
	switch {
	case value == "":
		c.Add(path+".value", nil, "must be given")
	case f.Name != "":
		c.value(path+".value", f.Attribute, value)
	}
}

// pair are two different forms of one attribute: it returns the first.
func (c *checker) pair(path, first, a, second, b string) Form {
	f := c.form(path+"."+first, a, "")
	c.form(path+"."+second, b, f.Attribute)
	if a == b {
		c.Add(path+"."+second, b, "must be another form")
	}
	return f
}

func (c *checker) step(path string, s *Step) {
	one(c, path+".phase", s.Phase, Expand, DeployPhase, Fill, Prove, Switch, Contract)
	kinds := 0
	if s.Deploy != "" {
		kinds++
		c.ref(path+".deploy", s.Deploy)
	}
	if len(s.Changes) > 0 {
		kinds++
	}
	for i := range s.Changes {
		c.change(fmt.Sprintf("%s.changes[%d]", path, i), &s.Changes[i])
	}
	if s.Backfill != nil {
		kinds++
		c.backfill(path+".backfill", s.Backfill)
	}
	if kinds > 1 {
		c.Add(path, s.Name, "must have only one of changes, deploy and backfill")
	}
	for i := range s.Needs {
		c.need(fmt.Sprintf("%s.needs[%d]", path, i), &s.Needs[i])
	}
	for i, ref := range s.Forgoes {
		c.ref(fmt.Sprintf("%s.forgoes[%d]", path, i), ref)
	}
}

func (c *checker) change(path string, change *Change) {
	one(c, path+".do", change.Do, Add, Drop, Refuse, Accept, Tie, Untie)
	switch change.Do {
	case Refuse, Accept:
		c.refusal(path, change.Form, change.Value)
	case Tie, Untie:
		c.pair(path, "form", change.Form, "to", change.To)
	default:
		c.form(path+".form", change.Form, "")
	}
	if change.Unchecked && change.Do != Refuse {
		c.Add(path+".unchecked", nil, "is for refuse")
	}
}

func (c *checker) backfill(path string, b *Backfill) {
	one(c, path+".mode", b.Mode, OneStatement, CompareAndSet, ReadThenWrite)
	var f Form
	if b.From != "" {
		f = c.pair(path, "form", b.Form, "from", b.From)
	} else {
		f = c.form(path+".form", b.Form, "")
	}
	switch {
	case b.From != "" && b.Value != "":
		c.Add(path+".value", b.Value, "must not stand beside from")
	case b.From != "":
	case b.Value == "" || b.Value == Null:
		c.Add(path+".value", b.Value, "must be a value, if there is no from")
	case f.Name != "":
		c.value(path+".value", f.Attribute, b.Value)
		if b.Instead != "" {
			c.value(path+".instead", f.Attribute, b.Instead)
		}
	}
	if kind := c.stores[f.Store].Kind; kind == Topic || kind == Call {
		c.Add(path+".form", b.Form, "is in a store that keeps what it has: wait until it has expired")
	}
}

func (c *checker) need(path string, n *Condition) {
	one(c, path+".is", n.Is, Drained, Maintained, Proven, Absent, Unused, Expired, CaughtUp)
	switch n.Is {
	case Drained:
		c.ref(path+".version", n.Version)
	case Maintained, Proven:
		c.pair(path, "form", n.Form, "from", n.From)
	case Absent:
		c.refusal(path, n.Form, n.Value)
	default:
		c.form(path+".form", n.Form, "")
	}
	if n.Once && !slices.Contains([]Is{Proven, Absent, Unused}, n.Is) {
		c.Add(path+".once", nil, "is for proven, absent and unused")
	}
}
