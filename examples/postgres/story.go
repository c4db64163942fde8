package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/postgres"
	"github.com/seed-20fe5ead/gradatim/schema/postgres/live/fleet"
)

// size is how much there is to do.
type size struct {
	records int
	busy    int64 // requests of every instance before something goes on
	batch   int   // rows of a backfill's batch
	pause   time.Duration
}

// ending is what the story came to.
type ending struct {
	fleet.Stats
	Unread      int
	Cells       int
	Differ      []string
	RolledBack  bool // to the version the story began with, and forward again
	GateClosed  bool // while it was back
	Refilled    int  // rows that were written by backfills for the second time
	Refused     []string
	Interrupted bool // the executor was stopped in a backfill, and another one went on
}

// instances is how many each service has.
var instances = map[string]int{"shop": 4, "mailer": 2}

// story is a plan that is being carried out.
type story struct {
	plan   schema.Plan
	found  schema.Result
	config *pgx.ConnConfig // of the database
	fleet  *fleet.Fleet
	driver *fleet.Driver
	size   size
	out    io.Writer
	end    ending
	stop   context.CancelFunc // of the executor that runs
	asked  schema.Condition   // what was told last, so that it is not told again while it is waited for
	again  bool               // forward once more
	batch  int
}

// tell carries out the plan and tells what happens.
func tell(ctx context.Context, dsn string, size size, out io.Writer) (ending, error) {
	p, found, err := plan()
	if err != nil {
		return ending{}, err
	}
	s := &story{plan: p, found: found, size: size, out: out}
	s.chapter("The plan")
	s.say("%s", schema.Preview{Plan: p, Result: found})
	over, err := s.begin(ctx, dsn)
	defer over()
	if err != nil {
		return s.end, err
	}
	s.chapter("Carried out")
	if err := s.carry(ctx); err != nil {
		return s.end, err
	}
	return s.end, s.finish(ctx)
}

// begin makes a database and starts the services of the plan's start. What it returns ends all that, also after an error.
func (s *story) begin(ctx context.Context, dsn string) (over func(), err error) {
	config, version, drop, err := database(ctx, dsn)
	if err != nil {
		return func() {}, err
	}
	s.config = config
	s.chapter("The services")
	s.fleet, err = fleet.New(ctx, config, s.plan, fleet.Options{Records: s.size.records, Pause: s.size.pause, Formats: formats, Seed: 1})
	if err != nil {
		return drop, err
	}
	over = func() {
		s.fleet.StopAll()
		drop()
	}
	for _, ref := range s.plan.Start.Running {
		if err := s.roll(ctx, ref); err != nil {
			return over, err
		}
	}
	s.say("PostgreSQL %d with %d orders. From now on everybody reads and writes.", version, s.size.records)
	s.driver = &fleet.Driver{
		Plan: s.plan, Fleet: s.fleet, Server: postgres.Options{Version: version, TimeZone: "UTC", Batch: s.size.batch, LockTimeout: 500 * time.Millisecond},
		Roll: s.roll, Retire: s.retire, At: s.at, Tell: s.event,
	}
	return over, nil
}

// carry has one executor after the other carry out the plan, until it is done: the first is stopped in the middle of a backfill.
func (s *story) carry(ctx context.Context) error {
	for {
		running, cancel := context.WithCancel(ctx)
		s.stop = cancel
		executor := *s.driver // a new one each time
		err := executor.Run(running)
		stopped := running.Err() != nil && ctx.Err() == nil
		cancel()
		if !stopped {
			return err
		}
		s.end.Interrupted = true
		at, err := s.driver.Position(ctx)
		if err != nil {
			return err
		}
		s.say("The executor is gone, in the middle of a backfill. Another one looks at the server and goes on at step %d.", at+1)
	}
}

// event tells what happens.
func (s *story) event(e fleet.Event) {
	switch e.Kind {
	case fleet.Begun:
		s.asked, s.batch = schema.Condition{}, 0
		s.say("\n%d. %s", 1+slices.IndexFunc(s.plan.Steps, func(p schema.Step) bool { return p.Name == e.Step }), e.Step)
	case fleet.Made:
		for _, sql := range e.SQL {
			s.say("   %s", strings.Join(strings.Fields(sql), " "))
		}
		locks := e.Locks
		if locks == "" {
			locks = "none on a table"
		}
		s.say("   %s; locks: %s; would have waited for them for %s at most", e.Took.Round(10*time.Microsecond), locks, e.Timeout)
	case fleet.Batch:
		if s.batch++; e.Wrote == "0" && e.Looked == "0" {
			s.say("   %d batches; nothing is left", s.batch-1)
		} else if s.batch <= 2 {
			s.say("   batch %d: %s rows looked at, %s written, %s", s.batch, e.Looked, e.Wrote, e.Took.Round(10*time.Microsecond))
		}
		if s.again {
			var n int
			_, _ = fmt.Sscan(e.Wrote, &n) // the server's number
			s.end.Refilled += n
		}
		if s.batch == 2 && !s.end.Interrupted {
			s.stop()
		}
	case fleet.Asked:
		if e.Holds || e.Need != s.asked {
			s.say("   %s: %s", e.Need, yes(e.Holds))
			s.asked = e.Need
		}
	case fleet.Rolled:
		s.say("   %s runs, after %s", e.Text, e.Took.Round(time.Millisecond))
	case fleet.Back:
		s.say("   back to step %d, %s: %s", e.At+1, e.Step, e.Text)
	}
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no, not now"
}

