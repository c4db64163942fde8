package bucket

import (
	"strconv"
	"strings"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Share is a share of all subjects in parts per million, from 0 to Everybody. Its text is a percentage, an exact decimal:
// "12.5%". It is never a floating-point number, so what is written is what is decided.
type Share int32

// Everybody is 100 %. Nobody is the zero value.
const Everybody Share = 1_000_000

// perPercent is one percent.
const perPercent = Everybody / 100

// shareRule is what a text of a Share must be.
const shareRule = `must be a percentage from "0%" to "100%" with at most 4 digits after the point`

// String writes s as a percentage without needless zeros: "0%", "0.0001%", "12.5%", "100%".
func (s Share) String() string {
	n, sign := int64(s), ""
	if n < 0 {
		n, sign = -n, "-"
	}
	text := sign + strconv.FormatInt(n/int64(perPercent), 10)
	if rest := n % int64(perPercent); rest != 0 {
		digits := strconv.FormatInt(rest+int64(perPercent), 10)[1:] // keeps leading zeros
		text += "." + strings.TrimRight(digits, "0")
	}
	return text + "%"
}

// MarshalText is String, or a FieldError if s is not from 0 to Everybody.
func (s Share) MarshalText() ([]byte, error) {
	if s < 0 || s > Everybody {
		return nil, &strict.FieldError{Value: s.String(), Rule: "must be from 0% to 100%"}
	}
	return []byte(s.String()), nil
}

// UnmarshalText reads what String writes, and zeros at the end of a fraction ("12.50%"). Signs, exponents, spaces, leading
// zeros, a fifth digit after the point and anything above 100 % are a FieldError; then s is left as it was.
func (s *Share) UnmarshalText(data []byte) error {
	n, ok := parsePercent(string(data))
	if !ok {
		value := data
		if len(value) > 80 {
			value = value[:80]
		}
		return &strict.FieldError{Value: strconv.Quote(string(value)), Rule: shareRule}
	}
	*s = n
	return nil
}

// parsePercent reads a percentage of at most 100 in parts per million.
func parsePercent(text string) (Share, bool) {
	number, ok := strings.CutSuffix(text, "%")
	whole, fraction, point := strings.Cut(number, ".")
	switch {
	case !ok, len(whole) < 1, len(whole) > 3, len(whole) > 1 && whole[0] == '0':
		return 0, false
	case point && len(fraction) < 1, len(fraction) > 4:
		return 0, false
	}
	var n Share
	for _, digit := range []byte(whole + fraction + "0000"[len(fraction):]) {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		n = n*10 + Share(digit-'0')
	}
	return n, n <= Everybody
}
