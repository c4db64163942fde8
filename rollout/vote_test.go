package rollout_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// decided is a plan of two stages of two steps each, where people decide before the
// second stage begins and at every step.
func decided(a gate.Approval) rollout.Plan {
	p := half(gate.Bake{For: 3 * time.Second}, a)
	p.Release.Author, p.Release.Notes, p.Release.Risk = "eve", "One.\nTwo.", "small"
	p = chain(p, "eu", "us")
	p.Stages[1].Gates.Entry = []gate.Gate{a}
	return p
}

// by is a vote as somebody orders it.
func by(who string, kind rollout.CommandKind, step string, change ...func(*rollout.Command)) rollout.Command {
	c := rollout.Command{Kind: kind, By: who, Roles: []string{"ops"}, Step: step}
	if kind == rollout.Reject {
		c.Reason = "the totals are off"
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

func inStage(stage string) func(*rollout.Command) {
	return func(c *rollout.Command) { c.Stage = stage }
}

// decideOn gives orders, and decides.
func (s *sim) decideOn(orders ...rollout.Command) {
	s.t.Helper()
	for _, c := range orders {
		c.ID = fmt.Sprintf("%s %s %d", c.By, s.now, len(s.orders))
		s.orders = append(s.orders, c)
	}
	s.step()
}

func (s *sim) tells(t *testing.T, kind rollout.EventKind, text string) {
	t.Helper()
	if !s.told(kind, text)() {
		t.Fatalf("%q is not told\n%s", text, s.trace.String())
	}
}

// TestApprovalsOfARollout: one that comes late is none of the next step, one of the entry
// does not open the first step, and nothing goes on without.
func TestApprovalsOfARollout(t *testing.T) {
	s := newSim(t, decided(gate.Approval{Roles: []string{"ops"}, NotAuthor: true}))
	s.until(20, s.told(rollout.EventAsked, "stage eu waits at step 50% for people to decide: approval: 0 of 1 approvals by ops, not the author"))
	if want := "stage eu waits at step 50% for people to decide"; s.last.Awaits != want {
		t.Errorf("it awaits %q", s.last.Awaits)
	}
	for range 20 {
		if s.step(); len(s.last.Events) > 0 {
			t.Fatalf("%v", s.last.Events)
		}
	}
	s.decideOn(by("EVE", rollout.Approve, "50%"))
	s.decideOn(by("ann", rollout.Approve, "50%"))
	s.tells(t, rollout.EventPassed, "step 50%")
	s.decideOn(by("bob", rollout.Approve, "50%"))
	s.tells(t, rollout.EventRefused, "approve is refused: it must name its stage") // or us, before it begins
	s.decideOn(by("bob", rollout.Approve, "50%", inStage("eu")))
	s.tells(t, rollout.EventRefused, "approve is refused: it is about step 50%, the stage is at 100%")
	s.decideOn(by("ann", rollout.Approve, "100%")) // on the way to it, and only one can be meant
	s.until(30, s.told(rollout.EventDone, "stage eu"))
	s.tells(t, rollout.EventAsked, "stage us waits for people to decide before it begins: approval: 0 of 1")
	if !strings.Contains(s.last.Awaits, "before it begins") {
		t.Errorf("it awaits %q", s.last.Awaits)
	}
	s.decideOn(by("ann", rollout.Approve, "50%"))
	s.tells(t, rollout.EventRefused, "it is about step 50%, the stage was not begun")
	s.decideOn(by("ann", rollout.Approve, ""))
	s.tells(t, rollout.EventBegan, "us")
	if n := len(s.state.Stages[1].Ledger.Votes); n != 0 {
		t.Errorf("%d votes of the entry are left", n)
	}
	s.decideOn(by("ann", rollout.Approve, ""))
	s.tells(t, rollout.EventRefused, "approve is refused: it must name the step that it is about: the stage is at 50%")
	s.until(20, s.told(rollout.EventAsked, "step 50%"))
	s.decideOn(by("ann", rollout.Approve, "50%"))
	s.until(20, s.told(rollout.EventAsked, "step 100%"))
	s.decideOn(by("ann", rollout.Approve, "100%"))
	s.until(5, func() bool { return s.last.Done })
	if _, err := rollout.Replay(s.m, s.records); err != nil {
		t.Error(err)
	}
}

// TestRejectionHolds: it names who and why, and goes on only when it was taken back.
func TestRejectionHolds(t *testing.T) {
	s := newSim(t, decided(gate.Approval{}))
	s.until(9, s.phase(0, rollout.Waiting))
	s.decideOn(by("ann", rollout.Reject, "", inStage("eu")))
	if h := s.state.Hold; h == nil || h.Cause != rollout.CauseRefused || h.Reason != "stage eu, step 50%: approval refuses: rejected by ann: the totals are off" {
		t.Fatalf("%+v", h)
	}
	s.decideOn(by("bob", rollout.Revoke, "", inStage("eu")))
	s.tells(t, rollout.EventRefused, "revoke is refused: there is nothing to take back")
	order(rollout.Resume, "")(s)
	s.step()
	s.tells(t, rollout.EventHold, "rejected by ann")
	s.decideOn(by("Ann ", rollout.Revoke, "50%"))
	s.tells(t, rollout.EventRecorded, "took back what was said")
	if s.state.Hold == nil {
		t.Fatal("it goes on without an order")
	}
	order(rollout.Resume, "")(s)
	s.until(10, s.told(rollout.EventAsked, "but Ann took it back"))
	s.decideOn(by("ann", rollout.Revoke, "50%"))
	s.tells(t, rollout.EventRefused, "there is nothing to take back")
	s.decideOn(by("ann", rollout.Reject, "50%"))
	order(rollout.Promote, "the totals are right")(s)
	s.step()
	s.tells(t, rollout.EventPassed, "50%")
	s.decideOn(by("ann", rollout.Reject, "", inStage("us"))) // before it begins: it holds once it could
	if s.state.Hold != nil {
		t.Fatalf("%+v", s.state.Hold)
	}
	s.decideOn(by("ann", rollout.Approve, "100%"))
	s.until(20, s.told(rollout.EventHold, "stage us: approval refuses: rejected by ann"))
	order(rollout.Retry, "")(s)
	s.step()
	if s.state.Hold != nil || len(s.state.Stages[1].Ledger.Votes) != 0 {
		t.Errorf("a new attempt remembers: %+v", s.state.Hold)
	}
	s.tells(t, rollout.EventAsked, "stage us waits for people to decide before it begins")
	s.decideOn(by("ann", rollout.Reject, "", inStage("us")))
	s.tells(t, rollout.EventHold, "rejected by ann")
	order(rollout.Retry, "")(s)
	s.step()
	s.tells(t, rollout.EventAsked, "stage us waits for people to decide before it begins") // once in every attempt
}

func TestVotesThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		order rollout.Command
		want  string
	}{
		"nobody":            {by(" ", rollout.Approve, "50%"), "it must say who gives it"},
		"several lines":     {by("ann\nbob", rollout.Approve, "50%"), "who gives it must be one line"},
		"what is not seen":  {by("ann\u200b", rollout.Approve, "50%"), "who gives it must be one line"},
		"no reason":         {by("ann", rollout.Reject, "50%", func(c *rollout.Command) { c.Reason = " " }), "a rejection must have a reason"},
		"no stage":          {by("ann", rollout.Reject, ""), "it must name its stage"},
		"two stages":        {by("ann", rollout.Revoke, ""), "it must name its stage"},
		"another artifact":  {by("ann", rollout.Approve, "50%", func(c *rollout.Command) { c.Digest = "x" }), "it is about digest x"},
		"no step":           {by("ann", rollout.Approve, "", inStage("eu")), "it must name the step that it is about: the stage is at 50%"},
		"another step":      {by("ann", rollout.Reject, "100%", inStage("eu")), "it is about step 100%, the stage is at 50%"},
		"expired":           {by("ann", rollout.Approve, "50%", func(c *rollout.Command) { c.Until = epoch }), "it has expired"},
		"nothing said":      {by("ann", rollout.Revoke, "50%"), "there is nothing to take back"},
		"for something":     {by("bob", rollout.Revoke, "50%", func(c *rollout.Command) { c.For = "freeze" }), "there is nothing to take back"},
		"nobody is asked":   {by("ann", rollout.Approve, "", inStage("ap")), "nobody is asked before stage ap begins"},
		"a stage of before": {by("ann", rollout.Approve, "", inStage("old")), "the stage is not on its way up"},
	} {
		p := decided(gate.Approval{Count: 2})
		p.Stages = append(p.Stages, p.Stages[0], p.Stages[0])
		p.Stages[2].Name, p.Stages[2].Needs = "ap", []string{"us"}
		p.Stages[3].Name, p.Stages[3].Gates = "old", rollout.Gates{}
		p.Stages[3].Strategy = strategy.Recreate{}
		p.Stages[0].Needs = []string{"old"}
		s := newSim(t, p)
		s.until(30, s.phase(0, rollout.Waiting))
		s.decideOn(by("bob", rollout.Approve, "50%"))
		before := len(s.state.Stages[0].Ledger.Votes)
		s.decideOn(c.order)
		if n := len(s.state.Stages[0].Ledger.Votes); !s.told(rollout.EventRefused, c.want)() || before != 1 || n != 1 {
			t.Errorf("%s: %d votes, %v", name, n, s.last.Events)
		}
	}
}

