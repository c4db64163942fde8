package schema_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// only is a plan with nothing but one attribute, as Verify sees it.
func only(p schema.Plan, attr string) schema.Plan {
	mine := map[string]bool{"": true}
	out := p
	out.Attributes, out.Forms, out.Versions, out.Steps, out.Accepts = nil, nil, nil, nil, nil
	for _, a := range p.Attributes {
		if a.Name == attr {
			out.Attributes = append(out.Attributes, a)
		}
	}
	for _, f := range p.Forms {
		if f.Attribute == attr {
			out.Forms = append(out.Forms, f)
			mine[f.Name] = true
		}
	}
	for _, v := range p.Versions {
		v.Reads = filter(v.Reads, func(r schema.Read) bool { return r.Attribute == attr })
		v.Writes = filter(v.Writes, func(w schema.Write) bool { return w.Attribute == attr })
		out.Versions = append(out.Versions, v)
	}
	for _, st := range p.Steps {
		st.Changes = filter(st.Changes, func(c schema.Change) bool { return mine[c.Form] })
		st.Needs = filter(st.Needs, func(c schema.Condition) bool { return mine[c.Form] })
		if st.Backfill != nil && !mine[st.Backfill.Form] {
			st.Backfill = nil
		}
		out.Steps = append(out.Steps, st)
	}
	for _, w := range []*schema.World{&out.Start, &out.Goal} {
		is := func(name string) bool { return mine[name] }
		w.Forms, w.Retained, w.Doubtful = filter(w.Forms, is), filter(w.Retained, is), filter(w.Doubtful, is)
		w.Refuses = filter(w.Refuses, func(r schema.Refusal) bool { return mine[r.Form] })
		w.Syncs = filter(w.Syncs, func(r schema.Sync) bool { return mine[r.From] })
	}
	out.Accepts = filter(p.Accepts, func(l schema.Loss) bool { return l.Attribute == attr })
	return out
}

func filter[T any](list []T, keep func(T) bool) (out []T) {
	for _, one := range list {
		if keep(one) {
			out = append(out, one)
		}
	}
	return out
}

// verify is Verify of a plan that is valid.
func verify(t rapid.TB, p schema.Plan) schema.Result {
	t.Helper()
	got, err := schema.Verify(p, bounds(p))
	if err != nil {
		t.Fatal(err)
	}
	if !got.Complete {
		t.Fatal("the search was not completed")
	}
	return got
}

// bounds are fewer records where a replica makes many states of each.
func bounds(p schema.Plan) schema.Options {
	for _, v := range p.Versions {
		if slices.ContainsFunc(v.Reads, func(r schema.Read) bool { return r.Replica }) {
			return schema.Options{Records: 1}
		}
	}
	return schema.Options{}
}

// declared is a plan with its horizon declared.
func declared(t rapid.TB, p schema.Plan) schema.Plan {
	t.Helper()
	out, err := schema.Declare(p, bounds(p))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// walks tries a plan that is called safe: nothing goes wrong in any walk, and all of them end at the goal.
func walks(t rapid.TB, p schema.Plan, rows []schema.Row, seed uint64, n, length int) {
	t.Helper()
	for i := range n {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		s := newSim(p, r.IntN, r.IntN)
		s.walk(r, 1+r.IntN(length), s.may(rows))
		if s.wrong != nil {
			t.Fatalf("%s: called safe, but %s: %s\n%s", p.Name, s.wrong.kind, s.wrong.text, strings.Join(s.story, "\n"))
		}
		walked := len(s.story)
		if !s.finish() {
			t.Fatalf("%s: called safe, but the walk cannot be finished (%v) at %d: %q\n%s", p.Name, s.wrong, s.pos,
				texts(s.events(func(string) bool { return false })), strings.Join(append(s.story[:walked:walked], "--"+fmt.Sprint(s.story[walked:])), "\n"))
		}
	}
}

// agree compares what Verify says of a plan with what the simulator does. It says whether the plan is safe.
func agree(t rapid.TB, p schema.Plan, seed uint64, n int) bool {
	t.Helper()
	p = declared(t, p)
	got := verify(t, p)
	if got.Safe {
		walks(t, p, got.Horizon, seed, n, 80)
		for _, row := range got.Horizon {
			for _, lost := range row.Lost {
				real(t, p, &lost)
			}
		}
		return true
	}
	real(t, p, got.Counterexample)
	return false
}

// real carries out a story of Verify, and finds it true.
func real(t rapid.TB, p schema.Plan, trace *schema.Trace) {
	t.Helper()
	if trace.Attribute == "" || len(trace.Lines) == 0 {
		return
	}
	p = only(p, trace.Attribute)
	s := drive(t, p, trace)
	switch {
	case trace.Kind == schema.Stuck:
		if s.wrong == nil && s.finish() {
			t.Fatalf("%s: called stuck, but it reaches its goal:\n%s\n%s", p.Name, trace, strings.Join(s.story, "\n"))
		}
	case s.wrong == nil:
		t.Fatalf("%s: the story is told, and nothing is wrong:\n%s", p.Name, trace)
	case s.wrong.kind != trace.Kind && trace.Kind != schema.Undeclared:
		t.Fatalf("%s: the story ends with %s (%s), not with %s:\n%s", p.Name, s.wrong.kind, s.wrong.text, trace.Kind, trace)
	}
}

func TestOracleRename(t *testing.T) {
	if !agree(t, rename(), 1, 300) {
		t.Fatal("not safe")
	}
}

// TestOracle compares Verify with the simulator on plans with a few changes: what is called safe is, and what is told happens.
func TestOracle(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := drawPlan(r, 4)
		seed := rapid.Uint64().Draw(r, "seed")
		agree(t, p, seed, 20)
	})
}
