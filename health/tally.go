package health

// tally says which events of an arm count, and out of what.
type tally struct {
	per   string
	above int     // of a histogram: those beyond the bound of that index; -1: no histogram
	span  float64 // of the interval, in seconds
	// absent says that the histogram does not have the bound: nothing is known of it.
	absent bool
}

// seconds is the length of an interval: [time.Duration.Seconds] is exact and takes longer.
func seconds(s *Sample) float64 { return float64(s.To.Sub(s.From)) / 1e9 }

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

// stable is what stable did while the candidate did what it did: as many events as in its
// own interval, at the largest rate of the intervals that overlap the candidate's, or at
// the smallest. Were the number of events another interval's too, one that was long and
// quiet would say that stable is quiet for sure.
func (t tally) stable(s *Sample, largest bool) (k, y float64) {
	k, y = t.of(&s.Stable)
	for i := range s.Overlap {
		n, x := t.of(&s.Overlap[i])
		switch {
		case n <= 0:
		case k <= 0:
			k, y = n, x
		case (x*k > y*n) == largest:
			y = x * k / n
		}
	}
	return k, y
}
