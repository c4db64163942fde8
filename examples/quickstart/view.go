package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// frame is everything that one picture of the live view shows.
type frame struct {
	title   string
	elapsed time.Duration
	rows    []row
	recent  []string // the newest events, oldest first
}

// row is one rollout in a frame.
type row struct {
	scenario scenario
	ended    string // in words; empty before
	good     bool   // it ended as it should
	open     bool   // it did not end, but we did
	steps    []string
	report   *rollout.StageReport // nil unless it runs
	carried  strategy.Weight      // what the proxy gives the candidate
	tally    tally
}

// style is how a part of a line is painted.
type style uint8

const (
	normal style = iota
	bold
	faint
	green
	yellow
	red
)

// span is a piece of a line in one style.
type span struct {
	text  string
	style style
}

type line []span

// glyphs are the signs of the view, for terminals with and without Unicode.
type glyphs struct{ full, rest, done, here, failed string }

var (
	unicodeGlyphs = glyphs{"█", "░", "✓", "▸", "✗"}
	asciiGlyphs   = glyphs{"#", ".", "+", ">", "x"}
)

// render draws a frame. It is a pure function: the same frame, the same lines. If
// there is no room for all of them, the last are left out, so what matters most
// stands first.
func (g glyphs) render(f frame, width, height int) []line {
	lines := []line{{{f.title, bold}, {"  " + clock(f.elapsed), faint}}, nil}
	for i := range f.rows {
		lines = append(lines, g.row(&f.rows[i], width)...)
	}
	if len(f.recent) > 0 {
		lines = append(lines, nil)
		for _, text := range f.recent {
			lines = append(lines, line{{text, faint}})
		}
	}
	if len(lines) > height {
		lines = slices.DeleteFunc(lines, func(l line) bool { return len(l) == 0 })
		lines = lines[:max(min(len(lines), height), 0)]
	}
	for i := range lines {
		lines[i] = lines[i].cut(width)
	}
	return lines
}

func (g glyphs) row(r *row, width int) []line {
	name := fmt.Sprintf("%-8s %s", r.scenario.name, r.scenario.version)
	switch {
	case r.ended != "" && r.good:
		return []line{{{g.done + " ", green}, {name, normal}, {"  " + r.ended, green}}}
	case r.ended != "" && r.open:
		return []line{{{g.here + " ", yellow}, {name, normal}, {"  " + r.ended, yellow}}}
	case r.ended != "":
		return []line{{{g.failed + " ", red}, {name, normal}, {"  " + r.ended, red}}}
	case r.report == nil:
		return []line{{{"  " + name, faint}, {"  " + r.scenario.about, faint}}}
	}
	lines := []line{{{g.here + " ", yellow}, {name, bold}, {"  " + r.scenario.about, normal}}}
	lines = append(lines,
		line{label("now"), {clean(r.report.Doing), normal}},
		line{label("users"), {counted(&r.tally), lossStyle(&r.tally)}},
		g.steps(r), g.amount("weight", int64(r.carried), int64(strategy.Full), r.carried.String()+" to the candidate", width))
	for _, reason := range leaves(r.report.Gates) {
		lines = append(lines, g.gate(reason, width))
	}
	for _, s := range r.report.Signals {
		lines = append(lines, g.signal(s))
	}
	return lines
}

// label is the first column of what belongs to a rollout.
func label(name string) span { return span{fmt.Sprintf("    %-9s ", clean(name)), faint} }

// steps is the ladder, and where on it the rollout stands.
func (g glyphs) steps(r *row) line {
	l := line{label("step")}
	back := r.report.Phase == rollout.RollingBack || r.report.Phase == rollout.Back
	if back {
		l = append(l, span{g.here + "stable  ", red})
	}
	for i, name := range r.steps {
		switch {
		case back:
			l = append(l, span{name + "  ", faint})
		case i < r.report.Index, r.report.Phase == rollout.Done:
			l = append(l, span{g.done + name + "  ", green})
		case i == r.report.Index:
			l = append(l, span{g.here + name + "  ", bold})
		default:
			l = append(l, span{name + "  ", faint})
		}
	}
	return l
}

// gate is a gate with what it waits for; what can be counted has a bar.
func (g glyphs) gate(r gate.Reason, width int) line {
	name := strings.TrimSpace(r.Kind + " " + r.Subject)
	words := strings.TrimPrefix(r.String(), r.Kind+": ")
	if r.Need > 0 {
		return g.amount(name, r.Have, r.Need, words, width)
	}
	return line{label(name), {r.Answer.String() + ": " + clean(words), normal}}
}

// leaves are the gates that gates are made of.
func leaves(reasons []gate.Reason) []gate.Reason {
	var all []gate.Reason
	for _, r := range reasons {
		if len(r.Parts) > 0 {
			all = append(all, leaves(r.Parts)...)
		} else {
			all = append(all, r)
		}
	}
	return all
}

// amount is a bar with words behind it.
func (g glyphs) amount(name string, have, need int64, words string, width int) line {
	cells := int64(min(max(width/3, 5), 30))
	filled := min(max(have, 0), need) * cells / need // what is not full does not look full,
	if have > 0 {
		filled = max(filled, 1) // and what is not empty not empty
	}
	color := yellow
	if have >= need {
		color = green
	}
	return line{
		label(name),
		{strings.Repeat(g.full, int(filled)), color},
		{strings.Repeat(g.rest, int(cells-filled)), faint},
		{" " + clean(words), normal},
	}
}

func (g glyphs) signal(s rollout.SignalReport) line {
	verdict := spaced(string(s.Verdict))
	color := yellow
	switch s.Verdict {
	case health.Healthy:
		color = green
	case health.Degraded:
		color = red
	case "":
		verdict = spaced(string(health.NoData))
	}
	text := strings.TrimPrefix(s.Text, s.Name+": ")
	return line{label(s.Name), {verdict, color}, {"  " + clean(text), normal}}
}

// counted is what the users saw.
func counted(t *tally) string {
	return fmt.Sprintf("%d served, %d answered with an error (%d users), %d lost", t.Served, t.Errors, len(t.Users), t.Lost)
}

func lossStyle(t *tally) style {
	if t.Lost > 0 {
		return red
	}
	return normal
}

// clock is a time since the beginning: "0:07".
func clock(d time.Duration) string {
	s := int(d.Seconds())
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// cut keeps a line within a width, so that no terminal breaks it.
func (l line) cut(width int) line {
	var short line
	for _, s := range l {
		text := []rune(s.text)
		if len(text) > width {
			text = text[:max(width, 0)]
		}
		width -= len(text)
		short = append(short, span{string(text), s.style})
	}
	return short
}

// text is the line without its styles.
func (l line) text() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.text)
	}
	return strings.TrimRight(b.String(), " ")
}

// painted is the line with the escape sequences of its styles.
func (l line) painted() string {
	codes := [...]string{normal: "", bold: "1", faint: "2", green: "32", yellow: "33", red: "31"}
	var b strings.Builder
	for _, s := range l {
		if code := codes[s.style]; code != "" && s.text != "" {
			b.WriteString("\x1b[" + code + "m" + s.text + "\x1b[0m")
		} else {
			b.WriteString(s.text)
		}
	}
	return b.String()
}

// clean keeps a line one line, whatever stands in an error's text, and writes as words
// what the library's texts name as its JSON does.
func clean(text string) string {
	text = strings.ReplaceAll(text, string(health.NoData), spaced(string(health.NoData)))
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, text)
}