// TestVotesHaveRoom: when there are many votes those that count no more make way, and
// nobody is kept from a rejection.
func TestVotesHaveRoom(t *testing.T) {
	s := newSim(t, decided(gate.Approval{Roles: []string{"owner"}})) // whom none of the many is
	s.until(9, s.phase(0, rollout.Waiting))
	votes := func() int { return len(s.state.Stages[0].Ledger.Votes) }
	for i := range 60 {
		for range 2 {
			s.orders = append(s.orders, by(fmt.Sprint("p", i), rollout.Approve, "50%"))
		}
	}
	for i := range s.orders {
		s.orders[i].ID = fmt.Sprint("many", i)
	}
	s.step()
	if n := votes(); n > 100 || !s.told(rollout.EventRecorded, "approved")() || s.told(rollout.EventRefused, "")() {
		t.Fatalf("%d votes\n%s", n, s.trace.String())
	}
	for i := range 45 {
		s.decideOn(by(fmt.Sprint("q", i), rollout.Approve, "50%"))
	}
	if s.decideOn(by("r", rollout.Approve, "50%")); votes() != 100 {
		t.Fatalf("%d votes", votes())
	}
	s.tells(t, rollout.EventRefused, "100 people have decided already")
	s.decideOn(by("p1", rollout.Revoke, "50%"))
	s.tells(t, rollout.EventRecorded, "took back")
	s.decideOn(by("r", rollout.Approve, "50%"))
	s.tells(t, rollout.EventRecorded, "approved")
	s.decideOn(by("z", rollout.Reject, "50%", func(c *rollout.Command) { c.Roles = []string{"owner"} }))
	s.tells(t, rollout.EventHold, "rejected by z")
	if votes() != 100 {
		t.Errorf("%d votes", votes())
	}
}

