package gate_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
)

// says is a gate that answers so until some minutes from noon; zero is for ever.
func says(a gate.Answer, minutes int) gate.Gate {
	if minutes == 0 {
		return sloppy{gate.Decision{Answer: a}}
	}
	return sloppy{gate.Decision{Answer: a, Next: noon.Add(time.Duration(minutes) * time.Minute)}}
}

func TestAll(t *testing.T) {
	const open, wait, refuse = gate.Open, gate.Wait, gate.Refuse
	for _, tc := range []struct {
		name string
		all  gate.All
		want gate.Answer
		next int
	}{
		{"nothing is missing", nil, open, 0},
		{"all open", gate.All{says(open, 0), says(open, 0)}, open, 0},
		{"one waits", gate.All{says(open, 0), says(wait, 0), says(open, 0)}, wait, 0},
		{"one refuses", gate.All{says(refuse, 0), says(wait, 0), says(open, 0)}, refuse, 0},
		{"the last refuses", gate.All{says(wait, 0), says(open, 0), says(refuse, 0)}, refuse, 0},
		{"the first to close", gate.All{says(open, 9), says(open, 3), says(open, 0)}, open, 3},
		{"the first that may refuse", gate.All{says(wait, 9), says(wait, 3), says(wait, 0)}, wait, 3},
		{"also of the open ones", gate.All{says(wait, 9), says(open, 3)}, wait, 3},
		{"also behind a refusal", gate.All{says(refuse, 9), says(wait, 3)}, refuse, 3},
		{"a nil gate waits", gate.All{says(open, 0), nil}, wait, 0},
		{"a nil pointer waits", gate.All{says(open, 0), (*gate.Bake)(nil), (*gate.All)(nil)}, wait, 0},
		{"an answer that there is not waits", gate.All{says(17, 5)}, wait, 5},
		{"an instant that is past is none", gate.All{says(wait, -1), says(open, 2)}, wait, 2},
		{"nested", gate.All{gate.All{says(open, 4)}, gate.All{gate.All{says(wait, 7), nil}}}, wait, 4},
		{"nested and empty", gate.All{gate.All{}, gate.All{gate.All{}}}, open, 0},
	} {
		want := gate.Decision{Answer: tc.want}
		if tc.next != 0 {
			want.Next = noon.Add(time.Duration(tc.next) * time.Minute)
		}
		f := facts(gate.Ledger{})
		if d := tc.all.Evaluate(f); d != want {
			t.Errorf("%s: %v, want %v", tc.name, d, want)
		}
		if r := tc.all.Explain(f); r.Answer != want.Answer || r.At != want.Next || len(r.Parts) != len(tc.all) {
			t.Errorf("%s: %+v, want %v", tc.name, r, want)
		}
	}
	now := sloppy{gate.Decision{Answer: gate.Wait, Next: noon}}
	if d := (gate.All{now}).Evaluate(facts(gate.Ledger{})); d != (gate.Decision{}) {
		t.Errorf("this very instant is no later one: %v", d)
	}
}

// What a part decides is not taken from its words.
func TestAllTrustsDecisions(t *testing.T) {
	r := gate.All{says(gate.Refuse, 5), nil}.Explain(facts(gate.Ledger{}))
	if p := r.Parts[0]; p.Answer != gate.Refuse || p.Kind != "sloppy" || p.At != noon.Add(5*time.Minute) {
		t.Errorf("%+v", p)
	}
	if p := r.Parts[1]; p.Answer != gate.Wait || p.Text != "there is no gate" {
		t.Errorf("%+v", p)
	}
	if r.Have != 0 || r.Need != 2 {
		t.Errorf("%d of %d", r.Have, r.Need)
	}
}
