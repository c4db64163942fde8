package health

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// looks judges what either fails or does not: a look at alerts or at probes, a run of a
// test. It says nothing about chance: one look is as good as another. How many may fail
// is said as for a [Threshold].
type looks struct{ failureLimit, consecutiveLimit int }

// The layout of the evidence.
const (
	lookRun    = iota // looks that failed, how many in a row
	lookFailed        // looks that failed in this attempt
	lookAll           // looks in this attempt
	lookBad           // what failed in the last one
	lookOf            // out of how many
	lookCounts
)

// fold adds a look in which bad of so many failed. It fails if any did, and passes if
// none did and some of them could pass. Else it says nothing: harm that was shown stays,
// health does not.
func (l looks) fold(e *Evidence, bad, of float64, could bool) (conclusive bool) {
	if bad <= 0 && !could {
		if e.Verdict != Degraded {
			e.Verdict = Inconclusive
		}
		return false
	}
	if len(e.Counts) != lookCounts {
		e.Counts = make([]int64, lookCounts)
	}
	c := e.Counts
	c[lookAll]++
	c[lookBad], c[lookOf] = whole(bad), whole(of)
	if bad <= 0 {
		c[lookRun] = 0
		e.Verdict = Healthy
		if l.exceeded(c) {
			e.Verdict = Degraded
		}
		return true
	}
	c[lookRun]++
	c[lookFailed]++
	if e.Verdict != Degraded {
		e.Verdict = Inconclusive
	}
	if l.exceeded(c) || l.consecutiveLimit > 0 && c[lookRun] >= int64(l.consecutiveLimit) {
		e.Verdict = Degraded
	}
	return true
}

// exceeded reports whether more looks failed in the attempt than may fail.
func (l looks) exceeded(c []int64) bool {
	return (l.failureLimit > 0 || l.consecutiveLimit == 0) && c[lookFailed] > int64(l.failureLimit)
}

func (l looks) validate(all *strict.Problems) {
	if l.failureLimit < 0 {
		all.Add("failureLimit", l.failureLimit, "must not be negative")
	}
	if l.consecutiveLimit < 0 {
		all.Add("consecutiveLimit", l.consecutiveLimit, "must not be negative")
	}
}

// seen are the counts of the evidence; nil if there was no look that said anything.
func seen(e *Evidence) []int64 {
	if len(e.Counts) != lookCounts || e.Counts[lookAll] == 0 {
		return nil
	}
	return e.Counts
}

// inARow says that more than one look failed in a row.
func inARow(c []int64) string {
	if c[lookRun] < 2 {
		return ""
	}
	return fmt.Sprintf(", %d times in a row", c[lookRun])
}

// whole is a number of things, at least 1 if there is any.
func whole(x float64) int64 {
	const most = 1 << 53
	switch {
	case x <= 0:
		return 0
	case x < 1:
		return 1
	}
	return int64(min(x, most))
}

// checkWord refuses what cannot be a name: empty, too long, or with space in it.
func checkWord(all *strict.Problems, path, s string, most int) {
	odd := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }
	if n := utf8.RuneCountInString(s); n < 1 || n > most || !utf8.ValidString(s) || strings.ContainsFunc(s, odd) {
		all.Add(path, s, fmt.Sprintf("must be 1 to %d characters without space", most))
	}
}
