package postgres

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var quiet = Server{Version: 15, TimeZone: "UTC", LockTimeout: time.Second}

// worse are the rules of the findings of a report that are no notices.
func worse(r Report) []string {
	var all []string
	for _, f := range r.Findings {
		if f.Severity != Notice {
			all = append(all, f.Rule)
		}
	}
	return all
}

func script(t *testing.T, text string, s Server, c Catalog) []Report {
	t.Helper()
	statements, err := Split(text)
	if err != nil {
		t.Fatal(err)
	}
	return LintAll(statements, s, c)
}

var shop = Catalog{
	Tables: []Table{{
		Name: "t", Rows: 1e6, Columns: []Column{{Name: "id", Type: "integer", NotNull: true, Sequence: "t_id_seq"}, {Name: "a", Type: "integer"}, {Name: "b", Type: "text"}},
		Indexes: []Index{{Name: "t_pkey", Columns: []string{"id"}, Unique: true}, {Name: "bad", Columns: []string{"a"}, Unique: true, Invalid: true}},
		Views:   []View{{Name: "w", Columns: []string{"a"}}},
	}, {Name: "small", Rows: 10, Columns: []Column{{Name: "a", Type: "integer"}}}},
	Types: []Type{{Name: "mood", Kind: Enum}},
}