// saved is how many messages are kept, at least, that everybody has read.
const saved = 300

// at is between steps: where the story turns.
func (s *story) at(ctx context.Context, at int) error {
	if err := s.fleet.Expire(ctx, saved); err != nil {
		return err
	}
	done := ""
	if at > 0 {
		done = s.plan.Steps[at-1].Deploy
	}
	switch {
	case done == "shop@v3" && !s.end.RolledBack:
		return s.back(ctx, at)
	case done == "shop@v4":
		for _, ref := range []string{"shop@v2", "mailer@v1"} {
			if err := s.deploy(ctx, at, ref); err == nil {
				return errors.New(ref + " was let in")
			}
		}
	}
	return s.fleet.Busy(ctx, s.size.busy)
}

// deploy is what people ask for: it is refused unless the horizon has the version.
func (s *story) deploy(ctx context.Context, at int, ref string) error {
	if !slices.Contains(s.found.Horizon[at].MayRun(), ref) {
		why := "not yet"
		for _, row := range s.found.Horizon[:at+1] {
			for _, lost := range row.Lost {
				if lost.Version == ref {
					why = fmt.Sprintf("no way back since %q: %s", row.After, lost.Wrong)
				}
			}
		}
		s.end.Refused = append(s.end.Refused, ref)
		s.say("   Somebody asks for %s: refused; %s.", ref, why)
		return errors.New(why)
	}
	return s.roll(ctx, ref)
}

// back takes the shop back to its first version, in the middle of everything.
func (s *story) back(ctx context.Context, at int) error {
	s.chapter("Halfway: back to where it began")
	if err := s.deploy(ctx, at, "shop@v1"); err == nil {
		return errors.New("shop@v1 was let in beside shop@v3")
	}
	way, err := schema.WayBack(s.plan, s.plan.Steps[at-1].Name, "shop@v1", schema.Options{})
	if err != nil {
		return err
	}
	s.say("   There is a way, which is safe:")
	for _, step := range way.Steps {
		s.say("   - %s%s", step.Name, needs(step))
	}
	for _, step := range way.Steps {
		if step.Deploy != "" { // rolling out waits until nothing else is left: that is what the steps need
			if err := s.roll(ctx, step.Deploy); err != nil {
				return err
			}
		}
	}
	s.end.RolledBack, s.again = true, true
	if err := s.fleet.Busy(ctx, s.size.busy); err != nil {
		return err
	}
	s.say("   shop@v1 runs alone and writes as it always did. Facts are revocable; what %q needs:", s.plan.Steps[at-1].Name)
	answers, err := s.driver.Ask(ctx, at-1)
	if err != nil {
		return err
	}
	for _, a := range answers {
		s.say("   - %s: %s", a.Need, yes(a.Holds))
		s.end.GateClosed = s.end.GateClosed || a.Need.Is == schema.Proven && !a.Holds
	}
	s.chapter("And forward again")
	return nil
}

func needs(step schema.Step) string {
	var all []string
	for _, n := range step.Needs {
		all = append(all, n.String())
	}
	if len(all) == 0 {
		return ""
	}
	return ", when " + strings.Join(all, " and ")
}

// roll replaces the instances of a service one by one, while all go on working.
func (s *story) roll(ctx context.Context, ref string) error {
	service, _, _ := strings.Cut(ref, "@")
	for s.fleet.Count(ref) < instances[service] {
		if err := s.fleet.Start(ctx, ref); err != nil {
			return err
		}
		for _, old := range s.fleet.Running() {
			if strings.HasPrefix(old, service+"@") && old != ref && s.fleet.Stop(old) {
				break
			}
		}
		if err := s.fleet.Busy(ctx, s.size.busy); err != nil {
			return err
		}
	}
	for _, old := range s.fleet.Running() {
		for strings.HasPrefix(old, service+"@") && old != ref && s.fleet.Stop(old) {
		}
	}
	return nil
}

// retire is asked while a need does not hold. Older versions are gone when a roll is over; messages that were read expire.
func (s *story) retire(ctx context.Context, need schema.Condition) error {
	if need.Is == schema.Expired {
		return s.fleet.Expire(ctx, 0)
	}
	return nil
}
