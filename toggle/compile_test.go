package toggle_test

import (
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// about is what every flag must say.
const about = `"kind": "ops", "owner": "shop"`

// complaints is what Load says of a set, a line for each problem.
func complaints(data string) string {
	_, err := toggle.Load([]byte(data), toggle.Options{})
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestConditionErrors(t *testing.T) {
	const one = ": must be one test of the attribute: equals, in, bounds of a number, from and until, prefix, suffix, contains, " +
		"matches, version, cidr, is, present or null"
	for _, c := range []struct{ when, want string }{
		{`{"segment": "s", "attribute": "a", "equals": 1}`, ": must be only one of all, any, not, unless, segment and attribute"},
		{`{"all": [{}], "any": [{}]}`, ": must be only one of all, any, not, unless, segment and attribute"},
		{`{"any": []}`, ": must not be empty; what holds of everybody is written {}"},
		{`{"all": []}`, ": must not be empty; what holds of everybody is written {}"},
		{`{"segment": ""}`, ": must not be empty; what holds of everybody is written {}"},
		{`{"not": {"all": []}}`, ".not: must not be empty; what holds of everybody is written {}"},
		{`{"equals": 1}`, ".attribute: must be given: equals is a test of an attribute"},
		{`{"all": [{}], "below": 1}`, ".attribute: must be given: bounds of a number is a test of an attribute"},
		{`{"segment": "gone"}`, `.segment: "gone" must be a segment of the set`},
		{`{"attribute": "a"}`, one},
		{`{"attribute": "a", "in": []}`, one},
		{`{"attribute": "a", "equals": 1, "above": 2}`, one},
		{`{"attribute": "a", "prefix": ["a"], "suffix": ["b"]}`, one},
		{`{"all": [{}], "numeric": true}`, ".numeric: true is of bounds of a number"},
		{`{"attribute": "a", "equals": 1, "ignoreCase": true}`, ".ignoreCase: true is of prefix, suffix and contains"},
		{`{"unless": {"attribute": "a", "equals": 1}}`, ""},
		{`{"attribute": "now", "present": true}`, `.attribute: "now" is an instant, and has only from and until`},
		{`{"attribute": "a", "equals": {"b": 1}}`, `.equals: {"b":1} must be a boolean, a string or a number`},
		{`{"attribute": "a", "in": [1, [2]]}`, `.in[1]: [2] must be a boolean, a string or a number`},
		{`{"attribute": "a", "equals": 1e400}`, `.equals: 1e400 must be a number that 64 bits can hold`},
		{
			`{"attribute": "a", "equals": 9007199254740993}`,
			`.equals: 9007199254740993 must be a number that 64 bits hold as it is written, or a string`,
		},
		{`{"attribute": "a", "equals": null}`, `.equals: must not be null`},
		{`{"attribute": "a", "above": 2, "atLeast": 1, "below": 3}`, ".above: 2 must be the only bound on its side"},
		{`{"attribute": "a", "below": 2, "atMost": 1}`, ".below: 2 must be the only bound on its side"},
		{`{"attribute": "a", "atLeast": 2, "below": 2}`, ": must be bounds with a number between them"},
		{`{"attribute": "a", "above": 2, "atMost": 2}`, ": must be bounds with a number between them"},
		{`{"attribute": "a", "atLeast": 2, "atMost": 1}`, ": must be bounds with a number between them"},
		{`{"attribute": "a", "atLeast": 2, "atMost": 2}`, ""},
		{`{"attribute": "now", "from": "1600-01-01T00:00:00Z"}`, `.from: "1600-01-01T00:00:00Z" must be between the years 1678 and 2261`},
		{
			`{"attribute": "a", "from": "2026-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}`,
			`.until: "2026-01-01T00:00:00Z" must be after from`,
		},
		{`{"attribute": "a", "prefix": ["a", ""]}`, ".prefix[1]: must not be empty: every string has it"},
		{`{"attribute": "a", "suffix": [""]}`, ".suffix[0]: must not be empty: every string has it"},
		{`{"attribute": "a", "contains": [""]}`, ".contains[0]: must not be empty: every string has it"},
		{
			`{"attribute": "a", "matches": "("}`,
			`.matches: "(" must be a regular expression (RE2): error parsing regexp: missing closing ): ` + "`(`",
		},
		{`{"attribute": "a", "version": ">=1.x"}`, `.version: ">=1.x" must be bounds of semantic versions, as in >=1.2.0 <2.0.0`},
		{`{"attribute": "a", "version": "> 1.2.0"}`, `.version: "> 1.2.0" must be bounds of semantic versions, as in >=1.2.0 <2.0.0`},
		{`{"attribute": "a", "version": " "}`, `.version: " " must be bounds of semantic versions, as in >=1.2.0 <2.0.0`},
		{`{"attribute": "a", "cidr": ["10.0.0.0/33"]}`, `.cidr[0]: "10.0.0.0/33" must be a network, as in 10.0.0.0/8, or an address`},
		{
			`{"attribute": "a", "cidr": ["10.0.0.1", "fe80::1%eth0"]}`,
			`.cidr[1]: "fe80::1%eth0" must be a network, as in 10.0.0.0/8, or an address`,
		},
		{`{"attribute": "a", "cidr": ["::ffff:0.0.0.0/90"]}`, `.cidr[0]: "::ffff:0.0.0.0/90" must be written as IPv4`},
		{`{"any": [{"attribute": "a"}, {"not": {"all": [{}, {"attribute": "b", "matches": "["}]}}]}`, ".any[0]" + one + "\n" +
			`.any[1].not.all[1].matches: "[" must be a regular expression (RE2): error parsing regexp: missing closing ]: ` + "`[`"},
	} {
		want := strings.ReplaceAll(c.want, "\n", "\nflags.f.rules[0].when")
		if want != "" {
			want = "flags.f.rules[0].when" + want
		}
		if got := complaints(`{"flags": {"f": {` + about + `, "rules": [{"serve": "on", "when": ` + c.when + `}]}}}`); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.when, got, want)
		}
	}
}

