package schematest

import (
	"fmt"
	"slices"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// script makes one schedule, event by event, as it goes.
type script func(*run) error

// the keys that are written to.
const (
	first  = "k1"
	second = "k2"
)

// all lets events happen one after the other.
func (r *run) all(events ...Event) error {
	for _, e := range events {
		if _, err := r.apply(e); err != nil {
			return err
		}
	}
	return nil
}

// values are new ones of all that a version writes.
func (r *run) values(ref string, pick func(n int) int) (out []Value) {
	v := r.version(ref)
	for i := range v.Writes {
		w := &v.Writes[i]
		classes := r.classes(w)
		if len(classes) == 0 || slices.ContainsFunc(out, func(one Value) bool { return one.Attribute == w.Attribute }) {
			continue
		}
		r.written++
		one := Value{Attribute: w.Attribute, Class: classes[pick(len(classes))]}
		if one.Class != schema.Null {
			one.Text = r.text(one.Attribute, one.Class, r.written)
		}
		out = append(out, one)
	}
	return out
}

// users let every version that runs write, and delete or make another record.
func (r *run) users() error {
	turn := func(n int) int { return r.written % n }
	for _, ref := range slices.Clone(r.fleet) {
		last := Event{Do: Deletes, Version: ref, Key: second}
		if r.written%2 == 0 {
			last = Event{Do: Writes, Version: ref, Key: second, Values: r.values(ref, turn)}
		}
		if err := r.all(Event{Do: Writes, Version: ref, Key: first, Values: r.values(ref, turn)}, last); err != nil {
			return err
		}
	}
	return nil
}

// walk carries the plan on to a place, by whatever it takes; users are there as long as it goes on with them, or not at all.
func (r *run) walk(to int, users bool) error {
	best := -1
	for n := 0; !r.ahead && r.pos < to; n++ {
		if r.pos > best {
			best, r.fills = r.pos, 0
		}
		if users {
			if err := r.users(); err != nil {
				return err
			}
		}
		went, err := r.apply(Event{Do: Makes, Step: r.plan.Steps[r.pos].Name})
		if !went && err == nil {
			went, err = r.clear()
		}
		switch {
		case err != nil:
			return err
		case !went && users:
			users, r.fills = false, 0
		case !went || n > 50+10*len(r.plan.Steps):
			return r.stuck()
		}
	}
	return nil
}

// clear does something about what the next step waits for: the transaction ends, it is filled again, the oldest version
// leaves, messages expire.
func (r *run) clear() (bool, error) {
	if went, err := r.apply(Event{Do: Commits}); went || err != nil {
		return went, err
	}
	back, err := r.again()
	if err != nil {
		return false, err
	}
	if back >= 0 && r.fills < 2 {
		r.fills++
		if went, err := r.apply(Event{Do: Makes, Step: r.plan.Steps[back].Name}); went || err != nil {
			return went, err
		}
	}
	for _, ref := range slices.Clone(r.fleet) {
		if went, err := r.apply(Event{Do: Leaves, Version: r.oldest(r.service(ref))}); went || err != nil {
			r.fills = 0
			return went, err
		}
	}
	return r.apply(Event{Do: Expires})
}

func (r *run) oldest(service string) string {
	return slices.MinFunc(r.mates(service), func(a, b string) int { return r.order(a) - r.order(b) })
}

func (r *run) newest(service string) string {
	return slices.MaxFunc(r.mates(service), func(a, b string) int { return r.order(a) - r.order(b) })
}

func (r *run) stuck() error {
	r.events = append(r.events, Event{Do: Ends})
	missing, err := r.missing(r.pos)
	if err != nil {
		return err
	}
	why := "it is not made"
	if len(missing) > 0 {
		why = "it never holds that " + missing[0].String()
	}
	return fails(schema.Stuck, "the plan goes no further than step %q: %s", r.plan.Steps[r.pos].Name, why)
}

// alone ends every version but one of each service: the newest, or those named.
func (r *run) alone(stay ...string) error {
	for _, ref := range slices.Clone(r.fleet) {
		mates, keep := r.mates(r.service(ref)), r.newest(r.service(ref))
		for _, s := range stay {
			if slices.Contains(mates, s) {
				keep = s
			}
		}
		if ref != keep {
			if err := r.all(Event{Do: Leaves, Version: ref}); err != nil {
				return err
			}
		}
	}
	return nil
}

// systematic are all scripts that are tried before random ones.
func (t *suite) systematic() (out []script) {
	for p, row := range t.rows {
		out = append(out, visits(p, "", false, false), visits(p, "", false, true))
		for _, ref := range row.MayRun() {
			for _, users := range []bool{false, true} {
				out = append(out, visits(p, ref, true, users), visits(p, ref, false, users))
			}
		}
	}
	for i, s := range t.plan.Steps {
		if len(s.Changes) == 0 && s.Backfill == nil {
			continue
		}
		if s.Backfill != nil && i+1 < len(t.plan.Steps) {
			out = append(out, passed(i))
		}
		for _, outcome := range []Outcome{Crash, Lost, Failed} {
			out = append(out, interrupted(i, outcome, false), interrupted(i, outcome, true))
		}
	}
	if _, can := t.app.(Transactor); !can {
		return out
	}
	for p := range t.rows {
		for _, v := range t.plan.Versions {
			out = append(out, open(p, v.Ref(), false), open(p, v.Ref(), true))
		}
	}
	return out
}

// visits brings a version at a place in the plan, beside what runs there; then one of the two leaves, and the plan goes on.
func visits(p int, ref string, stays, users bool) script {
	return func(r *run) error {
		if err := r.users(); err != nil {
			return err
		}
		if err := r.walk(p, users); err != nil {
			return err
		}
		if ref != "" {
			before := r.newest(r.service(ref))
			if !slices.Contains(r.fleet, ref) {
				if err := r.alone(); err != nil {
					return err
				}
			}
			if err := r.all(Event{Do: Starts, Version: ref}); err != nil {
				return err
			}
			if !stays && !users && r.pos < len(r.plan.Steps) { // the plan goes on before anybody noticed
				if err := r.all(Event{Do: Makes, Step: r.plan.Steps[r.pos].Name}); err != nil {
					return err
				}
			}
			if err := r.users(); err != nil {
				return err
			}
			stay := ref
			if !stays {
				stay = before
			}
			if err := r.alone(stay); err != nil {
				return err
			}
		}
		if stays || ref == "" {
			if err := r.users(); err != nil {
				return err
			}
		}
		return r.all(Event{Do: Ends})
	}
}

// interrupted makes a step with an outcome, lets the versions go on, and makes it again.
func interrupted(i int, outcome Outcome, users bool) script {
	return func(r *run) error {
		if err := r.users(); err != nil {
			return err
		}
		if err := r.walk(i, users); err != nil {
			return err
		}
		for range 4 { // until its needs hold
			went, err := r.apply(Event{Do: Makes, Step: r.plan.Steps[i].Name, Outcome: outcome})
			if !went && err == nil {
				_, err = r.clear()
			}
			if err != nil {
				return err
			}
			if went {
				break
			}
		}
		if users {
			if err := r.users(); err != nil {
				return err
			}
		}
		return r.all(Event{Do: Ends})
	}
}

// passed goes on as if a backfill were over before it began: whatever counts on it must have asked.
func passed(i int) script {
	return func(r *run) error {
		if err := r.users(); err != nil {
			return err
		}
		if err := r.walk(i, false); err != nil {
			return err
		}
		return r.all(Event{Do: Makes, Step: r.plan.Steps[i+1].Name}, Event{Do: Ends})
	}
}

// open begins a transaction at a place in the plan, goes on as far as it lets, and commits it.
func open(p int, ref string, leaves bool) script {
	return func(r *run) error {
		if err := r.users(); err != nil {
			return err
		}
		if err := r.walk(p, false); err != nil {
			return err
		}
		if !slices.Contains(r.fleet, ref) {
			return nil
		}
		begun, err := r.apply(Event{Do: Begins, Version: ref, Key: first, Values: r.values(ref, func(int) int { return 0 })})
		if !begun || err != nil {
			return err
		}
		if leaves {
			if err := r.all(Event{Do: Leaves, Version: ref}); err != nil {
				return err
			}
		}
		for range r.plan.Steps {
			if r.pos == len(r.plan.Steps) {
				break
			}
			went, err := r.apply(Event{Do: Makes, Step: r.plan.Steps[r.pos].Name})
			if err != nil {
				return err
			}
			if went {
				continue
			}
			if err := r.alone(); err != nil {
				return err
			}
		}
		if err := r.users(); err != nil {
			return err
		}
		return r.all(Event{Do: Commits}, Event{Do: Ends})
	}
}

// random makes anything happen.
func random(seed uint64) script {
	return func(r *run) error {
		g := &generator{seed}
		for range 20 + 3*len(r.plan.Steps) {
			if err := r.all(r.anything(g)); err != nil {
				return err
			}
		}
		return r.all(Event{Do: Ends})
	}
}

func (r *run) anything(g *generator) Event {
	ref := r.fleet[g.pick(len(r.fleet))]
	key := fmt.Sprint("k", 1+g.pick(3))
	switch g.pick(12) {
	case 0, 1, 2, 3:
		return Event{Do: Writes, Version: ref, Key: key, Values: r.values(ref, g.pick)}
	case 4:
		return Event{Do: Deletes, Version: ref, Key: key}
	case 5:
		return Event{Do: Leaves, Version: ref}
	case 6:
		return Event{Do: Starts, Version: r.plan.Versions[g.pick(len(r.plan.Versions))].Ref()}
	case 7:
		if r.tx != nil {
			return Event{Do: []Act{Commits, Commits, GivesUp}[g.pick(3)]}
		}
		return Event{Do: Begins, Version: ref, Key: key, Values: r.values(ref, g.pick)}
	case 8:
		if g.pick(4) == 0 {
			return Event{Do: Expires}
		}
	}
	if r.pos == len(r.plan.Steps) {
		return Event{Do: Deletes, Version: ref, Key: key}
	}
	at := r.pos
	if back, err := r.again(); err == nil && back >= 0 {
		at = back
	}
	outcomes := []Outcome{Done, Done, Done, Done, Done, Crash, Lost, Failed}
	e := Event{Do: Makes, Step: r.plan.Steps[at].Name}
	if s := r.plan.Steps[at]; len(s.Changes) > 0 || s.Backfill != nil {
		e.Outcome = outcomes[g.pick(len(outcomes))]
	}
	return e
}

// generator is splitmix64 (Steele, Lea, Flood 2014).
type generator struct{ state uint64 }

func (g *generator) pick(n int) int {
	g.state += 0x9e3779b97f4a7c15
	z := g.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}
