package schema_test

import (
	"github.com/seed-20fe5ead/gradatim/schema"
)

// The plans that the tests begin with: each is one of the catalogue's changes, done as it should be.

func valuesOf(names ...string) (out []schema.Value) {
	for _, n := range names {
		out = append(out, schema.Value{Name: n})
	}
	return out
}

// code is a version: what it reads and writes of the attribute x, in which stores it makes rows.
func code(ref string, reads []string, writes [][]string, makes ...string) schema.Version {
	v := schema.Version{Service: service(ref), Name: ref[len(service(ref))+1:], Makes: makes}
	if reads != nil {
		v.Reads = []schema.Read{{Attribute: "x", Forms: reads}}
	}
	if writes != nil {
		v.Writes = []schema.Write{{Attribute: "x", Together: writes}}
	}
	return v
}

func r(forms ...string) []string   { return forms }
func w(forms ...string) [][]string { return [][]string{forms} }

func column(name, store string) schema.Form {
	return schema.Form{Name: name, Attribute: "x", Store: store}
}

func drained(ref string) schema.Condition { return schema.Condition{Is: schema.Drained, Version: ref} }
func unused(form string) schema.Condition { return schema.Condition{Is: schema.Unused, Form: form} }
func expired(form string) schema.Condition {
	return schema.Condition{Is: schema.Expired, Form: form}
}

func caughtUp(form string) schema.Condition { return schema.Condition{Is: schema.CaughtUp, Form: form} }

func absent(form, value string) schema.Condition {
	return schema.Condition{Is: schema.Absent, Form: form, Value: value}
}

// inStep is that form says what from says, and goes on to.
func inStep(form, from string) []schema.Condition {
	return []schema.Condition{{Is: schema.Maintained, Form: form, From: from}, {Is: schema.Proven, Form: form, From: from}}
}

func deploy(ref string, needs ...schema.Condition) schema.Step {
	return schema.Step{Name: "deploy " + ref, Phase: schema.DeployPhase, Deploy: ref, Needs: needs}
}

func fill(form, from string, needs ...schema.Condition) schema.Step {
	return schema.Step{Name: "fill " + form, Phase: schema.Fill, Backfill: &schema.Backfill{Form: form, From: from}, Needs: needs}
}

func wait(name string, needs ...schema.Condition) schema.Step {
	return schema.Step{Name: name, Phase: schema.Prove, Needs: needs}
}

func alter(name string, changes []schema.Change, needs ...schema.Condition) schema.Step {
	return schema.Step{Name: name, Phase: schema.Contract, Changes: changes, Needs: needs}
}

func add(form string) schema.Change  { return schema.Change{Do: schema.Add, Form: form} }
func drop(form string) schema.Change { return schema.Change{Do: schema.Drop, Form: form} }
func refuse(form, value string) schema.Change {
	return schema.Change{Do: schema.Refuse, Form: form, Value: value}
}

func accept(form, value string) schema.Change {
	return schema.Change{Do: schema.Accept, Form: form, Value: value}
}

func tie(from, to string) schema.Change { return schema.Change{Do: schema.Tie, Form: from, To: to} }

func untie(from, to string) schema.Change { return schema.Change{Do: schema.Untie, Form: from, To: to} }

func changes(list ...schema.Change) []schema.Change { return list }

var table = schema.Store{Name: "t", Kind: schema.Table}

// world is what there is: forms, and what runs.
func world(forms []string, running ...string) schema.World {
	return schema.World{Forms: forms, Running: running}
}

func plan(stores []schema.Store, values []schema.Value, forms ...schema.Form) schema.Plan {
	return schema.Plan{Stores: stores, Attributes: []schema.Attribute{{Name: "x", Values: values}}, Forms: forms}
}

