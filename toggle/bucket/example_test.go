package bucket_test

import (
	"encoding/json"
	"fmt"

	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// A boolean flag at 50 %: admitted or not.
func ExampleCompile() {
	plan, err := bucket.Compile(bucket.Distribution{Salt: "new-checkout", Exposure: bucket.Everybody / 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, user := range []string{"ada", "bert", "cleo", "dan"} {
		fmt.Println(user, plan.Pick(user))
	}
	// Output:
	// ada -1
	// bert -1
	// cleo 0
	// dan 0
}

// What an algorithm cannot express is refused, all of it at once.
func ExampleCompile_refused() {
	_, err := bucket.Compile(bucket.Distribution{Algorithm: bucket.Unleash, Exposure: 125_000, Flag: "f", Weights: []int64{1, -1}})
	fmt.Println(err)
	// Output:
	// weights[1]: -1 must not be negative
	// flag: "f" must be empty: unleash/murmur3 does not hash it
	// exposure: "12.5%" must be a whole multiple of 1% for unleash/murmur3
}

// The distribution of a flag in its JSON, picked as LaunchDarkly picks.
func ExampleDistribution() {
	var d bucket.Distribution
	err := json.Unmarshal([]byte(`{
		"algorithm": "launchdarkly/sha1", "flag": "checkout", "salt": "9f3c", "exposure": "100%", "weights": [20, 80]
	}`), &d)
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := bucket.Compile(d)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(plan.Pick("user-1"), plan.Pick("user-2"), plan.Pick("user-3"))
	// Output: 0 1 0
}

// Two variants give a twentieth each to a third; all others stay.
func ExampleReweight() {
	before := bucket.Reweight(nil, []int64{50, 50})
	after := bucket.Reweight(before, []int64{45, 45, 10})
	fmt.Println(before)
	fmt.Println(after)
	// Output:
	// [{0 0 500000} {1 500000 1000000}]
	// [{0 0 450000} {2 450000 500000} {1 500000 950000} {2 950000 1000000}]
}

// The picture of a plan.
func ExamplePlan_Streams() {
	plan, err := bucket.Compile(bucket.Distribution{
		Algorithm: bucket.ConfigCat, Flag: "checkout", Exposure: bucket.Everybody / 10, Weights: []int64{50, 50},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range plan.Streams() {
		fmt.Println(s.Name, s.Space, s.Ranges)
	}
	// Output:
	// both 100 [{0 5 0} {5 50 -1} {50 55 1} {55 100 -1}]
}

func ExampleShare() {
	var s bucket.Share
	err := s.UnmarshalText([]byte("12.50%"))
	fmt.Println(int32(s), s, err)
	fmt.Println(s.UnmarshalText([]byte("12.50001%")))
	// Output:
	// 125000 12.5% <nil>
	// "12.50001%" must be a percentage from "0%" to "100%" with at most 4 digits after the point
}
