package schema_test

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// deep is a copy that shares nothing with the plan.
func deep(t rapid.TB, p schema.Plan) schema.Plan {
	t.Helper()
	data, err := schema.EncodePlan(p)
	if err != nil {
		t.Fatal(err)
	}
	out, err := schema.DecodePlan(data)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// mutation changes a plan somewhere; at chooses one of n.
type mutation struct {
	name string
	do   func(p *schema.Plan, at choice)
}

func remove[T any](list []T, at choice) []T {
	if len(list) == 0 {
		return list
	}
	i := at(len(list))
	return slices.Delete(slices.Clone(list), i, i+1)
}

func pick[T any](list []T, at choice) (out T) {
	if len(list) > 0 {
		out = list[at(len(list))]
	}
	return out
}

// with gives a step that has something to do, or none.
func with(p *schema.Plan, at choice, has func(*schema.Step) bool) *schema.Step {
	var some []*schema.Step
	for i := range p.Steps {
		if has(&p.Steps[i]) {
			some = append(some, &p.Steps[i])
		}
	}
	return pick(some, at)
}

func toggle(list []string, name string) []string {
	if i := slices.Index(list, name); i >= 0 {
		return slices.Delete(slices.Clone(list), i, i+1)
	}
	return append(slices.Clone(list), name)
}

func writer(p *schema.Plan, at choice) *schema.Write {
	var some []*schema.Write
	for i := range p.Versions {
		for k := range p.Versions[i].Writes {
			some = append(some, &p.Versions[i].Writes[k])
		}
	}
	return pick(some, at)
}

func reader(p *schema.Plan, at choice) *schema.Read {
	var some []*schema.Read
	for i := range p.Versions {
		for k := range p.Versions[i].Reads {
			some = append(some, &p.Versions[i].Reads[k])
		}
	}
	return pick(some, at)
}

func storesOf(p *schema.Plan, kinds ...schema.StoreKind) (names []string) {
	for _, s := range p.Stores {
		if slices.Contains(kinds, s.Kind) {
			names = append(names, s.Name)
		}
	}
	return names
}

func verdict(at choice) schema.Verdict { return pick([]schema.Verdict{schema.Lossy, schema.Error}, at) }

func toggleIn(list *[]string, some []string, at choice) {
	if len(some) > 0 {
		*list = toggle(*list, pick(some, at))
	}
}

// ofSteps change what is done and when.
var ofSteps = []mutation{
	{"no step", func(p *schema.Plan, at choice) { p.Steps = remove(p.Steps, at) }},
	{"swap", func(p *schema.Plan, at choice) {
		if i := at(len(p.Steps)); i > 0 {
			p.Steps[i-1], p.Steps[i] = p.Steps[i], p.Steps[i-1]
		}
	}},
	{"no need", func(p *schema.Plan, at choice) {
		if st := with(p, at, func(st *schema.Step) bool { return len(st.Needs) > 0 }); st != nil {
			st.Needs = remove(st.Needs, at)
		}
	}},
	{"no needs", func(p *schema.Plan, at choice) { p.Steps[at(len(p.Steps))].Needs = nil }},
	{"once", func(p *schema.Plan, at choice) {
		if st := with(p, at, func(st *schema.Step) bool {
			return slices.ContainsFunc(st.Needs, func(n schema.Condition) bool { return twice(&n) })
		}); st != nil {
			for i := range st.Needs {
				st.Needs[i].Once = twice(&st.Needs[i])
			}
		}
	}},
	{"need elsewhere", func(p *schema.Plan, at choice) {
		if st := with(p, at, func(st *schema.Step) bool { return len(st.Needs) > 0 }); st != nil {
			other := &p.Steps[at(len(p.Steps))]
			other.Needs = append(other.Needs, pick(st.Needs, at))
		}
	}},
	{"mode", func(p *schema.Plan, at choice) {
		if st := with(p, at, func(st *schema.Step) bool { return st.Backfill != nil && st.Backfill.From != "" }); st != nil {
			st.Backfill.Mode = pick([]schema.BackfillMode{schema.CompareAndSet, schema.ReadThenWrite}, at)
		}
	}},
	{"no change", func(p *schema.Plan, at choice) {
		if st := with(p, at, func(st *schema.Step) bool { return len(st.Changes) > 1 }); st != nil {
			st.Changes = remove(st.Changes, at)
		}
	}},
	{"change apart", func(p *schema.Plan, at choice) {
		if st := with(p, at, func(st *schema.Step) bool { return len(st.Changes) > 1 }); st != nil {
			i := slices.IndexFunc(p.Steps, func(one schema.Step) bool { return one.Name == st.Name })
			rest := schema.Step{Name: st.Name + " rest", Phase: st.Phase, Needs: st.Needs, Changes: st.Changes[1:]}
			st.Changes = st.Changes[:1]
			p.Steps = slices.Insert(p.Steps, i+1, rest)
		}
	}},
	{"unchecked", func(p *schema.Plan, at choice) {
		if st := with(p, at, func(st *schema.Step) bool {
			return slices.ContainsFunc(st.Changes, func(ch schema.Change) bool { return ch.Do == schema.Refuse })
		}); st != nil {
			for i := range st.Changes {
				st.Changes[i].Unchecked = st.Changes[i].Do == schema.Refuse && !st.Changes[i].Unchecked
			}
		}
	}},
}

// ofCode change what versions do.
var ofCode = []mutation{
	{"apart", func(p *schema.Plan, at choice) {
		if w := writer(p, at); w != nil && len(w.Together[0]) > 1 {
			w.Together = [][]string{w.Together[0][:1], w.Together[0][1:]}
		}
	}},
	{"apart, the other way", func(p *schema.Plan, at choice) {
		if w := writer(p, at); w != nil && len(w.Together[0]) > 1 {
			w.Together = [][]string{w.Together[0][1:], w.Together[0][:1]}
		}
	}},
	{"writes one form", func(p *schema.Plan, at choice) {
		if w := writer(p, at); w != nil && len(w.Together[0]) > 1 {
			w.Together = [][]string{remove(w.Together[0], at)}
		}
	}},
	{"writes a form more", func(p *schema.Plan, at choice) {
		if w := writer(p, at); w != nil {
			if f := pick(p.Forms, at).Name; f != "" && !slices.Contains(w.Together[0], f) {
				w.Together[0] = append(w.Together[0], f)
			}
		}
	}},
	{"reads other forms", func(p *schema.Plan, at choice) {
		if r := reader(p, at); r != nil {
			r.Forms = toggle(r.Forms, pick(p.Forms, at).Name)
			if len(r.Forms) == 0 {
				r.Forms = []string{p.Forms[0].Name}
			}
		}
	}},
	{"prefers another form", func(p *schema.Plan, at choice) {
		if r := reader(p, at); r != nil {
			slices.Reverse(r.Forms)
		}
	}},
	{"reads not", func(p *schema.Plan, at choice) { v := &p.Versions[at(len(p.Versions))]; v.Reads = nil }},
	{"writes not", func(p *schema.Plan, at choice) { v := &p.Versions[at(len(p.Versions))]; v.Writes = nil }},
	{"makes", func(p *schema.Plan, at choice) {
		toggleIn(&p.Versions[at(len(p.Versions))].Makes, storesOf(p, schema.Table, schema.Blob, schema.Topic, schema.Call), at)
	}},
	{"star", func(p *schema.Plan, at choice) {
		toggleIn(&p.Versions[at(len(p.Versions))].Star, storesOf(p, schema.Table), at)
	}},
	{"strict", func(p *schema.Plan, at choice) {
		toggleIn(&p.Versions[at(len(p.Versions))].Strict, storesOf(p, schema.Topic, schema.Call), at)
	}},
	{"whole", func(p *schema.Plan, at choice) {
		toggleIn(&p.Versions[at(len(p.Versions))].Whole, storesOf(p, schema.Blob), at)
	}},
	{"takes", func(p *schema.Plan, at choice) {
		if r := reader(p, at); r != nil {
			r.Takes = append(slices.Clone(r.Takes), schema.Fit{Value: pick(p.Attributes[0].Values, at).Name, Verdict: verdict(at)})
		}
	}},
	{"takes all", func(p *schema.Plan, at choice) {
		if r := reader(p, at); r != nil {
			r.Takes = nil
		}
	}},
	{"values", func(p *schema.Plan, at choice) {
		if w := writer(p, at); w != nil {
			w.Values = []string{pick(p.Attributes[0].Values, at).Name}
		}
	}},
	{"all values", func(p *schema.Plan, at choice) {
		if w := writer(p, at); w != nil {
			w.Values = nil
		}
	}},
	{"replica", func(p *schema.Plan, at choice) {
		if r := reader(p, at); r != nil && len(p.Forms) < 4 {
			r.Replica = !r.Replica
		}
	}},
}

// ofData change what there is.
var ofData = []mutation{
	{"fit", func(p *schema.Plan, at choice) {
		f := &p.Forms[at(len(p.Forms))]
		f.Fits = append(slices.Clone(f.Fits), schema.Fit{Value: pick(p.Attributes[0].Values, at).Name, Verdict: verdict(at)})
	}},
	{"fits all", func(p *schema.Plan, at choice) { p.Forms[at(len(p.Forms))].Fits = nil }},
	{"accepts", func(p *schema.Plan, at choice) {
		p.Accepts = append(slices.Clone(p.Accepts), schema.Loss{Attribute: p.Attributes[0].Name, Value: pick(p.Attributes[0].Values, at).Name})
	}},
	{"nullable", func(p *schema.Plan, at choice) {
		values := &p.Attributes[0].Values
		if !slices.Contains(*values, schema.Value{Name: schema.Null}) && len(*values) < 3 {
			*values = append(slices.Clone(*values), schema.Value{Name: schema.Null})
		}
	}},
	{"nothing refused", func(p *schema.Plan, at choice) { p.Start.Refuses = nil }},
	{"unchecked at the start", func(p *schema.Plan, at choice) {
		for i := range p.Start.Refuses {
			p.Start.Refuses[i].Unchecked = true
		}
	}},
	{"nothing retained", func(p *schema.Plan, at choice) { p.Start.Retained = nil }},
	{"doubtful", func(p *schema.Plan, at choice) {
		if f := pick(p.Forms, at); slices.Contains(storesOf(p, schema.Table), f.Store) && f.Of == "" {
			p.Start.Forms = append(filter(p.Start.Forms, func(n string) bool { return n != f.Name }), f.Name)
			p.Start.Doubtful = []string{f.Name}
		}
	}},
	{"there at the start", func(p *schema.Plan, at choice) {
		if f := pick(p.Forms, at); f.Of == "" {
			p.Start.Forms = append(filter(p.Start.Forms, func(n string) bool { return n != f.Name }), f.Name)
		}
	}},
	{"tied at the start", func(p *schema.Plan, at choice) {
		if len(p.Forms) > 1 && p.Forms[1].Of == "" {
			one := schema.Sync{From: p.Forms[0].Name, To: p.Forms[1].Name}
			if at(2) == 0 {
				one.From, one.To = one.To, one.From
			}
			p.Start.Syncs = append(slices.Clone(p.Start.Syncs), one)
		}
	}},
	{"other store", func(p *schema.Plan, at choice) {
		p.Forms[at(len(p.Forms))].Store = pick(p.Stores, at).Name
	}},
	{"goal", func(p *schema.Plan, at choice) {
		p.Goal.Forms = toggle(p.Goal.Forms, pick(p.Forms, at).Name)
	}},
}

// drawPlan is one of the plans of the catalogue with a few changes. It is valid.
func drawPlan(t *rapid.T, most int) schema.Plan {
	_, plans := basePlans()
	i := rapid.IntRange(0, len(plans)-1).Draw(t, "plan")
	p := deep(t, plans[i])
	all := slices.Concat(ofSteps, ofSteps, ofCode, ofCode, ofData)
	for range rapid.IntRange(1, most).Draw(t, "changes") {
		m := rapid.SampledFrom(all).Draw(t, "change")
		was := deep(t, p)
		m.do(&p, func(n int) int { return rapid.IntRange(0, max(n, 1)-1).Draw(t, "at") })
		if p.Validate() != nil || len(p.Steps) == 0 {
			p = was
			continue
		}
		p.Name += ", " + m.name
	}
	t.Logf("%s", p.Name)
	return p
}
