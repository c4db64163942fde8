package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/postgres"
	"github.com/seed-20fe5ead/gradatim/schema/postgres/carry"
)

// Kind is what kind of thing happened.
type Kind string

// What happens while a plan is carried out.
const (
	Begun  Kind = "begun"  // a step
	Made   Kind = "made"   // a statement
	Batch  Kind = "batch"  // of a backfill
	Asked  Kind = "asked"  // a need
	Rolled Kind = "rolled" // a version
	Back   Kind = "back"   // the plan goes back to a step
)

// Event is one such thing.
type Event struct {
	Kind          Kind
	At            int // the step's number
	Step          string
	SQL           []string
	Locks         string        // that the transaction had at its end
	Timeout       time.Duration // for locks
	Took          time.Duration
	Looked, Wrote string // rows
	Need          schema.Condition
	Holds         bool
	Text          string
}

// Driver carries out a plan. It has no memory: where the plan is, it sees.
type Driver struct {
	Plan   schema.Plan
	Fleet  *Fleet
	Server postgres.Options
	// Roll rolls out a version. It may return while older ones still run.
	Roll func(ctx context.Context, ref string) error
	// Retire is called for a need that does not hold, again and again: older versions may leave, messages expire.
	Retire func(ctx context.Context, need schema.Condition) error
	// Skip says that a backfill counts as over though nothing was done, as if its executor had lost its way. Nil is never.
	Skip func(step string) bool
	// At is called before the step at a position is begun, and at the end with the number of steps. It may roll versions.
	At     func(ctx context.Context, position int) error
	Tell   func(Event)
	server *server
}

// begin connects, unless that was done, and returns what ends it.
func (d *Driver) begin() func() {
	if d.server != nil {
		return func() {}
	}
	if d.Tell == nil {
		d.Tell = func(Event) {}
	}
	d.server = &server{connect: func(ctx context.Context) (*pgx.Conn, error) { return d.Fleet.connect(ctx, "plan") }, tell: d.Tell}
	return func() {
		d.server.close()
		d.server = nil
	}
}

// Run carries out the plan from where it is. Whoever was interrupted calls it again.
func (d *Driver) Run(ctx context.Context) error {
	defer d.begin()()
	at, err := d.position(ctx)
	if err != nil {
		return err
	}
	for {
		if d.At != nil {
			if err := d.At(ctx, at); err != nil {
				return err
			}
		}
		if back := d.undone(at); back < at {
			d.Tell(Event{Kind: Back, At: back, Step: d.Plan.Steps[back].Name, Text: "what it brought does not run any more"})
			at = back
			continue
		}
		if err := d.restore(ctx, at); err != nil {
			return err
		}
		if at == len(d.Plan.Steps) {
			return nil
		}
		next, err := d.step(ctx, at)
		if err != nil {
			return fmt.Errorf("step %q: %w", d.Plan.Steps[at].Name, err)
		}
		at = next
	}
}

// undone is the position of the first of the last deployments before one of which neither what they brought nor anything newer
// runs any more.
func (d *Driver) undone(at int) int {
	out := at
	for i := at - 1; i >= 0; i-- {
		ref := d.Plan.Steps[i].Deploy
		if ref == "" {
			continue
		}
		if d.newest(ref) >= d.number(ref) {
			break
		}
		out = i
	}
	return out
}

// restore rolls forward what was rolled back of other services than that of the last deployment.
func (d *Driver) restore(ctx context.Context, at int) error {
	for i, s := range d.Plan.Steps[:at] {
		if s.Deploy == "" || d.newest(s.Deploy) >= d.number(s.Deploy) {
			continue
		}
		d.Tell(Event{Kind: Back, At: i, Step: s.Name, Text: "what it brought does not run any more, and runs again"})
		if err := d.Roll(ctx, s.Deploy); err != nil {
			return err
		}
	}
	return nil
}

func (d *Driver) number(ref string) int {
	return slices.IndexFunc(d.Plan.Versions, func(v schema.Version) bool { return v.Ref() == ref })
}

// newest is the number of the newest version that runs of a version's service.
func (d *Driver) newest(ref string) int {
	service, _, _ := strings.Cut(ref, "@")
	last := -1
	for _, r := range d.Fleet.Running() {
		if strings.HasPrefix(r, service+"@") {
			last = d.number(r)
		}
	}
	return last
}

// step waits for what a step needs and makes it. It returns the position to go on with.
func (d *Driver) step(ctx context.Context, at int) (next int, err error) {
	s := &d.Plan.Steps[at]
	d.Tell(Event{Kind: Begun, At: at, Step: s.Name})
	if to, err := d.await(ctx, at); err != nil || to != at {
		return to, err
	}
	if s.Deploy != "" {
		began := time.Now()
		if err := d.Roll(ctx, s.Deploy); err != nil {
			return at, err
		}
		d.Tell(Event{Kind: Rolled, Step: s.Name, Text: s.Deploy, Took: time.Since(began)})
		return at + 1, nil
	}
	statements, err := postgres.Render(d.Plan, s.Name, d.Server)
	if err != nil {
		return at, err
	}
	_, err = carry.Run(ctx, statements, d.server, d.server, carry.Options{
		Tries: 1000,
		Wait:  func(ctx context.Context, _ int) error { return pause(ctx) },
		Gate:  func(ctx context.Context, _ postgres.Statement) error { return ctx.Err() },
	})
	return at + 1, err
}

