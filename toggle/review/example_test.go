package review_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
	"github.com/seed-20fe5ead/gradatim/toggle/review"
)

// set reads flags, which must be right.
func set(text string) toggle.Set {
	var s toggle.Set
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		panic(err)
	}
	if err := s.Validate(); err != nil {
		panic(err)
	}
	return s
}

// One canary grows. Another one does so with a new salt, and loses its testers on the way.
func ExampleDiff() {
	before := set(`{"flags": {
		"checkout": {"kind": "release", "owner": "shop", "expires": "2027-03-01T00:00:00Z", "enabled": true,
			"rollout": {"exposure": "10%", "serve": "on"}},
		"search": {"kind": "release", "owner": "shop", "expires": "2027-03-01T00:00:00Z", "enabled": true,
			"rules": [{"name": "beta", "when": {"attribute": "beta", "equals": true}, "serve": "on"}],
			"rollout": {"exposure": "10%", "serve": "on"}}}}`)
	after := set(`{"flags": {
		"checkout": {"kind": "release", "owner": "shop", "expires": "2027-03-01T00:00:00Z", "enabled": true,
			"rollout": {"exposure": "25%", "serve": "on"}},
		"search": {"kind": "release", "owner": "shop", "expires": "2027-03-01T00:00:00Z", "enabled": true,
			"rollout": {"exposure": "25%", "serve": "on", "salt": "search-2"}}}}`)
	report := review.Diff(before, after, review.Options{})
	fmt.Print(report)
	for _, s := range report.Flags[0].Settings {
		fmt.Println(s)
	}
	for _, f := range report.Above(bucket.Everybody / 5) {
		fmt.Println(f)
	}
	// Output:
	// FLAG      IS       MOVES  LEAST  ON     OFF   WHO AND WHERE TO
	// checkout  changed  15%    15%    15%    0%    everybody: off to on 15%
	// search    changed  30%    15%    22.5%  7.5%  whom no rule matches: off to on 22.5%, on to off 7.5% (expected)
	// search    changed  75%    75%    0%     75%   whom rule beta matched: on to off 75%
	// rollout.exposure: 10% to 25%
	// flags.search: moves 30% of those whom no rule matches, and 20% are allowed; 15% had to (moves)
	// flags.search: takes 7.5% of those whom no rule matches off (takesOff)
	// flags.search: moves 75% of those whom rule beta matched, and 20% are allowed; 75% had to (moves)
	// flags.search: takes 75% of those whom rule beta matched off (takesOff)
}

// Of three variants two trade weights. Cumulative ranges would move 20 %.
func ExampleReweight() {
	flag := toggle.Flag{
		Kind: toggle.Ops, Owner: "shop", Default: "small",
		Variants: map[string]toggle.Value{"large": toggle.Text("L"), "medium": toggle.Text("M"), "small": toggle.Text("S")},
	}
	flag.Enabled = true
	flag.Rollout = &toggle.Rollout{Exposure: bucket.Everybody, Split: []toggle.Part{
		{Variant: "large", Weight: 10},
		{Variant: "medium", Weight: 10},
		{Variant: "small", Weight: 80},
	}}
	before := toggle.Set{Flags: map[string]toggle.Flag{"pictures": flag}}

	weights := []toggle.Part{{Variant: "large", Weight: 20}, {Variant: "medium", Weight: 10}, {Variant: "small", Weight: 70}}
	naive := *flag.Rollout
	naive.Split = weights
	better, err := review.Reweight(*flag.Rollout, weights)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range []toggle.Rollout{naive, better} {
		flag.Rollout = &r
		fmt.Print(review.Diff(before, toggle.Set{Flags: map[string]toggle.Flag{"pictures": flag}}, review.Options{}))
	}
	fmt.Println(better.Slots)
	// Output:
	// FLAG      IS       MOVES  LEAST  ON   OFF  WHO AND WHERE TO
	// pictures  changed  20%    10%    10%  0%   everybody: medium to large 10%, small to medium 10%
	// FLAG      IS       MOVES  LEAST  ON   OFF  WHO AND WHERE TO
	// pictures  changed  10%    10%    10%  0%   everybody: small to large 10%
	// [{large 0 100000} {medium 100000 200000} {small 200000 900000} {large 900000 1000000}]
}

func ExampleLint() {
	s := set(`{"flags": {
		"checkout": {"kind": "release", "owner": "shop", "expires": "2026-10-01T00:00:00Z", "enabled": true,
			"prerequisites": [{"flag": "payments", "variants": ["on"]}],
			"rules": [
				{"name": "all", "serve": "on"},
				{"name": "beta", "when": {"attribute": "beta", "equals": true}, "serve": "on"}
			]}}}`)
	for _, f := range review.Lint(s, review.Options{Now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}) {
		fmt.Println(f)
	}
	// Output:
	// flags.checkout: should be gone since 2026-10-01: ask shop (expired)
	// flags.checkout.prerequisites[0]: can never hold: there is no flag "payments" (neverHolds)
	// flags.checkout.rules[1]: can decide for nobody: rule all decides for everybody before it (deadRule)
}
