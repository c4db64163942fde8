package toggle

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// place is where in a set something is wrong.
type place struct {
	problems *strict.Problems
	path     string
}

func (p place) at(key string) place {
	return place{p.problems, strict.At(p.path, key)}
}

func (p place) index(i int) place {
	return place{p.problems, p.path + "[" + strconv.Itoa(i) + "]"}
}

func (p place) add(value any, rule string) { p.problems.Add(p.path, value, rule) }

// known refuses a name that is not one of some.
func (p place) known(name string, names []string) bool {
	if slices.Contains(names, name) {
		return true
	}
	const shown = 20
	rule := "must be one of " + strings.Join(names[:min(len(names), shown)], ", ")
	if len(names) > shown {
		rule += ", ..."
	}
	p.add(given(name), rule)
	return false
}

// variant refuses a name that is neither a variant's nor stands for the caller's default.
func (p place) variant(name string, variants []string) bool {
	return name == CallersDefault || p.known(name, variants)
}
