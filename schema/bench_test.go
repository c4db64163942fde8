package schema_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// renames are n renames of columns of one table in one plan, with the same versions.
func renames(n int) schema.Plan {
	one := rename()
	var p schema.Plan
	p.Stores = one.Stores
	p.Versions = slices.Clone(one.Versions)
	for i := range p.Versions {
		p.Versions[i].Reads, p.Versions[i].Writes = nil, nil
	}
	p.Start.Running, p.Goal.Running = one.Start.Running, one.Goal.Running
	steps := make([][]schema.Step, len(one.Steps))
	for k := range n {
		name := func(s string) string {
			if s == "" {
				return ""
			}
			return fmt.Sprintf("%s%d", s, k)
		}
		names := func(in []string) (out []string) {
			for _, s := range in {
				out = append(out, name(s))
			}
			return out
		}
		p.Attributes = append(p.Attributes, schema.Attribute{Name: name("name"), Values: one.Attributes[0].Values})
		for _, f := range one.Forms {
			p.Forms = append(p.Forms, schema.Form{Name: name(f.Name), Attribute: name("name"), Store: f.Store})
		}
		for i, v := range one.Versions {
			p.Versions[i].Reads = append(p.Versions[i].Reads, schema.Read{Attribute: name("name"), Forms: names(v.Reads[0].Forms)})
			p.Versions[i].Writes = append(p.Versions[i].Writes, schema.Write{Attribute: name("name"), Together: [][]string{names(v.Writes[0].Together[0])}})
		}
		p.Start.Forms = append(p.Start.Forms, names(one.Start.Forms)...)
		p.Start.Refuses = append(p.Start.Refuses, schema.Refusal{Form: name("a"), Value: schema.Null})
		p.Goal.Forms = append(p.Goal.Forms, names(one.Goal.Forms)...)
		for i, s := range one.Steps {
			var needs []schema.Condition
			for _, c := range s.Needs {
				c.Form, c.From = name(c.Form), name(c.From)
				needs = append(needs, c)
			}
			s.Needs = needs
			s.Changes = slices.Clone(s.Changes)
			for j := range s.Changes {
				s.Changes[j].Form = name(s.Changes[j].Form)
			}
			if s.Backfill != nil {
				s.Backfill = &schema.Backfill{Form: name(s.Backfill.Form), From: name(s.Backfill.From)}
			}
			if s.Deploy != "" && k > 0 {
				steps[i][0].Needs = append(steps[i][0].Needs, needs...)
				continue
			}
			if s.Deploy == "" {
				s.Name = name(s.Name)
			}
			steps[i] = append(steps[i], s)
		}
	}
	for _, s := range steps {
		p.Steps = append(p.Steps, s...)
	}
	return p
}

// BenchmarkVerify reports the cost against the number of changes in the plan: states, and states for each change.
func BenchmarkVerify(b *testing.B) {
	for _, n := range []int{1, 2, 3, 4, 5, 8} {
		p, err := schema.Declare(renames(n), schema.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("changes=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			var found schema.Result
			for b.Loop() {
				if found, err = schema.Verify(p, schema.Options{}); err != nil || !found.Safe {
					b.Fatalf("%v %s", err, found.Counterexample)
				}
			}
			b.ReportMetric(float64(found.States), "states")
			b.ReportMetric(float64(found.States)/float64(n), "states/change")
		})
	}
}
