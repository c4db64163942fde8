package rollout_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// What the gates of the test ask for.
const (
	bakeFor    = 20 * time.Second
	healthyFor = 15 * time.Second
	peakFrom   = 9*time.Hour + time.Minute // of the day; it lasts a minute
)

// disturbed is a world in which time is not what it seems, and what its samples amount to,
// reckoned from them alone.
type disturbed struct {
	*sim
	since time.Time // nothing from before counts: the step was not reached, or it stood still
	told  map[string]*amount
	late  []health.Sample // what was brought last
}

// amount is what the samples of a signal amount to at a step.
type amount struct {
	every            time.Duration
	last             time.Time     // the end of the last one
	all, run, atPeak time.Duration // healthy time; of the unbroken run; in the peak
}

func newDisturbed(t fataler, gates ...gate.Gate) *disturbed {
	p := canaryPlan()
	p.Stages[0].Strategy = strategy.Canary{Weights: []strategy.Weight{2000, strategy.Full}}
	p.Stages[0].Deadline = 100 * time.Hour
	p.Stages[0].Gates.Step = gates
	second := p.Health.Signals[0]
	second.Name, second.Every = "slow", 3*time.Second
	p.Health.Signals = append(p.Health.Signals, second)
	w := &disturbed{sim: newSim(t, p)}
	w.forget()
	return w
}

// forget begins a step.
func (w *disturbed) forget() {
	w.told = map[string]*amount{"errors": {every: time.Second}, "slow": {every: 3 * time.Second}}
}

// call decides, and reckons. It checks what a step that is passed was kept for.
func (w *disturbed) call(in rollout.Input) {
	w.t.Helper()
	before := w.state.Stages
	if back := in.Now.Sub(w.state.Clock); !w.state.Clock.IsZero() && -back > 10*time.Second { // the machine moves its instants too
		w.since = w.since.Add(back)
		for _, a := range w.told {
			a.last = a.last.Add(back)
		}
	}
	keys := map[string]string{}
	asks := w.state.Ask
	out := w.decide(in)
	w.late = in.Samples
	stopped := !w.state.Paused.IsZero() || w.state.Hold != nil
	if stopped || len(before) == 0 || before[0].Phase != rollout.Waiting || resumed(out) {
		w.since = latestOf(w.since, w.state.Clock)
	}
	if len(before) > 0 && before[0].Phase == rollout.Waiting {
		for _, a := range asks {
			keys[a.Signal] = a.Key
		}
		for i := range in.Samples {
			if x := &in.Samples[i]; x.Key == keys[x.Signal] {
				w.told[x.Signal].add(x, w.since)
			}
		}
	}
	for _, e := range out.Events {
		switch e.Kind {
		case rollout.EventPassed:
			w.passed(e.Step)
		case rollout.EventReached:
			w.forget()
			w.since = w.now
		}
	}
	w.bound()
	for i := range out.Want {
		w.obey(&out.Want[i])
	}
}

// bound checks that the ledger never has more than what was measured.
func (w *disturbed) bound() {
	w.t.Helper()
	st := &w.state.Stages[0]
	for _, s := range st.Ledger.Signals {
		a := w.told[s.Name]
		if a == nil || st.Phase != rollout.Waiting || st.Step > 0 {
			continue
		}
		if s.Healthy > a.run || st.Ledger.Healthy > a.all || len(st.Ledger.Peaks) > 0 && st.Ledger.Peaks[0].Healthy > a.atPeak {
			w.t.Fatalf("at %v %s: %v of %v, %v of %v baked, %v at the peak\n%+v\n%s", w.now.Sub(epoch), s.Name, s.Healthy, a.run, st.Ledger.Healthy, a.all, a.atPeak, st.Ledger, w.trace.String())
		}
	}
}

func resumed(out rollout.Output) bool {
	for _, e := range out.Events {
		if e.Kind == rollout.EventResumed {
			return true
		}
	}
	return false
}

func latestOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (a *amount) add(x *health.Sample, since time.Time) {
	if !x.To.After(a.last) {
		return
	}
	from := latestOf(x.From, since)
	if most := 2 * a.every; x.To.Sub(x.From) > most {
		from, a.run = latestOf(from, x.To.Add(-most)), 0
	}
	if x.From.After(a.last) || x.Fetch != "" {
		a.run = 0
	}
	a.last = x.To
	if n := x.To.Sub(from); n > 0 && x.Fetch == "" {
		a.all += n
		a.run += n
		a.atPeak += inPeak(from, x.To)
	}
}

// inPeak is how much of an interval lies in the peak, of whatever day.
func inPeak(from, to time.Time) (sum time.Duration) {
	for day := from.Truncate(24 * time.Hour); day.Before(to); day = day.AddDate(0, 0, 1) {
		begin, end := day.Add(peakFrom), day.Add(peakFrom+time.Minute)
		if from.After(begin) {
			begin = from
		}
		if to.Before(end) {
			end = to
		}
		sum += max(0, end.Sub(begin))
	}
	return sum
}

// passed checks that what was measured is no less than what the gates ask for.
func (w *disturbed) passed(step string) {
	w.t.Helper()
	for name, a := range w.told {
		if name == "slow" && step == "100%" {
			continue
		}
		for _, g := range w.m.Plan().Stages[0].Gates.Step {
			switch g := g.(type) {
			case gate.Bake:
				if a.all < bakeFor || g.Peak != nil && a.atPeak < time.Minute {
					w.t.Fatalf("step %s bakes %v, %v at the peak, by %s\n%s", step, a.all, a.atPeak, name, w.trace.String())
				}
			case gate.Healthy:
				if a.run < healthyFor {
					w.t.Fatalf("step %s is passed after %v of health by %s\n%s", step, a.run, name, w.trace.String())
				}
			}
		}
	}
}

// somethingOdd is one of the things that happen to a host and its clock.
func (w *disturbed) somethingOdd(t *rapid.T) {
	minutes := func(most int) time.Duration {
		return time.Duration(rapid.IntRange(1, most).Draw(t, "minutes")) * time.Minute
	}
	switch rapid.SampledFrom([]int{0, 1, 2, 2, 2, 3, 4, 5, 6, 7, 8, 9}).Draw(t, "odd") {
	case 0: // the clock jumps
		w.now = w.now.Add(minutes(200))
	case 1:
		w.now = w.now.Add(-minutes(200))
	case 2: // to about the peak of another day
		day := w.now.Truncate(24*time.Hour).AddDate(0, 0, rapid.SampledFrom([]int{-2, -1, 1, 3}).Draw(t, "days"))
		w.now = day.Add(peakFrom + time.Duration(rapid.IntRange(-10, 40).Draw(t, "seconds"))*time.Second)
	case 3:
		w.now = w.now.Add(time.Duration(rapid.IntRange(-30, 30).Draw(t, "seconds")) * time.Second)
	case 4: // an outage, of which a source tells second by second afterwards
		w.outage(time.Duration(rapid.IntRange(1, 150).Draw(t, "outage")) * time.Second)
	case 5:
		w.orders = []rollout.Command{{ID: w.now.String(), Kind: rollout.Pause, By: "ada"}}
	case 6: // what was brought is brought again, late
		in := w.input()
		in.Samples = append(in.Samples, w.late...)
		w.call(in)
	case 7: // it is asked again and again
		for range 3 {
			w.now = w.now.Add(100 * time.Millisecond)
			w.call(w.input())
		}
	case 8: // nothing could be measured
		in := w.input()
		for i := range in.Samples {
			in.Samples[i].Fetch = health.NoData
		}
		w.call(in)
	case 9: // a pause between two samples
		for _, kind := range []rollout.CommandKind{rollout.Pause, rollout.Resume} {
			in := w.input()
			in.Samples, in.Commands = nil, []rollout.Command{{ID: string(kind) + w.now.String(), Kind: kind, By: "ada"}}
			w.call(in)
			w.now = w.now.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "seconds")) * time.Second)
		}
	}
}

