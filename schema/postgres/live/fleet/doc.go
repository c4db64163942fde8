// Package fleet lets the versions of a plan run on a real PostgreSQL, and carries the plan out under them.
//
// What a version does is read off its footprint: it reads the columns that [schema.Version] says it reads, writes the
// columns that it says it writes, in as many transactions as it says, and sends and reads messages by an outbox table.
// So any plan about columns, tables and topics can be tried, a wrong one too. Beside the
// server a [Fleet] keeps what was written last to every record: a request that fails counts as failed, a read
// that answers anything else as stale, a message that nobody took as unread.
//
// [Driver] carries out a plan step by step: it asks what a step needs, of the server or of the fleet, has
// package carry send what package postgres renders, and rolls out versions. It remembers nothing: a new one
// looks where the plan is and goes on.
//
// Calls and blobs, indirect conversions and tables that change their name are left out.
package fleet