// await waits until all that a step needs holds, and returns its position; or another to go on with.
func (d *Driver) await(ctx context.Context, at int) (to int, err error) {
	s := &d.Plan.Steps[at]
	proofs, err := postgres.Proofs(d.Plan, s.Name, d.Server)
	if err != nil {
		return at, err
	}
	if s.Backfill != nil && d.Skip != nil && d.Skip(s.Name) {
		return at + 1, nil
	}
	for {
		unmet := false
		for _, need := range s.Needs {
			holds, err := d.holds(ctx, at, need, proofs)
			if err != nil {
				return at, err
			}
			d.Tell(Event{Kind: Asked, Step: s.Name, Need: need, Holds: holds})
			unmet = unmet || !holds
			if to := d.filling(at, need); !holds && to < at {
				d.Tell(Event{Kind: Back, At: to, Step: d.Plan.Steps[to].Name, Text: need.String() + ": not true any more"})
				return to, nil
			}
			if !holds && d.Retire != nil {
				if err := d.Retire(ctx, need); err != nil {
					return at, err
				}
			}
		}
		if !unmet {
			return at, nil
		}
		if back := d.undone(at); back < at {
			return back, nil
		}
		if err := pause(ctx); err != nil {
			return at, err
		}
	}
}

// filling is the position of the last backfill that makes a need hold.
func (d *Driver) filling(at int, need schema.Condition) int {
	for i := at - 1; i >= 0 && (need.Is == schema.Proven || need.Is == schema.Absent); i-- {
		if b := d.Plan.Steps[i].Backfill; b != nil && b.Form == need.Form {
			return i
		}
	}
	return at
}

// holds asks for one need.
func (d *Driver) holds(ctx context.Context, at int, need schema.Condition, proofs []postgres.Proof) (bool, error) {
	if i := slices.IndexFunc(proofs, func(p postgres.Proof) bool { return p.Condition == need }); i >= 0 {
		if why := proofs[i].Unanswered; why != "" {
			return false, fmt.Errorf("nobody can say whether %v: %s", need, why)
		}
		holds, err := carry.Prove(ctx, proofs[i], d.server, func(ctx context.Context, _ int) error { return pause(ctx) })
		return holds, err
	}
	return d.Fleet.holds(ctx, need, d.Plan.Steps[:at])
}

// pause is between two looks at something that changes by itself.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(2 * time.Millisecond):
		return nil
	}
}

// position sees where the plan is: what of it is done on the server, and what runs. Of several positions that
// look the same it is the first: whatever lies between them is asked or done again.
func (d *Driver) position(ctx context.Context) (int, error) {
	done := map[int]bool{}
	for i, s := range d.Plan.Steps {
		if len(s.Changes) == 0 {
			continue
		}
		statements, err := postgres.Render(d.Plan, s.Name, d.Server)
		if err != nil {
			return 0, err
		}
		for k, one := range statements {
			holds, err := d.server.Holds(ctx, one.Done)
			if err != nil {
				return 0, err
			}
			done[i] = holds && (k == 0 || done[i])
		}
	}
	best, most := -1, -1
	for k := range len(d.Plan.Steps) + 1 {
		score := 0
		w := world(&d.Plan, k)
		for i, is := range done {
			if inForce(&w, &d.Plan.Steps[i]) == is {
				score++
			}
		}
		if d.runs(k) && score > most {
			best, most = k, score
		}
	}
	if best < 0 {
		return 0, errors.New("fleet: what runs is of no position of the plan")
	}
	return best, nil
}

// runs says that the newest version of each service is that of a position.
func (d *Driver) runs(at int) bool {
	want := map[string]string{}
	set := func(ref string) {
		service, _, _ := strings.Cut(ref, "@")
		want[service] = ref
	}
	for _, ref := range d.Plan.Start.Running {
		set(ref)
	}
	for _, s := range d.Plan.Steps[:at] {
		if s.Deploy != "" {
			set(s.Deploy)
		}
	}
	for _, ref := range want {
		if d.newest(ref) != d.number(ref) {
			return false
		}
	}
	return true
}

// Answer is whether a need of a step holds now.
type Answer struct {
	Need  schema.Condition
	Holds bool
}

// Ask asks for all that the step at a position needs, once, and does nothing.
func (d *Driver) Ask(ctx context.Context, at int) (out []Answer, err error) {
	defer d.begin()()
	proofs, err := postgres.Proofs(d.Plan, d.Plan.Steps[at].Name, d.Server)
	if err != nil {
		return nil, err
	}
	for _, need := range d.Plan.Steps[at].Needs {
		holds, err := d.holds(ctx, at, need, proofs)
		if err != nil {
			return nil, err
		}
		out = append(out, Answer{need, holds})
	}
	return out, nil
}

// Position is the step that is to be made next, as the server and the fleet are now.
func (d *Driver) Position(ctx context.Context) (int, error) {
	defer d.begin()()
	return d.position(ctx)
}
