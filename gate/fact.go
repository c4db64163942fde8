package gate

import (
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// defaultAge is how old a fact may be that does not say it.
const defaultAge = 5 * time.Minute

// Fact waits until the host vouches for something: that another rollout or stage has
// ended, a schema is migrated, a toggle has a value, a lease that limits how many
// deploy at once is held, or a check somewhere else has passed. It closes again when
// the host no longer does, says something else, or has not said so for too long.
type Fact struct {
	// Name is that of the fact, as the host lists it ([Vouched]).
	Name string `json:"name"`
	// Value is what it must be; empty asks only that the host vouches for it.
	Value string `json:"value"`
	// Digest asks that the value is the digest of the release: something was found out
	// about this very artifact. A release without one has no such facts.
	Digest bool `json:"digest"`
	// MaxAge is how long ago the host may have known it last; zero means 5m. What it
	// will know only in future it does not know yet.
	MaxAge time.Duration `json:"maxAge"`
}

// Kind is "fact".
func (Fact) Kind() string { return "fact" }

// Evaluate opens while the host vouches for the fact.
func (c Fact) Evaluate(f Facts) Decision { return c.decide(&f) }

func (c *Fact) decide(f *Facts) Decision {
	have, ok := c.find(f)
	if !ok || !c.is(have, f) || have.At.IsZero() {
		return Decision{Answer: Wait}
	}
	switch stale := have.At.Add(c.maxAge()); {
	case f.now.Before(have.At):
		return Decision{Answer: Wait, Next: have.At}
	case f.now.Before(stale):
		return Decision{Answer: Open, Next: stale}
	}
	return Decision{Answer: Wait}
}

// find is the fact as the host vouches for it. One without a name is none.
func (c *Fact) find(f *Facts) (*Vouched, bool) {
	for i := range f.outside {
		if f.outside[i].Name == c.Name && c.Name != "" {
			return &f.outside[i], true
		}
	}
	return nil, false
}

// is reports whether a fact says what is asked for.
func (c *Fact) is(have *Vouched, f *Facts) bool {
	if c.Digest {
		return have.Value != "" && have.Value == f.Digest()
	}
	return c.Value == "" || have.Value == c.Value
}

func (c *Fact) maxAge() time.Duration {
	if c.MaxAge <= 0 {
		return defaultAge
	}
	return c.MaxAge
}

// Explain says what the host vouches for, and how old that is.
func (c Fact) Explain(f Facts) Reason {
	d := c.decide(&f)
	r := Reason{Kind: c.Kind(), Subject: c.Name, Answer: d.Answer, At: d.Next}
	have, ok := c.find(&f)
	wanted := c.Value
	if c.Digest {
		wanted = f.Digest()
	}
	switch {
	case !ok:
		r.Text = c.Name + " is not known"
	case c.Digest && wanted == "":
		r.Text = c.Name + " is of an artifact, and the release has no digest"
	case !c.is(have, &f) && have.Value == "":
		r.Text = c.Name + " has no value, not " + wanted
	case !c.is(have, &f):
		r.Text = c.Name + " is " + have.Value + ", not " + wanted
	case have.At.IsZero():
		r.Text = "since when " + c.Name + " is known is not said"
	case f.now.Before(have.At):
		r.Text = c.Name + " is known from " + strict.FormatDuration(have.At.Sub(f.now)) + " ahead of the clock"
	case d.Answer == Open:
		r.Text = c.Name
		if have.Value != "" {
			r.Text += " is " + have.Value
		}
	default:
		r.Text = c.Name + " was known " + strict.FormatDuration(f.now.Sub(have.At).Truncate(time.Second)) + " ago, and is too old after " + strict.FormatDuration(c.maxAge())
	}
	return r
}

// Validate implements [Validator].
func (c Fact) Validate() error {
	var p strict.Problems
	if c.Name == "" {
		p.Add("name", c.Name, "must be given")
	}
	checkName(&p, "name", c.Name)
	checkName(&p, "value", c.Value)
	if c.Digest && c.Value != "" {
		p.Add("value", c.Value, "must not be given with digest: the value is the digest")
	}
	if c.MaxAge < 0 {
		p.Add("maxAge", length(c.MaxAge), ruleNegative)
	}
	return p.Err()
}