// What the last statement of a script is told, beyond notices.
func TestFindings(t *testing.T) {
	for text, want := range map[string]string{
		"ALTER TABLE t ADD COLUMN c int":                                                                             "",
		"ALTER TABLE t ADD COLUMN c char(5)":                                                                         "",
		"SET lock_timeout = 0; ALTER TABLE t ADD COLUMN c int":                                                       "lock-timeout",
		"SET lock_timeout = 0; ALTER TABLE t ALTER a SET STATISTICS 5":                                               "",
		"SET lock_timeout TO '2s'; ALTER TABLE t ADD COLUMN c int":                                                   "",
		"SET lock_timeout = 0; BEGIN; SET LOCAL lock_timeout = 100; COMMIT; DROP TABLE small":                        "lock-timeout",
		"SET lock_timeout = 0; SET LOCAL lock_timeout = 100; DROP TABLE small":                                       "lock-timeout",
		"SET lock_timeout = 0; BEGIN; SET lock_timeout = 100; COMMIT; DROP TABLE small":                              "",
		"SET lock_timeout = 0; BEGIN; SET lock_timeout = 100; ROLLBACK; DROP TABLE small":                            "lock-timeout",
		"RESET ALL; ALTER TABLE t ADD COLUMN c int":                                                                  "lock-timeout",
		"SET lock_timeout = 0; CREATE TABLE n (a int); ALTER TABLE n ADD c int":                                      "",
		"CREATE TABLE n (a int); CREATE INDEX ON n (a)":                                                              "",
		"BEGIN; CREATE TABLE n (a int); ROLLBACK; CREATE INDEX ON n (a)":                                             "concurrently",
		"CREATE UNIQUE INDEX i ON t (a)":                                                                             "concurrently",
		"DROP INDEX bad":                                                                                             "concurrently",
		"REINDEX TABLE t":                                                                                            "concurrently",
		"CREATE INDEX CONCURRENTLY i ON t (a)":                                                                       "",
		"CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)":                                                         "invalid-index",
		"ALTER TABLE t ADD UNIQUE USING INDEX bad":                                                                   "invalid-index",
		"ALTER TABLE t ADD UNIQUE (b)":                                                                               "using-index",
		"ALTER TABLE t ADD CHECK (a > 0)":                                                                            "not-valid",
		"ALTER TABLE t ADD CHECK (a > 0) NOT VALID":                                                                  "",
		"BEGIN; ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c":         "held-lock validate-own-transaction",
		"BEGIN; ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID; COMMIT; ALTER TABLE t VALIDATE CONSTRAINT c": "",
		"BEGIN; ALTER TABLE t ADD COLUMN c int; UPDATE t SET c = a WHERE id BETWEEN 1 AND 9":                         "held-lock",
		"ALTER TABLE t ALTER a SET NOT NULL":                                                                         "set-not-null",
		"ALTER TABLE t ALTER id SET NOT NULL":                                                                        "",
		"ALTER TABLE t ADD CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE t ALTER a SET NOT NULL":                      "set-not-null",
		"ALTER TABLE t ADD CHECK (b IS NOT NULL); ALTER TABLE t ALTER a SET NOT NULL":                                "set-not-null",
		"ALTER TABLE t ADD CHECK (a IS NOT NULL); ALTER TABLE t ALTER a SET NOT NULL":                                "",
		"ALTER TABLE t ADD COLUMN c uuid DEFAULT gen_random_uuid()":                                                  "volatile-default",
		"ALTER TABLE t ADD COLUMN c int DEFAULT mine()":                                                              "volatile-default",
		"ALTER TABLE t ADD COLUMN c mood DEFAULT 'x'":                                                                "",
		"ALTER TABLE t ADD COLUMN c other":                                                                           "rewrite",
		"ALTER TABLE t ADD COLUMN c serial":                                                                          "rewrite",
		"ALTER TABLE t ADD COLUMN c int NOT NULL":                                                                    "not-null-without-default",
		"ALTER TABLE t ALTER a TYPE bigint":                                                                          "rewrite view-dependents",
		"ALTER TABLE t ALTER b TYPE citext":                                                                          "",
		"ALTER TABLE t ALTER b TYPE varchar(5)":                                                                      "rewrite values",
		"ALTER TABLE t ADD c timestamp; SET TIME ZONE 'Europe/Berlin'; ALTER TABLE t ALTER c TYPE timestamptz":       "rewrite time-zone values",
		"ALTER TABLE t ADD c timestamp; SET timezone = utc; ALTER TABLE t ALTER c TYPE timestamptz":                  "",
		"ALTER TABLE t DROP COLUMN a":                                                                                "view-dependents",
		"ALTER TABLE t DROP COLUMN b":                                                                                "",
		"ALTER TABLE unseen DROP COLUMN b":                                                                           "view-dependents",
		"ALTER TABLE t RENAME a TO z; ALTER TABLE t ALTER z SET NOT NULL":                                            "set-not-null",
		"BEGIN; ALTER TYPE mood ADD VALUE 'ok'":                                                                      "enum-own-transaction",
		"ALTER TYPE mood ADD VALUE 'ok'":                                                                             "",
		"BEGIN; ALTER TYPE mood ADD VALUE 'ok'; UPDATE t SET b = 'ok' WHERE id = 1":                                  "enum-own-transaction",
		"ALTER TABLE unseen ALTER a TYPE bigint":                                                                     "rewrite view-dependents",
		"ALTER TABLE t ADD CHECK (a IS NOT NULL AND id > 0 OR id > 5); ALTER TABLE t ALTER a SET NOT NULL":           "set-not-null",
		"ALTER TABLE t ADD COLUMN c int; BEGIN; UPDATE t SET c = a WHERE id BETWEEN 1 AND 9":                         "",

		"UPDATE t SET a = 1":                                     "unbounded-write",
		"UPDATE t SET b = a WHERE b IS NULL":                     "unbounded-write",
		"UPDATE t SET b = a WHERE id > 10 AND id <= 20":          "",
		"UPDATE t SET b = a WHERE id > 10":                       "unbounded-write",
		"DELETE FROM t WHERE id IN (SELECT id FROM t LIMIT 100)": "",
		"DELETE FROM t":                                          "unbounded-write",
		"INSERT INTO t (id) SELECT a FROM small":                 "sequence-transfer",
		"INSERT INTO small (a) SELECT a FROM t":                  "",
		"VACUUM FULL t":                                          "rewrite",
		"BEGIN; VACUUM t":                                        "outside-transaction",
		"DO $$ BEGIN DROP TABLE t; END $$":                       "unknown",
		"DROP SCHEMA public CASCADE":                             "unknown",
		"DROP VIEW w CASCADE":                                    "unknown",
		"ALTER TABLE t ADD COLUMN c int, FROBNICATE":             "unknown",
		"SELECT danger()":                                        "unknown",
		"WITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x":  "unknown",
		"ALTER TABLE t ALTER g SET EXPRESSION AS (a)":            "unknown",
	} {
		reports := script(t, text, quiet, shop)
		got := worse(reports[len(reports)-1])
		slices.Sort(got)
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s:\n  %q, want %q", text, s, want)
		}
	}
}

// Few rows make a warning of what grows with the table.
func TestFewRows(t *testing.T) {
	for table, want := range map[string]Severity{"t": Fatal, "small": Warning, "unseen": Fatal} {
		if got := Lint("ALTER TABLE "+table+" ADD COLUMN c serial", quiet, shop).Worst(); got != want {
			t.Errorf("%s: %s", table, got)
		}
	}
}

