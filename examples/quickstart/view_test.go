package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

func bake(have, need time.Duration) gate.Reason {
	r := gate.Reason{Kind: "bake", Unit: "duration", Have: int64(have), Need: int64(need), Text: "healthy"}
	if have >= need {
		r.Answer = gate.Open
	}
	return r
}

// waiting is a rollout in the middle of its ladder.
func waiting() *rollout.StageReport {
	return &rollout.StageReport{
		Stage: "local", Phase: rollout.Waiting, Step: "10%", Index: 1, Of: 4, Weight: 1000,
		Doing: "at step 10%: bake: 1.2s of 2s healthy",
		Gates: []gate.Reason{{Kind: "all", Parts: []gate.Reason{
			bake(1200*time.Millisecond, 2*time.Second),
			{Kind: "requests", Unit: "requests", Have: 31, Need: 10, Answer: gate.Open},
			{Kind: "approval", Subject: "anna", Text: "nobody\nyet"},
		}}},
		Signals: []rollout.SignalReport{
			{Name: "errors", Verdict: health.Healthy, Text: "errors: 0% is not above 1%"},
			{Name: "latency", Verdict: health.Degraded, Text: "latency: p99 0.44 is above 0.25"},
			{Name: "readiness", Text: "readiness: no data yet"},
		},
	}
}

func rollingBack() *rollout.StageReport {
	r := waiting()
	r.Phase, r.Step, r.Gates = rollout.RollingBack, "stable", nil
	r.Doing = "going back to 1.1.0"
	return r
}

func frames() []frame {
	steps := []string{"1%", "10%", "50%", "100%"}
	before := row{scenario: scenarios[0], ended: "promoted", good: true}
	return []frame{
		{title: "begin", rows: []row{{scenario: scenarios[0]}, {scenario: scenarios[1]}, {scenario: scenarios[2]}}},
		{title: "middle", elapsed: 83 * time.Second, recent: []string{"  12.9s  errors   moving     moving to step 10%"}, rows: []row{
			before,
			{scenario: scenarios[1], steps: steps, report: waiting(), carried: 1000, tally: tally{Served: 6012, Errors: 3, Users: []int{1, 2}}},
			{scenario: scenarios[2]},
		}},
		{title: "back", elapsed: 90 * time.Second, rows: []row{
			before,
			{scenario: scenarios[1], steps: steps, report: rollingBack(), carried: strategy.Full, tally: tally{Lost: 1}},
			{scenario: scenarios[2], ended: "interrupted at step 10%", open: true},
			{scenario: scenarios[2], ended: "promoted"},
		}},
	}
}

func TestView(t *testing.T) {
	var b strings.Builder
	for _, size := range [][2]int{{100, 50}, {40, 50}, {39, 9}} {
		width := size[0]
		for i, f := range frames() {
			g := asciiGlyphs
			if i == 1 {
				g = unicodeGlyphs
			}
			for _, l := range g.render(f, width, size[1]) {
				text := l.text()
				if n := utf8.RuneCountInString(text); n > width {
					t.Errorf("%d characters in %d: %s", n, width, text)
				}
				b.WriteString(text + "\n")
			}
			b.WriteString(strings.Repeat("=", width) + "\n")
		}
	}
	golden(t, "view.txt", b.String())
}

// TestViewOfAnyWidth draws in terminals in which nobody would.
func TestViewOfAnyWidth(t *testing.T) {
	for width := range 30 {
		for height, f := range append(frames(), frames()...) {
			lines := unicodeGlyphs.render(f, width, height)
			if len(lines) > height {
				t.Errorf("%d lines in %d", len(lines), height)
			}
			for _, l := range lines {
				if n := utf8.RuneCountInString(l.text()); n > width {
					t.Errorf("%d characters in %d", n, width)
				}
			}
		}
	}
}

func TestPainted(t *testing.T) {
	l := line{{"a", bold}, {"", red}, {"b", normal}, {"c", green}}
	if got, want := l.painted(), "\x1b[1ma\x1b[0mb\x1b[32mc\x1b[0m"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

// TestScreen checks that a picture takes the place of the one before, and that it
// never is higher than the terminal.
func TestScreen(t *testing.T) {
	var b strings.Builder
	rows := 24
	s := &screen{out: &b, glyphs: asciiGlyphs, begun: time.Now(), size: func() (int, int, bool) { return 80, rows, true }}
	s.draw(frame{title: "one"})
	s.draw(frame{title: "two", recent: []string{"x"}})
	s.say("said")
	rows = 3
	s.draw(frame{title: "three", recent: []string{"x"}})
	rows = 24 // where the picture stands now nobody knows
	s.draw(frame{title: "four"})
	rows = 10
	s.say("said")
	got := strings.ReplaceAll(b.String(), "\x1b", "^")
	want := "one  0:00^[K\n^[K\n^[J" +
		"\r^[2Atwo  0:00^[K\n^[K\n^[K\nx^[K\n^[J" +
		"\r^[4A^[Jsaid\n" +
		"three  0:00^[K\nx^[K\n^[J" +
		"^[H^[2Jfour  0:00^[K\n^[K\n^[J" +
		"^[H^[2J^[Jsaid\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReport(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	went := entry{Tally: tally{Sent: 3000, Served: 2990, Errors: 10, Users: []int{1, 2, 3}}, Traffic: at, Decided: at.Add(4 * time.Second), Back: at.Add(4400 * time.Millisecond)}
	lost := entry{Tally: tally{Served: 7, Lost: 1, Users: []int{1}, Why: []string{"connection\nreset"}}}
	var b strings.Builder
	for _, c := range []struct {
		results []result
		good    bool
	}{
		{[]result{
			{scenario: scenarios[0], outcome: rollout.Completed, entry: entry{Tally: tally{Served: 12345}}},
			{scenario: scenarios[1], outcome: rollout.WentBack, entry: went},
		}, true},
		{[]result{{scenario: scenarios[1], outcome: rollout.Completed}}, false},
		{[]result{{scenario: scenarios[0], outcome: rollout.Completed, entry: lost}}, false},
		{[]result{{scenario: scenarios[2], why: "interrupted at step 10%", entry: went}}, false},
	} {
		if good := report(&b, c.results); good != c.good {
			t.Errorf("%+v: %v", c.results, good)
		}
		b.WriteString(strings.Repeat("=", 80) + "\n")
	}
	golden(t, "report.txt", b.String())
}
