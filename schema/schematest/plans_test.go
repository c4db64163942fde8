package schematest_test

import "github.com/seed-20fe5ead/gradatim/schema"

var (
	maintained = schema.Condition{Is: schema.Maintained, Form: "b", From: "a"}
	proven     = schema.Condition{Is: schema.Proven, Form: "b", From: "a"}
)

func drained(versions ...string) (out []schema.Condition) {
	for _, v := range versions {
		out = append(out, schema.Condition{Is: schema.Drained, Version: "app@" + v})
	}
	return out
}

func version(name, reads string, writes []string, makes ...string) schema.Version {
	return schema.Version{
		Service: "app", Name: name, Makes: makes,
		Reads:  []schema.Read{{Attribute: "name", Forms: []string{reads}}},
		Writes: []schema.Write{{Attribute: "name", Together: [][]string{writes}}},
	}
}

// base is a plan of one attribute with two forms.
func base(name string, a, b schema.Store) schema.Plan {
	stores := []schema.Store{a}
	if b.Name != a.Name {
		stores = append(stores, b)
	}
	return schema.Plan{
		Name: name, Stores: stores,
		Attributes: []schema.Attribute{{Name: "name", Values: []schema.Value{{Name: "set"}}}},
		Forms:      []schema.Form{{Name: "a", Attribute: "name", Store: a.Name}, {Name: "b", Attribute: "name", Store: b.Name}},
		Start:      schema.World{Forms: []string{"a"}, Running: []string{"app@v1"}},
		Goal:       schema.World{Forms: []string{"b"}, Running: []string{"app@v4"}},
	}
}

var (
	orders = schema.Store{Name: "orders", Kind: schema.Table}
	both   = []string{"a", "b"}
)

// The steps that several plans have.
var (
	addB     = schema.Step{Name: "add b", Phase: schema.Expand, Changes: []schema.Change{{Do: schema.Add, Form: "b"}}}
	deployV2 = schema.Step{Name: "deploy v2", Phase: schema.DeployPhase, Deploy: "app@v2"}
	backfill = schema.Step{Name: "backfill", Phase: schema.Fill, Backfill: &schema.Backfill{Form: "b", From: "a"}}
	prove    = schema.Step{Name: "proven", Phase: schema.Prove, Needs: []schema.Condition{maintained, proven}}
	deployV3 = schema.Step{Name: "deploy v3", Phase: schema.Switch, Deploy: "app@v3", Needs: []schema.Condition{maintained, proven}}
	relax    = schema.Step{Name: "relax a", Phase: schema.Contract, Changes: []schema.Change{{Do: schema.Accept, Form: "a", Value: schema.Null}}}
	deployV4 = schema.Step{Name: "deploy v4", Phase: schema.Switch, Deploy: "app@v4", Needs: drained("v1", "v2")}
	dropA    = schema.Step{
		Name: "drop a", Phase: schema.Contract, Changes: []schema.Change{{Do: schema.Drop, Form: "a"}},
		Needs: []schema.Condition{{Is: schema.Unused, Form: "a"}},
	}
)

// rename is the column a of orders becoming b.
func rename() schema.Plan {
	p := base("rename", orders, orders)
	p.Versions = []schema.Version{
		version("v1", "a", []string{"a"}, "orders"), version("v2", "a", both, "orders"),
		version("v3", "b", both, "orders"), version("v4", "b", []string{"b"}, "orders"),
	}
	p.Start.Refuses = []schema.Refusal{{Form: "a", Value: schema.Null}}
	p.Steps = []schema.Step{addB, deployV2, backfill, prove, deployV3, relax, deployV4, dropA}
	return p
}

// split is the column a of orders becoming the table names.
func split() schema.Plan {
	p := base("split", orders, schema.Store{Name: "names", Kind: schema.Table})
	p.Versions = []schema.Version{
		version("v1", "a", []string{"a"}, "orders"), version("v2", "a", both, "orders", "names"),
		version("v3", "b", both, "orders", "names"), version("v4", "b", []string{"b"}, "orders", "names"),
	}
	p.Steps = []schema.Step{addB, deployV2, backfill, prove, deployV3, deployV4, dropA}
	return p
}