// TestAskedOnce at every step of every attempt, and not while something else is waited
// for.
func TestAskedOnce(t *testing.T) {
	s := newSim(t, decided(gate.Approval{}))
	asked := 0
	count := func() {
		if s.told(rollout.EventAsked, "")() {
			asked++
		}
	}
	s.until(9, s.phase(0, rollout.Waiting))
	if s.last.Awaits != "stage eu waits at step 50% for its gates" {
		t.Errorf("it awaits %q", s.last.Awaits)
	}
	s.decideOn(by("ann", rollout.Approve, "50%"))
	s.decideOn(by("ann", rollout.Revoke, "50%"))
	if count(); asked != 0 {
		t.Error("people are asked while it bakes")
	}
	for range 20 {
		s.step()
		count()
	}
	s.decideOn(by("ann", rollout.Reject, "50%"))
	s.decideOn(by("ann", rollout.Revoke, "50%"))
	order(rollout.Resume, "")(s)
	for range 5 {
		s.step()
		count()
	}
	order(rollout.Pause, "")(s)
	s.step()
	order(rollout.Retry, "")(s)
	for range 20 {
		s.step()
		count()
	}
	if asked != 2 {
		t.Errorf("asked %d times in two attempts\n%s", asked, s.trace.String())
	}
}

// TestAskedWhenNothingElseIsWaitedFor: not before the step was kept, nor while a signal
// is without data.
func TestAskedWhenNothingElseIsWaitedFor(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates = rollout.Gates{Step: []gate.Gate{gate.Approval{}}}
	p.Health.Signals[0].MaxGap = time.Minute
	p.Stages[0].Strategy = ladder{Steps: []strategy.Step{{Name: "kept", Weight: 1000, Keep: 10 * time.Second}, {Name: "all", Weight: strategy.Full}}}
	s := newSim(t, p)
	s.until(9, s.phase(0, rollout.Waiting))
	reached := s.now
	s.until(20, s.told(rollout.EventAsked, ""))
	if d := s.now.Sub(reached); d < 10*time.Second {
		t.Errorf("asked after %s", d)
	}
	s.decideOn(by("ann", rollout.Approve, "kept"))
	s.silent = true
	for range 15 {
		if s.step(); s.told(rollout.EventAsked, "")() || strings.Contains(s.last.Awaits, "people") {
			t.Fatalf("asked without data, %q\n%s", s.last.Awaits, s.trace.String())
		}
	}
	s.silent = false
	s.until(5, s.told(rollout.EventAsked, ""))
}

