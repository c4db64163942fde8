package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seed-20fe5ead/gradatim/internal/pgserver"
	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/postgres/live/fleet"
)

// server is what TestMain started, nil if there is none.
var (
	server *pgserver.Server
	absent error
)

func TestMain(m *testing.M) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	server, absent = pgserver.Start(ctx)
	cancel()
	if absent != nil && !errors.Is(absent, pgserver.ErrNone) {
		fmt.Fprintln(os.Stderr, absent)
		os.Exit(1)
	}
	code := m.Run()
	if server != nil {
		if err := server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

func needServer(t *testing.T) string {
	t.Helper()
	if absent != nil {
		t.Skip(absent)
	}
	return server.DSN()
}

// The whole story: the rollback happened, closed the gate, and had rows filled again; an executor was lost; and nobody noticed.
func TestStory(t *testing.T) {
	var out bytes.Buffer
	end, err := tell(t.Context(), needServer(t), quickly, &out)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if end.Failed+end.Stale+end.Unread+len(end.Differ) > 0 {
		t.Errorf("not as it should be: %+v", end)
	}
	if !end.RolledBack || !end.GateClosed || end.Refilled == 0 || !end.Interrupted {
		t.Errorf("the story left something out: %+v", end)
	}
	if want := []string{"shop@v1", "shop@v2", "mailer@v1"}; !slices.Equal(end.Refused, want) {
		t.Errorf("refused %v, want %v", end.Refused, want)
	}
	for _, ref := range []string{"shop@v1", "shop@v2", "shop@v3", "shop@v4", "mailer@v1", "mailer@v2"} {
		if end.Requests[ref] == 0 {
			t.Errorf("%s did nothing", ref)
		}
	}
	if end.Sent == 0 || end.Taken < end.Sent || end.Cells < 2*quickly.records {
		t.Errorf("too little was looked at: %+v", end)
	}
	for _, part := range []string{"ALTER TABLE", "AccessExclusiveLock on orders", "There is a way, which is safe", "asked twice", "refused"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("it does not tell of %q", part)
		}
	}
}

// An executor that is lost again and again, wherever it is, is followed by one that goes on: by nothing but what it sees.
func TestResume(t *testing.T) {
	dsn := needServer(t)
	p, found, err := plan()
	if err != nil {
		t.Fatal(err)
	}
	s := &story{plan: p, found: found, size: quickly, out: io.Discard}
	over, err := s.begin(t.Context(), dsn)
	defer over()
	if err != nil {
		t.Fatal(err)
	}
	s.driver.At = nil
	at, lost := -1, map[string]int{} // each step loses two executors: when it begins, and at what happens next
	var stop context.CancelFunc
	s.driver.Tell = func(e fleet.Event) {
		if e.Kind == fleet.Back {
			t.Errorf("it went back to %s: %s", e.Step, e.Text)
		}
		if e.Kind == fleet.Begun {
			if e.At < at {
				t.Logf("goes on at %d after %d", e.At, at)
			}
			at = e.At
		}
		if name := p.Steps[max(at, 0)].Name; lost[name] < 2 && (e.Kind != fleet.Begun || lost[name] == 0) {
			lost[name]++
			stop()
		}
	}
	executors := 0
	for {
		var ctx context.Context
		ctx, stop = context.WithCancel(t.Context())
		executors++
		executor := *s.driver
		err := executor.Run(ctx)
		dead := ctx.Err() != nil
		stop()
		if err == nil {
			break
		}
		if !dead || executors > 4*len(p.Steps) {
			t.Fatalf("executor %d: %v", executors, err)
		}
	}
	if executors <= len(p.Steps) {
		t.Errorf("only %d executors", executors)
	}
	if err := s.finish(t.Context()); err != nil {
		t.Error(err)
	}
}

