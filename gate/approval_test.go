package gate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
)

// vote is one of a while ago about the step of the tables.
func vote(by string, kind gate.VoteKind, change ...func(*gate.Vote)) gate.Vote {
	v := gate.Vote{By: by, Kind: kind, Roles: []string{"ops"}, Stage: "eu", Step: "10%", Digest: "sha256:2", At: noon.Add(-time.Minute)}
	for _, c := range change {
		c(&v)
	}
	return v
}

func until(t time.Time) func(*gate.Vote) { return func(v *gate.Vote) { v.Until = t } }
func given(t time.Time) func(*gate.Vote) { return func(v *gate.Vote) { v.At = t } }
func about(x string) func(*gate.Vote)    { return func(v *gate.Vote) { v.For = x } }
func because(x string) func(*gate.Vote)  { return func(v *gate.Vote) { v.Reason = x } }

// asked is a view at noon of a step at which people voted.
func asked(author string, votes ...gate.Vote) gate.Facts {
	l := gate.Ledger{Stage: "eu", Step: "10%", Digest: "sha256:2", Votes: votes}
	return facts(l).With(&gate.Brief{Author: author})
}

func TestApproval(t *testing.T) {
	soon, later := noon.Add(time.Minute), noon.Add(time.Hour)
	yes, no, back := gate.Approve, gate.Reject, gate.Revoke
	for _, tc := range []struct {
		name   string
		gate   gate.Approval
		author string
		votes  []gate.Vote
		want   gate.Answer
		next   time.Time
		text   string
	}{
		{"nobody", gate.Approval{}, "", nil, gate.Wait, time.Time{}, "0 of 1 approvals"},
		{"one", gate.Approval{}, "", []gate.Vote{vote("ann", yes)}, gate.Open, time.Time{}, "1 of 1 approvals given by ann"},
		{"the same person twice", gate.Approval{Count: 2}, "", []gate.Vote{vote("ann", yes), vote(" ANN", yes)}, gate.Wait, time.Time{}, "1 of 2 approvals given by ANN"},
		{"two", gate.Approval{Count: 2}, "", []gate.Vote{vote("ann", yes), vote("bob", yes)}, gate.Open, time.Time{}, "2 of 2 approvals given by ann and bob"},
		{"no name", gate.Approval{}, "", []gate.Vote{vote(" ", yes)}, gate.Wait, time.Time{}, "0 of 1 approvals"},
		{"a role", gate.Approval{Roles: []string{"owner", "ops"}}, "", []gate.Vote{vote("ann", yes)}, gate.Open, time.Time{}, "1 of 1 approvals by owner or ops, given by ann"},
		{"another role", gate.Approval{Roles: []string{"owner"}}, "", []gate.Vote{vote("bob", yes)}, gate.Wait, time.Time{}, "0 of 1 approvals by owner, but bob's approval comes without any of the roles"},
		{"an empty role", gate.Approval{Roles: []string{""}}, "", []gate.Vote{vote("bob", yes, func(v *gate.Vote) { v.Roles = []string{""} })}, gate.Wait, time.Time{}, "but bob's approval comes"},
		{"the author", gate.Approval{NotAuthor: true}, "ANN ", []gate.Vote{vote("ann", yes)}, gate.Wait, time.Time{}, "0 of 1 approvals not by the author, but ann's approval is the author's"},
		{"not the author", gate.Approval{NotAuthor: true, Roles: []string{"ops"}}, "eve", []gate.Vote{vote("ann", yes)}, gate.Open, time.Time{}, "by ops, not the author, given by ann"},
		{"an author nobody knows", gate.Approval{NotAuthor: true}, " ", []gate.Vote{vote("ann", yes), vote("bob", no)}, gate.Wait, time.Time{}, "0 of 1 approvals not by the author, who is not known"},
		{"rejected", gate.Approval{}, "", []gate.Vote{vote("bob", yes), vote("ann", no, because("the totals are off"))}, gate.Refuse, time.Time{}, "approval refuses: rejected by ann: the totals are off"},
		{"rejected by nobody who is asked", gate.Approval{Roles: []string{"owner"}}, "", []gate.Vote{vote("ann", no)}, gate.Wait, time.Time{}, "ann's rejection comes without"},
		{"a rejection taken back", gate.Approval{}, "", []gate.Vote{vote("ann", no), vote("ann", back)}, gate.Wait, time.Time{}, "0 of 1 approvals but ann took it back"},
		{"changed minds", gate.Approval{}, "", []gate.Vote{vote("ann", no), vote("ann", yes)}, gate.Open, time.Time{}, "given by ann"},
		{"revoked by another", gate.Approval{}, "", []gate.Vote{vote("ann", yes), vote("bob", back)}, gate.Open, time.Time{}, "given by ann"},
		{"a vote of no kind", gate.Approval{}, "", []gate.Vote{vote("ann", yes), vote("ann", "maybe")}, gate.Wait, time.Time{}, "0 of 1 approvals"},
		{"for something else", gate.Approval{}, "", []gate.Vote{vote("ann", yes, about("freeze")), vote("bob", no, about("freeze"))}, gate.Wait, time.Time{}, "0 of 1 approvals"},
		{"for this", gate.Approval{For: "freeze", Roles: []string{"ops"}}, "", []gate.Vote{vote("ann", yes, about("freeze")), vote("ann", back)}, gate.Open, time.Time{}, "1 of 1 approvals for freeze by ops, given by ann"},
		{"rejected for this", gate.Approval{For: "freeze"}, "", []gate.Vote{vote("ann", no, about("freeze"))}, gate.Refuse, time.Time{}, "for freeze rejected by ann"},
		{"another step", gate.Approval{}, "", []gate.Vote{vote("ann", yes, func(v *gate.Vote) { v.Step = "" })}, gate.Wait, time.Time{}, "but ann's approval is of another step"},
		{"another stage", gate.Approval{}, "", []gate.Vote{vote("ann", yes, func(v *gate.Vote) { v.Stage = "us" })}, gate.Wait, time.Time{}, "but ann's approval is of another stage"},
		{"another artifact", gate.Approval{}, "", []gate.Vote{vote("ann", no, func(v *gate.Vote) { v.Digest = "" })}, gate.Wait, time.Time{}, "but ann's rejection is of another artifact"},
		{"the last is of another step", gate.Approval{}, "", []gate.Vote{vote("ann", yes), vote("ann", yes, func(v *gate.Vote) { v.Step = "1%" })}, gate.Wait, time.Time{}, "another step"},
		{"expired", gate.Approval{}, "", []gate.Vote{vote("ann", yes, until(noon))}, gate.Wait, time.Time{}, "but ann's approval has expired"},
		{"worn out", gate.Approval{Lasts: time.Minute}, "", []gate.Vote{vote("ann", yes, until(later))}, gate.Wait, time.Time{}, "but ann's approval has expired"},
		{"expires", gate.Approval{Lasts: time.Hour}, "", []gate.Vote{vote("ann", yes, until(soon))}, gate.Open, soon, "given by ann, look again at 2026-03-01T12:01:00Z"},
		{"wears out", gate.Approval{Lasts: time.Minute + time.Second}, "", []gate.Vote{vote("ann", yes, until(soon))}, gate.Open, noon.Add(time.Second), "given by ann"},
		{"not yet", gate.Approval{}, "", []gate.Vote{vote("ann", yes, given(soon))}, gate.Wait, soon, "but ann's approval is from ahead of the clock, look"},
		{"one more than needed", gate.Approval{Count: 2}, "", []gate.Vote{vote("ann", yes, until(soon)), vote("bob", yes), vote("eve", yes, until(later))}, gate.Open, later, "3 of 2 approvals given by ann, bob and eve"},
		{"a rejection that ends", gate.Approval{}, "", []gate.Vote{vote("ann", no, until(soon)), vote("bob", yes)}, gate.Refuse, soon, "rejected by ann, look again"},
		{"a rejection that ends another is for ever", gate.Approval{}, "", []gate.Vote{vote("ann", no, until(soon)), vote("bob", no)}, gate.Refuse, time.Time{}, "rejected by ann and bob"},
		{"a vote that never counts", gate.Approval{}, "", []gate.Vote{vote("ann", yes, given(later), until(soon))}, gate.Wait, time.Time{}, "ahead of the clock"},
		{"nor takes anything away", gate.Approval{}, "", []gate.Vote{vote("bob", yes), vote("ann", yes, given(later), until(soon)), vote("eve", no, given(soon), until(soon))}, gate.Open, time.Time{}, "given by bob"},
		{"nor gives it back", gate.Approval{}, "", []gate.Vote{vote("bob", no), vote("ann", no, given(later), until(soon))}, gate.Refuse, time.Time{}, "rejected by bob"},
		{"one ends as another begins", gate.Approval{}, "", []gate.Vote{vote("bob", yes, given(soon)), vote("ann", yes, until(soon)), vote("eve", no, given(later))}, gate.Open, later, "given by ann"},
		{"in any order", gate.Approval{}, "", []gate.Vote{vote("ann", yes, until(soon)), vote("bob", yes, given(soon))}, gate.Open, time.Time{}, "given by ann"},
		{"a negative count", gate.Approval{Count: -3}, "", nil, gate.Wait, time.Time{}, "0 of 1"},
		{"a negative duration", gate.Approval{Lasts: -1}, "", []gate.Vote{vote("ann", yes)}, gate.Wait, time.Time{}, "has expired"},
	} {
		f := asked(tc.author, tc.votes...)
		if d := tc.gate.Evaluate(f); d != (gate.Decision{Answer: tc.want, Next: tc.next}) {
			t.Errorf("%s: %v", tc.name, d)
		}
		r := tc.gate.Explain(f)
		if text := r.String(); !strings.Contains(text, tc.text) || r.Answer != tc.want || r.At != tc.next {
			t.Errorf("%s:\ngot  %v %s\nwant %s", tc.name, r.Answer, text, tc.text)
		}
	}
}

