package engine_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout/engine"
)

// tests answers what is asked of end-to-end tests.
type tests struct{}

func (tests) Sample(_ context.Context, asks []health.Ask) (samples []health.Sample, err error) {
	for _, a := range asks {
		if a.Measure.Test != "" {
			samples = append(samples, health.Sample{Stage: a.Stage, Signal: a.Signal, Key: a.Key, From: a.From, To: a.Due, Candidate: health.Arm{Exposure: 1}})
		}
	}
	return samples, nil
}

// alerts cannot be reached.
type alerts struct{}

func (alerts) Sample(context.Context, []health.Ask) ([]health.Sample, error) {
	return nil, errors.New("alerts: connection refused")
}

func ExampleJoin() {
	source := engine.Join(alerts{}, tests{})
	samples, err := source.Sample(context.Background(), []health.Ask{
		{Stage: "eu", Signal: "alerts", Measure: health.Measure{Alert: `{service="checkout"}`}},
		{Stage: "eu", Signal: "e2e", Measure: health.Measure{Test: "checkout"}},
	})
	for _, s := range samples {
		fmt.Println(s.Signal, s.Candidate.Bad, "of", s.Candidate.Exposure)
	}
	fmt.Println(err)
	// Output:
	// e2e 0 of 1
	// source 1: alerts: connection refused
}
