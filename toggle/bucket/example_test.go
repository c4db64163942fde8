package bucket_test

import (
	"fmt"

	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

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

func ExampleReweight() {
	before := bucket.Reweight(nil, []int64{50, 50})
	after := bucket.Reweight(before, []int64{45, 45, 10})
	fmt.Println(before)
	fmt.Println(after)
	// Output:
	// [{0 0 500000} {1 500000 1000000}]
	// [{0 0 450000} {2 450000 500000} {1 500000 950000} {2 950000 1000000}]
}
