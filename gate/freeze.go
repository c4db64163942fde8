package gate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// maxSpans is how many spans a Freeze has at most.
const maxSpans = 1000

// Freeze waits in some spans of time that have a date and a reason, and is open
// otherwise. It never refuses. No waiver lifts it, only its exception.
//
// It must be compiled before it is asked: then the zone is looked up, and never
// again. Until then it waits.
type Freeze struct {
	// Name is what people call it; may be empty.
	Name string `json:"name"`
	// Zone is the IANA name of the time zone of the dates, such as Europe/Berlin; empty
	// is UTC.
	Zone string `json:"zone"`
	// Spans are when it waits, in any order; they may overlap. At least one, at most 1000.
	Spans []Frozen `json:"spans"`
	// Closed is what becomes of a rollout that is under way when a span begins; empty is
	// Finish.
	Closed Closed `json:"closed"`
	// Except is a gate, normally an approval, that opens the freeze for as long as it is
	// open itself; nil is none. An approval is of one step: a stage that needs the freeze
	// on all of its way needs one before it begins and one at every step. With Continue
	// the first is enough.
	Except Gate `json:"except"`
}

// Frozen is one span of a [Freeze]. Where clocks are changed it is as long as anybody
// may read it: a time that they show twice is the first one where it begins and the
// last one where it ends, and a time that they skip is the instant at which they do.
type Frozen struct {
	// From is when it begins; a date means with its first instant.
	From DateTime `json:"from"`
	// To is when it is over; a date means after its last instant, so that the whole day
	// is in it.
	To DateTime `json:"to"`
	// Reason says why, in a few words.
	Reason string `json:"reason"`
}

// maxReason is how long a reason may be, in bytes.
const maxReason = 1000

// Kind is "freeze".
func (Freeze) Kind() string { return kindFreeze }

// WhenClosed is Closed, or its default.
func (fr Freeze) WhenClosed() Closed { return fr.Closed.or() }

// Binds says that no waiver lifts it.
func (Freeze) Binds() bool { return true }

// Evaluate waits; the gate that Prepare makes decides.
func (Freeze) Evaluate(Facts) Decision { return Decision{} }

// Explain says that the freeze was not compiled.
func (fr Freeze) Explain(Facts) Reason {
	return Reason{Kind: fr.Kind(), Subject: fr.Name, Text: textNotCompiled}
}

// Validate implements [Validator].
func (fr Freeze) Validate() error {
	var p strict.Problems
	checkName(&p, "name", fr.Name)
	in, err := loadZone(fr.Zone)
	p.Join("", err)
	switch {
	case len(fr.Spans) == 0:
		p.Add("spans", "[]", "must have a span")
	case len(fr.Spans) > maxSpans:
		p.Add("spans", len(fr.Spans), fmt.Sprintf("spans are too many: at most %d", maxSpans))
	default:
		for i, s := range fr.Spans {
			p.Join(fmt.Sprintf("spans[%d]", i), s.check(in))
		}
	}
	fr.Closed.check(&p)
	checkExcept(&p, fr.Except)
	return p.Err()
}

// check takes a zone that is nil if it is not known.
func (s Frozen) check(in *zone) error {
	var p strict.Problems
	_, _, from := s.From.parse()
	if !from {
		p.Add("from", string(s.From), ruleDateTime)
	}
	_, _, to := s.To.parse()
	if !to {
		p.Add("to", string(s.To), ruleDateTime)
	}
	if from && to && in != nil {
		if at := s.in(in); at.from >= at.to {
			p.Add("to", string(s.To), "must be after from, "+string(s.From)+", as the clocks in the zone show it")
		}
	}
	switch {
	case strings.TrimSpace(s.Reason) == "":
		p.Add("reason", s.Reason, "must say why")
	case len(s.Reason) > maxReason:
		p.Add("reason", s.Reason, fmt.Sprintf("must have at most %d bytes", maxReason))
	}
	return p.Err()
}

