package schematest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/schematest"
)

// horizons keep what was found of the plans.
var horizons = map[string][]schema.Row{}

func declared(t *testing.T, p schema.Plan) (schema.Plan, schematest.Options) {
	t.Helper()
	p, err := schema.Declare(p, schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if horizons[p.Name] == nil {
		found, err := schema.Verify(p, schema.Options{})
		if err != nil || !found.Safe {
			t.Fatal(err, found.Explain())
		}
		horizons[p.Name] = found.Horizon
	}
	return p, schematest.Options{Horizon: horizons[p.Name]}
}

func TestRightApplicationsPass(t *testing.T) {
	for _, plan := range []schema.Plan{rename(), split(), triggers(), topics(), forgone(), required()} {
		p, o := declared(t, plan)
		for _, locking := range []bool{false, true} {
			if err := schematest.Test(p, &toy{plan: p, locking: locking}, o); err != nil {
				t.Errorf("%s, locking %v: %v", p.Name, locking, err)
			}
		}
	}
}

func TestBugsAreFound(t *testing.T) {
	for _, c := range []struct {
		plan   schema.Plan
		bug    string
		kind   schema.Wrong
		atMost int
	}{
		{rename(), "all writers, it says", schema.Stale, 5},
		{rename(), "reads, then writes", schema.Stale, 9},
		{rename(), "v2 forgets b", schema.Stale, 7},
		{rename(), "v3 prefers a", schema.Stale, 10},
		{rename(), "stays not null", schema.Fails, 8},
		{rename(), "nobody, it says", schema.Fails, 9},
		{rename(), "renames in place", schema.Fails, 2},
		{split(), "deletes in one table", schema.Stale, 7},
		{split(), "copies numbers", schema.Fails, 5},
		{rename(), "remembers the proof", schema.Stale, 12},
		{triggers(), "if not exists", schema.Stale, 6},
		{rename(), "assumes it is done", schema.StepFails, 4},
		{rename(), "drops twice", schema.StepFails, 10},
		{rename(), "forgets transactions", schema.Stale, 8},
		{rename(), "fills one", schema.Stuck, 4},
		{required(), "overwrites", schema.Stale, 5},
		{topics(), "v2 reads a only", schema.Stale, 5},
	} {
		p, o := declared(t, c.plan)
		err := schematest.Test(p, &toy{plan: p, bug: c.bug}, o)
		var f *schematest.Failure
		if !errors.As(err, &f) {
			t.Errorf("%s: %v", c.bug, err)
			continue
		}
		t.Logf("%s: %v", c.bug, err)
		if f.Kind != c.kind || len(f.Events) > c.atMost {
			t.Errorf("%s: %s in %d events, want %s in at most %d", c.bug, f.Kind, len(f.Events), c.kind, c.atMost)
		}
		replayed(t, p, c.bug, f, o)
		minimal(t, p, c.bug, f, o)
	}
}

// minimal is that nothing of the schedule can be left out.
func minimal(t *testing.T, p schema.Plan, bug string, f *schematest.Failure, o schematest.Options) {
	t.Helper()
	for i, e := range f.Events {
		var got *schematest.Failure
		err := schematest.Replay(p, &toy{plan: p, bug: bug}, slices.Delete(slices.Clone(f.Events), i, i+1), o)
		if errors.As(err, &got) && got.Kind == f.Kind {
			t.Errorf("%s: it goes wrong without %q as well", bug, e)
		}
	}
}

// replayed is that the same comes of the schedule as it was printed.
func replayed(t *testing.T, p schema.Plan, bug string, want *schematest.Failure, o schematest.Options) {
	t.Helper()
	_, text, _ := strings.Cut(want.Error(), "to see it again: ")
	var events []schematest.Event
	if err := json.Unmarshal([]byte(text), &events); err != nil {
		t.Fatal(err)
	}
	var got *schematest.Failure
	if err := schematest.Replay(p, &toy{plan: p, bug: bug}, events, o); !errors.As(err, &got) || !slices.Equal(got.Lines, want.Lines) {
		t.Errorf("%s: replayed: %v", bug, got)
	}
	if err := schematest.Replay(p, &toy{plan: p}, events, o); err != nil {
		t.Errorf("%s: without the bug: %v", bug, err)
	}
}

// counted counts schedules.
type counted struct {
	*toy
	resets int
}

func (c *counted) Reset() error {
	c.resets++
	return c.toy.Reset()
}

func TestAmountAndSeed(t *testing.T) {
	p, o := declared(t, rename())
	count := func(schedules int) int {
		app := &counted{toy: &toy{plan: p}}
		o.Schedules = schedules
		if err := schematest.Test(p, app, o); err != nil {
			t.Fatal(err)
		}
		return app.resets
	}
	if got := count(7); got != 7 {
		t.Errorf("7 schedules are %d", got)
	}
	all := count(0)
	t.Logf("%d systematic schedules", all-200)
	if all < 300 || count(all+1) != all+1 {
		t.Errorf("by default there are %d", all)
	}
	found := func(seed uint64) string {
		err := schematest.Test(p, &toy{plan: p, bug: "v3 prefers a"}, schematest.Options{Horizon: o.Horizon, Seed: seed, Schedules: 150})
		if err == nil {
			t.Fatalf("seed %d finds nothing", seed)
		}
		return err.Error()
	}
	one, again := found(1), found(1)
	if one != again {
		t.Error("one seed, two results")
	}
	if one == found(2) {
		t.Error("two seeds, one result")
	}
}

// fake is a test that fails.
type fake struct{ said string }

func (*fake) Helper()             {}
func (f *fake) Fatal(a ...any)    { f.said = fmt.Sprint(a...) }
func (f *fake) has(s string) bool { return strings.Contains(f.said, s) }

func TestCheck(t *testing.T) {
	p, o := declared(t, rename())
	good, bad := &fake{}, &fake{}
	schematest.Check(good, p, &toy{plan: p}, o)
	schematest.Check(bad, p, &toy{plan: p, bug: "renames in place"}, o)
	if good.said != "" || !bad.has("1. app@v1 runs") || !bad.has("WRONG: app@v1 fails") || !bad.has(`{"do":"step","step":"add b"}`) {
		t.Errorf("%q; %q", good.said, bad.said)
	}
}

func TestRefused(t *testing.T) {
	p, o := declared(t, rename())
	unsafe := p
	unsafe.Steps = slices.Delete(slices.Clone(p.Steps), 2, 5)
	idle := p
	idle.Start.Running, idle.Goal.Running = nil, nil
	for _, c := range []struct {
		plan schema.Plan
		o    schematest.Options
		want string
	}{
		{unsafe, schematest.Options{}, "the plan is not safe: "},
		{unsafe, o, "of another plan"},
		{idle, o, "nothing runs"},
		{schema.Plan{Steps: []schema.Step{{Deploy: "x"}}}, o, "steps[0]"},
	} {
		for _, err := range []error{schematest.Test(c.plan, &toy{plan: c.plan}, c.o), schematest.Replay(c.plan, &toy{plan: c.plan}, nil, c.o)} {
			var f *schematest.Failure
			if err == nil || errors.As(err, &f) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		}
	}
}

// broken is an application whose methods fail.
type broken struct {
	*toy
	at string
}

func (b broken) Reset() error { return b.fail("reset", b.toy.Reset()) }

func (b broken) Holds(c schema.Condition, running []string) (bool, error) {
	is, err := b.toy.Holds(c, running)
	return is, b.fail("holds", err)
}

func (b broken) Do(s schema.Step, o schematest.Outcome) error { return b.fail("busy", b.toy.Do(s, o)) }

func (b broken) fail(at string, err error) error {
	if at == b.at && at == "busy" {
		return schematest.ErrBusy
	}
	if at == b.at {
		return errors.New(at)
	}
	return err
}

func TestBrokenApplications(t *testing.T) {
	p, o := declared(t, rename())
	for at, kind := range map[string]schema.Wrong{"reset": "", "holds": schema.StepFails, "busy": schema.StepFails} {
		err := schematest.Test(p, broken{&toy{plan: p}, at}, o)
		var f *schematest.Failure
		if err == nil || errors.As(err, &f) != (kind != "") || kind != "" && f.Kind != kind {
			t.Errorf("%s: %v", at, err)
		}
	}
}

// TestValuesAreTheCallers: an application may keep numbers, and lose what was agreed to be lost.
func TestValuesAreTheCallers(t *testing.T) {
	p, o := declared(t, rename())
	o.Value = func(_, _ string, n int) string { return strconv.Itoa(n + 1000) }
	seen := map[string]bool{}
	app := spy{&toy{plan: p}, func(op schematest.Operation) {
		for _, v := range op.Values {
			seen[v.Text] = true
		}
	}}
	if err := schematest.Test(p, app, o); err != nil {
		t.Fatal(err)
	}
	for text := range seen {
		if n, err := strconv.Atoi(text); err != nil || n <= 1000 {
			t.Errorf("%q was written", text)
		}
	}
	lossy := &toy{plan: p, bug: "garbles"}
	if err := schematest.Test(p, lossy, o); err == nil {
		t.Error("what was garbled is read")
	}
	p.Accepts = []schema.Loss{{Attribute: "name", Value: "set"}}
	if err := schematest.Test(p, lossy, o); err != nil {
		t.Errorf("the loss was accepted: %v", err)
	}
}

type spy struct {
	*toy
	see func(schematest.Operation)
}

func (s spy) Run(version string, op schematest.Operation) (string, error) {
	s.see(op)
	return s.toy.Run(version, op)
}

// waiting is an application in which nobody may touch what a transaction has written.
type waiting struct {
	*toy
	key string
}

func (w *waiting) Reset() error {
	w.key = ""
	return w.toy.Reset()
}

func (w *waiting) Run(version string, op schematest.Operation) (string, error) {
	if op.Kind != schematest.Read && op.Key == w.key {
		return "", errors.New("it waits for ever")
	}
	return w.toy.Run(version, op)
}

func (w *waiting) Begin(version string, op schematest.Operation) (func(bool) error, error) {
	end, err := w.toy.Begin(version, op)
	w.key = op.Key
	return func(commit bool) error {
		w.key = ""
		return end(commit)
	}, err
}

func TestNobodyWaitsForATransaction(t *testing.T) {
	p, o := declared(t, rename())
	if err := schematest.Test(p, &waiting{toy: &toy{plan: p}}, o); err != nil {
		t.Error(err)
	}
}

// TestUnread: nobody is left who would see the message.
func TestUnread(t *testing.T) {
	p, o := declared(t, forgone())
	o.Horizon = slices.Clone(o.Horizon)
	o.Horizon[1].Back = []string{"app@v1", "app@v4"} // as if one could go back
	err := schematest.Test(p, &toy{plan: p}, o)
	var f *schematest.Failure
	if !errors.As(err, &f) || f.Kind != schema.Unread || len(f.Events) != 3 {
		t.Error(err)
	}
}

// TestReplicaMayLag: a version that reads from a replica may read what was true before, and nothing else.
func TestReplicaMayLag(t *testing.T) {
	p, o := declared(t, rename())
	events := []schematest.Event{
		{Do: schematest.Writes, Version: "app@v1", Key: "k1", Values: []schematest.Value{{Attribute: "name", Class: "set", Text: "one"}}},
		{Do: schematest.Writes, Version: "app@v1", Key: "k1", Values: []schematest.Value{{Attribute: "name", Class: "set", Text: "two"}}},
	}
	stuck := &toy{plan: p, bug: "lags"}
	if err := schematest.Replay(p, stuck, events, o); err == nil {
		t.Error("an old value was read")
	}
	p.Stores = []schema.Store{{Name: "orders", Kind: schema.Table, Replica: true}}
	p.Versions = slices.Clone(p.Versions)
	p.Versions[0].Reads = []schema.Read{{Attribute: "name", Forms: []string{"a"}, Replica: true}}
	stuck.plan = p
	if err := schematest.Replay(p, stuck, events, o); err != nil {
		t.Error(err)
	}
	stuck.bug = "garbles"
	if err := schematest.Replay(p, stuck, events, o); err == nil {
		t.Error("what was never written was read")
	}
}

// TestWhoMakesNoRecordsUpdates: a version that makes no records writes only to those that are there.
func TestWhoMakesNoRecordsUpdates(t *testing.T) {
	p, o := declared(t, rename())
	p.Versions = slices.Clone(p.Versions)
	p.Versions[0].Makes = nil
	wrote := 0
	app := spy{&toy{plan: p}, func(op schematest.Operation) {
		if op.Kind == schematest.Write {
			wrote++
		}
	}}
	write := func(version string) schematest.Event {
		return schematest.Event{Do: schematest.Writes, Version: version, Key: "k1", Values: []schematest.Value{{Attribute: "name", Class: "set", Text: version}}}
	}
	step := func(name string) schematest.Event { return schematest.Event{Do: schematest.Makes, Step: name} }
	events := []schematest.Event{write("app@v1"), step("add b"), step("deploy v2"), write("app@v2"), write("app@v1")}
	if err := schematest.Replay(p, app, events, o); err != nil || wrote != 2 {
		t.Errorf("%d writes, %v", wrote, err)
	}
}
