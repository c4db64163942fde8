package scrape

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/seed-20fe5ead/gradatim/internal/series"
)

const (
	// maxLines bounds the lines of a page that are parsed at once: parsed, a short
	// one takes two hundred times the memory.
	maxLines = 2 * series.MaxSeries
	// batch is how many bytes of the other lines are checked at once.
	batch = 1 << 16
)

// sifted are the lines of a page that may have to do with wanted names. Every other
// line is empty, so that errors name the right one.
type sifted struct {
	text  []byte
	other bool // the other lines have samples
}

// sift reads a page. The lines that are left out are parsed too, a few at a time,
// because a page that is broken anywhere cannot be trusted.
func sift(r io.Reader, wanted map[string]bool) (*sifted, error) {
	stems := map[string]bool{stem(series.ProcessStart): true}
	for name := range wanted {
		stems[stem(name)] = true
	}
	s, rest := &sifted{}, &bytes.Buffer{}
	first, kept := 0, 0 // the lines before those of rest, and how many are kept
	in, parser := bufio.NewReader(r), expfmt.NewTextParser(model.UTF8Validation)
	for n := 1; ; n++ {
		line, err := in.ReadString('\n')
		if err != nil && err != io.EOF {
			return nil, err
		}
		name, line, sure := nameOf(line)
		mine := !sure || stems[stem(name)]
		if mine {
			s.text = append(s.text, line...)
			if kept++; kept > maxLines {
				return nil, fmt.Errorf("more than %d lines have to do with what is counted", maxLines)
			}
		} else {
			s.text = append(s.text, '\n')
		}
		if !mine || !sure {
			rest.WriteString(line)
		} else {
			rest.WriteByte('\n')
		}
		if rest.Len() < batch && err == nil {
			continue
		}
		found, broken := parser.TextToMetricFamilies(rest)
		if p := (expfmt.ParseError{}); errors.As(broken, &p) {
			p.Line += first
			return nil, p
		} else if broken != nil {
			return nil, broken
		}
		s.other = s.other || len(found) > 0
		if err == io.EOF {
			return s, nil
		}
		first = n
		rest.Reset()
	}
}

// nameOf is the name that a line is about, also one that says its type; empty if it
// is about none. It is not sure of what the parser has to refuse. A name in braces is
// put before them: there, the parser reads labels as those of the line before.
func nameOf(line string) (name, same string, sure bool) {
	text := strings.TrimLeft(line, " \t")
	if strings.HasPrefix(text, "{") {
		return inBraces(line, text)
	}
	if comment, ok := strings.CutPrefix(text, "#"); ok {
		comment = strings.TrimLeft(comment, " \t")
		if text, ok = strings.CutPrefix(comment, "TYPE"); !ok {
			text, ok = strings.CutPrefix(comment, "HELP")
		}
		after := strings.TrimLeft(text, " \t")
		if !ok || after == text {
			return "", line, true
		}
		text = after
	}
	name, sure = (&scanner{text: text}).token(true)
	return name, line, sure
}

// inBraces is nameOf of a line that has no name before its braces.
func inBraces(line, text string) (name, same string, sure bool) {
	p := &scanner{text: text, at: 1}
	for {
		if p.space(); p.peek() == '}' && same != "" {
			return name, same, true
		}
		start := p.at
		word, ok := p.token(false)
		end := p.at
		p.space()
		switch next := p.peek(); {
		case !ok || word == "":
			return "", line, false
		case next == '=':
			p.at++
			p.space()
			quoted := p.peek() == '"'
			if _, ok = p.token(false); !ok || !quoted {
				return "", line, false
			}
			p.space()
		case same == "" && (next == ',' || next == '}'):
			name = word
			same = text[start:end] + text[:start] + strings.TrimPrefix(text[p.at:], ",")
		default:
			return "", line, false
		}
		switch p.peek() {
		case ',':
			p.at++
		case '}':
		default:
			return "", line, false
		}
	}
}

// scanner reads a line of a page from left to right.
type scanner struct {
	text string
	at   int
}

func (p *scanner) space() {
	for p.peek() == ' ' || p.peek() == '\t' || p.peek() == '\n' {
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

// token reads a name as the parser does: all of it or its end may be in quotes. So is
// a label's value. It fails if the quote is not closed, or has an escape that is none.
func (p *scanner) token(colons bool) (string, bool) {
	var name []byte
	quoted := false
	for ; p.at < len(p.text); p.at++ {
		c := p.text[p.at]
		switch {
		case c == '"' && quoted:
			p.at++
			return string(name), true
		case c == '"':
			quoted = true
			continue
		case quoted && c == '\n':
			return "", false
		case quoted && c == '\\':
			p.at++
			if c = p.peek(); c == 'n' {
				c = '\n'
			} else if c != '"' && c != '\\' {
				return "", false
			}
		case quoted, c == '_', '0' <= c && c <= '9', 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', c == ':' && colons:
		default:
			return string(name), true
		}
		name = append(name, c)
	}
	return string(name), !quoted
}

// stem is what the names of all series of a histogram or a summary have in common.
// The parser compares no names of different stems.
func stem(name string) string {
	for {
		short := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count"), "_sum")
		if short == name {
			return name
		}
		name = short
	}
}
