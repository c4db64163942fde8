package route

import (
	"fmt"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// Version is which of the versions of a fleet serves a request.
type Version string

// The versions.
const (
	Stable    Version = "stable"
	Candidate Version = "candidate"
	Leftover  Version = "leftover" // one of those that superseded releases left behind; the host knows which
)

// Request is what the host tells of one request.
type Request struct {
	// Attribute returns the value of an attribute, and whether the request has it.
	// The source is [strategy.Header], [strategy.Cookie] or [strategy.User]; names
	// of headers come in the form of http.CanonicalHeaderKey. Of several values the
	// host takes one, always in the same way. A nil Attribute has none.
	Attribute func(source, name string) (value string, ok bool)
	// Draw is a number of the host's own for this request: a random one, or a count
	// of requests. Requests that have the same go the same way.
	Draw uint64
}

// Decision is where one request goes.
type Decision struct {
	Version Version
	// Mirror says that a copy is to go to the candidate, whose answer is thrown away.
	// Only stable's requests are copied.
	Mirror bool
	// Rule is the index of the route that the request met; -1 if it met none.
	Rule int
	// Drawn says that the request met no route and is not sticky, so that Draw alone
	// sent it there. A host may take turns for such requests instead.
	Drawn bool
}

// Table is what is the same for all requests: routes, the sticky attribute and the
// salt, compiled. The zero Table has neither routes nor anything sticky. It never
// changes, and is safe for concurrent use.
type Table struct {
	rules  []rule
	sticky strategy.Sticky
	seed   uint64
}

// New compiles a table. Routes are those of a step, in their order, and sticky is
// that of its ladder; both may be empty. The salt makes the buckets of one rollout
// or service differ from those of another. The error joins one
// *strategy.FieldError per problem, with paths such as routes[2].regexp.
func New(routes []strategy.Route, sticky strategy.Sticky, salt string) (*Table, error) {
	var problems strict.Problems
	t := &Table{sticky: sticky, seed: seedOf(salt)}
	t.sticky.Name = nameOf(sticky.Source, sticky.Name)
	for i := range routes {
		r, err := compile(&routes[i])
		problems.Join(fmt.Sprintf("routes[%d]", i), err)
		t.rules = append(t.rules, r)
	}
	problems.Join("sticky", sticky.Validate())
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return t, nil
}

// Route decides about one request. Of the allocation it reads the weights of the
// candidate and of leftovers, Routed and Mirror. Weights that cannot be are taken
// as the nearest that can: each is brought within 0% and 100%, leftovers have at
// most what the candidate leaves, and all that remains is stable's, whatever its
// own weight says.
func (t *Table) Route(a strategy.Allocation, r Request) Decision {
	if a.Routed {
		for i := range t.rules {
			if t.rules[i].met(&r) {
				return Decision{Version: Candidate, Rule: i}
			}
		}
	}
	d := Decision{Rule: -1}
	drawn, rest := drawOf(t.seed, r.Draw)
	at, sticky := t.bucket(&r)
	if !sticky {
		at, d.Drawn = drawn, true
	}
	candidate := min(max(a.Candidate.Weight, 0), strategy.Full)
	leftover := min(max(a.Leftover.Weight, 0), strategy.Full-candidate)
	switch {
	case at < candidate:
		d.Version = Candidate
	case at < candidate+leftover:
		d.Version = Leftover
	default:
		d.Version, d.Mirror = Stable, rest < a.Mirror
	}
	return d
}

// bucket is that of the request's sticky attribute, if it has it.
func (t *Table) bucket(r *Request) (at strategy.Weight, ok bool) {
	if t.sticky.Source == "" {
		return 0, false
	}
	value, ok := r.get(t.sticky.Source, t.sticky.Name)
	if !ok || value == "" {
		return 0, false
	}
	at, _ = part(mix(hash(t.seed, value)))
	return at, true
}

func (r *Request) get(source, name string) (value string, ok bool) {
	if r.Attribute == nil {
		return "", false
	}
	return r.Attribute(source, name)
}
