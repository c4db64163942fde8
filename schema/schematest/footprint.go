package schematest

import (
	"slices"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// footprints answers what versions do with attributes.
type footprints struct {
	plan *schema.Plan
	form map[string]schema.Form
	kind map[string]schema.StoreKind // by store
}

func newFootprints(p *schema.Plan) footprints {
	f := footprints{plan: p, form: map[string]schema.Form{}, kind: map[string]schema.StoreKind{}}
	for _, s := range p.Stores {
		f.kind[s.Name] = s.Kind
	}
	for _, one := range p.Forms {
		f.form[one.Name] = one
	}
	for _, one := range p.Forms {
		if one.Of != "" {
			one.Store = f.form[one.Of].Store
			f.form[one.Name] = one
		}
	}
	return f
}

func (f *footprints) version(ref string) *schema.Version {
	i := f.order(ref)
	if i < 0 {
		return nil
	}
	return &f.plan.Versions[i]
}

func (f *footprints) order(ref string) int {
	return slices.IndexFunc(f.plan.Versions, func(v schema.Version) bool { return v.Ref() == ref })
}

func (f *footprints) service(ref string) string {
	if v := f.version(ref); v != nil {
		return v.Service
	}
	return ""
}

func (f *footprints) kinds(forms []string) (kept, sent bool) {
	for _, name := range forms {
		switch f.kind[f.form[name].Store] {
		case schema.Table, schema.Blob:
			kept = true
		case schema.Topic:
			sent = true
		}
	}
	return kept, sent
}

// stores are those of forms.
func (f *footprints) stores(forms []string) (out []string) {
	for _, name := range forms {
		out = append(out, f.form[name].Store)
	}
	return out
}

// into says whether a write goes to records, or to messages, and whether it can make a record.
func (f *footprints) into(v *schema.Version, w *schema.Write) (kept, sent, inserts bool) {
	for _, group := range w.Together {
		k, s := f.kinds(group)
		kept, sent = kept || k, sent || s
		for _, name := range group {
			inserts = inserts || k && slices.Contains(v.Makes, f.form[name].Store)
		}
	}
	return kept, sent, inserts
}

// makes says whether a version makes and deletes records that have the attribute.
func (f *footprints) makes(v *schema.Version, attribute string) bool {
	return slices.ContainsFunc(f.plan.Forms, func(one schema.Form) bool {
		kept, _ := f.kinds([]string{one.Name})
		return one.Attribute == attribute && kept && slices.Contains(v.Makes, f.form[one.Name].Store)
	})
}

// classes are those of its values that a version writes.
func (f *footprints) classes(w *schema.Write) []string {
	if len(w.Values) > 0 {
		return w.Values
	}
	var out []string
	for _, a := range f.plan.Attributes {
		for _, v := range a.Values {
			if a.Name == w.Attribute && v.Name != schema.Null {
				out = append(out, v.Name)
			}
		}
	}
	return out
}

func (f *footprints) accepts(attribute, class string) bool {
	return slices.Contains(f.plan.Accepts, schema.Loss{Attribute: attribute, Value: class})
}