// TestWhatPeopleAreTold of the place where a stage stands.
func TestWhatPeopleAreTold(t *testing.T) {
	back := func(p rollout.Plan, n int, bend func(*sim)) []string {
		s := newSim(t, p)
		bend(s)
		for range n {
			s.step()
		}
		var last []string
		for _, r := range s.m.Explain(s.state, s.input()) {
			for _, g := range r.Gates {
				if g.Summary != nil {
					b := g.Summary.Brief
					last = append(last, r.Stage+": "+b.Next+"; "+b.Back)
				}
			}
		}
		return last
	}
	nothing := func(*sim) {}
	usual, first, never, any := decided(gate.Approval{}), decided(gate.Approval{}), decided(gate.Approval{}), decided(gate.Approval{})
	first.Release.Replaces, any.Release.Replaces = "", ""
	never.Release.Irreversible = "the old tables are dropped"
	for name, c := range map[string]struct{ got, want []string }{
		"usual": {back(usual, 9, nothing), []string{
			"eu: step 50% is left for 100%: 100% of the traffic; 1.0, at once",
			"us: stage us begins; nothing has changed yet",
		}},
		"whatever serves": {back(any, 9, nothing)[:1], []string{"eu: step 50% is left for 100%: 100% of the traffic; 1.0, at once"}},
		"irreversible": {back(never, 9, nothing), []string{
			"eu: step 50% is left for 100%: 100% of the traffic; nothing: the old tables are dropped",
			"us: stage us begins; nothing has changed yet; afterwards nothing: the old tables are dropped",
		}},
		"first": {back(first, 9, func(s *sim) { s.fleets["eu"].versions = nil })[:1], []string{
			"eu: stage eu is done: 2.0 serves there; nothing: it is the first deploy",
		}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestQuietApprovalAllocatesNothing: to wait for people costs nothing.
func TestQuietApprovalAllocatesNothing(t *testing.T) {
	s := newSim(t, decided(gate.Approval{Count: 2, NotAuthor: true}))
	s.until(20, s.told(rollout.EventAsked, ""))
	s.decideOn(by("ann", rollout.Approve, "50%"))
	s.step()
	in := s.input()
	in.Samples = nil
	if _, out := s.m.Decide(s.state, in); out.Save || !strings.Contains(out.Awaits, "for people to decide") {
		t.Fatalf("the input is not quiet: %v, %q", out.Events, out.Awaits)
	}
	if n := testing.AllocsPerRun(100, func() { s.m.Decide(s.state, in) }); n != 0 {
		t.Errorf("it allocates %v times", n)
	}
}

// TestVotesAsTold: people order anything at any time; what was told to be recorded, by a
// plain count of each person's last word where the stage then stood, is what lets a
// stage begin and a step be passed.
func TestVotesAsTold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 2).Draw(t, "count")
		s := newSim(t, decided(gate.Approval{Count: count, Roles: []string{"ops"}, NotAuthor: true}))
		said := [2]map[string]bool{{}, {}} // by stage: who approves
		enough := func(i int) bool { return len(said[i]) >= count }
		waived := false
		for n := range rapid.IntRange(10, 60).Draw(t, "calls") {
			var given []rollout.Command
			for range rapid.SampledFrom([]int{0, 0, 1, 1, 2}).Draw(t, "orders") {
				c := by(rapid.SampledFrom([]string{"ann", "Ann", "bob", "eve"}).Draw(t, "by"),
					rapid.SampledFrom([]rollout.CommandKind{rollout.Approve, rollout.Approve, rollout.Approve, rollout.Approve, rollout.Reject, rollout.Revoke, rollout.Resume, rollout.Promote}).Draw(t, "kind"),
					rapid.SampledFrom([]string{"", "50%", "50%", "100%"}).Draw(t, "step"))
				c.Stage = rapid.SampledFrom([]string{"", "eu", "us"}).Draw(t, "stage")
				if rapid.IntRange(0, 4).Draw(t, "role") == 0 {
					c.Roles = nil
				}
				if c.Kind == rollout.Resume {
					c.Stage, c.Step = "", ""
				}
				c.ID = fmt.Sprintf("%d.%d", n, len(given))
				c.Reason = c.ID
				given = append(given, c)
			}
			s.orders = given
			s.step()
			for _, e := range s.last.Events {
				i := slices.Index([]string{"eu", "us"}, e.Stage)
				who := strings.ToLower(e.By)
				switch {
				case e.Kind == rollout.EventRecorded: // its reason is the ID of the order
					c := given[slices.IndexFunc(given, func(c rollout.Command) bool { return strings.HasSuffix(e.Text, ": "+c.ID) })]
					delete(said[i], who)
					if c.Kind == rollout.Approve && who != "eve" && len(c.Roles) > 0 {
						said[i][who] = true
					}
				case e.Kind == rollout.EventWaived:
					waived = true
				case e.Kind == rollout.EventBegan && i == 1, e.Kind == rollout.EventPassed:
					if !enough(i) && (!waived || e.Kind == rollout.EventBegan) {
						t.Fatalf("%s with the approvals of %v\n%s", e.Text, said[i], s.trace.String())
					}
					said[i], waived = map[string]bool{}, false
				case e.Kind == rollout.EventHold && !strings.Contains(e.Text, "rejected by"):
					t.Fatalf("%s", e.Text)
				}
			}
		}
		if _, err := rollout.Replay(s.m, s.records); err != nil {
			t.Fatal(err)
		}
	})
}

