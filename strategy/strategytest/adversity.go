package strategytest

import "github.com/seed-20fe5ead/gradatim/strategy"

// Misbehave is an interval in which anything may happen: instances are slow, fail,
// die, or are there without having been asked for; the router lags, rounds or is
// half-way, and its routes come late.
func (w *World) Misbehave(choose Choose) {
	w.pass()
	if !w.can.Unlimited {
		for v := range w.v {
			w.v[v].misbehave(choose)
		}
	}
	if choose(2) == 0 {
		w.seen.routed, w.seen.mirror = w.told.routed, w.told.mirror
	}
	had := w.seen.weights
	to := w.told.weights
	switch choose(4) {
	case 0: // lags
		to = had
	case 1: // knows whole percents only
		to[candidate], to[leftover] = to[candidate]/100*100, to[leftover]/100*100
	case 2: // half-way
		to[candidate], to[leftover] = (had[candidate]+to[candidate])/2, (had[leftover]+to[leftover])/2
	default:
		to = w.rounded(w.told).weights
	}
	to[stable] = strategy.Full - to[candidate] - to[leftover]
	w.seen.weights = to
}

func (i *instances) misbehave(choose Choose) {
	flow := func(from, to *int64) {
		var n int64
		switch choose(4) {
		case 2:
			n = min(1, *from)
		case 3:
			n = *from
		}
		*from -= n
		*to += n
	}
	var gone int64
	flow(&i.fresh, &i.settled)
	flow(&i.starting, &i.fresh)
	flow(&i.unready, &i.fresh)
	flow(&i.stopping, &gone)
	flow(&i.settled, &i.unready) // fails
	flow(&i.fresh, &gone)        // dies
	if choose(5) == 4 {
		i.starting += 3 // more than was asked for
	}
}
