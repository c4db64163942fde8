package gate

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Bounds of what Compile takes.
const (
	maxGates = 100  // in one list
	maxDepth = 16   // of lists in lists
	maxTotal = 1000 // in a list and all lists in it
)

const (
	ruleNegative = "must not be negative"
	ruleMissing  = "must be a gate"
)

// length is a duration as errors show it.
type length time.Duration

func (l length) String() string { return strict.FormatDuration(time.Duration(l)) }

// Compile checks the gates of one place in a plan and prepares them: what it
// returns is to be evaluated. The error joins one [FieldError] for every problem
// of every gate, with paths relative to the list: [1].bake.for. It does not change
// its argument.
func Compile(gates []Gate) ([]Gate, error) {
	left := maxTotal
	if err := validate(gates, place, 0, &left); err != nil {
		return nil, err
	}
	return change(gates, place, func(g Gate) (Gate, error) {
		if p, ok := g.(Preparer); ok {
			return p.Prepare()
		}
		return g, nil
	})
}

// Place is where in a plan a gate stands.
type Place struct {
	Stage, Step string
	// Share is the candidate's part of the requests there, or at the nearest step that
	// shares them; zero if it is not known.
	Share float64
	// Policy judges the stage, with its part of the budgets.
	Policy *health.Policy
}

// Placed are prepared gates as they are at a place ([Placer]).
func Placed(gates []Gate, p Place) ([]Gate, error) {
	return change(gates, place, func(g Gate) (Gate, error) {
		if placer, ok := g.(Placer); ok {
			return placer.Place(p)
		}
		return g, nil
	})
}

// Wanted is what the gates, and those in them, want counted: sorted, each only
// once, with the most that any of them needs, all N zero.
func Wanted(gates []Gate) []Count {
	var wanted []Count
	Walk(gates, func(g Gate) {
		if c, ok := g.(Counter); ok {
			wanted = append(wanted, c.Counts()...)
		}
	})
	slices.SortFunc(wanted, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Signal, b.Signal), cmp.Compare(a.Endpoint, b.Endpoint), cmp.Compare(b.Need, a.Need))
	})
	for i := range wanted {
		wanted[i].N = 0
	}
	return slices.CompactFunc(wanted, func(a, b Count) bool { return a.Signal == b.Signal && a.Endpoint == b.Endpoint })
}

// Watched are the signals that the gates, and those in them, know by name: sorted,
// each only once. A gate waits for ever for one that does not exist.
func Watched(gates []Gate) []string {
	var names []string
	Walk(gates, func(g Gate) {
		if w, ok := g.(Watcher); ok {
			names = append(names, w.Watches()...)
		}
	})
	slices.Sort(names)
	return slices.Compact(names)
}

// Walk visits the gates and those in them, a gate before its parts.
func Walk(gates []Gate, visit func(Gate)) {
	for _, g := range gates {
		walk(g, visit)
	}
}

func walk(g Gate, visit func(Gate)) {
	left := math.MaxInt
	walkSome(g, &left, visit)
}

// walkSome visits no more than left of them.
func walkSome(g Gate, left *int, visit func(Gate)) {
	if missing(g) || *left <= 0 {
		return
	}
	*left--
	visit(g)
	if c, ok := g.(Composite); ok {
		for _, part := range c.Parts() {
			walkSome(part, left, visit)
		}
	}
}

// CanOpen joins what keeps gates from ever opening: the errors of those that are not
// made of others, with their paths. What [Any] and [AtLeast] need not is left out.
func CanOpen(gates []Gate, check func(Gate) error) error {
	return canOpen(len(gates), gates, place, check)
}

