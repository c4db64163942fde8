package live

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema/postgres"
)

// finds reports whether a report has a finding of a rule that is at least a warning.
func finds(r postgres.Report, rule string) bool {
	return slices.ContainsFunc(r.Findings, func(f postgres.Finding) bool { return f.Rule == rule && f.Severity != postgres.Notice })
}

// While a reader holds a table, ADD COLUMN waits, and a plain SELECT waits behind it; with a timeout the statement fails
// and leaves nothing. The linter asks for the timeout exactly where it is missing.
func TestLockQueue(t *testing.T) {
	open := database(t)
	reader, ddl, second, observer := open(), open(), open(), open()
	ddl.do(base)
	about := ddl.about()
	const add = "ALTER TABLE t ADD COLUMN c int"

	reader.do("BEGIN; SELECT * FROM t")
	about.LockTimeout = 0
	if !finds(postgres.Lint(add, about, ddl.catalog()), "lock-timeout") {
		t.Error("not asked for")
	}
	added, read := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := ddl.Exec(context.Background(), add)
		added <- err
	}()
	if err, ended := observer.await(ddl.PgConn().PID(), added); ended {
		t.Fatal("it did not wait:", err)
	}
	go func() {
		_, err := second.Exec(context.Background(), "SELECT * FROM t WHERE id = 1")
		read <- err
	}()
	if err, ended := observer.await(second.PgConn().PID(), read); ended {
		t.Fatal("the SELECT did not wait:", err)
	}
	if !one[bool](observer, "SELECT $1::int = ANY (pg_blocking_pids($2))", int32(ddl.PgConn().PID()), int32(second.PgConn().PID())) {
		t.Error("the SELECT waits for somebody else")
	}
	reader.do("COMMIT")
	for _, over := range []chan error{added, read} {
		if err := <-over; err != nil {
			t.Error(err)
		}
	}

	ddl.do("ALTER TABLE t DROP COLUMN c")
	reader.do("BEGIN; SELECT * FROM t")
	ddl.do("SET lock_timeout = '20ms'")
	if problem := ddl.try(add); !strings.HasPrefix(problem, "55P03") {
		t.Errorf("%q, want 55P03", problem)
	}
	second.do("SET lock_timeout = '10s'; SELECT * FROM t WHERE id = 1")
	reader.do("COMMIT")
	reports := postgres.LintAll([]string{"SET lock_timeout = '20ms'", add}, about, ddl.catalog())
	if finds(reports[1], "lock-timeout") {
		t.Error("asked for although it is set")
	}
	ddl.do(add)
}

// A concurrent unique index that fails stays, is not valid, rejects duplicates all the same, and IF NOT EXISTS passes.
func TestInvalidIndex(t *testing.T) {
	d := database(t)()
	d.do(base + "UPDATE t SET z = 1")
	const build = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_z ON t (z)"
	if problem := d.try(build); !strings.HasPrefix(problem, "23505") {
		t.Fatalf("%q, want 23505", problem)
	}
	d.do(build)
	if one[bool](d, "SELECT indisvalid FROM pg_index WHERE indexrelid = 't_z'::regclass") {
		t.Error("the index is valid")
	}
	c := d.catalog()
	if !finds(postgres.Lint(build, d.about(), c), "invalid-index") {
		t.Error("not found")
	}
	use := "ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX t_z"
	if !finds(postgres.Lint(use, d.about(), c), "invalid-index") {
		t.Error("its use is not found")
	}
	if problem := d.try(use); !strings.HasPrefix(problem, "55000") {
		t.Errorf("%q, want 55000", problem)
	}
}

