package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/health/e2e"
)

func Example() {
	tries := 0
	source, err := e2e.New(e2e.Options{Suites: map[string]e2e.Suite{
		"checkout": {
			Run: func(_ context.Context, a health.Ask) error {
				if tries++; tries == 1 {
					return errors.New("the cart of " + a.Candidate + " is empty")
				}
				return nil
			},
			Attempts: 2,
		},
		"database": {
			Run: func(context.Context, health.Ask) error {
				return fmt.Errorf("cannot log in: %w", e2e.ErrNotRun)
			},
		},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer source.Close()

	from := time.Now().Add(-time.Minute)
	for _, suite := range []string{"checkout", "database"} {
		ask := health.Ask{
			Stage: "eu", Signal: suite, Candidate: "1.1", From: from, Due: from.Add(time.Minute),
			Measure: health.Test{Suite: suite}.Measure(),
		}
		var samples []health.Sample
		for len(samples) == 0 && err == nil { // an engine looks again when it is due
			samples, err = source.Sample(context.Background(), []health.Ask{ask})
			time.Sleep(time.Millisecond)
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		s := samples[0]
		fmt.Printf("%s: %s, %v of %v failed: %s\n", suite, s.Fetch, s.Candidate.Bad, s.Candidate.Exposure, s.Reason)
	}
	// Output:
	// checkout: healthy, 0 of 1 failed: passed at attempt 2 of 2, before: the cart of 1.1 is empty
	// database: error, 0 of 0 failed: cannot log in: the test could not be run
}
