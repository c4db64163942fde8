package health

import "math"

// exp is math.Exp for x from -200 to 0, several times as fast, and as exact but for one
// or two units in the last place: an update of evidence is little else than a dozen of
// them. With x = (64 i + j) ln 2 / 64 + r it is 2^i times 2^(j/64), from a table, times
// the polynomial of exp for so small an r.
func exp(x float64) float64 {
	shifted := x*(expSteps/math.Ln2) + expShift
	k := shifted - expShift // the nearest whole number, which stands in the last bits of shifted, too
	n := math.Float64bits(shifted)
	r := (x - k*expHigh) - k*expLow
	p := 1 + r*(1+r*(0.5+r*(1.0/6+r*(1.0/24+r*(1.0/120)))))
	return p * math.Float64frombits(expTable[n%expSteps]+n>>expBits<<52)
}

// timesExp multiplies each part by exp(x - most): where that is below exp(vanishing), or x
// is above most, the part becomes 0. It is [exp] in a loop, where calls cost as much as
// the arithmetic.
func timesExp(part, by []float64, most float64) {
	part = part[:len(by)]
	for j, x := range by {
		if x -= most; x < vanishing || x > 0 {
			part[j] = 0
			continue
		}
		shifted := x*(expSteps/math.Ln2) + expShift
		k := shifted - expShift
		n := math.Float64bits(shifted)
		r := (x - k*expHigh) - k*expLow
		p := 1 + r*(1+r*(0.5+r*(1.0/6+r*(1.0/24+r*(1.0/120)))))
		part[j] *= p * math.Float64frombits(expTable[n%expSteps]+n>>expBits<<52)
	}
}

// ln 2 / 64 in two parts, of which the first has so few digits that its product with
// any k is exact.
const (
	expShift = 0x1.8p52
	expBits  = 6
	expSteps = 1 << expBits
	expHigh  = 0x1.62e42fefap-7
	expLow   = math.Ln2/expSteps - expHigh
)

// expTable holds the bits of 2^(j/64).
var expTable = func() (table [expSteps]uint64) { // never written
	for j := range table {
		table[j] = math.Float64bits(math.Exp2(float64(j) / expSteps))
	}
	return table
}()