func TestApprovalOfMany(t *testing.T) {
	var votes []gate.Vote
	for i := range 300 { // more than there is room to remember
		votes = append(votes, vote(fmt.Sprintf("p%d", i), gate.Approve, until(noon.Add(time.Duration(i+1)*time.Minute))))
	}
	d := gate.Approval{Count: 2}.Evaluate(asked("", votes...))
	if want := (gate.Decision{Answer: gate.Open, Next: noon.Add(299 * time.Minute)}); d != want {
		t.Errorf("%v, want %v", d, want)
	}
	votes = append(votes, vote("P299", gate.Reject))
	if d := (gate.Approval{}).Evaluate(asked("", votes...)); d.Answer != gate.Refuse {
		t.Errorf("%v", d)
	}
	if text := (gate.Approval{Count: 100}).Explain(asked("", votes[:100]...)).String(); !strings.Contains(text, "p7 and 92 more") {
		t.Error(text)
	}
}

// counted is who approves and who rejects by the words of the documentation, one
// person after another.
func counted(a gate.Approval, l *gate.Ledger, author string, now time.Time) (yes, no int) {
	if a.NotAuthor && author == "" {
		return 0, 0
	}
	last := map[string]gate.Vote{}
	for _, v := range l.Votes {
		if name := strings.ToLower(strings.TrimSpace(v.By)); v.For == a.For && name != "" {
			last[name] = v
		}
	}
	for name, v := range last {
		end := v.Until
		if worn := v.At.Add(a.Lasts); a.Lasts > 0 && (end.IsZero() || worn.Before(end)) {
			end = worn
		}
		role := len(a.Roles) == 0 || slices.ContainsFunc(v.Roles, func(r string) bool { return slices.Contains(a.Roles, r) })
		switch {
		case v.Stage != l.Stage, v.Step != l.Step, v.Digest != l.Digest, !role:
		case a.NotAuthor && name == strings.ToLower(author):
		case v.At.After(now), !end.IsZero() && !end.After(now):
		case v.Kind == gate.Approve:
			yes++
		case v.Kind == gate.Reject:
			no++
		}
	}
	return yes, no
}