func canOpen(need int, gates []Gate, path pathOf, check func(Gate) error) error {
	var p strict.Problems
	able := 0
	for i, g := range gates {
		if missing(g) {
			p.Add(path(i), nil, ruleMissing)
			continue
		}
		var err error
		switch c := g.(type) {
		case All, *All, Named, *Named:
			parts := g.(Composite).Parts()
			err = canOpen(len(parts), parts, partsOf(g), check)
		case Any, *Any:
			err = canOpen(1, g.(Composite).Parts(), partsOf(g), check)
		case AtLeast:
			err = canOpen(c.need(), c.Of, partsOf(g), check)
		case *AtLeast:
			err = canOpen(c.need(), c.Of, partsOf(g), check)
		default:
			err = check(g)
		}
		if err == nil {
			able++
		} else {
			p.Join(path(i)+"."+g.Kind(), err)
		}
	}
	if able >= need {
		return nil
	}
	return p.Err()
}

// Least is the time that gates need at least, if each that is not made of others needs so
// much: they need it at the same time, and of [Any] and [AtLeast] the shortest are
// enough. What a composite of somebody else needs is not known, and none.
func Least(gates []Gate, of func(Gate) time.Duration) time.Duration {
	return least(len(gates), gates, of)
}

func least(need int, gates []Gate, of func(Gate) time.Duration) time.Duration {
	times := make([]time.Duration, 0, len(gates))
	for _, g := range gates {
		var d time.Duration
		switch c := g.(type) {
		case All, *All, Named, *Named:
			parts := g.(Composite).Parts()
			d = least(len(parts), parts, of)
		case Any, *Any:
			d = least(1, g.(Composite).Parts(), of)
		case AtLeast:
			d = least(c.need(), c.Of, of)
		case *AtLeast:
			d = least(c.need(), c.Of, of)
		case Composite:
		default:
			d = of(g)
		}
		times = append(times, d)
	}
	slices.Sort(times)
	if n := min(need, len(times)); n > 0 {
		return times[n-1]
	}
	return 0
}

// validate checks a list of gates that may be lists again; path is that of the i-th.
// There are depth lists around it, and left gates may still come.
func validate(gates []Gate, path pathOf, depth int, left *int) error {
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
			p.Add(path(i), nil, fmt.Sprintf("must not be one of more than %d gates", maxTotal))
			return p.Err()
		}
		switch {
		case missing(g):
			p.Add(path(i), nil, ruleMissing)
			continue
		case g.Kind() == "":
			p.Add(path(i), nil, "must have a kind")
			continue
		}
		at := path(i) + "." + g.Kind()
		if v, ok := g.(Validator); ok {
			p.Join(at, v.Validate())
		}
		if c, ok := g.(Composite); ok {
			p.Join(at, validate(c.Parts(), partsOf(g), depth+1, left))
		}
	}
	return p.Err()
}

// change replaces every gate, the parts before the whole; the list is a new one.
func change(gates []Gate, path pathOf, become func(Gate) (Gate, error)) ([]Gate, error) {
	var p strict.Problems
	changed := slices.Clone(gates)
	for i, g := range gates {
		if missing(g) {
			p.Add(path(i), nil, ruleMissing)
			continue
		}
		at := path(i) + "." + g.Kind()
		if c, ok := g.(Composite); ok {
			parts, err := change(c.Parts(), partsOf(g), become)
			if err != nil {
				p.Join(at, err)
				continue
			}
			g = c.With(parts)
		}
		next, err := become(g)
		if err == nil && missing(next) {
			err = &FieldError{Rule: "must become a gate when it is prepared"}
		}
		p.Join(at, err)
		changed[i] = next
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	return changed, nil
}

// pathOf is the path of the i-th gate of a list.
type pathOf func(i int) string

// place is the path of the i-th gate of a bare list.
func place(i int) string { return "[" + strconv.Itoa(i) + "]" }

// partsOf are the paths of the parts of a gate, as they stand in a plan.
func partsOf(g Gate) pathOf {
	switch g.(type) {
	case AtLeast, *AtLeast:
		return func(i int) string { return "of" + place(i) }
	case Named, *Named:
		return func(int) string { return "gate" }
	case Window, *Window, *window, Freeze, *Freeze, *freeze:
		return func(int) string { return "except" }
	}
	return place
}

// missing says whether there is no gate, be it behind a pointer.
func missing(g Gate) bool {
	if g == nil {
		return true
	}
	v := reflect.ValueOf(g)
	return v.Kind() == reflect.Pointer && v.IsNil()
}
