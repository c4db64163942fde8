package health

// tally says which events of an arm count, and out of what.
type tally struct {
	per   string
	above int     // of a histogram: those beyond the bound of that index; -1: no histogram
	span  float64 // of the interval, in seconds
	// absent says that the histogram does not have the bound: nothing is known of it.
	absent bool
}

// least is how small an exposure may be: less is none, and no arithmetic is done with it.
const least = 1e-6

// of is so many events (or seconds, or share of the traffic), and how many are bad.
func (t tally) of(a *Arm) (n, x float64) {
	if n, x = t.raw(a); n < least {
		return 0, x
	}
	return n, x
}

func (t tally) raw(a *Arm) (n, x float64) {
	switch {
	case t.per == PerTime:
		return a.Time, a.Exposure
	case t.per == PerShare:
		return float64(a.Weight) * t.span, a.Exposure
	case t.above < 0:
		return a.Exposure, a.Bad
	}
	for i, b := range a.Buckets {
		n += float64(b)
		if i > t.above {
			x += float64(b)
		}
	}
	return n, x
}

// stable is what stable did while the candidate did what it did: of the intervals that
// overlap the candidate's the one of the largest rate, or of the smallest.
func (t tally) stable(s *Sample, largest bool) (k, y float64) {
	k, y = t.of(&s.Stable)
	for i := range s.Overlap {
		if n, x := t.of(&s.Overlap[i]); n > 0 && (k <= 0 || (x*k > y*n) == largest && x*k != y*n) {
			k, y = n, x
		}
	}
	return k, y
}
