package review

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// What a change of flags is told as: the table, and the settings that change.
func TestDiff(t *testing.T) {
	const full = `"rollout": {"exposure": "100%", "serve": "on"}`
	for _, c := range []struct{ name, before, after, want string }{
		{
			"added and removed", `{"flags": {"f": {"ops"}}}`, `{"flags": {"g": {"release"}}}`,
			"f removed callers get their own default\ng added callers got their own default before\n",
		},
		{
			"renamed with its salt", `{"flags": {"f": {"ops", "rollout": {"exposure": "10%", "serve": "on"}}}}`,
			`{"flags": {"g": {"ops", "salt": "f", "description": "new", "rollout": {"exposure": "10%", "serve": "on"}}}}`,
			"g renamed from f nobody\ndescription: nothing to new\nsalt: nothing to f\n",
		},
		{
			"renamed without its salt", `{"flags": {"f": {"ops", "rollout": {"exposure": "10%", "serve": "on"}}}}`,
			`{"flags": {"g": {"ops", "rollout": {"exposure": "10%", "serve": "on"}}}}`,
			"g renamed from f 18% 0% 9% 9% everybody: off to on 9%, on to off 9% (expected)\n",
		},
		{
			"another attribute", `{"flags": {"f": {"ops", "rollout": {"exposure": "10%", "serve": "on"}}}}`,
			`{"flags": {"f": {"ops", "rollout": {"exposure": "10%", "serve": "on", "by": "company"}}}}`,
			"f changed 18% 0% 9% 9% everybody: off to on 9%, on to off 9% (expected)\nrollout.by: nothing to company\n",
		},
		{
			"the key by its name", `{"flags": {"f": {"ops", "rollout": {"exposure": "10%", "serve": "on"}}}}`,
			`{"flags": {"f": {"ops", "rollout": {"exposure": "10%", "serve": "on", "by": "key"}}}}`,
			"f changed nobody\nrollout.by: nothing to key\n",
		},
		{
			"does not compile", `{"flags": {"f": {"ops"}}}`, `{"flags": {"f": {"ops", "default": "none"}}}`,
			"f broken nothing is known: it does not compile\ndefault: nothing to none\n",
		},
		{
			"default", `{"flags": {"f": {"ops", "default": "on", "off": "off", "rollout": {"exposure": "10%", "serve": "on"}}}}`,
			`{"flags": {"f": {"ops", "default": "off", "off": "off", "rollout": {"exposure": "10%", "serve": "on"}}}}`,
			"f changed 90% 90% 0% 90% everybody: on to off 90%\ndefault: on to off\n",
		},
		{
			"off", `{"flags": {"f": {"ops", "default": "on"}, "g": {"kind": "permission", "owner": "us", "default": "on"}}}`,
			`{"flags": {"f": {"ops", "default": "on", "off": "off"}, "g": {"kind": "permission", "owner": "us", "default": "on",
				"off": "off"}}}`,
			"f changed nobody\ng changed 100% 100% 0% 0% everybody: on to off 100%\noff: nothing to off\noff: nothing to off\n",
		},
		{
			"value", `{"flags": {"f": {"ops", "default": "a", "variants": {"a": 1, "b": 2}, "rollout": {"exposure": "10%", "serve": "b"}}}}`,
			`{"flags": {"f": {"ops", "default": "a", "variants": {"a": 1, "b": 3}, "rollout": {"exposure": "10%", "serve": "b"}}}}`,
			"f changed 0% 0% 0% 0% everybody; 10% get another value\nvariants.b: 2 to 3\n",
		},
		{
			"segment", `{"segments": {"s": {"attribute": "x", "equals": 1}}, "flags": {"f": {"ops", "rules": [{"name": "r",
				"when": {"segment": "s"}, "serve": "on"}]}}}`,
			`{"segments": {"s": {"attribute": "x", "equals": 2}}, "flags": {"f": {"ops", "rules": [{"name": "r",
				"when": {"segment": "s"}, "serve": "on"}]}}}`,
			`f changed 100% 100% 100% 0% whom rule r now matches: off to on 100%
			f changed 100% 100% 0% 100% whom rule r matched: on to off 100%
			segments.s: {"attribute":"x","equals":1} to {"attribute":"x","equals":2}` + "\n",
		},
		{
			"segment of a segment that is excepted", `{"segments": {"s": {"unless": {"segment": "t"}}, "t": {"attribute": "x", "equals": 1}},
				"flags": {"f": {"ops", "rules": [{"name": "r", "when": {"segment": "s"}, "serve": "on"}]}}}`,
			`{"segments": {"s": {"unless": {"segment": "t"}}, "t": {"attribute": "x", "equals": 2}},
				"flags": {"f": {"ops", "rules": [{"name": "r", "when": {"segment": "s"}, "serve": "on"}]}}}`,
			`f changed 100% 100% 100% 0% whom rule r now matches: off to on 100%
			f changed 100% 100% 0% 100% whom rule r matched: on to off 100%
			segments.t: {"attribute":"x","equals":1} to {"attribute":"x","equals":2}` + "\n",
		},
		{
			"prerequisite of a prerequisite", `{"flags": {"f": {"ops"}, "g": {"ops", "prerequisites": [{"flag": "f", "variants": ["on"]}]},
				"h": {"ops", "prerequisites": [{"flag": "g", "variants": ["on"]}]}}}`,
			`{"flags": {"g": {"ops", "prerequisites": [{"flag": "f", "variants": ["on"]}]},
				"h": {"ops", "prerequisites": [{"flag": "g", "variants": ["on"]}]}}}`,
			"f removed callers get their own default\ng affected whoever is moved by f\nh affected whoever is moved by f\n",
		},
		{
			"one of two is renamed", `{"flags": {"f": {"ops", "salt": "s"}}}`,
			`{"flags": {"g": {"ops", "salt": "s"}, "h": {"ops", "salt": "s"}}}`,
			"g renamed from f nobody\nh added callers got their own default before\n",
		},
		{
			"compiles now", `{"flags": {"f": {"ops", "default": "none"}}}`, `{"flags": {"f": {"ops"}}}`,
			"f broken nothing is known: it does not compile\ndefault: none to nothing\n",
		},
		{
			"switched on, with a rule that passes on", `{"flags": {"f": {"ops", "default": "off", "environments": {"e": {"rules": [
				{"name": "r", "when": {"attribute": "x", "equals": 1}, "rollout": {"exposure": "10%", "serve": "on", "salt": "r", "next": true}},
				{"name": "s", "when": {"attribute": "y", "equals": 1}, "rollout": {"exposure": "10%", "serve": "on", "salt": "s"}}]}}}}}`,
			`{"flags": {"f": {"ops", "default": "off", "environments": {"e": {"enabled": true, "rules": [
				{"name": "r", "when": {"attribute": "x", "equals": 1}, "rollout": {"exposure": "10%", "serve": "on", "salt": "r", "next": true}},
				{"name": "s", "when": {"attribute": "y", "equals": 1}, "rollout": {"exposure": "10%", "serve": "on", "salt": "s"}}]}}}}}`,
			`f changed 10% 10% 10% 0% whom rule r matches: off to on 10%
			f changed 10% 10% 10% 0% whom rule s matches: off to on 10%
			f changed 19% 19% 19% 0% whom rule r matches and whom rule s matches: off to on 19%
			enabled: nothing to true` + "\n",
		},
		{
			"switched off, with a prerequisite", `{"flags": {"g": {"ops"}, "f": {"ops", "default": "on", "off": "off",
				"prerequisites": [{"flag": "g", "variants": ["on"]}]}}}`,
			`{"flags": {"g": {"ops"}, "f": {"ops", "default": "on", "off": "on", "environments": {"e": {
				"prerequisites": [{"flag": "g", "variants": ["on"]}]}}}}}`,
			`f changed 100% 100% 0% 0% of whom the prerequisite fails: g is on: off to on 100%
			enabled: true to nothing
			off: off to on` + "\n",
		},
		{
			"schedule that goes", `{"flags": {"f": {"ops", "rollout": {"exposure": "10%", "serve": "on"},
				"schedule": [{"at": "2026-12-01T00:00:00Z", "exposure": "50%"}, {"at": "2026-12-02T00:00:00Z", "enabled": true}]}}}`,
			`{"flags": {"f": {"ops", "rollout": {"exposure": "10%", "serve": "on"}}}}`,
			`f changed 40% 40% 0% 40% everybody, from 2026-12-01T00:00:00Z on: on to off 40%
			schedule: [{"at":"2026-12-01T00:00:00Z","exposure":"50%"},{"at":"20... to nothing` + "\n",
		},
		{
			"order of rules", `{"flags": {"f": {"ops", "rules": [{"name": "r", "when": {"attribute": "x", "equals": 1}, "serve": "on"},
				{"name": "s", "when": {"attribute": "y", "equals": 1}, "serve": "off"}]}}}`,
			`{"flags": {"f": {"ops", "rules": [{"name": "s", "when": {"attribute": "y", "equals": 1}, "serve": "off"}, {"name": "r",
				"when": {"attribute": "x", "equals": 1}, "serve": "on"}]}}}`,
			`f changed 100% 100% 0% 100% whom rule s matches and whom rule r matches: on to off 100%
			rules[0].name: r to s
			rules[0].serve: on to off
			rules[0].when.attribute: x to y
			rules[1].name: s to r
			rules[1].serve: off to on
			rules[1].when.attribute: y to x` + "\n",
		},
		{
			"prerequisite", `{"flags": {"f": {"ops", "default": "on", "off": "off"}, "g": {"ops", ` + full + `}, "h": {"ops",
				"prerequisites": [{"flag": "f", "variants": ["on"]}]}}}`,
			`{"flags": {"f": {"ops", "default": "on", "off": "off", "prerequisites": [{"flag": "g", "variants": ["on"]}]}, "g": {"ops",
				` + full + `}, "h": {"ops", "prerequisites": [{"flag": "f", "variants": ["on"]}]}}}`,
			`f changed 100% 100% 0% 100% of whom the new prerequisite fails: g is on: on to off 100%
			h affected whoever is moved by f
			prerequisites: nothing to [{"flag":"g","variants":["on"]}]` + "\n",
		},
		{
			"prerequisite gone, and off variant of another",
			`{"flags": {"f": {"ops", "default": "on", "off": "off", "prerequisites": [{"flag": "g", "variants": ["on"]}]}, "g": {"ops"},
				"h": {"ops", "default": "on", "prerequisites": [{"flag": "g", "variants": ["on"]}]}}}`,
			`{"flags": {"f": {"ops", "default": "on", "off": "off"}, "g": {"ops"},
				"h": {"ops", "default": "on", "off": "off", "prerequisites": [{"flag": "g", "variants": ["on"]}]}}}`,
			`f changed 100% 100% 100% 0% of whom the former prerequisite fails: g is on: off to on 100%
			h changed 100% 100% 0% 0% of whom the prerequisite fails: g is on: on to off 100%
			prerequisites: [{"flag":"g","variants":["on"]}] to nothing
			off: nothing to off` + "\n",
		},
		{
			"schedule", `{"flags": {"f": {"ops", "rollout": {"exposure": "10%", "serve": "on"}}}}`,
			`{"flags": {"f": {"ops", "rollout": {"exposure": "20%", "serve": "on"}, "schedule": [{"at": "2026-10-01T00:00:00Z",
				"exposure": "30%"}, {"at": "2026-12-01T00:00:00Z", "exposure": "50%"},
				{"at": "2026-12-02T00:00:00Z", "exposure": "10%"}]}}}`,
			`f changed 20% 20% 20% 0% everybody: off to on 20%
			f changed 40% 40% 40% 0% everybody, from 2026-12-01T00:00:00Z on: off to on 40%
			f changed 0% 0% 0% 0% everybody, from 2026-12-02T00:00:00Z on
			f scheduled 20% 20% 20% 0% everybody, from 2026-12-01T00:00:00Z on: off to on 20%
			f scheduled 40% 40% 0% 40% everybody, from 2026-12-02T00:00:00Z on: on to off 40%
			rollout.exposure: 10% to 20%
			schedule: nothing to [{"at":"2026-10-01T00:00:00Z","exposure":"30%"},{"at":"20...` + "\n",
		},
		{
			"what decides nothing", `{"flags": {"f": {"ops", "rollout": {"exposure": "10%", "serve": "on"}, "rules": [{"when":
				{"attribute": "x", "equals": 1}, "rollout": {"exposure": "10%", "serve": "on"}}]}}}`,
			`{"flags": {"f": {"ops", "since": "2026-01-01T00:00:00Z", "rollout": {"exposure": "10%", "good": "5%", "serve": "on",
				"progress": {"stable": "1", "seq": 7}}, "rules": [{"when": {"attribute": "x", "equals": 1},
				"rollout": {"exposure": "10%", "good": "5%", "serve": "on", "progress": {"epoch": 3}}}]}}}`,
			"nothing changes\n",
		},
		{
			"renamed, and what decides nothing", `{"flags": {"f": {"ops", "since": "2026-01-01T00:00:00Z", "environments": {"e":
				{"rollout": {"exposure": "1%", "good": "1%", "serve": "on"}}}}}}`,
			`{"flags": {"g": {"ops", "environments": {"e": {"rollout": {"exposure": "1%", "serve": "on"}}}}}}`, "g renamed from f nobody\n",
		},
		{
			"rules that pass on, in another order", `{"flags": {"f": {"ops", "rules": [
				{"name": "r", "when": {"attribute": "x", "equals": 1}, "rollout": {"exposure": "0%", "serve": "on", "next": true}},
				{"name": "s", "when": {"attribute": "x", "equals": 1}, "serve": "off"},
				{"name": "t", "when": {"attribute": "y", "equals": 1}, "rollout": {"exposure": "10%", "serve": "on"}}]}}}`,
			`{"flags": {"f": {"ops", "rules": [
				{"name": "r", "when": {"attribute": "x", "equals": 1}, "rollout": {"exposure": "0%", "serve": "on", "next": true}},
				{"name": "t", "when": {"attribute": "y", "equals": 1}, "rollout": {"exposure": "10%", "serve": "on"}},
				{"name": "s", "when": {"attribute": "x", "equals": 1}, "serve": "off"}]}}}`,
			`f changed 10% 10% 10% 0% whom rule r matches and whom rule t matches: off to on 10%
			rules[1].name: s to t
			rules[1].rollout: nothing to {"exposure":"10%","serve":"on"}
			rules[1].serve: off to nothing
			rules[1].when.attribute: x to y
			rules[2].name: t to s
			rules[2].rollout: {"exposure":"10%","serve":"on"} to nothing
			rules[2].serve: nothing to off
			rules[2].when.attribute: y to x` + "\n",
		},
		{
			"both prerequisites fail", `{"flags": {"a": {"ops"}, "b": {"ops"}, "f": {"ops", "default": "on",
				"prerequisites": [{"flag": "a", "variants": ["on"]}]}}}`,
			`{"flags": {"a": {"ops"}, "b": {"ops"}, "f": {"ops", "default": "on", "off": "off",
				"prerequisites": [{"flag": "b", "variants": ["on"]}]}}}`,
			`f changed 100% 100% 0% 0% of whom the new prerequisite fails: b is on: on to off 100%
			f changed 100% 100% 0% 0% of whom the former and the new prerequisite fail: a is on, b is on: on to off 100%
			off: nothing to off
			prerequisites[0].flag: a to b` + "\n",
		},
		{
			"another environment", `{"flags": {"f": {"ops", "environments": {"e": {"enabled": true}}}}}`, `{"flags": {"f": {"ops",
				"environments": {"e": {"enabled": true, "since": "2026-01-01T00:00:00Z"}}, ` + full + `}}}`,
			"nothing changes\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Diff(parsed(t, c.before), parsed(t, c.after), Options{Environment: "e", Now: day})
			lines := strings.Split(r.String(), "\n")
			if len(r.Flags) > 0 {
				lines = lines[1:]
			}
			for _, f := range r.Flags {
				for _, s := range f.Settings {
					lines = append(lines, s.String())
				}
			}
			if got, want := squeezed(lines), squeezed(strings.Split(c.want, "\n")); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// squeezed is lines with one space for many, and without those that are empty.
func squeezed(lines []string) string {
	var all []string
	for _, l := range lines {
		if words := strings.Fields(l); len(words) > 0 {
			all = append(all, strings.Join(words, " "))
		}
	}
	return strings.Join(all, "\n")
}

func TestAbove(t *testing.T) {
	before := parsed(t, `{"flags": {"f": {"ops", "rollout": {"exposure": "10%", "serve": "on"}}, "g": {"ops"}}}`)
	after := parsed(t, `{"flags": {"f": {"ops", "rollout": {"exposure": "20%", "serve": "on"},
				"schedule": [{"at": "2027-01-01T00:00:00Z", "enabled": false}]}, "g": {"ops", "default": "none"}}}`)
	r := Diff(before, after, Options{Now: day})
	var got []string
	for _, f := range r.Above(bucket.Everybody / 10) {
		got = append(got, fmt.Sprint(f.Path, " ", f.Code))
	}
	// At once 10 % come on, which is allowed. The schedule takes off 20 %, of whom 10 % had been on before.
	if want := []string{"flags.f moves", "flags.f takesOff", "flags.f takesOff", "flags.g invalid"}; !slices.Equal(sorted(got), want) {
		t.Error(got, r)
	}
}

func sorted(all []string) []string {
	slices.Sort(all)
	return all
}

// A report is data: what is written is what is read.
func TestReportIsData(t *testing.T) {
	r := Diff(parsed(t, `{"flags": {"f": {"ops", "rollout": {"exposure": "10%", "serve": "on"}}}}`),
		parsed(t, `{"flags": {"f": {"ops", "rollout": {"exposure": "12.5%", "serve": "on"}}}}`), Options{})
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"environment":"","flags":[{"flag":"f","what":"changed","settings":[{"path":"rollout.exposure","old":"\"10%\"",` +
		`"new":"\"12.5%\""}],` +
		`"moves":[{"who":"everybody","everyone":true,"basis":"exact","moved":"2.5%","minimum":"2.5%","joins":"2.5%","leaves":"0%",` +
		`"flows":[{"from":"off","to":"on","share":"2.5%"}],"revalued":"0%"}]}]}`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
	var back Report
	if err := json.Unmarshal(b, &back); err != nil || back.String() != r.String() {
		t.Error(err, back)
	}
}
