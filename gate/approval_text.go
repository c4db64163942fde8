package gate

import (
	"slices"
	"strconv"
	"strings"
)

// Explain says who is asked, who approved, and who did not so that it counts; or who
// rejected, and why. It has the [Summary].
func (a Approval) Explain(f Facts) Reason {
	f.granted = false
	d := a.Evaluate(f)
	r := Reason{Kind: a.Kind(), Subject: strings.Join(a.Roles, ", "), Answer: d.Answer, At: d.Next, Summary: summarize(f)}
	if d.Answer == Refuse {
		r.Text = a.rejected(&f)
		return r
	}
	r.Unit, r.Need, r.Text = "approvals", int64(a.need()), a.asked(&f)
	given, idle := a.given(&f)
	r.Have = int64(len(given))
	if len(given) > 0 {
		r.Text = joined(r.Text, "given by "+few(given))
	}
	if d.Answer == Wait && len(idle) > 0 {
		r.Text = joined(r.Text, "but "+few(idle))
	}
	return r
}

// asked is whose approval of what is asked for.
func (a Approval) asked(f *Facts) (text string) {
	if a.For != "" {
		text = "for " + a.For
	}
	switch {
	case len(a.Roles) > 0:
		text = strings.TrimSpace(text + " by " + strings.Join(a.Roles, " or "))
		if a.NotAuthor {
			text = joined(text, "not the author")
		}
	case a.NotAuthor:
		text = strings.TrimSpace(text + " not by the author")
	}
	if a.unknown(f) {
		text = joined(text, "who is not known")
	}
	return text
}

// given are the people who approve, and what is to be said of those whose last vote
// does not count.
func (a Approval) given(f *Facts) (given, idle []string) {
	l := f.l()
	for i := range l.Votes {
		v := &l.Votes[i]
		is := a.during(v, f.now)
		if !a.isLast(l, i) {
			continue
		}
		whose := possessive(v.By) + " approval "
		if v.Kind == Reject {
			whose = possessive(v.By) + " rejection "
		}
		miss := a.misses(f, v)
		switch {
		case v.Kind == Revoke:
			idle = append(idle, strings.TrimSpace(v.By)+" took it back")
		case v.Kind != Approve && v.Kind != Reject:
		case a.unknown(f): // that is why nothing counts
		case miss != "":
			idle = append(idle, whose+miss)
		case f.now.Before(v.At):
			idle = append(idle, whose+"is from ahead of the clock")
		case !is:
			idle = append(idle, whose+"has expired")
		case v.Kind == Approve:
			given = append(given, strings.TrimSpace(v.By))
		}
	}
	return given, idle
}

// rejected says who rejects, and why.
func (a Approval) rejected(f *Facts) string {
	var who []string
	for i := range f.l().Votes {
		v := &f.l().Votes[i]
		if is := a.during(v, f.now); !is || v.Kind != Reject || !a.counts(f, i) {
			continue
		}
		text := strings.TrimSpace(v.By)
		if v.Reason != "" {
			text += ": " + v.Reason
		}
		who = append(who, text)
	}
	text := "rejected by " + few(who)
	if a.For != "" {
		text = "for " + a.For + " " + text
	}
	return text
}

// possessive is "ann's".
func possessive(name string) string { return strings.TrimSpace(name) + "'s" }

// joined puts a comma between two clauses.
func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}

// few lists the first of several things, and how many more there are.
func few(all []string) string {
	more := len(all) - maxShown
	if more > 0 {
		all = append(slices.Clone(all[:maxShown]), strconv.Itoa(more)+" more")
	}
	if last := len(all) - 1; last > 0 {
		return strings.Join(all[:last], ", ") + " and " + all[last]
	}
	return strings.Join(all, "")
}