// triggers is the rename by triggers.
func triggers() schema.Plan {
	p := base("rename by triggers", orders, orders)
	p.Versions = []schema.Version{version("v1", "a", []string{"a"}, "orders"), version("v4", "b", []string{"b"}, "orders")}
	tie := addB
	tie.Changes = []schema.Change{{Do: schema.Add, Form: "b"}, {Do: schema.Tie, Form: "a", To: "b"}, {Do: schema.Tie, Form: "b", To: "a"}}
	switched := deployV4
	switched.Needs = []schema.Condition{maintained, proven}
	untie := schema.Step{Name: "untie", Phase: schema.Contract, Needs: drained("v1"), Changes: []schema.Change{
		{Do: schema.Untie, Form: "a", To: "b"}, {Do: schema.Untie, Form: "b", To: "a"},
	}}
	p.Steps = []schema.Step{tie, backfill, switched, untie, dropA}
	return p
}

// topics is a service whose messages go into another topic.
func topics() schema.Plan {
	p := base("event rename", schema.Store{Name: "old", Kind: schema.Topic}, schema.Store{Name: "new", Kind: schema.Topic})
	tolerant := version("v2", "b", []string{"a"})
	tolerant.Reads[0].Forms = []string{"b", "a"}
	p.Versions = []schema.Version{version("v1", "a", []string{"a"}), tolerant, version("v4", "b", []string{"b"})}
	p.Versions[2].Reads[0].Forms = []string{"b", "a"}
	p.Steps = []schema.Step{
		addB, deployV2,
		{Name: "deploy v4", Phase: schema.Switch, Deploy: "app@v4", Needs: drained("v1")},
		{Name: "v2 gone", Phase: schema.Prove, Needs: drained("v2")},
	}
	p.Goal.Forms = both
	return p
}

// forgone is the same in one deployment: there is no way back from it.
func forgone() schema.Plan {
	p := topics()
	p.Name = "event rename at once"
	p.Versions = []schema.Version{p.Versions[0], p.Versions[2]}
	p.Start.Forms = both
	p.Steps = []schema.Step{{Name: "deploy v4", Phase: schema.Switch, Deploy: "app@v4"}, {Name: "v1 gone", Phase: schema.Prove, Needs: drained("v1")}}
	return p
}

// required is a second attribute that becomes one which every record has.
func required() schema.Plan {
	p := base("required", orders, orders)
	p.Attributes = append(p.Attributes, schema.Attribute{Name: "flag", Values: []schema.Value{{Name: schema.Null}, {Name: "on"}}})
	p.Forms[1].Attribute = "flag"
	v1, v2 := version("v1", "a", []string{"a"}, "orders"), version("v2", "a", []string{"a"}, "orders")
	flag := schema.Read{Attribute: "flag", Forms: []string{"b"}}
	v2.Reads = append(v2.Reads, flag)
	v2.Writes = append(v2.Writes, schema.Write{Attribute: "flag", Together: [][]string{{"b"}}})
	v3 := v2
	v3.Name = "v3"
	flag.Takes = []schema.Fit{{Value: schema.Null, Verdict: schema.Error}}
	v3.Reads = []schema.Read{v2.Reads[0], flag}
	p.Versions = []schema.Version{v1, v2, v3}
	none := schema.Condition{Is: schema.Absent, Form: "b", Value: schema.Null}
	p.Steps = []schema.Step{
		addB, deployV2,
		{Name: "fill", Phase: schema.Fill, Backfill: &schema.Backfill{Form: "b", Value: "on"}},
		{
			Name: "require b", Phase: schema.Contract, Changes: []schema.Change{{Do: schema.Refuse, Form: "b", Value: schema.Null}},
			Needs: append(drained("v1"), none),
		},
		{Name: "deploy v3", Phase: schema.Switch, Deploy: "app@v3", Needs: []schema.Condition{none}},
		{Name: "v2 gone", Phase: schema.Prove, Needs: drained("v2")},
	}
	p.Goal = schema.World{Forms: both, Running: []string{"app@v3"}, Refuses: []schema.Refusal{{Form: "b", Value: schema.Null}}}
	return p
}
