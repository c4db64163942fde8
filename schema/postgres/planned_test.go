package postgres_test

import (
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/change"
	"github.com/seed-20fe5ead/gradatim/schema/postgres"
)

// TestPlanned: what a step of a planned change is as SQL, by words that must be in it, or in the error if there is no SQL for it.
func TestPlanned(t *testing.T) {
	key := []string{"id"}
	for _, c := range []struct {
		name, step, want string
		change           change.Change
	}{
		{
			"a column that is named as a keyword", "backfill t.account from t.user", `SET "account" = ("user")`,
			change.RenameColumn{Table: "t", Column: "user", To: "account", Type: "text", Key: key},
		},
		{
			"the cast of a column with capitals", "backfill t.b from t.A", `SET "b" = (cast("A" as bigint))`,
			change.ChangeType{Table: "t", Column: "A", To: "b", Type: "bigint", OldType: "int", Key: key},
		},
		{
			"a reference to a key", "backfill r.to from r.from", `SET "to" = ("from")`,
			change.WidenKey{Table: "t", Column: "id", To: "id8", OldType: "int", Type: "bigint", Key: key, References: []change.KeyReference{{Table: "r", Column: "from", To: "to"}}},
		},
		{
			"a column that moves", "backfill u.user from t.user", `("user") AS gradatim_v1`,
			change.SplitTable{Table: "t", Into: "u", Columns: []schema.Column{{Name: "user", Type: "text"}}, Key: key},
		},
		{
			"the new table", "add u.a", `CREATE TABLE "u" ("id" bigint, "a" text, PRIMARY KEY ("id"), CONSTRAINT "u_id_`,
			change.SplitTable{Table: "t", Into: "u", Columns: []schema.Column{{Name: "a", Type: "text"}}, Key: key},
		},
		{
			"it refers to the old one", "add u.a", `FOREIGN KEY ("id") REFERENCES "t" ("id") ON DELETE CASCADE`,
			change.SplitTable{Table: "t", Into: "u", Columns: []schema.Column{{Name: "a", Type: "text"}}, Key: key},
		},
		{
			"the type of its key", "add u.a", `("n" text, "id" uuid, "a" text, PRIMARY KEY ("n", "id")`,
			change.SplitTable{Table: "t", Into: "u", Columns: []schema.Column{{Name: "a", Type: "text"}}, Key: []string{"n", "id"}, KeyTypes: []string{"text", "uuid"}},
		},
		{
			"not null without its key", "refuse null in u.a", `ALTER TABLE "u" ADD CONSTRAINT "u_a_`,
			change.SplitTable{Table: "t", Into: "u", Columns: []schema.Column{{Name: "a", Type: "text"}}, Key: key, NotNull: true},
		},
		{
			"a default", "set the default of t.c", `SET DEFAULT gen_random_uuid()`,
			change.AddColumn{Table: "t", Column: "c", Type: "uuid", Default: "gen_random_uuid()", Volatile: true, Key: key},
		},
		{
			"rows that have a value keep it", "backfill t.c from t.c implied", `SET "c" = (coalesce("c", gen_random_uuid()))`,
			change.AddColumn{Table: "t", Column: "c", Type: "uuid", Default: "gen_random_uuid()", Volatile: true, Key: key},
		},
		{
			"rows with other words keep them", "backfill t.s a'b from t.s a", `(case when "s" = 'a' then 'a''b' else "s" end)`,
			change.RenameEnumValue{Table: "t", Column: "s", Type: "st", Value: "a", To: "a'b", Key: key},
		},
		{
			"which rows to mend is not known", "mend word in t.a", `which rows have it is not known`,
			change.ChangeType{Table: "t", Column: "a", To: "b", OldType: "text", Type: "int", Key: key, Values: []change.Value{{Name: "word", New: schema.Error, Mend: "'0'"}}},
		},
		{"what is mended by hand has no SQL", "mend bad in pos", "", change.AddCheck{Table: "t", Columns: []string{"a"}, Name: "pos", Expr: "a > 0"}},
		{"a check that is not defined", "allow odd in pos", `DROP CONSTRAINT "pos"`, change.Relax{Table: "t", Column: "a", Constraint: "pos"}},
		{
			"a type in place", "allow wide in t.a", `ALTER COLUMN "a" TYPE varchar(10)`,
			change.ChangeType{Table: "t", Column: "a", OldType: "varchar(5)", Type: "varchar(10)", InPlace: true},
		},
		{
			"null is refused from the start", "add t.c", `ADD COLUMN "c" text NOT NULL DEFAULT 'x'`,
			change.AddColumn{Table: "t", Column: "c", Type: "text", Default: "'x'", NotNull: true},
		},
		{"null is not refused", "add t.c", `ADD COLUMN "c" text DEFAULT 'x'`, change.AddColumn{Table: "t", Column: "c", Type: "text", Default: "'x'"}},
		{
			"a default that is not the same for all rows", "add t.c", `forms[0].define.columns[0].notNull: `,
			change.AddColumn{Table: "t", Column: "c", Type: "uuid", Default: "gen_random_uuid()", NotNull: true},
		},
		{
			"a value that is refused", "refuse a'b in t.S", `CHECK ("S"::text <> 'a''b') NOT VALID`,
			change.RemoveEnumValue{Table: "t", Column: "S", Type: "st", Value: "a'b"},
		},
		{"and then of all rows", "validate t.s", `VALIDATE CONSTRAINT "t_s_`, change.RemoveEnumValue{Table: "t", Column: "s", Type: "st", Value: "a"}},
		{
			"a value that has another name", "drop t.s a", `CHECK ("s"::text <> 'a') NOT VALID`,
			change.RenameEnumValue{Table: "t", Column: "s", Type: "st", Value: "a", To: "b", Key: key},
		},
		{
			"which rows to mend is known", "mend word in t.a", `SET "a" = ('0') FROM gradatim_batch WHERE "t"."id" = gradatim_k1 AND (a !~ '[0-9]')`,
			change.ChangeType{Table: "t", Column: "a", To: "b", OldType: "text", Type: "int", Key: key, Values: []change.Value{{Name: "word", New: schema.Error, Mend: "'0'", Where: "a !~ '[0-9]'"}}},
		},
		{
			"to mend needs a key", "mend bad in pos", `steps[1].backfill.define.key: must be given`,
			change.AddCheck{Table: "t", Columns: []string{"a"}, Name: "pos", Expr: "a > 0", Mend: "1"},
		},
		{
			"another primary key", "move the primary key to t.id8", `ADD CONSTRAINT "t_id8_afcaacc2ef" PRIMARY KEY USING INDEX "t_id8_afcaacc2ef"`,
			change.WidenKey{Table: "t", Column: "id", To: "id8", OldType: "int", Type: "bigint", Key: key},
		},
		{
			"it was another constraint, and has a sequence", "move the primary key to t.id8", `DROP CONSTRAINT "pk"`,
			change.WidenKey{Table: "t", Column: "id", To: "id8", OldType: "int", Type: "bigint", Key: key, Constraint: "pk", Sequence: "s"},
		},
		{"a table's new name", "rename t to u", `CREATE VIEW "t" WITH (security_invoker = true) AS SELECT * FROM "u"`, change.RenameTable{Table: "t", To: "u"}},
		{"the view of a table's old name", "drop the view t", `DROP VIEW "t"`, change.RenameTable{Table: "t", To: "u"}},
		{"a table aside", "set s.t aside", `ALTER TABLE "s"."t" RENAME TO "t_dropped"`, change.DropTable{Table: "s.t"}},
		{"a table that is aside", "drop s.t_dropped", `DROP TABLE "s"."t_dropped"`, change.DropTable{Table: "s.t"}},
		{"an index that is not defined", "drop i", `DROP INDEX CONCURRENTLY "i"`, change.DropIndex{Table: "t", Name: "i"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := change.Plan(change.Input{Changes: []change.Change{c.change}}, change.Options{Verify: schema.Options{Records: 1}})
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			statements, err := postgres.Render(p, c.step, postgres.Options{Version: 15})
			for _, s := range statements {
				got.WriteString(strings.Join(s.SQL, "\n"))
			}
			if err != nil {
				got.WriteString(err.Error())
			}
			if !strings.Contains(got.String(), c.want) || c.want == "" && got.Len() > 0 {
				t.Errorf("%s is not in\n%s", c.want, got.String())
			}
		})
	}
}

