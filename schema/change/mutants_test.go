package change_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// mutant is a plan with one thing wrong.
type mutant struct {
	name string
	plan schema.Plan
}

// mutants are all of a plan: one step left out, two swapped, a need left out or asked once, a backfill that reads and then
// writes, two deployments of a service made one.
func mutants(p schema.Plan) []mutant {
	var out []mutant
	add := func(name string, f func(p *schema.Plan)) {
		m := clone(p)
		f(&m)
		out = append(out, mutant{name, m})
	}
	for i, s := range p.Steps {
		add(fmt.Sprintf("without step %q", s.Name), func(p *schema.Plan) { leaveOut(p, i) })
		if i+1 < len(p.Steps) {
			add(fmt.Sprintf("step %q after %q", s.Name, p.Steps[i+1].Name), func(p *schema.Plan) { swap(p, i) })
		}
		for j, n := range s.Needs {
			add(fmt.Sprintf("step %q does not need %s", s.Name, need(n)), func(p *schema.Plan) {
				p.Steps[i].Needs = slices.Delete(p.Steps[i].Needs, j, j+1)
			})
			if n.Is == schema.Proven || n.Is == schema.Absent || n.Is == schema.Unused {
				add(fmt.Sprintf("step %q needs %s once", s.Name, need(n)), func(p *schema.Plan) { p.Steps[i].Needs[j].Once = true })
			}
		}
		if s.Backfill != nil && s.Backfill.From != "" {
			add(fmt.Sprintf("step %q reads and then writes", s.Name), func(p *schema.Plan) {
				p.Steps[i].Backfill.Mode = schema.ReadThenWrite
			})
		}
		for j := i + 1; s.Deploy != "" && j < len(p.Steps); j++ {
			if service(p.Steps[j].Deploy) == service(s.Deploy) {
				add(fmt.Sprintf("%s and %s at once", s.Deploy, p.Steps[j].Deploy), func(p *schema.Plan) {
					p.Steps[j].Needs = append(p.Steps[j].Needs, p.Steps[i].Needs...)
					leaveOut(p, i)
				})
				break
			}
		}
	}
	return out
}

func service(ref string) string {
	name, _, _ := strings.Cut(ref, "@")
	return name
}

func clone(p schema.Plan) schema.Plan {
	p.Steps = slices.Clone(p.Steps)
	for i := range p.Steps {
		s := &p.Steps[i]
		s.Needs, s.Forgoes = slices.Clone(s.Needs), slices.Clone(s.Forgoes)
		if s.Backfill != nil {
			b := *s.Backfill
			s.Backfill = &b
		}
	}
	return p
}

// leaveOut takes a step away; what it forgoes, its neighbour does, so that the mutant is not caught by that alone.
func leaveOut(p *schema.Plan, i int) {
	if j := i + 1; j < len(p.Steps) {
		p.Steps[j].Forgoes = append(p.Steps[j].Forgoes, p.Steps[i].Forgoes...)
	} else if i > 0 {
		p.Steps[i-1].Forgoes = append(p.Steps[i-1].Forgoes, p.Steps[i].Forgoes...)
	}
	p.Steps = slices.Delete(p.Steps, i, i+1)
}

// swap exchanges two steps; the earlier forgoes what both did.
func swap(p *schema.Plan, i int) {
	a, b := p.Steps[i], p.Steps[i+1]
	b.Forgoes = append(slices.Clone(a.Forgoes), b.Forgoes...)
	a.Forgoes = nil
	p.Steps[i], p.Steps[i+1] = b, a
}

// survives says that a plan verifies, with one record: two find no more of what is wrong with these.
func survives(t *testing.T, m mutant) bool {
	found, err := schema.Verify(m.plan, schema.Options{Records: 1})
	if err != nil {
		return false // no plan at all
	}
	if !found.Complete {
		t.Fatalf("%s: too many states", m.name)
	}
	if !found.Safe && (found.Counterexample == nil || found.Counterexample.Wrong == "") {
		t.Errorf("%s: rejected without a story", m.name)
	}
	return found.Safe
}

// equivalents reads the list of mutants that are as good as what they were made from, with the reason.
func equivalents(t *testing.T) map[string]string {
	data, err := os.ReadFile("testdata/equivalents.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, reason, found := strings.Cut(line, " -- ")
		if !found || reason == "" || out[name] != "" {
			t.Fatalf("not a mutant with a reason, or there twice: %s", line)
		}
		out[name] = reason
	}
	return out
}

// TestMutants tries every mutant of every row: each is rejected with a story, or is in the list of equivalents.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	known := equivalents(t)
	tried, seen := 0, map[string]bool{}
	for _, r := range rows() {
		for _, m := range mutants(plan(t, r)) {
			tried++
			name := r.name + ": " + m.name
			alive := survives(t, m)
			if alive && known[name] == "" {
				t.Errorf("SURVIVES %s", name)
			}
			if alive {
				seen[name] = true
			}
		}
	}
	for name := range known {
		if !seen[name] {
			t.Errorf("in the list of equivalents, but rejected or unknown: %s", name)
		}
	}
	t.Logf("%d mutants, %d equivalent", tried, len(seen))
}
