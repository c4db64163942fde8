package gate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

var evening = gate.Hours{Days: gate.EveryDay, From: 18 * time.Hour, To: 21 * time.Hour} // never written

// withZone is a bake that knows its zone.
func withZone(b gate.Bake) gate.Bake {
	g, err := gate.Compile([]gate.Gate{b})
	if err != nil {
		panic(err)
	}
	return g[0].(gate.Bake)
}

func TestBakePeak(t *testing.T) {
	plain := gate.Bake{For: 30 * time.Minute, Peak: &gate.Peak{Zone: "Europe/Berlin", Hours: evening}}
	early := plain
	early.Early, early.Min = true, 10*time.Minute
	entry := func(d time.Duration) gate.Covered {
		return gate.Covered{Zone: "Europe/Berlin", Hours: "18:00-21:00", Healthy: d}
	}
	for _, tc := range []struct {
		name    string
		bake    gate.Bake
		healthy time.Duration
		peak    gate.Covered
		want    gate.Answer
		words   string
	}{
		{"nothing", plain, 0, entry(0), gate.Wait, "bake: 0s of 30m healthy, 0s of 3h in 18:00-21:00 Europe/Berlin"},
		{"no peak", plain, time.Hour, entry(20 * time.Minute), gate.Wait, "bake: 20m of 3h in 18:00-21:00 Europe/Berlin"},
		{"almost", plain, 4 * time.Hour, entry(3*time.Hour - 1), gate.Wait, "bake: 2h59m59s of 3h in 18:00-21:00 Europe/Berlin"},
		{"all", plain, 4 * time.Hour, entry(3 * time.Hour), gate.Open, "bake: 4h of 30m healthy, 3h of 3h in 18:00-21:00 Europe/Berlin"},
		{"a peak alone", plain, time.Minute, entry(3 * time.Hour), gate.Wait, "bake: 1m of 30m healthy"},
		{"another zone", plain, 4 * time.Hour, gate.Covered{Hours: "18:00-21:00", Healthy: 4 * time.Hour}, gate.Wait, ""},
		{"other hours", plain, 4 * time.Hour, gate.Covered{Zone: "Europe/Berlin", Hours: "18:00-22:00", Healthy: 4 * time.Hour}, gate.Wait, ""},
		{"not compiled", gate.Bake{For: 30 * time.Minute, Peak: plain.Peak}, 4 * time.Hour, entry(4 * time.Hour), gate.Wait, ""},
		{"early", early, 12 * time.Minute, entry(3 * time.Hour), gate.Open, "bake: ended early after 12m of 30m: proven, 3h of 3h in 18:00-21:00 Europe/Berlin"},
		{"not early", early, 12 * time.Minute, entry(time.Hour), gate.Wait, "bake: 12m of 30m healthy, not ended early: its peak is not covered, 1h of 3h in 18:00-21:00 Europe/Berlin"},
		{"early without hours", gate.Bake{Early: true, Peak: &gate.Peak{}}, time.Hour, gate.Covered{Healthy: time.Hour}, gate.Wait, ""},
	} {
		bake := tc.bake
		if tc.name != "not compiled" && tc.bake.Validate() == nil {
			bake = withZone(bake)
		}
		l := proven()
		l.Healthy, l.Peaks = tc.healthy, []gate.Covered{{Zone: "x", Healthy: 9 * time.Hour}, tc.peak}
		f := facts(l)
		if d := bake.Evaluate(f); d.Answer != tc.want || !d.Next.IsZero() {
			t.Errorf("%s: %v, want %v without Next", tc.name, d, tc.want)
		}
		if r := bake.Explain(f); r.Answer != tc.want || tc.words != "" && r.String() != tc.words {
			t.Errorf("%s: %v %q, want %q", tc.name, r.Answer, r, tc.words)
		}
	}
}

func TestPeaks(t *testing.T) {
	at := func(zone string, from time.Duration) gate.Gate {
		return gate.Bake{Peak: &gate.Peak{Zone: zone, Hours: gate.Hours{Days: gate.EveryDay, From: from, To: 23 * time.Hour}}}
	}
	gates, err := gate.Compile([]gate.Gate{
		at("UTC", 20*time.Hour), gate.Bake{}, gate.Any{at("Asia/Tokyo", 0), at("UTC", 20*time.Hour), at("UTC", 19*time.Hour)},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range gate.Peaks(gates) {
		e := p.Entry()
		got = append(got, e.Zone+" "+e.Hours)
	}
	if want := "Asia/Tokyo 00:00-23:00, UTC 19:00-23:00, UTC 20:00-23:00"; strings.Join(got, ", ") != want {
		t.Errorf("%v", got)
	}
	if p := gate.Peaks([]gate.Gate{at("UTC", 0), gate.Bake{}}); len(p) != 0 {
		t.Errorf("%v of gates that are not prepared", p)
	}
	if w := (&gate.Peak{Hours: evening}).Within(noon, noon.AddDate(0, 0, 1)); w != 0 {
		t.Errorf("%v within a peak that is not prepared", w)
	}
}

// The evening of the day on which clocks skip an hour of it covers less.
func TestPeakWithin(t *testing.T) {
	night := gate.Hours{Days: gate.EveryDay, From: time.Hour, To: 4 * time.Hour}
	p := gate.Peaks([]gate.Gate{withZone(gate.Bake{Peak: &gate.Peak{Zone: "Europe/Berlin", Hours: night}})})[0]
	for day, want := range map[string]time.Duration{"2026-03-28": 3 * time.Hour, "2026-03-29": 2 * time.Hour, "2026-10-25": 4 * time.Hour} {
		from, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		from = from.Add(-3 * time.Hour)
		if got := p.Within(from, from.Add(12*time.Hour)); got != want {
			t.Errorf("%s: %v, want %v", day, got, want)
		}
	}
	if p.Need() != 3*time.Hour {
		t.Errorf("%v are needed", p.Need())
	}
}

func TestPeakJSON(t *testing.T) {
	for text, want := range map[string]string{
		`{"bake": {"for": "1h", "peak": {"zone": "Europe/Berlin", "hours": "18:00-21:00"}}}`: "",
		`{"bake": {"early": true}}`:                                 "",
		`{"bake":{"peak":{"zone":"UTC","hours":"00:00-24:00"}}}`:    "",
		`{"bake": {"peak": {}}}`:                                    "bake.peak.hours.days",
		`{"bake": {"peak": {"zone": "X", "hours": "1:00-2:00"}}}`:   "bake.peak.hours",
		`{"bake": {"peak": {"zone": "X", "hours": "01:00-02:00"}}}`: `bake.peak.zone: "X" must be the IANA name`,
		`{"bake": {"peak": {"calendar": {}}}}`:                      "bake.peak.calendar",
	} {
		var gates, ready []gate.Gate
		err := strict.Decode([]byte("["+text+"]"), 1<<20, kinds(), &gates)
		if err == nil {
			ready, err = gate.Compile(gates)
		}
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
		if err != nil {
			continue
		}
		for _, g := range [][]gate.Gate{gates, ready} { // what is prepared is written as it was
			again, err := strict.Encode(g)
			if err != nil || string(again) != "["+strings.ReplaceAll(text, " ", "")+"]" {
				t.Errorf("%s became %s, %v", text, again, err)
			}
		}
	}
}
