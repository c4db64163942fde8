package review

import (
	"encoding/json"
	"testing"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// Whatever two sets say, reviewing them does not panic, and what they are compared to
// themselves is nothing.
func FuzzReview(f *testing.F) {
	f.Add([]byte(`{"segments": {"s": {"segment": "s"}, "r": {"all": [{"segment": "s"}, {"segment": "r"}]}},
		"flags": {"f": {"kind": "ops", "owner": "us", "enabled": true,
		"rules": [{"when": {"segment": "r"}, "serve": "on"}], "prerequisites": [{"flag": "f", "variants": ["on"]}, {"flag": "g"}]}}}`),
		[]byte(`{"flags": {"f": {"kind": "ops", "owner": "us", "enabled": true, "rollout": {"exposure": "10%", "serve": "on", "next": true}},
		"g": {"rollout": {"exposure": "10%", "split": [{"variant": "x", "weight": -1}], "slots": [{"variant": "y"}]}}}}`))
	f.Add([]byte(`{"flags": {"f": {"kind": "ops", "owner": "us", "enabled": true, "default": "a", "variants": {"a": 1, "b": 2},
		"rules": [{"when": {"attribute": "x", "in": [1, "a"]}, "rollout": {"exposure": "10%", "serve": "a", "next": true}}],
		"schedule": [{"at": "2027-01-01T00:00:00Z", "exposure": "50%"}],
		"rollout": {"exposure": "10%", "split": [{"variant": "a", "weight": 1}, {"variant": "b", "weight": 3}]}}}}`),
		[]byte(`{"flags": {"f": {"kind": "ops", "owner": "us", "enabled": true, "bucketing": "unleash/murmur3",
		"rollout": {"exposure": "10%", "serve": "on"}},
		"g": {"kind": "ops", "owner": "us", "enabled": true, "prerequisites": [{"flag": "f", "variants": ["on"]}]}}}`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var before, after toggle.Set
		if json.Unmarshal(a, &before) != nil || json.Unmarshal(b, &after) != nil {
			return
		}
		for _, o := range []Options{{}, {Environment: "e", Now: day, Environments: []string{"e"}}} {
			r := Diff(before, after, o)
			if r.Above(bucket.Everybody / 2); r.String() == "" {
				t.Error("no words")
			}
			if same := Diff(after, after, o); len(same.Flags) > 0 {
				t.Error(same)
			}
			Lint(before, o)
			Lint(after, o)
		}
	})
}
