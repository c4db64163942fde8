package rollout_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

func TestIllegibleTextsAreMended(t *testing.T) {
	bad := "caf\xe9"
	s := newSim(t, canaryPlan())
	s.until(5, s.phase(0, rollout.Waiting))
	in := s.input()
	in.Commands = []rollout.Command{{ID: bad, Kind: "dance", By: bad, Roles: []string{bad}, Reason: bad}}
	in.Facts = []gate.Vouched{{Name: "a", Value: "b"}, {Name: bad, Value: bad}}
	in.Samples[0].Fetch, in.Samples[0].Reason = health.Error, bad
	in.Samples[0].Counts = []health.Count{{Name: bad, N: 1}}
	s.decide(in)
	s.now = s.now.Add(time.Second)
	in = s.input()
	in.Fleets[0].Err = bad
	s.decide(in)
	s.now = s.now.Add(time.Second)
	in = s.input()
	in.Fleets[0].Versions[0].Digest = bad
	s.decide(in)
	if bad != "caf\xe9" || in.Fleets[0].Versions[0].Digest != bad {
		t.Error("the input was changed")
	}
	if _, err := rollout.Replay(s.m, s.records); err != nil {
		t.Error(err)
	}
	for _, r := range s.records {
		var back rollout.Record
		if err := json.Unmarshal([]byte(mustJSON(t, r)), &back); err != nil || mustJSON(t, back) != mustJSON(t, r) {
			t.Errorf("record %d: %v", r.Rev, err)
		}
	}
}

// TestInputIsNotKept: what a host does with its input afterwards changes no state.
func TestInputIsNotKept(t *testing.T) {
	s := newSim(t, canaryPlan())
	in := s.input()
	s.state, _ = s.m.Decide(s.state, in)
	before := encode(t, s.state)
	in.Fleets[0].Versions[0].Version = "changed"
	if after := encode(t, s.state); after != before {
		t.Error("the state holds the host's slices")
	}
}

