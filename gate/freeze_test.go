package gate_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/gate"
)

// yearEnd is the freeze of the tables.
func yearEnd() gate.Freeze {
	return gate.Freeze{Name: "winter", Zone: "Europe/Berlin", Spans: []gate.Frozen{
		{From: "2026-12-18 18:00", To: "2027-01-04", Reason: "year end"},
		{From: "2026-11-27", To: "2026-11-27", Reason: "sale"},
	}}
}

func TestFreeze(t *testing.T) {
	const berlin = " (Europe/Berlin)"
	for _, tc := range []struct {
		name   string
		now    string
		answer gate.Answer
		next   string
		text   string
	}{
		{"long before", "0001-01-01T00:00:00Z", gate.Open, "2026-11-26T23:00:00Z", "no freeze until Fri 2026-11-27 00:00 CET" + berlin + ": sale"},
		{"at its begin", "2026-11-26T23:00:00Z", gate.Wait, "2026-11-27T23:00:00Z", "frozen until Sat 2026-11-28 00:00 CET" + berlin + ": sale"},
		{"between", "2026-11-27T23:00:00Z", gate.Open, "2026-12-18T17:00:00Z", "no freeze until Fri 2026-12-18 18:00 CET" + berlin + ": year end"},
		{"inside", "2026-12-31T23:00:00Z", gate.Wait, "2027-01-04T23:00:00Z", "frozen until Tue 2027-01-05 00:00 CET" + berlin + ": year end"},
		{"in its last second", "2027-01-04T22:59:59Z", gate.Wait, "2027-01-04T23:00:00Z", "frozen until Tue 2027-01-05 00:00 CET" + berlin + ": year end"},
		{"after it", "2027-01-04T23:00:00Z", gate.Open, "", "no freeze to come"},
		{"in the year 9000", "9000-01-01T00:00:00Z", gate.Open, "", "no freeze to come"},
	} {
		g := compiled(t, yearEnd())
		f := gate.NewFacts(at(tc.now), nil, nil)
		if d := g.Evaluate(f); d != (gate.Decision{Answer: tc.answer, Next: at(tc.next)}) {
			t.Errorf("%s: %v", tc.name, d)
		}
		want := gate.Reason{Kind: "freeze", Subject: "winter", Answer: tc.answer, At: at(tc.next), Text: tc.text}
		if diff := cmp.Diff(want, g.Explain(f)); diff != "" {
			t.Errorf("%s:\n%s", tc.name, diff)
		}
	}
}

// Of spans that overlap or touch there is one end, and of each that covers now the reason.
func TestFreezeMerges(t *testing.T) {
	g := compiled(t, gate.Freeze{Spans: []gate.Frozen{
		{From: "2026-05-03 12:00", To: "2026-05-04", Reason: "third"},
		{From: "2026-05-01", To: "2026-05-02", Reason: "first"},
		{From: "2026-05-02 12:00", To: "2026-05-02 18:00", Reason: "second"},
		{From: "2026-05-03", To: "2026-05-03 12:00", Reason: "first"},
		{From: "2026-05-02", To: "2026-05-03 06:00", Reason: "second"},
		{From: "2026-05-05 00:01", To: "2026-05-06 00:00", Reason: "alone"},
	}})
	for now, want := range map[string]string{
		"2026-04-30T00:00:00Z": "open 2026-05-01T00:00:00Z no freeze until Fri 2026-05-01 00:00 UTC: first",
		"2026-05-01T00:00:00Z": "wait 2026-05-05T00:00:00Z frozen until Tue 2026-05-05 00:00 UTC: first",
		"2026-05-02T13:00:00Z": "wait 2026-05-05T00:00:00Z frozen until Tue 2026-05-05 00:00 UTC: first, second",
		"2026-05-03T00:00:00Z": "wait 2026-05-05T00:00:00Z frozen until Tue 2026-05-05 00:00 UTC: first, second",
		"2026-05-03T12:00:00Z": "wait 2026-05-05T00:00:00Z frozen until Tue 2026-05-05 00:00 UTC: third",
		"2026-05-05T00:00:00Z": "open 2026-05-05T00:01:00Z no freeze until Tue 2026-05-05 00:01 UTC: alone",
		"2026-05-05T12:00:00Z": "wait 2026-05-06T00:00:00Z frozen until Wed 2026-05-06 00:00 UTC: alone",
	} {
		r := g.Explain(gate.NewFacts(at(now), nil, nil))
		if got := r.Answer.String() + " " + r.At.Format(time.RFC3339) + " " + r.Text; got != want {
			t.Errorf("at %s:\ngot  %s\nwant %s", now, got, want)
		}
	}
	many := gate.Freeze{}
	for i := range 12 {
		many.Spans = append(many.Spans, gate.Frozen{From: "2026-05-01", To: "9999-12-31", Reason: strings.Repeat("x", i+1)})
	}
	if r := compiled(t, many).Explain(gate.NewFacts(at("2026-05-01T00:00:00Z"), nil, nil)); !strings.HasSuffix(r.Text, "xxxxxxxx, and 4 more") {
		t.Error(r)
	}
}

