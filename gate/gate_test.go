package gate_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// noon is the now of all tables.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// facts is a view at noon.
func facts(l gate.Ledger, outside ...gate.Vouched) gate.Facts {
	return gate.NewFacts(noon, &l, outside)
}

// schedule is a gate of somebody else, whose answer follows from the time alone:
// each entry holds from its instant on, before the first it waits.
type schedule []gate.Decision

func (schedule) Kind() string { return "schedule" }

func (s schedule) Evaluate(f gate.Facts) gate.Decision {
	d := gate.Decision{}
	for _, entry := range s {
		if f.Now().Before(entry.Next) {
			d.Next = entry.Next
			return d
		}
		d.Answer = entry.Answer
	}
	return d
}

func (s schedule) Explain(f gate.Facts) gate.Reason {
	d := s.Evaluate(f)
	return gate.Reason{Kind: s.Kind(), Answer: d.Answer, At: d.Next}
}

// sloppy is a gate of somebody else that says whatever it was told to.
type sloppy struct{ says gate.Decision }

func (sloppy) Kind() string                        { return "sloppy" }
func (s sloppy) Evaluate(gate.Facts) gate.Decision { return s.says }
func (sloppy) Explain(gate.Facts) gate.Reason      { return gate.Reason{Kind: "other", Answer: gate.Open} }

func TestAnswerText(t *testing.T) {
	for _, a := range []gate.Answer{gate.Wait, gate.Open, gate.Refuse} {
		data, err := json.Marshal(a)
		if want := `"` + a.String() + `"`; err != nil || string(data) != want {
			t.Errorf("Marshal(%v) = %s, %v; want %s", a, data, err, want)
		}
		back := gate.Answer(99)
		if err := json.Unmarshal(data, &back); err != nil || back != a {
			t.Errorf("Unmarshal(%s) = %v, %v", data, back, err)
		}
	}
	if got := gate.Answer(7).String(); got != "wait" {
		t.Errorf("an answer that there is not: %q", got)
	}
	for _, text := range []string{"", "Open", "opened", " open"} {
		a := gate.Refuse
		err := a.UnmarshalText([]byte(text))
		if field := (*gate.FieldError)(nil); !errors.As(err, &field) || a != gate.Refuse {
			t.Errorf("UnmarshalText(%q) = %v, %v; want a FieldError", text, a, err)
		}
	}
}

// kinds are the gates of this package, as the codec of a plan knows them.
func kinds() strict.Kinds {
	return strict.Kinds{reflect.TypeFor[gate.Gate](): {
		"all":      func() any { return gate.All(nil) },
		"any":      func() any { return gate.Any(nil) },
		"atLeast":  func() any { return gate.AtLeast{} },
		"named":    func() any { return gate.Named{} },
		"fact":     func() any { return gate.Fact{} },
		"bake":     func() any { return gate.Bake{} },
		"healthy":  func() any { return gate.Healthy{} },
		"requests": func() any { return gate.Requests{} },
		"approval": func() any { return gate.Approval{} },
	}}
}

