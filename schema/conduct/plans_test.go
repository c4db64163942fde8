package conduct_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/conduct"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func reads(forms ...string) []schema.Read {
	return []schema.Read{{Attribute: "name", Forms: forms}}
}

func writes(forms ...string) []schema.Write {
	return []schema.Write{{Attribute: "name", Together: [][]string{forms}}}
}

var (
	maintained = schema.Condition{Is: schema.Maintained, Form: "b", From: "a"}
	proven     = schema.Condition{Is: schema.Proven, Form: "b", From: "a"}
)

func drained(version string) schema.Condition {
	return schema.Condition{Is: schema.Drained, Version: version}
}

// rename is the column a becoming b.
func rename() schema.Plan {
	version := func(name string, r []schema.Read, w []schema.Write) schema.Version {
		return schema.Version{Service: "app", Name: name, Reads: r, Writes: w, Makes: []string{"orders"}}
	}
	return schema.Plan{
		Name:       "rename",
		Stores:     []schema.Store{{Name: "orders", Kind: schema.Table}},
		Attributes: []schema.Attribute{{Name: "name", Values: []schema.Value{{Name: "set"}}}},
		Forms:      []schema.Form{{Name: "a", Attribute: "name", Store: "orders"}, {Name: "b", Attribute: "name", Store: "orders"}},
		Versions: []schema.Version{
			version("v1", reads("a"), writes("a")), version("v2", reads("a"), writes("a", "b")),
			version("v3", reads("b"), writes("a", "b")), version("v4", reads("b"), writes("b")),
		},
		Start: schema.World{Forms: []string{"a"}, Running: []string{"app@v1"}, Refuses: []schema.Refusal{{Form: "a", Value: schema.Null}}},
		Steps: []schema.Step{
			{Name: "add b", Phase: schema.Expand, Changes: []schema.Change{{Do: schema.Add, Form: "b"}}},
			{Name: "deploy v2", Phase: schema.DeployPhase, Deploy: "app@v2"},
			{Name: "backfill", Phase: schema.Fill, Backfill: &schema.Backfill{Form: "b", From: "a"}},
			{Name: "proven", Phase: schema.Prove, Needs: []schema.Condition{maintained, proven}},
			{Name: "deploy v3", Phase: schema.Switch, Deploy: "app@v3", Needs: []schema.Condition{maintained, proven}},
			{Name: "relax a", Phase: schema.Contract, Changes: []schema.Change{{Do: schema.Accept, Form: "a", Value: schema.Null}}},
			{Name: "deploy v4", Phase: schema.Switch, Deploy: "app@v4", Needs: []schema.Condition{drained("app@v1"), drained("app@v2")}},
			{
				Name: "drop a", Phase: schema.Contract, Changes: []schema.Change{{Do: schema.Drop, Form: "a"}},
				Needs: []schema.Condition{{Is: schema.Unused, Form: "a"}},
			},
		},
		Goal: schema.World{Forms: []string{"b"}, Running: []string{"app@v4"}},
	}
}

// topics is a service that sends its messages into another topic from v2 on: v1 never gets to see them.
func topics() schema.Plan {
	return schema.Plan{
		Name:       "event rename",
		Stores:     []schema.Store{{Name: "old", Kind: schema.Topic}, {Name: "new", Kind: schema.Topic}},
		Attributes: []schema.Attribute{{Name: "name", Values: []schema.Value{{Name: "set"}}}},
		Forms:      []schema.Form{{Name: "a", Attribute: "name", Store: "old"}, {Name: "b", Attribute: "name", Store: "new"}},
		Versions: []schema.Version{
			{Service: "app", Name: "v1", Reads: reads("a"), Writes: writes("a")},
			{Service: "app", Name: "v2", Reads: reads("b", "a"), Writes: writes("b")},
		},
		Start: schema.World{Forms: []string{"a", "b"}, Running: []string{"app@v1"}},
		Steps: []schema.Step{{Name: "deploy v2", Phase: schema.Switch, Deploy: "app@v2"}},
		Goal:  schema.World{Forms: []string{"a", "b"}, Running: []string{"app@v2"}},
	}
}

// template is a rollout in two steps that goes back when there are errors.
func template() rollout.Plan {
	return rollout.Plan{
		Release: rollout.Release{Name: "checkout"},
		Stages:  []rollout.Stage{{Name: "prod", Strategy: strategy.Canary{Weights: []strategy.Weight{1000, strategy.Full}}}},
		Health: health.Policy{Signals: []health.Signal{{
			Name: "errors", Judge: health.Threshold{Bad: "errors", Total: "requests", Max: 0.01}, WarmUp: -1,
			Every: time.Minute, On: health.Reactions{Degraded: health.Rollback},
		}}},
	}
}

// verifications keep what was found, as several tests have the same plans.
var verifications = map[string]verification{}

type verification struct {
	plan  schema.Plan
	found schema.Result
}

// verified is a plan that says what it forgoes, and what was found of it.
func verified(p schema.Plan) (schema.Plan, schema.Result) {
	data, err := schema.EncodePlan(p)
	if err != nil {
		panic(err)
	}
	one, known := verifications[string(data)]
	if !known {
		if one.plan, err = schema.Declare(p, schema.Options{}); err == nil {
			one.found, err = schema.Verify(one.plan, schema.Options{})
		}
		if err != nil || !one.found.Safe {
			panic(fmt.Sprint(err, one.found.Explain()))
		}
		verifications[string(data)] = one
	}
	return one.plan, one.found
}

func conductor(t *testing.T, p schema.Plan, more map[string][]gate.Gate) *conduct.Conductor {
	t.Helper()
	p, found := verified(p)
	c, err := conduct.New(p, found, conduct.Options{Templates: map[string]rollout.Plan{"app": template()}, Gates: more})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
