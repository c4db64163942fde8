package postgres

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/schema"
)

var update = flag.Bool("update", false, "write the golden files anew")

type fixture struct {
	Setup []string    `json:"setup"`
	Plan  schema.Plan `json:"plan"`
}

func fixtures(t *testing.T, each func(t *testing.T, name string, p schema.Plan)) {
	t.Helper()
	files, err := filepath.Glob("testdata/render/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no plans", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".json")
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var f fixture
			if err := json.Unmarshal(data, &f); err != nil {
				t.Fatal(err)
			}
			each(t, name, f.Plan)
		})
	}
}

func load(t *testing.T, name string) schema.Plan {
	t.Helper()
	data, err := os.ReadFile("testdata/render/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var f fixture
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	return f.Plan
}

// written is a statement as a person would read it.
func written(s Statement, indent string) string {
	var b strings.Builder
	line := func(mark, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%s%s%s\n", indent, mark, strings.ReplaceAll(text, "\n", "\n"+indent+"  "))
		}
	}
	line("-- retry ", string(s.Retry))
	line("-- why ", s.Why)
	line("-- await ", s.Await)
	line("-- loses ", s.Loses)
	for _, q := range s.Before {
		line("-- before ", q.SQL)
	}
	if s.Batch != nil {
		line("-- first ", s.Batch.First)
	}
	for _, sql := range s.Script() {
		line("", sql+";")
	}
	line("-- done ", s.Done.SQL)
	if l := s.Leftover; l != nil {
		line("-- leftover ", l.Found.SQL)
		line("-- busy ", l.Busy.SQL)
		line("-- remove ", strings.Join(l.SQL, "; "))
	}
	if s.Undo != nil {
		line("", "-- undo")
		b.WriteString(written(*s.Undo, indent+"    "))
	}
	return b.String()
}

