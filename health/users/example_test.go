package users_test

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/health/users"
)

func Example() {
	stable, err := users.New(users.Options{Name: "shop", Labels: prometheus.Labels{"version": "1.0"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	candidate, err := stable.Beside(prometheus.Labels{"version": "1.1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(stable, candidate)

	stable.Seen("ann", false)
	for range 1000 {
		candidate.Seen("bob", true) // a broken client
	}
	candidate.Seen("cid", false)

	families, err := registry.Gather()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			fmt.Println(f.GetName(), m.GetLabel()[0].GetValue(), m.GetCounter().GetValue())
		}
	}

	judge := health.Compare{Bad: "shop_users_failed_total", Total: "shop_users_total", Unit: "user"}
	fmt.Println(judge.Validate())
	// Output:
	// shop_users_failed_total 1.0 0
	// shop_users_failed_total 1.1 1
	// shop_users_left_out_total 1.0 0
	// shop_users_left_out_total 1.1 0
	// shop_users_total 1.0 1
	// shop_users_total 1.1 2
	// <nil>
}
