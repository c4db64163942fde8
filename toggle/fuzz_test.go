package toggle_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// Whatever the file, loading and evaluating it does not panic; what is loaded without a
// problem is written and loaded again as the same; and a killed flag is off.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(checkout))
	f.Add([]byte(changeable))
	f.Add([]byte(`{"segments": {"a": {"segment": "b"}, "b": {"any": [{"segment": "a"}]}}, "flags": {"x": {"rules": [{}]}}}`))
	f.Add(set(map[string]string{"a": "b c", "b": "c", "c": "a"}))
	f.Add([]byte(`{"flags": {"a": {` + about + `, "enabled": true, "rollout": {"by": "n", "exposure": "50%", "split": [{"variant": "on", "weight": 1},
		{
			"variant": "off", "weight": 2}]}, "rules": [{"when": {"attribute": "v", "version": ">=1"}, "rollout": {"serve": "on",
			"exposure": "1%", "next": true},
		},
		{"when": {"all": [{"attribute": "ip", "cidr": ["10.0.0.0/8"]}, {"not": {"attribute": "t", "matches": "^x"}}]}, "serve": "on"}]}}}`))
	subjects := []*toggle.Subject{nil, {Key: "user-1"}, {Key: "\xff", Attributes: map[string]toggle.Value{
		"n": toggle.Num(17), "v": toggle.Text("1.2.3-rc.1"), "ip": toggle.Text("::ffff:10.0.0.1"), "t": toggle.Texts("x", "y"), "attribute": {},
		"email": toggle.Text("ada@example.org"), "app": toggle.Text("3"), "since": toggle.Time(now),
	}}}
	previous, _ := toggle.Load([]byte(changeable), toggle.Options{})
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := toggle.Load(data, toggle.Options{Environment: "test", Previous: previous})
		if s == nil {
			if err == nil {
				t.Fatal("neither a snapshot nor an error")
			}
			return
		}
		killed, _ := s.With(toggle.Changes{Kills: s.Names(), Stale: true})
		for _, name := range append(s.Names(), "unknown") {
			for _, sub := range subjects {
				for _, at := range []time.Time{{}, now} {
					r := s.Evaluate(name, sub, at)
					if (r.Error == "" && r.Variant != "") != (r.Value.Type() != toggle.Nothing) || r.Reason == "" || r.String() == "" {
						t.Errorf("%s: %+v", name, r)
					}
				}
				if r := killed.Evaluate(name, sub, now); r.Reason != toggle.Killed && r.Reason != toggle.Failed {
					t.Errorf("%s was killed, and serves %v", name, r)
				}
			}
		}
		if err != nil {
			return
		}
		var set toggle.Set
		if err := set.UnmarshalJSON(data); err != nil {
			t.Fatalf("loaded, but not read: %v", err)
		}
		again, err := toggle.Compile(set, toggle.Options{Environment: "test"})
		if err != nil {
			t.Fatalf("loaded, but not compiled: %v", err)
		}
		for _, name := range s.Names() {
			if a, b := s.Evaluate(name, subjects[2], now), again.Evaluate(name, subjects[2], now); answerOf(a) != answerOf(b) {
				t.Errorf("%s: %v, and %v when it was read", name, a, b)
			}
		}
	})
}