func TestRenderGolden(t *testing.T) {
	fixtures(t, func(t *testing.T, name string, p schema.Plan) {
		var b strings.Builder
		for _, step := range p.Steps {
			fmt.Fprintf(&b, "==== %s\n", step.Name)
			proofs, err := Proofs(p, step.Name, Options{Version: 15})
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range proofs {
				fmt.Fprintf(&b, "-- needs %s %s\n%s\n\n", q.Condition.Is, q.Condition.Form, q.Holds.SQL)
			}
			all, err := Render(p, step.Name, Options{Version: 15})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range all {
				b.WriteString(written(s, "") + "\n")
			}
		}
		file := name + ".golden"
		if *update {
			if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	})
}

// What older servers do not have.
func TestRenderVersions(t *testing.T) {
	for _, test := range []struct {
		plan, step string
		at         int
		text       string
		since      int
	}{
		{"table", "rename", 0, "security_invoker = true", 15},
		{"enum", "add value", 0, "BEGIN", 12},
		{"not_null_at_once", "not null", 2, "no row is read", 12},
	} {
		for version := MinVersion; version <= MaxVersion; version++ {
			all, err := Render(load(t, test.plan), test.step, Options{Version: version})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(written(all[test.at], ""), test.text); got != (version >= test.since) {
				t.Errorf("%s on %d: %t", test.text, version, got)
			}
		}
	}
}

// What holds for every statement of every plan, on every version.
func TestRenderAlways(t *testing.T) {
	fixtures(t, func(t *testing.T, _ string, p schema.Plan) {
		for version := MinVersion; version <= MaxVersion; version++ {
			for _, step := range p.Steps {
				all, err := Render(p, step.Name, Options{Version: version})
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range all {
					always(t, s)
					if s.Undo != nil {
						always(t, *s.Undo)
					}
					data, err := strict.Encode(s)
					if err != nil {
						t.Fatal(err)
					}
					var back Statement
					if err := strict.Decode(data, 1<<20, nil, &back); err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(s, back); diff != "" {
						t.Error(diff)
					}
				}
			}
		}
	})
}

func always(t *testing.T, s Statement) {
	t.Helper()
	text := strings.Join(s.SQL, "\n")
	if s.LockTimeout <= 0 || s.StatementTimeout <= 0 {
		t.Errorf("no timeout:\n%s", text)
	}
	if strings.Contains(text, "IF NOT EXISTS") || strings.Contains(text, "CASCADE") {
		t.Errorf("takes what it finds:\n%s", text)
	}
	if outside := strings.Contains(text, "CONCURRENTLY") || strings.HasPrefix(text, "ALTER TYPE") && s.Tx == OutsideTx; outside != (s.Tx == OutsideTx) {
		t.Errorf("%s transaction:\n%s", s.Tx, text)
	}
	if s.Tx == OutsideTx && len(s.SQL) != 1 {
		t.Errorf("%d commands outside of a transaction", len(s.SQL))
	}
	if strings.Contains(text, "VALIDATE") && strings.Contains(text, "NOT VALID") && !strings.Contains(text, "DROP CONSTRAINT") {
		t.Errorf("both in one transaction:\n%s", text)
	}
	for _, q := range append([]Query{s.Done}, s.Before...) {
		if !strings.HasPrefix(q.SQL, "SELECT ") {
			t.Errorf("asks %q", q.SQL)
		}
	}
	if s.Retry == Cleanup && s.Leftover == nil || (s.Retry == Resumable) != (s.Batch != nil) && s.Tx != OutsideTx {
		t.Errorf("retry %s:\n%s", s.Retry, text)
	}
}

func TestRenderDefaults(t *testing.T) {
	p := load(t, "rename")
	s, err := Render(p, "add client", Options{Version: 15, LockTimeout: 1500 * time.Millisecond})
	if err != nil || len(s) != 1 {
		t.Fatal(s, err)
	}
	want := []string{
		"BEGIN ISOLATION LEVEL READ COMMITTED", "SET LOCAL lock_timeout = '1500ms'", "SET LOCAL statement_timeout = '30000ms'",
		`ALTER TABLE "orders" ADD COLUMN "client" text`, "COMMIT",
	}
	if diff := cmp.Diff(want, s[0].Script()); diff != "" {
		t.Error(diff)
	}
}

// What is wrong is refused, with its path.
func TestRenderRefuses(t *testing.T) {
	long := strings.Repeat("x", 64)
	for _, test := range []struct {
		name, plan, step string
		change           func(p *schema.Plan, s *schema.Step)
		want             string
	}{
		{"long name", "rename", "add client", func(p *schema.Plan, _ *schema.Step) { p.Forms[1].Define.Columns[0].Name = long }, "forms[1].define.columns[0].name"},
		{"NUL", "rename", "add client", func(p *schema.Plan, _ *schema.Step) { p.Forms[1].Define.Table = "a\x00" }, "forms[1].define.table"},
		{"three parts", "rename", "add client", func(p *schema.Plan, _ *schema.Step) { p.Forms[1].Define.Table = "a.b.c" }, "define.table"},
		{"type with more", "rename", "add client", func(p *schema.Plan, _ *schema.Step) { p.Forms[1].Define.Columns[0].Type = "text NOT NULL" }, "columns[0].type"},
		{"injected type", "rename", "add client", func(p *schema.Plan, _ *schema.Step) { p.Forms[1].Define.Columns[0].Type = "text; DROP TABLE x" }, "columns[0].type"},
		{"serial", "rename", "add client", func(p *schema.Plan, _ *schema.Step) { p.Forms[1].Define.Columns[0].Type = "BIGSERIAL" }, "writes every row"},
		{"default", "rename", "add client", func(p *schema.Plan, _ *schema.Step) { p.Forms[1].Define.Columns[0].Default = "1; --" }, "columns[0].default"},
		{"no columns", "rename", "add client", func(p *schema.Plan, _ *schema.Step) { p.Forms[1].Define.Columns = nil }, "columns: must be given"},
		{"no key", "rename", "fill client", func(_ *schema.Plan, s *schema.Step) { s.Backfill.Define.Key = nil }, "backfill.define.key"},
		{"writes the key", "rename", "fill client", func(_ *schema.Plan, s *schema.Step) { s.Backfill.Define.Key = []string{"client"} }, "must never change"},
		{"reads, then writes", "rename", "fill client", func(_ *schema.Plan, s *schema.Step) { s.Backfill.Mode = schema.ReadThenWrite }, "backfill.mode"},
		{"no expression", "rename", "fill client", func(_ *schema.Plan, s *schema.Step) { s.Backfill.Define.Columns[0].Expr = "" }, "backfill.define.expr"},
		{"parameter", "rename", "fill client", func(_ *schema.Plan, s *schema.Step) { s.Backfill.Define.Columns[0].Expr = "$1" }, "must have no parameter"},
		{"no definition", "rename", "fill client", func(_ *schema.Plan, s *schema.Step) { s.Backfill.Define = nil }, "backfill.define"},
		{"rewrite", "type", "widen code", func(_ *schema.Plan, s *schema.Step) { s.Changes[0].Define.Columns[0].Type = "varchar(5)" }, "cannot be had in place"},
		{"unknown type", "type", "widen code", func(_ *schema.Plan, s *schema.Step) { s.Changes[0].Define.Columns[0].Type = "odd" }, "cannot be had in place"},
		{"writes the table anew", "type", "widen code", func(p *schema.Plan, s *schema.Step) {
			p.Forms[2].Define.Columns[0].Type, s.Changes[0].Define.Columns[0].Type = "integer", "bigint"
		}, "cannot be had in place"},
		{"time zone", "type", "widen code", func(p *schema.Plan, s *schema.Step) {
			p.Forms[2].Define.Columns[0].Type, s.Changes[0].Define.Columns[0].Type = "timestamp", "timestamptz"
		}, "cannot be had in place"},
		{"enum value of no column", "enum", "add value", func(_ *schema.Plan, s *schema.Step) { s.Changes[0].Do = schema.Refuse }, "columns: 0 must be one"},
		{"long enum value", "enum", "add value", func(_ *schema.Plan, s *schema.Step) { s.Changes[0].Define.Expr = long }, "define.expr"},
		{"together", "index", "unique", func(_ *schema.Plan, s *schema.Step) { s.Changes = append(s.Changes, s.Changes[0]) }, "only change of its step"},
		{"enum together", "enum", "add value", func(_ *schema.Plan, s *schema.Step) { s.Changes = append(s.Changes, s.Changes[0]) }, "only change of its step"},
		{"on delete", "foreign_key", "refuse orphans", func(_ *schema.Plan, s *schema.Step) { s.Changes[0].Define.References.OnDelete = "cascade; x" }, "references.onDelete"},
		{"no reference", "foreign_key", "refuse orphans", func(_ *schema.Plan, s *schema.Step) { s.Changes[0].Define.References = nil }, "references: must be given"},
		{"tie to what is not known", "rename_by_triggers", "add client", func(_ *schema.Plan, s *schema.Step) { s.Changes[1].Form = "z" }, "definition has its columns"},
		{"tie to a volatile default", "rename_by_triggers", "add client", func(p *schema.Plan, _ *schema.Step) { p.Forms[1].Define.Columns[0].Default = "random()" }, "whether it was written"},
		{"no step", "rename", "other", func(*schema.Plan, *schema.Step) {}, "no step of the plan"},
		{"kind", "rename", "add client", func(p *schema.Plan, _ *schema.Step) { p.Forms[1].Define.Kind = schema.DefineBackfill }, "define.kind"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := load(t, test.plan)
			i := max(0, slices.IndexFunc(p.Steps, func(s schema.Step) bool { return s.Name == test.step }))
			test.change(&p, &p.Steps[i])
			s, err := Render(p, test.step, Options{Version: 15})
			if err == nil || !strings.Contains(err.Error(), test.want) || len(strict.Fields(err)) == 0 {
				t.Errorf("%v, want %s\n%v", err, test.want, s)
			}
		})
	}
	p := load(t, "rename")
	p.Forms[1].Define.Table = ""
	if _, err := Render(p, "add client", Options{Version: 15}); len(strict.Fields(err)) != 1 {
		t.Errorf("one problem, said more than once: %v", err)
	}
	_, err := Render(load(t, "rename"), "add client", Options{Version: 10, LockTimeout: -1, StatementTimeout: time.Microsecond, Batch: -1})
	if got := len(strict.Fields(err)); got != 4 {
		t.Errorf("%d problems of four: %v", got, err)
	}
}

