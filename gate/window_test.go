package gate_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// timed are kinds with those that time opens and closes.
func timed() strict.Kinds {
	all := kinds()[reflect.TypeFor[gate.Gate]()]
	all["window"] = func() any { return gate.Window{} }
	all["freeze"] = func() any { return gate.Freeze{} }
	return strict.Kinds{reflect.TypeFor[gate.Gate](): all}
}

func compiled(t interface {
	Helper()
	Fatal(...any)
}, g gate.Gate,
) gate.Gate {
	t.Helper()
	ready, err := gate.Compile([]gate.Gate{g})
	if err != nil {
		t.Fatal(err)
	}
	return ready[0]
}

// office is the window of the tables.
func office() gate.Window {
	return gate.Window{Zone: "Europe/Berlin", Open: []gate.Hours{hours("mon-thu 09:00-17:00"), hours("fri 09:00-12:00")}}
}

func at(text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestWindow(t *testing.T) {
	const berlin = " (Europe/Berlin)"
	always := gate.Window{Open: []gate.Hours{hours("mon-fri 00:00-24:00"), hours("sat,sun 00:00-24:00")}}
	missing := gate.Window{Zone: "Europe/Berlin", Open: []gate.Hours{hours("sun 02:00-03:00")}}
	seconds := gate.Window{Zone: "Africa/Monrovia", Open: []gate.Hours{hours("10:00-11:00")}}
	for _, tc := range []struct {
		name   string
		window gate.Window
		now    string
		answer gate.Answer
		next   string
		text   string
	}{
		{"open", office(), "2026-01-05T08:00:00Z", gate.Open, "2026-01-05T16:00:00Z", "open until Mon 2026-01-05 17:00 CET" + berlin},
		{"before", office(), "2026-01-05T07:59:59Z", gate.Wait, "2026-01-05T08:00:00Z", "closed until Mon 2026-01-05 09:00 CET" + berlin},
		{"over the weekend", office(), "2026-03-27T11:00:00Z", gate.Wait, "2026-03-30T07:00:00Z", "closed until Mon 2026-03-30 09:00 CEST" + berlin},
		{"always", always, "2026-03-29T02:00:00Z", gate.Open, "", "always open"},
		{"in the missing hour", missing, "2026-03-22T02:00:00Z", gate.Wait, "2026-04-05T00:00:00Z", "closed until Sun 2026-04-05 02:00 CEST" + berlin},
		{"in the doubled hour", missing, "2026-10-25T00:00:00Z", gate.Open, "2026-10-25T02:00:00Z", "open until Sun 2026-10-25 03:00 CET" + berlin},
		{"with seconds", seconds, "1971-12-31T23:00:00Z", gate.Wait, "1972-01-01T10:44:30Z", "closed until Sat 1972-01-01 10:00 MMT (Africa/Monrovia)"},
		{"in UTC", gate.Window{Open: []gate.Hours{hours("18:00-21:00")}}, "2026-01-05T18:00:00Z", gate.Open, "2026-01-05T21:00:00Z", "open until Mon 2026-01-05 21:00 UTC"},
	} {
		g := compiled(t, tc.window)
		f := gate.NewFacts(at(tc.now), nil, nil)
		if d := g.Evaluate(f); d != (gate.Decision{Answer: tc.answer, Next: at(tc.next)}) {
			t.Errorf("%s: %v", tc.name, d)
		}
		want := gate.Reason{Kind: "window", Subject: tc.window.Zone, Answer: tc.answer, At: at(tc.next), Text: tc.text}
		if diff := cmp.Diff(want, g.Explain(f)); diff != "" {
			t.Errorf("%s:\n%s", tc.name, diff)
		}
	}
}

// What was not compiled, or holds nothing, waits.
func TestTimedZero(t *testing.T) {
	for _, g := range []gate.Gate{
		gate.Window{},
		office(),
		gate.Freeze{},
		yearEnd(), &gate.Window{}, &gate.Freeze{},
		gate.Window{Open: []gate.Hours{hours("00:00-24:00")}, Except: gate.All{}},
	} {
		for _, f := range []gate.Facts{{}, facts(gate.Ledger{})} {
			if d := g.Evaluate(f); d != (gate.Decision{}) {
				t.Errorf("%s was not compiled and says %v", g.Kind(), d)
			}
			if r := g.Explain(f); r.Answer != gate.Wait || r.Kind != g.Kind() || !strings.Contains(r.Text, "not compiled") {
				t.Errorf("%s was not compiled and says %v", g.Kind(), r)
			}
		}
		if g.(interface{ WhenClosed() gate.Closed }).WhenClosed() != gate.Finish {
			t.Errorf("%s does not finish", g.Kind())
		}
	}
	for _, g := range []gate.Gate{gate.Window{}, gate.Freeze{}} {
		if ready, err := g.(gate.Preparer).Prepare(); err == nil {
			t.Errorf("%v was prepared", ready)
		}
	}
}

func TestTimedProblems(t *testing.T) {
	var none *gate.Bake
	why := "year end"
	for _, tc := range []struct {
		name string
		gate gate.Gate
		want []string
	}{
		{"nothing", gate.Window{}, []string{`open: "[]" must have hours such as "mon-thu 09:00-17:00"`}},
		{"too many hours", gate.Window{Open: make([]gate.Hours, 101)}, []string{"open: 101 hours are too many: at most 100"}},
		{
			"everything",
			gate.Window{Zone: "Europe/Berln", Open: []gate.Hours{hours("18:00-21:00"), {Days: 1}}, Closed: "stop", Except: gate.All{gate.Requests{}}},
			[]string{
				`zone: "Europe/Berln" must be the IANA name of a time zone that is known here, such as Europe/Berlin; for systems that have no time zones, import _ "time/tzdata"`,
				"open[1].to: 0s must not end at the time it begins; the whole day is 00:00-24:00",
				`closed: "stop" must be finish, continue or pause`,
				"except.all[0].requests.min: 0 must be at least 1",
			},
		},
		{"no exception", gate.Window{Open: office().Open, Except: none}, []string{"except: must be a gate"}},
		{"approval of the step, somewhere in it", gate.Window{Open: office().Open, Except: gate.Any{gate.Bake{}, gate.Named{Name: "x", Gate: &gate.Approval{}}}}, []string{
			"except: must say what it approves, in for: otherwise who approves the step lifts it, too",
		}},
		{"exception without a kind", gate.Window{Open: office().Open, Except: nameless{}}, []string{"except: must have a kind"}},
		{"exception that becomes nothing", gate.Window{Open: office().Open, Except: template{}}, []string{"except.template: must become a gate when it is prepared"}},
		{"exception of a freeze", gate.Freeze{Spans: yearEnd().Spans, Except: template{}}, []string{"except.template: must become a gate when it is prepared"}},
		{"exception that the step's approval opens", gate.Window{Open: office().Open, Except: gate.Any{gate.Approval{}, gate.Approval{For: "x"}, gate.All{&gate.Approval{}}}}, []string{
			"except: must say what it approves, in for: otherwise who approves the step lifts it, too",
			"except: must say what it approves, in for: otherwise who approves the step lifts it, too",
		}},
		{"exception of a freeze that the step's approval opens", gate.Freeze{Spans: yearEnd().Spans, Except: gate.Approval{Count: 2}}, []string{
			"except: must say what it approves, in for: otherwise who approves the step lifts it, too",
		}},
		{"no spans", gate.Freeze{}, []string{`spans: "[]" must have a span`}},
		{"too many spans", gate.Freeze{Spans: make([]gate.Frozen, 1001)}, []string{"spans: 1001 spans are too many: at most 1000"}},
		{
			"every span",
			gate.Freeze{Name: "x ", Zone: "Local", Closed: "Pause", Except: nameless{}, Spans: []gate.Frozen{
				{}, {From: "2026-02-30", To: "2026-03-01 24:00", Reason: " "}, {From: "2026-02-28", To: "2026-02-27", Reason: strings.Repeat("x", 1001)},
			}},
			[]string{
				`name: "x " must not begin or end with space`,
				`zone: "Local" must not be the zone of the machine, but the IANA name of one, such as Europe/Berlin`,
				`spans[0].from: "" must be a date there is such as "2026-12-18", or with a time of the day as "2026-12-18 18:00"`,
				`spans[0].to: "" must be a date there is such as "2026-12-18", or with a time of the day as "2026-12-18 18:00"`,
				`spans[0].reason: "" must say why`,
				`spans[1].from: "2026-02-30" must be a date there is such as "2026-12-18", or with a time of the day as "2026-12-18 18:00"`,
				`spans[1].to: "2026-03-01 24:00" must be a date there is such as "2026-12-18", or with a time of the day as "2026-12-18 18:00"`,
				`spans[1].reason: " " must say why`,
				`spans[2].reason: "` + strings.Repeat("x", 80) + `"… must have at most 1000 bytes`,
				`closed: "Pause" must be finish, continue or pause`,
				"except: must have a kind",
			},
		},
		{
			"spans of no time",
			gate.Freeze{Zone: "Pacific/Apia", Spans: []gate.Frozen{
				{From: "2026-05-01 12:00", To: "2026-05-01 12:00", Reason: why},
				{From: "2026-05-01", To: "2026-05-01", Reason: why},
				{From: "2011-12-30 10:00", To: "2011-12-30 18:00", Reason: why}, // there was no such day
			}},
			[]string{
				`spans[0].to: "2026-05-01 12:00" must be after from, 2026-05-01 12:00, as the clocks in the zone show it`,
				`spans[2].to: "2011-12-30 18:00" must be after from, 2011-12-30 10:00, as the clocks in the zone show it`,
			},
		},
	} {
		_, err := gate.Compile([]gate.Gate{tc.gate})
		if err == nil {
			t.Errorf("%s: no error", tc.name)
			continue
		}
		want := "[0]." + tc.gate.Kind() + "." + strings.Join(tc.want, "\n[0]."+tc.gate.Kind()+".")
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Errorf("%s:\n%s", tc.name, diff)
		}
	}
}

