package live

import (
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/change"
	"github.com/seed-20fe5ead/gradatim/schema/postgres"
)

// Every statement of what is planned for a table as a whole runs, and can be taken back where it says so.
func TestRenderedPlanned(t *testing.T) {
	const people = `CREATE TABLE "order" (id serial PRIMARY KEY, a text NOT NULL); INSERT INTO "order" (a) SELECT 'a' || i FROM generate_series(1, 25) i`
	for _, one := range []struct {
		name   string
		change change.Change
		after  string // holds in the end
	}{
		{"rename a table", change.RenameTable{Table: "order", To: "b"}, "SELECT count(*) = 25 AND to_regclass('\"order\"') IS NULL FROM b"},
		{"drop a table", change.DropTable{Table: "order"}, "SELECT count(*) = 0 FROM pg_tables WHERE schemaname = 'public'"},
		{
			"split a table",
			change.SplitTable{Table: "order", Columns: []schema.Column{{Name: "a", Type: "text"}}, Into: "b", Key: []string{"id"}, KeyTypes: []string{"integer"}, NotNull: true},
			`SELECT count(*) = 25 FROM b JOIN "order" USING (id) WHERE a = 'a' || id`,
		},
		{
			"widen a key",
			change.WidenKey{Table: "order", Column: "id", To: "id8", OldType: "integer", Type: "bigint", Sequence: "order_id_seq", Key: []string{"id"}},
			`SELECT count(*) = 25 AND nextval('order_id_seq') = 26 AND EXISTS (SELECT FROM pg_constraint WHERE contype = 'p' AND conrelid = '"order"'::regclass) FROM "order" WHERE a = 'a' || id8`,
		},
	} {
		t.Run(one.name, func(t *testing.T) {
			p, err := change.Plan(change.Input{Changes: []change.Change{one.change}}, change.Options{Verify: schema.Options{Records: 1}})
			if err != nil {
				t.Fatal(err)
			}
			open := database(t)
			c := through{open(), open()}
			c.x.do(people)
			c.play(p)
			if got := rows[bool](c.by, one.after); !got[0][0] {
				t.Error(one.after)
			}
		})
	}
}

// While a foreign key refers to the old column the primary key stays where it is: the key would be lost without a word.
func TestRenderedPlannedHeld(t *testing.T) {
	p, err := change.Plan(change.Input{Changes: []change.Change{
		change.WidenKey{Table: "t", Column: "id", To: "id8", OldType: "integer", Type: "bigint", Key: []string{"id"}},
	}}, change.Options{Verify: schema.Options{Records: 1}})
	if err != nil {
		t.Fatal(err)
	}
	d := database(t)()
	d.do("CREATE TABLE t (id integer PRIMARY KEY, id8 bigint NOT NULL); CREATE TABLE r (t integer REFERENCES t)")
	all, err := postgres.Render(p, "move the primary key to t.id8", postgres.Options{Version: d.about().Version})
	if err != nil || len(all) != 2 {
		t.Fatal(err, all)
	}
	d.do(all[0].SQL[0])
	if got := d.try(all[1].SQL[0]); !strings.HasPrefix(got, "2BP01") { // dependent objects still exist
		t.Errorf("%q", got)
	}
}