// A default that may differ from row to row is never added with its column.
func TestRenderVolatileDefault(t *testing.T) {
	for def, together := range map[string]bool{"0": true, "now()": true, "'x'::text": true, "random()": false, "gen_random_uuid()": false, "odd(1)": false, "clock_timestamp()": false} {
		p := load(t, "rename")
		p.Forms[1].Define.Columns[0].Default = def
		s, err := Render(p, "add client", Options{Version: 15})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(s[0].SQL[0], "DEFAULT"); got != together || !together && len(s[0].SQL) != 2 {
			t.Errorf("%s: %q", def, s[0].SQL)
		}
	}
}

// A constraint is validated alone if an earlier step added it and none took it away since.
func TestRenderStaged(t *testing.T) {
	for _, test := range []struct {
		name   string
		before []schema.Do
		want   int
	}{{"at once", nil, 3}, {"added", []schema.Do{schema.Refuse}, 2}, {"taken away", []schema.Do{schema.Refuse, schema.Accept}, 3}, {"again", []schema.Do{schema.Refuse, schema.Accept, schema.Refuse}, 2}} {
		p := load(t, "not_null_at_once")
		var steps []schema.Step
		for i, do := range test.before {
			steps = append(steps, schema.Step{Name: fmt.Sprint(i), Changes: []schema.Change{{Do: do, Form: "status", Value: "null", Unchecked: true}}})
		}
		p.Steps = append(steps, p.Steps...)
		if all, err := Render(p, "not null", Options{Version: 15}); err != nil || len(all) != test.want {
			t.Errorf("%s: %d statements, want %d: %v", test.name, len(all), test.want, err)
		}
	}
}

