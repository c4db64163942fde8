package strategytest

import (
	"fmt"

	"github.com/seed-20fe5ead/gradatim/strategy"
)

// obedient climbs with a target that does what it is told: up the whole ladder
// with a rollback from each step, and to each step from each start.
func (k *kit) obedient(like *strategy.Fleet) {
	all := starts(like)
	way := NewWorld(all[0].Fleet, *k.pace, 0)
	for _, to := range k.steps {
		if !way.Feasible(to) {
			continue
		}
		if !k.report(to, "on the way up the ladder", way.Climb(k.move, to)) {
			break
		}
		back := way.clone()
		k.report(k.steps[0], fmt.Sprintf("on the way back from step %q", to.Name), back.Climb(k.move, k.steps[0]))
	}
	// Every start and every step meet, but in a ladder of very many steps.
	stride := 1 + len(k.steps)/12
	for i := range all {
		for j := i % stride; j < len(k.steps); j += stride {
			to, back := k.steps[j], k.steps[0]
			w := NewWorld(all[i].Fleet, *k.pace, i%3)
			if !w.Feasible(to) {
				continue
			}
			if k.report(to, all[i].name, w.Climb(k.move, to)) && like.Desired <= 100 {
				k.report(back, fmt.Sprintf("%s to step %q, and back", all[i].name, to.Name), w.Climb(k.move, back))
			}
		}
	}
}

// adverse climbs with a target that does its worst while orders change, and with
// scale events; in the end it obeys.
func (k *kit) adverse(like *strategy.Fleet) {
	choose := Choose(k.random.IntN)
	for round := range k.rounds {
		all := starts(like)
		w := NewWorld(all[choose(len(all))].Fleet, *k.pace, choose(4))
		how := fmt.Sprintf("with a target that misbehaves, seed %d, round %d", k.seed, round)
		if !k.suffer(w, choose, how) {
			continue
		}
		to := k.steps[choose(len(k.steps))]
		if k.report(to, how+", and then obeys", w.Climb(k.move, to)) {
			k.report(k.steps[0], how+", and then obeys", w.Climb(k.move, k.steps[0]))
		}
	}
}

func (k *kit) suffer(w *World, choose Choose, how string) bool {
	for range 5 + choose(25) {
		to := k.steps[choose(len(k.steps))]
		for range 1 + choose(4) {
			if !k.report(to, how, w.Suffer(k.move, to, choose)) {
				return false
			}
		}
		if choose(4) == 0 && !w.can.Unlimited {
			w.Scale(int64(choose(int(2*w.desired+2))) % largest)
		}
	}
	return true
}