// What changed from version to version.
func TestVersions(t *testing.T) {
	for name, first := range map[string]int{
		"reindex table concurrently": 12, "detach partition concurrently": 14, "set compression": 14, "set expression": 17,
		"drop expression": 13, "set access method": 15, "add column": 11,
	} {
		for v := MinVersion; v <= MaxVersion; v++ {
			if _, ok := classOf(name, v); ok != (v >= first) {
				t.Errorf("%s on %d: %v", name, v, ok)
			}
		}
	}
	for v := 10; v <= 18; v++ {
		s := Server{Version: v, TimeZone: "UTC", LockTimeout: 1}
		enum := Lint("ALTER TYPE mood ADD VALUE 'x'", s, shop)
		if known := v > 10 && v < 18; (enum.Basis != Unknown) != known || (s.Validate() == nil) != known || known && (enum.Tx == OutsideTx) != (v < 12) {
			t.Errorf("%d: %+v", v, enum)
		}
		if v == 15 != (enum.Basis == Measured) {
			t.Errorf("%d: %s", v, enum.Basis)
		}
		proven := LintAll([]string{"ALTER TABLE t ADD CHECK (a IS NOT NULL)", "ALTER TABLE t ALTER a SET NOT NULL"}, s, shop)[1]
		if proven.Scan != (v < 12 || v > 17) {
			t.Errorf("%d: %+v", v, proven)
		}
	}
}

// The table has no two rows for one version, and every row is of some use.
func TestClasses(t *testing.T) {
	seen := map[string]int{}
	for _, c := range Classes() {
		if c.Since < MinVersion || c.Until > MaxVersion || c.Since > c.Until || c.Rewrite && !(c.Rebuild && c.Scan) {
			t.Errorf("%+v", c)
		}
		for v := c.Since; v <= c.Until; v++ {
			if seen[c.Name]&(1<<v) != 0 {
				t.Errorf("%s is there twice for %d", c.Name, v)
			}
			seen[c.Name] |= 1 << v
		}
		for _, l := range []Lock{c.Table, c.Other, c.Index} {
			if l.level() < 0 {
				t.Errorf("%s: lock %q", c.Name, l)
			}
		}
	}
	if len(seen) < 55 {
		t.Error(len(seen))
	}
}

// Nothing panics, and what is cut or garbled is never called measured by being misread: a statement is either known, or
// it is unknown and has an error.
func TestUnknownIsNeverSafe(t *testing.T) {
	words := strings.Fields(`ALTER TABLE t ADD COLUMN c int DEFAULT ( ) , 'x' now NOT NULL VALID CHECK a > 0 SET TYPE bigint USING ::
		DROP INDEX CONCURRENTLY IF EXISTS CREATE UNIQUE ON REFERENCES p FOREIGN KEY CONSTRAINT BEGIN ; UPDATE WHERE = 1 "q" $$ -- /* E'\ . [ VALIDATE
		PARTITION OF ATTACH REINDEX VACUUM FULL TRUNCATE SELECT FROM VIEW AS TRIGGER COMMENT TYPE VALUE INSERT INTO`)
	rapid.Check(t, func(t *rapid.T) {
		sql := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 12).Draw(t, "words"), " ")
		if rapid.Bool().Draw(t, "any") {
			sql += rapid.String().Draw(t, "text")
		}
		statements, err := Split(sql)
		if err != nil {
			statements = []string{sql}
		}
		for _, r := range LintAll(statements, quiet, shop) {
			unknown := slices.Contains(worse(r), "unknown")
			if unknown != (r.Basis == Unknown) || unknown && (r.Worst() != Fatal || !r.Rewrite || !r.Blocks.Reads) || len(r.Classes) == 0 {
				t.Fatalf("%q: %+v", sql, r)
			}
		}
	})
}

// The catalog that is given stays as it is.
func TestCatalogIsNotWritten(t *testing.T) {
	c := Catalog{Tables: []Table{{Name: "t", Columns: []Column{{Name: "a", Type: "integer"}}, Constraints: []Constraint{{Name: "k", Kind: Check, NotValid: true}}}}}
	script(t, "ALTER TABLE t ALTER a SET NOT NULL; ALTER TABLE t VALIDATE CONSTRAINT k; ALTER TABLE t DROP a; DROP TABLE t", quiet, c)
	if got := c.Tables[0]; len(c.Tables) != 1 || got.Columns[0].NotNull || !got.Constraints[0].NotValid {
		t.Errorf("%+v", got)
	}
}
