package live

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema/postgres"
	"github.com/seed-20fe5ead/gradatim/schema/postgres/carry"
)

// A build that failed leaves an index that is not valid; carrying out again removes it and builds it.
func TestRenderedIndexInterrupted(t *testing.T) {
	_, c, render := ready(t, "index")
	c.x.do("INSERT INTO users VALUES (100, '1@x', 1)") // a duplicate
	s := render("unique")
	if problem := c.x.try(s[0].SQL[0]); problem[:5] != "23505" {
		t.Fatal(problem)
	}
	c.must(s[0].Leftover.Found, true, "leftover")
	c.must(s[0].Done, false, "done by an index that is not valid")
	_, err := carry.Run(t.Context(), s, c, c, carry.Options{})
	if err == nil {
		t.Error("two rows are alike, and the index was built")
	}
	c.must(s[0].Leftover.Found, false, "leftover of a refused build, which would refuse writes")
	c.x.try(s[0].SQL[0])
	c.must(s[0].Leftover.Found, true, "leftover")
	c.x.do("DELETE FROM users WHERE id = 100")
	c.carry("unique", s...)
	if problem := c.x.try("INSERT INTO users VALUES (100, '1@x', 1)"); problem[:5] != "23505" {
		t.Error("not unique", problem)
	}
}

// While somebody still builds an index, it is left alone.
func TestRenderedIndexBusy(t *testing.T) {
	open, c, render := ready(t, "index")
	s := render("index")[0]
	blocker, builder := open(), open()
	blocker.do("BEGIN; INSERT INTO users VALUES (200, 'x@x', 1)")
	pid, ended := builder.PgConn().PID(), make(chan error, 1)
	go func() {
		_, err := builder.Exec(context.Background(), s.SQL[0])
		ended <- err
	}()
	if err, over := c.by.await(pid, ended); over {
		t.Fatal(err)
	}
	waits := 0
	_, err := carry.Run(t.Context(), []postgres.Statement{s}, c, c, carry.Options{Wait: func(context.Context, int) error {
		if waits++; waits == 1 {
			c.must(s.Leftover.Busy, true, "busy")
			blocker.do("COMMIT")
			if err := <-ended; err != nil {
				t.Error("the other one was disturbed:", err)
			}
		}
		return nil
	}})
	if err != nil || waits != 1 {
		t.Error(err, waits)
	}
}

// Done is never that something of the name exists.
func TestRenderedNotByName(t *testing.T) {
	for _, test := range []struct{ plan, step, sql string }{
		{"rename", "add client", "ALTER TABLE orders ADD COLUMN client integer"},
		{"index", "unique", "CREATE INDEX users_email_key ON users (email)"},
		{"index", "unique", "CREATE UNIQUE INDEX users_email_key ON users (age)"},
		{"index", "unique", "CREATE UNIQUE INDEX users_email_key ON users (email) WHERE age > 3"},
		{"foreign_key", "refuse orphans", "ALTER TABLE sales.orders ADD CONSTRAINT %s CHECK (id > 0)"},
		{"foreign_key", "refuse orphans", "ALTER TABLE sales.orders ADD CONSTRAINT %s FOREIGN KEY (customer_id) REFERENCES sales.customers"},
		{"foreign_key", "refuse orphans", "ALTER TABLE sales.orders ADD CONSTRAINT %s FOREIGN KEY (id) REFERENCES sales.customers ON DELETE SET NULL"},
		{"index", "check", "ALTER TABLE users ADD CONSTRAINT %s CHECK (age > 0)"},
		{"table", "rename", "ALTER TABLE orders RENAME TO sales; CREATE VIEW orders AS SELECT id FROM sales"},
		{"table", "rename", "ALTER TABLE orders RENAME TO sales; CREATE VIEW orders AS SELECT id, customer FROM sales"}, // with its owner's rights
		{"table", "make", "CREATE VIEW notes AS SELECT 1::bigint AS id, ''::varchar(9) AS body, 1 AS n"},
		{"type", "widen code", "ALTER TABLE items ALTER COLUMN code TYPE varchar(41)"},
		{"not_null_at_once", "not null", "ALTER TABLE orders ADD CONSTRAINT %s CHECK (customer IS NOT NULL)"},
	} {
		t.Run(test.step, func(t *testing.T) {
			_, c, render := ready(t, test.plan)
			s := render(test.step)[0]
			if strings.Contains(test.sql, "%s") {
				_, name, _ := strings.Cut(s.SQL[0], "ADD CONSTRAINT ")
				test.sql = fmt.Sprintf(test.sql, strings.Fields(name)[0])
			}
			if strings.Contains(test.sql, "id, customer") && c.x.about().Version < 15 {
				t.Skip("views have no other rights before version 15")
			}
			c.x.do(test.sql)
			c.must(s.Done, false, test.sql)
		})
	}
}

