package rollout_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

var epoch = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// sim is a world for a machine: fleets that do what they are told a second later,
// and traffic that is measured exactly when it is asked for.
type sim struct {
	t       fataler
	m       *rollout.Machine
	now     time.Time
	state   rollout.State
	text    string        // the state as JSON
	twin    rollout.State // the state once more, of memory of its own
	records []rollout.Record
	fleets  map[string]*fleet
	errRate float64 // of the candidate
	silent  bool    // nothing is measured
	slow    bool    // instances never become ready
	orders  []rollout.Command
	facts   []gate.Vouched
	trace   strings.Builder
	last    rollout.Output
}

type fleet struct {
	desired  int64
	can      strategy.Can
	versions []rollout.Version
	routed   bool
	mirror   strategy.Weight
	lag      bool // routes and mirror are in effect an obeyed want later
	fence    rollout.Fence
	err      string
}

func newSim(t fataler, p rollout.Plan) *sim {
	t.Helper()
	m, err := rollout.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	s := &sim{t: t, m: m, now: epoch, fleets: map[string]*fleet{}}
	for _, st := range m.Plan().Stages {
		s.fleets[st.Name] = &fleet{
			desired: 10, can: strategy.Can{Split: true},
			versions: []rollout.Version{{Version: "1.0", Instances: 10, Ready: 10, Weight: strategy.Full}},
		}
	}
	return s
}

// input is the world as the host sees it.
func (s *sim) input() rollout.Input {
	in := rollout.Input{Now: s.now, Commands: s.orders, Facts: s.facts}
	for _, st := range s.m.Plan().Stages {
		f := s.fleets[st.Name]
		in.Fleets = append(in.Fleets, rollout.Observed{
			Stage: st.Name, Err: f.err, At: s.now, Desired: f.desired, Can: f.can, Fence: f.fence,
			Routed: f.routed, Mirror: f.mirror,
			Versions: slices.Clone(f.versions),
		})
	}
	for _, a := range s.state.Ask {
		if s.silent || s.now.Before(a.Due) {
			continue
		}
		in.Samples = append(in.Samples, s.sample(a))
	}
	return in
}

func (s *sim) sample(a health.Ask) health.Sample {
	const rate = 1000.0 // requests a second
	d := s.now.Sub(a.From).Seconds()
	share := 0.0
	for _, v := range s.fleets[a.Stage].versions {
		if v.Version == a.Candidate {
			share = float64(v.Weight) / float64(strategy.Full)
		}
	}
	if a.Mirrored {
		share = float64(s.fleets[a.Stage].mirror) / float64(strategy.Full) * (1 - share)
	} else if s.fleets[a.Stage].routed {
		share = max(share, 0.01) // who matches
	}
	n := rate * share * d
	return health.Sample{
		Stage: a.Stage, Signal: a.Signal, Key: a.Key, From: a.From, To: s.now,
		Candidate: health.Arm{Exposure: n, Bad: n * s.errRate}, Stable: health.Arm{Exposure: rate * d * (1 - share)},
	}
}

// step decides once on the world as it is, lets the world obey, and lets a second
// pass.
func (s *sim) step() rollout.Output {
	s.t.Helper()
	out := s.decide(s.input())
	s.orders = nil
	for i := range out.Want {
		s.obey(&out.Want[i])
	}
	s.now = s.now.Add(time.Second)
	return out
}

// decide decides once, writes the trace and the journal, and checks what must hold
// of every call: the given state is not changed, a second call with the same input
// changes nothing, and the state survives a restart.
func (s *sim) decide(in rollout.Input) rollout.Output {
	s.t.Helper()
	if s.text == "" {
		s.text = encode(s.t, s.state)
	}
	next, out := s.m.Decide(s.state, in)
	if !reflect.DeepEqual(s.state, s.twin) { // what is empty may be nil in one of them
		if after := encode(s.t, s.state); s.text != after {
			s.t.Fatalf("Decide changed the state it was given:\n%s\n%s", s.text, after)
		}
	}
	if again, quiet := s.m.Decide(next, in); quiet.Save || len(quiet.Events) > 0 {
		s.t.Fatalf("a second call with the same input changed the state: %v\n%s\n%s", quiet.Events, encode(s.t, next), encode(s.t, again))
	}
	if !out.Save && !reflect.DeepEqual(s.state, next) {
		s.t.Fatalf("nothing is to be saved, but the state changed:\n%s\n%s", s.text, encode(s.t, next))
	}
	if out.Save {
		r, err := rollout.NewRecord(in, next, out)
		if err != nil {
			s.t.Fatal(err)
		}
		s.records = append(s.records, r)
	}
	for _, e := range out.Events {
		by := ""
		if e.By != "" {
			by = " (" + e.By + ")"
		}
		fmt.Fprintf(&s.trace, "%6s %-10s %-8s %-6s %s%s\n", s.now.Sub(epoch), e.Kind, e.Stage, e.Step, e.Text, by)
	}
	if out.Save {
		text := encode(s.t, next)
		if text == s.text {
			s.t.Fatalf("the same state is to be saved again:\n%s", text)
		}
		s.state, s.twin, s.text = decode(s.t, text), next, text
	}
	s.last = out
	return out
}

func encode(t fataler, s rollout.State) string {
	t.Helper()
	data, err := s.MarshalJSON()
	if err != nil {
		t.Fatalf("%v", err)
	}
	return string(data)
}

// fataler is what testing.TB and rapid.T have in common.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func roundTrip(t fataler, s rollout.State) rollout.State {
	t.Helper()
	return decode(t, encode(t, s))
}

func decode(t fataler, text string) rollout.State {
	t.Helper()
	var back rollout.State
	if err := back.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return back
}

// obey does what is wanted, completely and at once, but for readiness.
func (s *sim) obey(w *rollout.Want) {
	f := s.fleets[w.Stage]
	if f.err != "" || w.Fence.Before(f.fence) {
		return
	}
	if !f.lag || f.fence == w.Fence {
		f.routed, f.mirror = f.can.Match && len(w.Routes) > 0, 0
		if f.can.Mirror {
			f.mirror = w.Allocation.Mirror
		}
	}
	f.fence = w.Fence
	f.set(w.Stable.Version, w.Allocation.Stable, true)
	f.set(w.Candidate.Version, w.Allocation.Candidate, !s.slow)
	for _, l := range w.Leftovers {
		f.set(l.Version, l.Share, true)
	}
}

func (f *fleet) set(version string, share strategy.Share, ready bool) {
	i := slices.IndexFunc(f.versions, func(v rollout.Version) bool { return v.Version == version })
	if i < 0 {
		if share == (strategy.Share{}) {
			return
		}
		f.versions = append(f.versions, rollout.Version{Version: version})
		i = len(f.versions) - 1
	}
	v := &f.versions[i]
	v.Weight, v.Instances, v.Ready = share.Weight, share.Instances, min(v.Ready, share.Instances)
	if ready {
		v.Ready = v.Instances
	}
}
