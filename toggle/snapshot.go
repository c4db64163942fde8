package toggle

import (
	"slices"
	"strings"
	"time"
)

// Snapshot is a compiled flag set of one environment. It never changes, and is safe for
// concurrent use. The zero value has no flags, and neither has a nil one: whoever evaluates
// one there is told that none were loaded yet.
type Snapshot struct {
	flags       map[string]*flag
	list        []*flag // sorted by name
	environment string
	digest      string
	base        *Snapshot // without changes; nil if there are none
}

var (
	missing  = failed(FlagNotFound, "there is no such flag") // never written
	notReady = failed(NotReady, "no flags were loaded yet")  // never written
)

// Environment is the environment that the snapshot was compiled for.
func (s *Snapshot) Environment() string {
	if s == nil {
		return ""
	}
	return s.environment
}

// Digest names what the snapshot was compiled from: "sha256:" and 64 hexadecimal digits.
// It is that of the set as it is written, without changes.
func (s *Snapshot) Digest() string {
	if s == nil {
		return ""
	}
	return s.digest
}

// Names are the names of the flags in their order, those that are broken included.
func (s *Snapshot) Names() []string {
	if s == nil {
		return nil
	}
	all := make([]string, len(s.list))
	for i, f := range s.list {
		all[i] = f.name
	}
	return all
}

// Flag is a flag as it was written. Of one that is broken it is what could be read. It must
// not be written to.
func (s *Snapshot) Flag(name string) (Flag, bool) {
	if f := s.Handle(name).flag; f != nil {
		return f.data, true
	}
	return Flag{}, false
}

// Timed says whether what a flag serves depends on the time. The caller of an evaluation
// may give any time if it does not.
func (s *Snapshot) Timed(name string) bool { return s.Handle(name).Timed() }

// Handle finds a flag once, for many evaluations in this snapshot. There is one also for a
// flag that is not there.
func (s *Snapshot) Handle(name string) Handle {
	if s == nil {
		return Handle{}
	}
	return Handle{s, s.flags[name]}
}

// Evaluate says what a flag serves to a subject at a time. A nil subject is the zero one.
func (s *Snapshot) Evaluate(name string, sub *Subject, now time.Time) Result {
	return *s.Handle(name).evaluate(sub, now)
}

// Bool is the value of a boolean flag, or otherwise, if it cannot be evaluated.
func (s *Snapshot) Bool(name string, sub *Subject, now time.Time, otherwise bool) bool {
	return s.Handle(name).Bool(sub, now, otherwise)
}

// Text is the value of a string flag, or otherwise, if it cannot be evaluated.
func (s *Snapshot) Text(name string, sub *Subject, now time.Time, otherwise string) string {
	return s.Handle(name).Text(sub, now, otherwise)
}

// Num is the value of a number flag, or otherwise, if it cannot be evaluated.
func (s *Snapshot) Num(name string, sub *Subject, now time.Time, otherwise float64) float64 {
	return s.Handle(name).Num(sub, now, otherwise)
}

// JSON is the value of a JSON flag as text, or otherwise, if it cannot be evaluated.
func (s *Snapshot) JSON(name string, sub *Subject, now time.Time, otherwise string) string {
	return s.Handle(name).JSON(sub, now, otherwise)
}

// Handle is a flag of one snapshot. The zero value is of no snapshot, and not ready.
type Handle struct {
	snapshot *Snapshot
	flag     *flag
}

// Of says whether the handle was made by this snapshot, and not by one before it.
func (h Handle) Of(s *Snapshot) bool { return h.snapshot == s }

// Timed says whether what the flag serves depends on the time.
func (h Handle) Timed() bool { return h.flag != nil && h.flag.timed }

func (h Handle) evaluate(sub *Subject, now time.Time) result {
	switch {
	case h.flag == nil && h.snapshot == nil:
		return notReady
	case h.flag == nil:
		return missing
	case h.flag.fixed != nil:
		return h.flag.fixed
	}
	if sub == nil {
		sub = &nobody
	}
	return h.flag.evaluate(h.snapshot, sub, now)
}

// Evaluate says what the flag serves to a subject at a time. A nil subject is the zero one.
func (h Handle) Evaluate(sub *Subject, now time.Time) Result { return *h.evaluate(sub, now) }

// Look is Evaluate without the copy. The result is shared by all evaluations that end with
// it, and must not be written to: within one snapshot the same pointer is the same answer.
func (h Handle) Look(sub *Subject, now time.Time) *Result { return h.evaluate(sub, now) }

// Fixed is what Look returns for every subject at any time, or nil if that depends.
func (h Handle) Fixed() *Result {
	if h.flag == nil || h.flag.fixed != nil {
		return h.evaluate(nil, time.Time{})
	}
	return nil
}

// Bool is the value of a boolean flag, or otherwise, if it cannot be evaluated.
func (h Handle) Bool(sub *Subject, now time.Time, otherwise bool) bool {
	if v := &h.evaluate(sub, now).Value; v.of == Boolean {
		return v.bits != 0
	}
	return otherwise
}

// Text is the value of a string flag, or otherwise, if it cannot be evaluated.
func (h Handle) Text(sub *Subject, now time.Time, otherwise string) string {
	if v := &h.evaluate(sub, now).Value; v.of == String {
		return v.text
	}
	return otherwise
}

// Num is the value of a number flag, or otherwise, if it cannot be evaluated.
func (h Handle) Num(sub *Subject, now time.Time, otherwise float64) float64 {
	if v := &h.evaluate(sub, now).Value; v.of == Number {
		return v.Num()
	}
	return otherwise
}

// JSON is the value of a JSON flag as text, or otherwise, if it cannot be evaluated.
func (h Handle) JSON(sub *Subject, now time.Time, otherwise string) string {
	if v := &h.evaluate(sub, now).Value; v.of == JSON {
		return v.text
	}
	return otherwise
}

// place is where a flag is in the list; -1 if it is not there.
func (s *Snapshot) place(name string) int {
	i, ok := slices.BinarySearchFunc(s.list, name, func(f *flag, name string) int {
		return strings.Compare(f.name, name)
	})
	if !ok {
		return -1
	}
	return i
}
