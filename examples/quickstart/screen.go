package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// screen prints what happens: as a picture that is drawn again and again where
// there is a terminal, and as one line per event everywhere else.
type screen struct {
	out    io.Writer
	size   func() (columns, rows int, ok bool) // nil where there is no terminal
	glyphs glyphs
	color  bool
	begun  time.Time

	mu    sync.Mutex
	drawn int // lines of the picture that is on the screen
	// The size when it was drawn.
	columns, rows int
}

// newScreen looks at where the output goes, and at what the environment asks for.
func newScreen(f *os.File, plain bool) *screen {
	s := &screen{out: f, glyphs: asciiGlyphs, color: os.Getenv("NO_COLOR") == "", begun: time.Now()}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} { // the first that is set decides
		if locale := strings.ToLower(os.Getenv(name)); locale != "" {
			if strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8") {
				s.glyphs = unicodeGlyphs
			}
			break
		}
	}
	term := os.Getenv("TERM")
	_, _, ok := terminalSize(f)
	if ok && !plain && term != "" && term != "dumb" {
		s.size = func() (int, int, bool) { return terminalSize(f) }
	}
	return s
}

// live says whether pictures are drawn.
func (s *screen) live() bool { return s.size != nil }

// say prints a line that stays. In a live view it stands above the picture.
func (s *screen) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	_, _ = fmt.Fprintf(s.out, format+"\n", args...)
}

// event is one line about what happened, with when.
func (s *screen) event(at time.Time, name, text string) string {
	return fmt.Sprintf("%6.1fs  %-8s %s", max(0, at.Sub(s.begun).Seconds()), name, clean(text))
}

// draw puts a picture in place of the one before.
func (s *screen) draw(f frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	columns, rows, ok := s.size()
	if !ok {
		return
	}
	lines := s.glyphs.render(f, columns-1, rows-1) // some terminals break a line that is just full
	var b strings.Builder
	b.WriteString(s.up())
	for _, l := range lines {
		if s.color {
			b.WriteString(l.painted())
		} else {
			b.WriteString(l.text())
		}
		b.WriteString("\x1b[K\n") // and nothing of the line that stood there
	}
	b.WriteString("\x1b[J")
	s.drawn, s.columns, s.rows = len(lines), columns, rows
	_, _ = io.WriteString(s.out, b.String())
}

// up goes to where the picture begins. In a terminal that has another size by now
// nobody knows where that is: it is cleared.
func (s *screen) up() string {
	if s.drawn == 0 {
		return ""
	}
	if columns, rows, ok := s.size(); ok && (columns != s.columns || rows != s.rows) {
		return "\x1b[H\x1b[2J"
	}
	return fmt.Sprintf("\r\x1b[%dA", s.drawn)
}

// erase takes the picture away.
func (s *screen) erase() {
	if s.drawn > 0 {
		_, _ = io.WriteString(s.out, s.up()+"\x1b[J")
		s.drawn = 0
	}
}

// keep lets the picture stand: what is printed next stands below it.
func (s *screen) keep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drawn = 0
}
