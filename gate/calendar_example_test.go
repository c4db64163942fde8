package gate_test

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
)

// Rollouts go on in office hours, and stand still where they are when these end.
func ExampleWindow() {
	const monToThu = 1<<time.Monday | 1<<time.Tuesday | 1<<time.Wednesday | 1<<time.Thursday
	gates, err := gate.Compile([]gate.Gate{gate.Window{
		Zone: "Europe/Berlin",
		Open: []gate.Hours{
			{Days: monToThu, From: 9 * time.Hour, To: 17 * time.Hour},
			{Days: 1 << time.Friday, From: 9 * time.Hour, To: 12 * time.Hour},
		},
		Closed: gate.Pause,
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	friday := time.Date(2026, 3, 27, 14, 0, 0, 0, time.UTC)
	d := gates[0].Evaluate(gate.NewFacts(friday, nil, nil))
	fmt.Println(d.Answer, d.Next) // on Sunday the clocks are put forward
	fmt.Println(gates[0].Explain(gate.NewFacts(friday, nil, nil)).Text)
	fmt.Println(gates[0].Explain(gate.NewFacts(d.Next, nil, nil)).Text)
	// Output:
	// wait 2026-03-30 07:00:00 +0000 UTC
	// closed until Mon 2026-03-30 09:00 CEST (Europe/Berlin)
	// open until Mon 2026-03-30 17:00 CEST (Europe/Berlin)
}

// Nothing is rolled out at the end of the year.
func ExampleFreeze() {
	gates, err := gate.Compile([]gate.Gate{gate.Freeze{
		Zone: "Europe/Berlin",
		Spans: []gate.Frozen{
			{From: "2026-12-18 18:00", To: "2027-01-04", Reason: "year end"},
		},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, now := range []time.Time{
		time.Date(2026, 12, 18, 16, 0, 0, 0, time.UTC),
		time.Date(2026, 12, 24, 12, 0, 0, 0, time.UTC),
		time.Date(2027, 1, 4, 23, 0, 0, 0, time.UTC),
	} {
		reason := gates[0].Explain(gate.NewFacts(now, nil, nil))
		fmt.Println(reason.Answer, "-", reason.Text)
	}
	// Output:
	// open - no freeze until Fri 2026-12-18 18:00 CET (Europe/Berlin): year end
	// wait - frozen until Tue 2027-01-05 00:00 CET (Europe/Berlin): year end
	// open - no freeze to come
}

// Hours are written as people say them.
func ExampleHours() {
	var night gate.Hours
	if err := night.UnmarshalText([]byte("fri-sun,wed 22:00-06:00")); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(night, night.From, night.To)
	fmt.Println(night.UnmarshalText([]byte("fri 9:00-17:00")))
	// Output:
	// wed,fri-sun 22:00-06:00 22h0m0s 6h0m0s
	// "fri 9:00-17:00" must be days and times such as "mon-thu 09:00-17:00", or times alone
}
