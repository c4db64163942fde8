package strategytest

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/seed-20fe5ead/gradatim/strategy"
)

// Test says everything that it finds wrong with a strategy, joined in one error,
// or nil. It takes a second or so, and is the same at every call.
//
// The strategy must have a usable Kind, always the same; its ladder must be valid,
// the same at every call, and survive JSON, and so must the strategy itself, as
// plans are JSON. Every step must be feasible in some fleet. Then the ladder is
// climbed in each fleet, from many starts and with a rollback from every step:
// first by targets that obey, then by targets that misbehave. Steps that are not
// feasible in a fleet are left out there. Of problems of one sort at one step only
// the first is told, from the smallest fleet, with a *[Problem] in it.
func Test(s strategy.Strategy, options ...Option) error {
	k := kit{seed: 1, rounds: 4, fleets: usual(), move: strategy.Move, told: map[string]bool{}}
	for _, option := range options {
		option(&k)
	}
	kind := k.kind(s)
	ladder, ok := k.ladder(s)
	if !ok {
		return errors.Join(k.problems...)
	}
	k.json(s, kind, ladder)
	k.pace = &ladder.Pace
	bottom := strategy.Bottom()
	k.steps = []*strategy.Step{&bottom}
	for i := range ladder.Steps {
		k.steps = append(k.steps, &ladder.Steps[i])
	}
	k.feasible()
	for i := range k.fleets {
		k.random = rand.New(rand.NewPCG(k.seed, uint64(i)))
		k.arithmetic(&k.fleets[i])
		if k.simulated(&k.fleets[i]) {
			k.obedient(&k.fleets[i])
			k.adverse(&k.fleets[i])
		}
	}
	return errors.Join(k.problems...)
}

// largest is the size of fleets that are simulated.
const largest = 10_000

// simulated reports whether a fleet is exchanged in so few moves that climbing in it
// takes no time; of others only single moves are checked.
func (k *kit) simulated(f *strategy.Fleet) bool {
	b, ok := boundsOf(f, k.steps[0], k.pace)
	return ok && f.Desired <= largest && f.Desired <= 1000*(b.plain-b.floor)
}

// kit is one call of Test.
type kit struct {
	seed     uint64
	rounds   int
	fleets   []strategy.Fleet
	move     Mover
	steps    []*strategy.Step // the bottom and the ladder's
	pace     *strategy.Pace
	random   *rand.Rand
	problems []error
	told     map[string]bool
}

func (k *kit) wrong(format string, args ...any) {
	k.problems = append(k.problems, fmt.Errorf(format, args...))
}

// report tells a problem on the way to a step, the first of its sort. It says
// whether there was none.
func (k *kit) report(to *strategy.Step, how string, err error) bool {
	if err == nil {
		return true
	}
	sort := to.Name
	var breach *Breach
	if errors.As(err, &breach) {
		sort = fmt.Sprintf("%s/%d", to.Name, breach.Promise)
	}
	if !k.told[sort] {
		k.told[sort] = true
		k.problems = append(k.problems, fmt.Errorf("step %q: %w\n\tthat is %s", to.Name, err, how))
	}
	return false
}

// feasible asks that each step can be reached somewhere. A target without instances
// can reach almost any, and counts only if there is no other.
func (k *kit) feasible() {
	unlimited := !slices.ContainsFunc(k.fleets, func(f strategy.Fleet) bool { return !f.Can.Unlimited })
	for _, to := range k.steps {
		var why error
		found := false
		for i := range k.fleets {
			f := &k.fleets[i]
			if f.Can.Unlimited != unlimited || f.Desired <= 0 && !unlimited {
				continue
			}
			err := strategy.Feasible(to, k.pace, f.Desired, f.Can)
			if found = err == nil; found {
				break
			}
			if why == nil {
				why = fmt.Errorf("with %s, %w", describe(f), err)
			}
		}
		if !found {
			k.wrong("step %q: is not feasible in any fleet that was tried: %w", to.Name, cmp.Or(why, errors.New("there is none")))
		}
	}
}

// arithmetic checks single moves from whatever fleet there may be.
func (k *kit) arithmetic(like *strategy.Fleet) {
	for n := range 25 * k.rounds {
		f := anyFleet(k.random, like)
		to := k.steps[n%len(k.steps)]
		a := k.move(f, to, k.pace)
		if err := Check(f, to, k.pace, a); err != nil {
			k.report(to, fmt.Sprintf("a single move, seed %d", k.seed), &Problem{f, to, k.pace, a, err})
		}
	}
}
