package live

// base is what each example finds. The table t has rows, indexes and a validated and an unvalidated constraint.
const base = `RESET timezone; DROP SCHEMA public CASCADE; CREATE SCHEMA public;
CREATE TABLE p (id int PRIMARY KEY, v text);
CREATE TABLE t (id int PRIMARY KEY, k bigint NOT NULL, a int, b text, v varchar(10), n numeric(10,2), ts timestamp, p_id int, z int);
INSERT INTO p SELECT g, 'v' FROM generate_series(1, 20) g;
INSERT INTO t SELECT g, g, g, 'b' || g, 'v', 1.5, '2020-01-01', g, g FROM generate_series(1, 20) g;
CREATE INDEX t_b ON t (b); CREATE INDEX t_v ON t (v); CREATE UNIQUE INDEX t_k ON t (k); CREATE UNIQUE INDEX t_a ON t (a);
`

// example is a statement of a class, with what has to be there besides base.
type example struct {
	class        string
	sql          string
	setup        string
	since, until int
	blocks       []string // what holds it up, if that is not base's
	half         bool     // a concurrent detach of m1 failed half-way before
	words        string   // what the linter calls t, where the catalog does not tell its name
	scan         string   // why scans are not compared
}

const (
	parts = `CREATE TABLE m (id int NOT NULL, x text) PARTITION BY RANGE (id);
		CREATE TABLE m1 PARTITION OF m FOR VALUES FROM (0) TO (10); INSERT INTO m SELECT g FROM generate_series(0, 9) g;
		CREATE TABLE m2 (id int NOT NULL, x text); INSERT INTO m2 VALUES (15);`
	mview   = `CREATE MATERIALIZED VIEW mv AS SELECT id, a FROM t; CREATE UNIQUE INDEX mv_id ON mv (id);`
	reads   = "the statement reads and writes rows"
	lookups = "the catalog's and the rows' scans are not told apart"
)

