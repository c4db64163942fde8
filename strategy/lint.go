package strategy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Finding is one thing about a ladder that would surprise in a certain setting.
type Finding struct {
	// Step is the name of the step; empty if it is about the whole ladder.
	Step string `json:"step"`
	Rule Rule   `json:"rule"`
	// Blocks says that the step can never be reached.
	Blocks bool `json:"blocks"`
	// Text is one sentence for people.
	Text string `json:"text"`
}

// Rule is what a finding is about, for programs.
type Rule string

// The rules.
const (
	RuleMatch       Rule = "match"        // the target cannot look at requests, for routes or sticky shares
	RuleMirror      Rule = "mirror"       // the target cannot copy requests
	RuleSplit       Rule = "split"        // the target cannot give traffic apart from instance counts
	RuleQuota       Rule = "quota"        // the step, or the surge, is more than the quota allows
	RuleNoCandidate Rule = "no-candidate" // traffic for no instance
	RuleInfeasible  Rule = "infeasible"   // the fleet is too small for the step, or the pace forbids it
	RuleWeight      Rule = "weight"       // counts, or a coarse router, cannot realise the weight
	RuleCopies      Rule = "copies"       // more requests are mirrored than the candidate carries
	RuleRepeated    Rule = "repeated"     // nothing changes from the step before, in this fleet
	RuleFalling     Rule = "falling"      // the candidate gets less than at the step before
	RuleRequests    Rule = "requests"     // what is waited for is never, or hardly, served
	RuleUnfinished  Rule = "unfinished"   // the last step leaves traffic to stable, or runs it on
	RuleSignals     Rule = "signals"      // signals condemn healthy releases, or look at too little
)

// Setting is what a ladder is looked at for.
type Setting struct {
	// Fleet gives the desired size, and what the target can, its quota among it.
	Fleet Fleet
	// Rate is how many requests a second the stage serves, all versions together; 0
	// is unknown.
	Rate float64
	// Bad is the share of stable's requests that goes wrong, above 0 and at most 1; 0 is
	// unknown.
	Bad float64
	// Requests are those that are waited for at a step, by its name; other names
	// are nobody's.
	Requests map[string]Requests
}

// Requests is how many the candidate must have served, copies not among them,
// within a time for a step to be left; a time of 0 is any.
type Requests struct {
	Min    int64
	Within time.Duration
}

// Lint says what a valid ladder would do in a setting that its author may not have
// meant: in the order of the steps, at most one finding of each rule per step, and
// those about the whole ladder first.
func Lint(l Ladder, s Setting) []Finding {
	findings := l.lintSurge(&s.Fleet)
	for i := range l.Steps {
		step := &l.Steps[i]
		add := func(rule Rule, blocks bool, text string) {
			if text != "" {
				findings = append(findings, Finding{step.Name, rule, blocks, strings.ToUpper(text[:1]) + text[1:] + "."})
			}
		}
		if rule, text := l.infeasible(step, s.Fleet.Desired, s.Fleet.Can); text != "" {
			add(rule, true, text)
		} else {
			add(RuleQuota, false, step.lintLeftovers(&s.Fleet))
			add(RuleWeight, false, step.lintWeight(&s.Fleet))
			add(RuleCopies, false, step.lintCopies(&s.Fleet, &l.Pace))
			add(RuleRequests, false, step.lintRequests(&s))
		}
		if i == len(l.Steps)-1 {
			add(RuleUnfinished, false, step.lintUnfinished(&s.Fleet))
		}
		if i > 0 {
			add(RuleFalling, false, step.lintFalling(&l.Steps[i-1], &s.Fleet))
			if step.same(&l.Steps[i-1], &s.Fleet) {
				add(RuleRepeated, false, fmt.Sprintf("nothing changes from step %q to step %q", l.Steps[i-1].Name, step.Name))
			}
		}
	}
	return findings
}

// lintSurge says that a quota makes the pace slower than it was meant.
func (l *Ladder) lintSurge(f *Fleet) []Finding {
	desired := clamp(f.Desired, maxCount)
	surge, _ := l.Pace.limits(desired)
	if q := f.Can.Quota; q > 0 && desired+surge > q && desired <= q && !l.Pace.Exclusive {
		return []Finding{{"", RuleQuota, false, fmt.Sprintf("The surge may run %d instances, and the quota is %d.", desired+surge, q)}}
	}
	return nil
}