// triggers is a rename with the columns kept in step by the database (catalogue 5t).
func triggers() schema.Plan {
	p := plan([]schema.Store{table}, valuesOf("set"), column("a", "t"), column("b", "t"))
	p.Versions = []schema.Version{code("app@v1", r("a"), w("a"), "t"), code("app@v2", r("b"), w("b"), "t")}
	p.Start = world(r("a"), "app@v1")
	p.Start.Refuses = []schema.Refusal{{Form: "a", Value: schema.Null}}
	p.Steps = []schema.Step{
		alter("add b", changes(add("b"), tie("a", "b"), tie("b", "a"))),
		fill("b", "a"),
		wait("proven", inStep("b", "a")...),
		deploy("app@v2", inStep("b", "a")...),
		alter("drop a", changes(untie("a", "b"), untie("b", "a"), accept("a", schema.Null), drop("a")), unused("a")),
	}
	p.Goal = world(r("b"), "app@v2")
	return p
}

// required is a column that must be set: added without default (catalogue 4).
func required() schema.Plan {
	p := plan([]schema.Store{table}, valuesOf(schema.Null, "set"), column("b", "t"))
	v1 := code("app@v1", nil, nil, "t")
	v3 := code("app@v3", r("b"), w("b"), "t")
	v3.Reads[0].Takes = []schema.Fit{{Value: schema.Null, Verdict: schema.Error}}
	p.Versions = []schema.Version{v1, code("app@v2", r("b"), w("b"), "t"), v3}
	p.Start = world(nil, "app@v1")
	not := refuse("b", schema.Null)
	not.Unchecked = true
	p.Steps = []schema.Step{
		alter("add b", changes(add("b"))),
		deploy("app@v2"),
		{Name: "fill b", Phase: schema.Fill, Backfill: &schema.Backfill{Form: "b", Value: "set"}},
		alter("not valid", changes(not), drained("app@v1"), absent("b", schema.Null)),
		alter("validate", changes(refuse("b", schema.Null)), absent("b", schema.Null)),
		deploy("app@v3"),
	}
	p.Goal = world(r("b"), "app@v3")
	p.Goal.Refuses = []schema.Refusal{{Form: "b", Value: schema.Null}}
	return p
}

// dropped is a column that must be set and goes away (catalogue 10).
func dropped() schema.Plan {
	p := plan([]schema.Store{table}, valuesOf("set"), column("a", "t"))
	p.Versions = []schema.Version{
		code("app@v1", r("a"), w("a"), "t"), code("app@v2", nil, w("a"), "t"), code("app@v3", nil, nil, "t"),
	}
	p.Start = world(r("a"), "app@v1")
	p.Start.Refuses = []schema.Refusal{{Form: "a", Value: schema.Null}}
	p.Steps = []schema.Step{
		deploy("app@v2"),
		alter("relax a", changes(accept("a", schema.Null))),
		deploy("app@v3", drained("app@v1")),
		alter("drop a", changes(drop("a")), unused("a")),
	}
	p.Goal = world(nil, "app@v3")
	return p
}

// wider is a column whose type changes, by a second one, and values that only that one holds (catalogue 7).
func wider() schema.Plan {
	small := column("a", "t")
	small.Fits = []schema.Fit{{Value: "wide", Verdict: schema.Error}}
	p := plan([]schema.Store{table}, []schema.Value{{Name: "small"}, {Name: "wide", Witness: "3000000000"}}, small, column("b", "t"))
	p.Versions = []schema.Version{
		code("app@v1", r("a"), w("a"), "t"), code("app@v2", r("a"), w("a", "b"), "t"),
		code("app@v3", r("b"), w("a", "b"), "t"), code("app@v4", r("b"), w("b"), "t"),
	}
	for i := range 3 {
		p.Versions[i].Writes[0].Values = []string{"small"}
	}
	p.Start = world(r("a"), "app@v1")
	p.Steps = []schema.Step{
		alter("add b", changes(add("b"))),
		deploy("app@v2"),
		fill("b", "a"),
		wait("proven", inStep("b", "a")...),
		deploy("app@v3", inStep("b", "a")...),
		deploy("app@v4", drained("app@v1"), drained("app@v2")),
		alter("drop a", changes(drop("a")), unused("a")),
	}
	p.Goal = world(r("b"), "app@v4")
	return p
}

