package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/seed-20fe5ead/gradatim/rollout"
)

// result is how one rollout went.
type result struct {
	scenario scenario
	outcome  rollout.Outcome // empty if it did not end
	why      string          // it did not end, in words
	entry    entry
}

// good says whether a rollout ended as it should, and lost nothing by itself.
func (r *result) good() bool { return r.outcome == r.scenario.expect && r.entry.Tally.Lost == 0 }

// ended is how it ended, in words.
func (r *result) ended() string {
	if r.outcome == "" {
		return r.why
	}
	return words(r.outcome)
}

// summary is the line that stays in the live view.
func (r *result) summary() string {
	t := &r.entry.Tally
	return fmt.Sprintf("%s; %s served, %s lost", r.ended(), thousands(t.Served+t.Errors), thousands(t.Lost))
}

func words(o rollout.Outcome) string {
	switch o {
	case rollout.Completed:
		return "promoted"
	case rollout.WentBack:
		return "rolled back"
	default:
		return spaced(string(o))
	}
}

// spaced writes one of the library's names as words: "rolledBack" is "rolled back".
func spaced(name string) string {
	var b strings.Builder
	for _, c := range name {
		if unicode.IsUpper(c) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// expected is whether that is what should have come of it.
func (r *result) expected() string {
	switch {
	case r.outcome == "":
		return "-"
	case r.outcome != r.scenario.expect:
		return "no"
	}
	return "yes"
}

// report prints the table at the end, and says whether all went as it should.
func report(out io.Writer, results []result) (good bool) {
	if len(results) == 0 {
		return false
	}
	good = true
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	var all tally
	_, _ = fmt.Fprintln(table, "\nROLLOUT\tENDED\tEXPECTED\tSERVED\tLOST\tAFFECTED USERS\tTIME TO ROLLBACK")
	for i := range results {
		r := &results[i]
		good = good && r.good()
		t := &r.entry.Tally
		all.Served += t.Served + t.Errors
		all.Errors += t.Errors
		all.Lost += t.Lost
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", r.scenario.name,
			r.ended(), r.expected(), thousands(t.Served+t.Errors), thousands(t.Lost), len(t.Users), r.entry.timeToRollback())
	}
	_ = table.Flush() // a Builder never fails
	_, _ = fmt.Fprintf(&text, `
Affected users saw an error. The time to rollback begins with the first
request that the candidate could get, and ends when all traffic is stable's
again; how long the way back took is in brackets.

%s requests were served, %s of them with an error that the release made.
%s were lost by the rollouts themselves; it must be 0.
`, thousands(all.Served), thousands(all.Errors), thousands(all.Lost))
	for i := range results {
		results[i].complain(&text)
	}
	_, _ = io.WriteString(out, text.String())
	return good
}

// complain says what of a rollout was not as it should be.
func (r *result) complain(out io.Writer) {
	if r.outcome != "" && r.outcome != r.scenario.expect {
		_, _ = fmt.Fprintf(out, "%s was %s, and should have been %s.\n", r.scenario.name, words(r.outcome), words(r.scenario.expect))
	}
	for _, why := range r.entry.Tally.Why {
		_, _ = fmt.Fprintf(out, "%s lost a request: %s\n", r.scenario.name, clean(why))
	}
}

// thousands writes 12,345.
func thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
