package main

import (
	"fmt"
	"io"
	"strings"
)

// summary writes a line for each mutant, and counts.
type summary struct {
	out        io.Writer
	verbose    bool
	killed     int
	survived   int
	broken     int
	equivalent int // and not killed
	wrong      int // said to be equivalent, and killed
}

func (s *summary) report(m *mutant, o outcome) {
	what := string(o.fate)
	switch {
	case o.fate == broken:
		s.broken++
	case o.fate == killed && m.equivalent != "":
		s.wrong++
		what = "NOT EQUIVALENT, killed by " + o.by
	case o.fate == killed:
		s.killed++
		what = "killed by " + o.by
	case m.equivalent != "":
		s.equivalent++
		what = "equivalent"
	default:
		s.survived++
	}
	_, _ = fmt.Fprintf(s.out, "%s: %s (%.1f s)\n", m.name, what, o.took.Seconds())
	if s.verbose && o.output != "" || o.fate == broken || o.fate == killed && m.equivalent != "" {
		_, _ = fmt.Fprintln(s.out, "\t"+strings.ReplaceAll(strings.TrimSpace(o.output), "\n", "\n\t"))
	}
}

func (s *summary) tried() int { return s.killed + s.survived + s.broken + s.equivalent + s.wrong }

func (s *summary) good() bool { return s.survived == 0 && s.broken == 0 && s.wrong == 0 }

// String is "37 of 37 mutants killed, 2 equivalents".
func (s *summary) String() string {
	parts := []string{fmt.Sprintf("%d of %d mutants killed", s.killed, s.killed+s.survived)}
	for _, part := range []struct {
		n    int
		what string
	}{
		{s.equivalent, "equivalents"},
		{s.survived, "survived"},
		{s.broken, "do not compile"},
		{s.wrong, "said to be equivalent were killed"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return strings.Join(parts, ", ")
}
