package strategy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Where the attributes of a request come from: [Route.Source], [Sticky.Source].
const (
	Header = "header" // its name without regard to case
	Cookie = "cookie"
	User   = "user" // an attribute of the user, as the host knows it
)

// Route is a match rule: a request that has the attribute, with a value that
// meets the one condition that is given, goes to the candidate.
type Route struct {
	// Source is where the attribute comes from: [Header], [Cookie] or [User].
	Source string `json:"source"`
	Name   string `json:"name"`
	// Value is the whole value, byte for byte.
	Value string `json:"value"`
	// Prefix is what the value begins with.
	Prefix string `json:"prefix"`
	// Regexp matches the whole value, in the syntax of package regexp (RE2).
	Regexp string `json:"regexp"`
	// In lists whole values, 1 to 1000.
	In []string `json:"in"`
}

// Equal reports whether two routes are written in the same way.
func (r Route) Equal(o Route) bool {
	return r.Source == o.Source && r.Name == o.Name && r.Value == o.Value && r.Prefix == o.Prefix && r.Regexp == o.Regexp && slices.Equal(r.In, o.In)
}

// String is "header x-beta = 1", "cookie group in a, b".
func (r Route) String() string {
	what := r.Source + " " + r.Name + " "
	switch {
	case r.Prefix != "":
		return what + "begins with " + r.Prefix
	case r.Regexp != "":
		return what + "matches " + r.Regexp
	case len(r.In) > 0:
		return what + "in " + strings.Join(r.In, ", ")
	default:
		return what + "= " + r.Value
	}
}

// Sticky says by which attribute a user is known, so that a router that hashes it
// keeps each user on one side while the weight grows.
type Sticky struct {
	// Source is where the attribute comes from: [Header], [Cookie] or [User]. Empty
	// is not sticky.
	Source string `json:"source"`
	Name   string `json:"name"`
}

// IsZero reports whether nothing is sticky.
func (s Sticky) IsZero() bool { return s == Sticky{} }

const (
	maxRoutes = 100
	maxValues = 1000
)

// Validate says what is wrong with a route: nil, or one *FieldError per problem,
// joined, with paths such as in[2].
func (r Route) Validate() error {
	var problems strict.Problems
	checkAttribute(&problems, r.Source, r.Name)
	given := 0
	for _, condition := range []struct{ path, text string }{{"value", r.Value}, {"prefix", r.Prefix}, {"regexp", r.Regexp}} {
		if condition.text != "" {
			given++
			checkText(&problems, condition.path, condition.text)
		}
	}
	if len(r.In) > 0 {
		given++
	}
	if given != 1 {
		problems.Add("", nil, fmt.Sprintf("exactly one of value, prefix, regexp and in must be given, not %d", given))
	}
	if _, err := regexp.Compile(r.Regexp); err != nil {
		problems.Add("regexp", r.Regexp, "must be a regular expression: "+err.Error())
	}
	if len(r.In) > maxValues {
		problems.Add("in", len(r.In), fmt.Sprintf("must be at most %d", maxValues))
		return problems.Err()
	}
	for i, value := range r.In {
		checkText(&problems, fmt.Sprintf("in[%d]", i), value)
	}
	return problems.Err()
}

// Validate says what is wrong with a sticky attribute, as [Route.Validate] does. The
// zero Sticky is valid.
func (s Sticky) Validate() error {
	var problems strict.Problems
	if !s.IsZero() {
		checkAttribute(&problems, s.Source, s.Name)
	}
	return problems.Err()
}

func checkAttribute(problems *strict.Problems, source, name string) {
	if source != Header && source != Cookie && source != User {
		problems.Add("source", source, `must be "header", "cookie" or "user"`)
	}
	switch checkText(problems, "name", name); {
	case source == User && strings.TrimSpace(name) != name:
		problems.Add("name", name, "must not begin or end with a space")
	case source != User && !token(name):
		problems.Add("name", name, "must be a token: letters, digits and !#$%&'*+-.^_`|~ (RFC 9110, section 5.6.2)")
	}
}

// token reports whether a name can be that of a header or a cookie.
func token(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		letter, digit := 'a' <= r|0x20 && r|0x20 <= 'z', '0' <= r && r <= '9'
		return !letter && !digit && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}
