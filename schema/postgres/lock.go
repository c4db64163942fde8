package postgres

import "slices"

// Lock is a mode of the server's table locks, as pg_locks names it without "Lock" at its end. The zero value is none.
type Lock string

// The modes, from weakest to strongest ("Explicit Locking" in the manual).
const (
	NoLock               Lock = ""
	AccessShare          Lock = "AccessShare"
	RowShare             Lock = "RowShare"
	RowExclusive         Lock = "RowExclusive"
	ShareUpdateExclusive Lock = "ShareUpdateExclusive"
	Share                Lock = "Share"
	ShareRowExclusive    Lock = "ShareRowExclusive"
	Exclusive            Lock = "Exclusive"
	AccessExclusive      Lock = "AccessExclusive"
)

// modes is the order of the locks (never written).
var modes = []Lock{
	NoLock, AccessShare, RowShare, RowExclusive, ShareUpdateExclusive, Share, ShareRowExclusive, Exclusive, AccessExclusive,
}

func (l Lock) level() int { return slices.Index(modes, l) }

// Conflicts reports whether one transaction waits for the other if each takes one of the locks on the same table. A mode
// that does not exist conflicts with everything.
func (l Lock) Conflicts(other Lock) bool {
	a, b := l.level(), other.level()
	if a < 0 || b < 0 {
		return true
	}
	return a >= first[b] && (l != Share || other != Share)
}

// first is, for each mode, the weakest that conflicts with it; all that are stronger do so too, but for Share with
// itself (never written).
var first = []int{9, 8, 7, 5, 4, 3, 3, 2, 1}

// BlocksReads reports whether a plain SELECT waits for the lock.
func (l Lock) BlocksReads() bool { return l.Conflicts(AccessShare) }

// BlocksWrites reports whether INSERT, UPDATE and DELETE wait for the lock.
func (l Lock) BlocksWrites() bool { return l.Conflicts(RowExclusive) }

// BlocksDDL reports whether statements that change the table's definition in the mildest way wait for the lock, and
// VACUUM with them.
func (l Lock) BlocksDDL() bool { return l.Conflicts(ShareUpdateExclusive) }

// stronger is the stronger of two locks.
func stronger(a, b Lock) Lock {
	if b.level() > a.level() {
		return b
	}
	return a
}
