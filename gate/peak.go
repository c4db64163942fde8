package gate

import (
	"cmp"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Peak is hours of the day that a [Bake] must have seen, in full length: 18:00-21:00 are
// three hours of healthy time between 18:00 and 21:00, of one day or of several. What the
// clocks of a zone skip when they are put forward covers less, and what they show twice
// more.
//
// It must be compiled before it is asked: then the zone is looked up, and never again.
// Until then nothing is covered.
type Peak struct {
	// Zone is the IANA name of the time zone, such as Europe/Berlin; empty is UTC.
	Zone  string `json:"zone"`
	Hours Hours  `json:"hours"`

	calendar *calendar
	hours    string // Hours, written
}

// Peaker is implemented by gates that want healthy time counted in certain hours: those
// of prepared gates ([Peaks]).
type Peaker interface{ Peaks() []*Peak }

// Peaks are the peaks that the gates, and those in them, want covered: sorted, each only
// once. Of gates that are not prepared there are none.
func Peaks(gates []Gate) []*Peak {
	var all []*Peak
	Walk(gates, func(g Gate) {
		if p, ok := g.(Peaker); ok {
			all = append(all, p.Peaks()...)
		}
	})
	all = slices.DeleteFunc(all, func(p *Peak) bool { return p == nil || p.calendar == nil })
	slices.SortStableFunc(all, func(a, b *Peak) int {
		return cmp.Or(cmp.Compare(a.Zone, b.Zone), cmp.Compare(a.hours, b.hours))
	})
	return slices.CompactFunc(all, func(a, b *Peak) bool { return a.Zone == b.Zone && a.hours == b.hours })
}

// Need is how much healthy time it takes: as long as the hours are if no clock is changed.
func (p *Peak) Need() time.Duration { return p.Hours.length() }

// Entry is the entry of a ledger for it, of which nothing is covered yet.
func (p *Peak) Entry() Covered { return Covered{Zone: p.Zone, Hours: p.hours} }

// Within is how much of the time from one instant to another lies in the hours; none if
// it is not prepared.
func (p *Peak) Within(from, to time.Time) time.Duration {
	if p.calendar == nil {
		return 0
	}
	return p.calendar.within(from, to)
}

// covered is how much of it a ledger has.
func (p *Peak) covered(f *Facts) time.Duration {
	if p.calendar == nil {
		return 0
	}
	return f.Peak(p.Zone, p.hours)
}

// prepared is the same, with its zone looked up.
func (p *Peak) prepared() (*Peak, error) {
	z, err := loadZone(p.Zone)
	if err != nil {
		return nil, err
	}
	return &Peak{Zone: p.Zone, Hours: p.Hours, hours: p.Hours.String(), calendar: newCalendar(z, []Hours{p.Hours})}, nil
}

// Validate implements [Validator].
func (p *Peak) Validate() error {
	var all strict.Problems
	_, err := findZone(p.Zone)
	all.Join("", err)
	all.Join("hours", p.Hours.Validate())
	return all.Err()
}

// is reports whether so much is covered.
func (p *Peak) is(covered time.Duration) bool {
	return p.calendar != nil && p.Need() > 0 && covered >= p.Need()
}

// explain says how much of it is covered, of how much.
func (p *Peak) explain(f Facts) Reason {
	have := p.covered(&f)
	r := Reason{Unit: unitDuration, Have: int64(have), Need: int64(p.Need()), Text: "in " + p.Hours.String()}
	if p.Zone != "" {
		r.Text += " " + p.Zone
	}
	if p.is(have) {
		r.Answer = Open
	}
	return r
}