// What the story counts is not nothing because nothing is looked at: orders of steps that Verify rejects do harm on the server.
func TestBadOrder(t *testing.T) {
	dsn := needServer(t)
	p, _, err := plan()
	if err != nil {
		t.Fatal(err)
	}
	step := func(name string) schema.Step {
		i := slices.IndexFunc(p.Steps, func(s schema.Step) bool { return s.Name == name })
		one := p.Steps[i]
		one.Needs, one.Forgoes = nil, nil
		return one
	}
	added := []schema.Step{step("add orders.client"), step("add orders.total"), step("add placed.client"), step("deploy shop@v2")}
	for _, c := range []struct {
		name  string
		steps []schema.Step
		shows func(s fleet.Stats) int
	}{
		{
			"the writers are switched before anything is filled",
			[]schema.Step{step("relax orders.customer"), step("relax orders.amount"), step("deploy shop@v4")},
			func(s fleet.Stats) int { return s.Stale },
		},
		{
			"the consumer is switched while old messages are kept",
			[]schema.Step{step("deploy mailer@v2")},
			func(s fleet.Stats) int { return s.Failed },
		},
		{
			"an old column is dropped while somebody uses it",
			[]schema.Step{step("drop orders.customer")},
			func(s fleet.Stats) int { return s.Failed },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := p
			bad.Steps = slices.Concat(added, c.steps)
			if found, err := schema.Verify(bad, schema.Options{}); err != nil || found.Safe {
				t.Fatal("it is not rejected:", err)
			}
			s := &story{plan: bad, size: quickly, out: io.Discard}
			over, err := s.begin(t.Context(), dsn)
			defer over()
			if err != nil {
				t.Fatal(err)
			}
			s.driver.At = nil
			if err := s.driver.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := s.fleet.Busy(t.Context(), 20); err != nil {
				t.Fatal(err)
			}
			got := s.fleet.Stats()
			if c.shows(got) == 0 {
				t.Error("nobody noticed")
			}
			t.Logf("%d requests failed, %d reads were stale: %s", got.Failed, got.Stale, got.Wrong[:min(1, len(got.Wrong))])
		})
	}
}

// A message that nobody takes is seen, and so is a row that was changed behind everybody's back.
func TestSeen(t *testing.T) {
	dsn := needServer(t)
	p, found, err := plan()
	if err != nil {
		t.Fatal(err)
	}
	s := &story{plan: p, found: found, size: quickly, out: io.Discard}
	over, err := s.begin(t.Context(), dsn)
	defer over()
	if err != nil {
		t.Fatal(err)
	}
	for s.fleet.Stop("mailer@v1") {
	}
	if err := s.fleet.Start(t.Context(), "mailer@v2"); err != nil { // it cannot read what is sent
		t.Fatal(err)
	}
	if err := s.fleet.Busy(t.Context(), 20); err != nil {
		t.Fatal(err)
	}
	if unread, err := s.fleet.Unread(t.Context()); err != nil || unread == 0 || s.fleet.Stats().Failed == 0 {
		t.Errorf("%d messages unread, %+v: %v", unread, s.fleet.Stats(), err)
	}
	s.fleet.StopAll()
	cells, differ, err := s.fleet.Check(t.Context(), p.Start)
	if err != nil || len(differ) > 0 || cells != 2*quickly.records {
		t.Errorf("%d values, %v: %v", cells, differ, err)
	}
	conn, err := pgx.ConnectConfig(t.Context(), s.config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "UPDATE orders SET amount = 7 WHERE id = (SELECT min(id) FROM orders)"); err != nil {
		t.Fatal(err)
	}
	if _, differ, err = s.fleet.Check(t.Context(), p.Start); err != nil || len(differ) != 1 {
		t.Errorf("%v: %v", differ, err)
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"-h"}, 0, "-quick"},
		{[]string{"-nonsense"}, exitUsage, "nonsense"},
		{[]string{"more"}, exitUsage, "more"},
	} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), c.args, &out, &errs); code != c.code || !strings.Contains(errs.String(), c.says) {
			t.Errorf("%v: code %d, %s", c.args, code, errs.String())
		}
	}
}

// Without a server the program says what would provide one, and that is no failure.
func TestNoServer(t *testing.T) {
	t.Setenv("GRADATIM_POSTGRES_DSN", "")
	t.Setenv("GRADATIM_POSTGRES_BIN", "")
	t.Setenv("PATH", t.TempDir())
	if _, err := pgserver.Start(t.Context()); !errors.Is(err, pgserver.ErrNone) {
		t.Skip("a server is installed where it is always found")
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), nil, &out, &errs); code != 0 || !strings.Contains(out.String(), "apt-get install postgresql") {
		t.Errorf("code %d: %s%s", code, out.String(), errs.String())
	}
}
