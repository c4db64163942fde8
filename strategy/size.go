package strategy

import (
	"fmt"
	"strconv"
	"strings"
)

// Size is a number of instances, absolute or relative to the desired size of a
// fleet. The zero Size means "the default of this field" and never 0: that is
// Count(0). In JSON it is a whole number (2) or a percentage ("25%").
type Size struct {
	n    int64
	unit unit
}

type unit uint8

const (
	unset unit = iota
	absolute
	relative // n is in basis points
)

// Count is an absolute size of n instances. A negative n is a size that every
// validation refuses.
func Count(n int64) Size { return Size{n, absolute} }

// Percent is a size relative to the desired size of the fleet: Percent(25) is
// 25 %. Sizes up to 1000 % are allowed, for where a surge is meant; a percentage
// outside 0 to 1000 is a size that every validation refuses.
func Percent(p int64) Size { return Size{min(max(p, -1), maxPercent/100+1) * 100, relative} }

// Part is a size relative to the desired size of the fleet, in basis points.
func Part(w Weight) Size { return Size{int64(w), relative} }

// IsZero reports whether the size was left to the default.
func (s Size) IsZero() bool { return s.unit == unset }

// Up resolves the size for a fleet of the desired size, percentages rounded up:
// the rule for surge and for the sizes of steps. The zero Size gives 0. The
// result is at most 2^31-1, and what no validation lets through is taken as the
// nearest that it does.
func (s Size) Up(desired int64) int64 {
	if s.unit == relative {
		return min(ceilDiv(s.product(desired), int64(Full)), maxCount)
	}
	return clamp(s.n, maxCount)
}

// Down resolves the size with percentages rounded down: the rule for
// unavailable instances. The zero Size gives 0.
func (s Size) Down(desired int64) int64 {
	if s.unit == relative {
		return min(s.product(desired)/int64(Full), maxCount)
	}
	return clamp(s.n, maxCount)
}

// product is below 2^48.
func (s Size) product(desired int64) int64 {
	return clamp(s.n, maxPercent) * clamp(desired, maxCount)
}

// part reports whether the size is a percentage below 100%.
func (s Size) part() bool { return s.unit == relative && s.n < int64(Full) }

// or gives d where the size was left to the default.
func (s Size) or(d Size) Size {
	if s.IsZero() {
		return d
	}
	return s
}

// String is "25%", "2", or "default".
func (s Size) String() string {
	switch s.unit {
	case absolute:
		return strconv.FormatInt(s.n, 10)
	case relative:
		return Weight(s.n).String() // an invalid one, too
	default:
		return "default"
	}
}

// MarshalJSON writes 2 or "25%".
func (s Size) MarshalJSON() ([]byte, error) {
	switch s.unit {
	case absolute:
		return strconv.AppendInt(nil, s.n, 10), nil
	case relative:
		return []byte(strconv.Quote(s.String())), nil
	default:
		return []byte(`"default"`), nil
	}
}

// What a plan may name: the arithmetic is exact up to here, and cannot overflow.
const (
	maxCount   = 1<<31 - 1
	maxPercent = 10 * int64(Full)
)

// UnmarshalJSON reads a whole number from 0 to 2147483647, a percentage from 0%
// to 1000% with at most two decimals, or "default".
func (s *Size) UnmarshalJSON(data []byte) error {
	text := string(data)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if n < 0 || n > maxCount {
			return fmt.Errorf("must be a count from 0 to %d", int64(maxCount))
		}
		*s = Count(n)
		return nil
	}
	if text == `"default"` {
		*s = Size{}
		return nil
	}
	number, ok := strings.CutSuffix(strings.Trim(text, `"`), "%")
	whole, frac, point := strings.Cut(number, ".")
	if !ok || !strings.HasPrefix(text, `"`) || !digits(whole, 4) || point && !digits(frac, 2) {
		return fmt.Errorf("must be a count such as 2 or a percentage such as \"25%%\"")
	}
	n, _ := strconv.ParseInt(whole+(frac + "00")[:2], 10, 64)
	if n > maxPercent {
		return fmt.Errorf("must be at most 1000%%")
	}
	*s = Size{n, relative}
	return nil
}

// valid reports whether the size is one that a plan may name.
func (s Size) valid() bool {
	switch s.unit {
	case absolute:
		return s.n >= 0 && s.n <= maxCount
	case relative:
		return s.n >= 0 && s.n <= maxPercent
	default:
		return s == Size{}
	}
}

func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }
