package schema_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// feature is one thing that can go wrong: a plan in which it does, and the same plan mended.
type feature struct {
	name string
	bad  schema.Plan
	kind schema.Wrong
	tail []string // the last lines of the story, and what is wrong
	good schema.Plan
	raw  bool // the horizon is not declared for it
}

// but is a plan with something done to it.
func but(p schema.Plan, do ...func(*schema.Plan)) schema.Plan {
	for _, one := range do {
		one(&p)
	}
	return p
}

// step finds one by name.
func step(p *schema.Plan, name string) *schema.Step {
	i := slices.IndexFunc(p.Steps, func(s schema.Step) bool { return s.Name == name })
	return &p.Steps[i]
}

func without(names ...string) func(*schema.Plan) {
	return func(p *schema.Plan) {
		p.Steps = filter(p.Steps, func(s schema.Step) bool { return !slices.Contains(names, s.Name) })
	}
}

// needs replaces what a step needs.
func needs(name string, list ...schema.Condition) func(*schema.Plan) {
	return func(p *schema.Plan) { step(p, name).Needs = list }
}

func once(c schema.Condition) schema.Condition { c.Once = true; return c }

func version(ref string, do func(*schema.Version)) func(*schema.Plan) {
	return func(p *schema.Plan) {
		i := slices.IndexFunc(p.Versions, func(v schema.Version) bool { return v.Ref() == ref })
		do(&p.Versions[i])
	}
}

func mode(name string, m schema.BackfillMode) func(*schema.Plan) {
	return func(p *schema.Plan) { step(p, name).Backfill.Mode = m }
}

func apart(v *schema.Version) { v.Writes[0].Together = [][]string{{"a"}, {"b"}} }

// notNull is a rename where the new column must be set before anybody reads it.
func notNull(proof ...schema.Condition) schema.Plan {
	p := split()
	p.Stores, p.Forms[1].Store = p.Stores[:1], "t"
	for i := range p.Versions {
		p.Versions[i].Makes = r("t")
	}
	p.Steps = slices.Insert(p.Steps, 3, alter("not null", changes(refuse("b", schema.Null)), proof...))
	p.Goal.Refuses = []schema.Refusal{{Form: "b", Value: schema.Null}}
	return p
}

// keep is a blob that v1 writes as a whole, without knowing what v2 puts into it.
func keep(whole ...string) schema.Plan {
	p := plan([]schema.Store{blobs}, valuesOf(schema.Null, "set"), column("g", "docs"))
	v1 := code("app@v1", nil, nil, "docs")
	v1.Whole = whole
	p.Versions = []schema.Version{v1, code("app@v2", r("g"), w("g"), "docs")}
	p.Start = world(r("g"), "app@v1")
	p.Steps = []schema.Step{deploy("app@v2")}
	p.Goal = world(r("g"), "app@v2")
	return p
}

// ghosts is split with values that only deletes can change.
func ghosts() schema.Plan {
	p := split()
	p.Attributes[0].Values = valuesOf(schema.Null, "set")
	for i := range 3 {
		p.Versions[i].Writes = nil
	}
	return p
}

// doubt is a column that is there already, from an earlier try.
func doubt() schema.Plan {
	p := split()
	p.Stores, p.Forms[1].Store = p.Stores[:1], "t"
	for i := range p.Versions {
		p.Versions[i].Makes = r("t")
	}
	p.Steps = p.Steps[1:]
	p.Start.Forms, p.Start.Doubtful = r("a", "b"), r("b")
	return p
}

func strict(v *schema.Version) { v.Strict = []string{"events"} }

func star(v *schema.Version) { v.Star = []string{"orders"} }

// loses is wider with a column that takes wide values and cuts them, and versions that write them.
func loses(p *schema.Plan) {
	p.Forms[0].Fits = []schema.Fit{{Value: "wide", Verdict: schema.Lossy}}
	p.Versions[1].Writes[0].Values = nil
}

var features = []feature{
	{name: "ghost rows", kind: schema.Stale, tail: []string{
		"step \"deploy app@v3\": app@v3 starts",
		"app@v1 deletes record 2",
		"app@v3 reads b of a record that was deleted",
	}, bad: but(ghosts(), needs("deploy app@v3", inStep("b", "a")[1])), good: ghosts()},
	{name: "two transactions", kind: schema.Stale, tail: []string{
		"step \"deploy v3\": app@v3 starts",
		"app@v3 writes set to record 1, into a, then b",
		"app@v3 reads null in b, but set was written",
	}, bad: but(rename(), version("app@v3", apart)), good: rename()},
	{name: "two transactions, and the condition", kind: schema.Stuck, tail: []string{
		"app@v1 runs",
		"from here the goal cannot be reached: step \"proven\" is never begun, because it never holds that b is maintained from a",
	}, bad: but(rename(), version("app@v2", apart)), good: rename()},
	{
		name: "long transaction, proven once", kind: schema.Stale, tail: []string{
			"step \"deploy v3\": app@v3 starts",
			"the transaction of app@v1 commits",
			"app@v3 reads null in b, but set was written",
		}, bad: but(rename(), needs("deploy v3", inStep("b", "a")[0], once(inStep("b", "a")[1]))),
		good: rename(),
	},
	{
		name: "long transaction, absent once", kind: schema.Fails, tail: []string{
			"step \"not null\" is made",
			"the transaction of app@v1 commits",
			"app@v1 writes a row in which b is null, and that is refused",
		}, bad: notNull(inStep("b", "a")[0], once(absent("b", schema.Null))),
		good: notNull(inStep("b", "a")[0], absent("b", schema.Null)),
	},
	{name: "long transaction, unused once", kind: schema.Fails, tail: []string{
		"step \"drop a\" is made",
		"the transaction of app@v3 commits",
		"app@v3 writes a, which does not exist",
	}, bad: but(rename(), needs("drop a", once(unused("a")))), good: rename()},
	{name: "lagging replica", kind: schema.Stale, tail: []string{
		"step \"proven\": its needs hold",
		"step \"deploy v3\": app@v3 starts",
		"app@v3 reads null in b on a replica, but set was written",
	}, bad: but(lagging(), needs("deploy v3", inStep("b", "a")...)), good: lagging()},
	{name: "select star", kind: schema.Fails, tail: []string{
		"step \"add b\" is made",
		"app@v1 goes on with the columns that it knows",
		"app@v1 does not list the columns of a table that changed under it, so its next statement fails",
	}, bad: but(rename(), version("app@v1", star)), good: rename()},
	{name: "whole blobs", kind: schema.Fails, tail: []string{
		"app@v1 writes record 1 as a whole, without what it does not know",
		"step \"deploy app@v2\": app@v2 starts",
		"app@v2 cannot decode the record: it is in no form that it reads",
	}, bad: keep("docs"), good: keep()},
	{name: "strict consumer", kind: schema.Fails, tail: []string{
		"step \"deploy from@p2\": from@p2 starts",
		"from@p2 writes set to record 1, into f and g",
		"a message: to@c1 refuses the unknown g",
	}, bad: but(dual(), version("to@c1", strict)), good: but(dual(), version("to@c2", func(*schema.Version) {}))},
	{name: "unread topic", kind: schema.Unread, tail: []string{
		"step \"deploy from@p2\": from@p2 starts",
		"from@p2 writes set to record 1, into g",
		"nobody of to reads a message that is in news only",
	}, bad: but(moved(), needs("deploy from@p2"), func(p *schema.Plan) { p.Steps[1], p.Steps[2] = p.Steps[2], p.Steps[1] }), good: moved()},
	{name: "retained message", kind: schema.Fails, tail: []string{
		"from@p1 is gone",
		"step \"deploy to@c3\": to@c3 starts",
		"a message: to@c3 cannot decode it: it is in no form that it reads",
	}, bad: but(tolerant(), needs("deploy to@c3", drained("from@p1")), without("old ones are gone")), good: tolerant()},
	{name: "call to an old server", kind: schema.Fails, tail: []string{
		"step \"deploy client@p2\": client@p2 starts",
		"client@p2 writes set to record 1, into g",
		"a call of client@p2: server@s1 cannot decode it: it is in no form that it reads",
	}, bad: but(parameter(), needs("deploy client@p2")), good: parameter()},
	{
		name: "column before its trigger", kind: schema.Fails, tail: []string{
			"step \"drop a\" is made",
			"app@v2 writes set to record 1, into b",
			"the trigger on b writes a, which does not exist",
		}, bad: but(triggers(), func(p *schema.Plan) {
			last := step(p, "drop a")
			p.Steps = append(p.Steps, alter("untie", last.Changes[:2]))
			last = step(p, "drop a")
			last.Changes = last.Changes[2:]
		}), good: triggers(),
	},
	{name: "rename under a reader", kind: schema.Fails, tail: []string{
		"step \"deploy app@v2\": app@v2 starts",
		"step \"drop a\" is made",
		"app@v1 reads a, which does not exist",
	}, bad: but(view(), needs("drop a")), good: view()},
	{name: "not valid refuses old writers", kind: schema.Fails, tail: []string{
		"step \"not valid\" is made",
		"app@v1 makes record 1 without x",
		"app@v1 writes a row in which b is null, and that is refused",
	}, bad: but(required(), needs("not valid")), good: required()},
	{
		name: "not valid refuses updates of old rows", kind: schema.Fails, tail: []string{
			"step \"not valid\" is made",
			"app@v1 writes set to record 1, into c",
			"app@v1 writes a row in which b is null, and that is refused",
		}, bad: but(required(), func(p *schema.Plan) {
			p.Steps[3].Needs = nil
			p.Steps[1], p.Steps[2], p.Steps[3] = p.Steps[3], p.Steps[1], p.Steps[2]
			p.Forms = append(p.Forms, column("c", "t"))
			p.Start.Forms, p.Goal.Forms = r("c"), r("b", "c")
			p.Versions[0] = code("app@v1", nil, w("c"))
		}), good: required(),
	},
	{name: "update of a row that is not mended", kind: schema.Fails, tail: []string{
		"step \"not valid\" is made",
		"app@v2 updates something else in record 1",
		"app@v2 writes a row in which b is null, and that is refused",
	}, bad: but(required(), needs("not valid", drained("app@v1"))), good: required()},
	{name: "validate fails", kind: schema.StepFails, tail: []string{
		"step \"validate\" is made",
		"step \"validate\" fails: record 1 has null in b",
	}, bad: but(required(), needs("validate", drained("app@v1")), func(p *schema.Plan) {
		p.Steps = slices.DeleteFunc(p.Steps, func(s schema.Step) bool { return s.Name == "not valid" })
	}), good: required()},
	{
		name: "lossy value", kind: schema.LosesMeaning, tail: []string{
			"app@v1 runs; a record has wide (3000000000)",
			"app@v1 reads a, which lost meaning: wide (3000000000) was written",
		}, bad: but(wider(), loses),
		good: but(wider(), loses, func(p *schema.Plan) { p.Accepts = []schema.Loss{{Attribute: "x", Value: "wide"}} }),
	},
	{name: "read then write", kind: schema.Stale, tail: []string{
		"step \"deploy v3\": app@v3 starts",
		"the backfill writes what it read of record 1",
		"app@v3 reads b, which does not say what was written last",
	}, bad: but(rename(), mode("backfill", schema.ReadThenWrite)), good: but(rename(), mode("backfill", schema.CompareAndSet))},
	{name: "facts are revoked", kind: schema.Stale, tail: []string{
		"app@v1 writes set to record 1, into a",
		"step \"deploy v3\": app@v3 starts",
		"app@v3 reads null in b, but set was written",
	}, bad: but(rename(), needs("deploy v3")), good: rename()},
	{name: "undeclared horizon", kind: schema.Undeclared, tail: []string{
		"somebody rolls to app@v1",
		"app@v1 writes set to record 1, into a",
		"after step \"deploy v3\" one can no longer go back to app@v1, and the step does not forgo it: app@v3 reads null in b, but set was written",
	}, bad: rename(), good: rename(), raw: true},
	{name: "doubtful form", kind: schema.Stale, tail: []string{
		"app@v1 is gone",
		"step \"deploy app@v3\": app@v3 starts",
		"app@v3 reads b, which does not say what was written last",
	}, bad: but(doubt(), without("fill b", "proven"), needs("deploy app@v3", inStep("b", "a")[0])), good: doubt()},
	{name: "no backfill", kind: schema.Stuck, tail: []string{
		"app@v1 runs; a record has set",
		"from here the goal cannot be reached: step \"proven\" is never begun, because it never holds that b is proven from a",
	}, bad: but(rename(), without("backfill")), good: rename()},
	{name: "forgotten cleanup", kind: schema.Stuck, tail: []string{
		"app@v1 runs",
		"the plan is at its end and its goal is not reached: a is still there",
	}, bad: but(rename(), without("drop a")), good: rename()},
	{name: "enum value before its readers", kind: schema.Fails, tail: []string{
		"step \"deploy app@v3\": app@v3 starts",
		"app@v3 writes new to record 1, into a",
		"app@v1 reads a and does not take new",
	}, bad: but(enum(), needs("deploy app@v3")), good: enum()},
	{name: "one deployment that switches", kind: schema.Stale, tail: []string{
		"step \"add b\" is over",
		"step \"deploy v3\": app@v3 starts",
		"app@v3 reads null in b, but set was written",
	}, bad: but(rename(), without("deploy v2", "backfill", "proven"), needs("deploy v3")), good: rename()},
	{
		name: "old copy", kind: schema.Stale, tail: []string{
			"app@v1 writes set to record 1, into a",
			"step \"deploy app@v2\": app@v2 starts",
			"app@v2 reads b, which does not say what was written last",
		}, bad: copied(), good: copied(schema.Sync{From: "a", To: "b"}),
	},
	{
		name: "value that the old form cannot hold", kind: schema.Fails, tail: []string{
			"step \"deploy app@v3\": app@v3 starts",
			"app@v3 writes wide (3000000000) to record 1, into a and b",
			"app@v3 writes wide (3000000000), which a cannot hold",
		}, bad: but(wider(), version("app@v3", func(v *schema.Version) { v.Writes[0].Values = nil })),
		good: wider(),
	},
	{
		name: "form that loses", kind: schema.LosesMeaning, tail: []string{
			"step \"proven\": its needs hold",
			"step \"deploy app@v3\": app@v3 starts",
			"app@v3 reads b, which lost meaning: small was written",
		}, bad: but(wider(), narrower),
		good: but(wider(), narrower, func(p *schema.Plan) { p.Accepts = []schema.Loss{{Attribute: "x", Value: "small"}} }),
	},
	{
		name: "backfill of what is refused", kind: schema.StepFails, tail: []string{
			"step \"not null\" is over",
			"the backfill does record 1",
			"step \"fill b\" writes a row in which b is null, and that is refused",
		}, bad: but(notNull(), func(p *schema.Plan) {
			p.Attributes[0].Values = valuesOf(schema.Null, "set")
			p.Steps[2], p.Steps[3] = p.Steps[3], p.Steps[2]
			p.Steps[2].Changes[0].Unchecked, p.Steps[2].Needs = true, []schema.Condition{drained("app@v1")}
			p.Goal.Refuses[0].Unchecked = true
			for i := range p.Versions { // nobody updates the table: that would fail before
				p.Versions[i].Makes, p.Versions[i].Writes = nil, nil
			}
		}), good: notNull(append(inStep("b", "a"), absent("b", schema.Null))...),
	},
	{
		name: "goal that only somebody who rolls reaches", kind: schema.Stuck, tail: []string{
			"app@v1 runs",
			"the plan is at its end and its goal is not reached: not the versions of the goal run",
		}, bad: but(updates(), func(p *schema.Plan) { p.Goal.Running = r("app@v2") }), good: updates(),
	},
}

