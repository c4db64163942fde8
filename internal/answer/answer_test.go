package answer

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/health"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }

func all(*health.Ask) bool { return true }

func TestStand(t *testing.T) {
	var b Book
	ask := health.Ask{Key: "k", Stage: "s", Signal: "x", Candidate: "v2", From: at(0), Due: at(10), Measure: health.Measure{Test: "t"}}
	first, gone := b.Stand([]health.Ask{ask, ask}, at(1), all)
	if len(first) != 1 || len(gone) != 0 {
		t.Fatalf("%d stand, %d are gone", len(first), len(gone))
	}
	same, gone := b.Stand([]health.Ask{ask}, at(2), all)
	if len(same) != 1 || same[0] != first[0] || len(gone) != 0 {
		t.Fatal("another track")
	}
	for name, change := range map[string]func(a *health.Ask){
		"key":       func(a *health.Ask) { a.Key = "l" },
		"stage":     func(a *health.Ask) { a.Stage = "t" },
		"signal":    func(a *health.Ask) { a.Signal = "y" },
		"candidate": func(a *health.Ask) { a.Candidate = "v3" },
		"stable":    func(a *health.Ask) { a.Stable = "v1" },
		"measure":   func(a *health.Ask) { a.Measure.Test = "u" },
	} {
		was, _ := b.Stand([]health.Ask{ask}, at(3), all)
		was[0].Tell(at(20), health.Sample{})
		other := ask
		change(&other)
		now, gone := b.Stand([]health.Ask{other}, at(4), all)
		if len(now) != 1 || now[0] == was[0] || len(gone) != 1 || gone[0] != was[0] {
			t.Errorf("another %s is the same ask", name)
		}
		if _, ok := now[0].Again(); ok {
			t.Errorf("another %s has the answer of before", name)
		}
	}
	b.Stand([]health.Ask{ask}, at(3), all)
	if none, gone := b.Stand([]health.Ask{ask}, at(4), func(*health.Ask) bool { return false }); len(none) != 0 || len(gone) != 1 {
		t.Error("an ask of another source stands")
	}
}

func TestFromUnknown(t *testing.T) {
	var b Book
	ask := health.Ask{Key: "k"}
	tracks, _ := b.Stand([]health.Ask{ask}, at(1), all)
	if tracks[0].Open(at(1)) || !tracks[0].Due(at(2)) {
		t.Error("time before the ask was seen counts")
	}
	if x := tracks[0].Tell(at(5), health.Sample{}); !x.From.Equal(at(1)) {
		t.Error(x.From)
	}
}

// Whatever is lost on the way, the intervals that arrive follow one another, and one
// that is told again is the same.
func TestPromise22ToldOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b Book
		now, through := start, start
		var told *health.Sample
		for range rapid.IntRange(1, 60).Draw(t, "calls") {
			now = now.Add(time.Duration(rapid.IntRange(0, 15).Draw(t, "later")) * time.Second)
			ask := health.Ask{Key: "k", From: through, Due: through.Add(10 * time.Second)}
			if rapid.IntRange(0, 9).Draw(t, "restart") == 0 {
				b, told = Book{}, nil
			}
			tracks, _ := b.Stand([]health.Ask{ask}, now, all)
			x, again := tracks[0].Again()
			switch {
			case again != (told != nil) || again && x.Compare(told) != 0:
				t.Fatalf("again %v: %+v, told was %+v", again, x, told)
			case again && tracks[0].Due(now):
				t.Fatal("due while the last one is under way")
			case !again && tracks[0].Due(now):
				if now.Before(ask.Due) {
					t.Fatal("due too early")
				}
				x = tracks[0].Tell(now, tracks[0].Look(0, 1, ""))
				if !x.From.Equal(through) || !x.To.Equal(now) || x.Check() != nil {
					t.Fatalf("%+v after %v", x, through)
				}
				told = &x
			case !again:
				continue
			}
			if rapid.Bool().Draw(t, "arrives") {
				through, told = x.To, nil
			}
		}
	})
}

func TestLook(t *testing.T) {
	for scope, want := range map[string][2]float64{"candidate": {3, 0}, "": {3, 0}, "downstream": {3, 0}, "stable": {0, 3}} {
		tr := &Track{Ask: health.Ask{Scope: scope}}
		if x := tr.Look(1, 3, "why"); x.Candidate.Exposure != want[0] || x.Stable.Exposure != want[1] || x.Candidate.Bad+x.Stable.Bad != 1 || x.Reason != "why" {
			t.Errorf("scope %q: %+v", scope, x)
		}
	}
}

func TestEach(t *testing.T) {
	broken := errors.New("broken")
	errs := Each(4, 2, func(i int) error {
		switch i {
		case 1:
			return broken
		case 2:
			panic("boom")
		case 3:
			runtime.Goexit()
		}
		return nil
	})
	if errs[0] != nil || errs[1] != broken || errs[2] == nil || errs[2].Error() != "panic: boom" || errs[3] == nil {
		t.Error(errs)
	}
}

func TestShort(t *testing.T) {
	for text, want := range map[string]string{
		"": "", " a \n b\t": "a b", "a\xffb": "a?b",
		strings.Repeat("ä", 150): strings.Repeat("ä", 100), "x" + strings.Repeat("ä", 150): "x" + strings.Repeat("ä", 99),
	} {
		if got := Short(text); got != want || !utf8.ValidString(got) {
			t.Errorf("%q: got %q", text, got)
		}
	}
}
