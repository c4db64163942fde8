package gate

import "github.com/seed-20fe5ead/gradatim/internal/strict"

// Named is another gate under a name that people know it by.
type Named struct {
	Name string `json:"name"`
	Gate Gate   `json:"gate"`
}

// Kind is "named".
func (Named) Kind() string { return kindNamed }

// Evaluate is that of the gate.
func (n Named) Evaluate(f Facts) Decision { return evaluate(n.Gate, &f) }

// Explain has the gate as its only part.
func (n Named) Explain(f Facts) Reason {
	r := explainParts(n.Kind(), n.Parts(), f, n.Evaluate(f))
	r.Subject, r.Have = n.Name, 0
	return r
}

// Validate implements [Validator].
func (n Named) Validate() error {
	var p strict.Problems
	if n.Name == "" {
		p.Add("name", n.Name, "must be given")
	}
	checkName(&p, "name", n.Name)
	return p.Err()
}

// Parts and With implement [Composite].
func (n Named) Parts() []Gate { return []Gate{n.Gate} }

// With implements [Composite].
func (n Named) With(p []Gate) Gate { return Named{n.Name, p[0]} }
