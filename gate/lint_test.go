package gate_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/gate"
)

// weekly is a calendar: open from one hour of the week to another, which begins on Monday
// in UTC, and on the dates in between if they are given.
type weekly struct {
	from, to int
	after    time.Time // closed before; zero is never
	except   gate.Gate
}

func (weekly) Kind() string                      { return "weekly" }
func (weekly) Evaluate(gate.Facts) gate.Decision { return gate.Decision{} } // Lint does not ask it
func (weekly) Explain(gate.Facts) gate.Reason    { return gate.Reason{} }
func (h weekly) Exception() gate.Gate            { return h.except }

func (h weekly) OpenAt(now time.Time) (bool, time.Time) {
	if now.Before(h.after) {
		return false, h.after
	}
	week := now.Truncate(time.Hour).Add(-time.Duration((int(now.Weekday())+6)%7*24+now.Hour()) * time.Hour).Truncate(time.Hour)
	begin, end := week.Add(time.Duration(h.from)*time.Hour), week.Add(time.Duration(h.to)*time.Hour)
	switch {
	case now.Before(begin):
		return false, begin
	case now.Before(end):
		return true, end
	}
	return false, begin.AddDate(0, 0, 7)
}

// decided is a gate of people whose decisions expire.
type decided struct {
	sloppy
	lasts time.Duration
}

func (decided) Kind() string            { return "decided" }
func (d decided) Expiry() time.Duration { return d.lasts }

// pair is a composite of somebody else: both are needed.
type pair [2]gate.Gate

func (pair) Kind() string                          { return "pair" }
func (p pair) Parts() []gate.Gate                  { return p[:] }
func (pair) With(parts []gate.Gate) gate.Gate      { return pair(parts) }
func (p pair) Evaluate(f gate.Facts) gate.Decision { return gate.All(p[:]).Evaluate(f) }
func (p pair) Explain(f gate.Facts) gate.Reason    { return gate.All(p[:]).Explain(f) }

