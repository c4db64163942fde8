package gate

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Bounds of what Compile takes.
const (
	maxGates = 100  // in one list
	maxDepth = 16   // of lists in lists
	maxTotal = 1000 // in a list and all lists in it
)

const ruleNegative = "must not be negative"

// length is a duration as errors show it.
type length time.Duration

func (l length) String() string { return strict.FormatDuration(time.Duration(l)) }

// Compile checks the gates of one place in a plan and prepares them: what it
// returns is to be evaluated. The error joins one [FieldError] for every problem
// of every gate, with paths relative to the list: [1].bake.for. It does not change
// its argument.
func Compile(gates []Gate) ([]Gate, error) {
	left := maxTotal
	if err := validate(gates, 0, &left); err != nil {
		return nil, err
	}
	return prepare(gates)
}

// Wanted is what the gates, and those in them, want counted: sorted, each only
// once, all N zero.
func Wanted(gates []Gate) []Count {
	var wanted []Count
	for _, g := range gates {
		if c, ok := g.(Counter); ok {
			wanted = append(wanted, c.Counts()...)
		}
	}
	for i := range wanted {
		wanted[i].N = 0
	}
	slices.SortFunc(wanted, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Signal, b.Signal), cmp.Compare(a.Endpoint, b.Endpoint))
	})
	return slices.Compact(wanted)
}

// Watched are the signals that the gates, and those in them, know by name: sorted,
// each only once. A gate waits for ever for one that does not exist.
func Watched(gates []Gate) []string {
	var names []string
	for _, g := range gates {
		if w, ok := g.(Watcher); ok {
			names = append(names, w.Watches()...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// validate checks a list of gates that may be lists again. There are depth lists
// around it, and left gates may still come.
func validate(gates []Gate, depth int, left *int) error {
	var p strict.Problems
	switch {
	case len(gates) > maxGates:
		p.Add("", len(gates), "gates are too many: at most "+strconv.Itoa(maxGates))
		return p.Err()
	case depth > maxDepth:
		p.Add("", nil, fmt.Sprintf("must not be nested deeper than %d levels", maxDepth))
		return p.Err()
	}
	for i, g := range gates {
		if *left--; *left < 0 { // lists in lists can be large, or hold themselves
			p.Add(place(i, ""), nil, fmt.Sprintf("must not be one of more than %d gates", maxTotal))
			return p.Err()
		}
		switch {
		case missing(g):
			p.Add(place(i, ""), nil, "must be a gate")
			continue
		case g.Kind() == "":
			p.Add(place(i, ""), nil, "must have a kind")
			continue
		}
		var err error
		switch g := g.(type) {
		case All:
			err = g.validate(depth+1, left)
		case *All:
			err = g.validate(depth+1, left)
		case Validator:
			err = g.Validate()
		}
		p.Join(place(i, g.Kind()), err)
	}
	return p.Err()
}

// prepare prepares every gate; the list is a new one.
func prepare(gates []Gate) ([]Gate, error) {
	var p strict.Problems
	ready := slices.Clone(gates)
	for i, g := range gates {
		preparer, ok := g.(Preparer)
		if !ok {
			continue
		}
		g, err := preparer.Prepare()
		if err == nil && missing(g) {
			err = &FieldError{Rule: "must become a gate when it is prepared"}
		}
		p.Join(place(i, gates[i].Kind()), err)
		ready[i] = g
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	return ready, nil
}

// missing says whether there is no gate, be it behind a pointer.
func missing(g Gate) bool {
	if g == nil {
		return true
	}
	v := reflect.ValueOf(g)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// place is the path of the i-th gate.
func place(i int, kind string) string {
	path := "[" + strconv.Itoa(i) + "]"
	if kind != "" {
		path += "." + kind
	}
	return path
}