func TestProofs(t *testing.T) {
	p := load(t, "index")
	p.Steps[1].Needs = []schema.Condition{
		{Is: schema.Absent, Form: "email", Value: "null", Once: true},
		{Is: schema.Drained, Version: "a@1"},
		{Is: schema.CaughtUp, Form: "email"},
	}
	proofs, err := Proofs(p, "unique", Options{Version: 15, Replicas: []string{"b", "a", "b"}})
	if err != nil || len(proofs) != 2 {
		t.Fatal(proofs, err)
	}
	if got := proofs[0]; got.Mark.SQL != "" || got.Holds.SQL != `SELECT NOT EXISTS (SELECT FROM "users" WHERE "email" IS NULL)` {
		t.Errorf("%+v", got)
	}
	if got := proofs[1]; !strings.Contains(got.Over.SQL, "= 2") || !strings.Contains(got.Over.SQL, "ARRAY['a', 'b']") {
		t.Errorf("%+v", got)
	}
	proofs, err = Proofs(p, "unique", Options{Version: 15})
	if err != nil || len(proofs) != 2 || proofs[0].Unanswered != "" || !strings.Contains(proofs[1].Unanswered, "replicas") {
		t.Error("nobody knows the replicas, and they have caught up", proofs, err)
	}
	p.Steps[1].Needs = []schema.Condition{
		{Is: schema.Absent, Form: "email", Value: "unheard of"},
		{Is: schema.Absent, Form: "email", Value: "null"},
		{Is: schema.Proven, Form: "email", From: "x"},
	}
	proofs, err = Proofs(p, "unique", Options{Version: 15})
	if err != nil || len(proofs) != 3 || proofs[1].Unanswered != "" || proofs[1].Holds.SQL == "" {
		t.Fatal("what can be asked is not, because something else cannot", proofs, err)
	}
	for i, want := range map[int]string{0: `needs[0]: "unheard of" `, 2: `needs[2]: "email" `} {
		if got := proofs[i]; !strings.Contains(got.Unanswered, want) || got.Holds.SQL != "" {
			t.Errorf("nobody knows how to ask: %+v", got)
		}
	}
	if _, err := Proofs(p, "no step", Options{}); len(strict.Fields(err)) != 2 {
		t.Error(err)
	}
}
