package flagd_test

import (
	"encoding/json"
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

// A file of flagd becomes one of ours, which is kept and from then on loaded as such.
func ExampleLoad_convert() {
	set, err := flagd.Load([]byte(`{"flags": {"colour": {
		"state": "ENABLED", "variants": {"red": "#f00", "blue": "#00f"}, "defaultVariant": "red",
		"targeting": {"if": [{"ends_with": [{"var": "email"}, "@example.com"]}, {"fractional": [["red", 50], ["blue", 50]]}]}
	}}}`), flagd.Options{Owner: "web"})
	if err != nil {
		fmt.Println(err)
		return
	}
	file, err := json.Marshal(set) // to be kept as flags.json
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := toggle.Load(file, toggle.Options{}) // or by client.File, client.HTTP
	fmt.Println(s.Names(), err)
	for _, user := range []string{"ann", "dan"} {
		sub := &toggle.Subject{Key: user, Attributes: map[string]toggle.Value{"email": toggle.Text(user + "@example.com")}}
		fmt.Println(user, s.Text("colour", sub, time.Now(), ""))
	}
	// Output:
	// [colour] <nil>
	// ann #f00
	// dan #00f
}
