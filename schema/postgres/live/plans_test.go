package live

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/change"
	"github.com/seed-20fe5ead/gradatim/schema/postgres"
	"github.com/seed-20fe5ead/gradatim/schema/postgres/live/fleet"
)

// trial is a plan under two sessions of each version that runs.
type trial struct {
	t      *testing.T
	plan   schema.Plan
	fleet  *fleet.Fleet
	driver *fleet.Driver
	log    []string
	asked  int // whether messages have expired
}

func newTrial(t *testing.T, p schema.Plan, formats map[string][]string, seed uint64, records int) *trial {
	t.Helper()
	open := database(t)
	about := open()
	f, err := fleet.New(t.Context(), about.Config(), p, fleet.Options{Records: records, Pause: 200 * time.Microsecond, Formats: formats, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	x := &trial{t: t, plan: p, fleet: f}
	x.driver = &fleet.Driver{
		Plan: p, Fleet: f, Server: postgres.Options{Version: about.about().Version, TimeZone: "UTC", Batch: 5, LockTimeout: 200 * time.Millisecond},
		Roll: x.roll, Retire: x.retire, Tell: x.tell,
	}
	t.Cleanup(f.StopAll)
	for _, ref := range p.Start.Running {
		if err := x.roll(t.Context(), ref); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

func (x *trial) tell(e fleet.Event) {
	switch e.Kind {
	case fleet.Begun:
		x.log = append(x.log, "begins "+e.Step)
	case fleet.Back:
		x.log = append(x.log, "back to "+e.Step+": "+e.Text)
	}
}

// roll brings a version beside those that run: they stay for as long as the plan lets them.
func (x *trial) roll(ctx context.Context, ref string) error {
	x.log = append(x.log, "rolls out "+ref)
	for x.fleet.Count(ref) < 2 {
		if err := x.fleet.Start(ctx, ref); err != nil {
			return err
		}
	}
	return x.fleet.Busy(ctx, 3)
}

// retire lets everything go that is older than the newest of its service; if it is messages that are waited for, these
// expire first, and versions go only if that was not enough.
func (x *trial) retire(ctx context.Context, need schema.Condition) error {
	if need.Is == schema.Expired {
		if x.asked++; x.asked%40 < 20 {
			return x.fleet.Expire(ctx, 0)
		}
	}
	for _, ref := range x.older("") {
		for x.fleet.Stop(ref) {
		}
	}
	return nil
}

// older are the versions that run beside a newer one, of a service if it is given.
func (x *trial) older(service string) (out []string) {
	running := x.fleet.Running()
	for i, ref := range running {
		name, _, _ := strings.Cut(ref, "@")
		newer := slices.ContainsFunc(running[i+1:], func(r string) bool { return strings.HasPrefix(r, name+"@") })
		if newer && (service == "" || service == name) {
			out = append(out, ref)
		}
	}
	return out
}

// only rolls a service to a version until nothing else of it runs.
func (x *trial) only(ctx context.Context, ref string) error {
	if err := x.roll(ctx, ref); err != nil {
		return err
	}
	service, _, _ := strings.Cut(ref, "@")
	for _, r := range x.fleet.Running() {
		for strings.HasPrefix(r, service+"@") && r != ref && x.fleet.Stop(r) {
		}
	}
	return x.fleet.Busy(ctx, 5)
}

// wrong says what went wrong, when all is over.
func (x *trial) wrong(ctx context.Context) string {
	_ = x.fleet.Busy(ctx, 5) // the messages of the last writers, and to whom they went
	unread, err := x.fleet.Unread(ctx)
	for range 200 { // those that are in a transaction that is not over
		if unread == 0 || err != nil {
			break
		}
		_ = x.fleet.Busy(ctx, 1)
		unread, err = x.fleet.Unread(ctx)
	}
	x.fleet.StopAll()
	s := x.fleet.Stats()
	if s.Failed+s.Stale+unread == 0 && err == nil {
		return ""
	}
	return fmt.Sprintf("failed %d, stale %d, unread %d of %d (%v):\n  %s", s.Failed, s.Stale, unread, s.Sent, err, strings.Join(s.Wrong, "\n  "))
}

var (
	plans     = flag.Int("plans", 5, "how many random plans are carried out")
	firstPlan = flag.Uint64("first-plan", 1, "the number of the first one")
)

var id = []string{"id"}

func column(name, expr string) schema.Column {
	return schema.Column{Name: name, Type: "text", Expr: expr}
}

// choice is a change that a random plan may have, with the values it needs.
type choice struct {
	make    func(n string) change.Change // n makes names of its own
	formats map[string][]string
}

var choices = []choice{
	{make: func(n string) change.Change {
		return change.RenameColumn{Table: "orders", Column: "a" + n, To: "b" + n, Type: "text", NotNull: true, Key: id}
	}},
	{make: func(n string) change.Change {
		return change.RenameColumn{Table: "orders", Column: "a" + n, To: "b" + n, Type: "text", Key: id}
	}},
	{make: func(n string) change.Change {
		return change.ChangeType{Table: "orders", Column: "a" + n, To: "b" + n, OldType: "text", Type: "bigint", NotNull: true, Key: id}
	}},
	{make: func(n string) change.Change {
		return change.AddColumn{Table: "orders", Column: "b" + n, Type: "text"}
	}},
	{make: func(n string) change.Change {
		return change.AddColumn{Table: "orders", Column: "b" + n, Type: "text", NotNull: true, Fill: "'old'", Key: id}
	}},
	{make: func(n string) change.Change {
		return change.AddColumn{Table: "orders", Column: "b" + n, Type: "text", Default: "'none'", NotNull: true}
	}},
	{make: func(n string) change.Change {
		return change.DropColumn{Table: "orders", Column: "a" + n, NotNull: true}
	}},
	{make: func(n string) change.Change { return change.DropColumn{Table: "orders", Column: "a" + n} }},
	{make: func(n string) change.Change {
		return change.SetNotNull{Table: "orders", Column: "a" + n, Fill: "'none'", Key: id}
	}},
	{make: func(n string) change.Change {
		a := "a" + n
		return change.SplitColumn{
			Table: "orders", Column: a, Type: "text", NotNull: true, Key: id, Join: "b" + n + " || ' ' || c" + n,
			Into: []schema.Column{column("b"+n, "split_part("+a+", ' ', 1)"), column("c"+n, "split_part("+a+", ' ', 2)")},
		}
	}, formats: map[string][]string{"orders.a": {"%d x"}}},
	{make: func(n string) change.Change {
		return change.MergeColumns{
			Table: "orders", NotNull: true, Key: id, Into: column("c"+n, "a"+n+" || '/' || b"+n),
			Columns: []schema.Column{column("a"+n, "split_part(c"+n+", '/', 1)"), column("b"+n, "split_part(c"+n+", '/', 2)")},
		}
	}},
	{make: func(n string) change.Change {
		return change.ChangeField{In: change.In{Topic: "placed"}, Field: "a" + n, To: "b" + n}
	}},
	{make: func(n string) change.Change {
		return change.AddField{In: change.In{Topic: "placed"}, Field: "b" + n}
	}},
	{make: func(n string) change.Change {
		return change.AddField{In: change.In{Topic: "placed"}, Field: "b" + n, Required: true}
	}},
	{make: func(n string) change.Change {
		return change.RemoveField{In: change.In{Topic: "placed"}, Field: "a" + n, Required: true}
	}},
	{make: func(n string) change.Change { return change.RenameTopic{Topic: "sent" + n, To: "posted" + n} }},
}

// random makes a plan of one to three changes.
func random(t *testing.T, rng *rand.Rand) (schema.Plan, map[string][]string, string) {
	t.Helper()
	for {
		in := change.Input{Services: services(rng)}
		formats := map[string][]string{}
		for n := range 1 + rng.IntN(3) {
			c := choices[rng.IntN(len(choices))]
			in.Changes = append(in.Changes, c.make(fmt.Sprint(n)))
			for name, f := range c.formats {
				formats[name+fmt.Sprint(n)] = f
			}
		}
		text, err := in.Encode()
		if err != nil {
			t.Fatal(err)
		}
		p, err := change.Plan(in, change.Options{Triggers: rng.IntN(3) == 0})
		if none, ok := errors.AsType[*change.NoSafePlan](err); ok {
			t.Logf("no safe plan: %s: %s", text, none)
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return p, formats, string(text)
	}
}

// services are one that does everything, or one that writes and one that reads.
func services(rng *rand.Rand) []change.Service {
	if rng.IntN(2) == 0 {
		return nil
	}
	return []change.Service{
		{Name: "shop", Writes: []string{"orders", "placed"}, Reads: []string{"orders"}},
		{Name: "desk", Reads: []string{"orders", "placed"}},
	}
}

// Random verified plans are carried out under two sessions of every version that may run at a time, which is as long as the plan lets
// it; at each position each service goes back to every version that the horizon has, and forward again. Nothing fails, every read
// is what was written last, every message is taken.
func TestPlansHold(t *testing.T) {
	for n := range *plans {
		seed := *firstPlan + uint64(n)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			p, formats, text := random(t, rng)
			found, err := schema.Verify(p, schema.Options{})
			if err != nil || !found.Safe {
				t.Fatal(text, found, err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			x := newTrial(t, p, formats, seed, 12)
			down := x.downgrades(found)
			if err := x.driver.Run(ctx); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
			if wrong := x.wrong(ctx); wrong != "" || t.Failed() {
				t.Fatalf("seed %d: %s\n%s\n%s", seed, text, wrong, strings.Join(x.log, "\n"))
			}
			t.Logf("%s: %d steps, %d ways back, %d requests", text, len(p.Steps), *down, total(x.fleet.Stats()))
		})
	}
}

// A backfill that was believed to be over is found out by what the next deployment needs, and done.
func TestPlansFillAgain(t *testing.T) {
	p, err := change.Plan(change.Input{Changes: []change.Change{choices[0].make("")}}, change.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	x := newTrial(t, p, nil, 1, 300)
	skipped := 0
	x.driver.Skip = func(string) bool { skipped++; return skipped == 1 }
	if err := x.driver.Run(ctx); err != nil {
		t.Error(err)
	}
	if wrong := x.wrong(ctx); wrong != "" || skipped < 2 || !strings.Contains(strings.Join(x.log, "\n"), "not true any more") {
		t.Errorf("begun %d times: %s\n%s", skipped, wrong, strings.Join(x.log, "\n"))
	}
}

func total(s fleet.Stats) (n int) {
	for _, one := range s.Requests {
		n += one
	}
	return n
}

// downgrades has the driver go back, the first time it is at a position, to every version that the horizon has there. It returns
// their number.
func (x *trial) downgrades(found schema.Result) *int {
	n := new(int)
	tried := map[string]bool{}
	x.driver.At = func(ctx context.Context, at int) error {
		for _, ref := range found.Horizon[at].Back {
			service, _, _ := strings.Cut(ref, "@")
			key := fmt.Sprint(at, ref)
			current := x.newest(service)
			if tried[key] || current == ref || !slices.Contains(found.Horizon[at].Back, current) {
				continue
			}
			tried[key] = true
			x.log = append(x.log, fmt.Sprintf("at %d: %s goes back to %s", at, current, ref))
			*n++
			for _, old := range x.older(service) {
				for x.fleet.Stop(old) {
				}
			}
			return x.only(ctx, ref)
		}
		return nil
	}
	return n
}

func (x *trial) newest(service string) (last string) {
	for _, ref := range x.fleet.Running() {
		if strings.HasPrefix(ref, service+"@") {
			last = ref
		}
	}
	return last
}