func TestJSON(t *testing.T) {
	gates := []gate.Gate{
		gate.Bake{For: time.Hour, Factor: 0.5, Min: 10 * time.Minute},
		gate.Bake{},
		gate.Requests{Min: 5000, Endpoint: "POST /orders", Signal: "errors"},
		gate.Healthy{Signals: []string{"e2e"}, For: 5 * time.Minute, Passes: 3, Digest: true},
		gate.All{gate.Bake{For: time.Minute}, gate.All{gate.Healthy{}}},
		gate.AtLeast{N: 1, Of: []gate.Gate{gate.Fact{Name: "lease", Value: "held", MaxAge: time.Minute}, gate.Fact{Name: "ci", Digest: true}}},
		gate.Named{Name: "either", Gate: gate.Any{gate.Bake{}}},
		gate.Approval{Count: 2, Roles: []string{"owner", "ops"}, NotAuthor: true, For: "freeze", Lasts: 24 * time.Hour},
		gate.Approval{},
	}
	const want = `[{"bake":{"for":"1h","factor":0.5,"min":"10m"}},{"bake":{}},` +
		`{"requests":{"min":5000,"endpoint":"POST /orders","signal":"errors"}},` +
		`{"healthy":{"signals":["e2e"],"for":"5m","passes":3,"digest":true}},` +
		`{"all":[{"bake":{"for":"1m"}},{"all":[{"healthy":{}}]}]},` +
		`{"atLeast":{"n":1,"of":[{"fact":{"name":"lease","value":"held","maxAge":"1m"}},{"fact":{"name":"ci","digest":true}}]}},` +
		`{"named":{"name":"either","gate":{"any":[{"bake":{}}]}}},` +
		`{"approval":{"count":2,"roles":["owner","ops"],"notAuthor":true,"for":"freeze","lasts":"24h"}},{"approval":{}}]`
	data, err := strict.Encode(gates)
	if err != nil || string(data) != want {
		t.Fatalf("Encode: %v\ngot  %s\nwant %s", err, data, want)
	}
	var back []gate.Gate
	if err := strict.Decode(data, 1<<20, kinds(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(gates, back); diff != "" {
		t.Error(diff)
	}
}

func TestReasonJSON(t *testing.T) {
	f := facts(gate.Ledger{Signals: []gate.Signal{{Name: "errors"}}, Counts: []gate.Count{{N: 1}}}).With(&gate.Brief{Notes: "a\nb"})
	reason := gate.All{gate.Bake{}, gate.Healthy{}, gate.Approval{}}.Explain(f)
	data, err := strict.Encode(reason)
	if err != nil {
		t.Fatal(err)
	}
	var back gate.Reason
	if err := strict.Decode(data, 1<<20, kinds(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(reason, back); diff != "" {
		t.Error(diff)
	}
}

func TestZeroFacts(t *testing.T) {
	var f gate.Facts
	for _, g := range []gate.Gate{gate.Bake{}, gate.Requests{}, gate.Healthy{}, gate.Fact{}, gate.Named{}, gate.Approval{}, gate.Approval{NotAuthor: true}, gate.All{gate.Bake{}}, gate.Any{gate.Bake{}}} {
		if d := g.Evaluate(f); d != (gate.Decision{}) {
			t.Errorf("%s knows nothing and says %v", g.Kind(), d)
		}
		if r := g.Explain(f); r.Answer != gate.Wait || r.String() == "" {
			t.Errorf("%s knows nothing and says %v", g.Kind(), r)
		}
	}
	_, signal := f.Signal("errors")
	_, fact := f.Vouched("lease")
	if signal || fact || f.Signals() != 0 || f.Votes() != 0 || !f.Now().IsZero() || !f.Reached().IsZero() {
		t.Error("the zero Facts knows something")
	}
}

func TestFacts(t *testing.T) {
	l := gate.Ledger{
		Reached: noon.Add(-time.Hour), Healthy: time.Minute, Earlier: 2,
		Signals: []gate.Signal{{Name: "errors", Verdict: health.Healthy}},
		Votes:   []gate.Vote{{By: "ann"}},
	}
	f := facts(l, gate.Vouched{Name: "lease", Value: "held"})
	signal, ok := f.Signal("errors")
	if !ok || signal.Verdict != health.Healthy || f.Signals() != 1 || f.SignalAt(0) != signal {
		t.Errorf("Signal = %v, %v", signal, ok)
	}
	if fact, ok := f.Vouched("lease"); !ok || fact.Value != "held" {
		t.Errorf("Fact = %v, %v", fact, ok)
	}
	if f.Votes() != 1 || f.Vote(0).By != "ann" {
		t.Error("Approvals")
	}
	if f.Now() != noon || f.Reached() != l.Reached || f.Healthy() != l.Healthy || f.Earlier() != 2 {
		t.Error("what was put in does not come out")
	}
}