// Nor is a trigger that is disabled, or that does something else.
func TestRenderedTriggerDone(t *testing.T) {
	_, c, render := ready(t, "rename_by_triggers")
	s := render("add client")
	c.carry("add", s...)
	c.x.do("ALTER TABLE orders DISABLE TRIGGER USER")
	c.must(s[0].Done, false, "disabled")
	c.x.do("ALTER TABLE orders ENABLE TRIGGER USER")
	c.must(s[0].Done, true, "enabled")
	name := one[string](c.x, "SELECT proname::text FROM pg_proc WHERE proname LIKE 'zz_gradatim_a%'")
	c.x.do("CREATE OR REPLACE FUNCTION " + name + "() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
	c.must(s[0].Done, false, "of another body")
}

// A sequence that moves never draws a number that is there.
func TestRenderedSequence(t *testing.T) {
	_, c, render := ready(t, "type")
	for _, step := range []string{"add long", "fill long", "index long"} {
		c.carry(step, render(step)...)
	}
	c.x.do("UPDATE items SET long_id = 5000000000 WHERE id = 3")
	c.carry("move", render("move sequence")...)
	if got := one[int64](c.x, "INSERT INTO items (id) VALUES (26) RETURNING long_id"); got != 5000000001 {
		t.Errorf("drew %d", got)
	}
	c.x.do("SELECT setval('items_id_seq', 6000000000); ALTER TABLE items ALTER long_id DROP DEFAULT")
	c.carry("move again", render("move sequence")...)
	if got := one[int64](c.x, "INSERT INTO items (id) VALUES (27) RETURNING long_id"); got != 6000000001 {
		t.Errorf("drew %d", got)
	}
}

// Two ties write each side from the other, and nothing that a writer wrote itself.
func TestRenderedTriggers(t *testing.T) {
	_, c, render := ready(t, "rename_by_triggers")
	c.carry("add", render("add client")...)
	for _, test := range []struct{ sql, customer, client string }{
		{"INSERT INTO orders (id, customer) VALUES (900, 'ann')", "ann", "ANN"},
		{"UPDATE orders SET customer = 'bob' WHERE id = 900", "bob", "BOB"},
		{"UPDATE orders SET client = 'EVE' WHERE id = 900", "eve", "EVE"},
		{"UPDATE orders SET client = 'X', customer = 'y' WHERE id = 900", "y", "X"},
		{"UPDATE orders SET id = 900 WHERE id = 900", "y", "X"},
		{"DELETE FROM orders WHERE id = 900; INSERT INTO orders (id, client) VALUES (900, 'ZOE')", "zoe", "ZOE"},
		{"DELETE FROM orders WHERE id = 900; INSERT INTO orders (id, customer, client) VALUES (900, 'p', 'Q')", "p", "Q"},
	} {
		c.x.do(test.sql)
		got := rows[string](c.by, "SELECT customer, client FROM orders WHERE id = 900")
		if len(got) != 1 || got[0][0] != test.customer || got[0][1] != test.client {
			t.Errorf("%s: %v, want %s and %s", test.sql, got, test.customer, test.client)
		}
	}
}

// The same across two tables, where the transaction is what writes both or one.
func TestRenderedTriggersAcross(t *testing.T) {
	_, c, render := ready(t, "split")
	c.carry("make", render("make")...)
	for _, test := range []struct{ sql, want string }{
		{"INSERT INTO people VALUES (900, 'a', 'x')", "[[a A]]"},
		{"UPDATE people SET street = 'b' WHERE id = 900", "[[b B]]"},
		{"UPDATE addresses SET street = 'CC' WHERE person = 900", "[[cc CC]]"},
		{"BEGIN; UPDATE addresses SET street = 'E' WHERE person = 900; UPDATE people SET street = 'd' WHERE id = 900; COMMIT", "[[d E]]"},
		{"UPDATE people SET id = 901 WHERE id = 900; UPDATE people SET id = 900 WHERE id = 901", "[[d D]]"},
		{"BEGIN; DELETE FROM people WHERE id = 900; UPDATE addresses SET street = 'K' WHERE person = 900; COMMIT", "[[k K]]"},
		{"DELETE FROM people WHERE id = 900", "[]"},
		{"INSERT INTO addresses VALUES (900, 'F', 'x')", "[[f F]]"},
		{"DELETE FROM addresses WHERE person = 900", "[]"},
		{"BEGIN; INSERT INTO people VALUES (900, 'g', 'x'); INSERT INTO addresses VALUES (900, 'H', 'x'); COMMIT", "[[g H]]"},
	} {
		c.x.do(test.sql)
		got := fmt.Sprint(rows[string](c.by, "SELECT coalesce(p.street, '-'), coalesce(a.street, '-') FROM people p FULL JOIN addresses a ON person = id WHERE coalesce(id, person) >= 900"))
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.sql, got, test.want)
		}
	}
}