// A script and what the server says of it, by the first error's code, must be what the linter says of it: the statement
// at which the rule is found is the one that fails.
func TestRefused(t *testing.T) {
	open := database(t)
	const mood = "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE e (m mood);"
	for name, c := range map[string]struct {
		setup, script, rule, code string
		since                     int
	}{
		"enum value in its own transaction": {mood, "BEGIN; ALTER TYPE mood ADD VALUE 'ok'; INSERT INTO e (m) VALUES ('ok')", "enum-own-transaction", "55P04", 12},
		"enum value committed":              {mood, "ALTER TYPE mood ADD VALUE 'ok'; BEGIN; INSERT INTO e (m) VALUES ('ok')", "enum-own-transaction", "", 0},
		"index in a transaction":            {"", "BEGIN; CREATE INDEX CONCURRENTLY c ON t (a)", "outside-transaction", "25001", 0},
		"vacuum in a transaction":           {"", "BEGIN; SELECT id FROM t; VACUUM t", "outside-transaction", "25001", 0},
		"index after a transaction":         {"", "BEGIN; COMMIT; CREATE INDEX CONCURRENTLY c ON t (a)", "outside-transaction", "", 0},
		"column of a view":                  {"CREATE VIEW w AS SELECT a FROM t;", "ALTER TABLE t DROP COLUMN a", "view-dependents", "2BP01", 0},
		"type of a column of a view":        {"CREATE VIEW w AS SELECT a FROM t;", "ALTER TABLE t ALTER COLUMN a TYPE bigint", "view-dependents", "0A000", 0},
		"another column of a view":          {"CREATE VIEW w AS SELECT a FROM t;", "ALTER TABLE t DROP COLUMN z", "view-dependents", "", 0},
		"view dropped before":               {"CREATE VIEW w AS SELECT a FROM t;", "DROP VIEW w; ALTER TABLE t DROP COLUMN a", "view-dependents", "", 0},
		"table of a view":                   {"CREATE VIEW w AS SELECT a FROM t;", "DROP TABLE t", "view-dependents", "2BP01", 0},
		"no cast":                           {"", "ALTER TABLE t ALTER COLUMN b TYPE int", "values", "42804", 0},
		"cast":                              {"DELETE FROM t;", "ALTER TABLE t ALTER COLUMN b TYPE int USING b::int", "view-dependents", "", 0},
		"not null without default":          {"", "ALTER TABLE t ADD COLUMN c int NOT NULL", "not-null-without-default", "23502", 0},
		"sequence not transferred": {
			"CREATE TABLE s (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, a int);",
			"INSERT INTO s (id, a) SELECT id, a FROM t; INSERT INTO s (a) VALUES (1)", "sequence-transfer", "23505", 0,
		},
		"sequence transferred": {
			"CREATE TABLE s (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, a int);",
			"INSERT INTO s (id, a) SELECT id, a FROM t; SELECT setval('s_id_seq', (SELECT max(id) FROM s)); INSERT INTO s (a) VALUES (1)", "sequence-transfer", "", 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := open()
			defer func() { d.do("ROLLBACK") }() // the next one drops what this one may have locked
			about := d.about()
			if about.Version < c.since {
				t.Skip("not on this version")
			}
			d.do(base + c.setup)
			statements, err := postgres.Split(c.script)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, r := range postgres.LintAll(statements, about, d.catalog()) {
				if r.Basis == postgres.Unknown {
					t.Errorf("not known: %s", r.Statement)
				}
				found = found || finds(r, c.rule)
			}
			problem := ""
			for _, sql := range statements {
				if problem = d.try(sql); problem != "" {
					break
				}
			}
			if found != (c.code != "") || !strings.HasPrefix(problem, c.code) || c.code == "" && problem != "" {
				t.Errorf("found %v; the server says %q, want %q", found, problem, c.code)
			}
		})
	}
}

// A validated check of the same column spares the scan of SET NOT NULL, as the server says itself at debug level.
func TestNotNullProven(t *testing.T) {
	d := database(t)()
	about := d.about()
	for name, c := range map[string]struct {
		check  string
		spared bool
	}{
		"none":         {"", false},
		"validated":    {"ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c", true},
		"not valid":    {"ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID", false},
		"other column": {"ALTER TABLE t ADD CONSTRAINT c CHECK (z IS NOT NULL)", false},
	} {
		d.do(base)
		statements, err := postgres.Split(c.check)
		if err != nil {
			t.Fatal(err)
		}
		statements = append(statements, "ALTER TABLE t ALTER COLUMN a SET NOT NULL")
		reports := postgres.LintAll(statements, about, d.catalog())
		for _, sql := range statements[:len(statements)-1] {
			d.do(sql)
		}
		d.do("BEGIN")
		count := one[int64](d, "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 't'")
		d.do(statements[len(statements)-1])
		scanned := one[int64](d, "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 't'") > count
		d.do("ROLLBACK")
		last := reports[len(reports)-1]
		if spared := c.spared && about.Version >= 12; scanned == spared || last.Scan == spared || finds(last, "set-not-null") == spared {
			t.Errorf("%s: scanned %v, said %v, findings %s", name, scanned, last.Scan, fmt.Sprint(last.Findings))
		}
	}
}
