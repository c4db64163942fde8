// Package postgres knows what statements do to a PostgreSQL that people use: which locks they take, whether they write a
// table anew, and what is missing to run them safely. It connects to nothing.
//
// [Lint] reads one statement, [LintAll] a script with its transactions. What they do not know they call unknown, and
// then say the worst; they never call it safe. [Classes] is the data they rest on, for versions 11 to 17: one row for
// each kind of statement, with the versions on which it is measured. [Convert] says of a change of type what is written
// anew, and what becomes of the values there and back.
//
// The tests of schema/postgres/live compare each row and each conversion with a real server.
package postgres
