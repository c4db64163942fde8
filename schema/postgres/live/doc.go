// Package live compares what package postgres says of statements with what a real PostgreSQL does, and has no other code.
//
// Each statement of the table goes through the linter as text, with a catalog that is read from the server, and then to
// the server. What must be the same: the strongest lock on each table in pg_locks, that of the index where the class
// names one, whether relfilenode of a table or of an index changed, whether a table was read whole
// (pg_stat_xact_user_tables), and whether a transaction block is refused. Each conversion of Convert is made by ALTER
// TABLE, empty for the rewrite, and with its witness, or with the extreme values of its type, for the verdict.
//
// The server is started by internal/pgserver; without one the tests skip and say which command provides it.
package live
