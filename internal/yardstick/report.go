package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

func (r *row) rate() float64 { return float64(r.ended) / float64(r.runs) }

func (r *row) label() string { return fmt.Sprintf("%s, every %d s", r.method.name, r.seconds) }

// line is a row as JSON.
type line struct {
	Scenario      string  `json:"scenario"`
	Method        string  `json:"method"`
	Alpha         float64 `json:"alpha"` // 0: the method promises nothing
	CheckSeconds  int     `json:"check_seconds"`
	Runs          int     `json:"runs"`
	EndedRate     float64 `json:"ended_rate"`
	MeanMinutes   float64 `json:"mean_minutes"`
	MedianMinutes float64 `json:"median_minutes"`
	HarmedUsers   float64 `json:"harmed_users"`
	BoundMinutes  float64 `json:"bound_minutes"` // 0: there is none
	Exact         bool    `json:"exact"`
	Ours          bool    `json:"ours"`
}

func (r *row) json(w io.Writer, s *scenario) error {
	return json.NewEncoder(w).Encode(line{
		Scenario: s.name, Method: r.method.name, Alpha: r.method.alpha, CheckSeconds: r.seconds, Runs: r.runs,
		EndedRate: r.rate(), MeanMinutes: r.mean, MedianMinutes: r.median, HarmedUsers: r.harmed,
		BoundMinutes: r.bound, Exact: r.method.exact(s), Ours: r.method.ours,
	})
}

// table writes all rows of a scenario for people.
func table(out io.Writer, s *scenario, rows []row) error {
	if _, err := fmt.Fprintf(out, "\n%s\n%s\n\n", s.name, wrapped(s.about)); err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	ended := "rolled back"
	if s.hold {
		ended = "held or back"
	}
	heads := []string{"every", "runs", ended}
	if s.worse {
		heads = append(heads, "mean min", "median", "harmed", "bound", "mean/bound")
	} else {
		heads = append(heads, "99% limit", "promise", "harmed")
	}
	if s.worse && s.onset > 0 {
		heads = append(heads, "too early")
	}
	_, _ = fmt.Fprintf(w, "  %s\t%s\t%s\n", strings.Join(heads, "\t"), "held", "  method")
	for i := range rows {
		_, _ = fmt.Fprintln(w, "  "+strings.Join(rows[i].cells(s), "\t"))
	}
	return w.Flush()
}

// cells are those of a row of the table.
func (r *row) cells(s *scenario) []string {
	share := func(n int) string { return fmt.Sprintf("%.4g %%", 100*float64(n)/float64(r.runs)) }
	cells := []string{fmt.Sprintf("%d s", r.seconds), fmt.Sprint(r.runs), share(r.ended)}
	if s.worse {
		mean, median, bound, times := "-", "-", "-", "-"
		if r.early < r.runs {
			mean = fmt.Sprintf("%.2f", r.mean)
		}
		if 2*(r.ended-r.early) > r.runs-r.early {
			median = fmt.Sprintf("%.2f", r.median)
		}
		if r.bound > 0 {
			bound, times = fmt.Sprintf("%.2f", r.bound), fmt.Sprintf("%.2f", r.mean/r.bound)
		}
		cells = append(cells, mean, median, fmt.Sprintf("%.1f", r.harmed), bound, times)
	} else {
		cells = append(cells, fmt.Sprintf("%.3g %%", 100*upperLimit(r.ended, r.runs)), r.promised(s), fmt.Sprintf("%.1f", r.harmed))
	}
	if s.worse && s.onset > 0 {
		cells = append(cells, share(r.early))
	}
	return append(cells, share(r.held), "  "+r.method.name)
}

// promised is the false rate that the method promises, in words.
func (r *row) promised(s *scenario) string {
	switch {
	case !r.method.promises:
		return "none"
	case !r.method.exact(s):
		return fmt.Sprintf("~%.4g %%", 100*promise(s, r.method))
	}
	return fmt.Sprintf("%.4g %%", 100*promise(s, r.method))
}

// wrapped breaks a text into lines that can be read.
func wrapped(text string) string {
	const width = 110
	var b strings.Builder
	used := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case used == 0:
		case used+1+len(word) > width:
			b.WriteByte('\n')
			used = 0
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += len(word)
	}
	return b.String()
}

// legend says what the columns mean.
const legend = `What is simulated, and how to read it

All methods see the same requests, drawn in slots of 5 seconds. "rolled back" is the share of runs that were ended;
where the candidate is no worse each of those is a false alarm, and "99% limit" is the rate below which the true one is
for sure (Clopper and Pearson). "promise" is the false rate that the method says it keeps; with ~ it is not exact
there. "mean min" and "median" count from when the candidate is worse; a run that was never ended counts with all the
time there was. "harmed" are the users who met an error (or more than 500 ms) on the candidate until then. "bound" is
what no test of the same false rate can be faster than in the mean: ln(1/alpha) by the information of a minute, for ours
at the alpha that is left after the division over stages and signals. "held" are runs in which a hold was asked for.
`

// conclude writes what was found.
func (c *campaign) conclude(out io.Writer) error {
	_, err := fmt.Fprint(out, "\nVerdict\n")
	for _, v := range c.verdicts {
		_, _ = fmt.Fprintf(out, "\n%s\n", v.heading)
		for _, f := range v.findings {
			_, err = fmt.Fprintf(out, "  %-6s  %s\n", f.state, f.figures)
		}
	}
	return err
}
