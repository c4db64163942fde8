package strategy

import (
	"fmt"
	"strconv"
	"strings"
)

// Weight is a share of traffic in basis points, 1/10,000: 0 is none and [Full]
// is all of it. The weights of a stage always add up to Full. In JSON it is a
// percentage with at most two decimals: "1%", "12.5%".
type Weight int32

// Full is all of the traffic, 100 %.
const Full Weight = 10000

// String is the weight as a percentage without idle zeros: "12.5%".
func (w Weight) String() string {
	s := strconv.FormatFloat(float64(w)/100, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + "%"
}

// MarshalText writes the weight as [Weight.String] does.
func (w Weight) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads a percentage from 0% to 100% with at most two decimals.
func (w *Weight) UnmarshalText(text []byte) error {
	v, err := parseWeight(string(text))
	if err != nil {
		return err
	}
	*w = v
	return nil
}

func parseWeight(s string) (Weight, error) {
	number, ok := strings.CutSuffix(s, "%")
	whole, frac, point := strings.Cut(number, ".")
	if !ok || !digits(whole, 3) || point && !digits(frac, 2) {
		return 0, fmt.Errorf("must be a percentage such as \"12.5%%\", with at most two decimals")
	}
	v, _ := strconv.Atoi(whole + (frac + "00")[:2])
	if v > int(Full) {
		return 0, fmt.Errorf("must be at most 100%%")
	}
	return Weight(v), nil
}

// digits reports whether s is made of one to limit decimal digits.
func digits(s string, limit int) bool {
	if s == "" || len(s) > limit {
		return false
	}
	return strings.Trim(s, "0123456789") == ""
}

// Of is how many of n instances come nearest to the weight: what a target without
// a splitter runs of the candidate. Of two counts that are equally near it is the
// smaller one. Between 0% and 100%, and with at least two instances, it is neither
// none nor all of them. It never falls when the weight rises. Weights and counts
// that cannot be are taken as the nearest that can.
func (w Weight) Of(n int64) int64 {
	n, w = clamp(n, maxCount), Weight(clamp(int64(w), int64(Full)))
	of := (n*int64(w) + int64(Full)/2 - 1) / int64(Full)
	if n >= 2 && 0 < w && w < Full {
		of = min(max(of, 1), n-1)
	}
	return of
}
