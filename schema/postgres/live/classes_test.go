package live

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-20fe5ead/gradatim/schema/postgres"
)

// world is the relations of the schema public: their files by name, and their names by number.
type world struct {
	files map[string]uint32
	kinds map[string]string
	names map[uint32]string
}

func look(d db) world {
	d.t.Helper()
	w := world{map[string]uint32{}, map[string]string{}, map[uint32]string{}}
	r, err := d.Query(context.Background(), `SELECT oid, relname, relkind::text, relfilenode FROM pg_class WHERE relnamespace = 'public'::regnamespace`)
	if err != nil {
		d.t.Fatal(err)
	}
	defer r.Close()
	for r.Next() {
		var oid, file uint32
		var name, kind string
		if err := r.Scan(&oid, &name, &kind, &file); err != nil {
			d.t.Fatal(err)
		}
		w.files[name], w.kinds[name], w.names[oid] = file, kind, name
	}
	return w
}

// numbers are the numbers of all relations.
func (w world) numbers() []int64 {
	var all []int64
	for oid := range w.names {
		all = append(all, int64(oid))
	}
	return all
}

// seen is what a statement did, and what it was said to do.
type seen struct {
	Locks            map[string]postgres.Lock
	Rewrite, Rebuild bool
	Scan             string // empty where it cannot be seen
}

var levels = []string{
	"AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareLock",
	"ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock",
}

// locks adds the strongest lock of a backend, held or awaited, on each relation that was there before. Indexes and
// sequences count only where the report names them: every use of a table locks its indexes.
func (d db) locks(pid uint32, before world, named []postgres.RelationLock, into map[string]postgres.Lock) {
	d.t.Helper()
	r, err := d.Query(context.Background(), `SELECT relation, mode FROM pg_locks WHERE pid = $1 AND locktype = 'relation' AND relation IS NOT NULL`, pid)
	if err != nil {
		d.t.Fatal(err)
	}
	defer r.Close()
	for r.Next() {
		var oid uint32
		var mode string
		if err := r.Scan(&oid, &mode); err != nil {
			d.t.Fatal(err)
		}
		name, old := before.names[oid]
		isNamed := slices.ContainsFunc(named, func(l postgres.RelationLock) bool { return l.Relation == name })
		if !old || !isNamed && strings.Contains("iIS", before.kinds[name]) {
			continue
		}
		if slices.Index(levels, string(into[name])+"Lock") < slices.Index(levels, mode) {
			into[name] = postgres.Lock(strings.TrimSuffix(mode, "Lock"))
		}
	}
}

// changed says whether a table, and whether an index, has another file than before.
func changed(before, after world) (rewrite, rebuild bool) {
	for name, file := range before.files {
		if now, there := after.files[name]; there && now != file {
			rewrite = rewrite || strings.Contains("rmp", before.kinds[name])
			rebuild = rebuild || strings.Contains("i", before.kinds[name])
		}
	}
	return rewrite, rebuild
}

const scans = `SELECT coalesce(sum(seq_scan), 0)::bigint FROM pg_stat_xact_user_tables WHERE relid::bigint = ANY ($1)`

// inTx runs a statement in a transaction that is rolled back.
func inTx(d, observer db, c example, r postgres.Report) seen {
	d.t.Helper()
	s := seen{Locks: map[string]postgres.Lock{}}
	before := look(d)
	d.do("BEGIN")
	old := before.numbers()
	count := one[int64](d, scans, old)
	d.do(c.sql)
	if now := one[int64](d, scans, old); now > count {
		s.Scan = "yes"
	} else {
		s.Scan = "no"
	}
	observer.locks(d.PgConn().PID(), before, r.Locks, s.Locks)
	s.Rewrite, s.Rebuild = changed(before, look(d))
	d.do("ROLLBACK")
	return s
}

