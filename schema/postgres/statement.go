package postgres

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Statement is what is sent to the server at once: one or more commands, their transaction, and all that is needed to
// carry them out safely and to find out, at any time, whether that was done. It is data.
type Statement struct {
	Step string   `json:"step,omitempty"` // the step of the plan it belongs to
	SQL  []string `json:"sql"`            // commands, without semicolons, in this order
	// Tx is OwnTx, one READ COMMITTED transaction for all commands and nothing else, or OutsideTx.
	Tx TxRule `json:"tx"`
	// LockTimeout is how long it may wait for a lock: whoever waits makes all behind it wait. StatementTimeout
	// is how long each command may take. Neither is ever zero.
	LockTimeout      time.Duration `json:"lockTimeout"`
	StatementTimeout time.Duration `json:"statementTimeout"`
	Retry            Retry         `json:"retry"`
	// Before must hold when it begins; else it is not carried out.
	Before []Query `json:"before,omitempty"`
	// Done holds if and only if what the statement does has been done, by whomever, later statements of the same step included. That
	// something of the name exists is never enough. For Repeat it may also not hold although it was done.
	Done Query `json:"done"`
	// Leftover is what a try that failed may leave behind.
	Leftover *Leftover `json:"leftover,omitempty"`
	// Batch is set if SQL is one command that is repeated, each time from where it came to.
	Batch *Batch `json:"batch,omitempty"`
	// Await is what must have been waited for before, in words; empty is nothing.
	Await string `json:"await,omitempty"`
	// Loses is what is gone for good afterwards, in words; empty is nothing.
	Loses string `json:"loses,omitempty"`
	// Undo takes it back, as long as nothing that follows has been done. If it is nil, nothing does.
	Undo *Statement `json:"undo,omitempty"`
	Why  string     `json:"why,omitempty"`
}

// Retry says what may be done when a try failed or nobody knows how it ended. In each case Done is asked first.
type Retry string

// The rules.
const (
	Atomic    Retry = "atomic"    // all or nothing was done: try again
	Resumable Retry = "resumable" // what was done stays done: go on, from any cursor at or before the last one
	Cleanup   Retry = "cleanup"   // half may have been done: remove the leftover, then try again
	Repeat    Retry = "repeat"    // doing it again changes nothing: success is known only from the server's reply
)

// Query asks the server one thing; the answer is one row.
type Query struct {
	SQL  string   `json:"sql"`
	Args []string `json:"args,omitempty"` // texts; the server infers the types
}

// Leftover is what a failed try leaves: an index that is not valid, which slows down writes and, if it is unique, refuses some.
type Leftover struct {
	Found Query    `json:"found"` // it is there
	Busy  Query    `json:"busy"`  // somebody may still be at it, after a lost connection, say: wait
	SQL   []string `json:"sql"`   // removes it, each command outside a transaction
}

// Batch is how a backfill goes on. The command returns one row of texts: how many rows it looked at, how
// many of them it wrote, and the new position, one text for each column of the key, null if it looked at none.
// Then, and only then, the pass is over. Positions never pass through a computation outside the server.
type Batch struct {
	// First is the command of the first batch; SQL is that of all others.
	First string `json:"first"`
	// Key is how many columns the position has. Arguments of SQL are the position and the limit ($1, $2, ..., the limit last),
	// of First the limit alone.
	Key int `json:"key"`
	// Limit is how many rows a batch looks at.
	Limit int `json:"limit"`
	// As is the value of the setting gradatim.backfill in the transaction. By it the trigger that goes the other way knows that no
	// version wrote this, and does not write back what may have lost meaning.
	As string `json:"as"`
}

// Script is all that is sent, in order, on one connection: the transaction and the timeouts too. If a command fails the
// connection is rolled back, or dropped.
func (s Statement) Script() []string {
	lock := fmt.Sprintf("lock_timeout = '%dms'", s.LockTimeout.Milliseconds())
	each := fmt.Sprintf("statement_timeout = '%dms'", s.StatementTimeout.Milliseconds())
	if s.Tx == OutsideTx {
		return slices.Concat([]string{"SET " + lock, "SET " + each}, s.SQL, []string{"RESET lock_timeout", "RESET statement_timeout"})
	}
	begin := []string{"BEGIN ISOLATION LEVEL READ COMMITTED", "SET LOCAL " + lock, "SET LOCAL " + each}
	if s.Batch != nil {
		as, _ := Literal(s.Batch.As) // a text that cannot be sent is no setting
		begin = append(begin, "SET LOCAL gradatim.backfill = "+strings.TrimSpace(as))
	}
	return slices.Concat(begin, s.SQL, []string{"COMMIT"})
}

// ask makes a query of conditions that must all hold.
func ask(conditions ...string) Query {
	return Query{SQL: "SELECT " + strings.Join(conditions, "\n   AND ")}
}