// TestPlannedDrop: a column that is dropped takes NOT NULL along, and its being gone is what is asked for.
func TestPlannedDrop(t *testing.T) {
	p, err := change.Plan(change.Input{Changes: []change.Change{
		change.RenameColumn{Table: "t", Column: "a", To: "b", Type: "text", NotNull: true, Key: []string{"id"}},
	}}, change.Options{Triggers: true, Verify: schema.Options{Records: 1}})
	if err != nil {
		t.Fatal(err)
	}
	statements, err := postgres.Render(p, "drop t.a", postgres.Options{Version: 15})
	if err != nil || len(statements) != 1 || strings.Contains(statements[0].Done.SQL, "attnotnull") {
		t.Error(err, statements)
	}
}

// TestPlannedUnanswered: a need that nobody can ask for does not stand in the way of the others.
func TestPlannedUnanswered(t *testing.T) {
	for _, c := range []struct {
		step, want string
		change     change.Change
	}{
		{"refuse orphan in fk", "references", change.AddForeignKey{Table: "t", Columns: []string{"a"}, Name: "fk", References: schema.Reference{Table: "u"}}},
		{"backfill t.b from t.a", "word", change.ChangeType{
			Table: "t", Column: "a", To: "b", OldType: "text", Type: "int", Key: []string{"id"},
			Values: []change.Value{{Name: "word", New: schema.Error, Mend: "'0'"}},
		}},
	} {
		p, err := change.Plan(change.Input{Changes: []change.Change{c.change}}, change.Options{Verify: schema.Options{Records: 1}})
		if err != nil {
			t.Fatal(err)
		}
		proofs, err := postgres.Proofs(p, c.step, postgres.Options{Version: 15})
		if err != nil || len(proofs) != 1 || !strings.Contains(proofs[0].Unanswered, c.want) {
			t.Errorf("%s: %+v, %v", c.step, proofs, err)
		}
	}
}

// TestPlannedNotNull: a column that takes null is not the one that was to be added.
func TestPlannedNotNull(t *testing.T) {
	for _, notNull := range []bool{true, false} {
		p, err := change.Plan(change.Input{Changes: []change.Change{
			change.AddColumn{Table: "t", Column: "c", Type: "text", Default: "'x'", NotNull: notNull},
		}}, change.Options{Verify: schema.Options{Records: 1}})
		if err != nil {
			t.Fatal(err)
		}
		statements, err := postgres.Render(p, "add t.c", postgres.Options{Version: 15})
		if err != nil || len(statements) != 1 || strings.Contains(statements[0].Done.SQL, "a.attnotnull") != notNull {
			t.Error(err, statements)
		}
	}
}
