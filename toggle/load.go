package toggle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Options say how a set is compiled.
type Options struct {
	// Environment chooses among the environments of each flag. Empty, or one that a flag
	// does not name, is the flag's own settings.
	Environment string
	// Previous is the snapshot before this one: a flag that is broken now stays as it was
	// there, if it was right there. Nil is none.
	Previous *Snapshot
}

// maxAsked bounds how many flags one evaluation asks, itself included.
const maxAsked = 1000

// Load reads a set and compiles it. Flags that are wrong, in form or content, do not keep
// the others from being evaluated: the error has a FieldError for everything that is wrong
// (see [FieldError]), and the snapshot goes without those flags, or has them as they were
// before. It is nil if the input is not an object of segments and flags at all; whoever has
// a snapshot then goes on with that one.
func Load(data []byte, o Options) (*Snapshot, error) {
	var raw struct {
		Segments map[string]json.RawMessage `json:"segments"`
		Flags    map[string]json.RawMessage `json:"flags"`
	}
	if err := strict.Decode(data, maxSet, nil, &raw); err != nil {
		return nil, err
	}
	var problems strict.Problems
	set := Set{Segments: map[string]Condition{}, Flags: map[string]Flag{}}
	broken := map[string]bool{}
	for _, n := range names(raw.Segments) {
		var c Condition
		if err := strict.Decode(raw.Segments[n], maxSet, nil, &c); err != nil {
			problems.Join(strict.At("segments", n), err)
			continue // whoever names it is told that it is not there
		}
		set.Segments[n] = c
	}
	for _, n := range names(raw.Flags) {
		var f Flag
		if err := strict.Decode(raw.Flags[n], maxSet, nil, &f); err != nil {
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
// the snapshot, which is never nil, has the flags that are right.
func Compile(set Set, o Options) (*Snapshot, error) {
	var problems strict.Problems
	data, err := set.MarshalJSON()
	problems.Join("", err)
	s := compile(&set, o, nil, &problems)
	s.digest = digest(data)
	return s, problems.Err()
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
		if err := own.Err(); err != nil || f == nil {
			problems.Join("", err)
			f = o.Previous.lastGood(n, &data)
		}
		s.add(f)
	}
	s.link(problems)
	return s
}

func (s *Snapshot) add(f *flag) {
	s.flags[f.name] = f
	s.list = append(s.list, f)
}

// lastGood is a flag that is broken now, as it was before.
func (s *Snapshot) lastGood(name string, data *Flag) *flag {
	if s != nil && s.base != nil {
		s = s.base
	}
	if s != nil && s.flags[name] != nil && !s.flags[name].broken {
		f := *s.flags[name]
		return &f
	}
	return brokenFlag(name, data)
}

func brokenFlag(name string, data *Flag) *flag {
	return &flag{name: name, data: *data, broken: true, fixed: failed(FlagBroken, "flag "+name+" is broken: see what was wrong when it was loaded")}
}

// link finds the flags of prerequisites, and breaks flags that lead back to themselves.
func (s *Snapshot) link(problems *strict.Problems) {
	for _, f := range s.list {
		for i := range f.phases {
			ph := &f.phases[i]
			ph.prerequisites = append([]prerequisite(nil), ph.prerequisites...)
			for j := range ph.prerequisites {
				q := &ph.prerequisites[j]
				q.flag = s.place(q.name)
			}
		}
	}
	w := walk{s: s, asked: make([]int, len(s.list))}
	for i := range s.list {
		w.visit(i)
	}
	for i, f := range s.list {
		switch {
		case w.asked[i] == cyclic:
			problems.Add(strict.At("flags", f.name)+".prerequisites", nil, "must not lead back to the flag")
		case w.asked[i] > maxAsked:
			problems.Add(strict.At("flags", f.name)+".prerequisites", nil, fmt.Sprintf("must lead to at most %d evaluations", maxAsked))
		default:
			continue
		}
		*f = *brokenFlag(f.name, &f.data)
	}
}

// cyclic is what walk.asked says of a flag that leads back to itself.
const cyclic = -2

// walk counts how many flags the evaluation of each asks.
type walk struct {
	s     *Snapshot
	asked []int // -1 while it is counted
	path  []int
}

// visit counts the flags that one asks, and finds out whether time matters.
func (w *walk) visit(at int) {
	switch {
	case w.asked[at] > 0 || w.asked[at] == cyclic:
		return
	case w.asked[at] == -1:
		for i := len(w.path) - 1; ; i-- { // all from its first visit on
			w.asked[w.path[i]] = cyclic
			if w.path[i] == at {
				return
			}
		}
	}
	w.asked[at], w.path = -1, append(w.path, at)
	n, f := 1, w.s.list[at]
	f.timed = len(f.phases) > 1
	for i := range f.phases {
		ph := &f.phases[i]
		f.timed = f.timed || ph.timed()
		phase := 1
		for j := range ph.prerequisites {
			if q := ph.prerequisites[j].flag; q >= 0 {
				w.visit(q)
				phase = min(phase+max(w.asked[q], 1), maxAsked+1)
				f.timed = f.timed || w.s.list[q].timed
			}
		}
		n = max(n, phase)
	}
	w.path = w.path[:len(w.path)-1]
	if w.asked[at] != cyclic {
		w.asked[at] = n
	}
}

// timed says whether a condition looks at the time.
func (p *phase) timed() bool {
	for i := range p.rules {
		if p.rules[i].when.timed() {
			return true
		}
	}
	return false
}

func (n *node) timed() bool {
	if n.from == fromNow {
		return true
	}
	for i := range n.kids {
		if n.kids[i].timed() {
			return true
		}
	}
	return false
}