// TestNothingIsTooMuch: whatever an input brings, its state and its record are written
// and read again, the journal replays, and what was left out is told.
func TestNothingIsTooMuch(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	for name, c := range map[string]struct {
		bend func(*rollout.Input)
		told string
	}{
		"roles": {func(in *rollout.Input) {
			in.Commands = []rollout.Command{{ID: "a", Kind: rollout.Approve, Roles: make([]string, 10001)}}
		}, "approve is refused: it names more than 20 roles"},
		"words of an approval": {func(in *rollout.Input) {
			in.Commands = []rollout.Command{{ID: "a", Kind: rollout.Approve, By: "ada", Step: "1%", For: long + "\xff", Reason: long + "\x00\xff", Roles: []string{long}}}
		}, "approved for xxx"},
		"whose approval": {func(in *rollout.Input) {
			in.Commands = []rollout.Command{{ID: "a", Kind: rollout.Approve, By: long, Step: "1%"}}
		}, "approve is refused: who gives it must be one line of at most 200 bytes"},
		"long ID": {func(in *rollout.Input) {
			in.Commands = []rollout.Command{{ID: long + "1", Kind: rollout.Pause}, {ID: long + "2", Kind: rollout.Resume}}
		}, "resume is refused: its ID must be 1 to 200 bytes of text"},
		"no ID": {func(in *rollout.Input) {
			in.Commands = []rollout.Command{{Kind: rollout.RollBack}}
		}, "rollback is refused: its ID must be"},
		"orders": {func(in *rollout.Input) {
			for i := range 10001 {
				in.Commands = append(in.Commands, rollout.Command{ID: fmt.Sprint(i), Kind: "dance"})
			}
			in.Commands = append(in.Commands, rollout.Command{ID: "p", Kind: rollout.Pause, Reason: "the newest"})
		}, "paused: the newest"},
		"orders that are left out": {func(in *rollout.Input) {
			for i := range 2001 {
				in.Commands = append(in.Commands, rollout.Command{ID: fmt.Sprint(i), Kind: "dance"})
			}
		}, "the rest of the input is refused: 2001 orders came in one call, and only 1999 were read"},
		"samples": {func(in *rollout.Input) {
			for range 10001 {
				in.Samples = append(in.Samples, health.Sample{Stage: "nowhere", From: epoch, To: epoch.Add(1)})
			}
		}, "10002 samples came in one call, and only 10000 were read"},
		"large samples": {func(in *rollout.Input) {
			s := health.Sample{Stage: long, Signal: long, Reason: long, Digest: long + "\x00", From: epoch, To: epoch.Add(1)}
			for i := range 255 {
				s.Bounds = append(s.Bounds, float64(i))
			}
			for range 100 {
				s.Counts = append(s.Counts, health.Count{Name: long})
			}
			for range 400 {
				in.Samples = append(in.Samples, s)
			}
		}, "401 samples came in one call, and only "},
		"facts": {func(in *rollout.Input) {
			in.Facts = make([]gate.Vouched, 10001)
			in.Facts[0].Value = long
		}, "10001 facts came in one call, and only 10000 were read"},
		"fleets": {func(in *rollout.Input) {
			in.Fleets = append(in.Fleets, make([]rollout.Observed, 10001)...)
		}, "10002 fleets came in one call, and only 10000 were read"},
		"versions beside an error": {func(in *rollout.Input) {
			in.Fleets[0].Err, in.Fleets[0].Versions = "x", make([]rollout.Version, 20000)
		}, "the fleet cannot be observed: x"},
		"a weight beside an error": {func(in *rollout.Input) {
			in.Fleets[0].Err, in.Fleets[0].Versions[0].Weight, in.Fleets[0].Mirror = "x", 20000, -1
		}, "the fleet cannot be observed: x"},
		"long error": {func(in *rollout.Input) { in.Fleets[0].Err = long }, "the fleet cannot be observed: xxx"},
		"long version": {func(in *rollout.Input) {
			in.Fleets[0].Versions[0].Version = long
		}, "must have at most 200 bytes"},
		"versions that look alike": {func(in *rollout.Input) {
			in.Fleets[0].Versions = append(in.Fleets[0].Versions, rollout.Version{Version: "a\xff"}, rollout.Version{Version: "a\xfe"})
		}, "must be valid UTF-8"},
		"epoch of a target": {func(in *rollout.Input) { in.Fleets[0].Fence.Epoch = math.MaxUint64 }, "fence.epoch: 18446744073709551615 must be at most"},
		"epoch of the host": {func(in *rollout.Input) { in.Epoch = math.MaxUint64 }, "the epoch is too large, and was read as"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSim(t, canaryPlan())
			s.until(9, s.phase(0, rollout.Waiting))
			in := s.input()
			in.Samples = append(in.Samples, health.Sample{Stage: "prod"})[:1]
			c.bend(&in)
			s.decide(in) // it checks that the state can be read, and that a second call changes nothing
			if !slices.ContainsFunc(s.last.Events, func(e rollout.Event) bool { return strings.Contains(e.Text, c.told) }) {
				t.Errorf("it is not told: %v", s.last.Events)
			}
			var back []rollout.Record
			if err := json.Unmarshal([]byte(mustJSON(t, s.records)), &back); err != nil {
				t.Fatal(err)
			}
			if _, err := rollout.Replay(s.m, back); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestManyEventsAtOnce: a record holds as many events as can be written.
func TestManyEventsAtOnce(t *testing.T) {
	s := newSim(t, canaryPlan())
	next, out := s.m.Decide(s.state, s.input())
	out.Events = make([]rollout.Event, 10100)
	r, err := rollout.NewRecord(s.input(), next, out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.MarshalJSON(); err != nil || r.Events[9999].Text != "101 more events are not listed" {
		t.Errorf("%v, %q", err, r.Events[9999].Text)
	}
}

// TestWordsOfOthers: what a user's own gate says makes no state unwritable, and the
// orders that answer its hold are still told.
func TestWordsOfOthers(t *testing.T) {
	p := canaryPlan()
	p.Stages[0].Gates.Step = []gate.Gate{babbles{}}
	s := newSim(t, p)
	s.until(20, func() bool { return s.state.Hold != nil })
	if n := len(s.state.Hold.Reason); n > 3000 || !s.told(rollout.EventHold, "awaits an order to resume")() {
		t.Errorf("%d bytes", n)
	}
}