// in is the span in a zone. Both texts must be dates.
func (s Frozen) in(z *zone) span {
	from, _, _ := s.From.parse()
	to, timed, _ := s.To.parse()
	at := span{from: z.firstShown(from)}
	if timed {
		at.to = z.lastShown(to)
	} else {
		at.to = z.lastBefore(to + daySeconds)
	}
	return span{max(at.from, firstSecond), min(at.to, lastSecond)}
}

// Prepare implements [Preparer]: it looks up the zone.
func (fr Freeze) Prepare() (Gate, error) {
	if err := fr.Validate(); err != nil {
		return nil, err
	}
	var p strict.Problems
	in, err := loadZone(fr.Zone)
	p.Join("", err)
	if err := p.Err(); err != nil {
		return nil, err
	}
	fr.Spans = slices.Clone(fr.Spans)
	ready := &freeze{Freeze: fr, zone: in}
	for _, s := range fr.Spans {
		ready.spans = append(ready.spans, s.in(in))
	}
	ready.merged = merge(slices.Clone(ready.spans))
	for _, s := range ready.merged {
		ready.turns = append(ready.turns, instant(s.from), instant(s.to))
	}
	return ready, nil
}

// Parts and With implement [Composite]: the exception.
func (fr Freeze) Parts() []Gate { return exceptions(fr.Except) }

// With implements [Composite].
func (fr Freeze) With(parts []Gate) Gate {
	fr.Except = exception(parts)
	return fr
}

// freeze is a Freeze that knows its zone. It is never written.
type freeze struct {
	Freeze
	zone   *zone
	spans  []span      // of each of Spans
	merged []span      // in order, with gaps between them
	turns  []time.Time // where each of merged begins, and where it ends
}

// at says whether it is open at an instant, and when that changes next; zero if never.
func (fr *freeze) at(now time.Time) (open bool, change time.Time) {
	sec := second(now)
	low, high := 0, len(fr.merged) // the first span that is not over is one of [low, high]
	for low < high {
		middle := int(uint(low+high) / 2)
		if fr.merged[middle].to <= sec {
			low = middle + 1
		} else {
			high = middle
		}
	}
	switch {
	case low == len(fr.merged):
		return true, time.Time{}
	case sec < fr.merged[low].from:
		return true, fr.turns[2*low]
	}
	return false, fr.turns[2*low+1]
}

// With implements [Composite].
func (fr *freeze) With(parts []Gate) Gate {
	next := *fr
	next.Except = exception(parts)
	return &next
}

// Evaluate is open outside of the spans.
func (fr *freeze) Evaluate(f Facts) Decision { return fr.decide(&f) }

func (fr *freeze) decide(f *Facts) Decision {
	open, change := fr.at(f.now)
	return decideExcept(open, change, fr.Except, f)
}

// Explain says until when it is open or frozen, and why.
func (fr *freeze) Explain(f Facts) Reason {
	open, change := fr.at(f.now)
	d := decideExcept(open, change, fr.Except, &f)
	r := Reason{Kind: fr.Kind(), Subject: fr.Name, Answer: d.Answer, At: d.Next}
	switch {
	case open && change.IsZero():
		r.Text = "no freeze to come"
	case open:
		r.Text = "no freeze until " + fr.zone.show(change) + ": " + fr.why(second(change))
	default:
		r.Text = "frozen until " + fr.zone.show(change) + ": " + fr.why(second(f.now))
		explainExcept(&r, fr.Except, f)
	}
	return r
}

// why are the reasons of the spans that a second is in, each only once.
func (fr *freeze) why(sec int64) string {
	var reasons []string
	for i, s := range fr.spans {
		reason := fr.Spans[i].Reason
		if s.from <= sec && sec < s.to && !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	if more := len(reasons) - maxShown; more > 0 {
		reasons = append(reasons[:maxShown], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(reasons, ", ")
}

// OpenAt and Exception implement [Calendar].
func (fr *freeze) OpenAt(now time.Time) (open bool, next time.Time) { return fr.at(now) }
func (fr *freeze) Exception() Gate                                  { return fr.Except }
