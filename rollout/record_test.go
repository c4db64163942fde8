package rollout_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

func TestReplayFindsWhatWasChanged(t *testing.T) {
	s := newSim(t, canaryPlan())
	for range 10 {
		s.step()
	}
	for name, spoil := range map[string]func(r []rollout.Record) []rollout.Record{
		"a gap":         func(r []rollout.Record) []rollout.Record { return slices.Delete(r, 3, 4) },
		"another input": func(r []rollout.Record) []rollout.Record { r[4].Input.Samples = nil; return r },
		"another event": func(r []rollout.Record) []rollout.Record {
			r[0].Events = slices.Clone(r[0].Events)
			r[0].Events[0].Text = "?"
			return r
		},
		"another sum":  func(r []rollout.Record) []rollout.Record { r[5].Sum = "0"; return r },
		"another plan": func(r []rollout.Record) []rollout.Record { r[2].Plan = "sha256:0"; return r },
	} {
		if _, err := rollout.Replay(s.m, spoil(slices.Clone(s.records))); err == nil {
			t.Errorf("%s is not found", name)
		}
	}
	if last, err := rollout.Replay(s.m, s.records); err != nil || encode(t, last) != encode(t, s.state) {
		t.Errorf("the true journal: %v", err)
	}
}

// TestRecordsCanBeReadAgain: whatever targets, sources and people say, the journal
// is written, read and replayed from its JSON.
func TestRecordsCanBeReadAgain(t *testing.T) {
	s := newSim(t, canaryPlan())
	s.until(5, s.phase(0, rollout.Waiting))
	far := time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, bend := range []func(*rollout.Input){
		func(in *rollout.Input) { in.Fleets[0].Versions[0].Weight = -1 },
		func(in *rollout.Input) { in.Fleets[0].Versions[0].Weight = 20000 },
		func(in *rollout.Input) { in.Fleets[0].At = far },
		func(in *rollout.Input) { in.Samples[0].To = far },
		func(in *rollout.Input) { in.Samples[0].Candidate.Bad = -1 },
		func(in *rollout.Input) {
			in.Commands = []rollout.Command{{ID: "far", Kind: rollout.Approve, Until: far}}
		},
		func(in *rollout.Input) { in.Facts = []gate.Vouched{{Name: "far", At: far}} },
	} {
		in := s.input()
		bend(&in)
		s.decide(in)
		s.now = s.now.Add(time.Second)
	}
	var back []rollout.Record
	for _, r := range s.records {
		var one rollout.Record
		if err := json.Unmarshal([]byte(mustJSON(t, r)), &one); err != nil {
			t.Fatalf("record %d: %v", r.Rev, err)
		}
		back = append(back, one)
	}
	if _, err := rollout.Replay(s.m, back); err != nil {
		t.Error(err)
	}
	if next, out := s.m.Decide(s.state, rollout.Input{Now: far}); out.Save || encode(t, next) != encode(t, s.state) || out.Awaits == "" {
		t.Errorf("a year 20000: %+v", out)
	}
	if _, out := s.m.Decide(s.state, rollout.Input{}); out.Save {
		t.Errorf("no time at all: %+v", out)
	}
}
