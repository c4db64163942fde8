package health

import "math"

// Dispersion learns how much more than by chance alone the counts of a version vary:
// errors that come in bursts (retries, a client that fails in a loop) are fewer
// independent events than they are events. Give it consecutive intervals of stable.
//
// It gathers them into blocks of 5 seconds, 1 minute and 5 minutes and compares each
// block with the one before, so that slow changes of the rate do not count:
// (x/n - y/k)^2 / ((1/n + 1/k) (x+y)/(n+k)), which is (xk - yn)^2 / (nk (x+y)), has a mean
// of 1 for independent events, and one of the variance over the mean in general. The
// largest of the three counts, as far as chance does not explain that it is larger. The
// zero Dispersion has seen nothing.
type Dispersion struct{ blocks [dispersionSize]float64 }

// Add adds an interval of so many seconds: n events, x of them bad. What is no count is
// left out.
func (d *Dispersion) Add(seconds, n, x float64) { blocks(d.blocks[:]).add(seconds, n, x) }

// Factor is the dispersion that was learned: at least 1, which is also the answer as
// long as too little is known.
func (d *Dispersion) Factor() float64 { return blocks(d.blocks[:]).factor() }

// blocks is what a Dispersion knows, as it stands in the log of evidence: for each
// length of blocks the one that fills up, the one before, and the sum of what was
// compared.
type blocks []float64

const (
	blockSeconds = iota
	blockN
	blockX
	blockLastN
	blockLastX
	blockSum
	blockPairs
	blockSize
)

const (
	scales         = 3
	dispersionSize = scales * blockSize
	fewestPairs    = 6
	fewPairs       = 60
	// beyond is how many standard deviations a mean of pairs must lie above another to
	// be more than chance.
	beyond = 2.5
)

var blockLengths = [scales]float64{5, 60, 300} // never written

// add reports whether a block was compared with the one before: a short one while there
// are few, a long one later.
func (b blocks) add(seconds, n, x float64) (compared bool) {
	if !(seconds > 0 && (n == 0 || n >= least) && n <= most && x >= 0 && x <= most && seconds <= most) {
		return false
	}
	for i, length := range blockLengths {
		s := b[i*blockSize : (i+1)*blockSize]
		s[blockSeconds] += seconds
		s[blockN] += n
		s[blockX] += x
		if s[blockSeconds] >= length*(1-alike) {
			compared = blocks(s).close() && (i > 0 || s[blockPairs] < fewPairs) || compared
		}
	}
	return compared
}

// close compares a block that is full with the one before.
func (s blocks) close() (compared bool) {
	n, x, k, y := s[blockN], s[blockX], s[blockLastN], s[blockLastX]
	if compared = n > 0 && k > 0 && x+y > 0; compared {
		d := x*k - y*n
		if more := d * d / (n * k * (x + y)); more > 0 {
			s[blockSum] += min(more, maxDispersion)
		}
		s[blockPairs]++
	}
	if n > 0 {
		s[blockLastN], s[blockLastX] = n, x
	}
	s[blockSeconds], s[blockN], s[blockX] = 0, 0, 0
	return compared
}

// factor goes from short blocks to long ones: what is more than chance alone, or more
// than the shorter blocks say.
func (b blocks) factor() float64 {
	factor := 1.0
	for i := range scales {
		s := b[i*blockSize:]
		if s[blockPairs] < fewestPairs {
			continue
		}
		// One of the pairs has a variance of 2, and neighbours share a block.
		if mean := s[blockSum] / s[blockPairs]; mean > factor*(1+beyond*math.Sqrt(3/s[blockPairs])) {
			factor = mean
		}
	}
	return min(factor, maxDispersion)
}
