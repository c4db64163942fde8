package main

// Everything is simulated in slots of 5 seconds; a check sees one slot or twelve of them.
const (
	slotSeconds    = 5
	slotsPerMinute = 60 / slotSeconds
)

// arm is what one version did: requests, those that failed, and how long they took.
type arm struct {
	n, x    float64
	timed   bool // there are buckets
	buckets [buckets]float64
}

func (a *arm) add(o *arm) {
	a.n += o.n
	a.x += o.x
	if !o.timed {
		return
	}
	a.timed = true
	for i := range a.buckets {
		a.buckets[i] += o.buckets[i]
	}
}

// view is an interval as somebody sees it who measures the two versions.
type view struct {
	candidate, stable arm
	// What only a careful source tells apart: what the candidate did in its warm-up, what
	// stable did in the interval before where the two are not measured over the same time,
	// and that a page could not be read, so that nothing ends yet.
	warming, before arm
	skewed, open    bool
}

func (v *view) add(o *view) {
	v.candidate.add(&o.candidate)
	v.stable.add(&o.stable)
	v.warming.add(&o.warming)
	v.before.add(&o.before)
	v.skewed = v.skewed || o.skewed
}

// interval is what happened between two checks.
type interval struct {
	// plain is what a query for rates shows. careful follows the rules of the data path:
	// the same time for both versions, nothing dropped, warm-up apart, a user counted once.
	plain, careful view
	seconds        int
	harmed         float64 // users who met an error or a slow answer because of the candidate
}

// traffic fills in the interval that comes next.
type traffic func(iv *interval)

// law draws a slot and adds it to an interval.
type law func(slot int, iv *interval)

// start begins a run, with checks every so many slots.
type start func(r *dice, slots int) traffic

// alike is traffic of which careful sources see nothing but what a query shows. The law
// fills in the plain view.
func alike(begin func(r *dice) law) start {
	return apart(func(r *dice) law {
		draw := begin(r)
		return func(slot int, iv *interval) {
			draw(slot, iv)
			iv.careful = iv.plain
		}
	})
}

// apart is traffic whose law fills in both views.
func apart(begin func(r *dice) law) start {
	return func(r *dice, slots int) traffic {
		draw, slot := begin(r), 0
		return func(iv *interval) {
			*iv = interval{seconds: slots * slotSeconds}
			for range slots {
				draw(slot, iv)
				slot++
			}
		}
	}
}

// load is how many requests a minute the versions get.
type load struct{ candidate, stable int }

var ( // never written
	busy  = load{500, 9500}
	quiet = load{20, 180}
)

// at is how many of them fall into a slot: whole ones, which add up over a minute.
func (l load) at(slot int) (candidate, stable int) {
	s := slot % slotsPerMinute
	part := func(n int) int { return n*(s+1)/slotsPerMinute - n*s/slotsPerMinute }
	return part(l.candidate), part(l.stable)
}

// drawn is an arm with n requests that fail independently with probability p.
func drawn(r *dice, n int, p float64) arm {
	return arm{n: float64(n), x: float64(binomial(r, n, p))}
}

// past is stable alone, slot by slot, before the rollout began.
type past func(r *dice) func(slot int) arm

// calm is a past without anything unusual.
func calm(l load) past {
	return func(r *dice) func(int) arm {
		return func(slot int) arm {
			_, k := l.at(slot)
			return drawn(r, k, baseRate)
		}
	}
}

// rates are the probabilities that a request fails, in a slot.
type rates func(slot int) (candidate, stable float64)

// steady rates never change.
func steady(candidate, stable float64) rates {
	return func(int) (float64, float64) { return candidate, stable }
}

// independent requests fail each for itself.
func independent(l load, p rates) start {
	return alike(func(r *dice) law {
		return func(slot int, iv *interval) {
			n, k := l.at(slot)
			pc, pb := p(slot)
			c, b := drawn(r, n, pc), drawn(r, k, pb)
			iv.plain.candidate.add(&c)
			iv.plain.stable.add(&b)
			iv.harmed += c.x
		}
	})
}

// minute says whether a slot lies within the minutes from and to, the last included and
// both counted from 0.
func minute(slot, from, to int) bool {
	m := slot / slotsPerMinute
	return from <= m && m <= to
}