// enum is a value that readers must know before it is written (catalogue 20).
func enum() schema.Plan {
	p := plan([]schema.Store{table}, valuesOf("old", "new"), column("a", "t"))
	v1, v2 := code("app@v1", r("a"), w("a"), "t"), code("app@v2", r("a"), w("a"), "t")
	v1.Reads[0].Takes = []schema.Fit{{Value: "new", Verdict: schema.Error}}
	v1.Writes[0].Values, v2.Writes[0].Values = r("old"), r("old")
	p.Versions = []schema.Version{v1, v2, code("app@v3", r("a"), w("a"), "t")}
	p.Start = world(r("a"), "app@v1")
	p.Start.Refuses = []schema.Refusal{{Form: "a", Value: "new"}}
	p.Steps = []schema.Step{
		deploy("app@v2"),
		alter("add value", changes(accept("a", "new"))),
		deploy("app@v3", drained("app@v1")),
	}
	p.Goal = world(r("a"), "app@v3")
	return p
}

// split is a column that moves to another table, with deletes (catalogue 12).
func split() schema.Plan {
	p := plan([]schema.Store{table, {Name: "u", Kind: schema.Table}}, valuesOf("set"), column("a", "t"), column("b", "u"))
	p.Versions = []schema.Version{
		code("app@v1", r("a"), w("a"), "t"), code("app@v2", r("a"), w("a", "b"), "t", "u"),
		code("app@v3", r("b"), w("a", "b"), "t", "u"), code("app@v4", r("b"), w("b"), "t", "u"),
	}
	p.Start = world(r("a"), "app@v1")
	p.Steps = []schema.Step{
		alter("add b", changes(add("b"))),
		deploy("app@v2"),
		fill("b", "a"),
		wait("proven", inStep("b", "a")...),
		deploy("app@v3", inStep("b", "a")...),
		deploy("app@v4", drained("app@v1"), drained("app@v2")),
		alter("drop a", changes(drop("a")), unused("a")),
	}
	p.Goal = world(r("b"), "app@v4")
	return p
}

// splitByTriggers is the same, kept in step by the database: deletes too.
func splitByTriggers() schema.Plan {
	p := triggers()
	p.Stores = append([]schema.Store{table}, schema.Store{Name: "u", Kind: schema.Table})
	p.Forms[1].Store = "u"
	p.Versions[1].Makes = r("u")
	return p
}

// readOnly is a column that is read, and then no longer.
func readOnly() schema.Plan {
	p := plan([]schema.Store{table}, valuesOf("set"), column("a", "t"))
	p.Versions = []schema.Version{code("app@v1", r("a"), nil), code("app@v2", nil, nil)}
	p.Start = world(r("a"), "app@v1")
	p.Steps = []schema.Step{deploy("app@v2"), alter("drop a", changes(drop("a")), unused("a"))}
	p.Goal = world(nil, "app@v2")
	return p
}

// updates is enum where nobody makes rows.
func updates() schema.Plan {
	p := enum()
	for i := range p.Versions {
		p.Versions[i].Makes = nil
	}
	return p
}

// copied are two columns that are there, of which the old code writes one.
func copied(ties ...schema.Sync) schema.Plan {
	p := plan([]schema.Store{table}, valuesOf("set"), column("a", "t"), column("b", "t"))
	p.Versions = []schema.Version{code("app@v1", r("a"), w("a")), code("app@v2", r("b"), w("a", "b"))}
	p.Start = world(r("a", "b"), "app@v1")
	p.Start.Syncs, p.Goal.Syncs = ties, ties
	p.Steps = []schema.Step{deploy("app@v2")}
	p.Goal.Forms, p.Goal.Running = r("a", "b"), r("app@v2")
	return p
}

var events = schema.Store{Name: "events", Kind: schema.Topic}

