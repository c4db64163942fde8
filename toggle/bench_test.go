package toggle_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// kinds are flags by what their evaluation costs.
const kinds = `
	"constant": {` + about + `, "enabled": true, "default": "on"},
	"percentage": {` + about + `, "enabled": true, "rollout": {"exposure": "50%", "serve": "on"}},
	"split": {` + about + `, "enabled": true, "rollout": {"exposure": "50%", "split": [{"variant": "on", "weight": 1}, {"variant": "off", "weight": 2}]}},
	"number": {` + about + `, "enabled": true, "rollout": {"exposure": "50%", "by": "id", "serve": "on"}},
	"rule": {` + about + `, "enabled": true, "rules": [{"when": {"all": [{"attribute": "country", "in": ["CH", "DE", "AT"]},
		{"attribute": "plan", "equals": "pro"}, {"attribute": "age", "atLeast": 18}]}, "rollout": {"exposure": "50%", "serve": "on"}}]},
	"list": {` + about + `, "enabled": true, "rules": [{"when": {"attribute": "tags", "in": ["a", "b", "c", "d", "e", "f"]}, "serve": "on"}]},
	"version": {` + about + `, "enabled": true, "rules": [{"when": {"attribute": "app", "version": ">=1.2.0-rc.1 <2"}, "serve": "on"}]},
	"cidr": {` + about + `, "enabled": true, "rules": [{"when": {"attribute": "ip", "cidr": ["10.0.0.0/8", "2001:db8::/32"]}, "serve": "on"}]},
	"regexp": {` + about + `, "enabled": true, "rules": [{"when": {"attribute": "email", "matches": "@example[.]org$"}, "serve": "on"}]},
	"instant": {` + about + `, "enabled": true, "rules": [{"when": {"attribute": "since", "from": "2026-01-01T00:00:00Z"}, "serve": "on"}]},
	"schedule": {` + about + `, "enabled": false, "rollout": {"exposure": "10%", "serve": "on"},
		"schedule": [{"at": "2026-01-01T00:00:00Z", "enabled": true}, {"at": "2026-10-01T00:00:00Z", "exposure": "90%"}]},
	"asks": {` + about + `, "enabled": true, "default": "on", "off": "off", "prerequisites": [{"flag": "rule", "variants": ["on", "off"]}]},
	"broken": {}`

var kindNames = []string{
	"constant", "percentage", "split", "number", "rule", "list", "version", "cidr", "regexp", "instant", "schedule", "asks", "broken", "unknown",
} // never written

var everything = &toggle.Subject{Key: "user-0123456789a", Attributes: map[string]toggle.Value{
	"country": toggle.Text("AT"), "plan": toggle.Text("pro"), "age": toggle.Num(30), "id": toggle.Num(123456789), "tags": toggle.Texts("x", "f"),
	"app": toggle.Text("1.10.3-beta.2+linux"), "ip": toggle.Text("2001:db8::1"), "email": toggle.Text("ada@example.org"),
	"since": toggle.Text("2026-02-03T04:05:06.789+01:00"),
}} // never written

// hundred is a snapshot of a hundred flags more.
func hundred(t testing.TB) *toggle.Snapshot {
	var data strings.Builder
	data.WriteString(`{"flags": {` + kinds)
	for i := range 100 {
		data.WriteString(fmt.Sprintf(`, "flag-%d": {%s, "enabled": true, "default": "on"}`, i, about))
	}
	s, err := toggle.Load([]byte(data.String()+`}}`), toggle.Options{})
	if s == nil {
		t.Fatal(err)
	}
	return s
}

func TestNoAllocation(t *testing.T) {
	s := hundred(t)
	for _, name := range kindNames {
		h := s.Handle(name)
		var r toggle.Result
		for what, f := range map[string]func(){
			"Evaluate":        func() { r = s.Evaluate(name, everything, now) },
			"Handle.Evaluate": func() { r = h.Evaluate(everything, now) },
			"nobody":          func() { r = s.Evaluate(name, nil, now) },
			"Bool":            func() { s.Bool(name, everything, now, false) },
			"Text":            func() { s.Text(name, everything, now, "") },
			"Num":             func() { s.Num(name, everything, now, 0) },
			"JSON":            func() { s.JSON(name, everything, now, "") },
		} { // order does not matter: each is counted alone
			if n := testing.AllocsPerRun(100, f); n != 0 {
				t.Errorf("%s of %s allocates %v times", what, name, n)
			}
		}
		if name != "broken" && name != "unknown" {
			if r = s.Evaluate(name, everything, now); r.Error != "" {
				t.Error(name, r)
			}
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	s := hundred(b)
	for _, name := range kindNames {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Bool(name, everything, now, false)
			}
		})
	}
}
