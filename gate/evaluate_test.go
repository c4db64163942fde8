package gate_test

import (
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
)

// bound is a gate of somebody else that says so, and binds or not.
type bound struct {
	sloppy
	binds bool
}

func (b bound) Binds() bool { return b.binds }

func binding(a gate.Answer, minutes int) gate.Gate {
	return bound{says(a, minutes).(sloppy), true}
}

// A waiver opens what does not bind, and nothing else: of All part by part, under a name
// and behind a pointer, too.
func TestWaived(t *testing.T) {
	const open, wait, refuse = gate.Open, gate.Wait, gate.Refuse
	shut, no := binding(wait, 5), says(refuse, 3)
	for _, tc := range []struct {
		name  string
		gates []gate.Gate
		want  gate.Answer
		next  int
	}{
		{"nothing", nil, open, 0},
		{"what does not bind", []gate.Gate{no, says(wait, 2), nil, (*gate.All)(nil), bound{no.(sloppy), false}}, open, 0},
		{"what binds", []gate.Gate{shut}, wait, 5},
		{"that is open", []gate.Gate{binding(open, 7)}, open, 7},
		{"the first Next of several", []gate.Gate{binding(open, 4), shut, binding(open, 0)}, wait, 4},
		{"a refusal before a wait", []gate.Gate{binding(refuse, 0), shut}, refuse, 5},
		{"and after one", []gate.Gate{shut, binding(refuse, 0)}, refuse, 5},
		{"an answer that there is not", []gate.Gate{binding(17, 0)}, wait, 0},
		{"and under a name", []gate.Gate{gate.Named{Name: "x", Gate: binding(17, 0)}}, wait, 0},
		{"not compiled", []gate.Gate{gate.Freeze{}}, wait, 0},
		{"of all", []gate.Gate{gate.All{no, shut, says(wait, 1)}}, wait, 5},
		{"of all behind a pointer", []gate.Gate{&gate.All{no, binding(open, 0)}}, open, 0},
		{"of what has a name", []gate.Gate{gate.Named{Name: "x", Gate: gate.All{no, binding(open, 0)}}}, open, 0},
		{"of that behind a pointer", []gate.Gate{&gate.Named{Name: "x", Gate: gate.All{no, binding(open, 0)}}}, open, 0},
		{"at any depth", []gate.Gate{gate.All{gate.Named{Name: "x", Gate: &gate.All{no, gate.All{shut}}}}}, wait, 5},
		{"any is waived if none binds", []gate.Gate{gate.Any{no, no}, gate.AtLeast{N: 1, Of: []gate.Gate{no}}}, open, 0},
		{"and decides itself if one does", []gate.Gate{gate.Any{says(open, 2), shut}}, open, 2},
		{"whatever the others say", []gate.Gate{gate.Any{binding(wait, 0), says(wait, 0)}}, wait, 0},
	} {
		want := gate.Decision{Answer: tc.want}
		if tc.next != 0 {
			want.Next = noon.Add(time.Duration(tc.next) * time.Minute)
		}
		if d := gate.Waived(tc.gates, facts(gate.Ledger{})); d != want {
			t.Errorf("%s: %v, want %v", tc.name, d, want)
		}
	}
}

// An opening is the very instant, however many changes come before it; and nobody looks
// for ever.
func TestOpening(t *testing.T) {
	second := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Second) }
	odd := schedule{{Answer: gate.Refuse, Next: second(1)}, {Answer: gate.Wait, Next: second(2)}, {Answer: gate.Open, Next: second(3)}}
	for _, tc := range []struct {
		name string
		gate gate.Gate
		want time.Time
		ok   bool
	}{
		{"no gate", nil, time.Time{}, false},
		{"open now", says(gate.Open, 5), noon, true},
		{"never", says(gate.Wait, 0), time.Time{}, false},
		{"rejected for ever", says(gate.Refuse, 0), time.Time{}, false},
		{"behind a refusal", odd, second(3), true},
		{"when both are", gate.All{odd, schedule{{Answer: gate.Open, Next: second(2)}, {Answer: gate.Wait, Next: second(3)}, {Answer: gate.Open, Next: second(4)}}}, second(4), true},
		{"for ever soon", soon{}, time.Time{}, false},
	} {
		if at, ok := gate.Opening(tc.gate, facts(gate.Ledger{})); ok != tc.ok || !at.Equal(tc.want) {
			t.Errorf("%s: %v %v, want %v", tc.name, at, ok, tc.want)
		}
	}
}

// soon says at every instant that the next one may be another.
type soon struct{ sloppy }

func (soon) Evaluate(f gate.Facts) gate.Decision {
	return gate.Decision{Next: f.Now().Add(time.Second)}
}