func TestTimedWhenClosed(t *testing.T) {
	for closed, want := range map[gate.Closed]gate.Closed{
		"": gate.Finish, "finish": gate.Finish, "continue": gate.Continue, "pause": gate.Pause, "?": gate.Finish,
	} {
		w, z := gate.Window{Closed: closed}, gate.Freeze{Closed: closed}
		if w.WhenClosed() != want || z.WhenClosed() != want || !z.Binds() {
			t.Errorf("%q is %q and %q", closed, w.WhenClosed(), z.WhenClosed())
		}
	}
	z := yearEnd()
	z.Closed = gate.Pause
	ready := compiled(t, z)
	if ready.(interface{ WhenClosed() gate.Closed }).WhenClosed() != gate.Pause || !ready.(interface{ Binds() bool }).Binds() {
		t.Error("a compiled freeze forgot what it is")
	}
}

func TestTimedJSON(t *testing.T) {
	week, winter := office(), yearEnd()
	week.Closed, winter.Except = gate.Pause, gate.Requests{Min: 5}
	gates := []gate.Gate{week, winter, gate.All{gate.Window{Open: []gate.Hours{hours("18:00-21:00")}}}}
	const want = `[{"window":{"zone":"Europe/Berlin","open":["mon-thu 09:00-17:00","fri 09:00-12:00"],"closed":"pause"}},` +
		`{"freeze":{"name":"winter","zone":"Europe/Berlin","spans":[{"from":"2026-12-18 18:00","to":"2027-01-04","reason":"year end"},` +
		`{"from":"2026-11-27","to":"2026-11-27","reason":"sale"}],"except":{"requests":{"min":5}}}},` +
		`{"all":[{"window":{"open":["18:00-21:00"]}}]}]`
	ready, err := gate.Compile(gates)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range [][]gate.Gate{gates, ready} { // compiled, they are written as they were
		if data, err := strict.Encode(g); err != nil || string(data) != want {
			t.Fatalf("Encode: %v\ngot  %s\nwant %s", err, data, want)
		}
	}
	var back []gate.Gate
	if err := strict.Decode([]byte(want), 1<<20, timed(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(gates, back); diff != "" {
		t.Error(diff)
	}
	err = strict.Decode([]byte(`[{"window":{"open":["mon"]}},{"freeze":{"spans":[{"from":"2026-02-30"}]}}]`), 1<<20, timed(), &back)
	if want := `[0].window.open[0]: "mon" must be days and times such as "mon-thu 09:00-17:00", or times alone` + "\n" +
		`[1].freeze.spans[0].from: "2026-02-30" must be a date there is such as "2026-12-18", or with a time of the day as "2026-12-18 18:00"`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// Compiled again, and after its slices were written, a gate says the same.
func TestCompiledTwice(t *testing.T) {
	winter := yearEnd()
	once := compiled(t, winter)
	twice := compiled(t, once)
	winter.Spans[0] = gate.Frozen{From: "1999-01-01", To: "2099-01-01", Reason: "?"}
	now := gate.NewFacts(at("2026-12-20T00:00:00Z"), nil, nil)
	if diff := cmp.Diff(once.Explain(now), twice.Explain(now)); diff != "" || strings.Contains(once.Explain(now).Text, "?") {
		t.Error(diff, once.Explain(now))
	}
}

// What an exception wants counted and knows by name is passed on.
func TestExceptAsks(t *testing.T) {
	except := gate.All{gate.Requests{Min: 1, Signal: "errors"}, gate.Healthy{Signals: []string{"e2e"}}}
	for _, g := range []gate.Gate{
		gate.Window{Open: office().Open, Except: except},
		gate.Freeze{Spans: yearEnd().Spans, Except: except},
		compiled(t, gate.Window{Open: office().Open, Except: except}), compiled(t, gate.Freeze{Spans: yearEnd().Spans, Except: except}),
	} {
		wanted, watched := gate.Wanted([]gate.Gate{g}), gate.Watched([]gate.Gate{g})
		if cmp.Diff([]gate.Count{{Signal: "errors", Need: 1}}, wanted) != "" || cmp.Diff([]string{"e2e", "errors"}, watched) != "" {
			t.Errorf("%s: %v, %v", g.Kind(), wanted, watched)
		}
	}
	if gate.Wanted([]gate.Gate{office(), yearEnd()}) != nil || gate.Watched([]gate.Gate{office(), yearEnd()}) != nil {
		t.Error("from nothing comes something")
	}
}

func TestExcept(t *testing.T) {
	monday, approval := at("2026-03-02T08:00:00Z"), noon.Add(2*time.Hour)
	for _, tc := range []struct {
		name   string
		except gate.Gate
		want   gate.Decision // on Sunday
		text   string
	}{
		{"none", nil, gate.Decision{Answer: gate.Wait, Next: monday}, "closed until Mon 2026-03-02 09:00 CET (Europe/Berlin)"},
		{"open", sloppy{gate.Decision{Answer: gate.Open}}, gate.Decision{Answer: gate.Open, Next: monday}, "closed until Mon 2026-03-02 09:00 CET (Europe/Berlin), with an exception"},
		{"open until", sloppy{gate.Decision{Answer: gate.Open, Next: approval}}, gate.Decision{Answer: gate.Open, Next: approval}, "closed until Mon 2026-03-02 09:00 CET (Europe/Berlin), with an exception"},
		{"open for longer", sloppy{gate.Decision{Answer: gate.Open, Next: monday.Add(1)}}, gate.Decision{Answer: gate.Open, Next: monday}, "closed until Mon 2026-03-02 09:00 CET (Europe/Berlin), with an exception"},
		{"refuses", sloppy{gate.Decision{Answer: gate.Refuse, Next: approval}}, gate.Decision{Answer: gate.Wait, Next: approval}, "closed until Mon 2026-03-02 09:00 CET (Europe/Berlin)"},
		{"nonsense", sloppy{gate.Decision{Answer: 77, Next: noon.Add(-1)}}, gate.Decision{Answer: gate.Wait, Next: monday}, "closed until Mon 2026-03-02 09:00 CET (Europe/Berlin)"},
	} {
		w := office()
		w.Except = tc.except
		g := compiled(t, w)
		d, r := g.Evaluate(facts(gate.Ledger{})), g.Explain(facts(gate.Ledger{}))
		if d != tc.want || r.Answer != d.Answer || r.At != d.Next || r.Text != tc.text {
			t.Errorf("%s: %v, %v", tc.name, d, r)
		}
		if tc.except == nil != (len(r.Parts) == 0) || tc.except != nil && r.Parts[0].Kind != "sloppy" {
			t.Errorf("%s: parts %v", tc.name, r.Parts)
		}
		// While it is open by time, nobody asks for an exception.
		f := gate.NewFacts(monday, nil, nil)
		if d, r := g.Evaluate(f), g.Explain(f); d.Answer != gate.Open || d.Next != monday.Add(8*time.Hour) || r.Parts != nil {
			t.Errorf("%s: %v, %v on Monday", tc.name, d, r)
		}
	}
	ready := compiled(t, gate.Window{Open: office().Open, Except: template{becomes: gate.All{}}})
	if d := ready.Evaluate(facts(gate.Ledger{})); d.Answer != gate.Open {
		t.Errorf("an exception that was not prepared: %v", d)
	}
}

// middles are instants near which clocks are changed, and noon, near which none are.
var middles = []struct {
	zone string
	at   time.Time
}{
	{"", noon},
	{"Europe/Berlin", noon},
	{"Europe/Berlin", at("2026-03-29T01:00:00Z")},
	{"Europe/Berlin", at("2026-10-25T01:00:00Z")},
	{"America/New_York", at("2026-03-08T07:00:00Z")},
	{"America/New_York", at("2026-11-01T06:00:00Z")},
	{"America/St_Johns", at("2006-04-02T03:31:00Z")}, // at 00:01
	{"America/St_Johns", at("2006-10-29T02:31:00Z")},
	{"America/Havana", at("2026-03-08T05:00:00Z")}, // at midnight, and to midnight
	{"America/Havana", at("2026-11-01T05:00:00Z")},
	{"America/Sao_Paulo", at("2018-11-04T03:00:00Z")},
	{"America/Sao_Paulo", at("2018-02-18T02:00:00Z")},
	{"Australia/Lord_Howe", at("2026-10-03T15:30:00Z")}, // by half an hour
	{"Australia/Lord_Howe", at("2026-04-04T15:00:00Z")},
	{"Africa/Casablanca", at("2026-02-15T02:00:00Z")},
	{"Africa/Casablanca", at("2026-03-22T02:00:00Z")},
	{"Europe/Dublin", at("2026-03-29T01:00:00Z")},
	{"Europe/Dublin", at("2026-10-25T01:00:00Z")},
	{"Antarctica/Troll", at("2026-03-29T01:00:00Z")}, // by two hours
	{"Antarctica/Troll", at("2026-10-25T01:00:00Z")},
	{"Pacific/Apia", at("2011-12-30T10:00:00Z")}, // by a day
	{"Africa/Monrovia", at("1972-01-07T00:44:30Z")},
}

// One line says until when it is closed and why, and what its exception waits for.
func TestExceptWords(t *testing.T) {
	winter, inside := yearEnd(), gate.NewFacts(at("2026-12-20T00:00:00Z"), &gate.Ledger{}, nil)
	const frozen = "frozen until Tue 2027-01-05 00:00 CET (Europe/Berlin): year end"
	for _, tc := range []struct {
		except gate.Gate
		want   string
	}{
		{gate.Approval{For: "freeze"}, "freeze: " + frozen + " (approval: 0 of 1 approvals for freeze)"},
		{gate.Any{gate.Fact{Name: "x"}, gate.Fact{Name: "y"}}, "freeze: " + frozen + " (any of (fact: x is not known; fact: y is not known))"},
		{sloppy{gate.Decision{Answer: gate.Refuse}}, "freeze: " + frozen + " (sloppy refuses: refuse)"},
		{sloppy{gate.Decision{Answer: gate.Open}}, "freeze: " + frozen + ", with an exception (sloppy: open)"},
		{winter, "freeze: " + frozen + " (freeze: " + frozen + ", look again at 2027-01-04T23:00:00Z)"},
	} {
		z := winter
		z.Except = tc.except
		if got := compiled(t, z).Explain(inside).String(); got != tc.want {
			t.Errorf("got  %s\nwant %s", got, tc.want)
		}
	}
	winter.Except = gate.Approval{For: "freeze"}
	const both = "freeze: " + frozen + " (approval: 0 of 1 approvals for freeze); bake: 0s of 10m healthy"
	if got := (gate.All{compiled(t, winter), gate.Bake{}}).Explain(inside).String(); got != both {
		t.Error(got)
	}
}

// anyTimed is a prepared window or freeze that is likely to change at most so many minutes
// before or after an instant, with the exception if it has any.
func anyTimed(zone string, middle time.Time, minutes int, except gate.Gate) *rapid.Generator[gate.Gate] {
	location, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	return rapid.Custom(func(t *rapid.T) gate.Gate {
		if !rapid.Bool().Draw(t, "except") {
			except = nil
		}
		near := func(name string) time.Time {
			return middle.Add(time.Duration(rapid.IntRange(-minutes, minutes).Draw(t, name)) * time.Minute).In(location)
		}
		if rapid.Bool().Draw(t, "window") {
			w := gate.Window{Zone: zone, Except: except}
			for range rapid.IntRange(1, 3).Draw(t, "hours") {
				clock := func(name string) time.Duration {
					shown := near(name)
					return time.Duration(shown.Hour())*time.Hour + time.Duration(shown.Minute())*time.Minute
				}
				days := gate.Days(rapid.Uint8Range(1, 127).Draw(t, "days")) | 1<<middle.In(location).Weekday()
				h := gate.Hours{Days: days, From: clock("from"), To: clock("to")}
				if h.From == h.To {
					h.To += time.Minute
				}
				w.Open = append(w.Open, h)
			}
			return compiled(t, w)
		}
		z := gate.Freeze{Zone: zone, Except: except}
		for range rapid.IntRange(1, 4).Draw(t, "spans") {
			from, to := near("from"), near("to")
			const layout = "2006-01-02 15:04"
			s := gate.Frozen{From: gate.DateTime(from.Format(layout)), To: gate.DateTime(to.Format(layout)), Reason: "x"}
			if (gate.Freeze{Zone: zone, Spans: []gate.Frozen{s}}).Validate() != nil { // is no time, or ends before it begins
				s = gate.Frozen{From: s.From, To: gate.DateTime(from.Add(26 * time.Hour).Format(layout)), Reason: "x"}
			}
			z.Spans = append(z.Spans, s)
		}
		return compiled(t, z)
	})
}

// A decision holds until its Next, at which there is another one; wherever clocks are
// changed, with exceptions, and as long as only time goes by.
func TestTimedNextIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(middles).Draw(t, "middle")
		shift := m.at.Sub(noon)
		s := anySchedule().Draw(t, "schedule").(schedule)
		for i := range s {
			s[i].Next = s[i].Next.Add(shift)
		}
		g := anyTimed(m.zone, m.at, rapid.SampledFrom([]int{15, 150}).Draw(t, "minutes"), s).Draw(t, "gate")
		decide := func(now time.Time) gate.Decision {
			f := gate.NewFacts(now, nil, nil)
			d, r := g.Evaluate(f), g.Explain(f)
			if d.Answer == gate.Refuse || r.Answer != d.Answer || r.At != d.Next || r.Text == "" || r.String() == "" {
				t.Fatalf("%v, %+v", d, r)
			}
			return d
		}
		now := anyInstant(rapid.IntRange(0, 9).Draw(t, "odd") == 0).Draw(t, "now")
		if soon := now.Sub(noon).Abs() < time.Hour; soon {
			now = now.Add(shift - rapid.SampledFrom([]time.Duration{0, 2 * time.Hour, 25 * time.Hour}).Draw(t, "before"))
		}
		for range 30 {
			d := decide(now)
			if d.Next.IsZero() {
				for _, later := range []time.Duration{time.Minute, time.Hour, 1000 * time.Hour} {
					if decide(now.Add(later)) != d {
						t.Fatalf("%v for ever, but not after %v", d, later)
					}
				}
				return
			}
			if !d.Next.After(now) {
				t.Fatalf("%v at %v", d, now)
			}
			between := d.Next.Add(-anyPart(min(d.Next.Sub(now), time.Hour)).Draw(t, "part"))
			for _, before := range []time.Time{between, d.Next.Add(-1)} {
				if decide(before) != d {
					t.Fatalf("%v at %v, but %v at %v", d, now, decide(before), before)
				}
			}
			if decide(d.Next) == d {
				t.Fatalf("%v, and the same then", d)
			}
			now = d.Next
		}
	})
}