func TestFlagErrors(t *testing.T) {
	for _, c := range []struct{ flag, want string }{
		{about, ""},
		{``, "kind: must be release, experiment, ops or permission\nowner: must be given: somebody has to remove the flag one day"},
		{
			`"kind": "Ops", "owner": "shop", "stale": "on"`,
			`kind: "Ops" must be release, experiment, ops or permission` + "\n" + `stale: "on" must be off, or left out`,
		},
		{`"kind": "release", "owner": "shop"`, "expires: must be given of a flag of kind release"},
		{`"kind": "experiment", "owner": "shop"`, "expires: must be given of a flag of kind experiment"},
		{about + `, "default": "red", "off": "blue"`, `default: "red" must be one of off, on` + "\n" + `off: "blue" must be one of off, on`},
		{about + `, "variants": {"a": "x"}`, "default: must be one of a"},
		{about + `, "variants": {"": "x"}, "default": "a"`, "variants: must have names\n" + `default: "a" must be one of `},
		{about + `, "variants": {"a": 1, "b": 2, "c": "x", "d": true}, "default": "a"`, `variants.c: "x" must be a number, as variant a is` + "\n" +
			`variants.d: true must be a number, as variant a is`},
		{about + `, "rules": [{}]`, "rules[0]: must have either serve or rollout"},
		{about + `, "rules": [{"serve": "on", "rollout": {"serve": "on"}}]`, "rules[0]: must have either serve or rollout"},
		{about + `, "rules": [{"serve": "red"}]`, `rules[0].serve: "red" must be one of off, on`},
		{
			about + `, "rules": [{"name": "a", "serve": "on"}, {"name": "a", "serve": "on"}]`,
			`rules[1].name: "a" must be the name of one rule only`,
		},
		{about + `, "rollout": {}`, "rollout: must have either serve or split"},
		{about + `, "rollout": {"serve": "on", "split": [{"variant": "on", "weight": 1}]}`, "rollout: must have either serve or split"},
		{
			about + `, "rollout": {"serve": "on", "next": true}`,
			"rollout.next: true is of rules: after the rollout comes only the default variant",
		},
		{about + `, "rollout": {"serve": "on", "by": "now"}`, `rollout.by: "now" is the time, and nobody's bucket`},
		{about + `, "rollout": {"serve": "on", "slots": [{"variant": "on", "to": 1000000}]}`, "rollout.slots: are of a split"},
		{
			about + `, "rollout": {"serve": "on", "exposure": "101%"}`,
			`rollout.exposure: "101%" must be a percentage from "0%" to "100%" with at most 4 digits after the point`,
		},
		{about + `, "rollout": {"split": [{"variant": "on", "weight": -1}, {"variant": "red", "weight": 1}, {"variant": "on", "weight": 2}]}`, `rollout.split[1].variant: "red" must be one of off, on` + "\n" +
			`rollout.split[2].variant: "on" must have one part only` + "\n" + "rollout.split[0].weight: -1 must not be negative"},
		{about + `, "rollout": {"split": [{"variant": "on"}]}`, "rollout.split: must have a sum from 1 to 2147483647"},
		{
			about + `, "rollout": {"split": [{"variant": "on", "weight": 1}], "slots": [{"variant": "off", "to": 1000000}]}`,
			`rollout.slots[0].variant: "off" must be one of the split's variants`,
		},
		{about + `, "rollout": {"split": [{"variant": "on", "weight": 1}, {"variant": "off", "weight": 1}], "slots": [{"variant": "on", "to": 400000}, {"variant": "off", "from": 400000, "to": 1000000}]}`, "rollout.slots: must give variant 0 500000 positions for its weight, and give 400000\n" +
			"rollout.slots: must give variant 1 500000 positions for its weight, and give 600000"},
		{
			about + `, "bucketing": "nix/v9", "rollout": {"serve": "on"}`,
			`bucketing: "nix/v9" must be one of ["gradatim/v1" "flagd/v1" "flagd/v2" "unleash/murmur3" "launchdarkly/sha1" "growthbook/v1" "growthbook/v2" "statsig/sha256" "configcat/sha1" "flipt/crc32" "flagr/crc32" "split/murmur3"]`,
		},
		{about + `, "rollout": {"serve": "on", "flag": "x"}`, `rollout.flag: "x" must be empty: gradatim/v1 does not hash it`},
		{about + `, "schedule": [{"at": "2026-01-01T00:00:00Z"}]`, "schedule[0]: must change something: enabled or exposure"},
		{about + `, "schedule": [{"enabled": true}]`, "schedule[0].at: must be an instant between the years 1678 and 2261"},
		{
			about + `, "schedule": [{"at": "2026-01-01T00:00:00Z", "exposure": "1%"}]`,
			`schedule[0].exposure: "1%" is of a rollout, and the flag has none`,
		},
		{
			about + `, "schedule": [{"at": "2026-01-01T00:00:00Z", "enabled": true}, {"at": "2026-01-01T00:00:00Z", "enabled": false}]`,
			`schedule[1].at: "2026-01-01T00:00:00Z" must be after the change before it`,
		},
		{
			about + `, "rollout": {"serve": "red"}, "schedule": [{"at": "2026-01-01T00:00:00Z", "exposure": "1%"}, {"at": "2026-01-02T00:00:00Z", "enabled": true}]`,
			`rollout.serve: "red" must be one of off, on`,
		},
		{about + `, "prerequisites": [{}]`, "prerequisites[0].flag: must be given\nprerequisites[0].variants: must have at least one element"},
		{about + `, "prerequisites": [{"flag": "g", "variants": ["on", ""]}]`, "prerequisites[0].variants[1]: must not be empty"},
		{
			about + `, "environments": {"": {}, "test": {"rules": [{}]}}`,
			"environments: must have a name\nenvironments.test.rules[0]: must have either serve or rollout",
		},
		{about + `, "enabled": "yes", "colour": 1`, `enabled: "yes" must be true or false` + "\ncolour: unknown field"},
	} {
		want := strings.ReplaceAll(c.want, "\n", "\nflags.f.")
		if want != "" {
			want = "flags.f." + want
		}
		if got := complaints(`{"flags": {"f": {` + c.flag + `}}}`); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.flag, got, want)
		}
	}
}

