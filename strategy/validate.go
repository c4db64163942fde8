package strategy

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// FieldError is one thing wrong with an input: where, what stood there, and the
// rule it breaks.
type FieldError = strict.FieldError

const (
	maxSteps = 100
	maxName  = 63 // bytes: a name is also a label elsewhere
)

// Validate says what is wrong with a ladder in a fleet of any size: nil, or one
// *FieldError per problem, joined, with paths such as steps[2].weight. What is
// wrong only in some fleets is told by [Lint].
func (l Ladder) Validate() error {
	var problems strict.Problems
	if n := len(l.Steps); n < 1 || n > maxSteps {
		problems.Add("steps", n, fmt.Sprintf("steps: must be 1 to %d", maxSteps))
		if n > maxSteps {
			return problems.Err()
		}
	}
	before := Weight(0)
	for i := range l.Steps {
		step := &l.Steps[i]
		path := fmt.Sprintf("steps[%d]", i)
		problems.Join(path, step.validate())
		for j := range i {
			if step.Name != "" && l.Steps[j].Name == step.Name {
				problems.Add(path+".name", step.Name, fmt.Sprintf("is already the name of steps[%d]", j))
				break
			}
		}
		if !step.Proportional && step.Weight < before {
			problems.Add(path+".weight", step.Weight, fmt.Sprintf("must be at least %s, the weight of a step before", before))
		}
		before = max(before, step.Weight)
		candidate, stable := step.Sizes(1, Can{Split: true}) // what rounds up is some in every fleet or in none
		if l.Pace.Exclusive && (step.Proportional || 0 < step.Weight && step.Weight < Full || candidate > 0 && stable > 0) {
			problems.Add(path, nil, "must run the candidate or stable: an exclusive pace never runs two versions")
		}
	}
	problems.Join("pace", l.Pace.validate())
	problems.Join("sticky", l.Sticky.Validate())
	return problems.Err()
}

func (s *Step) validate() error {
	var problems strict.Problems
	switch {
	case s.Name == "":
		problems.Add("name", nil, "must be given")
	case len(s.Name) > maxName:
		problems.Add("name", s.Name, fmt.Sprintf("must have at most %d bytes", maxName))
	case s.Name == bottomName:
		problems.Add("name", s.Name, "must be another one: so the step below every ladder is called")
	case !printable(s.Name):
		problems.Add("name", s.Name, rulePrintable)
	case strings.TrimSpace(s.Name) != s.Name:
		problems.Add("name", s.Name, "must not begin or end with a space")
	}
	if len(s.Await) > maxText || !printable(s.Await) {
		problems.Add("await", s.Await, fmt.Sprintf("must have at most %d bytes, and %s", maxText, rulePrintable))
	}
	checkWeight(&problems, "weight", s.Weight)
	checkSize(&problems, "candidate", s.Candidate)
	checkSize(&problems, "stable", s.Stable)
	checkWeight(&problems, "mirror", s.Mirror)
	if s.Proportional && s.Weight != 0 {
		problems.Add("weight", s.Weight, "must be left out of a proportional step: it follows from the sizes")
	}
	checkRoutes(&problems, s.Routes)
	checkDuration(&problems, "keep", s.Keep)
	return problems.Err()
}

// validate has the paths of a pace; strategies embed it.
func (p *Pace) validate() error {
	var problems strict.Problems
	checkSize(&problems, "surge", p.Surge)
	checkSize(&problems, "unavailable", p.Unavailable)
	if p.Unavailable.valid() && p.Unavailable.unit == relative && p.Unavailable.n > int64(Full) {
		problems.Add("unavailable", p.Unavailable, "must be at most 100%")
	}
	checkDuration(&problems, "minReady", p.MinReady)
	checkDuration(&problems, "drain", p.Drain)
	return problems.Err()
}

// checkShared checks the pace of a strategy that runs two versions at once.
func (p *Pace) checkShared(problems *strict.Problems) {
	problems.Join("", p.validate())
	if p.Exclusive {
		problems.Add("exclusive", true, "must be left out: the strategy runs two versions at once; recreate does not")
	}
}

// Bounds of the texts of a step.
const (
	maxText       = 1000
	rulePrintable = "must be valid UTF-8 without control characters and line breaks"
)

// printable reports whether a text can be shown in a line and written as JSON.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp)
	})
}

func checkRoutes(problems *strict.Problems, routes []Route) {
	if len(routes) > maxRoutes {
		problems.Add("routes", len(routes), fmt.Sprintf("must be at most %d", maxRoutes))
		return
	}
	for i := range routes {
		problems.Join(fmt.Sprintf("routes[%d]", i), routes[i].Validate())
	}
}

func checkText(problems *strict.Problems, path, text string) {
	switch {
	case text == "":
		problems.Add(path, nil, "must be given")
	case len(text) > maxText || !printable(text):
		problems.Add(path, text, fmt.Sprintf("must have at most %d bytes, and %s", maxText, rulePrintable))
	}
}

func checkWeight(problems *strict.Problems, path string, w Weight) {
	if w < 0 || w > Full {
		problems.Add(path, w, "must be 0% to 100%")
	}
}

func checkSize(problems *strict.Problems, path string, s Size) {
	if !s.valid() {
		problems.Add(path, s, fmt.Sprintf("must be 0 to %d, or 0%% to %s", int64(maxCount), Size{maxPercent, relative}))
	}
}

func checkDuration(problems *strict.Problems, path string, d time.Duration) {
	if d < 0 {
		problems.Add(path, d, "must not be negative")
	}
}