// lintLeftovers says that what superseded releases left behind may stand in the way.
func (s *Step) lintLeftovers(f *Fleet) string {
	candidate, stable := s.Sizes(f.Desired, f.Can)
	if q := f.Can.Quota; q > 0 && f.Leftover.Instances > 0 && candidate+stable >= q {
		return fmt.Sprintf("the step runs %d instances, and a quota of %d leaves no place for leftovers until their traffic is gone", candidate+stable, q)
	}
	return ""
}

// lintWeight says that a weight comes out as another one.
func (s *Step) lintWeight(f *Fleet) string {
	want := s.WeightFor(f.Desired, f.Can)
	if got := s.realised(f); got != want {
		return fmt.Sprintf("%s of %s is %s", want, many(f.Desired, "instance"), got)
	}
	if g := f.Can.Grain; g > 1 && (f.Can.Split || f.Can.Unlimited) && want%g != 0 && want != Full {
		return fmt.Sprintf("%s is no multiple of %s, which the router is limited to", want, g)
	}
	return ""
}

// realised is the weight that the step's counts give the candidate in a target
// without a splitter, and the step's own in any other.
func (s *Step) realised(f *Fleet) Weight {
	candidate, stable := s.Sizes(f.Desired, f.Can)
	if all := candidate + stable; !f.Can.Split && all > 0 {
		return Weight((2*candidate*int64(Full) + all) / (2 * all))
	}
	return s.WeightFor(f.Desired, f.Can)
}

// lintCopies says that mirrored requests are more than the candidate carries.
func (s *Step) lintCopies(f *Fleet, p *Pace) string {
	candidate, _ := s.Sizes(f.Desired, f.Can)
	stable := int64(Full - s.WeightFor(f.Desired, f.Can))
	copies := s.WeightFor(f.Desired, f.Can) + Weight(ceilDiv(stable*clamp(int64(s.Mirror), int64(Full)), int64(Full)))
	if n := p.Need(f.Desired, copies); s.Mirror > 0 && !f.Can.Unlimited && candidate < n && f.Desired > 0 {
		return fmt.Sprintf("with %s of stable's requests copied to it the candidate needs %d instances, and the step has %d", s.Mirror, n, candidate)
	}
	return ""
}

// lintRequests says that a step waits for requests that hardly come.
func (s *Step) lintRequests(at *Setting) string {
	need := at.Requests[s.Name]
	share := s.realised(&at.Fleet)
	switch {
	case need.Min <= 0 || len(s.Routes) > 0: // who matches is not known
		return ""
	case share == 0:
		return fmt.Sprintf("%d requests are waited for, and the step gives the candidate none", need.Min)
	case !(at.Rate > 0) || need.Within <= 0:
		return ""
	}
	served := at.Rate * float64(share) / float64(Full) * need.Within.Seconds()
	if served >= float64(need.Min) {
		return ""
	}
	return fmt.Sprintf("%s of %g requests a second are %.0f in %s, and %d are waited for", share, at.Rate, served, strict.FormatDuration(need.Within), need.Min)
}

// lintUnfinished says that the last step is not the end of stable.
func (s *Step) lintUnfinished(f *Fleet) string {
	if w := s.WeightFor(f.Desired, f.Can); w < Full {
		return fmt.Sprintf("the last step leaves %s of the traffic to stable", Full-w)
	}
	if _, stable := s.Sizes(f.Desired, f.Can); stable > 0 {
		return fmt.Sprintf("the last step runs %s on", many(stable, "instance")+" of stable")
	}
	return ""
}

// lintFalling says that a step takes away from the candidate again.
func (s *Step) lintFalling(before *Step, f *Fleet) string {
	was, is := before.WeightFor(f.Desired, f.Can), s.WeightFor(f.Desired, f.Can)
	if is < was {
		return fmt.Sprintf("the candidate's share falls from %s to %s", was, is)
	}
	had, _ := before.Sizes(f.Desired, f.Can)
	has, _ := s.Sizes(f.Desired, f.Can)
	if has < had {
		return fmt.Sprintf("the candidate's instances fall from %d to %d", had, has)
	}
	return ""
}

// same reports whether the fleet looks the same at two steps, and neither is there
// to wait.
func (s *Step) same(o *Step, f *Fleet) bool {
	candidate, stable := s.Sizes(f.Desired, f.Can)
	had, kept := o.Sizes(f.Desired, f.Can)
	return candidate == had && stable == kept && s.realised(f) == o.realised(f) &&
		s.Mirror == o.Mirror && slices.EqualFunc(s.Routes, o.Routes, Route.Equal) && s.Keep == o.Keep && s.Await == o.Await
}
