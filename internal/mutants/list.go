package main

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"
)

// list is a file of mutants: what is tested, and how, and what is planted.
type list struct {
	packages []string      // patterns, relative to the root of the module
	flags    []string      // of go test
	timeout  time.Duration // of the tests of one mutant
	mutants  []mutant
}

// mutant is one change of one file.
type mutant struct {
	name       string
	line       int    // in the list
	file       string // relative to the root of the module, with slashes
	old, new   string // old occurs exactly once in the file
	equivalent string // why no test can tell; empty if one must
}

const defaultTimeout = time.Minute

// section is the line that a mutant begins with.
var section = regexp.MustCompile(`^-- (.+) --$`)

// parse reads a list: a header of "key: value" lines, and then a section for each
// mutant, which begins with "-- name --", has such lines too, and lines to take out
// and to put in as in a diff. Empty lines and lines that begin with # are skipped.
//
//	packages: ./strategy
//	flags: -short
//	timeout: 30s
//
//	-- the floor is one lower --
//	file: strategy/ladder.go
//	-	return max(0, desired-unavailable)
//	+	return max(0, desired-unavailable-1)
//
// What is taken out need not be whole lines: what follows the minus, or all of them
// joined, is looked for anywhere in the file, and must be found exactly once. Blanks
// before and after it count.
func parse(text string) (*list, error) {
	l := &list{timeout: defaultTimeout}
	var problems []error
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if err := l.parseLine(line, number); err != nil {
			problems = append(problems, fmt.Errorf("line %d: %w", number, err))
		}
	}
	if len(l.packages) == 0 {
		problems = append(problems, errors.New("no packages are given"))
	}
	if len(l.mutants) == 0 {
		problems = append(problems, errors.New("there are no mutants"))
	}
	lines := map[string]int{}
	for i := range l.mutants {
		m := &l.mutants[i]
		if before := lines[m.name]; before > 0 {
			problems = append(problems, fmt.Errorf("line %d: line %d has a mutant of this name", m.line, before))
		}
		lines[m.name] = m.line
		if err := m.check(); err != nil {
			problems = append(problems, fmt.Errorf("line %d: %w", m.line, err))
		}
	}
	return l, errors.Join(problems...)
}

func (l *list) parseLine(line string, number int) error {
	if found := section.FindStringSubmatch(line); found != nil {
		l.mutants = append(l.mutants, mutant{name: strings.TrimSpace(found[1]), line: number})
		return nil
	}
	if line == "" || line[0] == '#' {
		return nil
	}
	if line[0] == '-' || line[0] == '+' {
		if len(l.mutants) == 0 {
			return errors.New("a change before the first mutant")
		}
		m := &l.mutants[len(l.mutants)-1]
		if line[0] == '+' {
			m.new += line[1:] + "\n"
			return nil
		}
		if m.new != "" {
			return errors.New("a line to take out after one to put in: a mutant is one change")
		}
		m.old += line[1:] + "\n"
		return nil
	}
	key, value, ok := strings.Cut(line, ":")
	if value = strings.TrimSpace(value); !ok || value == "" {
		return fmt.Errorf("%q is neither a change nor \"key: value\"", line)
	}
	if len(l.mutants) > 0 {
		return l.mutants[len(l.mutants)-1].set(key, value)
	}
	return l.set(key, value)
}

func (l *list) set(key, value string) error {
	switch key {
	case "packages":
		l.packages = strings.Fields(value)
	case "flags":
		l.flags = strings.Fields(value)
	case "timeout":
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 {
			return fmt.Errorf("the timeout must be a duration such as 30s, not %q", value)
		}
		l.timeout = d
	default:
		return fmt.Errorf("the header has packages, flags and timeout, not %q", key)
	}
	return nil
}

func (m *mutant) set(key, value string) error {
	switch key {
	case "file":
		m.file = path.Clean(value)
	case "equivalent":
		m.equivalent = value
	default:
		return fmt.Errorf("a mutant has file and equivalent, not %q", key)
	}
	return nil
}

// check takes the line ends that parseLine left off.
func (m *mutant) check() error {
	m.old, m.new = strings.TrimSuffix(m.old, "\n"), strings.TrimSuffix(m.new, "\n")
	switch {
	case m.file == "":
		return fmt.Errorf("%s: no file is given", m.name)
	case path.IsAbs(m.file) || m.file == ".." || strings.HasPrefix(m.file, "../"):
		return fmt.Errorf("%s: %s is not below the root of the module", m.name, m.file)
	case m.old == "":
		return fmt.Errorf("%s: nothing is taken out", m.name)
	case m.old == m.new:
		return fmt.Errorf("%s: nothing changes", m.name)
	}
	return nil
}

// plant returns the source of a file with the mutant in it.
func (m *mutant) plant(source string) (string, error) {
	if n := strings.Count(source, m.old); n != 1 {
		return "", fmt.Errorf("line %d: %s: what is to be taken out is found %d times in %s, not once", m.line, m.name, n, m.file)
	}
	return strings.Replace(source, m.old, m.new, 1), nil
}
