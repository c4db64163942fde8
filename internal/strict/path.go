package strict

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// joinPath puts one path behind another.
func joinPath(before, after string) string {
	switch {
	case before == "":
		return after
	case after == "" || after[0] == '[':
		return before + after
	}
	return before + "." + after
}

// step is one step down into a value: to a key of an object, or to an index of a list.
type step struct {
	key   string
	index int
	list  bool
}

// String writes a key that could be mistaken for something else in brackets and quotes: labels["app.io/name"].
func (s step) String() string {
	switch {
	case s.list:
		return "[" + strconv.Itoa(s.index) + "]"
	case plain(s.key):
		return cut(s.key)
	}
	return "[" + quote(s.key) + "]"
}

func plain(key string) bool {
	odd := func(r rune) bool {
		return strings.ContainsRune(`.[]":`, r) || !unicode.IsGraphic(r) || unicode.IsSpace(r)
	}
	return key != "" && utf8.ValidString(key) && !strings.ContainsFunc(key, odd)
}

// report is where a walk through a value stands and what it found. The path is only written out for a problem.
type report struct {
	at       []step
	problems Problems
}

func (r *report) key(name string) { r.at = append(r.at, step{key: name}) }
func (r *report) index(i int)     { r.at = append(r.at, step{index: i, list: true}) }
func (r *report) back()           { r.at = r.at[:len(r.at)-1] }
func (r *report) top() bool       { return len(r.at) == 0 }

func (r *report) add(value any, rule string) {
	if r.problems.full() {
		r.problems.more++
		return
	}
	r.problems.Add(r.path(), value, rule)
}

// join adds the errors in err, which came from the value the walk is at.
func (r *report) join(err error) {
	if err != nil {
		r.problems.Join(r.path(), err)
	}
}

func (r *report) path() string {
	path := ""
	for _, s := range r.at {
		path = joinPath(path, s.String())
	}
	return path
}

// At is the path of what an object at path has under key, as Decode writes it.
func At(path, key string) string {
	s := step{key: key}.String()
	return joinPath(path, s)
}