// Where clocks are changed, a span is as long as anybody may read it.
func TestFreezeAtChanges(t *testing.T) {
	for _, tc := range []struct{ zone, from, to, begin, end string }{
		{"Europe/Berlin", "2026-03-29 02:30", "2026-03-29 04:00", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"},
		{"Europe/Berlin", "2026-03-29 01:00", "2026-03-29 02:30", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-10-25 02:30", "2026-10-25 02:45", "2026-10-25T00:30:00Z", "2026-10-25T01:45:00Z"},
		{"Europe/Berlin", "2026-10-25", "2026-10-25 02:00", "2026-10-24T22:00:00Z", "2026-10-25T01:00:00Z"},
		{"Europe/Berlin", "2026-10-25 03:00", "2026-10-25", "2026-10-25T02:00:00Z", "2026-10-25T23:00:00Z"},
		{"America/Havana", "2026-10-31", "2026-10-31", "2026-10-31T04:00:00Z", "2026-11-01T04:00:00Z"}, // not until its midnight comes again
		{"America/Havana", "2026-11-01", "2026-11-01 00:00", "2026-11-01T04:00:00Z", "2026-11-01T05:00:00Z"},
		{"America/Havana", "2026-03-07", "2026-03-07", "2026-03-07T05:00:00Z", "2026-03-08T05:00:00Z"}, // there is no midnight
		{"America/Havana", "2026-03-08", "2026-03-08", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"},
		{"America/Sao_Paulo", "2018-02-17", "2018-02-17", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"}, // of 25 hours
		{"America/Sao_Paulo", "2018-02-17 23:30", "2018-02-18", "2018-02-18T01:30:00Z", "2018-02-19T03:00:00Z"},
		{"Asia/Beirut", "2026-10-24", "2026-10-24", "2026-10-23T21:00:00Z", "2026-10-24T22:00:00Z"},
		{"Pacific/Apia", "2011-12-30", "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
		{"Pacific/Apia", "2011-12-29", "2011-12-30", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"},
		{"Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-05 01:50", "2026-04-04T14:45:00Z", "2026-04-04T15:20:00Z"},
		{"", "0001-01-02", "9999-12-31", "0001-01-02T00:00:00Z", "9999-12-31T23:59:59Z"},
	} {
		g := compiled(t, gate.Freeze{Zone: tc.zone, Spans: []gate.Frozen{{From: gate.DateTime(tc.from), To: gate.DateTime(tc.to), Reason: "x"}}})
		d := g.Evaluate(gate.NewFacts(at("0001-01-01T00:00:00Z"), nil, nil))
		if d != (gate.Decision{Answer: gate.Open, Next: at(tc.begin)}) {
			t.Errorf("%s from %s: %v, want %s", tc.zone, tc.from, d, tc.begin)
		}
		if d := g.Evaluate(gate.NewFacts(d.Next, nil, nil)); d != (gate.Decision{Answer: gate.Wait, Next: at(tc.end)}) {
			t.Errorf("%s to %s: %v, want %s", tc.zone, tc.to, d, tc.end)
		}
	}
}

func TestDateTime(t *testing.T) {
	for _, text := range []string{"2026-12-18", "2026-12-18 18:00", "2024-02-29", "0001-01-01 00:00", "9999-12-31"} {
		var d gate.DateTime
		if err := d.UnmarshalText([]byte(text)); err != nil || string(d) != text {
			t.Errorf("%s: %q, %v", text, d, err)
		}
		if back, err := d.MarshalText(); err != nil || string(back) != text {
			t.Errorf("%s is written as %q, %v", text, back, err)
		}
	}
	for _, text := range []string{
		"", "2026-02-30", "2026-02-29", "2026-13-01", "2026-00-10", "0000-01-01", "26-01-01", "2026-1-1", "2026-12-18T18:00", "2026-12-18 9:00",
		"2026-12-18 24:00", "2026-12-18 18:60", "2026-12-18 18:00:00", "2026-12-18 18:00 ", " 2026-12-18", "2026-12-18 18:00Z", "12026-01-01", "-001-01-01",
	} {
		d := gate.DateTime("2026-12-18")
		var field *gate.FieldError
		if err := d.UnmarshalText([]byte(text)); !errors.As(err, &field) || d != "2026-12-18" || field.Value != `"`+text+`"` {
			t.Errorf("%q: %q, %v", text, d, err)
		}
		if back, err := gate.DateTime(text).MarshalText(); err == nil {
			t.Errorf("%q is written as %q", text, back)
		}
	}
}

// Every minute, it waits if the clocks show a time that is in one of the spans; near
// changes of the clocks it may only wait longer.
func TestFreezeRandom(t *testing.T) {
	const layout = "2006-01-02 15:04"
	changes := map[string]time.Time{ // in order below
		"Europe/Berlin": at("2026-10-25T01:00:00Z"), "America/Havana": at("2026-03-08T05:00:00Z"), "Australia/Lord_Howe": at("2026-04-04T15:00:00Z"),
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"Europe/Berlin", "America/Havana", "Australia/Lord_Howe"}).Draw(t, "zone")
		location, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		z, change := gate.Freeze{Zone: name}, changes[name]
		for range rapid.IntRange(1, 5).Draw(t, "spans") {
			from := change.Add(time.Duration(rapid.IntRange(-300, 300).Draw(t, "from")) * time.Minute).In(location)
			to := from.Add(time.Duration(rapid.IntRange(61, 200).Draw(t, "long")) * time.Minute)
			z.Spans = append(z.Spans, gate.Frozen{From: gate.DateTime(from.Format(layout)), To: gate.DateTime(to.Format(layout)), Reason: "x"})
			if s := z.Spans[len(z.Spans)-1]; s.From >= s.To { // put back meanwhile
				z.Spans[len(z.Spans)-1].To = gate.DateTime(to.Add(time.Hour).Format(layout))
			}
		}
		ready, err := gate.Compile([]gate.Gate{z})
		if err != nil {
			t.Fatal(err)
		}
		for minute := -700; minute < 700; minute++ {
			now := change.Add(time.Duration(minute) * time.Minute)
			shown := gate.DateTime(now.In(location).Format(layout))
			inside := false
			for _, s := range z.Spans {
				inside = inside || s.From <= shown && shown < s.To
			}
			d := ready[0].Evaluate(gate.NewFacts(now, nil, nil))
			far := minute < -60 || minute > 60
			if inside && d.Answer != gate.Wait || far && !inside && d.Answer != gate.Open {
				t.Fatalf("%v at %v is %v", z.Spans, now.In(location), d)
			}
		}
	})
}
