package gate_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
)

func ExampleLint() {
	office := gate.Hours{Days: gate.EveryDay &^ (1<<time.Saturday | 1<<time.Sunday), From: 9 * time.Hour, To: 17 * time.Hour}
	gates, err := gate.Compile([]gate.Gate{
		gate.Window{Zone: "Europe/Berlin", Open: []gate.Hours{office}},
		gate.Freeze{Zone: "Europe/Berlin", Spans: []gate.Frozen{{From: "2026-12-18", To: "2027-01-03", Reason: "holidays"}}},
		gate.Approval{Roles: []string{"release-manager"}, Lasts: 12 * time.Hour},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range gate.Lint(gates, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)) {
		fmt.Println(strings.TrimSpace(f.Path+" "+string(f.Rule)), f.Text)
	}
	// Output:
	// closed It is closed for 18 days, from Thu 2026-12-17 16:00 UTC to Mon 2027-01-04 08:00 UTC.
	// [2].approval expires It lasts 12h, and what it stands beside is closed for 18 days, from Thu 2026-12-17 16:00 UTC to Mon 2027-01-04 08:00 UTC: one that is given when that closes has expired when it opens.
}
