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
// The zero Approval is one person in any role.
type Approval struct {
	// Count is how many different people; zero means 1.
	Count int `json:"count"`
	// Roles are those of which a person must have one; empty means any or none.
	Roles []string `json:"roles"`
	// NotAuthor leaves out who made the release ([Brief]). While that is not known the
	// gate waits: nobody can be told from the author then.
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
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
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
	if a.unknown(f) {
		return Decision{Answer: Wait}
	}
	is := a.tally(f, nil, f.now)
	d := Decision{Answer: is.answer}
	if f.granted && d.Answer == Wait {
		return Decision{Answer: Open}
	}
	if !is.begins && d.Answer == Wait { // by time alone there will only be less
		return d
	}
	votes := a.last(f)
	for then := is; !then.next.IsZero(); { // every turn is later than the one before
		at := then.next
		if then = a.tally(f, &votes, at); then.answer != d.Answer {
			d.Next = at
			break
		}
	}
	return d
}

// unknown reports whether the author must be known and is not.
func (a *Approval) unknown(f *Facts) bool {
	return a.NotAuthor && strings.TrimSpace(f.Brief().Author) == ""
}

func (a *Approval) need() int { return max(a.Count, 1) }

// lastVotes marks the votes that count but for the time, as far as it has room.
type lastVotes [2]uint64

// last finds the votes that count at some time.
func (a *Approval) last(f *Facts) (marked lastVotes) {
	for i := range min(len(f.l().Votes), 64*len(marked)) {
		if a.counts(f, i) {
			marked[i/64] |= 1 << (i % 64)
		}
	}
	return marked
}

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

// tally is what votes come to at an instant; next is the first one after it at which
// one of them begins or ends to count.
type tally struct {
	answer    Answer
	approvals int
	next      time.Time
	begins    bool // one that does not count yet
}

func (a *Approval) tally(f *Facts, votes *lastVotes, now time.Time) (t tally) {
	all := f.l().Votes
	for i := range all {
		room := votes != nil && i < 64*len(votes)
		if room && votes[i/64]&(1<<(i%64)) == 0 || !room && !a.counts(f, i) {
			continue
		}
		v := &all[i]
		is, change := a.during(v, now)
		t.next = earlier(t.next, change)
		t.begins = t.begins || !is && !change.IsZero()
		switch {
		case !is:
		case v.Kind == Reject:
			t.answer = Refuse
		default:
			t.approvals++
		}
	}
	if t.answer != Refuse && t.approvals >= a.need() {
		t.answer = Open
	}
	return t
}

// during reports whether an instant lies in the time of a vote, and when that changes
// next; zero for never.
func (a *Approval) during(v *Vote, now time.Time) (is bool, next time.Time) {
	switch {
	case now.Before(v.At):
		return false, v.At
	case !v.Until.IsZero() && !now.Before(v.Until):
		return false, time.Time{}
	case a.Lasts == 0:
		return true, v.Until
	}
	end := v.At.Add(a.Lasts)
	if !now.Before(end) {
		return false, time.Time{}
	}
	return true, earlier(v.Until, end)
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
