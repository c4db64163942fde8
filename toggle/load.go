package toggle

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Options say how a set is compiled.
type Options struct {
	// Environment chooses among the environments of each flag. Empty, or one that a flag
	// does not name, is the flag's own settings.
	Environment string
	// Previous is the snapshot before this one: a flag that is broken now stays as it was
	// there, if it was right there. Nil is none, and so is one of another environment.
	Previous *Snapshot
}

// Load reads a set and compiles it. Flags that are wrong, in form or content, do not keep
// the others from being evaluated: the error has a FieldError for everything that is wrong
// (see [FieldError]), and the snapshot goes without those flags, or has them as they were
// before. It is nil if the input is not an object of segments and flags at all; whoever has
// a snapshot then goes on with that one.
func Load(data []byte, o Options) (*Snapshot, error) {
	raw, err := split(data)
	if err != nil {
		return nil, err
	}
	var problems strict.Problems
	set := Set{Segments: map[string]Condition{}, Flags: map[string]Flag{}}
	broken := map[string]bool{}
	for _, n := range names(raw.Segments) {
		var c Condition
		if err := raw.Segments[n].decode(c.UnmarshalJSON); err != nil {
			problems.Join(strict.At("segments", n), err)
			continue // whoever names it is told that it is not there
		}
		set.Segments[n] = c
	}
	for _, n := range names(raw.Flags) {
		var f Flag
		if err := raw.Flags[n].decode(func(data []byte) error { return strict.Decode(data, maxSet, nil, &f) }); err != nil {
			problems.Join(strict.At("flags", n), err)
			broken[n] = true
		}
		set.Flags[n] = f
	}
	s := compile(&set, o, broken, &problems)
	s.digest = digest(data)
	return s, problems.Err()
}

// Compile checks a set and makes it ready. As with Load, what is wrong is in the error, and
// the snapshot, which is never nil, has the flags that are right: what could not be written
// as JSON is wrong, too.
func Compile(set Set, o Options) (*Snapshot, error) {
	var problems strict.Problems
	data, err := set.MarshalJSON()
	var broken map[string]bool
	if problems.Join("", err); err != nil {
		set, broken = set.unwritten()
		data = []byte(err.Error()) // two sets that are wrong in different ways are two
	}
	s := compile(&set, o, broken, &problems)
	s.digest = digest(data)
	return s, problems.Err()
}

// unwritten is the set without the segments that cannot be written, and the names of the
// flags that cannot be.
func (s Set) unwritten() (Set, map[string]bool) {
	broken := map[string]bool{}
	for _, n := range names(s.Flags) {
		if _, err := (Set{Flags: map[string]Flag{n: s.Flags[n]}}).MarshalJSON(); err != nil {
			broken[n] = true
		}
	}
	s.Segments = maps.Clone(s.Segments)
	maps.DeleteFunc(s.Segments, func(n string, c Condition) bool { // order does not matter: each is asked alone
		_, err := (Set{Segments: map[string]Condition{n: c}}).MarshalJSON()
		return err != nil
	})
	return s, broken
}

// Validate reports everything that is wrong with a set.
func (s Set) Validate() error {
	_, err := Compile(s, Options{})
	return err
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func compile(set *Set, o Options, broken map[string]bool, problems *strict.Problems) *Snapshot {
	c := &conditions{segments: set.Segments, done: map[string]*node{}, problems: problems}
	var aside strict.Problems
	for _, n := range names(set.Segments) {
		c.segment(n, place{&aside, ""}) // what is wrong with it is told of the segment
	}
	s := &Snapshot{environment: o.Environment, flags: make(map[string]*flag, len(set.Flags))}
	for _, n := range names(set.Flags) {
		data := set.Flags[n]
		var own strict.Problems
		p := place{&own, strict.At("flags", n)}
		if n == "" {
			p.add(nil, "must have a name")
		}
		var f *flag
		if !broken[n] {
			f = compileFlag(n, &data, o.Environment, c, p)
		}
		if f == nil {
			problems.Join("", own.Err())
			f = s.lastGood(o.Previous, n, &data)
		}
		s.add(f)
	}
	s.link(o.Previous, problems)
	return s
}

func (s *Snapshot) add(f *flag) {
	s.flags[f.name] = f
	s.list = append(s.list, f)
}
