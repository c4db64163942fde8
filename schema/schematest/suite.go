package schematest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// Options say how much is tried.
type Options struct {
	// Schedules is how many: zero means all systematic ones, and 200 random ones. With fewer than there are systematic
	// ones it is a sample of these, which depends on the seed.
	Schedules int
	// Seed is where the random part begins: the same seed gives the same schedules. Zero is a seed as well.
	Seed uint64
	// Value makes the text of a value from its class and a number; number 0 is what a backfill writes that has no form to
	// fill from. Default: "class-number". Different numbers must make different texts, none of them empty.
	Value func(attribute, class string, number int) string
	// Horizon is used instead of what [schema.Verify] finds, and the plan is not verified: for a plan that takes too long,
	// or to see what a plan does that is not safe.
	Horizon []schema.Row
}

// Failure is what went wrong, with the shortest schedule that was found for it.
type Failure struct {
	// Kind is what kind of thing goes wrong: [schema.Fails], [schema.Stale], [schema.Unread], [schema.StepFails] or
	// [schema.Stuck].
	Kind schema.Wrong `json:"kind"`
	// Wrong says it in one sentence.
	Wrong string `json:"wrong"`
	// Lines tell what happens before, for people.
	Lines []string `json:"lines"`
	// Events are the schedule, for [Replay].
	Events []Event `json:"events"`
	// Schedule and Seed say which schedule it was before it was made short.
	Schedule int    `json:"schedule"`
	Seed     uint64 `json:"seed"`
}

// Error is the story as a numbered list, with what is wrong in its last line, and the schedule as JSON.
func (f *Failure) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "schematest: %s\n", f.Wrong)
	for i, line := range append(slices.Clone(f.Lines), "WRONG: "+f.Wrong) {
		fmt.Fprintf(&text, "%3d. %s\n", i+1, line)
	}
	events, _ := json.Marshal(f.Events) // text and lists of it
	fmt.Fprintf(&text, "schedule %d of seed %d; to see it again: %s", f.Schedule, f.Seed, events)
	return text.String()
}

// TB is what [Check] needs of a testing.TB.
type TB interface {
	Helper()
	Fatal(args ...any)
}

// Check fails the test with what [Test] returns.
func Check(t TB, p schema.Plan, app App, o Options) {
	t.Helper()
	if err := Test(p, app, o); err != nil {
		t.Fatal(err)
	}
}

// Test tries an application with schedules of a plan, and returns nil or the first thing that goes wrong: a *Failure, or
// an error that says why nothing can be tried, such as a plan that is not safe.
func Test(p schema.Plan, app App, o Options) error {
	t, err := newSuite(p, app, o)
	if err != nil {
		return err
	}
	scripts := t.systematic()
	n := o.Schedules
	switch {
	case n <= 0:
		n = len(scripts) + 200
	case n < len(scripts):
		g := &generator{o.Seed}
		for i := len(scripts) - 1; i > 0; i-- {
			k := g.pick(i + 1)
			scripts[i], scripts[k] = scripts[k], scripts[i]
		}
	}
	for i := range n {
		one := random(o.Seed<<20 + uint64(i))
		if i < len(scripts) {
			one = scripts[i]
		}
		found, err := t.try(one)
		if err != nil {
			return err
		}
		if found != nil {
			found = t.shrink(found)
			found.Schedule, found.Seed = i, o.Seed
			return found
		}
	}
	return nil
}

// Replay tries one schedule, such as that of a [Failure].
func Replay(p schema.Plan, app App, events []Event, o Options) error {
	t, err := newSuite(p, app, o)
	if err != nil {
		return err
	}
	found, err := t.try(func(r *run) error { return r.all(events...) })
	if err == nil && found != nil {
		return found
	}
	return err
}

// suite is what all schedules have in common.
type suite struct {
	footprints
	rows []schema.Row
	app  App
	text func(attribute, class string, number int) string
}

func newSuite(p schema.Plan, app App, o Options) (*suite, error) {
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("schematest: the plan is not valid: %w", err)
	}
	t := &suite{footprints: newFootprints(&p), rows: o.Horizon, app: app, text: o.Value}
	if t.text == nil {
		t.text = func(_, class string, number int) string { return fmt.Sprintf("%s-%d", class, number) }
	}
	if t.rows == nil {
		found, err := schema.Verify(p, schema.Options{})
		if err != nil {
			return nil, fmt.Errorf("schematest: %w", err)
		}
		if !found.Safe {
			return nil, fmt.Errorf("schematest: the plan is not safe: %s", found.Explain())
		}
		t.rows = found.Horizon
	}
	if len(t.rows) != len(p.Steps)+1 {
		return nil, errors.New("schematest: the horizon is of another plan: it needs a row for the start and one for each step")
	}
	if len(p.Start.Running) == 0 {
		return nil, errors.New("schematest: nothing runs at the start of the plan")
	}
	return t, nil
}

// try makes one schedule. The failure is not shrunk.
func (t *suite) try(s script) (*Failure, error) {
	r, err := t.start()
	if err != nil {
		return nil, err
	}
	err = s(r)
	var w *wrong
	if r.tx != nil {
		_ = r.tx.end(false) // what was found was found
	}
	if errors.As(err, &w) {
		return &Failure{Kind: w.kind, Wrong: w.text, Lines: r.lines, Events: r.events}, nil
	}
	return nil, err
}
