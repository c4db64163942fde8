package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/seed-20fe5ead/gradatim/health/scrape"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/rollout/engine"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// startup is how long an instance takes until it is ready.
const startup = 300 * time.Millisecond

// errHold ends a rollout that holds: nobody is here who could be asked.
var errHold = errors.New("holds")

const notBegun = "not begun"

// session is one run of the quickstart: the fleet, its users, and the rollouts.
type session struct {
	settings settings
	compile  func(scenario) (*rollout.Machine, error) // the plan
	dir      string
	lock     *os.File // of the directory
	screen   *screen
	book     *book
	store    *engine.Dir
	source   *scrape.Source
	proxy    *proxy
	fleet    *fleet
	load     *load

	mu      sync.Mutex // guards the picture: what follows, and the book
	results []result
	rows    []row
	recent  []string
}

// check compares the plans with the states that are in the directory.
func (s *session) check(ctx context.Context) error {
	for _, c := range scenarios {
		machine, err := s.compile(c)
		if err != nil {
			return fmt.Errorf("the plan of %s: %w", c.name, err)
		}
		state, err := s.store.Load(ctx, c.name)
		if err != nil && !errors.Is(err, engine.ErrNotFound) {
			return fmt.Errorf("read the state of %s: %w", c.name, err)
		}
		if err := machine.Check(state); err != nil {
			return fmt.Errorf("%s: %s was begun with other flags; give those, or use another directory: %w", s.dir, c.name, err)
		}
	}
	return nil
}

// open begins where the directory says: with the fleet of the newest recorded want,
// or with a new one.
func (s *session) open(ctx context.Context) error {
	var err error
	if s.proxy, err = startProxy(); err != nil {
		return err
	}
	s.fleet = newFleet(s.proxy, s.settings.Instances, startup, s.settings.catalogue())
	if s.source, err = scrape.New(scrape.Options{Endpoints: s.fleet.endpoints}); err != nil {
		return err
	}
	s.fleet.farewell = func(ctx context.Context, m *member) {
		_ = s.source.Last(ctx, m.endpoint()) // what it did last is then missing, which an ask can bear
	}
	want, recorded, err := s.recorded(ctx)
	if err != nil {
		return err
	}
	if !recorded {
		want.Stable = artifact(firstVersion)
		want.Allocation.Stable = strategy.Share{Instances: s.settings.Instances, Weight: strategy.Full}
	}
	if err := s.fleet.rebuild(ctx, want); err != nil {
		return fmt.Errorf("start the fleet: %w", err)
	}
	s.load = startLoad(s.proxy.url, s.settings.Rate, &tally{})
	if recorded {
		s.screen.say("the fleet is rebuilt from the recorded want: %s", inWords(want))
	} else {
		s.screen.say("%d instances of %s serve behind %s", s.settings.Instances, firstVersion, s.proxy.url)
	}
	return nil
}

// recorded is the want that was saved last, by whichever rollout.
func (s *session) recorded(ctx context.Context) (want rollout.Want, found bool, err error) {
	var newest time.Time
	for _, c := range scenarios {
		state, err := s.store.Load(ctx, c.name)
		if errors.Is(err, engine.ErrNotFound) {
			continue
		}
		if err != nil {
			return want, false, fmt.Errorf("read the state of %s: %w", c.name, err)
		}
		if len(state.Want) > 0 && state.Clock.After(newest) {
			want, newest, found = state.Want[0], state.Clock, true
		}
	}
	return want, found, nil
}

func inWords(w rollout.Want) string {
	var all []string
	for _, p := range parts(w) {
		if p.version != "" && p.share != (strategy.Share{}) {
			all = append(all, fmt.Sprintf("%d of %s with %s", p.share.Instances, p.version, p.share.Weight))
		}
	}
	return strings.Join(all, ", ")
}

// close ends the servers, after the users so that nobody is cut off, and frees the
// directory.
func (s *session) close() {
	defer func() { _ = s.lock.Close() }()
	if s.fleet != nil {
		s.fleet.close()
	}
	if s.proxy != nil {
		ctx, cancel := context.WithTimeout(context.Background(), loadPatience)
		defer cancel()
		_ = s.proxy.stop(ctx)
	}
}

// play runs the rollouts one after the other, each of them to its end. It goes on
// with the one that was interrupted; those that ended before are only reported.
func (s *session) play(ctx context.Context, chosen []scenario) error {
	for _, c := range chosen {
		s.rows = append(s.rows, row{scenario: c})
	}
	if s.screen.live() {
		defer s.animate(ctx)()
	}
	defer s.settle()
	for i, c := range chosen {
		r, err := s.rollOut(ctx, i, c)
		s.mu.Lock()
		s.results = append(s.results, r)
		s.rows[i] = row{scenario: c, ended: r.summary(), good: r.good(), open: r.outcome == ""}
		saved := s.saveBook()
		s.mu.Unlock()
		if err := errors.Join(err, saved); err != nil {
			for _, c := range chosen[i+1:] {
				s.results = append(s.results, result{scenario: c, why: notBegun})
			}
			return err
		}
	}
	return nil
}

