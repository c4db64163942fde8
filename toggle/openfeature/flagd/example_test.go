package flagd_test

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/openfeature/flagd"
)

// What cannot be translated exactly is told, and does not touch the other flags.
func ExampleLoad() {
	set, err := flagd.Load([]byte(`{"flags": {
		"banner": {
			"state": "ENABLED", "variants": {"new": "Hello!", "old": "Welcome"}, "defaultVariant": "old",
			"targeting": {"if": [{"!=": [{"var": "country"}, "CH"]}, "new"]}
		},
		"sum": {
			"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
			"targeting": {"if": [{"+": [1, {"var": "age"}]}, "on"]}
		}
	}}`), flagd.Options{Owner: "web"})
	fmt.Printf("%.60s...\n", err.Error())

	s, err := toggle.Compile(set, toggle.Options{})
	fmt.Println(s.Names(), err)
	fmt.Println(s.Text("banner", &toggle.Subject{Key: "ann"}, time.Now(), ""))
	// Output:
	// flags.sum.targeting.if[0].+: must be one of if, ?:, ==, ===,...
	// [banner] <nil>
	// Hello!
}
