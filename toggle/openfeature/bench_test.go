package openfeature_test

import (
	"context"
	"fmt"
	"testing"

	of "github.com/open-feature/go-sdk/openfeature"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
	"github.com/seed-20fe5ead/gradatim/toggle/openfeature"
)

var clientOptions = client.Options{} // never written

// ruleFlag asks three attributes, and then the bucket.
const ruleFlag = `{"flags": {"rule": {"kind": "release", "owner": "shop", "expires": "2030-01-01T00:00:00Z", "enabled": true,
	"rules": [{"when": {"all": [
		{"attribute": "country", "in": ["CH", "AT", "DE"]}, {"attribute": "plan", "equals": "pro"}, {"attribute": "age", "atLeast": 18}
	]}, "rollout": {"exposure": "50%", "serve": "on"}}]}}}`

// The own part of the provider is BenchmarkProvider less BenchmarkFloorClient, which has the
// same answers with subjects made before.
const manySubjects = 1024

func BenchmarkProvider(b *testing.B) {
	p, _ := benchmarked(b)
	flat := make([]of.FlattenedContext, manySubjects)
	for i := range flat {
		flat[i] = of.FlattenedContext{of.TargetingKey: key(i), "country": "CH", "plan": "pro", "age": 42}
	}
	ctx := context.Background()
	b.ReportAllocs()
	i, on := 0, 0
	for b.Loop() {
		if p.BooleanEvaluation(ctx, "rule", false, flat[i%manySubjects]).Value {
			on++
		}
		i++
	}
	half(b, on)
}

func BenchmarkFloorClient(b *testing.B) {
	_, c := benchmarked(b)
	subjects := make([]toggle.Subject, manySubjects)
	for i := range subjects {
		subjects[i] = toggle.Subject{Key: key(i), Attributes: map[string]toggle.Value{
			"country": toggle.Text("CH"), "plan": toggle.Text("pro"), "age": toggle.Num(42),
		}}
	}
	b.ReportAllocs()
	i, on := 0, 0
	for b.Loop() {
		if r := c.Evaluate("rule", &subjects[i%manySubjects]); r.Value.Bool() {
			on++
		}
		i++
	}
	half(b, on)
}

// BenchmarkSDK is the same through the SDK, to see what part of it is ours.
func BenchmarkSDK(b *testing.B) {
	p, _ := benchmarked(b)
	if err := of.SetNamedProviderAndWait("benchmark", p); err != nil {
		b.Fatal(err)
	}
	sdk := of.NewClient("benchmark")
	ec := make([]of.EvaluationContext, manySubjects)
	for i := range ec {
		ec[i] = of.NewEvaluationContext(key(i), map[string]any{"country": "CH", "plan": "pro", "age": 42})
	}
	ctx := context.Background()
	b.ReportAllocs()
	i, on := 0, 0
	for b.Loop() {
		if sdk.Boolean(ctx, "rule", false, ec[i%manySubjects]) {
			on++
		}
		i++
	}
	half(b, on)
}

func key(i int) string { return fmt.Sprintf("user-%011d", i) }

// half fails if what was measured was not the rule.
func half(b *testing.B, on int) {
	if b.N > 10*manySubjects && (on < b.N*4/10 || on > b.N*6/10) {
		b.Errorf("%d of %d were on", on, b.N)
	}
}

func benchmarked(b *testing.B) (*openfeature.Provider, *client.Client) {
	b.Helper()
	source := &client.Memory{}
	source.Set([]byte(ruleFlag))
	c, err := client.New(client.Options{Source: source})
	if err != nil {
		b.Fatal(err)
	}
	p := openfeature.New(c, openfeature.Options{})
	if err := p.Init(of.EvaluationContext{}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(p.Shutdown)
	return p, c
}
