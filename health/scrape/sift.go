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
)

const (
	// maxLines bounds the lines of a page that are parsed at once: parsed, a short
	// one takes two hundred times the memory.
	maxLines = 2 * maxSeries
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
	stems := map[string]bool{stem(processStart): true}
	for name := range wanted {
		stems[stem(name)] = true
	}
	s, rest := &sifted{}, &bytes.Buffer{}
	first, kept := 0, 0 // the lines before those of rest, and how many are kept
	in, parser := bufio.NewReader(r), expfmt.NewTextParser(model.UTF8Validation)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return nil, err
		}
		name, plain := nameOf(line)
		mine := !plain || stems[stem(name)]
		if mine {
			s.text = append(s.text, line...)
			if kept++; kept > maxLines {
				return nil, fmt.Errorf("more than %d lines have to do with what is counted", maxLines)
			}
		} else {
			s.text = append(s.text, '\n')
		}
		if !mine || !plain {
			rest.Write(line)
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
// is about none. It is not plain if it is in quotes, which may be anywhere in braces.
func nameOf(line []byte) (name string, plain bool) {
	text := strings.TrimLeft(string(line), " \t")
	if comment, ok := strings.CutPrefix(text, "#"); ok {
		comment = strings.TrimLeft(comment, " \t")
		if text, ok = strings.CutPrefix(comment, "TYPE"); !ok {
			text, ok = strings.CutPrefix(comment, "HELP")
		}
		after := strings.TrimLeft(text, " \t")
		if !ok || after == text {
			return "", true
		}
		text = after
	}
	end := strings.IndexFunc(text, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '_' && c != ':'
	})
	if end < 0 { // the page ends in a name
		return text, true
	}
	return text[:end], text[end] != '"' && (end > 0 || text[end] != '{')
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