// tolerant is a field of a message that is renamed by consumers that take both (catalogue 26a).
func tolerant() schema.Plan {
	p := plan([]schema.Store{events}, valuesOf("set"), column("f", "events"), column("g", "events"))
	p.Versions = []schema.Version{
		code("from@p1", nil, w("f"), "events"), code("from@p2", nil, w("g"), "events"),
		code("to@c1", r("f"), nil), code("to@c2", r("g", "f"), nil), code("to@c3", r("g"), nil),
	}
	p.Start = world(r("f"), "from@p1", "to@c1")
	p.Start.Retained = r("f")
	p.Steps = []schema.Step{
		alter("add g", changes(add("g"))),
		deploy("to@c2"),
		deploy("from@p2", drained("to@c1")),
		wait("old ones are gone", drained("from@p1"), expired("f")),
		deploy("to@c3", drained("from@p1"), expired("f")),
		alter("drop f", changes(drop("f")), unused("f"), expired("f")),
	}
	p.Goal = world(r("g"), "from@p2", "to@c3")
	return p
}

// dual is the same by a producer that writes both (catalogue 26b).
func dual() schema.Plan {
	p := plan([]schema.Store{events}, valuesOf("set"), column("f", "events"), column("g", "events"))
	p.Versions = []schema.Version{
		code("from@p1", nil, w("f"), "events"), code("from@p2", nil, w("f", "g"), "events"), code("from@p3", nil, w("g"), "events"),
		code("to@c1", r("f"), nil), code("to@c2", r("g"), nil),
	}
	p.Start = world(r("f"), "from@p1", "to@c1")
	p.Start.Retained = r("f")
	p.Steps = []schema.Step{
		alter("add g", changes(add("g"))),
		deploy("from@p2"),
		deploy("to@c2", drained("from@p1"), expired("f")),
		deploy("from@p3", drained("to@c1")),
		alter("drop f", changes(drop("f")), unused("f")),
	}
	p.Goal = world(r("g"), "from@p3", "to@c2")
	return p
}

// moved is an event that goes to another topic (catalogue 27).
func moved() schema.Plan {
	p := plan([]schema.Store{events, {Name: "news", Kind: schema.Topic}}, valuesOf("set"), column("f", "events"), column("g", "news"))
	p.Versions = []schema.Version{
		code("from@p1", nil, w("f")), code("from@p2", nil, w("g")),
		code("to@c1", r("f"), nil), code("to@c2", r("f", "g"), nil), code("to@c3", r("g"), nil),
	}
	p.Start = world(r("f"), "from@p1", "to@c1")
	p.Start.Retained = r("f")
	p.Steps = []schema.Step{
		alter("add news", changes(add("g"))),
		deploy("to@c2"),
		deploy("from@p2", drained("to@c1")),
		deploy("to@c3", drained("from@p1"), expired("f")),
		alter("drop events", changes(drop("f")), unused("f"), expired("f")),
	}
	p.Goal = world(r("g"), "from@p2", "to@c3")
	return p
}

var blobs = schema.Store{Name: "docs", Kind: schema.Blob}

// format is another format of blobs (catalogue 31).
func format() schema.Plan {
	p := plan([]schema.Store{blobs}, valuesOf("set"), column("f", "docs"), column("g", "docs"))
	p.Versions = []schema.Version{
		code("app@v1", r("f"), w("f"), "docs"), code("app@v2", r("g", "f"), w("f"), "docs"),
		code("app@v3", r("g", "f"), w("g"), "docs"), code("app@v4", r("g"), w("g"), "docs"),
	}
	p.Start = world(r("f"), "app@v1")
	p.Steps = []schema.Step{
		alter("add g", changes(add("g"))),
		deploy("app@v2"),
		deploy("app@v3", drained("app@v1")),
		fill("g", "f", drained("app@v2")),
		wait("none is left", drained("app@v2"), expired("f")),
		deploy("app@v4", drained("app@v2"), expired("f")),
		alter("drop f", changes(drop("f")), unused("f"), expired("f")),
	}
	p.Goal = world(r("g"), "app@v4")
	return p
}