// settle ends the users and counts what they still got: the last picture and the
// table at the end say the same.
func (s *session) settle() {
	s.load.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.results {
		r := &s.results[i]
		r.entry = s.load.readEntry(s.book.entry(r.scenario.name))
		if s.rows[i].ended != "" {
			s.rows[i].ended = r.summary()
		}
	}
	_ = s.saveBook() // it was saved a moment ago: only the last answers would be missing
}

// rollOut runs one rollout.
func (s *session) rollOut(ctx context.Context, i int, c scenario) (r result, err error) {
	r.scenario, r.why = c, "failed"
	if ctx.Err() != nil {
		r.why = notBegun
		return r, ctx.Err()
	}
	s.mu.Lock()
	entry := s.book.entry(c.name)
	s.mu.Unlock()
	defer func() { r.entry = s.load.readEntry(entry) }()
	machine, err := s.compile(c)
	if err != nil {
		return r, fmt.Errorf("the plan of %s: %w", c.name, err)
	}
	state, err := s.store.Load(ctx, c.name)
	if err != nil && !errors.Is(err, engine.ErrNotFound) {
		return r, fmt.Errorf("read the state of %s: %w", c.name, err)
	}
	if state.Outcome != "" {
		r.outcome = state.Outcome
		s.happened(time.Now(), c.name, "had already ended: "+words(state.Outcome))
		return r, nil
	}
	if !state.Started.IsZero() {
		s.happened(time.Now(), c.name, "resumed "+s.at(machine, state))
	}
	if state.Hold != nil { // starting again is the answer to what it asked
		id := fmt.Sprintf("resume %d", state.Rev)
		if err := s.store.Submit(ctx, c.name, rollout.Command{ID: id, Kind: rollout.Resume, By: "quickstart"}); err != nil {
			return r, err
		}
	}
	s.load.countIn(&entry.Tally)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	e, err := engine.New(engine.Options{
		Targets: map[string]engine.Target{stageName: s.fleet},
		Source:  s.source, Store: s.store, Inbox: s.store,
		Logger:     slog.New(slog.DiscardHandler), // the view says what happens
		OnDecision: s.follow(i, c, entry, machine, cancel),
	})
	if err != nil {
		return r, err
	}
	state, err = e.Run(ctx, c.name, machine)
	r.outcome = state.Outcome
	switch {
	case state.Outcome != "":
		return r, nil
	case errors.Is(context.Cause(ctx), errHold):
		r.why = errHold.Error()
		return r, fmt.Errorf("%s %w", c.name, context.Cause(ctx))
	case ctx.Err() != nil:
		r.why = "interrupted " + s.at(machine, state)
		return r, ctx.Err()
	}
	return r, err // it names the rollout
}

// at is where a rollout stands, in words.
func (s *session) at(m *rollout.Machine, state rollout.State) string {
	for _, r := range m.Explain(state, rollout.Input{Now: time.Now()}) {
		switch r.Phase {
		case rollout.RollingBack:
			return "on the way back to stable"
		case rollout.Moving:
			return "on the way to step " + r.Step
		case rollout.Waiting:
			return "at step " + r.Step
		}
	}
	return "before its first step"
}

// follow makes the function that is told of every decision of a rollout.
func (s *session) follow(i int, c scenario, e *entry, m *rollout.Machine, cancel context.CancelCauseFunc) func(rollout.State, rollout.Input, rollout.Output) {
	return func(state rollout.State, in rollout.Input, out rollout.Output) {
		for _, event := range out.Events {
			s.happened(event.At, c.name, fmt.Sprintf("%-11s %s", spaced(string(event.Kind)), event.Text))
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		e.note(in.Now, out)
		r := &s.rows[i]
		if reports := m.Explain(state, in); len(reports) > 0 {
			r.report = &reports[0]
		}
		if out.Save {
			_ = s.saveBook() // the counts of the last moment are not worth a rollout
		}
		if state.Hold != nil && out.Save {
			cancel(fmt.Errorf("%w: %s", errHold, state.Hold.Reason))
		}
	}
}

// saveBook writes what was counted so far.
func (s *session) saveBook() error {
	s.load.mu.Lock()
	defer s.load.mu.Unlock()
	return s.book.save()
}
