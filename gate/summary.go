package gate

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Summary is what people decide on who are asked for an approval.
type Summary struct {
	// At is the instant of which it speaks.
	At     time.Time `json:"at"`
	Brief  Brief     `json:"brief"`
	Digest string    `json:"digest"`
	Stage  string    `json:"stage"`
	Step   string    `json:"step"` // empty before the stage begins
	// Reached, Healthy and Counts are what was waited for at the step so far.
	Reached time.Time     `json:"reached"`
	Healthy time.Duration `json:"healthy"`
	Counts  []Count       `json:"counts"`
	Signals []Signal      `json:"signals"`
}

// summarize collects what is known.
func summarize(f Facts) *Summary {
	l := f.l()
	return &Summary{
		At: f.now, Brief: *f.Brief(), Digest: l.Digest, Stage: l.Stage, Step: l.Step,
		Reached: l.Reached, Healthy: l.Healthy, Counts: slices.Clone(l.Counts), Signals: slices.Clone(l.Signals),
	}
}

// Lines are for a terminal, and to be read aloud; each is one line. What is not known
// is left out, but that nobody said what changed and what the risk is.
func (s *Summary) Lines() []string {
	var lines []string
	say := func(text string) { lines = append(lines, clean(text)) }
	say("release: " + s.release())
	if s.Digest != "" {
		say("artifact: " + s.Digest)
	}
	notes := strings.Split(strings.TrimSpace(s.Brief.Notes), "\n")
	switch {
	case notes[0] == "":
		say("changes: nobody said what changes")
	case len(notes) == 1:
		say("changes: " + notes[0])
	default:
		say("changes:")
		for _, note := range notes {
			lines = append(lines, strings.TrimRight("  "+clean(note), " "))
		}
	}
	if risk := s.Brief.Risk; risk != "" {
		say("risk: " + risk)
	} else {
		say("risk: nobody said what it is")
	}
	if s.Stage != "" {
		say("where: " + s.where())
	}
	if s.Step != "" {
		say("so far: " + s.soFar())
	}
	for i := range s.Signals {
		say("signal " + s.signal(&s.Signals[i]))
	}
	if s.Brief.Next != "" {
		say("what happens next: " + s.Brief.Next)
	}
	if s.Brief.Back != "" {
		say("what can be gone back to: " + s.Brief.Back)
	}
	return lines
}

func (s *Summary) release() string {
	b := &s.Brief
	words := []string{}
	add := func(before, text string) {
		if text != "" {
			words = append(words, before+text)
		}
	}
	add("", b.Release)
	add("", b.Version)
	add("in place of ", b.Replaces)
	if len(words) == 0 {
		words = append(words, "which one is not known")
	}
	text := strings.Join(words, " ")
	if b.Author != "" {
		text += ", by " + b.Author
	}
	return text
}

func (s *Summary) where() string {
	if s.Step == "" {
		return "stage " + s.Stage + ", before it begins"
	}
	text := "step " + s.Step + " of stage " + s.Stage
	if s.Reached.IsZero() {
		return text + ", on the way to it"
	}
	return text + s.ago(s.Reached) + ", since " + s.Reached.UTC().Format(time.RFC3339)
}

// ago is for how long an instant is past, if it is.
func (s *Summary) ago(since time.Time) string {
	if d := s.At.Sub(since); d >= time.Second {
		return " for " + strict.FormatDuration(d.Truncate(time.Second))
	}
	return ""
}

func (s *Summary) soFar() string {
	words := []string{strict.FormatDuration(s.Healthy.Truncate(time.Second)) + " of healthy time"}
	for i := range s.Counts {
		c := &s.Counts[i]
		text := strconv.FormatInt(c.served(), 10)
		if i == 0 {
			text += " requests"
		}
		if c.Endpoint != "" {
			text += " to " + c.Endpoint
		}
		words = append(words, text)
	}
	return strings.Join(words, ", ")
}

func (s *Summary) signal(g *Signal) string {
	name := g.Name
	if g.Advisory {
		name += ", which only advises,"
	}
	switch {
	case g.Unmeasured && g.Verdict != health.Degraded:
		return name + " is not measured at this step"
	case g.Verdict == "":
		return name + " has said nothing yet"
	}
	text := name + " is " + verdictWords(g.Verdict)
	if !g.Since.IsZero() {
		text += s.ago(g.Since)
	}
	if g.Verdict == health.Healthy && g.Healthy > 0 {
		text += ", measured for " + strict.FormatDuration(g.Healthy.Truncate(time.Second))
	}
	return text
}

// verdictWords are a verdict as people say it.
func verdictWords(v health.Verdict) string {
	switch v {
	case health.NoData:
		return "without data"
	case health.Error:
		return "not to be measured"
	}
	return string(v)
}
