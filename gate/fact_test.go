package gate_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
)

func TestFact(t *testing.T) {
	lease := gate.Fact{Name: "lease", Value: "held", MaxAge: time.Minute}
	ci := gate.Fact{Name: "ci", Digest: true}
	at := func(d time.Duration) time.Time { return noon.Add(d) }
	for _, tc := range []struct {
		name    string
		gate    gate.Fact
		vouched []gate.Vouched
		want    gate.Answer
		next    time.Duration // from now; zero is none
		words   string
	}{
		{"nothing is vouched for", lease, nil, gate.Wait, 0, "fact: lease is not known"},
		{"something else is", lease, []gate.Vouched{{Name: "leases", Value: "held", At: noon}}, gate.Wait, 0, "fact: lease is not known"},
		{"just now", lease, []gate.Vouched{{Name: "lease", Value: "held", At: noon}}, gate.Open, time.Minute, "fact: lease is held, look again at 2026-03-01T12:01:00Z"},
		{"the last instant", lease, []gate.Vouched{{Name: "lease", Value: "held", At: at(1 - time.Minute)}}, gate.Open, 1, ""},
		{"too old", lease, []gate.Vouched{{Name: "lease", Value: "held", At: at(-time.Minute)}}, gate.Wait, 0, "fact: lease was known 1m ago, and is too old after 1m"},
		{"another value", lease, []gate.Vouched{{Name: "lease", Value: "free", At: noon}}, gate.Wait, 0, "fact: lease is free, not held"},
		{"any value", gate.Fact{Name: "lease"}, []gate.Vouched{{Name: "lease", Value: "free", At: noon}}, gate.Open, 5 * time.Minute, ""},
		{"no value, and none is asked for", gate.Fact{Name: "lease"}, []gate.Vouched{{Name: "lease", At: noon}}, gate.Open, 5 * time.Minute, "fact: lease, look again at 2026-03-01T12:05:00Z"},
		{"since nobody knows when", lease, []gate.Vouched{{Name: "lease", Value: "held"}}, gate.Wait, 0, "fact: since when lease is known is not said"},
		{"ahead of the clock", lease, []gate.Vouched{{Name: "lease", Value: "held", At: at(time.Second)}}, gate.Wait, time.Second, "fact: lease is known from 1s ahead of the clock, look again at 2026-03-01T12:00:01Z"},
		{"the first of two", lease, []gate.Vouched{{Name: "lease", Value: "free", At: noon}, {Name: "lease", Value: "held", At: noon}}, gate.Wait, 0, ""},
		{"of this artifact", ci, []gate.Vouched{{Name: "ci", Value: "sha256:1", At: noon}}, gate.Open, 5 * time.Minute, ""},
		{"of another one", ci, []gate.Vouched{{Name: "ci", Value: "sha256:2", At: noon}}, gate.Wait, 0, "fact: ci is sha256:2, not sha256:1"},
		{"of none", ci, []gate.Vouched{{Name: "ci", At: noon}}, gate.Wait, 0, ""},
		{"without a name", gate.Fact{}, []gate.Vouched{{At: noon}}, gate.Wait, 0, ""},
	} {
		want := gate.Decision{Answer: tc.want}
		if tc.next != 0 {
			want.Next = noon.Add(tc.next)
		}
		f := facts(gate.Ledger{Digest: "sha256:1"}, tc.vouched...)
		if d := tc.gate.Evaluate(f); d != want {
			t.Errorf("%s: %v, want %v", tc.name, d, want)
		}
		if r := tc.gate.Explain(f); r.Answer != want.Answer || r.At != want.Next || r.String() != tc.words && tc.words != "" {
			t.Errorf("%s: %v %v %q, want %v %q", tc.name, r.Answer, r.At, r, want, tc.words)
		}
	}
	nothing := facts(gate.Ledger{}, gate.Vouched{Name: "ci", At: noon})
	if d := ci.Evaluate(nothing); d.Answer != gate.Wait {
		t.Errorf("a release without a digest: %v", d)
	}
	signals := gate.Ledger{Signals: []gate.Signal{{Name: "e2e", Verdict: "healthy"}}}
	if d := (gate.Healthy{Digest: true}).Evaluate(facts(signals)); d.Answer != gate.Wait {
		t.Errorf("tests of no artifact, of a release without a digest: %v", d)
	}
}