// TestNotAuthorOfNobody: a plan that leaves out the author and does not say who that is
// could never go on.
func TestNotAuthorOfNobody(t *testing.T) {
	a := gate.Approval{NotAuthor: true, For: "freeze"}
	frozen := gate.Freeze{Spans: []gate.Frozen{{From: "2026-12-20", To: "2027-01-02", Reason: "holidays"}}, Except: a}
	for path, gates := range map[string]rollout.Gates{
		"gates.entry[0].approval":                {Entry: []gate.Gate{a}},
		"gates.step[1].any[0].approval":          {Step: []gate.Gate{gate.Bake{}, gate.Any{&a}}},
		"gates.exit[0].named.gate.approval":      {Exit: []gate.Gate{gate.Named{Name: "people", Gate: a}}},
		`gates.at["50%"][0].approval`:            {At: map[string][]gate.Gate{"50%": {a}}},
		"gates.during[0].freeze.except.approval": {During: []gate.Gate{frozen}},
	} {
		p := half()
		p.Stages[0].Gates = gates
		want := "stages[0]." + path + ".notAuthor: true can never open: release.author does not say who made the release"
		if _, err := rollout.Compile(p); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		p.Release.Author = "eve"
		if _, err := rollout.Compile(p); err != nil {
			t.Error(err)
		}
	}
}

// TestExceptionOfAFreeze: people make one for the step that they approve it for, and what
// a closed freeze lets continue needs one before it begins only.
func TestExceptionOfAFreeze(t *testing.T) {
	frozen := func(c gate.Closed) rollout.Gates {
		except := gate.Approval{For: "freeze"}
		return rollout.Gates{During: []gate.Gate{gate.Freeze{Spans: []gate.Frozen{{From: "2026-02-01", To: "2026-04-01", Reason: "audit"}}, Closed: c, Except: except}}}
	}
	for closed, needs := range map[gate.Closed][]string{gate.Continue: {""}, gate.Finish: {"", "50%", "100%"}, gate.Pause: {"", "50%", "100%"}} {
		p := half()
		p.Stages[0].Gates = frozen(closed)
		s := newSim(t, p)
		for _, step := range needs {
			s.steps(30)
			if at := s.state.Stages[0].Ledger.Step; at != step || s.last.Done || s.last.Awaits == "" {
				t.Fatalf("%s: it is at step %q, and not at %q\n%s", closed, at, step, s.trace.String())
			}
			s.decideOn(by("ann", rollout.Approve, step)) // of the step, and not of the exception
			s.steps(30)
			if at := s.state.Stages[0].Ledger.Step; at != step || s.last.Done {
				t.Fatalf("%s: what is approved of step %q lifts the freeze\n%s", closed, step, s.trace.String())
			}
			s.decideOn(by("ann", rollout.Approve, step, func(c *rollout.Command) { c.For = "freeze" }))
			s.tells(t, rollout.EventRecorded, "approved for freeze")
		}
		s.until(30, func() bool { return s.last.Done })
		if n, want := s.count(rollout.EventAsked)+s.count(rollout.EventStandsStill), len(needs); n != want {
			t.Errorf("%s: people are told %d times, want %d\n%s", closed, n, want, s.trace.String())
		}
	}
}
