package gate

import (
	"fmt"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// maxHours is how many Hours a Window has at most.
const maxHours = 100

// Window is open in some hours of every week, as the clocks on the walls of a time
// zone show them, and waits in the others. It never refuses.
//
// Where clocks are put forward, the hours that they skip do not occur; where they are
// put back, the hours that they show twice are open twice. Next is the exact instant
// of the next opening or closing in any case.
//
// It must be compiled before it is asked: then the zone is looked up, and never
// again. Until then it waits.
type Window struct {
	// Zone is the IANA name of the time zone, such as Europe/Berlin; empty is UTC.
	Zone string `json:"zone"`
	// Open are the hours; they may overlap. At least one, at most 100.
	Open []Hours `json:"open"`
	// Closed is what becomes of a rollout that is under way when the window closes;
	// empty is Finish.
	Closed Closed `json:"closed"`
	// Except is a gate, normally an approval, that opens a closed window for as long as
	// it is open itself; nil is none.
	Except Gate `json:"except"`
}

// Kind is "window".
func (Window) Kind() string { return kindWindow }

// WhenClosed is Closed, or its default.
func (w Window) WhenClosed() Closed { return w.Closed.or() }

// Evaluate waits; the gate that Prepare makes decides.
func (Window) Evaluate(Facts) Decision { return Decision{} }

// Explain says that the window was not compiled.
func (w Window) Explain(Facts) Reason {
	return Reason{Kind: w.Kind(), Subject: w.Zone, Text: textNotCompiled}
}

// Validate implements [Validator].
func (w Window) Validate() error {
	var p strict.Problems
	_, err := findZone(w.Zone)
	p.Join("", err)
	switch {
	case len(w.Open) == 0:
		p.Add("open", "[]", "must have hours such as \"mon-thu 09:00-17:00\"")
	case len(w.Open) > maxHours:
		p.Add("open", len(w.Open), fmt.Sprintf("hours are too many: at most %d", maxHours))
	default:
		for i, h := range w.Open {
			p.Join(fmt.Sprintf("open[%d]", i), h.Validate())
		}
	}
	w.Closed.check(&p)
	checkExcept(&p, w.Except)
	return p.Err()
}

// Prepare implements [Preparer]: it looks up the zone.
func (w Window) Prepare() (Gate, error) {
	if err := w.Validate(); err != nil {
		return nil, err
	}
	var p strict.Problems
	z, err := loadZone(w.Zone)
	p.Join("", err)
	if err := p.Err(); err != nil {
		return nil, err
	}
	w.Open = slices.Clone(w.Open)
	return &window{Window: w, calendar: newCalendar(z, w.Open)}, nil
}

// Parts and With implement [Composite]: the exception.
func (w Window) Parts() []Gate { return exceptions(w.Except) }

// With implements [Composite].
func (w Window) With(parts []Gate) Gate {
	w.Except = exception(parts)
	return w
}

// window is a Window that knows its zone. It is never written.
type window struct {
	Window
	calendar *calendar
}

// With implements [Composite].
func (w *window) With(parts []Gate) Gate {
	next := *w
	next.Except = exception(parts)
	return &next
}

// Evaluate is open in the hours.
func (w *window) Evaluate(f Facts) Decision { return w.decide(&f) }

func (w *window) decide(f *Facts) Decision {
	open, change := w.calendar.at(f.now)
	return decideExcept(open, change, w.Except, f)
}

// Explain says until when it is open or closed.
func (w *window) Explain(f Facts) Reason {
	open, change := w.calendar.at(f.now)
	d := decideExcept(open, change, w.Except, &f)
	r := Reason{Kind: w.Kind(), Subject: w.Zone, Answer: d.Answer, At: d.Next}
	switch {
	case open && change.IsZero():
		r.Text = "always open"
	case open:
		r.Text = "open until " + w.calendar.zone.show(change)
	case change.IsZero():
		r.Text = "never open"
	default:
		r.Text = "closed until " + w.calendar.zone.show(change)
	}
	if !open {
		explainExcept(&r, w.Except, f)
	}
	return r
}

// OpenAt and Exception implement [Calendar].
func (w *window) OpenAt(now time.Time) (open bool, next time.Time) { return w.calendar.at(now) }
func (w *window) Exception() Gate                                  { return w.Except }