// outage lets time pass without a call, and brings what was measured meanwhile.
func (w *disturbed) outage(d time.Duration) {
	var samples []health.Sample
	end := w.now.Add(d)
	for _, a := range w.state.Ask {
		every := w.told[a.Signal].every
		for to := a.From.Add(every); !to.After(end); to = to.Add(every) {
			samples = append(samples, health.Sample{
				Stage: a.Stage, Signal: a.Signal, Key: a.Key, From: to.Add(-every), To: to, Candidate: health.Arm{Exposure: 100}, Stable: health.Arm{Exposure: 100},
			})
			if len(samples) > 400 { // of an outage before this one
				break
			}
		}
	}
	w.now = end
	in := w.input()
	in.Samples = samples
	w.call(in)
}

// A jump of the clock, an outage, a restart (which is at every call), a pause and a call
// too many open no gate before what was measured is what it asks for; and without them
// every gate opens.
func TestTimeOpensNoGateEarly(t *testing.T) {
	t.Parallel()
	bake := gate.Bake{For: bakeFor}
	peak := gate.Bake{For: bakeFor, Peak: &gate.Peak{Hours: gate.Hours{Days: gate.EveryDay, From: peakFrom, To: peakFrom + time.Minute}}}
	for name, gates := range map[string][]gate.Gate{
		"bake": {bake}, "healthy": {gate.Healthy{For: healthyFor}}, "both": {bake, gate.Healthy{For: healthyFor}}, "peak": {peak},
	} {
		t.Run(name, func(t *testing.T) {
			if w := newDisturbed(t, gates...); !w.live(nil) {
				t.Fatalf("not passed:\n%s", w.trace.String())
			}
			tries, passed := 0, 0
			rapid.Check(t, func(t *rapid.T) {
				if tries++; newDisturbed(t, gates...).live(t) {
					passed++
				}
			})
			if passed < tries/10 {
				t.Errorf("%d of %d have passed a step: the test shows nothing", passed, tries)
			}
		})
	}
}

// live goes on for a while, second by second, and reports whether a step was passed. What
// happens meanwhile is drawn; without a t nothing does.
func (w *disturbed) live(t *rapid.T) bool {
	for range 200 {
		if t != nil && rapid.IntRange(0, 14).Draw(t, "calm") == 0 {
			w.somethingOdd(t)
		}
		if w.state.Hold != nil || !w.state.Paused.IsZero() && rapid.IntRange(0, 5).Draw(t, "resume") == 0 {
			w.orders = []rollout.Command{{ID: "r" + w.now.String(), Kind: rollout.Resume, By: "ada"}}
		}
		w.call(w.input())
		w.orders = nil
		w.now = w.now.Add(time.Second)
		if w.state.Stages[0].Step > 0 {
			return true
		}
	}
	return false
}

// A break in what is measured ends the run of health, also where it lies in the time of a
// pause: of a long interval that ends with it only the last part says something.
func TestBreakInAPause(t *testing.T) {
	p := half(gate.Healthy{For: time.Hour})
	s := newSim(t, p)
	s.until(40, s.phase(0, rollout.Waiting))
	run := func() time.Duration { return s.state.Stages[0].Ledger.Signals[0].Healthy }
	s.until(5, func() bool { return run() > 0 })
	had, through := run(), s.state.Ask[0].From
	call := func(kind rollout.CommandKind, samples ...health.Sample) {
		in := s.input()
		in.Samples = samples
		if kind != "" {
			in.Commands = []rollout.Command{{ID: string(kind) + s.now.String(), Kind: kind, By: "ada"}}
		}
		s.decide(in)
	}
	call(rollout.Pause)
	s.now = through.Add(3 * time.Second) // of which twice the cadence counts
	whole := s.sample(s.state.Ask[0])
	call(rollout.Resume)
	if run() != had {
		t.Fatalf("%v were healthy before the pause, and are %v", had, run())
	}
	call("", whole)
	if run() != 0 {
		t.Errorf("there was a break since, and %v of %v are kept", run(), had)
	}
	s.now = s.now.Add(time.Second)
	call("", s.sample(s.state.Ask[0]))
	if run() != time.Second {
		t.Errorf("a second after it %v were healthy", run())
	}
	call(rollout.Pause)
	for range 5 {
		s.now = s.now.Add(time.Second)
		call("", s.sample(s.state.Ask[0]))
	}
	if run() != time.Second {
		t.Errorf("in a pause %v were healthy", run())
	}
}
