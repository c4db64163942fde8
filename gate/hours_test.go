package gate_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/gate"
)

func hours(text string) gate.Hours {
	var h gate.Hours
	if err := h.UnmarshalText([]byte(text)); err != nil {
		panic(err)
	}
	return h
}

func TestHoursText(t *testing.T) {
	const weekend = gate.Days(1<<time.Saturday | 1<<time.Sunday)
	for _, tc := range []struct {
		text string
		want gate.Hours
		back string // if it is written in another way
	}{
		{"mon-thu 09:00-17:00", gate.Hours{Days: 1<<time.Monday | 1<<time.Tuesday | 1<<time.Wednesday | 1<<time.Thursday, From: 9 * time.Hour, To: 17 * time.Hour}, ""},
		{"fri 09:00-12:00", gate.Hours{Days: 1 << time.Friday, From: 9 * time.Hour, To: 12 * time.Hour}, ""},
		{"mon,wed,sat 22:00-06:00", gate.Hours{Days: 1<<time.Monday | 1<<time.Wednesday | 1<<time.Saturday, From: 22 * time.Hour, To: 6 * time.Hour}, ""},
		{"sun-tue 00:00-24:00", gate.Hours{Days: 1<<time.Sunday | 1<<time.Monday | 1<<time.Tuesday, To: 24 * time.Hour}, ""},
		{"18:00-21:30", gate.Hours{Days: gate.EveryDay, From: 18 * time.Hour, To: 21*time.Hour + 30*time.Minute}, ""},
		{"mon-sun 18:00-21:30", gate.Hours{Days: gate.EveryDay, From: 18 * time.Hour, To: 21*time.Hour + 30*time.Minute}, "18:00-21:30"},
		{"wed-tue 18:00-00:00", gate.Hours{Days: gate.EveryDay, From: 18 * time.Hour}, "18:00-00:00"},
		{"sat-sun 08:00-09:00", gate.Hours{Days: weekend, From: 8 * time.Hour, To: 9 * time.Hour}, "sat,sun 08:00-09:00"},
		{"sun,sat 08:00-09:00", gate.Hours{Days: weekend, From: 8 * time.Hour, To: 9 * time.Hour}, "sat,sun 08:00-09:00"},
		{"wed,sun,sat,mon 23:59-00:01", gate.Hours{Days: weekend | 1<<time.Monday | 1<<time.Wednesday, From: 23*time.Hour + 59*time.Minute, To: time.Minute}, "wed,sat-mon 23:59-00:01"},
		{"mon,tue,thu,fri 08:00-09:00", gate.Hours{Days: 1<<time.Monday | 1<<time.Tuesday | 1<<time.Thursday | 1<<time.Friday, From: 8 * time.Hour, To: 9 * time.Hour}, ""},
		{"thu-tue 08:00-09:00", gate.Hours{Days: gate.EveryDay &^ (1 << time.Wednesday), From: 8 * time.Hour, To: 9 * time.Hour}, ""},
	} {
		var h gate.Hours
		if err := h.UnmarshalText([]byte(tc.text)); err != nil || h != tc.want {
			t.Errorf("%s: %+v, %v; want %+v", tc.text, h, err, tc.want)
		}
		if tc.back == "" {
			tc.back = tc.text
		}
		if text, err := h.MarshalText(); err != nil || string(text) != tc.back || h.String() != tc.back {
			t.Errorf("%s is written as %s, %v; want %s", tc.text, text, err, tc.back)
		}
	}
}

