package unleash_test

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/openfeature/unleash"
)

// A feature with variants is two flags.
func ExampleLoad() {
	set, err := unleash.Load([]byte(`{"features": [{
		"name": "checkout", "enabled": true,
		"strategies": [{
			"name": "flexibleRollout", "parameters": {"rollout": "50", "stickiness": "userId", "groupId": "checkout"},
			"constraints": [{"contextName": "country", "operator": "NOT_IN", "values": ["US"]}]
		}],
		"variants": [{"name": "short", "weight": 500}, {"name": "long", "weight": 500}]
	}]}`), unleash.Options{Owner: "shop"})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := toggle.Compile(set, toggle.Options{})
	fmt.Println(s.Names(), err)
	for _, user := range []string{"ann", "bob", "eve"} {
		sub := &toggle.Subject{Key: user}
		fmt.Println(user, s.Bool("checkout", sub, time.Now(), false), s.Text(unleash.Variant("checkout"), sub, time.Now(), "none"))
	}
	// Output:
	// [checkout checkout:variant] <nil>
	// ann false none
	// bob true short
	// eve true long
}
