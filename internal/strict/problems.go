package strict

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// maxProblems is how many problems are kept and shown; the others are only counted.
const maxProblems = 100

// Problems collects all that is wrong with one input. The zero value is ready. The first 100 problems are kept, the
// others are counted. It is not safe for concurrent use.
type Problems struct {
	kept []*FieldError
	more int
}

// Add adds one problem. A string value is shown in quotes, any other as fmt.Sprint shows it, both cut at 80 runes; nil
// is no value.
func (p *Problems) Add(path string, value any, rule string) {
	if p.full() {
		p.more++ // before anything is rendered: a flood of problems stays cheap
		return
	}
	p.kept = append(p.kept, &FieldError{Path: path, Value: render(value), Rule: rule})
}

// Join adds every error in err, with path put before the path of each: "a" and "b" make "a.b", "a" and "[2]" make
// "a[2]". Joined errors are taken apart; of an error that wraps FieldErrors only these are taken, and an error without
// any becomes one FieldError whose Rule is its text. A nil err is nothing.
func (p *Problems) Join(path string, err error) {
	switch e := err.(type) {
	case nil:
		return
	case *FieldError:
		if e != nil {
			p.put(FieldError{Path: joinPath(path, e.Path), Value: e.Value, Rule: e.Rule})
		}
		return
	case *problemList:
		for _, field := range e.kept {
			p.Join(path, field)
		}
		p.more += e.more
		return
	}
	joined := reflect.TypeOf(err) == joinType
	if !joined && len(Fields(err)) == 0 {
		p.put(FieldError{Path: path, Rule: err.Error()})
		return
	}
	for _, inner := range unwrap(err) {
		if joined || len(Fields(inner)) > 0 {
			p.Join(path, inner)
		}
	}
}

// joinType is the type of what errors.Join returns. It is told apart because fmt.Errorf with several %w also unwraps
// to many errors, but is one statement.
var joinType = reflect.TypeOf(errors.Join(errors.New(""))) // never written

// Err returns nil if there are no problems, or else all of them joined, in the order they were added. If there were
// more than 100, one last FieldError says how many are not shown. Later additions do not change what was returned.
func (p *Problems) Err() error {
	if len(p.kept) == 0 {
		return nil
	}
	return &problemList{kept: slices.Clone(p.kept), more: p.more}
}

func (p *Problems) put(field FieldError) {
	if p.full() {
		p.more++
		return
	}
	p.kept = append(p.kept, &field)
}

func (p *Problems) full() bool { return len(p.kept) >= maxProblems }

// problemList reads as what errors.Join returns. It is a type of its own so that a list that goes into another one
// brings the number of its problems that were not kept.
type problemList struct {
	kept []*FieldError
	more int
}

func (l *problemList) Error() string {
	var text strings.Builder
	for i, err := range l.Unwrap() {
		if i > 0 {
			text.WriteByte('\n')
		}
		text.WriteString(err.Error())
	}
	return text.String()
}

func (l *problemList) Unwrap() []error {
	all := make([]error, 0, len(l.kept)+1)
	for _, field := range l.kept {
		all = append(all, field)
	}
	switch {
	case l.more == 1:
		all = append(all, &FieldError{Rule: "1 more problem is not shown"})
	case l.more > 1:
		all = append(all, &FieldError{Rule: fmt.Sprintf("%d more problems are not shown", l.more)})
	}
	return all
}
