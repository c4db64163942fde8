package strategytest

import "github.com/seed-20fe5ead/gradatim/strategy"

// World is a simulated target and its router, with time: what has started becomes
// ready, then settled; what stops is there a while; what the router was told is
// seen later. Time passes by [World.Obey] and [World.Misbehave]. It is also the
// host: it reckons what is drained, and remembers the size before a scale event.
type World struct {
	desired, before int64
	can             strategy.Can
	pace            strategy.Pace
	drain           int
	v               [versions]instances
	told, seen      router
	past            [][versions]strategy.Weight
}

// instances of one version.
type instances struct{ starting, unready, fresh, settled, stopping int64 }

func (i *instances) ready() int64 { return i.fresh + i.settled }
func (i *instances) all() int64   { return i.starting + i.unready + i.ready() }

type router struct {
	weights [versions]strategy.Weight
	routed  bool
	mirror  strategy.Weight
}

// Choose gives any number from 0 to n-1; n is at least 1. It is where all that is
// random in a world comes from: (*rand.Rand).IntN, or a draw of a property test.
type Choose func(n int) int

// NewWorld is a world that looks like the fleet, under the pace. While a version's
// weight fell within the last drain intervals, what it had then counts for its
// release; in a world with an odd drain all of it is kept, as simple hosts do. A
// scale event is over once its additions were asked for; in a world with a drain of
// 2 or more, only once it makes no difference to the next move.
func NewWorld(f strategy.Fleet, p strategy.Pace, drain int) *World {
	w := &World{desired: f.Desired, before: f.Before, can: f.Can, pace: p, drain: drain}
	for v, c := range [versions]*strategy.Counts{&f.Stable, &f.Candidate, &f.Leftover} {
		w.v[v] = instances{
			starting: c.Starting, unready: c.Instances - c.Ready - c.Starting,
			fresh: c.Ready - c.Settled, settled: c.Settled, stopping: c.Stopping,
		}
		w.told.weights[v] = c.Weight
	}
	w.told.routed, w.told.mirror = f.Routed, f.Mirror
	w.seen = w.told
	return w
}

// clone is a world of its own that goes on from here.
func (w *World) clone() *World {
	other := *w
	other.past = append([][versions]strategy.Weight(nil), w.past...)
	return &other
}

// Observe is the fleet as a host sees it.
func (w *World) Observe() strategy.Fleet {
	if !w.can.Split && !w.can.Unlimited {
		w.seen.weights = w.byCount()
	}
	f := strategy.Fleet{Desired: w.desired, Before: w.before, Can: w.can, Routed: w.seen.routed, Mirror: w.seen.mirror}
	for v, c := range [versions]*strategy.Counts{&f.Stable, &f.Candidate, &f.Leftover} {
		i := &w.v[v]
		*c = strategy.Counts{
			Instances: i.all(), Starting: i.starting, Stopping: i.stopping, Ready: i.ready(), Settled: i.settled,
			Releasable: i.ready(), Weight: w.seen.weights[v],
		}
		switch was := w.highest(v); {
		case !w.can.Split || was <= c.Weight:
		case w.drain%2 == 1:
			c.Releasable = 0
		default:
			c.Releasable = max(0, i.ready()-w.pace.Need(w.desired, was))
		}
	}
	return f
}

// byCount is the share of the traffic that each version has without a splitter.
func (w *World) byCount() (weights [versions]strategy.Weight) {
	total := w.v[stable].ready() + w.v[candidate].ready() + w.v[leftover].ready()
	if total == 0 {
		return w.seen.weights
	}
	weights[stable] = strategy.Weight(w.v[stable].ready() * full / total)
	weights[leftover] = strategy.Weight(w.v[leftover].ready() * full / total)
	weights[candidate] = strategy.Full - weights[stable] - weights[leftover]
	return weights
}

// highest is the greatest weight of a version within the drain time.
func (w *World) highest(v int) (highest strategy.Weight) {
	for _, past := range w.past {
		highest = max(highest, past[v])
	}
	return highest
}

// Part is what of an allocation is applied.
type Part string

// The parts. A target that is slow, or fails half-way, does one of them only.
const (
	All     Part = "all"
	Nothing Part = "nothing"
	Weights Part = "weights" // with routes and mirror
	More    Part = "more"    // the additions
	Some    Part = "some"    // half of the additions
	Fewer   Part = "fewer"   // the removals
)

// Apply tells the target all or a part of an allocation. It stops what is not
// ready first, and of the ready ones the settled ones: the worst that it may do.
func (w *World) Apply(a strategy.Allocation, part Part) {
	want := [versions]strategy.Share{a.Stable, a.Candidate, a.Leftover}
	for v := range w.v {
		i := &w.v[v]
		n := want[v].Instances - i.all()
		if w.can.Unlimited {
			n = 0
		}
		switch {
		case n > 0 && part == Some:
			i.starting += (n + 1) / 2
		case n > 0 && (part == All || part == More):
			i.starting += n
		case n < 0 && (part == All || part == Fewer):
			for _, from := range []*int64{&i.starting, &i.unready, &i.settled, &i.fresh} {
				k := min(-n, *from)
				*from -= k
				i.stopping += k
				n += k
			}
		}
	}
	if part == All || part == Weights {
		w.told = router{routed: a.Routed, mirror: a.Mirror}
		for v := range want {
			w.told.weights[v] = want[v].Weight
		}
	}
	if w.drain < 2 && (part == All || part == More || part == Some) {
		w.before = 0 // what is there now was asked for at this size
	}
}

// Scale changes the desired size, from outside.
func (w *World) Scale(desired int64) {
	if w.before == 0 && desired != w.desired {
		w.before = w.desired
	}
	w.desired = desired
}

// pass is one interval of time for the drain.
func (w *World) pass() {
	if w.drain > 0 {
		w.past = append(w.past, w.seen.weights)
		w.past = w.past[max(0, len(w.past)-w.drain):]
	}
}

// Obey is an interval in which all goes well.
func (w *World) Obey() {
	w.pass()
	w.seen = w.rounded(w.told)
	for v := range w.v {
		i := &w.v[v]
		i.settled += i.fresh
		i.fresh = i.starting + i.unready
		i.starting, i.unready, i.stopping = 0, 0, 0
	}
}

// rounded is what the router makes of what it was told: the nearest that it knows,
// and what is then left over, or missing, is the largest share's.
func (w *World) rounded(r router) router {
	grain := w.can.Grain
	if grain <= 1 {
		return r
	}
	largest := stable
	for v := range r.weights {
		if r.weights[v] > r.weights[largest] {
			largest = v
		}
	}
	rest := strategy.Full
	for v := range r.weights {
		if v != largest {
			r.weights[v] = min((r.weights[v]+grain/2)/grain*grain, rest)
			rest -= r.weights[v]
		}
	}
	r.weights[largest] = rest
	return r
}
