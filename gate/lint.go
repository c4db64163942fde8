package gate

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Finding is one thing about gates that their author may not have meant.
type Finding struct {
	// Path is that of the gate that it is about, as errors of [Compile] have it; empty if
	// it is about several of the list.
	Path string `json:"path"`
	Rule Rule   `json:"rule"`
	// Never says that the gates can never open.
	Never bool `json:"never"`
	// Text is one sentence for people.
	Text string `json:"text"`
}

// Rule is what a finding is about, for programs.
type Rule string

// The rules.
const (
	RuleNever    Rule = "never"    // the calendar never lets the gates open
	RuleClosed   Rule = "closed"   // the calendar keeps them closed for more than a week
	RuleExpires  Rule = "expires"  // an approval has expired when they open again
	RuleDeadline Rule = "deadline" // they are closed for longer than anybody waits for them
)

// How far Lint looks ahead: for an opening, and for the longest time without one.
const (
	yearsToOpen  = 10
	yearsToClose = 1
	longClosed   = 7 * 24 * time.Hour // longer than that surprises
)

// maxLooks bounds how many changes of calendars are looked at: hours in which every
// minute opens and closes are no plan that anybody follows. Gates that were closed for
// longest when the last one is looked at count as closed for ever.
const maxLooks = 200_000

// Lint says what the calendar makes of compiled gates of one place from now on: that they
// never open, are closed for more than a week within the next year, or are closed for
// longer than an approval lasts that they need. What people, samples and facts can open
// is taken as open.
func Lint(gates []Gate, now time.Time) []Finding {
	if neverOpens(gates, now) {
		text := fmt.Sprintf("It never opens: by the calendar alone it is closed for the next %d years.", yearsToOpen)
		return []Finding{{culprit(gates, now, neverOpens), RuleNever, true, text}}
	}
	from, to := LongestClosed(gates, now)
	if from.IsZero() {
		return nil
	}
	var findings []Finding
	if to.IsZero() || to.Sub(from) > longClosed {
		same := func(gates []Gate, now time.Time) bool {
			f, t := LongestClosed(gates, now)
			return f.Equal(from) && t.Equal(to)
		}
		text := "It is closed " + stretch(from, to)
		if excepted(gates) {
			text += ", unless an exception opens it"
		}
		findings = append(findings, Finding{culprit(gates, now, same), RuleClosed, false, text + "."})
	}
	return append(findings, lintExpiry(gates, from, to)...)
}

// LintDeadline finds that the calendar closes gates, within the next year, for longer than
// a rollout waits for them ([LongestClosed]); 0 is for ever.
func LintDeadline(gates []Gate, deadline time.Duration, now time.Time) []Finding {
	from, to := LongestClosed(gates, now)
	if deadline <= 0 || from.IsZero() || !to.IsZero() && to.Sub(from) <= deadline {
		return nil
	}
	text := "Gates may stay closed for " + inDays(deadline) + ", and by the calendar they are closed " + stretch(from, to) + ": then the rollout holds."
	return []Finding{{"", RuleDeadline, false, text}}
}

// lintExpiry finds what people decide that is needed and expires while nothing opens.
func lintExpiry(gates []Gate, from, to time.Time) (findings []Finding) {
	replace(gates, place, "", func(path string, g Gate) Gate {
		e, ok := g.(Expirer)
		if !ok || e.Expiry() <= 0 || !to.IsZero() && to.Sub(from) <= e.Expiry() || !needed(gates, path) {
			return g
		}
		findings = append(findings, Finding{path, RuleExpires, false, fmt.Sprintf(
			"It lasts %s, and what it stands beside is closed %s: one that is given when that closes has expired when it opens.",
			inDays(e.Expiry()), stretch(from, to))})
		return g
	})
	return findings
}

// needed reports whether gates stay closed without the one at a path, whatever the others
// say.
func needed(gates []Gate, path string) bool {
	without := replace(gates, place, "", func(at string, _ Gate) Gate {
		if at == path {
			return always(Wait)
		}
		return always(Open)
	})
	return All(without).Evaluate(Facts{}).Answer != Open
}

// LongestClosed is the longest time for which the calendar keeps compiled gates closed
// that begins within the next year; both are zero if it never does, and to alone if
// that time has no end within ten years. What people, samples and facts can open is
// taken as open, except for exceptions from the calendar.
func LongestClosed(gates []Gate, now time.Time) (from, to time.Time) {
	return longestClosed(byCalendar(gates, func(c Calendar) Gate { return timed{c} }), now)
}

