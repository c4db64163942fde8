package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/postgres"
	"github.com/seed-20fe5ead/gradatim/schema/postgres/carry"
)

// fixture is a database and a plan for it.
type fixture struct {
	Setup []string    `json:"setup"`
	Plan  schema.Plan `json:"plan"`
}

func fixtures(t *testing.T, each func(t *testing.T, f fixture)) {
	t.Helper()
	files, err := filepath.Glob("../testdata/render/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no plans", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var f fixture
			if err := json.Unmarshal(data, &f); err != nil {
				t.Fatal(err)
			}
			each(t, f)
		})
	}
}

// execute sends a statement as an Executor should.
func (d db) execute(ctx context.Context, s postgres.Statement, args []string) (row []string, err error) {
	defer func() {
		if err != nil {
			_, _ = d.Conn.Exec(ctx, "ROLLBACK")
			_, _ = d.Conn.Exec(ctx, "RESET ALL; SET timezone = 'UTC'")
		}
	}()
	for _, sql := range s.Script() {
		if sql == s.SQL[0] && s.Batch != nil {
			row, err = d.row(ctx, sql, args)
		} else {
			_, err = d.Conn.Exec(ctx, sql)
		}
		if err != nil {
			return nil, err
		}
	}
	return row, nil
}

func (d db) row(ctx context.Context, sql string, args []string) ([]string, error) {
	var all []any
	for _, a := range args {
		all = append(all, a)
	}
	r, err := d.Query(ctx, sql, all...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectExactlyOneRow(r, func(row pgx.CollectableRow) ([]string, error) {
		var out []string
		for _, v := range row.RawValues() {
			out = append(out, string(v))
		}
		return out, nil
	})
}

// through carries out over two connections.
type through struct{ x, by db }

func (c through) Exec(ctx context.Context, s postgres.Statement, args []string) ([]string, error) {
	row, err := c.x.execute(ctx, s, args)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && strings.Contains("55P03 40P01 40001", e.Code) {
		err = fmt.Errorf("%w: %w", carry.ErrBusy, err)
	} else if err != nil && !ok {
		err = fmt.Errorf("%w: %w", carry.ErrUnknown, err)
	}
	return row, err
}

func (c through) Holds(ctx context.Context, q postgres.Query) (bool, error) {
	row, err := c.by.row(ctx, q.SQL, q.Args)
	if err != nil {
		return false, fmt.Errorf("%s: %w", q.SQL, err)
	}
	return row[0] == "t", nil
}

func (c through) Row(ctx context.Context, q postgres.Query) ([]string, error) {
	return c.by.row(ctx, q.SQL, q.Args)
}

func (c through) must(q postgres.Query, want bool, what string) {
	c.by.t.Helper()
	if got, err := c.Holds(c.by.t.Context(), q); err != nil || got != want {
		c.by.t.Errorf("%s: holds %t, want %t: %v\n%s", what, got, want, err, q.SQL)
	}
}

func (c through) carry(what string, all ...postgres.Statement) carry.Outcome {
	c.by.t.Helper()
	out, err := carry.Run(c.by.t.Context(), all, c, c, carry.Options{})
	if err != nil {
		c.by.t.Fatalf("%s: %v\n%s", what, err, strings.Join(all[0].SQL, "\n"))
	}
	return out
}

// Every statement of every plan runs; what is done can be seen, before and after; what can be undone is as it was, and can be done again; and a
// step that was done is left alone.
func TestRenderedRun(t *testing.T) {
	fixtures(t, func(t *testing.T, f fixture) {
		open := database(t)
		c := through{open(), open()}
		for _, sql := range f.Setup {
			c.x.do(sql)
		}
		o := postgres.Options{Version: c.x.about().Version, TimeZone: "UTC", Batch: 7}
		for _, step := range f.Plan.Steps {
			c.prove(f.Plan, step.Name, o)
			statements, err := postgres.Render(f.Plan, step.Name, o)
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range statements {
				what := fmt.Sprintf("%s %d", step.Name, i)
				if s.Batch == nil || i == 0 {
					c.must(s.Done, false, what+" before")
				}
				c.lint(s)
				c.carry(what, s)
				c.must(s.Done, true, what+" after")
				if u := s.Undo; u != nil {
					c.must(u.Done, false, what+", not undone")
					c.carry(what+", undo", *u)
					c.must(s.Done, false, what+", undone")
					c.carry(what+", again", statements[:i+1]...)
				}
			}
			if out := c.carry(step.Name+", resumed", statements...); out.Tries != 0 {
				t.Errorf("%s was done, and %d statements were sent again", step.Name, out.Tries)
			}
		}
	})
}

// prove asks for all that a step needs of the server.
func (c through) prove(p schema.Plan, step string, o postgres.Options) {
	c.x.t.Helper()
	proofs, err := postgres.Proofs(p, step, o)
	if err != nil {
		c.x.t.Fatal(err)
	}
	for _, q := range proofs {
		if q.Unanswered != "" {
			c.x.t.Errorf("%s needs %v: %s", step, q.Condition, q.Unanswered)
		}
		if holds, err := carry.Prove(c.x.t.Context(), q, c, nil); err != nil || !holds {
			c.x.t.Errorf("%s needs %v: %t, %v", step, q.Condition, holds, err)
		}
	}
}

// lint asks the linter for what it thinks of a statement: nothing that is rendered blocks readers or writers for long.
func (c through) lint(s postgres.Statement) {
	c.x.t.Helper()
	if s.Batch != nil {
		return // the linter does not read WITH
	}
	server := c.x.about()
	server.LockTimeout = 0
	for _, r := range postgres.LintAll(s.Script(), server, c.x.catalog()) {
		for _, f := range r.Findings {
			if f.Severity == postgres.Fatal && !strings.HasPrefix(r.Statement, "ALTER SEQUENCE") { // which the linter does not know
				c.x.t.Errorf("%s\n%s: %v", s.Step, r.Statement, f)
			}
		}
	}
}
