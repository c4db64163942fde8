package health

import (
	"math"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// form is which kind of value a judge looks at, and so what it gathers of an arm.
type form uint8

const (
	formRate     form = iota // bad events, all events
	formQuantile             // events per bucket
	formGauge                // nothing: every sample stands for itself
	formTime                 // events, seconds of one instance
)

func formOf(histogram, gauge, per string) form {
	switch {
	case histogram != "":
		return formQuantile
	case gauge != "":
		return formGauge
	case per != "":
		return formTime
	}
	return formRate
}

// width is how many numbers a block has.
func (f form) width(bounds []float64) int {
	switch f {
	case formQuantile:
		return len(bounds) + 1
	case formGauge:
		return 0
	}
	return 2
}

// print tells blocks apart that must not go on in one another.
func (f form) print(bounds []float64) int64 {
	if f == formQuantile {
		return fingerprint(bounds)
	}
	return int64(f)
}

// add gathers what one version did into a block.
func (f form) add(block []float64, a *Arm) {
	switch f {
	case formRate:
		block[0], block[1] = plus(block[0], a.Bad), plus(block[1], a.Exposure)
	case formTime:
		block[0], block[1] = plus(block[0], a.Exposure), plus(block[1], a.Time)
	case formQuantile:
		for i, n := range a.Buckets {
			block[i] = plus(block[i], float64(n))
		}
	}
}

// holds reports whether there is anything in an arm that says something.
func (f form) holds(a *Arm) bool {
	switch f {
	case formQuantile:
		return sum(a.Buckets) > 0
	case formGauge:
		return len(a.Values) > 0
	case formTime:
		return a.Time > 0
	}
	return a.Exposure > 0
}

// subject is how a judge says which value it looks at. Either none or all of a group
// of fields must be given, and one group.
type subject struct {
	bad, total, per, histogram, gauge string
	quantile                          float64
	over                              time.Duration
	minSample                         int64
}

func (x *subject) form() form { return formOf(x.histogram, x.gauge, x.per) }

// validate adds what is wrong, and reports whether it is known which value is meant.
func (x *subject) validate(all *strict.Problems) bool {
	groups := 0
	for _, given := range [...]bool{x.bad != "" || x.total != "", x.histogram != "", x.gauge != ""} {
		if given {
			groups++
		}
	}
	if groups != 1 {
		all.Add("", nil, "must have either bad and total, total and per, histogram and quantile, or gauge")
		return false
	}
	f := x.form()
	if x.bad == "" && f == formRate {
		all.Add("bad", nil, "must be given with total")
	}
	if x.bad != "" && f == formTime {
		all.Add("bad", x.bad, "must not be given with per: total alone is counted")
	}
	if x.total == "" && (f == formRate || f == formTime) {
		all.Add("total", nil, "must be given with bad")
	}
	if x.per != "" && (x.per != PerTime || f != formTime) {
		all.Add("per", x.per, "must be time, and be given with total alone")
	}
	if f != formQuantile && x.quantile != 0 {
		all.Add("quantile", x.quantile, "must not be given without histogram")
	}
	if f == formQuantile && !(x.quantile > 0 && x.quantile < 1) {
		all.Add("quantile", x.quantile, "must be above 0 and below 1: 0.99 is the 99th percentile")
	}
	return true
}

// validateSize is about how much a check needs.
func (x *subject) validateSize(all *strict.Problems) {
	if x.over != 0 && (x.over < time.Second || x.over > longest) {
		all.Add("over", x.over, "must be from 1s to a year, or 0 for 1s")
	}
	if x.over != 0 && x.form() != formTime {
		all.Add("over", x.over, "must not be given without per")
	}
	if x.minSample < 0 || x.minSample > mostMinSample {
		all.Add("minSample", x.minSample, "must be from 1 to 1000000000, or 0 for the default")
	}
	if x.minSample > 0 && x.form() == formGauge {
		all.Add("minSample", x.minSample, "must not be given with a gauge: every sample is checked")
	}
}

// plus adds numbers that are not negative, and stays finite.
func plus(a, b float64) float64 { return min(a+b, math.MaxFloat64) }

// fingerprint tells lists of bounds apart (FNV-1a, 64 bits): evidence has no room
// for the bounds themselves.
func fingerprint(bounds []float64) int64 {
	h := uint64(14695981039346656037)
	for _, b := range bounds {
		bits := math.Float64bits(b)
		for range 8 {
			h = (h ^ bits&0xff) * 1099511628211
			bits >>= 8
		}
	}
	return int64(h)
}
