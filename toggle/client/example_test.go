package client_test

import (
	"context"
	"fmt"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
)

const shop = `{"flags": {
	"one-page-checkout": {
		"kind": "ops", "owner": "shop", "enabled": true,
		"rollout": {"exposure": "100%", "serve": "on"}
	}
}}`

// A service that reads its flags once, and then until it ends.
func Example() {
	source := &client.Memory{} // or client.File, or client.HTTP
	source.Set([]byte(shop))
	c, err := client.New(client.Options{Source: source})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() { _ = c.Run(ctx) }()
	if err := c.Ready(ctx); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Bool("one-page-checkout", &toggle.Subject{Key: "user-17"}, false))
	// Output: true
}

// A kill is seen by the next evaluation, whatever the source says.
func ExampleClient_Kill() {
	source := &client.Memory{}
	source.Set([]byte(shop))
	c, _ := client.New(client.Options{Source: source})
	_ = c.Refresh(context.Background())
	user := &toggle.Subject{Key: "user-17"}
	checkout := c.Handle("one-page-checkout")
	fmt.Println(checkout.Bool(user, false))

	if err := c.Kill("one-page-checkout"); err != nil {
		fmt.Println("killed, but a process that starts later does not know:", err)
	}
	_ = c.Refresh(context.Background())
	r := checkout.Evaluate(user)
	fmt.Println(r.Value, r.State, r)

	_ = c.Revive("one-page-checkout")
	fmt.Println(checkout.Bool(user, false))
	// Output:
	// true
	// false live off: the flag was killed
	// true
}
