package strategy

import "github.com/seed-20fe5ead/gradatim/internal/strict"

// ABTest shows the candidate to a cohort, and the rest of the users stable, for as
// long as it takes to decide: both sides stay at their size until an order to
// promote (the candidate takes all traffic), to roll back (stable does), or to keep
// both as they are. It needs a target that looks at requests. The zero value is
// ready: half of the users, known by their id. Who sees the candidate goes on to see
// it when it is promoted.
type ABTest struct {
	Pace
	// Routes are the cohort by match rules: who meets one of them sees the
	// candidate. Default none.
	Routes []Route `json:"routes"`
	// Share is the cohort by hash: the share of the (other) users who see the
	// candidate. Default 50%, or none if there are Routes.
	Share Weight `json:"share"`
	// Sticky says by what a user is known, so that a user stays in the cohort.
	// Default the user's attribute "id", if there is a Share.
	Sticky Sticky `json:"sticky"`
	// Candidate and Stable are how many instances either side has. Default 100%.
	Candidate Size `json:"candidate"`
	Stable    Size `json:"stable"`
}

// Kind is "abTest".
func (ABTest) Kind() string { return "abTest" }

// Ladder has the steps "test", which awaits the decision, and "promoted"; with Routes
// also "retire", where these end.
func (a ABTest) Ladder() (Ladder, error) {
	var problems strict.Problems
	a.checkShared(&problems)
	checkRoutes(&problems, a.Routes)
	if a.Share < 0 || a.Share >= Full {
		problems.Add("share", a.Share, "must be 0% to below 100%: both sides are tested")
	}
	problems.Join("sticky", a.Sticky.Validate())
	checkSize(&problems, "candidate", a.Candidate)
	checkSize(&problems, "stable", a.Stable)
	if err := problems.Err(); err != nil {
		return Ladder{}, err
	}
	if a.Share == 0 && len(a.Routes) == 0 {
		a.Share = Full / 2
	}
	if a.Share > 0 && a.Sticky.IsZero() {
		a.Sticky = Sticky{Source: User, Name: "id"}
	}
	all := Percent(100)
	l := Ladder{
		Pace: a.Pace, Sticky: a.Sticky,
		Steps: []Step{
			{
				Name: "test", Weight: a.Share, Routes: a.Routes, Candidate: a.Candidate.or(all), Stable: a.Stable.or(all),
				Await: "which side wins",
			},
			{Name: "promoted", Weight: Full, Routes: a.Routes},
		},
	}
	if len(a.Routes) > 0 {
		l.Steps = append(l.Steps, Step{Name: "retire", Weight: Full})
	}
	return l, nil
}