func TestHoursRefused(t *testing.T) {
	const (
		form  = `must be days and times such as "mon-thu 09:00-17:00", or times alone`
		days  = "must name its days as mon, tue, wed, thu, fri, sat or sun, in lists and ranges, each only once"
		clock = "must have a begin from 00:00 to 23:59 and an end from 00:00 to 24:00"
		same  = "must not end at the time it begins; the whole day is 00:00-24:00"
	)
	for text, rule := range map[string]string{
		"": form, "mon": form, "9:00-17:00": form, "09:00": form, "09:00-": form, "09:00-17:00 ": days, "09.00-17.00": form,
		"09:00-17:60": form, "09:00-17:00-18:00": form, "09:00–17:00": form, "+9:00-10:00": form, "mon  09:00-17:00": form,
		"mon 09:00 - 17:00": form, "09:00:00-17:00:00": form, "mon 09:00-17:00 fri 09:00-12:00": form,
		" 09:00-17:00": days, "Mon 09:00-17:00": days, "monday 09:00-17:00": days, "mon-mon 09:00-17:00": days,
		"mon,mon 09:00-17:00": days, "mon-wed,tue 09:00-17:00": days, "mon, 09:00-17:00": days, "mon-thu-fri 09:00-17:00": days,
		"-mon 09:00-17:00": days, "thu-tue,wed-wed 09:00-17:00": days, "mon, tue 09:00-17:00": days,
		"24:00-17:00": clock, "09:00-24:01": clock, "25:00-17:00": clock, "09:00-99:00": clock,
		"09:00-09:00": same, "mon 00:00-00:00": same,
	} {
		h := hours("18:00-21:00")
		err := h.UnmarshalText([]byte(text))
		var field *gate.FieldError
		if !errors.As(err, &field) || field.Rule != rule || field.Value != `"`+text+`"` || h != hours("18:00-21:00") {
			t.Errorf("%q: %v, want: %s", text, err, rule)
		}
	}
}

func TestHoursValidate(t *testing.T) {
	for _, tc := range []struct {
		hours gate.Hours
		want  string
	}{
		{gate.Hours{}, "days: 0 must be days of the week, at least one\nto: 0s must not end at the time it begins; the whole day is 00:00-24:00"},
		{gate.Hours{Days: 128, To: time.Hour}, "days: 128 must be days of the week, at least one"},
		{gate.Hours{Days: 1, From: -time.Minute, To: 25 * time.Hour}, "from: -1m must be whole minutes, at least 0s and below 24h\nto: 25h must be whole minutes, at least 0s and at most 24h"},
		{gate.Hours{Days: 1, From: 24 * time.Hour, To: time.Second}, "from: 24h must be whole minutes, at least 0s and below 24h\nto: 1s must be whole minutes, at least 0s and at most 24h"},
	} {
		err := tc.hours.Validate()
		if err == nil || err.Error() != tc.want {
			t.Errorf("%v:\ngot  %v\nwant %s", tc.hours, err, tc.want)
		}
		if text, err := tc.hours.MarshalText(); err == nil {
			t.Errorf("%s was written", text)
		}
	}
}

// Whatever is valid comes back from its text, which is one line and short.
func TestHoursRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := gate.Hours{
			Days: gate.Days(rapid.Uint8Range(1, 127).Draw(t, "days")),
			From: time.Duration(rapid.IntRange(0, 24*60-1).Draw(t, "from")) * time.Minute,
			To:   time.Duration(rapid.IntRange(0, 24*60).Draw(t, "to")) * time.Minute,
		}
		if h.From == h.To {
			return
		}
		roundTrip(t, h)
	})
}

func roundTrip(t interface{ Fatalf(string, ...any) }, h gate.Hours) {
	text, err := h.MarshalText()
	var back gate.Hours
	if err != nil || back.UnmarshalText(text) != nil || back != h || len(text) > 35 {
		t.Fatalf("%+v is %q, %v, and %+v", h, text, err, back)
	}
}

func FuzzHours(f *testing.F) {
	for _, text := range []string{
		"mon-thu 09:00-17:00", "mon,wed,sat 22:00-06:00", "sun-tue 00:00-24:00", "18:00-21:00", "", " ", "-", "mon-", "24:00-24:00",
		"mon 00:00-00:00", "fri-mon,wed 23:59-00:01", "tue-mon 1:00-02:00", strings.Repeat("mon,", 100), "mon\x00 09:00-17:00",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var h gate.Hours
		if h.UnmarshalText([]byte(text)) != nil {
			if h != (gate.Hours{}) {
				t.Fatalf("%q is refused, and %+v", text, h)
			}
			return
		}
		if err := h.Validate(); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		roundTrip(t, h)
	})
}
