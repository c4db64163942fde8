package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/postgres"
	"github.com/seed-20fe5ead/gradatim/schema/postgres/carry"
)

func plan(t *testing.T, name string) fixture {
	t.Helper()
	data, err := os.ReadFile("../testdata/render/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var f fixture
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// ready is a fixture whose database has been set up.
func ready(t *testing.T, name string) (open func() db, c through, render func(step string) []postgres.Statement) {
	t.Helper()
	f := plan(t, name)
	open = database(t)
	c = through{open(), open()}
	for _, sql := range f.Setup {
		c.x.do(sql)
	}
	o := postgres.Options{Version: c.x.about().Version, TimeZone: "UTC", Batch: 7}
	return open, c, func(step string) []postgres.Statement {
		t.Helper()
		s, err := postgres.Render(f.Plan, step, o)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

// beside carries out statements while others write, each by its own function.
func beside(t *testing.T, open func() db, writers int, write func(d db, r *rand.Rand) string, carryOut func()) {
	t.Helper()
	var over atomic.Bool
	var writes atomic.Int64
	failed := make(chan error, writers)
	for i := range writers {
		d := open()
		go func() {
			r := rand.New(rand.NewPCG(uint64(i), 1))
			for !over.Load() {
				_, err := d.Exec(context.Background(), write(d, r))
				if problem := code(err); err != nil && problem[:5] != "40P01" {
					failed <- errors.New(problem)
					return
				}
				writes.Add(1)
			}
			failed <- nil
		}()
	}
	for n := writes.Load(); writes.Load() < n+50 && len(failed) == 0; { // until they are at it
		open().do("SELECT pg_sleep(0.01)")
	}
	carryOut()
	over.Store(true)
	for range writers {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	t.Log("writes meanwhile:", writes.Load())
}

// A backfill beside versions that write both sides, or one that a trigger copies, loses nothing that they write.
func TestRenderedBackfillBeside(t *testing.T) {
	for _, mode := range []schema.BackfillMode{schema.OneStatement, schema.CompareAndSet} {
		t.Run("row"+string(mode), func(t *testing.T) {
			name := map[schema.BackfillMode]string{schema.OneStatement: "rename", schema.CompareAndSet: "rename_by_triggers"}[mode]
			open, c, render := ready(t, name)
			c.x.do("INSERT INTO orders (customer) SELECT 'c' || i FROM generate_series(1, 3000) i")
			c.carry("add", render("add client")...)
			f := map[schema.BackfillMode]string{schema.OneStatement: "", schema.CompareAndSet: "upper"}[mode]
			beside(t, open, 2, func(_ db, r *rand.Rand) string {
				id, v := 1+r.IntN(3025), fmt.Sprint("w", r.IntN(1000))
				switch {
				case r.IntN(10) == 0:
					return fmt.Sprintf("INSERT INTO orders (customer, client) VALUES ('%s', %s('%[1]s'))", v, f)
				case r.IntN(10) == 0:
					return fmt.Sprintf("DELETE FROM orders WHERE id = %d", id)
				case mode == schema.CompareAndSet:
					return fmt.Sprintf("UPDATE orders SET customer = '%s' WHERE id = %d", v, id)
				}
				return fmt.Sprintf("BEGIN; UPDATE orders SET customer = '%s', client = '%[1]s' WHERE id = %d; COMMIT", v, id)
			}, func() {
				s := render("fill client")
				s[0].Batch.Limit = 20
				c.carry("fill", s...)
			})
			if n := one[int64](c.by, "SELECT count(*) FROM orders WHERE client IS DISTINCT FROM "+f+"(customer)"); n != 0 {
				t.Errorf("%d rows are wrong", n)
			}
		})
	}
}

// The same into another table, with rows that come and go.
func TestRenderedSplitBeside(t *testing.T) {
	open, c, render := ready(t, "split")
	c.x.do("INSERT INTO people SELECT i, 's' || i, 'abc' FROM generate_series(26, 2000) i")
	s := render("make")
	s[0].SQL = s[0].SQL[:1] // no triggers: the versions write both
	c.x.do(s[0].SQL[0])
	c.x.do("INSERT INTO addresses VALUES (5000, 'GHOST', 'abc'), (3, 'OLD', 'abc')")
	beside(t, open, 2, func(_ db, r *rand.Rand) string {
		id, v := 1+r.IntN(2000), fmt.Sprint("w", r.IntN(1000))
		if r.IntN(5) == 0 {
			return fmt.Sprintf("BEGIN; DELETE FROM people WHERE id = %d; DELETE FROM addresses WHERE person = %[1]d; COMMIT", id)
		}
		return fmt.Sprintf("BEGIN; INSERT INTO people VALUES (%d, '%s', 'abc') ON CONFLICT (id) DO UPDATE SET street = excluded.street;"+
			" INSERT INTO addresses VALUES (%[1]d, upper('%[2]s'), 'abc') ON CONFLICT (person) DO UPDATE SET street = excluded.street; COMMIT", id, v)
	}, func() {
		f := render("fill")
		for i := range f {
			f[i].Batch.Limit = 20
		}
		c.carry("fill", f...)
	})
	if n := one[int64](c.by, "SELECT count(*) FROM people FULL JOIN addresses a ON person = id WHERE a.street IS DISTINCT FROM upper(people.street)"); n != 0 {
		t.Errorf("%d rows are wrong", n)
	}
}

// A proof waits for what was open when it was asked first, whether it had written by then or not.
func TestRenderedProof(t *testing.T) {
	for _, early := range []bool{true, false} {
		open, c, render := ready(t, "rename")
		c.carry("add", render("add client")...)
		c.carry("fill", render("fill client")...)
		p, err := postgres.Proofs(plan(t, "rename").Plan, "prove client", postgres.Options{Version: c.x.about().Version})
		if err != nil || len(p) != 1 {
			t.Fatal(p, err)
		}
		late := open()
		late.do("BEGIN; SELECT 1")
		if early {
			late.do("INSERT INTO orders (customer) VALUES ('late')")
		}
		if early { // as if it were of a session that is not seen, as those of prepared transactions are not
			q := p[0].Over
			q.Args, err = c.Row(t.Context(), p[0].Mark)
			if err != nil {
				t.Fatal(err)
			}
			q.Args[1] = "2000-01-01"
			c.must(q, false, "over")
		}
		looks := 0
		holds, err := carry.Prove(t.Context(), p[0], c, func(context.Context, int) error {
			if looks++; looks == 3 {
				late.do("INSERT INTO orders (customer) VALUES ('late'); COMMIT")
			}
			return nil
		})
		if err != nil || holds || looks < 3 {
			t.Errorf("early %t: %t, %v after %d looks: a transaction that was open wrote a row that is not right", early, holds, err, looks)
		}
		if holds, err := carry.Prove(t.Context(), p[0], c, nil); err != nil || holds {
			t.Error(holds, err)
		}
	}
}

// A batch that waits for a writer computes from what that one wrote, or leaves it alone.
func TestRenderedHeld(t *testing.T) {
	for _, test := range []struct {
		plan, before, step  string
		at                  int
		setup, write, wrong string
	}{
		{"rename", "add client", "fill client", 0, "", "UPDATE orders SET customer = 'new', client = 'new' WHERE id = 3", "customer IS DISTINCT FROM client FROM orders WHERE id = 3"},
		{"rename_by_triggers", "add client", "fill client", 0, "", "UPDATE orders SET customer = 'new' WHERE id = 3", "customer <> 'new' OR client IS DISTINCT FROM 'NEW' FROM orders WHERE id = 3"},
		{
			"split", "", "fill", 0, "INSERT INTO addresses VALUES (3, 'OLD', 'abc')",
			"UPDATE people SET street = 'new' WHERE id = 3; UPDATE addresses SET street = 'NEW' WHERE person = 3", "street <> 'NEW' FROM addresses WHERE person = 3",
		},
		{"split", "", "fill", 0, "", "DELETE FROM people WHERE id = 3", "count(*) > 0 FROM addresses WHERE person = 3"},
		{
			"split", "", "fill", 1, "INSERT INTO addresses VALUES (4000, 'OLD', 'abc')",
			"INSERT INTO people VALUES (4000, 'new', 'abc'); UPDATE addresses SET street = 'NEW' WHERE person = 4000", "count(*) = 0 FROM addresses WHERE person = 4000",
		},
	} {
		t.Run(test.plan+test.write, func(t *testing.T) {
			open, c, render := ready(t, test.plan)
			if test.before != "" {
				c.carry("add", render(test.before)...)
			} else {
				c.x.do("CREATE TABLE addresses (person bigint PRIMARY KEY, street text, town char(3));" + test.setup)
			}
			writer := open()
			writer.do("BEGIN; " + test.write)
			s := render(test.step)[test.at]
			s.SQL, s.Batch.Limit = []string{s.Batch.First}, 100
			ended := make(chan error, 1)
			go func() {
				_, err := c.x.execute(context.Background(), s, []string{"100"})
				ended <- err
			}()
			if err, over := c.by.await(c.x.PgConn().PID(), ended); over {
				t.Fatal("it did not wait", err)
			}
			writer.do("COMMIT")
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
			if one[bool](c.by, "SELECT "+test.wrong) {
				t.Error("a write was lost")
			}
		})
	}
}

// A backfill changes nothing but what it fills, though triggers go both ways and lose meaning.
func TestRenderedBackfillKeeps(t *testing.T) {
	_, c, render := ready(t, "rename_by_triggers")
	c.carry("add", render("add client")...)
	c.carry("fill", render("fill client")...)
	if got := one[string](c.by, "SELECT customer FROM orders WHERE id = 3"); got != "Cu3" {
		t.Errorf("it was Cu3, and is %s", got)
	}
	_, c, render = ready(t, "split")
	c.carry("make", render("make")...)
	c.carry("fill", render("fill")...)
	if got := one[string](c.by, "SELECT street FROM people WHERE id = 3"); got != "St3" {
		t.Errorf("it was St3, and is %s", got)
	}
}

// A copy is proven if no row is missing, none is other, and none is too many.
func TestRenderedProofAcross(t *testing.T) {
	_, c, render := ready(t, "split")
	c.x.do("CREATE TABLE addresses (person bigint PRIMARY KEY, street text, town char(3)); INSERT INTO addresses SELECT id, upper(street), town FROM people")
	done := func(want bool, sql string) {
		t.Helper()
		c.x.do("BEGIN; " + sql)
		all := true
		for _, s := range render("fill") {
			holds, err := through{c.x, c.x}.Holds(t.Context(), s.Done)
			if err != nil {
				t.Fatal(err)
			}
			all = all && holds
		}
		if proof, err := (through{c.x, c.x}).Holds(t.Context(), splitProof(t, c)); err != nil || proof != want || all != want {
			t.Errorf("%s: done %t, proven %t, want %t: %v", sql, all, proof, want, err)
		}
		c.x.do("ROLLBACK")
	}
	done(true, "SELECT 1")
	done(false, "DELETE FROM addresses WHERE person = 3")
	done(false, "DELETE FROM people WHERE id = 3")
	done(false, "UPDATE addresses SET town = NULL WHERE person = 3")
	done(true, "DELETE FROM people; DELETE FROM addresses")
}

func splitProof(t *testing.T, c through) postgres.Query {
	t.Helper()
	p, err := postgres.Proofs(plan(t, "split").Plan, "prove", postgres.Options{Version: c.x.about().Version})
	if err != nil || len(p) != 1 {
		t.Fatal(p, err)
	}
	return p[0].Holds
}

// What takes the place of a value is written in the rows that had it, and in no other.
func TestRenderedMend(t *testing.T) {
	_, c, render := ready(t, "mend")
	const state = "SELECT string_agg(n || ' ' || state, ', ' ORDER BY id) FROM jobs WHERE id IN (2, 3, 7, 8)"
	if got := one[string](c.by, state); got != "-3 odd, -2 open, 2 held, 3 odd" {
		t.Fatal(got)
	}
	for _, step := range []string{"refuse", "mend", "refuse odd", "mend odd", "add on hold", "fill on hold"} {
		c.carry(step, render(step)...)
	}
	if got := one[string](c.by, state); got != "1 open, 1 open, 2 on hold, 3 open" {
		t.Error(got)
	}
}

// A key that a cursor cannot follow is refused.
func TestRenderedKey(t *testing.T) {
	for _, sql := range []string{
		"ALTER TABLE orders DROP CONSTRAINT orders_pkey",
		"ALTER TABLE orders DROP CONSTRAINT orders_pkey; CREATE INDEX ON orders (id)",
		"ALTER TABLE orders DROP CONSTRAINT orders_pkey; CREATE UNIQUE INDEX ON orders (id, customer)",
		"ALTER TABLE orders DROP CONSTRAINT orders_pkey; CREATE UNIQUE INDEX ON orders (id) WHERE id > 3",
		"ALTER TABLE orders DROP CONSTRAINT orders_pkey; CREATE UNIQUE INDEX ON orders (id); ALTER TABLE orders ALTER COLUMN id DROP NOT NULL",
	} {
		_, c, render := ready(t, "rename")
		c.carry("add", render("add client")...)
		c.x.do(sql)
		if _, err := carry.Run(t.Context(), render("fill client"), c, c, carry.Options{}); !errors.Is(err, carry.ErrRefused) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
