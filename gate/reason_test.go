package gate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-20fe5ead/gradatim/gate"
)

func TestReasonString(t *testing.T) {
	bake := gate.Reason{Kind: "bake", Unit: "duration", Have: int64(192 * time.Second), Need: int64(10 * time.Minute), Text: "healthy"}
	requests := gate.Reason{Kind: "requests", Unit: "requests", Have: 412, Need: 5000, Subject: "POST /orders", Text: "to POST /orders"}
	done := gate.Reason{Kind: "bake", Unit: "duration", Have: int64(time.Hour), Need: int64(time.Hour), Text: "healthy", Answer: gate.Open}
	refused := gate.Reason{Kind: "approval", Answer: gate.Refuse, Text: "rejected by ann"}
	all := gate.Reason{Kind: "all", Unit: "gates", Have: 1, Need: 3, Parts: []gate.Reason{bake, done, requests}}
	many := gate.Reason{Kind: "all", Parts: make([]gate.Reason, 20)}
	for i := range many.Parts {
		many.Parts[i].Kind = "x"
	}
	frozen := gate.Reason{Kind: "freeze", Text: "frozen until Tue: sale", At: noon, Parts: []gate.Reason{{Kind: "any", Parts: []gate.Reason{bake, requests}}}}
	lifted := gate.Reason{Kind: "freeze", Answer: gate.Open, Text: "frozen until Tue: sale, with an exception", Parts: []gate.Reason{done}}
	rejected := gate.Reason{Kind: "freeze", Text: "frozen until Tue: sale", Parts: []gate.Reason{refused}}
	for _, tc := range []struct {
		name   string
		reason gate.Reason
		want   string
	}{
		{"an exception beside what it is of", frozen, "freeze: frozen until Tue: sale (any of (bake: 3m12s of 10m healthy; requests: 412 of 5000 to POST /orders))"},
		{"that is open", lifted, "freeze: frozen until Tue: sale, with an exception (bake: 1h of 1h healthy)"},
		{"that refuses", rejected, "freeze: frozen until Tue: sale (approval refuses: rejected by ann)"},
		{"in others", gate.Reason{Kind: "all", Parts: []gate.Reason{{Kind: "named", Subject: "sale", Parts: []gate.Reason{rejected}}, rejected, bake}}, "sale (freeze: frozen until Tue: sale (approval refuses: rejected by ann)); freeze: frozen until Tue: sale (approval refuses: rejected by ann); bake: 3m12s of 10m healthy"},
		{"what is missing", all, "bake: 3m12s of 10m healthy; requests: 412 of 5000 to POST /orders"},
		{"all is open", gate.Reason{Kind: "all", Answer: gate.Open, Parts: []gate.Reason{done, done}}, "bake: 1h of 1h healthy; bake: 1h of 1h healthy"},
		{"what refuses", gate.Reason{Kind: "all", Answer: gate.Refuse, Parts: []gate.Reason{bake, refused}}, "approval refuses: rejected by ann"},
		{"all in all", gate.Reason{Kind: "all", Parts: []gate.Reason{bake, all}}, "bake: 3m12s of 10m healthy; (bake: 3m12s of 10m healthy; requests: 412 of 5000 to POST /orders)"},
		{"of another kind", gate.Reason{Kind: "any", Parts: []gate.Reason{bake, requests}}, "any of: bake: 3m12s of 10m healthy; requests: 412 of 5000 to POST /orders"},
		{"within all", gate.Reason{Kind: "all", Parts: []gate.Reason{{Kind: "any", Parts: []gate.Reason{bake, all}}, bake}}, "any of (bake: 3m12s of 10m healthy; (bake: 3m12s of 10m healthy; requests: 412 of 5000 to POST /orders)); bake: 3m12s of 10m healthy"},
		{"none decides", gate.Reason{Kind: "all", Answer: gate.Refuse, Parts: []gate.Reason{bake, done}}, "bake: 3m12s of 10m healthy; bake: 1h of 1h healthy"},
		{"nothing to say", gate.Reason{Kind: "mine", Answer: gate.Open}, "mine: open"},
		{"a subject only", gate.Reason{Kind: "mine", Subject: "errors", Unit: "users", Have: 1, Need: 2}, "mine: 1 of 2 users errors"},
		{"with a time", gate.Reason{Kind: "window", Text: "closed", At: noon.Add(time.Hour)}, "window: closed, look again at 2026-03-01T13:00:00Z"},
		{"in another zone", gate.Reason{Kind: "window", Text: "closed", At: noon.In(time.FixedZone("", 3600))}, "window: closed, look again at 2026-03-01T12:00:00Z"},
		{"several lines", gate.Reason{Kind: "a\nb", Text: "c\r\nd\u2028e\x1b"}, "a b: c  d e "},
		{"too many", many, strings.Repeat("x: wait; ", 8) + "and 12 more"},
		{"nothing", gate.Reason{}, ": wait"},
	} {
		if got := tc.reason.String(); got != tc.want {
			t.Errorf("%s:\ngot  %q\nwant %q", tc.name, got, tc.want)
		}
	}
}

func TestReasonLines(t *testing.T) {
	l := gate.Ledger{Healthy: 3 * time.Minute, Counts: []gate.Count{{N: 9}}}
	g := gate.All{gate.Bake{}, gate.All{gate.Requests{Min: 5}, gate.Healthy{Signals: []string{"e2e"}}}}
	want := []string{
		"wait all: 0 of 2 gates",
		"  wait bake: 3m of 10m healthy",
		"  wait all: 1 of 2 gates",
		"    open requests: 9 of 5",
		"    wait healthy: 0 of 1 signals",
		"      wait healthy: e2e is not measured",
	}
	if diff := cmp.Diff(want, g.Explain(facts(l)).Lines()); diff != "" {
		t.Error(diff)
	}
	// When to look again is said by the part that knows, and not once more above it.
	want = []string{"wait all: 0 of 2 gates", "  wait sloppy: wait, look again at 2026-03-01T12:05:00Z", "  wait any: 0 of 1 gates", "    wait sloppy: wait"}
	if diff := cmp.Diff(want, gate.All{says(gate.Wait, 5), gate.Any{says(gate.Wait, 0)}}.Explain(facts(gate.Ledger{})).Lines()); diff != "" {
		t.Error(diff)
	}
}
