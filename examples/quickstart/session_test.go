package main

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// paper is where the lines of a session go.
type paper struct {
	mu   sync.Mutex
	text strings.Builder
	onto string // calls then, once, when a line has this
	then func()
}

func (p *paper) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text.Write(data)
	if p.then != nil && strings.Contains(string(data), p.onto) {
		p.then()
		p.then = nil
	}
	return len(data), nil
}

func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// small is a fleet and a ladder that take seconds.
func small(dir string) *config {
	c := &config{settings: defaults(), dir: dir}
	c.settings.Weights = []strategy.Weight{1000, strategy.Full}
	c.settings.Bake = 500 * time.Millisecond
	c.settings.Instances, c.settings.Rate = 2, 300
	return c
}

// in begins in a directory.
func in(t *testing.T, c *config, p *paper) *session {
	t.Helper()
	s, err := begin(t.Context(), c, &screen{out: p, glyphs: asciiGlyphs, begun: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// playIn plays scenarios in a directory.
func playIn(ctx context.Context, t *testing.T, c *config, p *paper, chosen ...scenario) (*session, error) {
	t.Helper()
	s := in(t, c, p)
	return s, playAll(ctx, s, chosen...)
}

func playAll(ctx context.Context, s *session, chosen ...scenario) error {
	err := s.open(ctx)
	if err == nil {
		err = s.play(ctx, chosen)
	}
	s.close()
	return err
}

func TestHealthyIsPromoted(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	var p paper
	s, err := playIn(t.Context(), t, small(t.TempDir()), &p, scenarios[0])
	if err != nil {
		t.Fatalf("%v\n%s", err, p.String())
	}
	if !report(&p, s.results) {
		t.Error(p.String())
	}
	if w, _, _ := s.proxy.inEffect(); w["1.1.0"] != strategy.Full {
		t.Errorf("the weights at the end are %v", w)
	}
}

func TestBadOnesGoBack(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, c := range scenarios[1:] {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var p paper
			s, err := playIn(t.Context(), t, small(t.TempDir()), &p, c)
			if err != nil {
				t.Fatalf("%v\n%s", err, p.String())
			}
			if !report(&p, s.results) {
				t.Error(p.String())
			}
			if w, _, _ := s.proxy.inEffect(); w[firstVersion] != strategy.Full {
				t.Errorf("the weights at the end are %v", w)
			}
			if e := s.results[0].entry; e.timeToRollback() == "-" {
				t.Errorf("no time to rollback: %+v", e)
			}
		})
	}
}

// TestInterrupted stops a rollout at its first step and begins again in the same
// directory: the fleet is as the recorded want says, and the rollout goes on.
func TestInterrupted(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	c := small(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := paper{onto: "reached", then: cancel}
	s, err := playIn(ctx, t, c, &p, scenarios[0])
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("%v\n%s", err, p.String())
	}
	first := s.results[0]
	if s.rows[0].ended != first.summary() {
		t.Errorf("the picture says %q, and the table %q", s.rows[0].ended, first.summary())
	}
	if first.outcome != "" || first.entry.Tally.Lost != 0 || !strings.Contains(first.why, "10%") {
		t.Fatalf("%+v\n%s", first, p.String())
	}

	var again paper
	fresh := *c
	fresh.settings = defaults() // as without any flag: the directory has them
	s, err = playIn(t.Context(), t, &fresh, &again, scenarios[0])
	if err != nil {
		t.Fatalf("%v\n%s", err, again.String())
	}
	for _, want := range []string{"rebuilt from the recorded want: 2 of 1.0.0 with 90%, 1 of 1.1.0 with 10%", "resumed at step 10%"} {
		if !strings.Contains(again.String(), want) {
			t.Errorf("not said: %s\n%s", want, again.String())
		}
	}
	if strings.Contains(again.String(), "began") {
		t.Errorf("it began anew\n%s", again.String())
	}
	r := s.results[0]
	if !r.good() || r.entry.Tally.Sent <= first.entry.Tally.Sent {
		t.Errorf("%+v\n%s", r, again.String())
	}

	var third paper // and a third time there is nothing left to do
	s, err = playIn(t.Context(), t, &fresh, &third, scenarios[0])
	if err != nil || s.results[0].outcome != rollout.Completed || !strings.Contains(third.String(), "had already ended: promoted") {
		t.Errorf("%v\n%s", err, third.String())
	}
}

// TestHold ends a session whose rollout asks a person: nobody is here to be asked.
func TestHold(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	var p paper
	s := in(t, small(t.TempDir()), &p)
	s.compile = func(c scenario) (*rollout.Machine, error) {
		plan := s.settings.plan(c)
		plan.Stages[0].Gates.Step = append(plan.Stages[0].Gates.Step, gate.Requests{Min: 1 << 40})
		plan.Stages[0].GateDeadline = time.Second
		return rollout.Compile(plan)
	}
	err := playAll(t.Context(), s, scenarios...)
	if err == nil || !strings.Contains(err.Error(), "stayed closed") || len(s.results) != 3 || s.results[0].why != "holds" || s.results[1].why != "not begun" {
		t.Fatalf("%v\n%s", err, p.String())
	}
	if report(&p, s.results) || s.results[0].entry.Tally.Lost > 0 {
		t.Error(p.String())
	}
}

// TestFailed plays a rollout that cannot begin: the table says so.
func TestFailed(t *testing.T) {
	var p paper
	s := in(t, small(t.TempDir()), &p)
	s.compile = func(scenario) (*rollout.Machine, error) { return nil, errors.New("no plan") }
	if err := playAll(t.Context(), s, scenarios[0]); err == nil || s.results[0].ended() != "failed" {
		t.Errorf("%v, %+v", err, s.results)
	}
}

func TestOtherSettingsAreRefused(t *testing.T) {
	dir := t.TempDir()
	in(t, small(dir), &paper{}).close()
	c, err := parse([]string{"-dir", dir, "-bake", "3s"}, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := begin(t.Context(), &c, &screen{}); err == nil || !strings.Contains(err.Error(), "was begun with -bake 500ms, not 3s") {
		t.Errorf("%v", err)
	}
	if c, err = parse([]string{"-dir", dir, "-bake", "500ms"}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	if s := in(t, &c, &paper{}); s.settings.Instances != 2 {
		t.Errorf("%+v", s)
	}
}

// TestTwoInOneDirectory begins a second session while the first is open.
func TestTwoInOneDirectory(t *testing.T) {
	c := small(t.TempDir())
	s := in(t, c, &paper{})
	if _, err := begin(t.Context(), c, &screen{}); err == nil || !strings.Contains(err.Error(), "another quickstart runs in "+c.dir) {
		t.Errorf("%v", err)
	}
	s.close()
	in(t, c, &paper{}).close()
}

// TestSettingsLost begins in a directory that has lost its settings: wrong ones are
// refused, and not kept in place of the right ones.
func TestSettingsLost(t *testing.T) {
	c := small(t.TempDir())
	s := in(t, c, &paper{})
	m, err := s.compile(scenarios[1])
	if err != nil {
		t.Fatal(err)
	}
	state, _ := m.Decide(rollout.State{}, rollout.Input{Now: time.Now()})
	if err := s.store.Save(t.Context(), scenarios[1].name, 0, state, rollout.Record{Rev: state.Rev}); err != nil {
		t.Fatal(err)
	}
	s.close()
	if err := os.Remove(s.book.path); err != nil {
		t.Fatal(err)
	}
	if _, err := begin(t.Context(), &config{settings: defaults(), dir: c.dir}, &screen{}); err == nil || !strings.Contains(err.Error(), scenarios[1].name+" was begun with other flags") {
		t.Errorf("%v", err)
	}
	in(t, c, &paper{}).close()
}

func TestAgain(t *testing.T) {
	for dir, want := range map[string]string{
		"/tmp/quickstart-1": "-dir /tmp/quickstart-1 -only slow",
		"my rollouts":       "-dir 'my rollouts' -only slow",
		"anna's":            `-dir 'anna'\''s' -only slow`,
		"$HOME;":            "-dir '$HOME;' -only slow",
	} {
		if got := (&config{only: "slow"}).again(dir); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

// TestStoppedForHalfAMinute: no signal is missed by then, so that what is started again
// goes on. A longer time is an outage to the machine itself.
func TestStoppedForHalfAMinute(t *testing.T) {
	s := defaults()
	policy := s.policy()
	e := health.Evidence{Verdict: health.Healthy, Seen: time.Now()}
	for i := range policy.Signals {
		if v := policy.Current(i, &e, e.Seen.Add(time.Minute+10*time.Second)); v != health.Healthy {
			t.Errorf("%s is %s", policy.Signals[i].Name, v)
		}
	}
}

// TestNames: a rollout is told apart from its signals and from what is said of them.
func TestNames(t *testing.T) {
	s := defaults()
	policy := s.policy()
	for _, c := range scenarios {
		if c.name == string(health.Healthy) || slices.ContainsFunc(policy.Signals, func(s health.Signal) bool { return s.Name == c.name }) {
			t.Error(c.name)
		}
	}
}

func TestFlags(t *testing.T) {
	c, err := parse([]string{"-error-rate", "2.5", "-weights", "5, 25%,100", "-only", "faulty"}, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if c.settings.ErrorRate != 0.025 || formatWeights(c.settings.Weights) != "5,25,100" || len(c.chosen()) != 1 {
		t.Errorf("%+v", c)
	}
	for flags, want := range map[string]string{
		"-weights 10,5,100":  "must be above 10%",
		"-weights 1,50":      "must be 100%",
		"-weights x":         `-weights: "x"`,
		"-error-rate 101":    "must be from 0 to 100",
		"-error-rate NaN":    "must be from 0 to 100",
		"-bake 0s":           "must be above 0",
		"-instances 1":       "must be from 2 to 20",
		"-rate 1":            "must be from 50 to 2000",
		"-only what":         "must be one of good, faulty, slow",
		"-bake 1s something": "there are only flags",
		"-nonsense":          "not defined",
	} {
		var said strings.Builder
		if _, err := parse(strings.Fields(flags), io.Discard, &said); err == nil || !strings.Contains(said.String(), want) {
			t.Errorf("%s: %v, %s", flags, err, said.String())
		}
	}
	var help strings.Builder
	if _, err := parse([]string{"-h"}, &help, io.Discard); err == nil || !strings.Contains(help.String(), "Ctrl-C") {
		t.Errorf("%v\n%s", err, help.String())
	}
}
