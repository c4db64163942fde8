package schema_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// TestHorizon: wherever a walk stops, one can go to every version of the row, and to no other older one, or newer one.
func TestHorizon(t *testing.T) {
	if testing.Short() {
		t.Skip("many walks")
	}
	for name, p := range map[string]schema.Plan{
		"rename": rename(), "triggers": triggers(), "format": format(), "enum": enum(),
	} {
		t.Run(name, func(t *testing.T) {
			p := declared(t, p)
			rows := verify(t, p).Horizon
			for at, row := range rows {
				for _, v := range p.Versions {
					in, wrong, tries := slices.Contains(row.MayRun(), v.Ref()), "", uint64(300)
					if in {
						tries = 30
					}
					for i := range tries {
						if story := goTo(p, at, v.Ref(), rand.New(rand.NewPCG(i, uint64(at)))); story != "" {
							wrong = story
							break
						}
					}
					switch {
					case in && wrong != "":
						t.Errorf("after %q one may go to %s, but:\n%s", row.After, v.Ref(), wrong)
					case !in && wrong == "":
						t.Errorf("after %q one may not go to %s, but nothing goes wrong", row.After, v.Ref())
					}
				}
			}
		})
	}
}

// TestHorizonIsNotTooSmall: the horizon does not lose a version because of rolls that it forbids itself.
func TestHorizonIsNotTooSmall(t *testing.T) {
	row := verify(t, declared(t, format())).Horizon[5]
	if row.After != "none is left" || !slices.Equal(row.Back, r("app@v2", "app@v3")) {
		t.Errorf("%q: %q", row.After, row.Back)
	}
}

// TestTwoAttributes: what one attribute needs does not hold back another.
func TestTwoAttributes(t *testing.T) {
	p := declared(t, renames(2))
	if got := verify(t, p); !got.Safe {
		t.Fatal(got.Counterexample)
	}
	walks(t, p, verify(t, p).Horizon, 5, 20, 100)
}

// goTo walks until the position, with nobody going back, and then lets somebody bring a version, while the plan rests. It
// tells what went wrong.
func goTo(p schema.Plan, at int, ref string, r *rand.Rand) string {
	s := newSim(p, r.IntN, r.IntN)
	nobody := func(string) bool { return false }
	for range 400 {
		if s.made() == at && s.top == at && len(s.running()) == 1 && r.IntN(3) == 0 {
			break
		}
		s.walkIn(r, func(e event) bool { return s.ahead(e) <= at }, nobody)
	}
	if s.made() != at || s.top != at || len(s.running()) != 1 || s.wrong != nil {
		return ""
	}
	s.after(event{"fleet", "somebody rolls to " + ref, func() { s.fleet[ref] = true }})
	for range 40 {
		if s.wrong != nil {
			return strings.Join(append(s.story, s.wrong.text), "\n")
		}
		s.walkIn(r, func(e event) bool { return e.kind != "plan" && !strings.HasPrefix(e.text, "somebody") },
			func(string) bool { return true })
	}
	return ""
}

// ahead is the position that an event of the plan leads to.
func (s *sim) ahead(e event) int {
	if e.kind != "plan" || strings.HasPrefix(e.text, "the backfill") || e.text == "asked" {
		return 0
	}
	return s.made() + 1
}

// walkIn lets one thing happen that is allowed, by chance.
func (s *sim) walkIn(r *rand.Rand, allowed func(event) bool, may func(string) bool) {
	if s.wrong != nil {
		return
	}
	if some := filter(s.events(may), allowed); len(some) > 0 {
		kind := some[r.IntN(len(some))].kind
		if r.IntN(2) == 0 {
			kind = "plan"
		}
		if of := filter(some, func(e event) bool { return e.kind == kind }); len(of) > 0 {
			s.after(of[r.IntN(len(of))])
		}
	}
}