// neverOpens reports whether gates stay closed by the calendar, and nobody can make an
// exception.
func neverOpens(gates []Gate, now time.Time) bool {
	from, to := longestClosed(byCalendar(gates, func(c Calendar) Gate {
		if missing(c.Exception()) {
			return timed{c}
		}
		return always(Open)
	}), now)
	return from.Equal(now) && to.IsZero() && !from.IsZero()
}

func excepted(gates []Gate) bool {
	found := false
	Walk(gates, func(g Gate) {
		c, ok := g.(Calendar)
		found = found || ok && !missing(c.Exception())
	})
	return found
}

// culprit is the path of the only calendar of which alone the same is true; empty if
// there are none or several.
func culprit(gates []Gate, now time.Time, same func([]Gate, time.Time) bool) string {
	var paths []string
	replace(gates, place, "", func(path string, g Gate) Gate {
		if _, ok := g.(Calendar); ok && same([]Gate{g}, now) {
			paths = append(paths, path)
		}
		return g
	})
	if len(paths) == 1 {
		return paths[0]
	}
	return ""
}

// longestClosed follows gates of which only the time is asked.
func longestClosed(gates All, now time.Time) (from, to time.Time) {
	last, end := now.AddDate(yearsToClose, 0, 0), now.AddDate(yearsToOpen, 0, 0)
	var since time.Time // when they closed
	at := now
	for range maxLooks {
		d := evaluate(gates, &Facts{now: at})
		switch {
		case d.Answer != Open && since.IsZero():
			since = at
		case d.Answer == Open && !since.IsZero():
			if at.Sub(since) > to.Sub(from) {
				from, to = since, at
			}
			since = time.Time{}
		}
		done := d.Next.IsZero() || !d.Next.Before(end)
		switch {
		case done && !since.IsZero():
			return since, time.Time{}
		case done, since.IsZero() && !d.Next.Before(last):
			return from, to
		}
		at = d.Next
	}
	if !since.IsZero() && at.Sub(since) > to.Sub(from) {
		return since, time.Time{}
	}
	return from, to
}

// byCalendar are gates that time alone opens and closes: what does not follow from the
// calendar is open.
func byCalendar(gates []Gate, become func(Calendar) Gate) All {
	return replace(gates, place, "", func(_ string, g Gate) Gate {
		if c, ok := g.(Calendar); ok {
			return become(c)
		}
		return always(Open)
	})
}

// replace is a list with others in the place of the gates that are not made of any. What
// is at is before their paths.
func replace(gates []Gate, path pathOf, at string, become func(path string, g Gate) Gate) []Gate {
	changed := make([]Gate, len(gates))
	for i, g := range gates {
		if missing(g) {
			changed[i] = always(Wait)
			continue
		}
		here := at + path(i) + "." + g.Kind()
		c, ok := g.(Composite)
		_, calendar := g.(Calendar) // whose part is its exception
		switch parts := partsOf(g); {
		case !ok || calendar:
			changed[i] = become(here, g)
		case parts(0)[0] == '[':
			changed[i] = c.With(replace(c.Parts(), parts, here, become))
		default:
			changed[i] = c.With(replace(c.Parts(), parts, here+".", become))
		}
	}
	return changed
}

// timed is a calendar as a gate, without its exception.
type timed struct{ Calendar }

func (timed) Kind() string { return "calendar" }

func (t timed) Evaluate(f Facts) Decision {
	open, next := t.OpenAt(f.now)
	if open {
		return Decision{Open, next}
	}
	return Decision{Wait, next}
}

func (t timed) Explain(Facts) Reason { return Reason{} }

// always is a gate that never changes its answer.
type always Answer

func (always) Kind() string              { return "always" }
func (a always) Evaluate(Facts) Decision { return Decision{Answer: Answer(a)} }
func (always) Explain(Facts) Reason      { return Reason{} }

// stretch is "for 64h, from Fri 2026-03-06 17:00 UTC to Mon 2026-03-09 09:00 UTC".
func stretch(from, to time.Time) string {
	const layout = "Mon 2006-01-02 15:04 MST"
	begin := from.UTC().Format(layout)
	if to.IsZero() {
		return fmt.Sprintf("from %s on, for more than %d years", begin, yearsToOpen-yearsToClose)
	}
	return "for " + inDays(to.Sub(from)) + ", from " + begin + " to " + to.UTC().Format(layout)
}

// inDays is a duration as calendars have it.
func inDays(d time.Duration) string {
	const day = 24 * time.Hour
	if d > longClosed {
		return fmt.Sprintf("%d days", (d+day/2)/day)
	}
	return strict.FormatDuration(d.Round(time.Second))
}
