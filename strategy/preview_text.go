package strategy

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
)

// String is the forecast as a table for people: a line per move, and below it what
// they cost. Of a run of moves that are alike, or that take turns, only the first
// and the last are shown. Its form may change.
func (fc Forecast) String() string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	leftovers := fc.Start.Leftover != Share{}
	for i := range fc.Rows {
		leftovers = leftovers || fc.Rows[i].Leftover != Share{}
	}
	head := "move\tstep\tcandidate\tweight\tstable\tweight\t"
	if leftovers {
		head += "leftover\tweight\t"
	}
	_, _ = fmt.Fprintln(table, head+"ready\tpeak\textra\t")
	_, _ = fmt.Fprintln(table, "\tstart\t"+cells(&fc.Start, leftovers)+"\t\t\t"+routing(&fc.Start))
	shown := fc.shown()
	for _, i := range shown {
		if i < 0 {
			continue
		}
		r := &fc.Rows[i]
		_, _ = fmt.Fprintf(table, "%d\t%s\t%s%d\t%d\t%d\t%s\n", i+1, r.Step, cells(&r.Allocation, leftovers), r.Ready, r.Peak, r.Extra, routing(&r.Allocation))
	}
	_ = table.Flush() // a Builder never fails
	lines := []string{fmt.Sprintf("%s, no fewer than %s ready", many(fc.Desired, "instance"), thousands(fc.Floor))}
	lines = append(lines, interleave(strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n"), shown)...)
	if len(fc.Steps) > 1 {
		for i := range fc.Steps {
			lines = append(lines, fc.Steps[i].Step+": "+fc.Steps[i].Cost.String())
		}
	}
	lines = append(lines, "all: "+fc.Cost.String())
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// cells are the counts and weights of a line.
func cells(a *Allocation, leftovers bool) string {
	text := fmt.Sprintf("%d\t%s\t%d\t%s\t", a.Candidate.Instances, a.Candidate.Weight, a.Stable.Instances, a.Stable.Weight)
	if leftovers {
		text += fmt.Sprintf("%d\t%s\t", a.Leftover.Instances, a.Leftover.Weight)
	}
	return text
}

// routing is what the router does beside the weights.
func routing(a *Allocation) string {
	var parts []string
	if a.Routed {
		parts = append(parts, "routed")
	}
	if a.Mirror != 0 {
		parts = append(parts, "mirror "+a.Mirror.String())
	}
	return strings.Join(parts, ", ")
}

const (
	maxPeriod = 4 // of moves that take turns
	minHidden = 3 // fewer moves are shown
)

// shown are the rows to show, by index; a negative number stands for so many that
// are not.
func (fc *Forecast) shown() []int {
	var shown []int
	for i := 0; i < len(fc.Rows); {
		period, hidden := fc.run(i)
		for range period {
			shown = append(shown, i)
			i++
		}
		if hidden > 0 {
			shown = append(shown, -hidden)
			i += hidden // the last ones of the run are too few for another
		}
	}
	return shown
}

// run is the run of moves that begins at a row: after how many it repeats, and how
// many there are between its first and its last; 1 and 0 if there is none.
func (fc *Forecast) run(from int) (period, hidden int) {
	for period = 1; period <= maxPeriod; period++ {
		to := from + period
		for to < len(fc.Rows) && fc.alike(to-period, to) {
			to++
		}
		if hidden = to - from - 2*period; hidden >= minHidden {
			return period, hidden
		}
	}
	return 1, 0
}

// alike reports whether two moves belong to one step and change the counts, and
// all but the weights, in the same way.
func (fc *Forecast) alike(i, j int) bool {
	a, b := &fc.Rows[i], &fc.Rows[j]
	return a.Step == b.Step && a.Routed == b.Routed && a.Mirror == b.Mirror && fc.change(i) == fc.change(j)
}

// change is how many instances of each version a move adds.
func (fc *Forecast) change(i int) [versions]int64 {
	before, after := &fc.Start, &fc.Rows[i].Allocation
	if i > 0 {
		before = &fc.Rows[i-1].Allocation
	}
	return [...]int64{
		after.Stable.Instances - before.Stable.Instances,
		after.Candidate.Instances - before.Candidate.Instances,
		after.Leftover.Instances - before.Leftover.Instances,
	}
}

// interleave puts a line between those of a table, which begin with two of its own,
// for each run of rows that are not shown.
func interleave(table []string, shown []int) []string {
	lines, rest := table[:2:2], table[2:]
	for _, i := range shown {
		if i < 0 {
			lines = append(lines, "... "+thousands(int64(-i))+" more like these")
			continue
		}
		lines, rest = append(lines, rest[0]), rest[1:]
	}
	return lines
}

// String is the cost in one line.
func (c Cost) String() string {
	return fmt.Sprintf("%s, at least %s ready, at most %s, %s",
		many(int64(c.Moves), "move"), thousands(c.Ready), many(c.Peak, "instance"), many(c.Extra, "extra instance-step"))
}

func many(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}

// thousands is a number that is not negative, in groups of three digits.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
