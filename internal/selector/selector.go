// Package selector reads selectors of metrics and of alerts as they are written for
// Prometheus, and compares labels with them.
package selector

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Selector is a parsed selector: a metric's name and what its labels must be.
type Selector struct {
	Name  string // empty of a selector of labels only
	Match []Matcher
}

// Matcher is one condition on a label. A label that is absent is the empty text.
type Matcher struct {
	Label string
	Op    string // = != =~ !~
	Value string
	re    *regexp.Regexp // anchored; nil compares with Value
}

// String writes the condition as it is read: code=~"5..".
func (m Matcher) String() string { return m.Label + m.Op + strconv.Quote(m.Value) }

// Matches reports whether all conditions hold. The name is not looked at.
func Matches[L ~map[K]V, K, V ~string](s *Selector, labels L) bool {
	for _, x := range s.Match {
		v := string(labels[K(x.Label)])
		ok := v == x.Value
		if x.re != nil {
			ok = x.re.MatchString(v)
		}
		if ok == (x.Op[0] == '!') {
			return false
		}
	}
	return true
}

// Text is the selector as Prometheus reads it, of one or more names instead of its own,
// and with more conditions.
func (s *Selector) Text(names []string, more ...string) string {
	var match []string
	name := names[0]
	if len(names) > 1 {
		name, match = "", []string{"__name__=~" + strconv.Quote(strings.Join(names, "|"))}
	}
	for _, m := range s.Match {
		match = append(match, m.String())
	}
	if match = append(match, more...); len(match) == 0 {
		return name
	}
	return name + "{" + strings.Join(match, ",") + "}"
}

// scanner reads a selector from left to right.
type scanner struct {
	text string
	at   int
}

// Parse reads name{label="v",l2!="x",l3=~"re",l4!~"re"}. Errors name the byte at which
// reading stopped, the first one being 1.
func Parse(text string) (*Selector, error) { return parse(text, true) }

// ParseLabels reads {label="v",l2!="x",l3=~"re",l4!~"re"}, a selector without a name.
func ParseLabels(text string) (*Selector, error) { return parse(text, false) }

func parse(text string, named bool) (*Selector, error) {
	p := &scanner{text: text}
	s, err := p.selector(named)
	if err != nil {
		return nil, fmt.Errorf("selector %q: position %d: %w", text, p.at+1, err)
	}
	return s, nil
}

func (p *scanner) selector(named bool) (*Selector, error) {
	p.space()
	s := &Selector{}
	switch {
	case named:
		if s.Name = p.word(true); s.Name == "" {
			return nil, fmt.Errorf("a metric name must stand here")
		}
	case p.peek() != '{':
		return nil, fmt.Errorf("{ must stand here")
	}
	if p.space(); p.peek() == '{' {
		p.at++
		if err := p.matchers(s); err != nil {
			return nil, err
		}
	}
	if p.space(); p.at < len(p.text) {
		return nil, fmt.Errorf("nothing may follow the selector")
	}
	return s, nil
}

func (p *scanner) matchers(s *Selector) error {
	for {
		if p.space(); p.peek() == '}' {
			p.at++
			return nil
		}
		m, err := p.matcher()
		if err != nil {
			return err
		}
		s.Match = append(s.Match, m)
		switch p.space(); p.peek() {
		case ',':
			p.at++
		case '}':
		default:
			return fmt.Errorf("a comma or } must stand here")
		}
	}
}

func (p *scanner) matcher() (m Matcher, err error) {
	if m.Label = p.word(false); m.Label == "" {
		return m, fmt.Errorf("a label name must stand here")
	}
	if m.Label == "__name__" {
		return m, fmt.Errorf("the metric's name stands before the brace")
	}
	p.space()
	if m.Op = p.operator(); m.Op == "" {
		return m, fmt.Errorf("one of = != =~ !~ must stand here")
	}
	p.space()
	start := p.at
	if m.Value, err = p.quoted(); err != nil {
		return m, err
	}
	if m.Op == "=~" || m.Op == "!~" {
		if m.re, err = regexp.Compile("^(?s:" + m.Value + ")$"); err != nil {
			p.at = start
			return m, err
		}
	}
	return m, nil
}

func (p *scanner) operator() string {
	for _, op := range []string{"=~", "!~", "!=", "="} {
		if len(p.text)-p.at >= len(op) && p.text[p.at:p.at+len(op)] == op {
			p.at += len(op)
			return op
		}
	}
	return ""
}

// quoted reads a text in double quotes or backquotes, written as in Go.
func (p *scanner) quoted() (string, error) {
	quote := p.peek()
	if quote != '"' && quote != '`' {
		return "", fmt.Errorf("a text in quotes must stand here")
	}
	for i := p.at + 1; i < len(p.text); i++ {
		switch p.text[i] {
		case '\\':
			if quote == '"' {
				i++
			}
		case quote:
			v, err := strconv.Unquote(p.text[p.at : i+1])
			if err != nil {
				return "", fmt.Errorf("the text in quotes is written wrongly")
			}
			p.at = i + 1
			return v, nil
		}
	}
	return "", fmt.Errorf("the quote is not closed")
}

// word reads a metric's name, or a label's, which has no colons.
func (p *scanner) word(colons bool) string {
	start := p.at
	for p.at < len(p.text) {
		c := p.text[p.at]
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || colons && c == ':'
		if !letter && (p.at == start || c < '0' || c > '9') {
			break
		}
		p.at++
	}
	return p.text[start:p.at]
}

func (p *scanner) space() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t' || p.text[p.at] == '\n') {
		p.at++
	}
}

// peek is the next byte, 0 at the end.
func (p *scanner) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}
