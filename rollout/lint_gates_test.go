package rollout_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// between is a calendar that is open from one instant to another; zero is for ever.
type between struct {
	gate.Fact
	from, to time.Time
}

func (between) Kind() string         { return "between" }
func (between) Exception() gate.Gate { return nil }

func (b between) OpenAt(now time.Time) (bool, time.Time) {
	switch {
	case now.Before(b.from):
		return false, b.from
	case b.to.IsZero() || now.Before(b.to):
		return true, b.to
	}
	return false, time.Time{}
}

// pausing is one that makes the stage stand still when it closes.
type pausing struct{ between }

func (pausing) Kind() string            { return "pausing" }
func (pausing) WhenClosed() gate.Closed { return gate.Pause }

// continuing is one that is asked before the stage begins only.
type continuing struct{ gate.Fact }

func (continuing) WhenClosed() gate.Closed { return gate.Continue }

// decision is a gate of people whose decisions expire.
type decision struct{ gate.Fact }

func (decision) Kind() string          { return "decision" }
func (decision) Expiry() time.Duration { return time.Hour }

func TestLintGates(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	vouched := gate.Fact{Name: "x"}
	soon := between{vouched, now.Add(48 * time.Hour), time.Time{}}
	month := between{vouched, now.AddDate(0, 1, 0), time.Time{}}
	past := between{vouched, time.Time{}, now.Add(time.Hour)}
	const (
		never = "It never opens: by the calendar alone it is closed for the next 10 years."
		long  = "It is closed for 31 days, from Sun 2026-03-01 12:00 UTC to Wed 2026-04-01 12:00 UTC."
		late  = "Gates may stay closed for 24h, and by the calendar they are closed for 48h, from Sun 2026-03-01 12:00 UTC to Tue 2026-03-03 12:00 UTC: then the rollout holds."
		gone  = "It lasts 1h, and what it stands beside is closed for 48h, from Sun 2026-03-01 12:00 UTC to Tue 2026-03-03 12:00 UTC: one that is given when that closes has expired when it opens."
		over  = "It is closed from Sun 2026-03-01 13:00 UTC on, for more than 9 years."
	)
	for name, tc := range map[string]struct {
		gates    rollout.Gates
		deadline time.Duration
		want     []gate.Finding
	}{
		"none": {rollout.Gates{Step: []gate.Gate{gate.Bake{}}}, 24 * time.Hour, nil},
		"soon": {rollout.Gates{Step: []gate.Gate{soon}}, 48 * time.Hour, nil},
		"each once": {rollout.Gates{Entry: []gate.Gate{vouched, month}, Step: []gate.Gate{gate.Bake{}, gate.Any{month}}}, 0, []gate.Finding{
			{Path: "gates.entry[1].between", Rule: gate.RuleClosed, Text: long},
			{Path: "gates.step[1].any[0].between", Rule: gate.RuleClosed, Text: long},
		}},
		"by step": {rollout.Gates{Step: []gate.Gate{vouched}, At: map[string][]gate.Gate{"25%": {vouched, month}}, Exit: []gate.Gate{month}}, 0, []gate.Finding{
			{Path: `gates.at["25%"][1].between`, Rule: gate.RuleClosed, Text: long},
			{Path: "gates.exit[0].between", Rule: gate.RuleClosed, Text: long},
		}},
		"together": {rollout.Gates{Step: []gate.Gate{vouched, past}, At: map[string][]gate.Gate{"25%": {soon}}}, 0, []gate.Finding{
			{Path: "gates.step[1].between", Rule: gate.RuleClosed, Text: over},
			{Path: "gates", Rule: gate.RuleNever, Never: true, Text: never},
		}},
		"in one list": {rollout.Gates{Exit: []gate.Gate{past, soon}}, time.Hour, []gate.Finding{
			{Path: "gates.exit", Rule: gate.RuleNever, Never: true, Text: never},
		}},
		"on its way": {rollout.Gates{Entry: []gate.Gate{vouched}, Step: []gate.Gate{gate.Bake{}}, During: []gate.Gate{continuing{vouched}, month}}, 0, []gate.Finding{
			{Path: "gates.during[1].between", Rule: gate.RuleClosed, Text: long},
		}},
		"on its way together": {rollout.Gates{During: []gate.Gate{past, soon}}, 0, []gate.Finding{
			{Path: "gates.during", Rule: gate.RuleNever, Never: true, Text: never},
		}},
		"standing still": {rollout.Gates{During: []gate.Gate{pausing{between{vouched, time.Time{}, now.Add(time.Hour)}}}}, 24 * time.Hour, []gate.Finding{
			{Path: "gates.during[0].pausing", Rule: gate.RuleClosed, Text: over},
			{Path: "gateDeadline", Rule: gate.RuleDeadline, Text: "Gates may stay closed for 24h, and by the calendar they are closed from Sun 2026-03-01 13:00 UTC on, for more than 9 years: then the rollout holds."}, // before it begins
		}},
		"standing still after it": { // no deadline runs then
			rollout.Gates{
				Step:   []gate.Gate{gate.Freeze{Spans: []gate.Frozen{{From: "2026-03-01", To: "2026-03-02 08:00", Reason: "x"}}}},
				During: []gate.Gate{gate.Freeze{Closed: gate.Pause, Spans: []gate.Frozen{{From: "2026-03-02 08:00", To: "2026-03-03 04:00", Reason: "x"}}}},
			}, 24 * time.Hour, nil,
		},
		"deadline": {rollout.Gates{Step: []gate.Gate{soon}, Exit: []gate.Gate{decision{vouched}}}, 24 * time.Hour, []gate.Finding{
			{Path: "gateDeadline", Rule: gate.RuleDeadline, Text: late},
			{Path: "gates.exit[0].decision", Rule: gate.RuleExpires, Text: gone},
		}},
	} {
		plan := of(strategy.Canary{Weights: []strategy.Weight{500, 2500, strategy.Full}})()
		plan.Stages[0].Gates, plan.Stages[0].GateDeadline = tc.gates, tc.deadline
		m, err := rollout.Compile(plan)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, m.LintGates(plan.Stages[0].Name, now)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		if found := m.LintGates("nowhere", now); found != nil {
			t.Errorf("%v", found)
		}
	}
}
