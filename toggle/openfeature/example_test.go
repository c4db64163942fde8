package openfeature_test

import (
	"context"
	"fmt"

	of "github.com/open-feature/go-sdk/openfeature"

	"github.com/seed-20fe5ead/gradatim/toggle/client"
	"github.com/seed-20fe5ead/gradatim/toggle/openfeature"
)

func Example() {
	source := &client.Memory{} // or client.File, client.HTTP
	source.Set([]byte(`{"flags": {"one-page-checkout": {
		"kind": "permission", "owner": "shop", "enabled": true,
		"rules": [{"name": "swiss", "when": {"attribute": "country", "equals": "CH"}, "serve": "on"}]
	}}}`))
	c, err := client.New(client.Options{Source: source})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := of.SetNamedProviderAndWait("shop", openfeature.New(c, openfeature.Options{})); err != nil {
		fmt.Println(err)
		return
	}
	defer of.Shutdown()

	ctx, user := context.Background(), of.NewEvaluationContext("user-17", map[string]any{"country": "CH"})
	d, err := of.NewClient("shop").BooleanValueDetails(ctx, "one-page-checkout", false, user)
	fmt.Println(d.Value, d.Variant, d.Reason, d.FlagMetadata["rule"], err)

	d, err = of.NewClient("shop").BooleanValueDetails(ctx, "two-page-checkout", false, user)
	fmt.Println(d.Value, d.Reason, d.ErrorCode, err)
	// Output:
	// true on TARGETING_MATCH swiss <nil>
	// false ERROR FLAG_NOT_FOUND error code: FLAG_NOT_FOUND: there is no such flag
}
