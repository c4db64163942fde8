package bucket_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

func TestShareText(t *testing.T) {
	for _, c := range []struct {
		text string
		want bucket.Share
	}{
		{"0%", 0},
		{"0.0001%", 1},
		{"0.0100%", 100},
		{"1%", 10_000},
		{"12.5%", 125_000},
		{"33.3333%", 333_333},
		{"100%", bucket.Everybody},
		{"100.0000%", bucket.Everybody},
		{"99.9999%", 999_999},
		{"64.1%", 641_000},
	} {
		var got bucket.Share
		if err := got.UnmarshalText([]byte(c.text)); err != nil || got != c.want {
			t.Errorf("%s: %d, %v, want %d", c.text, got, err, c.want)
		}
	}
	for _, text := range []string{
		"", "%", "1", "1.%", ".5%", "01%", "00%", "-1%", "+1%",
		" 1%", "1 %", "1%%", "1e1%", "0.00001%", "100.0001%", "101%", "1000%", "1,5%",
		"0x1%",
		"１%", "9999999999999999999%",
	} {
		got := bucket.Share(7)
		if err := got.UnmarshalText([]byte(text)); len(strict.Fields(err)) != 1 || got != 7 {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, s := range []bucket.Share{-1, bucket.Everybody + 1, -1 << 31} {
		if _, err := s.MarshalText(); err == nil {
			t.Errorf("%d is written as %s", s, s)
		}
	}
}

func TestShareRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := bucket.Share(rapid.Int32Range(0, int32(bucket.Everybody)).Draw(t, "s"))
		var back bucket.Share
		text, err := s.MarshalText()
		if err == nil {
			err = back.UnmarshalText(text)
		}
		if err != nil || back != s {
			t.Fatalf("%d is %s is %d (%v)", s, text, back, err)
		}
	})
}