// outside runs a statement that refuses a transaction block, once behind each of several transactions that hold it up,
// and looks at its locks while it waits.
func outside(d, observer, blocker db, c example, r postgres.Report) seen {
	d.t.Helper()
	s := seen{Locks: map[string]postgres.Lock{}}
	d.do("BEGIN")
	if problem := d.try(c.sql); !strings.HasPrefix(problem, "25001") {
		d.t.Errorf("in a transaction block: %q, want 25001", problem)
	}
	d.do("ROLLBACK")
	blocks := c.blocks
	if blocks == nil {
		blocks = []string{"LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE", "INSERT INTO t (id, k) VALUES (1000, 1000)"}
	}
	for _, block := range blocks {
		d.do(base + c.setup)
		before := look(d)
		blocker.do("BEGIN; " + block)
		over := make(chan error, 1)
		go func() {
			_, err := d.Exec(context.Background(), c.sql)
			over <- err
		}()
		err, ended := observer.await(d.PgConn().PID(), over)
		if !ended {
			observer.locks(d.PgConn().PID(), before, r.Locks, s.Locks)
		}
		blocker.do("ROLLBACK")
		if !ended {
			err = <-over
		}
		if err != nil {
			d.t.Fatal(err)
		}
		s.Rewrite, s.Rebuild = changed(before, look(d))
	}
	return s
}

// halfDetached leaves a partition behind that a concurrent detach has begun to detach: the first of its two transactions
// is committed, the second fails by a timeout.
func halfDetached(d, blocker db) {
	d.t.Helper()
	blocker.do("BEGIN; LOCK TABLE m1 IN ACCESS SHARE MODE")
	d.do("SET lock_timeout = '10ms'")
	if problem := d.try("ALTER TABLE m DETACH PARTITION m1 CONCURRENTLY"); !strings.HasPrefix(problem, "55P03") {
		d.t.Errorf("%q, want 55P03", problem)
	}
	d.do("RESET lock_timeout")
	blocker.do("ROLLBACK")
}

// Every class that the server's version has is compared, end to end from its text.
func TestClasses(t *testing.T) {
	open := database(t)
	d, observer, blocker := open(), open(), open()
	about := d.about()
	compared := map[string]bool{}
	for _, c := range examples {
		if c.since > about.Version || c.until != 0 && c.until < about.Version {
			continue
		}
		t.Run(c.sql, func(t *testing.T) {
			d, observer, blocker := db{d.Conn, t}, db{observer.Conn, t}, db{blocker.Conn, t}
			d.do(base + c.setup)
			t.Cleanup(func() { d.do("ROLLBACK") })
			if c.half {
				halfDetached(d, blocker)
			}
			r := postgres.Lint(c.sql, d.about(), d.catalog())
			if !slices.Contains(r.Classes, c.class) || r.Basis == postgres.Unknown {
				t.Fatalf("classes %q, %s, want %q", r.Classes, r.Basis, c.class)
			}
			want := seen{Locks: map[string]postgres.Lock{}, Rewrite: r.Rewrite, Rebuild: r.Rebuild}
			for _, l := range r.Locks {
				if l.Relation == c.words {
					l.Relation = "t"
				}
				want.Locks[l.Relation] = l.Lock
			}
			var got seen
			if r.Tx == postgres.OutsideTx {
				got = outside(d, observer, blocker, c, r)
			} else {
				got = inTx(d, observer, c, r)
				want.Scan = map[bool]string{true: "yes", false: "no"}[r.Scan]
			}
			if c.scan != "" { // what the statistics count is not what the class means
				got.Scan, want.Scan = "", ""
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("said -, done +:\n%s", diff)
			}
			for _, name := range r.Classes {
				compared[name] = true
			}
		})
	}
	missing := map[string]bool{}
	for _, c := range postgres.Classes() {
		if c.Since <= about.Version && about.Version <= c.Until && !compared[c.Name] && (about.Version != 15 || len(c.Measured) > 0) {
			missing[c.Name] = true
		}
	}
	for _, name := range []string{"set tablespace", "set access method", "reindex database", "other"} {
		delete(missing, name)
	}
	if len(missing) > 0 {
		t.Errorf("not compared: %q", slices.Sorted(maps.Keys(missing)))
	}
	if len(compared) < 55 {
		t.Errorf("only %d classes were compared", len(compared))
	}
	t.Logf("PostgreSQL %d: %d classes compared by %d statements", about.Version, len(compared), len(examples))
}
