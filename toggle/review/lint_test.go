package review

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// parsed reads a set; "ops" and "release" stand for what every flag must say.
func parsed(t fatal, text string) toggle.Set {
	t.Helper()
	text = strings.ReplaceAll(text, `"ops"`, `"kind": "ops", "owner": "us", "enabled": true`)
	text = strings.ReplaceAll(text, `"release"`, `"kind": "release", "owner": "us", "expires": "2027-01-01T00:00:00Z", "enabled": true`)
	var s toggle.Set
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err, text)
	}
	return s
}

// rule is a set with one flag that has one rule with a condition.
func rule(when string) string {
	return `{"flags": {"f": {"ops", "rules": [{"when": ` + when + `, "serve": "on"}]}}}`
}

// Each kind of finding: a set that has it, where it is found, and a set that nearly does.
func TestLint(t *testing.T) {
	const on = `"rules": [{"when": {"attribute": "x", "present": true}, "serve": "on"}]`
	for _, c := range []struct {
		name, has, path string
		code            Code
		near            string
	}{
		{
			"same salt", `{"flags": {"f": {"ops", "salt": "s", "rollout": {"exposure": "10%", "serve": "on"}},
				"g": {"ops", "rollout": {"exposure": "20%", "serve": "on", "salt": "s"}}}}`, "flags.f", Correlated,
			`{"flags": {"f": {"ops", "salt": "s", "rollout": {"exposure": "10%", "serve": "on"}},
				"g": {"ops", "rollout": {"exposure": "20%", "serve": "on", "salt": "s", "by": "company"}},
				"h": {"ops", "rollout": {"exposure": "100%", "serve": "on", "salt": "s"}}}}`,
		},
		{
			"same salt, switched on", `{"flags": {"f": {"ops", "salt": "s", "rollout": {"exposure": "10%", "serve": "on"}},
				"g": {"ops", "salt": "s", "rollout": {"exposure": "20%", "serve": "on"}}}}`, "flags.f", Correlated,
			`{"flags": {"f": {"ops", "salt": "s", "rollout": {"exposure": "10%", "serve": "on"}},
				"g": {"kind": "permission", "owner": "us", "salt": "s", "rollout": {"exposure": "20%", "serve": "on"}}}}`,
		},
		{
			"share of a share, or of the others", `{"flags": {"f": {"ops", "rules": [{"when": {"attribute": "x", "equals": 1},
				"rollout": {"exposure": "10%", "serve": "on", "next": true}}], "rollout": {"exposure": "50%", "serve": "on"}}}}`,
			"flags.f.rollout", SameHash,
			`{"flags": {"f": {"ops", "rules": [{"when": {"attribute": "x", "equals": 1},
				"rollout": {"exposure": "10%", "serve": "on"}}], "rollout": {"exposure": "50%", "serve": "on"}}}}`,
		},
		{
			"split of the same salt", `{"flags": {"f": {"ops", "salt": "s", "rollout": {"exposure": "100%", "split": [{"variant": "on",
				"weight": 1}, {"variant": "off", "weight": 1}]}},
				"g": {"ops", "salt": "s", "rollout": {"exposure": "100%", "split": [{"variant": "on", "weight": 1}, {"variant": "off",
				"weight": 1}]}}}}`, "flags.f", Correlated,
			`{"flags": {"f": {"ops", "salt": "s", "rollout": {"exposure": "100%", "split": [{"variant": "on", "weight": 1},
				{"variant": "off", "weight": 1}]}},
				"g": {"ops", "salt": "s", "rollout": {"exposure": "50%", "serve": "on"}}}}`,
		},
		{
			"share of what is left by the same hash", `{"flags": {"f": {"ops", "rules": [{"rollout": {"exposure": "10%", "serve": "on",
				"next": true}}],
				"rollout": {"exposure": "50%", "serve": "on"}}}}`, "flags.f.rollout", SameHash,
			`{"flags": {"f": {"ops", "rules": [{"rollout": {"exposure": "10%", "serve": "on", "next": true, "salt": "other"}}],
				"rollout": {"exposure": "50%", "serve": "on"}}}}`,
		},
		{
			"prerequisite by the same hash", `{"flags": {"f": {"ops", "salt": "s", "rollout": {"exposure": "10%", "serve": "on"}},
				"g": {"ops", "salt": "s", "prerequisites": [{"flag": "f", "variants": ["on"]}], "rollout": {"exposure": "50%",
				"serve": "on"}}}}`, "flags.g.prerequisites[0]", SameHash,
			`{"flags": {"f": {"ops", "rollout": {"exposure": "10%", "serve": "on"}},
				"g": {"ops", "prerequisites": [{"flag": "f", "variants": ["on"]}], "rollout": {"exposure": "50%", "serve": "on"}}}}`,
		},
		{
			"after everybody", `{"flags": {"f": {"ops", "rules": [{"rollout": {"exposure": "100%", "serve": "on", "next": true}}],
				"rollout": {"exposure": "1%", "serve": "on"}}}}`,
			"flags.f.rollout", DeadRule,
			`{"flags": {"f": {"ops", "rules": [{"rollout": {"exposure": "99.9999%", "serve": "on", "next": true, "salt": "x"}}],
				"rollout": {"exposure": "1%", "serve": "on"}}}}`,
		},
		{
			"after the same condition", `{"segments": {"s": {"attribute": "x", "equals": 1}}, "flags": {"f": {"ops",
				"rules": [{"when": {"segment": "s"}, "serve": "on"},
				{"when": {"all": [{"attribute": "y", "equals": 1}, {"attribute": "x", "equals": 1}]}, "serve": "on"}]}}}`,
			"flags.f.rules[1]", DeadRule,
			`{"segments": {"s": {"attribute": "x", "equals": 1}}, "flags": {"f": {"ops", "rules": [{"when": {"segment": "s"},
				"rollout": {"exposure": "1%", "serve": "on", "next": true}},
				{"when": {"all": [{"attribute": "y", "equals": 1}, {"attribute": "x", "equals": 1}]}, "serve": "on"}]}}}`,
		},
		{
			"after a part of the condition",
			`{"flags": {"f": {"ops", "rules": [{"when": {"all": [{"attribute": "x", "equals": 1}, {"attribute": "y", "equals": 1}]}, "serve": "on"},
				{"when": {"all": [{"attribute": "y", "equals": 1}, {"attribute": "z", "equals": 1},
				{"attribute": "x", "equals": 1}]}, "serve": "off"}]}}}`,
			"flags.f.rules[1]", DeadRule,
			`{"flags": {"f": {"ops", "rules": [{"when": {"all": [{"attribute": "x", "equals": 1}, {"attribute": "y", "equals": 1}]}, "serve": "on"},
				{"when": {"all": [{"attribute": "y", "equals": 1}, {"attribute": "z", "equals": 1}]}, "serve": "off"}]}}}`,
		},
		{
			"two values", rule(`{"all": [{"attribute": "x", "equals": "a"}, {"attribute": "x", "in": ["b", "c"]}]}`),
			"flags.f.rules[0].when", NeverTrue,
			rule(`{"all": [{"attribute": "x", "equals": "a"}, {"attribute": "x", "in": ["b", "a"]}]}`),
		},
		{
			"value against a test", rule(`{"all": [{"attribute": "x", "in": ["ab", "ba"]}, {"not": {"attribute": "x", "prefix": ["a",
				"b"]}}]}`), "flags.f.rules[0].when", NeverTrue,
			rule(`{"all": [{"attribute": "x", "in": ["ab", "ba"]}, {"not": {"attribute": "x", "prefix": ["a"]}}]}`),
		},
		{
			"no number between", rule(`{"all": [{"attribute": "x", "below": 5}, {"attribute": "x", "atLeast": 5}]}`),
			"flags.f.rules[0].when", NeverTrue,
			rule(`{"all": [{"attribute": "x", "atMost": 5}, {"attribute": "x", "atLeast": 5}]}`),
		},
		{
			"number and text", rule(`{"all": [{"attribute": "x", "below": 5}, {"attribute": "x", "version": ">1"}]}`),
			"flags.f.rules[0].when", NeverTrue,
			rule(`{"all": [{"attribute": "x", "below": 5}, {"attribute": "y", "version": ">1"}]}`),
		},
		{
			"number that is not of a text", rule(`{"all": [{"attribute": "x", "below": 5, "numeric": true}, {"attribute": "x", "above": 1},
				{"attribute": "x", "prefix": ["1"]}]}`), "flags.f.rules[0].when", NeverTrue,
			rule(`{"all": [{"attribute": "x", "below": 5, "numeric": true}, {"attribute": "x", "prefix": ["1"]}]}`),
		},
		{
			"what it excepts", rule(`{"all": [{"attribute": "x", "equals": 1}, {"unless": {"attribute": "x", "equals": 1}}]}`),
			"flags.f.rules[0].when", NeverTrue,
			rule(`{"all": [{"attribute": "x", "present": false}, {"unless": {"attribute": "x", "equals": 1}}]}`),
		},
		{
			"null that is of a type", rule(`{"all": [{"attribute": "x", "null": true}, {"attribute": "x", "is": "string"}]}`),
			"flags.f.rules[0].when", NeverTrue,
			rule(`{"all": [{"attribute": "x", "null": true}, {"not": {"attribute": "x", "is": "string"}}]}`),
		},
		{
			"its contrary", rule(`{"all": [{"any": [{"attribute": "x", "equals": 1}, {"attribute": "y", "equals": 1}]},
				{"not": {"any": [{"attribute": "x", "equals": 1}, {"attribute": "y", "equals": 1}]}}]}`), "flags.f.rules[0].when", NeverTrue,
			rule(`{"all": [{"any": [{"attribute": "x", "equals": 1}, {"attribute": "y", "equals": 1}]},
				{"not": {"any": [{"attribute": "x", "equals": 1}, {"attribute": "y", "equals": 2}]}}]}`),
		},
		{
			"absent and something", rule(`{"all": [{"attribute": "x", "present": false}, {"attribute": "x", "contains": ["a"]}]}`),
			"flags.f.rules[0].when", NeverTrue,
			rule(`{"all": [{"attribute": "x", "present": true}, {"attribute": "x", "contains": ["a"]}]}`),
		},
		{
			"null and something", rule(`{"all": [{"attribute": "x", "null": true}, {"attribute": "x", "contains": ["a"]}]}`),
			"flags.f.rules[0].when", NeverTrue,
			rule(`{"all": [{"attribute": "x", "null": true}, {"attribute": "x", "present": true}]}`),
		},
		{
			"a key that is a number", rule(`{"attribute": "key", "equals": 7}`),
			"flags.f.rules[0].when", NeverTrue, rule(`{"attribute": "key", "equals": "7"}`),
		},
		{
			"none of any", rule(`{"any": [{"all": [{"attribute": "x", "above": 5}, {"attribute": "x", "below": 4}]},
				{"all": [{"attribute": "x", "above": 6}, {"attribute": "x", "below": 4}]}]}`),
			"flags.f.rules[0].when", NeverTrue,
			rule(`{"any": [{"all": [{"attribute": "x", "above": 5}, {"attribute": "x", "below": 4}]}, {"all": [{"attribute": "x",
				"above": 6}, {"attribute": "x", "below": 7}]}]}`),
		},
		{
			"no time between", rule(`{"all": [{"attribute": "x", "from": "2026-01-02T00:00:00Z"}, {"attribute": "x",
				"until": "2026-01-02T00:00:00Z"}]}`), "flags.f.rules[0].when", NeverTrue,
			rule(`{"all": [{"attribute": "x", "from": "2026-01-02T00:00:00Z"}, {"attribute": "x", "until": "2026-01-03T00:00:00Z"}]}`),
		},
		{
			"time over", rule(`{"attribute": "now", "until": "2026-11-02T00:00:00Z"}`),
			"flags.f.rules[0].when", NeverTrue, rule(`{"attribute": "now", "until": "2026-11-02T00:00:01Z"}`),
		},
		{
			"nothing to hash", `{"flags": {"f": {"ops", "rules": [{"when": {"attribute": "x", "present": false},
				"rollout": {"exposure": "1%", "serve": "on", "by": "x"}}]}}}`,
			"flags.f.rules[0].rollout.by", NeverTrue,
			`{"flags": {"f": {"ops", "rules": [{"when": {"attribute": "x", "present": false}, "rollout": {"exposure": "1%",
				"serve": "on"}}]}}}`,
		},
		{
			"segment", `{"segments": {"s": {"segment": "r"}, "r": {}}, "flags": {"f": {"ops"}}}`, "segments.r", UnusedSegment,
			`{"segments": {"s": {"segment": "r"}, "r": {}}, "flags": {"f": {"ops", "environments": {"e": {"enabled": true,
				"rules": [{"when": {"not": {"segment": "s"}}, "serve": "on"}]}}}}}`,
		},
		{
			"segment that is no exception", `{"segments": {"s": {}}, "flags": {"f": {"ops"}}}`, "segments.s", UnusedSegment,
			`{"segments": {"s": {}}, "flags": {"f": {"ops", "rules": [{"when": {"unless": {"segment": "s"}}, "serve": "on"}]}}}`,
		},
		{
			"cycle", `{"flags": {"f": {"ops", "prerequisites": [{"flag": "g", "variants": ["on"]}]}, "g": {"ops",
				"prerequisites": [{"flag": "f", "variants": ["on"]}]}}}`, "flags.g", Cycle,
			`{"flags": {"f": {"ops", "prerequisites": [{"flag": "g", "variants": ["on"]}, {"flag": "h", "variants": ["on"]}]},
				"g": {"ops", "prerequisites": [{"flag": "h", "variants": ["on"]}], ` + on + `}, "h": {"ops", ` + on + `}}}`,
		},
		{"does not compile", `{"flags": {"f": {"ops", "default": "none"}}}`, "flags.f.default", Invalid, `{"flags": {"f": {"ops",
				"default": "on"}}}`},
		{
			"missing flag", `{"flags": {"f": {"ops", "prerequisites": [{"flag": "g", "variants": ["on"]}]}}}`,
			"flags.f.prerequisites[0]", NeverHolds,
			`{"flags": {"f": {"ops", "prerequisites": [{"flag": "g", "variants": ["on"]}]}, "g": {"ops", ` + on + `}}}`,
		},
		{
			"unknown variant", `{"flags": {"f": {"ops", "prerequisites": [{"flag": "g", "variants": ["on", "On"]}]}, "g": {"ops",
				` + on + `}}}`, "flags.f.prerequisites[0].variants[1]", NeverHolds,
			`{"flags": {"f": {"ops", "prerequisites": [{"flag": "g", "variants": ["on", "off"]}]}, "g": {"ops", ` + on + `}}}`,
		},
		{
			"never served", `{"flags": {"f": {"ops", "prerequisites": [{"flag": "g", "variants": ["on"]}]}, "g": {"ops",
				"rollout": {"exposure": "0%", "serve": "on"}}}}`, "flags.f.prerequisites[0]", NeverHolds,
			`{"flags": {"f": {"ops", "prerequisites": [{"flag": "g", "variants": ["on"]}]}, "g": {"ops", "rollout": {"exposure": "0%",
				"serve": "on"}, "schedule": [{"at": "2027-01-01T00:00:00Z", "exposure": "0.0001%"}]}}}`,
		},
		{
			"two variants at once", `{"flags": {"f": {"ops", "prerequisites": [{"flag": "g", "variants": ["on"]}, {"flag": "g",
				"variants": ["off"]}]}, "g": {"ops", ` + on + `}}}`, "flags.f.prerequisites[1]", NeverHolds,
			`{"flags": {"f": {"ops", "prerequisites": [{"flag": "g", "variants": ["on"]}, {"flag": "g", "variants": ["off", "on"]}]},
				"g": {"ops", ` + on + `}}}`,
		},
		{
			"expired", `{"flags": {"f": {"kind": "experiment", "owner": "us", "expires": "2026-11-02T00:00:00Z"}}}`, "flags.f", Expired,
			`{"flags": {"f": {"kind": "experiment", "owner": "us", "expires": "2026-11-02T00:00:01Z"}}}`,
		},
		{
			"long at all", `{"flags": {"f": {"release", "since": "2026-10-03T00:00:00Z", "rollout": {"exposure": "100%",
				"serve": "on"}}}}`, "flags.f", Settled,
			`{"flags": {"f": {"release", "since": "2026-10-03T00:00:01Z", "rollout": {"exposure": "100%", "serve": "on"}},
				"g": {"release", "since": "2026-10-03T00:00:00Z", "rollout": {"exposure": "99%", "serve": "on"}},
				"h": {"ops", "since": "2026-10-03T00:00:00Z", "rollout": {"exposure": "100%", "serve": "on"}}}}`,
		},
		{
			"long at none, by a schedule", `{"flags": {"f": {"release", "since": "2026-01-01T00:00:00Z", "rollout": {"exposure": "10%",
				"serve": "on"}, "schedule": [{"at": "2026-10-01T00:00:00Z", "exposure": "0%"}, {"at": "2026-12-01T00:00:00Z",
				"exposure": "5%"}]}}}`, "flags.f", Settled,
			`{"flags": {"f": {"release", "since": "2026-01-01T00:00:00Z", "rollout": {"exposure": "10%", "serve": "on"},
				"schedule": [{"at": "2026-10-05T00:00:00Z", "exposure": "0%"}, {"at": "2026-12-01T00:00:00Z", "exposure": "5%"}]}}}`,
		},
		{
			"schedule over", `{"flags": {"f": {"ops", "schedule": [{"at": "2026-11-02T00:00:00Z", "enabled": false}]}}}`,
			"flags.f.schedule", SchedulePast,
			`{"flags": {"f": {"ops", "schedule": [{"at": "2026-10-02T00:00:00Z", "enabled": false}, {"at": "2026-11-02T00:00:01Z",
				"enabled": true}]}}}`,
		},
		{
			"environment", `{"flags": {"f": {"ops", "environments": {"prodution": {}}}}}`, "flags.f.environments.prodution", UnknownEnvironment,
			`{"flags": {"f": {"ops", "environments": {"production": {}}}}}`,
		},
		{
			"variant", `{"flags": {"f": {"ops", "default": "a", "variants": {"a": 1, "b": 2}, "rollout": {"exposure": "50%",
				"split": [{"variant": "a", "weight": 1}, {"variant": "b", "weight": 0}]}}}}`, "flags.f.variants.b", UnusedVariant,
			`{"flags": {"f": {"ops", "default": "a", "variants": {"a": 1, "b": 2}, "rollout": {"exposure": "50%", "serve": "a"},
				"environments": {"e": {"enabled": true, "rules": [{"serve": "b"}]}}}}}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Options{Now: day, Environments: []string{"production", "e"}}
			is := func(f Finding) bool { return f.Code == c.code && f.Path == c.path }
			if all := Lint(parsed(t, c.has), o); !slices.ContainsFunc(all, is) {
				t.Errorf("is not found: %v", all)
			}
			same := func(f Finding) bool { return f.Code == c.code }
			if all := Lint(parsed(t, c.near), o); slices.ContainsFunc(all, same) {
				t.Errorf("is found where it is not: %v", all)
			}
			if a, b := Lint(parsed(t, c.has), o), Lint(parsed(t, c.has), o); !slices.Equal(a, b) {
				t.Errorf("are not the same findings: %v, %v", a, b)
			}
		})
	}
}

// In an environment that a flag names its own settings are looked at.
func TestLintEnvironment(t *testing.T) {
	s := parsed(t, `{"flags": {"f": {"ops", "environments": {"e": {"enabled": true, "rules": [{"serve": "on"}],
		"rollout": {"serve": "on", "exposure": "1%"}}}}}}`)
	want := []Finding{{"flags.f.environments.e.rollout", DeadRule, "can decide for nobody: rules[0] decides for everybody before it"}}
	if all := Lint(s, Options{Environment: "e"}); !slices.Equal(all, want) {
		t.Error(all)
	}
	if all := Lint(s, Options{Environment: "other"}); len(all) > 0 {
		t.Error(all)
	}
}

// What is past is not told of by somebody without a clock.
func TestLintWithoutTime(t *testing.T) {
	s := parsed(t, `{"flags": {"f": {"kind": "experiment", "owner": "us", "expires": "2020-01-01T00:00:00Z", "enabled": true,
				"since": "2020-01-01T00:00:00Z",
		"rules": [{"when": {"attribute": "now", "until": "2020-01-01T00:00:00Z"}, "serve": "on"}],
				"schedule": [{"at": "2020-01-01T00:00:00Z", "enabled": false}]}}}`)
	if all := Lint(s, Options{}); len(all) > 0 {
		t.Error(all)
	}
	if all := Lint(s, Options{Now: day, LongAt: 100 * 365 * 24 * time.Hour}); len(all) != 3 {
		t.Error(all)
	}
}
