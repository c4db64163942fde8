package rollout

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/seed-20fe5ead/gradatim/gate"
)

// maxVotes bounds the votes that are kept of a step.
const maxVotes = 100

// vote records what a person decided about where a stage stands, for the gates.
func (d *decision) vote(c *Command) string {
	if why := c.voter(); why != "" {
		return why
	}
	i, why := d.addressed(c)
	if why == "" {
		why = d.votable(c, i)
	}
	if why != "" {
		return why
	}
	l := d.ledger(i)
	v := gate.Vote{
		By: c.By, Roles: slices.Clone(c.Roles), Kind: gate.VoteKind(c.Kind), For: c.For, Reason: c.Reason,
		Stage: l.Stage, Step: l.Step, Digest: l.Digest, At: d.now, Until: instant(c.Until),
	}
	votes, ok := withVote(l.Votes, &v)
	if !ok {
		return fmt.Sprintf("%d people have decided already", maxVotes)
	}
	l.Votes = votes
	word := map[CommandKind]string{Approve: "approved", Reject: "rejected", Revoke: "took back what was said"}[c.Kind]
	if c.For != "" {
		word += " for " + c.For
	}
	d.event(EventRecorded, i, c.By, "%s%s", word, because(c))
	return ""
}

// voter refuses a vote of nobody, or of one whose name is not what it looks like.
func (c *Command) voter() string {
	switch {
	case strings.TrimSpace(c.By) == "":
		return "it must say who gives it"
	case len(c.By) > maxName || strings.ContainsFunc(c.By, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Sprintf("who gives it must be one line of at most %d bytes", maxName)
	case c.Kind == Reject && strings.TrimSpace(c.Reason) == "":
		return "a rejection must have a reason"
	}
	return ""
}

// votes reports whether an order is a person's vote.
func (k CommandKind) votes() bool { return k == Approve || k == Reject || k == Revoke }

// votable refuses a vote about what is not decided now. An approval names its step: one
// that comes late is none of the next.
func (d *decision) votable(c *Command, i int) string {
	st, step := d.stage(i), d.standing(i)
	switch {
	case !d.takesVotes(i) && st.Phase == Pending:
		return "nobody is asked before stage " + d.m.stages[i].Name + " begins"
	case !d.takesVotes(i):
		return "the stage is not on its way up"
	case c.Kind == Approve && c.Step != step:
		return "it must name the step that it is about: the stage is at " + step
	case !c.Until.IsZero() && !d.now.Before(c.Until):
		return "it has expired"
	case c.Kind == Revoke && !said(st.Ledger.Votes, c):
		return "there is nothing to take back"
	}
	return ""
}

// takesVotes reports whether people can decide about a stage where it stands: at a step
// or on the way to it, or before it begins if anybody is asked then.
func (d *decision) takesVotes(i int) bool {
	switch d.stage(i).Phase {
	case Moving, Waiting:
		return true
	case Pending:
		return d.place(i).asks
	}
	return false
}

// standing is the step at which a stage stands; empty before it begins.
func (d *decision) standing(i int) string {
	if d.stage(i).Phase == Pending {
		return ""
	}
	return d.m.stages[i].ladder.Steps[d.stage(i).Step].Name
}

// said reports whether the last vote of a person about something still stands.
func said(votes []gate.Vote, c *Command) bool {
	for k := len(votes) - 1; k >= 0; k-- {
		if votes[k].For == c.For && gate.SamePerson(votes[k].By, c.By) {
			return votes[k].Kind != gate.Revoke
		}
	}
	return false
}

// withVote adds a vote. Where there is no room, votes that count no more make way; and
// for one that is no approval, the oldest approval, so that nobody is kept from
// stopping a release. It is false if there still is none.
func withVote(votes []gate.Vote, v *gate.Vote) ([]gate.Vote, bool) {
	if len(votes) >= maxVotes {
		kept := make([]gate.Vote, 0, len(votes))
		for k := range votes {
			if votes[k].Kind != gate.Revoke && !overtaken(&votes[k], append(votes[k+1:len(votes):len(votes)], *v)) {
				kept = append(kept, votes[k])
			}
		}
		votes = kept
	}
	if len(votes) >= maxVotes && v.Kind == gate.Reject {
		if k := slices.IndexFunc(votes, func(v gate.Vote) bool { return v.Kind == gate.Approve }); k >= 0 {
			votes = slices.Delete(votes, k, k+1)
		}
	}
	if len(votes) >= maxVotes {
		return nil, false
	}
	return append(votes, *v), true
}

// overtaken reports whether a later vote is the same person's about the same thing.
func overtaken(v *gate.Vote, later []gate.Vote) bool {
	return slices.ContainsFunc(later, func(l gate.Vote) bool { return l.For == v.For && gate.SamePerson(l.By, v.By) })
}
