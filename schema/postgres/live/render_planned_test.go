package live

import (
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/change"
	"github.com/seed-20fe5ead/gradatim/schema/postgres"
)

// TestPlannedRun: what a change becomes is carried out whole, beside rows that it has to do with, and afterwards a write that
// the change is against is refused.
func TestPlannedRun(t *testing.T) {
	key := []string{"id"}
	for _, test := range []struct {
		name    string
		change  change.Change
		setup   string
		rows    string // that are there in the end, if it matters
		refused string // a write
		code    string // of the server
	}{
		{
			"a column that is not null from the start",
			change.AddColumn{Table: "t", Column: "c", Type: "text", Default: "'x'", NotNull: true},
			"CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)", "SELECT id || c FROM t: 1x",
			"INSERT INTO t VALUES (2, NULL)", "23502",
		},
		{
			"a value of an enum goes",
			change.RemoveEnumValue{Table: "t", Column: "s", Type: "st", Value: "a'b"},
			"CREATE TYPE st AS ENUM ('a''b', 'c'); CREATE TABLE t (id int PRIMARY KEY, s st); INSERT INTO t VALUES (1, 'c'), (2, NULL)",
			"SELECT id::text FROM t: 1 2", "UPDATE t SET s = 'a''b'", "23514",
		},
		{
			"a value of an enum gets another name",
			change.RenameEnumValue{Table: "t", Column: "s", Type: "st", Value: "a", To: "b", Key: key},
			"CREATE TYPE st AS ENUM ('a', 'c'); CREATE TABLE t (id int PRIMARY KEY, s st); INSERT INTO t VALUES (1, 'a'), (2, 'c'), (3, 'a'), (4, 'a')",
			"SELECT id || s::text FROM t: 1b 2c 3b 4b", "UPDATE t SET s = 'a'", "23514",
		},
		{
			"rows that break a check are mended",
			change.AddCheck{Table: "s.t", Columns: []string{"A"}, Name: "pos", Expr: `"A" > 0`, Mend: `-"A" + 1`, Key: key},
			`CREATE SCHEMA s; CREATE TABLE s.t (id int PRIMARY KEY, "A" int); INSERT INTO s.t VALUES (1, -1), (2, 3), (3, NULL), (4, 0)`,
			`SELECT id || ':' || coalesce("A", 0) FROM s.t: 1:2 2:3 3:0 4:1`, `UPDATE s.t SET "A" = 0`, "23514",
		},
		{
			"orphans are mended",
			change.AddForeignKey{
				Table: "s.t", Columns: []string{"parent"}, Name: "fk", References: schema.Reference{Table: "s.t", Columns: []string{"id"}}, Mend: "NULL", Key: key,
			},
			"CREATE SCHEMA s; CREATE TABLE s.t (id int PRIMARY KEY, parent int); INSERT INTO s.t VALUES (1, NULL), (2, 1), (3, 7), (4, 8)",
			"SELECT id || ':' || coalesce(parent, 0) FROM s.t: 1:0 2:1 3:0 4:0", "UPDATE s.t SET parent = 9", "23503",
		},
		{
			"duplicates are mended",
			change.AddUnique{Table: "s.t", Columns: []string{"a"}, Name: "uq", Mend: "a || id", Key: []string{"k", "id"}},
			"CREATE SCHEMA s; CREATE TABLE s.t (k int, id int, a text, PRIMARY KEY (k, id)); INSERT INTO s.t VALUES (1, 1, 'x'), (1, 2, 'x'), (2, 3, 'x'), (3, 4, 'y'), (3, 5, NULL), (3, 6, NULL)",
			"SELECT id || coalesce(a, '') FROM s.t: 1x 2x2 3x3 4y 5 6", "UPDATE s.t SET a = 'y' WHERE id = 1", "23505",
		},
		{
			"rows with a value of an enum are mended",
			change.RemoveEnumValue{Table: "t", Column: "s", Type: "st", Value: "a'b", Mend: "'c'", Key: key},
			"CREATE TYPE st AS ENUM ('a''b', 'c', 'd'); CREATE TABLE t (id int PRIMARY KEY, s st); INSERT INTO t VALUES (1, 'a''b'), (2, NULL), (3, 'd'), (4, 'a''b')",
			"SELECT id || coalesce(s::text, '') FROM t: 1c 2 3d 4c", "UPDATE t SET s = 'a''b'", "23514",
		},
		{
			"what the new type does not hold is mended",
			change.ChangeType{
				Table: "t", Column: "a", To: "b", OldType: "text", Type: "int", Key: key,
				Values: []change.Value{{Name: "word", New: schema.Error, Mend: "'0'", Where: "a !~ '^[0-9]+$'"}},
			},
			"CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'x'), (2, '5'), (3, NULL), (4, 'y')",
			"SELECT id || ':' || coalesce(b, -1) FROM t: 1:0 2:5 3:-1 4:0", "UPDATE t SET b = 'x'", "22P02",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			open := database(t)
			c := through{open(), open()}
			c.x.do(test.setup)
			p, err := change.Plan(change.Input{Changes: []change.Change{test.change}}, change.Options{Verify: schema.Options{Records: 1}})
			if err != nil {
				t.Fatal(err)
			}
			c.play(p)
			query, want, _ := strings.Cut(test.rows, ": ")
			if got := one[string](c.x, "SELECT string_agg(r.x, ' ' ORDER BY r.x) FROM ("+query+") r(x)"); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if got := c.x.try(test.refused); !strings.HasPrefix(got, test.code) {
				t.Errorf("%s: %q, want %s", test.refused, got, test.code)
			}
		})
	}
}

// play carries out all that a plan has for the server, and takes back and does again what can be.
func (c through) play(p schema.Plan) {
	c.x.t.Helper()
	o := postgres.Options{Version: c.x.about().Version, TimeZone: "UTC", Batch: 2}
	for _, step := range p.Steps {
		c.prove(p, step.Name, o)
		statements, err := postgres.Render(p, step.Name, o)
		if err != nil {
			c.x.t.Fatal(err)
		}
		for i, s := range statements {
			if s.Batch == nil || i == 0 { // there may be no rows without their other half
				c.must(s.Done, false, step.Name+" before")
			}
			c.lint(s)
			c.carry(step.Name, s)
			c.must(s.Done, true, step.Name+" after")
			if s.Undo != nil {
				c.carry(step.Name+", undo", *s.Undo)
				c.must(s.Done, false, step.Name+", undone")
				c.carry(step.Name+", again", statements[:i+1]...)
			}
		}
	}
}