// parameter is one of an API (catalogue 28 and 29).
func parameter() schema.Plan {
	p := plan([]schema.Store{{Name: "api", Kind: schema.Call}}, valuesOf("set"), column("f", "api"), column("g", "api"))
	p.Versions = []schema.Version{
		code("client@p1", nil, w("f"), "api"), code("client@p2", nil, w("g"), "api"),
		code("server@s1", r("f"), nil), code("server@s2", r("g", "f"), nil), code("server@s3", r("g"), nil),
	}
	p.Start = world(r("f"), "client@p1", "server@s1")
	p.Steps = []schema.Step{
		alter("add g", changes(add("g"))),
		deploy("server@s2"),
		deploy("client@p2", drained("server@s1")),
		deploy("server@s3", drained("client@p1")),
		alter("drop f", changes(drop("f")), unused("f")),
	}
	p.Goal = world(r("g"), "client@p2", "server@s3")
	return p
}

// services is a rename of a column that two services use.
func services() schema.Plan {
	p := plan([]schema.Store{table}, valuesOf("set"), column("a", "t"), column("b", "t"))
	p.Versions = []schema.Version{
		code("app@v1", r("a"), w("a"), "t"), code("app@v2", r("a"), w("a", "b"), "t"),
		code("app@v3", r("b"), w("a", "b"), "t"), code("app@v4", r("b"), w("b"), "t"),
		code("job@w1", r("a"), nil), code("job@w2", r("b"), nil),
	}
	p.Start = world(r("a"), "app@v1", "job@w1")
	p.Steps = []schema.Step{
		alter("add b", changes(add("b"))),
		deploy("app@v2"),
		fill("b", "a"),
		deploy("app@v3", inStep("b", "a")...),
		deploy("job@w2", inStep("b", "a")...),
		deploy("app@v4", drained("app@v1"), drained("app@v2"), drained("job@w1")),
		alter("drop a", changes(drop("a")), unused("a")),
	}
	p.Goal = world(r("b"), "app@v4", "job@w2")
	return p
}

// view is a column that gets another name by a view, and then keeps it (catalogue 11).
func view() schema.Plan {
	other := column("b", "t")
	other.Of = "a"
	p := plan([]schema.Store{table}, valuesOf("set"), column("a", "t"), other)
	p.Versions = []schema.Version{code("app@v1", r("a"), w("a"), "t"), code("app@v2", r("b"), w("b"), "t")}
	p.Start = world(r("a"), "app@v1")
	p.Steps = []schema.Step{
		alter("add view", changes(add("b"))),
		deploy("app@v2"),
		alter("drop a", changes(drop("a")), unused("a")),
	}
	p.Goal = world(r("b"), "app@v2")
	return p
}

// lagging is a rename where the readers read from a replica.
func lagging() schema.Plan {
	p := rename()
	p.Stores[0].Replica = true
	for i := range p.Versions {
		p.Versions[i].Reads[0].Replica = true
	}
	p.Steps[1].Needs = append(p.Steps[1].Needs, caughtUp("a"))
	p.Steps[4].Needs = append(p.Steps[4].Needs, caughtUp("b"))
	return p
}

// basePlans are all of them, by name.
func basePlans() (names []string, plans []schema.Plan) {
	add := func(name string, p schema.Plan) {
		p.Name = name
		names, plans = append(names, name), append(plans, p)
	}
	add("rename", rename())
	add("triggers", triggers())
	add("required", required())
	add("dropped", dropped())
	add("wider", wider())
	add("enum", enum())
	add("split", split())
	add("split by triggers", splitByTriggers())
	add("read only", readOnly())
	add("updates", updates())
	add("copied", copied(schema.Sync{From: "a", To: "b"}))
	add("tolerant", tolerant())
	add("dual", dual())
	add("moved", moved())
	add("format", format())
	add("parameter", parameter())
	add("services", services())
	add("view", view())
	add("lagging", lagging())
	return names, plans
}