// narrower is wider with a new column that cuts what is small.
func narrower(p *schema.Plan) {
	p.Forms[1].Fits = []schema.Fit{{Value: "small", Verdict: schema.Lossy}}
}

func TestFeatures(t *testing.T) {
	for _, f := range features {
		t.Run(f.name, func(t *testing.T) {
			bad := f.bad
			if !f.raw {
				bad = declared(t, bad)
			}
			got := verify(t, bad)
			if got.Safe {
				t.Fatal("called safe")
			}
			trace := got.Counterexample
			said := append(slices.Clone(trace.Lines), trace.Wrong)
			tail := said[max(0, len(said)-max(1, len(f.tail))):]
			if trace.Kind != f.kind || !slices.Equal(tail, f.tail) {
				t.Errorf("%q\n%s", trace.Kind, trace)
			}
			real(t, bad, trace)
			if _, plans := basePlans(); testing.Short() && slices.ContainsFunc(plans, func(p schema.Plan) bool { p.Name = f.good.Name; return reflect.DeepEqual(p, f.good) }) {
				return // it is tried as such
			}
			if good := verify(t, declared(t, f.good)); !good.Safe {
				t.Errorf("the mended plan: %s\n%s", good.Counterexample.Kind, good.Counterexample)
			}
		})
	}
}
