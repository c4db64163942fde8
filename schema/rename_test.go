package schema_test

import (
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// rename is the column a of orders becoming b, by versions that write both (catalogue 5).
func rename() schema.Plan {
	reads := func(form string) []schema.Read {
		return []schema.Read{{Attribute: "name", Forms: []string{form}}}
	}
	writes := func(forms ...string) []schema.Write {
		return []schema.Write{{Attribute: "name", Together: [][]string{forms}}}
	}
	version := func(name string, r []schema.Read, w []schema.Write) schema.Version {
		return schema.Version{Service: "app", Name: name, Reads: r, Writes: w, Makes: []string{"orders"}}
	}
	drained := func(ref string) schema.Condition { return schema.Condition{Is: schema.Drained, Version: ref} }
	return schema.Plan{
		Name:       "rename",
		Stores:     []schema.Store{{Name: "orders", Kind: schema.Table}},
		Attributes: []schema.Attribute{{Name: "name", Values: []schema.Value{{Name: "set"}}}},
		Forms: []schema.Form{
			{Name: "a", Attribute: "name", Store: "orders"},
			{Name: "b", Attribute: "name", Store: "orders"},
		},
		Versions: []schema.Version{
			version("v1", reads("a"), writes("a")),
			version("v2", reads("a"), writes("a", "b")),
			version("v3", reads("b"), writes("a", "b")),
			version("v4", reads("b"), writes("b")),
		},
		Start: schema.World{
			Forms: []string{"a"}, Running: []string{"app@v1"},
			Refuses: []schema.Refusal{{Form: "a", Value: schema.Null}},
		},
		Steps: []schema.Step{
			{Name: "add b", Phase: schema.Expand, Changes: []schema.Change{{Do: schema.Add, Form: "b"}}},
			{Name: "deploy v2", Phase: schema.DeployPhase, Deploy: "app@v2"},
			{Name: "backfill", Phase: schema.Fill, Backfill: &schema.Backfill{Form: "b", From: "a"}},
			{Name: "proven", Phase: schema.Prove, Needs: []schema.Condition{
				{Is: schema.Maintained, Form: "b", From: "a"}, {Is: schema.Proven, Form: "b", From: "a"},
			}},
			{Name: "deploy v3", Phase: schema.Switch, Deploy: "app@v3", Needs: []schema.Condition{
				{Is: schema.Maintained, Form: "b", From: "a"}, {Is: schema.Proven, Form: "b", From: "a"},
			}},
			{Name: "relax a", Phase: schema.Contract, Changes: []schema.Change{{Do: schema.Accept, Form: "a", Value: schema.Null}}},
			{Name: "deploy v4", Phase: schema.Switch, Deploy: "app@v4", Needs: []schema.Condition{drained("app@v1"), drained("app@v2")}},
			{Name: "drop a", Phase: schema.Contract, Changes: []schema.Change{{Do: schema.Drop, Form: "a"}}, Needs: []schema.Condition{
				{Is: schema.Unused, Form: "a"},
			}},
		},
		Goal: schema.World{Forms: []string{"b"}, Running: []string{"app@v4"}},
	}
}

// TestRename: the horizon is the one of the research page, and every way back that it does not have goes wrong.
func TestRename(t *testing.T) {
	got := verify(t, declared(t, rename()))
	if !got.Safe {
		t.Fatal(got.Counterexample)
	}
	want := [][3]string{
		{"start", "v1", ""},
		{"add b", "v1", "v2"},
		{"deploy v2", "v1 v2", ""},
		{"backfill", "v1 v2", ""},
		{"proven", "v1 v2", "v3"},
		{"deploy v3", "v2 v3", ""},
		{"relax a", "v2 v3", "v4"},
		{"deploy v4", "v3 v4", ""},
		{"drop a", "v4", ""},
	}
	for i, row := range got.Horizon {
		short := func(refs []string) string { return strings.ReplaceAll(strings.Join(refs, " "), "app@", "") }
		if is := [3]string{row.After, short(row.Back), short(row.Next)}; is != want[i] {
			t.Errorf("%q, not %q", is, want[i])
		}
		if all := short(row.MayRun()); all != strings.TrimSpace(want[i][1]+" "+want[i][2]) {
			t.Errorf("may run: %q", all)
		}
	}
}

// Facts are revoked: v2 is rolled back to v1 after the backfill, and forward again. Without asking again whether all
// was filled, v3 reads what v1 did not keep in step.
func TestFactsAreRevoked(t *testing.T) {
	p := rename()
	p.Steps[4].Needs = p.Steps[4].Needs[:1] // that it is proven was asked once, before
	p = declared(t, p)
	found, err := schema.Verify(p, schema.Options{})
	if err != nil || found.Safe || found.Counterexample.Kind != schema.Stale {
		t.Fatalf("%v: %s", err, found.Explain())
	}
	golden(t, "revoked.txt", found.Counterexample.String())
}