func timedGates(t testing.TB) []gate.Gate {
	week, winter := office(), yearEnd()
	for year := range 50 {
		day := gate.DateTime(time.Date(2026+year, 5, 1, 0, 0, 0, 0, time.UTC).Format("2006-01-02"))
		winter.Spans = append(winter.Spans, gate.Frozen{From: day, To: day, Reason: "labour day"})
	}
	gates := []gate.Gate{compiled(t, week), compiled(t, winter)}
	week.Except = gate.Healthy{Signals: []string{"latency"}}
	return append(gates, compiled(t, week))
}

func TestTimedAllocatesNothing(t *testing.T) {
	for _, g := range timedGates(t) {
		f := busyFacts()
		if n := testing.AllocsPerRun(100, func() { g.Evaluate(f) }); n != 0 {
			t.Errorf("%s allocates %v times", g.Kind(), n)
		}
	}
}

func BenchmarkWindow(b *testing.B) {
	g, f := timedGates(b)[0], busyFacts()
	b.ReportAllocs()
	for b.Loop() {
		g.Evaluate(f)
	}
}

func BenchmarkFreeze(b *testing.B) {
	g, f := timedGates(b)[1], busyFacts()
	b.ReportAllocs()
	for b.Loop() {
		g.Evaluate(f)
	}
}