func TestSegmentErrors(t *testing.T) {
	for _, c := range []struct{ name, segments, want string }{
		{"itself", `"a": {"segment": "a"}`, `segments.a.segment: "a" must not lead back to itself`},
		{"circle", `"a": {"segment": "b"}, "b": {"not": {"segment": "a"}}`, `segments.b.not.segment: "a" must not lead back to itself` + "\n" +
			`segments.a.segment: "b" must be a segment that is right`},
		{"broken", `"a": {"segment": "b"}, "b": {"attribute": "x"}, "c": {"any": [{"segment": "a"}, {"segment": "gone"}]}`, "segments.b: must be one test of the attribute: " +
			"equals, in, bounds of a number, from and until, prefix, suffix, contains, matches, version, cidr, is, present or null\n" +
			`segments.a.segment: "b" must be a segment that is right` + "\n" + `segments.c.any[0].segment: "a" must be a segment that is right` + "\n" +
			`segments.c.any[1].segment: "gone" must be a segment of the set`},
		{"empty", `"a": {"any": []}`, "segments.a: must not be empty; what holds of everybody is written {}"},
		{"doubling", doubling(20), "segments.s13: must come to at most 10000 conditions, those of its segments included\n" + rest(14, 20)},
	} {
		if got := complaints(`{"segments": {` + c.segments + `}}`); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

// doubling are segments that each name the one before twice.
func doubling(n int) string {
	var all strings.Builder
	all.WriteString(`"s00": {"attribute": "x", "present": true}`)
	for i := range n {
		all.WriteString(`, "` + segment(i+1) + `": {"any": [{"segment": "` + segment(i) + `"}, {"segment": "` + segment(i) + `"}]}`)
	}
	return all.String()
}

func segment(i int) string { return "s" + string([]byte{byte('0' + i/10), byte('0' + i%10)}) }

func rest(from, to int) string {
	var all []string
	for i := from; i <= to; i++ {
		for _, j := range []string{"0", "1"} {
			all = append(all, "segments."+segment(i)+".any["+j+`].segment: "`+segment(i-1)+`" must be a segment that is right`)
		}
	}
	return strings.Join(all, "\n")
}

// What JSON cannot say is refused, too.
func TestErrorsOfSetsInGo(t *testing.T) {
	when := func(c toggle.Condition) toggle.Set {
		return toggle.Set{Flags: map[string]toggle.Flag{"f": {
			Kind: toggle.Ops, Owner: "shop", Settings: toggle.Settings{Rules: []toggle.Rule{{When: c, Serve: "on"}}},
		}}}
	}
	for _, c := range []struct {
		set  toggle.Set
		want string
	}{
		{when(toggle.Condition{Any: []toggle.Condition{}}), "flags.f.rules[0].when.any: must have at least one condition"},
		{when(toggle.Condition{All: []toggle.Condition{}}), "flags.f.rules[0].when.all: must have at least one condition"},
		{when(toggle.Condition{Attribute: "a", In: []toggle.Value{}}), "flags.f.rules[0].when.in: must have at least one element"},
		{when(toggle.Condition{Attribute: "a", CIDR: []string{}}), "flags.f.rules[0].when.cidr: must have at least one element"},
		{when(toggle.Condition{Attribute: "a", Prefix: []string{}}), "flags.f.rules[0].when.prefix: must have at least one element"},
		{
			when(toggle.Condition{Attribute: "a", Equals: new(toggle.Texts("a"))}),
			`flags.f.rules[0].when.equals: ["a"] must be a boolean, a string or a number`,
		},
	} {
		if err := c.set.Validate(); err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %v", err, c.want)
		}
	}
}
