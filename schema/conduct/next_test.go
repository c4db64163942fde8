package conduct_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
)

func TestAstray(t *testing.T) {
	c, w := conductor(t, rename(), nil), newWorld()
	w.World.Refuses = nil // and b is not there yet
	if n := c.Next(w.look(c)); !n.Astray || n.Step != "" {
		t.Errorf("%+v", n)
	}
	w = newWorld()
	w.World.Forms = append(w.World.Forms, "somebody else's")
	w.World.Refuses = append(w.World.Refuses, schema.Refusal{Form: "somebody else's", Value: schema.Null})
	if n := c.Next(w.look(c)); n.Step != "add b" {
		t.Errorf("%+v", n)
	}
}

// TestFurthest: where the schema is the same before and after, what was begun tells them apart.
func TestFurthest(t *testing.T) {
	p := rename()
	p.Versions, p.Goal = p.Versions[:1], p.Start
	p.Steps = []schema.Step{
		{Name: "add b", Phase: schema.Expand, Changes: []schema.Change{{Do: schema.Add, Form: "b"}}},
		{Name: "drop b", Phase: schema.Contract, Changes: []schema.Change{{Do: schema.Drop, Form: "b"}}},
	}
	c, w := conductor(t, p, nil), newWorld()
	for furthest, want := range map[string]string{"": "add b", "add b": "add b", "drop b": ""} {
		w.Furthest = furthest
		if n := c.Next(w.look(c)); n.Step != want || n.Done != (want == "") {
			t.Errorf("furthest %q: %+v", furthest, n)
		}
	}
	w.World.Forms = []string{"a", "b"}
	for _, furthest := range []string{"add b", "drop b"} {
		w.Furthest = furthest
		if n := c.Next(w.look(c)); n.Step != "drop b" {
			t.Errorf("furthest %q: %+v", furthest, n)
		}
	}
}

// TestBackBeyondAChange: the backfill that is missing may lie before changes that were made, and the rollout that comes next
// waits for the one before.
func TestBackBeyondAChange(t *testing.T) {
	p := rename()
	p.Steps = slices.Clone(p.Steps)
	p.Steps[3], p.Steps[4], p.Steps[5] = p.Steps[5], p.Steps[3], p.Steps[4] // relax a before it is proven
	c, w := conductor(t, p, nil), newWorld()
	w.World = schema.World{Forms: []string{"a", "b"}, Running: []string{"app@v2"}}
	if n := c.Next(w.look(c)); n.Step != "backfill" || !n.Again || !strings.Contains(n.Text, "again") {
		t.Errorf("%+v", n)
	}
	w.stale = false
	n := c.Next(w.look(c))
	if n.Step != "deploy v3" || !slices.Equal(n.Unsettled, []string{"deploy v2"}) || !strings.Contains(n.Text, `the rollout of "deploy v2" to be over`) {
		t.Errorf("%+v", n)
	}
}

// TestLastVersionsLeave: the plan is not over while something runs that is not in its goal.
func TestLastVersionsLeave(t *testing.T) {
	c, w := conductor(t, rename(), nil), newWorld()
	w.World = schema.World{Forms: []string{"b"}, Running: []string{"app@v3", "app@v4"}}
	n := c.Next(w.look(c))
	if n.Done || len(n.Missing) != 1 || n.Missing[0] != drained("app@v3") || !strings.Contains(n.Text, "app@v3 is gone") {
		t.Errorf("%+v", n)
	}
}

// TestFillIsAskedFor: a backfill that nothing waits for is made all the same, until it is seen that it was.
func TestFillIsAskedFor(t *testing.T) {
	p := rename()
	p.Versions, p.Steps = p.Versions[:2], p.Steps[:3]
	p.Goal = schema.World{Forms: []string{"a", "b"}, Running: []string{"app@v2"}, Refuses: p.Start.Refuses}
	c, w := conductor(t, p, nil), newWorld()
	w.World.Forms = []string{"a", "b"}
	w.leave("app@v2")
	if n := c.Next(w.look(c)); n.Step != "backfill" {
		t.Errorf("%+v", n)
	}
	w.stale = false
	if n := c.Next(w.look(c)); !n.Done {
		t.Errorf("%+v", n)
	}
}

// TestMendIsAskedFor: a backfill that replaces a value is for that value to be gone; null may stay.
func TestMendIsAskedFor(t *testing.T) {
	p := schema.Plan{
		Stores:     []schema.Store{{Name: "t", Kind: schema.Table}},
		Attributes: []schema.Attribute{{Name: "x", Values: []schema.Value{{Name: schema.Null}, {Name: "set"}, {Name: "bad"}}}},
		Forms:      []schema.Form{{Name: "c", Attribute: "x", Store: "t"}},
		Versions: []schema.Version{{
			Service: "app", Name: "v1", Reads: []schema.Read{{Attribute: "x", Forms: []string{"c"}}}, Makes: []string{"t"},
			Writes: []schema.Write{{Attribute: "x", Values: []string{schema.Null, "set"}, Together: [][]string{{"c"}}}},
		}},
		Start: schema.World{Forms: []string{"c"}, Running: []string{"app@v1"}},
	}
	p.Goal = p.Start
	p.Goal.Refuses = []schema.Refusal{{Form: "c", Value: "bad"}}
	gone := schema.Condition{Is: schema.Absent, Form: "c", Value: "bad"}
	p.Steps = []schema.Step{
		{Name: "mend", Phase: schema.Fill, Backfill: &schema.Backfill{Form: "c", Value: "set", Instead: "bad"}},
		{Name: "refuse", Phase: schema.Prove, Needs: []schema.Condition{gone}, Changes: []schema.Change{{Do: schema.Refuse, Form: "c", Value: "bad"}}},
	}
	c, w := conductor(t, p, nil), newWorld()
	if asks := c.Asks(); len(asks) != 1 || asks[0] != gone {
		t.Errorf("%v", asks)
	}
	w.World = p.Start
	seen := w.look(c)
	for want, holds := range map[string][]schema.Condition{"mend": nil, "refuse": {gone}} {
		seen.Holds = holds
		if n := c.Next(seen); n.Step != want || n.Missing != nil {
			t.Errorf("%v: %+v", holds, n)
		}
	}
}