func TestLint(t *testing.T) { // noon is on a Sunday
	var (
		work    = weekly{from: 9, to: 4*24 + 17} // Monday 09:00 to Friday 17:00
		sunday  = weekly{from: 6 * 24, to: 7 * 24}
		late    = weekly{from: 0, to: 7 * 24, after: noon.AddDate(0, 0, 20)}
		someday = weekly{from: 9, to: 17, after: noon.AddDate(11, 0, 0)}
		asked   = gate.Fact{Name: "exception"}
		vote    = decided{lasts: time.Hour}
	)
	const (
		never   = "It never opens: by the calendar alone it is closed for the next 10 years."
		twenty  = "It is closed for 20 days, from Sun 2026-03-01 12:00 UTC to Sat 2026-03-21 12:00 UTC."
		expired = "It lasts 1h, and what it stands beside is closed for 64h, from Fri 2026-03-06 17:00 UTC to Mon 2026-03-09 09:00 UTC: one that is given when that closes has expired when it opens."
	)
	excepted := someday
	excepted.except = asked
	for name, tc := range map[string]struct {
		gates []gate.Gate
		want  []gate.Finding
	}{
		"nothing":                {nil, nil},
		"no calendar":            {[]gate.Gate{gate.Bake{}, asked, vote, gate.Requests{Min: 9}, sloppy{}}, nil},
		"office hours":           {[]gate.Gate{work, gate.Bake{}}, nil},
		"never":                  {[]gate.Gate{gate.Bake{}, gate.All{someday}, vote}, []gate.Finding{{Path: "[1].all[0].weekly", Rule: gate.RuleNever, Never: true, Text: never}}},
		"never together":         {[]gate.Gate{work, sunday}, []gate.Finding{{Rule: gate.RuleNever, Never: true, Text: never}}},
		"never, but for a while": {[]gate.Gate{excepted}, []gate.Finding{{Path: "[0].weekly", Rule: gate.RuleClosed, Text: "It is closed from Sun 2026-03-01 12:00 UTC on, for more than 9 years, unless an exception opens it."}}},
		"one of both":            {[]gate.Gate{gate.Any{work, sunday}}, nil},
		"someone may open":       {[]gate.Gate{gate.Any{someday, asked}}, nil},
		"at least two":           {[]gate.Gate{gate.AtLeast{N: 2, Of: []gate.Gate{work, sunday, someday}}}, []gate.Finding{{Path: "[0].atLeast.of[2].weekly", Rule: gate.RuleNever, Never: true, Text: never}}},
		"named":                  {[]gate.Gate{gate.Named{Name: "x", Gate: gate.AtLeast{N: 1, Of: []gate.Gate{someday}}}}, []gate.Finding{{Path: "[0].named.gate.atLeast.of[0].weekly", Rule: gate.RuleNever, Never: true, Text: never}}},
		"for long":               {[]gate.Gate{late}, []gate.Finding{{Path: "[0].weekly", Rule: gate.RuleClosed, Text: twenty}}},
		"for long, in a pair":    {[]gate.Gate{pair{late, asked}}, []gate.Finding{{Path: "[0].pair[0].weekly", Rule: gate.RuleClosed, Text: twenty}}},
		"expires":                {[]gate.Gate{work, gate.All{vote}}, []gate.Finding{{Path: "[1].all[0].decided", Rule: gate.RuleExpires, Text: expired}}},
		"lasts":                  {[]gate.Gate{work, decided{lasts: 64 * time.Hour}}, nil},
		"lasts for ever":         {[]gate.Gate{work, decided{}}, nil},
		"is not needed":          {[]gate.Gate{work, gate.Any{vote, gate.Bake{}}}, nil},
		"instead of the hours":   {[]gate.Gate{gate.Any{work, vote}}, nil},
		"two of three":           {[]gate.Gate{work, gate.AtLeast{N: 2, Of: []gate.Gate{vote, asked, gate.Bake{}}}}, nil},
	} {
		if diff := cmp.Diff(tc.want, gate.Lint(tc.gates, noon)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// What Lint says of the longest time is so: it is closed all that time, open at both
// ends, and of all times within the year none is longer.
func TestLongestClosed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all gate.All
		for range rapid.IntRange(1, 3).Draw(t, "n") {
			from := rapid.IntRange(0, 150).Draw(t, "from")
			all = append(all, weekly{
				from: from, to: rapid.IntRange(from+1, 168).Draw(t, "to"),
				after: noon.Add(time.Duration(rapid.IntRange(-5, 1000).Draw(t, "after")) * time.Hour),
			})
		}
		open := func(at time.Time) bool {
			for _, g := range all {
				if is, _ := g.(weekly).OpenAt(at); !is {
					return false
				}
			}
			return true
		}
		var since, wantFrom, wantTo time.Time
		for at := noon; at.Before(noon.AddDate(1, 2, 0)); at = at.Add(time.Hour) {
			switch is := open(at); {
			case !is && since.IsZero():
				since = at
			case is && !since.IsZero():
				if since.Before(noon.AddDate(1, 0, 0)) && (wantFrom.IsZero() || at.Sub(since) > wantTo.Sub(wantFrom)) {
					wantFrom, wantTo = since, at
				}
				since = time.Time{}
			}
		}
		if wantFrom.IsZero() {
			wantFrom = since // since then, for ever
		}
		if from, to := gate.LongestClosed(all, noon); !from.Equal(wantFrom) || !to.Equal(wantTo) {
			t.Fatalf("%v to %v, want %v to %v", from, to, wantFrom, wantTo)
		}
	})
}

// However often hours change, that they are never open together is found.
func TestLintManyChanges(t *testing.T) {
	often := gate.Window{}
	for i := range 96 { // until 22:17
		from := time.Duration(i) * 14 * time.Minute
		often.Open = append(often.Open, gate.Hours{Days: gate.EveryDay, From: from, To: from + 7*time.Minute})
	}
	gates := []gate.Gate{compiled(t, often), compiled(t, gate.Window{Open: []gate.Hours{hours("23:00-23:30")}})}
	if found := gate.Lint(gates, noon); len(found) != 1 || !found[0].Never {
		t.Errorf("%v", found)
	}
}

func TestLintDeadline(t *testing.T) {
	work := []gate.Gate{weekly{from: 9, to: 4*24 + 17}, gate.Bake{}}
	want := []gate.Finding{{Rule: gate.RuleDeadline, Text: "Gates may stay closed for 24h, and by the calendar they are closed for 64h, from Fri 2026-03-06 17:00 UTC to Mon 2026-03-09 09:00 UTC: then the rollout holds."}}
	for d, want := range map[time.Duration][]gate.Finding{24 * time.Hour: want, 64 * time.Hour: nil, 0: nil} {
		if diff := cmp.Diff(want, gate.LintDeadline(work, d, noon)); diff != "" {
			t.Errorf("%s:\n%s", d, diff)
		}
	}
	if found := gate.LintDeadline(work[1:], time.Hour, noon); found != nil {
		t.Errorf("no calendar: %v", found)
	}
}
