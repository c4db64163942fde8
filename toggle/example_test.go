package toggle_test

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

var now = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC) // never written

// A release flag: testers have it, a tenth of the others too.
const checkout = `{
	"segments": {"testers": {"attribute": "email", "suffix": ["@example.org"]}},
	"flags": {
		"one-page-checkout": {
			"kind": "release", "owner": "shop", "expires": "2027-03-01T00:00:00Z",
			"enabled": true,
			"rules": [
				{"name": "testers", "when": {"segment": "testers"}, "serve": "on"},
				{"name": "old apps", "when": {"attribute": "app", "version": "<3.2.0"}, "serve": "off"}
			],
			"rollout": {"exposure": "10%", "serve": "on"}
		}
	}
}`

func Example() {
	s, err := toggle.Load([]byte(checkout), toggle.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, sub := range []toggle.Subject{
		{Key: "user-1", Attributes: map[string]toggle.Value{"email": toggle.Text("ada@example.org")}},
		{Key: "user-2", Attributes: map[string]toggle.Value{"app": toggle.Text("3.1.9")}},
		{Key: "user-3"},
		{Key: "user-9"},
		{},
	} {
		on := s.Bool("one-page-checkout", &sub, now, false)
		fmt.Println(sub.Key, on, s.Evaluate("one-page-checkout", &sub, now))
	}
	// Output:
	// user-1 true on: testers matched
	// user-2 false off: old apps matched
	// user-3 false off: the bucket in rollout decided
	// user-9 false off: the bucket in rollout decided
	//  false the caller's default: the subject has no key to decide by
}