func expected(a gate.Approval, l *gate.Ledger, author string, now time.Time) gate.Answer {
	switch yes, no := counted(a, l, author, now); {
	case no > 0:
		return gate.Refuse
	case yes >= max(1, a.Count):
		return gate.Open
	}
	return gate.Wait
}

// People vote in any order about anything, time goes on, and the gate says at every
// instant what a plain count says; its Next is the first instant at which that differs.
func TestApprovalModel(t *testing.T) {
	few := func(of ...string) *rapid.Generator[string] { return rapid.SampledFrom(of) }
	rapid.Check(t, func(t *rapid.T) {
		a := gate.Approval{
			Count: rapid.IntRange(0, 3).Draw(t, "count"), NotAuthor: rapid.Bool().Draw(t, "notAuthor"),
			For:   few("", "", "freeze").Draw(t, "for"),
			Lasts: time.Duration(rapid.IntRange(0, 4).Draw(t, "lasts")) * 3 * time.Second,
		}
		if rapid.Bool().Draw(t, "asks for roles") {
			a.Roles = []string{"ops", "owner"}[:rapid.IntRange(1, 2).Draw(t, "roles")]
		}
		author := few("ann", "ann", "eve", "").Draw(t, "author")
		l := gate.Ledger{Stage: "eu", Step: "10%", Digest: "d"}
		now := noon
		likely := func(what, right, wrong string) string {
			if rapid.IntRange(0, 9).Draw(t, what) == 0 {
				return wrong
			}
			return right
		}
		check := func(t *rapid.T) {
			f := gate.NewFacts(now, &l, nil).With(&gate.Brief{Author: author})
			d := a.Evaluate(f)
			if want := expected(a, &l, author, now); d.Answer != want {
				t.Fatalf("%v says %v, not %v, of %+v", a, d, want, l.Votes)
			}
			next := time.Time{}
			for at := now.Add(time.Second); at.Before(now.Add(2 * time.Minute)); at = at.Add(time.Second) {
				if expected(a, &l, author, at) != d.Answer {
					next = at
					break
				}
			}
			if d.Next != next {
				t.Fatalf("%v says %v, but changes at %v, of %+v", a, d, next, l.Votes)
			}
			yes, _ := counted(a, &l, author, now)
			if r := a.Explain(f); r.Answer != d.Answer || r.At != d.Next || d.Answer != gate.Refuse && r.Have != int64(yes) {
				t.Fatalf("%v: %+v", d, r)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"": check,
			"vote": func(t *rapid.T) {
				v := gate.Vote{
					By:    few("ann", "ANN", " ann", "bob", "Bob", "eve", "").Draw(t, "by"),
					Kind:  rapid.SampledFrom([]gate.VoteKind{gate.Approve, gate.Approve, gate.Approve, gate.Reject, gate.Revoke, "dance"}).Draw(t, "kind"),
					Roles: rapid.SampledFrom([][]string{nil, {"ops"}, {"dev", "ops"}, {"owner"}}).Draw(t, "has"),
					For:   few(a.For, a.For, "", "freeze").Draw(t, "about"),
					Stage: likely("stage", "eu", "us"), Step: likely("step", "10%", ""), Digest: likely("digest", "d", "e"),
					At: now.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, "at")) * time.Second),
				}
				if rapid.Bool().Draw(t, "ends") {
					v.Until = now.Add(time.Duration(rapid.IntRange(-5, 20).Draw(t, "until")) * time.Second)
				}
				l.Votes = append(l.Votes, v)
			},
			"pass": func(t *rapid.T) { now = now.Add(time.Duration(rapid.IntRange(1, 9).Draw(t, "s")) * time.Second) },
		})
	})
}

