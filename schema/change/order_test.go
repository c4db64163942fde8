package change_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/change"
)

// TestShortest: in whatever way services share a topic, and whoever reads what of the other, no plan with fewer deployments
// verifies, whatever its versions read and write and however long it waits.
func TestShortest(t *testing.T) {
	in := change.In{Topic: "placed"}
	reads, writes := []string{"placed"}, []string{"placed"}
	apart := []change.Service{{Name: "p", Writes: writes}, {Name: "c", Reads: reads}}
	strict := []change.Service{{Name: "p", Writes: writes}, {Name: "c", Reads: reads, Strict: reads}}
	alone := []change.Service{{Name: "s", Reads: reads, Writes: writes}}
	for i, services := range [][]change.Service{apart, strict, alone} {
		for _, old := range []schema.Verdict{schema.Error, schema.OK} {
			for _, new := range []schema.Verdict{schema.Error, schema.OK} {
				t.Run(fmt.Sprintf("%d old reads new %s, new reads old %s", i, old, new), func(t *testing.T) {
					p := plan(t, row{in: one(change.ChangeField{In: in, Field: "a", To: "b", OldReadsNew: old, NewReadsOld: new}, services...)})
					ours := len(p.Versions) - len(services)
					for n := len(services); n < ours; n++ {
						if shorter := search(t, p, nil, n); shorter != nil {
							t.Fatalf("%d deployments, but %d are enough:\n%s", ours, n, text(t, *shorter))
						}
					}
				})
			}
		}
	}
}

// search tries every way to go on with n deployments to the versions that p ends with.
func search(t *testing.T, p schema.Plan, deployed []schema.Version, n int) *schema.Plan {
	if n == 0 {
		return attempt(t, p, deployed)
	}
	for _, last := range p.Goal.Running {
		for _, v := range between(p, last) {
			v.Name = fmt.Sprintf("n%d", len(deployed))
			if found := search(t, p, append(slices.Clone(deployed), v), n-1); found != nil {
				return found
			}
		}
	}
	return nil
}

// between are all that a version of a service may be: it reads and writes what the first did, what the last does, or both.
func between(p schema.Plan, last string) []schema.Version {
	first := p.Versions[slices.IndexFunc(p.Versions, func(v schema.Version) bool { return v.Service == service(last) })]
	end := p.Versions[slices.IndexFunc(p.Versions, func(v schema.Version) bool { return v.Ref() == last })]
	var out []schema.Version
	for _, reads := range options(first.Reads, end.Reads, func(a, b schema.Read) schema.Read {
		b.Forms = append(slices.Clone(b.Forms), a.Forms...)
		slices.Sort(b.Forms)
		b.Forms = slices.Compact(b.Forms)
		return b
	}) {
		for _, writes := range options(first.Writes, end.Writes, func(a, b schema.Write) schema.Write {
			b.Together = [][]string{append(slices.Clone(b.Together[0]), a.Together[0]...)}
			return b
		}) {
			v := end
			v.Reads, v.Writes = reads, writes
			out = append(out, v)
		}
	}
	return out
}

func options[T any](first, last []T, both func(a, b T) T) [][]T {
	if len(first) == 0 {
		return [][]T{nil}
	}
	return [][]T{last, {both(first[0], last[0])}, first}
}

// attempt verifies the deployments, with every need that could help.
func attempt(t *testing.T, p schema.Plan, deployed []schema.Version) *schema.Plan {
	q := p
	q.Versions = nil
	running := map[string]string{}
	for _, ref := range p.Start.Running {
		running[service(ref)] = ref
		q.Versions = append(q.Versions, p.Versions[slices.IndexFunc(p.Versions, func(v schema.Version) bool { return v.Ref() == ref })])
	}
	q.Steps = []schema.Step{p.Steps[0]} // the form is made known
	var gone []schema.Condition
	old, dropped := p.Start.Forms[0], !slices.Contains(p.Goal.Forms, p.Start.Forms[0])
	for _, v := range deployed {
		needs := slices.Clone(gone)
		if dropped {
			needs = append(needs, schema.Condition{Is: schema.Expired, Form: old})
		}
		q.Steps = append(q.Steps, schema.Step{Name: "deploy " + v.Ref(), Phase: schema.Switch, Deploy: v.Ref(), Needs: needs})
		gone = append(gone, schema.Condition{Is: schema.Drained, Version: running[v.Service]})
		running[v.Service] = v.Ref()
		q.Versions = append(q.Versions, v)
	}
	if dropped {
		q.Steps = append(q.Steps, p.Steps[len(p.Steps)-1])
	}
	q.Goal.Running = nil
	for _, ref := range p.Goal.Running {
		now := running[service(ref)]
		q.Goal.Running = append(q.Goal.Running, now)
		is := q.Versions[slices.IndexFunc(q.Versions, func(v schema.Version) bool { return v.Ref() == now })]
		end := p.Versions[slices.IndexFunc(p.Versions, func(v schema.Version) bool { return v.Ref() == ref })]
		if fmt.Sprint(is.Reads, is.Writes) != fmt.Sprint(end.Reads, end.Writes) {
			return nil // it does not end where it should
		}
	}
	q, err := schema.Declare(q, schema.Options{Records: 1})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := schema.Verify(q, schema.Options{Records: 1}); err != nil || !found.Safe {
		return nil
	}
	return &q
}
