package gate_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
)

func TestFact(t *testing.T) {
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	held := gate.Fact{Name: "lease", Value: "held", MaxAge: time.Minute}
	scan := gate.Fact{Name: "scan", Digest: true}
	for _, tc := range []struct {
		name    string
		gate    gate.Fact
		digest  string
		vouched []gate.Vouched
		want    gate.Decision
		words   string
	}{
		{"nothing", held, "", nil, gate.Decision{}, "fact: lease is not known"},
		{"something else", held, "", []gate.Vouched{{Name: "leases", Value: "held", At: noon}}, gate.Decision{}, "fact: lease is not known"},
		{"no name", gate.Fact{}, "", []gate.Vouched{{At: noon}}, gate.Decision{}, "fact:  is not known"},
		{"held", held, "", []gate.Vouched{{Name: "x"}, {Name: "lease", Value: "held", At: noon}}, gate.Decision{Answer: gate.Open, Next: noon.Add(time.Minute)}, "fact: lease is held, look again at 2026-03-01T12:01:00Z"},
		{"lost", held, "", []gate.Vouched{{Name: "lease", Value: "lost", At: noon}}, gate.Decision{}, "fact: lease is lost, not held"},
		{"of no value", held, "", []gate.Vouched{{Name: "lease", At: noon}}, gate.Decision{}, "fact: lease has no value, not held"},
		{"of any value", gate.Fact{Name: "lease"}, "", []gate.Vouched{{Name: "lease", At: noon}}, gate.Decision{Answer: gate.Open, Next: noon.Add(5 * time.Minute)}, "fact: lease, look again at 2026-03-01T12:05:00Z"},
		{"the last instant", held, "", []gate.Vouched{{Name: "lease", Value: "held", At: ago(time.Minute - 1)}}, gate.Decision{Answer: gate.Open, Next: noon.Add(1)}, ""},
		{"too old", held, "", []gate.Vouched{{Name: "lease", Value: "held", At: ago(time.Minute)}}, gate.Decision{}, "fact: lease was known 1m ago, and is too old after 1m"},
		{"too old for the default", gate.Fact{Name: "lease", MaxAge: -1}, "", []gate.Vouched{{Name: "lease", At: ago(5 * time.Minute)}}, gate.Decision{}, "fact: lease was known 5m ago, and is too old after 5m"},
		{"known only later", held, "", []gate.Vouched{{Name: "lease", Value: "held", At: noon.Add(time.Second)}}, gate.Decision{Next: noon.Add(time.Second)}, "fact: lease is known from 1s ahead of the clock, look again at 2026-03-01T12:00:01Z"},
		{"since when is not said", held, "", []gate.Vouched{{Name: "lease", Value: "held"}}, gate.Decision{}, "fact: since when lease is known is not said"},
		{"of this artifact", scan, "sha256:1", []gate.Vouched{{Name: "scan", Value: "sha256:1", At: noon}}, gate.Decision{Answer: gate.Open, Next: noon.Add(5 * time.Minute)}, ""},
		{"of another one", scan, "sha256:1", []gate.Vouched{{Name: "scan", Value: "sha256:2", At: noon}}, gate.Decision{}, "fact: scan is sha256:2, not sha256:1"},
		{"of none, for none", scan, "", []gate.Vouched{{Name: "scan", At: noon}}, gate.Decision{}, "fact: scan is of an artifact, and the release has no digest"},
		{"the first of two counts", held, "", []gate.Vouched{{Name: "lease", Value: "lost", At: noon}, {Name: "lease", Value: "held", At: noon}}, gate.Decision{}, ""},
	} {
		f := facts(gate.Ledger{Digest: tc.digest}, tc.vouched...)
		if d := tc.gate.Evaluate(f); d != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, d, tc.want)
		}
		r := tc.gate.Explain(f)
		if r.Answer != tc.want.Answer || r.At != tc.want.Next || tc.words != "" && r.String() != tc.words {
			t.Errorf("%s: %v %q, want %q", tc.name, r.Answer, r, tc.words)
		}
	}
	signals := gate.Ledger{Signals: []gate.Signal{{Name: "e2e", Verdict: "healthy"}}}
	if d := (gate.Healthy{Digest: true}).Evaluate(facts(signals)); d.Answer != gate.Wait {
		t.Errorf("tests of no artifact, of a release without a digest: %v", d)
	}
}