func TestAsks(t *testing.T) {
	one, bake := gate.Approval{}, gate.Bake{For: time.Minute}
	yes := vote("ann", gate.Approve)
	for _, tc := range []struct {
		name  string
		gates []gate.Gate
		votes []gate.Vote
		baked time.Duration
		want  bool
	}{
		{"nothing", nil, nil, 0, false},
		{"only people", []gate.Gate{one, bake}, nil, time.Hour, true},
		{"time, too", []gate.Gate{one, bake}, nil, 0, false},
		{"given", []gate.Gate{one, bake}, []gate.Vote{yes}, 0, false},
		{"open", []gate.Gate{one, bake}, []gate.Vote{yes}, time.Hour, false},
		{"rejected", []gate.Gate{one}, []gate.Vote{vote("ann", gate.Reject)}, 0, false},
		{"rejected in any", []gate.Gate{gate.Any{one, bake}}, []gate.Vote{vote("ann", gate.Reject)}, 0, false},
		{"in any", []gate.Gate{gate.Any{bake, gate.All{one}}}, nil, 0, true},
		{"any that is open", []gate.Gate{gate.Any{bake, one}}, nil, time.Hour, false},
		{"in named, at least", []gate.Gate{gate.Named{Name: "x", Gate: gate.AtLeast{N: 2, Of: []gate.Gate{bake, one, gate.Fact{}}}}}, nil, time.Hour, true},
		{"not enough", []gate.Gate{gate.AtLeast{N: 2, Of: []gate.Gate{bake, one, gate.Fact{}}}}, nil, 0, false},
		{"one who cannot be told from the author", []gate.Gate{gate.Approval{NotAuthor: true}}, nil, 0, false},
	} {
		l := gate.Ledger{Stage: "eu", Step: "10%", Digest: "sha256:2", Votes: tc.votes, Healthy: tc.baked}
		if got := gate.Asks(tc.gates, facts(l)); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}

// What is shown is one line each, whatever people write, and a note keeps its lines.
func TestSummaryLines(t *testing.T) {
	l := gate.Ledger{Stage: "eu", Signals: []gate.Signal{
		{Name: "errors\x1b[2J", Verdict: health.NoData, Since: noon.Add(-90 * time.Second), Advisory: true},
		{Name: "p99", Unmeasured: true},
		{Name: "e2e"},
	}}
	f := facts(l).With(&gate.Brief{Version: "2.0", Author: "ann\nbob", Notes: "one\r\n\n\x1btwo\n", Risk: "a\nb"})
	want := []string{
		"release: 2.0, by ann bob",
		"changes:", "  one", "", "   two",
		"risk: a b",
		"where: stage eu, before it begins",
		"signal errors [2J, which only advises, is without data for 1m30s",
		"signal p99 is not measured at this step",
		"signal e2e has said nothing yet",
	}
	if diff := cmp.Diff(want, gate.Approval{}.Explain(f).Summary.Lines()); diff != "" {
		t.Error(diff)
	}
	if got := (gate.Approval{}).Explain(gate.Facts{}).Summary.Lines()[0]; got != "release: which one is not known" {
		t.Error(got)
	}
	l.Counts = []gate.Count{{N: 1}}
	kept := gate.Approval{}.Explain(facts(l)).Summary
	l.Counts[0].N, l.Signals[0].Name = 2, "other"
	if kept.Counts[0].N != 1 || kept.Signals[0].Name == "other" {
		t.Errorf("what was explained changes with the ledger: %+v", kept)
	}
	open := gate.Approval{}.Explain(asked("", vote("ann", gate.Approve)))
	if lines := open.Lines(); len(lines) != 1 {
		t.Errorf("%q", lines)
	}
}

func BenchmarkApproval(b *testing.B) {
	votes := []gate.Vote{vote("ann", gate.Approve), vote("bob", gate.Approve, until(noon.Add(time.Hour)))}
	var many []gate.Vote
	for i := range 100 {
		many = append(many, vote(fmt.Sprintf("person-%02d", i), gate.Approve, until(noon.Add(time.Duration(i+1)*time.Minute))))
	}
	for _, bench := range []struct {
		name  string
		votes []gate.Vote
	}{{"none", nil}, {"two", votes}, {"hundred", many}} {
		b.Run(bench.name, func(b *testing.B) {
			f := asked("eve", bench.votes...)
			g := gate.Approval{Count: 2, Roles: []string{"ops"}, NotAuthor: true, Lasts: 24 * time.Hour}
			b.ReportAllocs()
			for b.Loop() {
				g.Evaluate(f)
			}
		})
	}
}