var examples = []example{
	{class: "add column", sql: "ALTER TABLE t ADD COLUMN c text"},
	{class: "add column", sql: "alter table only public.t add if not exists \"C\" text collate \"C\" null default null"},
	{class: "add column, constant default", sql: "ALTER TABLE t ADD COLUMN c int DEFAULT 5"},
	{class: "add column, constant default", sql: "ALTER TABLE t ADD COLUMN c numeric(10,2) NOT NULL DEFAULT (1 + 2) * 3.5"},
	{class: "add column, constant default", sql: "ALTER TABLE t ADD COLUMN c text[] NOT NULL DEFAULT '{}'::text[]"},
	{class: "add column, constant default", sql: "ALTER TABLE t ADD COLUMN c text DEFAULT lower('ABC') || md5('x')"},
	{class: "add column, constant default", sql: "ALTER TABLE t ADD COLUMN c jsonb DEFAULT '{\"a\": 1}'"},
	{class: "add column, constant default", sql: "ALTER TABLE t ADD COLUMN c mood DEFAULT 'sad'::mood", setup: "CREATE TYPE mood AS ENUM ('sad')"},
	{class: "add column", sql: "ALTER TABLE t ADD COLUMN c mood", setup: "CREATE TYPE mood AS ENUM ('sad')"},
	{class: "add column, stable default", sql: "ALTER TABLE t ADD COLUMN c timestamptz DEFAULT now()"},
	{class: "add column, stable default", sql: "ALTER TABLE t ADD COLUMN c timestamptz NOT NULL DEFAULT current_timestamp + interval '1 day'"},
	{class: "add column, stable default", sql: "ALTER TABLE t ADD COLUMN c text DEFAULT current_user"},
	{class: "add column, volatile default", sql: "ALTER TABLE t ADD COLUMN c timestamptz DEFAULT clock_timestamp()"},
	{class: "add column, volatile default", sql: "ALTER TABLE t ADD COLUMN c uuid DEFAULT gen_random_uuid()", since: 13},
	{class: "add column, volatile default", sql: "ALTER TABLE t ADD COLUMN c float8 DEFAULT random() * 3"},
	{class: "add column, volatile default", sql: "ALTER TABLE t ADD COLUMN c int DEFAULT f()", setup: "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'"},
	{class: "add column, not null without default", sql: "ALTER TABLE t ADD COLUMN c int NOT NULL", setup: "DELETE FROM t"},
	{class: "add column, serial", sql: "ALTER TABLE t ADD COLUMN c bigserial"},
	{class: "add column, identity", sql: "ALTER TABLE t ADD COLUMN c bigint GENERATED ALWAYS AS IDENTITY"},
	{class: "add column, generated", sql: "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (a + 1) STORED", since: 12},
	{class: "add column, domain or unknown type", sql: "ALTER TABLE t ADD COLUMN c pos", setup: "CREATE DOMAIN pos AS int CHECK (VALUE > 0)"},
	{class: "add column, check", sql: "ALTER TABLE t ADD COLUMN c int DEFAULT 1 CHECK (c > 0)"},
	{class: "add column, foreign key", sql: "ALTER TABLE t ADD COLUMN c int REFERENCES p (id) ON DELETE SET NULL"},
	{class: "add column, unique", sql: "ALTER TABLE t ADD COLUMN c int UNIQUE"},
	{class: "drop column", sql: "ALTER TABLE t DROP COLUMN a"},
	{class: "rename column", sql: "ALTER TABLE t RENAME a TO c"},
	{class: "change type, free", sql: "ALTER TABLE t ALTER COLUMN v TYPE varchar(20)"},
	{class: "change type, free", sql: "ALTER TABLE t ALTER v SET DATA TYPE text USING v::text"},
	{class: "change type, free", sql: "ALTER TABLE t ALTER COLUMN n TYPE numeric(12,2)"},
	{class: "change type, free", sql: "ALTER TABLE t ALTER COLUMN ts TYPE timestamptz", since: 12},
	{class: "change type, rewrite", sql: "ALTER TABLE t ALTER COLUMN ts TYPE timestamptz", setup: "SET timezone = 'Europe/Berlin'"},
	{class: "change type, indexes rebuilt", sql: "ALTER TABLE t ALTER COLUMN b TYPE text COLLATE \"POSIX\""},
	{class: "change type, rewrite", sql: "ALTER TABLE t ALTER COLUMN a TYPE bigint"},
	{class: "change type, rewrite", sql: "ALTER TABLE t ALTER COLUMN b TYPE varchar(100)"},
	{class: "change type, rewrite", sql: "ALTER TABLE t ALTER COLUMN a TYPE int USING a + 1"},
	{class: "set default", sql: "ALTER TABLE t ALTER COLUMN a SET DEFAULT random()"},
	{class: "drop default", sql: "ALTER TABLE t ALTER COLUMN a DROP DEFAULT"},
	{class: "set not null", sql: "ALTER TABLE t ALTER COLUMN a SET NOT NULL"},
	{class: "set not null", sql: "ALTER TABLE t ALTER COLUMN a SET NOT NULL", setup: "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID"},
	{class: "set not null", sql: "ALTER TABLE t ALTER COLUMN a SET NOT NULL", setup: "ALTER TABLE t ADD CONSTRAINT c CHECK (z IS NOT NULL)"},
	{class: "set not null", sql: "ALTER TABLE t ALTER COLUMN a SET NOT NULL", setup: "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL OR z > 0)"},
	{class: "set not null, proven by a check", sql: "ALTER TABLE t ALTER COLUMN a SET NOT NULL", setup: "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL)"},
	{class: "set not null, proven by a check", sql: "ALTER TABLE t ALTER COLUMN a SET NOT NULL", setup: "ALTER TABLE t ADD CONSTRAINT c CHECK (z > 0 AND a IS NOT NULL)"},
	{class: "drop not null", sql: "ALTER TABLE t ALTER COLUMN k DROP NOT NULL"},
	{class: "drop expression", sql: "ALTER TABLE t ALTER COLUMN g DROP EXPRESSION", setup: "ALTER TABLE t ADD g int GENERATED ALWAYS AS (a + 1) STORED", since: 13},
	{class: "set expression", sql: "ALTER TABLE t ALTER COLUMN g SET EXPRESSION AS (a + 2)", setup: "ALTER TABLE t ADD g int GENERATED ALWAYS AS (a + 1) STORED", since: 17},
	{class: "add identity", sql: "ALTER TABLE t ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY"},
	{class: "set identity", sql: "ALTER TABLE t ALTER COLUMN k SET GENERATED ALWAYS", setup: "ALTER TABLE t ALTER k ADD GENERATED BY DEFAULT AS IDENTITY"},
	{class: "set identity", sql: "ALTER TABLE t ALTER COLUMN k RESTART WITH 100", setup: "ALTER TABLE t ALTER k ADD GENERATED BY DEFAULT AS IDENTITY"},
	{class: "drop identity", sql: "ALTER TABLE t ALTER COLUMN k DROP IDENTITY", setup: "ALTER TABLE t ALTER k ADD GENERATED BY DEFAULT AS IDENTITY"},
	{class: "set statistics", sql: "ALTER TABLE t ALTER COLUMN a SET STATISTICS 500"},
	{class: "set column options", sql: "ALTER TABLE t ALTER COLUMN a SET (n_distinct = 5)"},
	{class: "set storage", sql: "ALTER TABLE t ALTER COLUMN b SET STORAGE EXTERNAL"},
	{class: "set compression", sql: "ALTER TABLE t ALTER COLUMN b SET COMPRESSION pglz", since: 14},

	{class: "rename table", sql: "ALTER TABLE t RENAME TO t9"},
	{class: "set schema", sql: "ALTER TABLE t SET SCHEMA elsewhere", setup: "CREATE SCHEMA IF NOT EXISTS elsewhere"},
	{class: "owner", sql: "ALTER TABLE t OWNER TO pg_monitor"},
	{class: "set storage parameters", sql: "ALTER TABLE t SET (fillfactor = 70, autovacuum_enabled = off)"},
	{class: "set logged or unlogged", sql: "ALTER TABLE t SET UNLOGGED"},
	{class: "replica identity", sql: "ALTER TABLE t REPLICA IDENTITY FULL"},
	{class: "replica identity", sql: "ALTER TABLE t REPLICA IDENTITY USING INDEX t_k"},
	{class: "row level security", sql: "ALTER TABLE t ENABLE ROW LEVEL SECURITY"},
	{class: "row level security", sql: "ALTER TABLE t NO FORCE ROW LEVEL SECURITY"},
	{class: "enable or disable trigger", sql: "ALTER TABLE t DISABLE TRIGGER ALL"},
	{class: "enable or disable rule", sql: "ALTER TABLE t DISABLE RULE r", setup: "CREATE RULE r AS ON DELETE TO t DO ALSO NOTHING"},
	{class: "cluster on", sql: "ALTER TABLE t CLUSTER ON t_b"},
	{class: "inherit", sql: "ALTER TABLE ch INHERIT p", setup: "CREATE TABLE ch (id int NOT NULL, v text)"},
	{class: "no inherit", sql: "ALTER TABLE ch NO INHERIT p", setup: "CREATE TABLE ch () INHERITS (p)"},
	{class: "attach partition", sql: "ALTER TABLE m ATTACH PARTITION m2 FOR VALUES FROM (10) TO (20)", setup: parts},
	{class: "detach partition", sql: "ALTER TABLE m DETACH PARTITION m1", setup: parts},
	{
		class: "detach partition concurrently", sql: "ALTER TABLE m DETACH PARTITION m1 CONCURRENTLY", setup: parts, since: 14,
		blocks: []string{"LOCK TABLE ONLY m IN SHARE UPDATE EXCLUSIVE MODE", "LOCK TABLE m1 IN ACCESS SHARE MODE"},
	},
	{class: "finalize detach", sql: "ALTER TABLE m DETACH PARTITION m1 FINALIZE", setup: parts, half: true, since: 14},

	{class: "add check", sql: "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)"},
	{class: "add check not valid", sql: "ALTER TABLE t ADD CHECK (a > 0) NOT VALID"},
	{class: "validate check", sql: "ALTER TABLE t VALIDATE CONSTRAINT c", setup: "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID"},
	{class: "add foreign key", sql: "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (p_id) REFERENCES p (id)"},
	{class: "add foreign key", sql: "ALTER TABLE t ADD COLUMN c int, ADD FOREIGN KEY (p_id) REFERENCES p"},
	{class: "add foreign key not valid", sql: "ALTER TABLE t ADD FOREIGN KEY (p_id) REFERENCES p ON DELETE CASCADE NOT VALID"},
	{class: "validate foreign key", sql: "ALTER TABLE t VALIDATE CONSTRAINT c", setup: "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (p_id) REFERENCES p NOT VALID"},
	{class: "add unique", sql: "ALTER TABLE t ADD CONSTRAINT c UNIQUE (p_id)"},
	{class: "add primary key", sql: "ALTER TABLE t ADD PRIMARY KEY (k)", setup: "ALTER TABLE t DROP CONSTRAINT t_pkey"},
	{class: "add exclusion", sql: "ALTER TABLE t ADD CONSTRAINT c EXCLUDE USING btree (p_id WITH =)"},
	{class: "add unique using index", sql: "ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX t_k"},
	{class: "add primary key using index", sql: "ALTER TABLE t ADD PRIMARY KEY USING INDEX t_a", setup: "ALTER TABLE t DROP CONSTRAINT t_pkey"},
	{class: "add primary key using index, columns not null", sql: "ALTER TABLE t ADD PRIMARY KEY USING INDEX t_k", setup: "ALTER TABLE t DROP CONSTRAINT t_pkey"},
	{class: "drop constraint", sql: "ALTER TABLE t DROP CONSTRAINT c", setup: "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)"},
	{class: "drop constraint", sql: "ALTER TABLE t DROP CONSTRAINT IF EXISTS t_pkey"},
	{class: "drop foreign key", sql: "ALTER TABLE t DROP CONSTRAINT c", setup: "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (p_id) REFERENCES p"},
	{class: "alter constraint", sql: "ALTER TABLE t ALTER CONSTRAINT c DEFERRABLE", setup: "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (p_id) REFERENCES p"},
	{class: "rename constraint", sql: "ALTER TABLE t RENAME CONSTRAINT t_pkey TO c"},

	{class: "create index", sql: "CREATE INDEX c ON t (a)"},
	{class: "create index", sql: "CREATE INDEX ON t USING btree (lower(b), a DESC) WHERE a > 0"},
	{class: "create unique index", sql: "CREATE UNIQUE INDEX c ON t (k) INCLUDE (a)"},
	{class: "create index concurrently", sql: "CREATE INDEX CONCURRENTLY c ON t (a)"},
	{class: "create unique index concurrently", sql: "CREATE UNIQUE INDEX CONCURRENTLY c ON t (k)"},
	{class: "drop index", sql: "DROP INDEX t_b"},
	{class: "drop index concurrently", sql: "DROP INDEX CONCURRENTLY t_b"},
	{class: "reindex index", sql: "REINDEX INDEX t_b"},
	{class: "reindex table", sql: "REINDEX TABLE t"},
	{class: "reindex index concurrently", sql: "REINDEX INDEX CONCURRENTLY t_b", since: 12},
	{class: "reindex table concurrently", sql: "REINDEX (VERBOSE) TABLE CONCURRENTLY t", since: 12},
	{class: "rename index", sql: "ALTER INDEX t_b RENAME TO c"},
	{class: "set index options", sql: "ALTER INDEX t_b SET (fillfactor = 70)"},
	{class: "attach index", sql: "ALTER INDEX m_x ATTACH PARTITION m1_x", setup: parts + "CREATE INDEX m_x ON ONLY m (x); CREATE INDEX m1_x ON m1 (x)"},

	{class: "create table", sql: "CREATE TABLE c (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x text NOT NULL DEFAULT 'x', UNIQUE (x), CHECK (x <> ''))"},
	{class: "create table, foreign key", sql: "CREATE TABLE c (id int PRIMARY KEY, t_id int NOT NULL REFERENCES t ON DELETE CASCADE, FOREIGN KEY (id) REFERENCES p (id))"},
	{class: "create table, partition", sql: "CREATE TABLE c PARTITION OF m FOR VALUES FROM (10) TO (20)", setup: parts},
	{class: "create table, inherits", sql: "CREATE TABLE c (more int) INHERITS (p)"},
	{class: "create table as", sql: "CREATE TABLE c AS SELECT t.id FROM t JOIN p ON p.id = t.p_id", scan: reads},
	{class: "drop table", sql: "DROP TABLE t"},
	{class: "drop table", sql: "DROP TABLE IF EXISTS t", setup: "ALTER TABLE t ADD FOREIGN KEY (p_id) REFERENCES p"},
	{class: "create view", sql: "CREATE VIEW w AS SELECT id FROM t"},
	{class: "replace view", sql: "CREATE OR REPLACE VIEW w AS SELECT id, a FROM t", setup: "CREATE VIEW w AS SELECT id FROM t"},
	{class: "drop view", sql: "DROP VIEW w", setup: "CREATE VIEW w AS SELECT id FROM t"},
	{class: "rename view", sql: "ALTER VIEW w RENAME TO w2", setup: "CREATE VIEW w AS SELECT id FROM t"},
	{class: "create materialized view", sql: "CREATE MATERIALIZED VIEW w AS SELECT id FROM t", scan: reads},
	{class: "refresh materialized view", sql: "REFRESH MATERIALIZED VIEW mv", setup: mview, scan: reads},
	{class: "refresh materialized view concurrently", sql: "REFRESH MATERIALIZED VIEW CONCURRENTLY mv", setup: mview, scan: reads},
	{class: "drop materialized view", sql: "DROP MATERIALIZED VIEW mv", setup: mview},
	{class: "create sequence", sql: "CREATE SEQUENCE c"},
	{class: "alter sequence", sql: "ALTER SEQUENCE s RESTART WITH 100", setup: "CREATE SEQUENCE s"},
	{class: "drop sequence", sql: "DROP SEQUENCE s", setup: "CREATE SEQUENCE s"},
	{class: "create type", sql: "CREATE TYPE mood AS ENUM ('sad')"},
	{class: "add enum value", sql: "ALTER TYPE mood ADD VALUE 'ok' AFTER 'sad'", setup: "CREATE TYPE mood AS ENUM ('sad')"},
	{class: "rename enum value", sql: "ALTER TYPE mood RENAME VALUE 'sad' TO 'ok'", setup: "CREATE TYPE mood AS ENUM ('sad')"},
	{class: "rename type", sql: "ALTER TYPE mood RENAME TO moods", setup: "CREATE TYPE mood AS ENUM ('sad')"},
	{class: "drop type", sql: "DROP TYPE mood", setup: "CREATE TYPE mood AS ENUM ('sad')"},
	{class: "create function", sql: "CREATE FUNCTION g() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$"},
	{class: "drop function", sql: "DROP FUNCTION g()", setup: "CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1'"},
	{class: "create schema", sql: "CREATE SCHEMA another"},
	{class: "create extension", sql: "CREATE EXTENSION IF NOT EXISTS plpgsql"},
	{class: "create trigger", sql: "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"},
	{class: "drop trigger", sql: "DROP TRIGGER g ON t", setup: trigger},
	{class: "rename trigger", sql: "ALTER TRIGGER g ON t RENAME TO h", setup: trigger},
	{class: "create rule", sql: "CREATE RULE r AS ON DELETE TO t DO ALSO NOTHING"},
	{class: "drop rule", sql: "DROP RULE r ON t", setup: "CREATE RULE r AS ON DELETE TO t DO ALSO NOTHING"},
	{class: "create policy", sql: "CREATE POLICY r ON t USING (true)"},
	{class: "drop policy", sql: "DROP POLICY r ON t", setup: "CREATE POLICY r ON t USING (true)"},
	{class: "drop statistics", sql: "DROP STATISTICS st", setup: "CREATE STATISTICS st ON a, b FROM t", words: "the table of st"},
	{class: "create statistics", sql: "CREATE STATISTICS st ON a, b FROM t"},
	{class: "comment on table or column", sql: "COMMENT ON COLUMN t.a IS 'x'"},
	{class: "comment on table or column", sql: "COMMENT ON TABLE t IS 'x'"},
	{class: "comment on constraint", sql: "COMMENT ON CONSTRAINT t_pkey ON t IS 'x'"},
	{class: "comment on another object", sql: "COMMENT ON SCHEMA public IS 'x'"},
	{class: "grant or revoke", sql: "GRANT SELECT ON t TO PUBLIC"},
	{class: "lock table", sql: "LOCK TABLE t"},

	{class: "select", sql: "SELECT id FROM t WHERE id = 1", scan: reads},
	{class: "select", sql: "SELECT count(*) FROM t x, p AS y LEFT JOIN mv ON mv.id = y.id", setup: mview, scan: reads},
	{class: "select for update", sql: "SELECT id FROM t WHERE id = 1 FOR UPDATE", scan: reads},
	{class: "insert", sql: "INSERT INTO t (id, k) VALUES (100, 100)", scan: reads},
	{class: "insert from a query", sql: "INSERT INTO t (id, k) SELECT id + 100, id + 100 FROM p", scan: reads},
	{class: "update", sql: "UPDATE t SET a = 0 WHERE id = 1", scan: reads},
	{class: "update, whole table", sql: "UPDATE t SET z = 0", scan: reads},
	{class: "delete", sql: "DELETE FROM t WHERE id = 1", scan: reads},
	{class: "delete, whole table", sql: "DELETE FROM t", scan: reads},
	{class: "copy in", sql: "COPY t (id, k) FROM '/dev/null'", scan: reads},
	{class: "copy out", sql: "COPY t TO '/dev/null'", scan: reads},
	{class: "truncate", sql: "TRUNCATE t", scan: reads},
	{class: "cluster", sql: "CLUSTER t USING t_b", scan: lookups},
	{class: "vacuum", sql: "VACUUM (ANALYZE) t"},
	{class: "vacuum full", sql: "VACUUM FULL t"},
	{class: "analyze", sql: "ANALYZE t", scan: reads},
	{class: "set a sequence's value", sql: "SELECT setval('s', 100)", setup: "CREATE SEQUENCE s"},
	{class: "session", sql: "SET LOCAL lock_timeout = '1s'"},
}

const trigger = `CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();`
