package health

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Probability is a number from 0 to 1. Its text is a percentage with at most six
// decimals: "0.1%" is 0.001. Where a default exists, 0 means that none was given.
type Probability float64

// parts is how many steps of the text form there are from 0 to 1: two digits of
// per cent and six decimals.
const parts = 1e8

// String is the percentage without idle zeros: "0.05%".
func (p Probability) String() string {
	s := strconv.FormatFloat(math.Round(float64(p)*parts)/(parts/100), 'f', 6, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + "%"
}

// MarshalText writes a percentage; values the text cannot hold are an error.
func (p Probability) MarshalText() ([]byte, error) {
	if !p.writable() {
		return nil, &FieldError{Value: fmt.Sprint(float64(p)), Rule: ruleProbability}
	}
	return []byte(p.String()), nil
}

const ruleProbability = "must be a percentage from 0% to 100% with at most 6 decimals"

// UnmarshalText reads a percentage from 0% to 100% with at most six decimals.
func (p *Probability) UnmarshalText(text []byte) error {
	number, percent := strings.CutSuffix(string(text), "%")
	whole, decimals, point := strings.Cut(number, ".")
	if !percent || !digits(whole, 3) || point && !digits(decimals, 6) {
		return &FieldError{Value: strconv.Quote(string(text)), Rule: ruleProbability}
	}
	n, _ := strconv.ParseInt(whole+(decimals + "000000")[:6], 10, 64) // at most nine digits
	if n > parts {
		return &FieldError{Value: strconv.Quote(string(text)), Rule: ruleProbability}
	}
	*p = Probability(float64(n) / parts)
	return nil
}

// snap moves a computed value to the nearest one that the text form can hold, so
// that 0.1/100 is the same as "0.1%". What is too small for it stays as it is.
func (p Probability) snap() Probability {
	if n := math.Round(float64(p) * parts); n >= 1 && n <= parts {
		return Probability(n / parts)
	}
	return p
}

// writable reports whether the text form says exactly this value.
func (p Probability) writable() bool {
	return p == 0 || p > 0 && p <= 1 && p.snap() == p && p >= 1/parts
}

// digits reports whether s is 1 to most decimal digits.
func digits(s string, most int) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= most
}
