package gate

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// maxApprovals bounds Count and the number of roles: the people of one decision.
const maxApprovals = 100

// Approval waits until so many people approve of this very step of this very artifact.
// Of several votes by one person about one thing only the last counts, so a person can
// change their mind, or take a vote back. A counting rejection refuses.
//
// Two approvals beside each other count apart: who has the roles of both gives both. Where
// different people are to decide, ask one Approval for as many.
//
// The zero Approval is one person in any role.
type Approval struct {
	// Count is how many different people; zero means 1.
	Count int `json:"count"`
	// Roles are those of which a person must have one; empty means any or none.
	Roles []string `json:"roles"`
	// NotAuthor leaves out who made the release ([Brief]). While that is not known the
	// gate waits: nobody can be told from the author then. A plan that does not say it is
	// refused.
	NotAuthor bool `json:"notAuthor"`
	// For is what is approved of, if it is not the step as such: votes for anything
	// else are not looked at.
	For string `json:"for"`
	// Lasts is how long a vote counts; zero is for ever. A vote that says until when it
	// counts ends then, if that is earlier.
	Lasts time.Duration `json:"lasts"`
}

// Asker is implemented by gates that people's votes open, as [Approval], so that it is
// known where people can vote.
type Asker interface{ Asks() bool }

// SamePerson reports whether two names are one person's: but for the case of letters
// and the space around them.
func SamePerson(a, b string) bool {
	return a == b || strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// Asks reports whether people are waited for and nobody else: the gates wait, and would
// be open if only the approvals were given that can be.
func Asks(gates []Gate, f Facts) bool {
	if All(gates).Evaluate(f).Answer != Wait {
		return false
	}
	f.granted = true
	return All(gates).Evaluate(f).Answer == Open
}

// Kind is "approval".
func (Approval) Kind() string { return "approval" }

// Asks implements [Asker].
func (Approval) Asks() bool { return true }

// Expiry implements [Expirer].
func (a Approval) Expiry() time.Duration { return a.Lasts }

// Evaluate counts the votes. It looks ahead over those that begin or end to count, for
// the first instant at which that changes the answer.
func (a Approval) Evaluate(f Facts) Decision { return a.decide(&f) }

func (a *Approval) decide(f *Facts) Decision {
	d := Decision{Answer: Wait}
	if a.unknown(f) {
		return d
	}
	if len(f.l().Votes) > 0 {
		d = a.count(f)
	}
	if f.granted && d.Answer == Wait {
		return Decision{Answer: Open}
	}
	return d
}

// unknown reports whether the author must be known and is not.
func (a *Approval) unknown(f *Facts) bool {
	return a.NotAuthor && strings.TrimSpace(f.Brief().Author) == ""
}

func (a *Approval) need() int { return max(a.Count, 1) }

// counts reports whether a vote counts, but for the time.
func (a *Approval) counts(f *Facts, i int) bool {
	l := f.l()
	v := &l.Votes[i]
	return (v.Kind == Approve || v.Kind == Reject) && a.misses(f, v) == "" && a.isLast(l, i)
}

// isLast reports whether a vote is its person's last about the same thing.
func (a *Approval) isLast(l *Ledger, i int) bool {
	v := &l.Votes[i]
	if v.For != a.For || strings.TrimSpace(v.By) == "" {
		return false
	}
	for k := i + 1; k < len(l.Votes); k++ {
		if l.Votes[k].For == a.For && SamePerson(l.Votes[k].By, v.By) {
			return false
		}
	}
	return true
}

// misses says what keeps a vote from ever counting here, in words that follow those
// for the vote; empty if nothing does.
func (a *Approval) misses(f *Facts, v *Vote) string {
	l := f.l()
	switch {
	case v.Stage != l.Stage:
		return "is of another stage"
	case v.Step != l.Step:
		return "is of another step"
	case v.Digest != l.Digest:
		return "is of another artifact"
	case a.NotAuthor && SamePerson(v.By, f.Brief().Author):
		return "is the author's"
	case !a.hasRole(v):
		return "comes without any of the roles"
	}
	return ""
}

func (a *Approval) hasRole(v *Vote) bool {
	if len(a.Roles) == 0 {
		return true
	}
	for _, want := range a.Roles {
		for _, has := range v.Roles {
			if want != "" && has == want {
				return true
			}
		}
	}
	return false
}

// tally is how many people approve and reject at an instant, or how that changes.
type tally struct{ approvals, rejections int32 }

func (t tally) plus(u tally) tally {
	return tally{t.approvals + u.approvals, t.rejections + u.rejections}
}

func (a *Approval) answer(t tally) Answer {
	switch {
	case t.rejections > 0:
		return Refuse
	case int(t.approvals) >= a.need():
		return Open
	}
	return Wait
}

// edge is an instant at which a vote begins or ends to count.
type edge struct {
	at     time.Time
	change tally
}

// For so many votes edges need no memory of their own; a few are what there is mostly.
const (
	fewVotes  = 8
	manyVotes = 100
)

// count is the answer now, and the first edge that leads to another one. Mostly there is
// none: then votes are only counted.
func (a *Approval) count(f *Facts) Decision {
	now, begins, ends := tally{}, false, false
	votes := f.l().Votes
	for i := range votes {
		if !a.counts(f, i) {
			continue
		}
		v := &votes[i]
		end, once := a.end(v)
		switch {
		case once && !(end.After(v.At) && end.After(f.now)): // it never counted, or no more
		case f.now.Before(v.At):
			begins = true
		default:
			now = now.plus(v.change())
			ends = ends || once
		}
	}
	d := Decision{Answer: a.answer(now)}
	switch {
	case !begins && (d.Answer == Wait || !ends): // by time alone there will only be less
		return d
	case len(votes) <= fewVotes:
		var room [2 * fewVotes]edge
		d.Next = a.turn(f, now, room[:0])
	default:
		var room [2 * manyVotes]edge
		d.Next = a.turn(f, now, room[:0])
	}
	return d
}

// turn is the first instant at which what counts now does not any more.
func (a *Approval) turn(f *Facts, now tally, edges []edge) time.Time {
	is, votes := a.answer(now), f.l().Votes
	for i := range votes {
		v := &votes[i]
		end, ends := a.end(v)
		if ends && !(end.After(v.At) && end.After(f.now)) || !a.counts(f, i) {
			continue
		}
		change := v.change()
		if f.now.Before(v.At) {
			edges = append(edges, edge{v.At, change})
		}
		if ends {
			edges = append(edges, edge{end, tally{-change.approvals, -change.rejections}})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return a.at.Compare(b.at) })
	for i := range edges {
		now = now.plus(edges[i].change)
		if i+1 < len(edges) && edges[i+1].at.Equal(edges[i].at) {
			continue // what happens at one instant happens at once
		}
		if a.answer(now) != is {
			return edges[i].at
		}
	}
	return time.Time{}
}

// change is what a vote adds while it counts.
func (v *Vote) change() tally {
	if v.Kind == Reject {
		return tally{rejections: 1}
	}
	return tally{approvals: 1}
}

// end is when a vote ends to count, if it does: by itself, or because it has lasted.
func (a *Approval) end(v *Vote) (end time.Time, ends bool) {
	if a.Lasts == 0 {
		return v.Until, !v.Until.IsZero()
	}
	end = v.At.Add(a.Lasts)
	if !v.Until.IsZero() && v.Until.Before(end) {
		end = v.Until
	}
	return end, true
}

// during reports whether an instant lies in the time of a vote.
func (a *Approval) during(v *Vote, now time.Time) bool {
	end, ends := a.end(v)
	return !now.Before(v.At) && !(ends && !now.Before(end))
}

// Validate implements [Validator].
func (a Approval) Validate() error {
	var p strict.Problems
	if a.Count < 0 || a.Count > maxApprovals {
		p.Add("count", a.Count, "must be from 1 to 100; 0 means 1")
	}
	if len(a.Roles) > maxApprovals {
		p.Add("roles", len(a.Roles), "must be at most 100")
	}
	for i, role := range a.Roles[:min(len(a.Roles), maxApprovals)] {
		path := "roles[" + strconv.Itoa(i) + "]"
		switch {
		case role == "":
			p.Add(path, role, "must be the name of a role")
		case slices.Contains(a.Roles[:i], role):
			p.Add(path, role, "must be named only once")
		default:
			checkName(&p, path, role)
		}
	}
	checkName(&p, "for", a.For)
	if a.Lasts < 0 {
		p.Add("lasts", length(a.Lasts), ruleNegative)
	}
	return p.Err()
}
