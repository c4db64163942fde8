package main

import "fmt"

// scenario is a kind of traffic, and what is to be expected of it.
type scenario struct {
	name  string
	about string // for people: what happens
	start start
	past  past
	// minutes is how long a stage takes, stages how many an attempt has, attempts how many
	// the rollout. All that a method knows is forgotten where a stage begins.
	minutes, stages, attempts int
	// worse: the candidate is worse, from the minute onset on, and to find it takes at
	// least what information (nats a minute) says.
	worse       bool
	onset       int
	information float64
	exact       bool // the promise of a sequential test is exact: events are independent
	path        bool // but only for who follows the rules of the data path
	latency     bool // requests have latencies, and it is those that may be worse
	alone       bool // the candidate has a single instance
	hold        bool // the harm is in both versions: a hold is what is to be expected
	must        bool // detection is held against the bound
}

// The rates of errors, and the absolute limit where one is set.
const (
	baseRate  = 0.005
	objective = 0.01
)

// healthyName is the scenario in which fixed thresholds must be no more often wrong than
// what they are compared with.
const healthyName = "errors-0.5%"

// scenarios are all, in the order of the report.
func scenarios() []*scenario {
	var all []*scenario
	for _, group := range [][]*scenario{
		errorScenarios(), onsetScenarios(), latencyScenarios(), budgetScenarios(), pathScenarios(), clusterScenarios(),
	} {
		all = append(all, group...)
	}
	for _, s := range all {
		if s.past == nil {
			s.past = calm(busy)
		}
		s.minutes, s.stages, s.attempts = max(s.minutes, 60), max(s.stages, 1), max(s.attempts, 1)
		if s.stages*s.attempts > 1 {
			s.minutes = stageMinutes
		}
	}
	return all
}

func percent(p float64) string { return fmt.Sprintf("%.4g%%", 100*p) }

// errorScenarios have independent errors, and the same rates all the time.
func errorScenarios() []*scenario {
	const usual = "10,000 requests a minute, the candidate gets 5 %; stable fails 0.5 % of them, the candidate "
	all := []*scenario{{
		name: healthyName, about: usual + "too: it is no worse.",
		start: independent(busy, steady(baseRate, baseRate)), exact: true,
	}}
	for _, p := range []float64{0.006, 0.01, 0.02, 0.05} {
		all = append(all, &scenario{
			name: "errors-" + percent(p), about: usual + percent(p) + ".", must: p >= 0.01,
			start: independent(busy, steady(p, baseRate)), exact: true,
			worse: true, information: ofRates(busy, p, baseRate),
		})
	}
	const few = "200 requests a minute, of which the candidate gets 20; stable fails 0.5 % of them, the candidate "
	all = append(all, &scenario{
		name: "quiet-0.5%", about: few + "too: it is no worse.",
		start: independent(quiet, steady(baseRate, baseRate)), past: calm(quiet), exact: true,
	})
	for _, p := range []float64{0.05, 0.20} {
		all = append(all, &scenario{
			name: "quiet-" + percent(p), about: few + percent(p) + ".",
			start: independent(quiet, steady(p, baseRate)), past: calm(quiet), exact: true,
			worse: true, information: ofRates(quiet, p, baseRate),
		})
	}
	return append(all, &scenario{
		name: "incident-shared", about: "Both versions fail 5 % in the minutes 20 to 24, and else 0.5 %: the candidate is no worse.",
		start: independent(busy, func(slot int) (float64, float64) {
			if minute(slot, incidentFrom, incidentTo) {
				return 0.05, 0.05
			}
			return baseRate, baseRate
		}), exact: true,
	})
}

// onsetScenarios have a candidate that becomes worse after a while.
func onsetScenarios() []*scenario {
	const p = 0.02
	var all []*scenario
	for _, healthy := range []int{0, 30, 60, 180} {
		all = append(all, &scenario{
			name:  fmt.Sprintf("onset-%dm", healthy),
			about: fmt.Sprintf("The candidate fails 2 %% instead of 0.5 %%, after %d healthy minutes.", healthy),
			start: independent(busy, func(slot int) (float64, float64) {
				if slot >= healthy*slotsPerMinute {
					return p, baseRate
				}
				return baseRate, baseRate
			}), exact: true,
			minutes: healthy + 60, onset: healthy, worse: true, information: ofRates(busy, p, baseRate),
		})
	}
	return append(all, &scenario{
		name: "incident-caused",
		about: "From minute 5 on the candidate breaks what both versions need: both fail 5 %. No comparison can see it, " +
			"an absolute limit (1 %) can; to be expected is a hold.",
		start: independent(busy, func(slot int) (float64, float64) {
			if slot >= 5*slotsPerMinute {
				return 0.05, 0.05
			}
			return baseRate, baseRate
		}), exact: true, hold: true,
		onset: 5, worse: true, information: ofLimit(busy, 0.05, objective),
	})
}

// latencyScenarios have requests that take their time.
func latencyScenarios() []*scenario {
	const about = "Requests take 60 ms in the median (lognormal, p99 390 ms), counted in Prometheus' default buckets; "
	all := []*scenario{
		{name: "latency-same", about: about + "the candidate is no slower.", start: timed(busy, usual)},
		{name: "latency-faster-10%", about: about + "the candidate is 10 % faster.", start: timed(busy, duration{factor: 0.9})},
	}
	for _, s := range []struct {
		name, about string
		d           duration
	}{
		{"latency-x1.10", "the candidate takes 1.10 times as long.", duration{factor: 1.10}},
		{"latency-x1.25", "the candidate takes 1.25 times as long.", duration{factor: 1.25}},
		{"latency-2%+1s", "2 % of the candidate's take a second longer.", duration{1, 0.02, 1}},
		{"latency-5%+5s", "5 % of the candidate's take five seconds longer.", duration{1, 0.05, 5}},
	} {
		all = append(all, &scenario{
			name: s.name, about: about + s.about, start: timed(busy, s.d), worse: true, information: ofLatency(busy, s.d),
		})
	}
	for _, s := range all {
		s.latency, s.exact = true, true
	}
	return all
}

// stageMinutes is how long a stage takes where there are several.
const stageMinutes = 20

// budgetScenarios have more than one stage, or attempt.
func budgetScenarios() []*scenario {
	healthy := independent(busy, steady(baseRate, baseRate))
	return []*scenario{
		{
			name: "stages-3", about: "One attempt with three stages of 20 minutes, which share its budget; the candidate is no worse.",
			start: healthy, stages: 3, exact: true,
		},
		{
			name: "attempts-3", about: "A rollout that is tried again twice, whatever came of it: three attempts of three " +
				"stages, each attempt with a budget of its own; the candidate is no worse.",
			start: healthy, stages: 3, attempts: 3, exact: true,
		},
	}
}

// pathScenarios put the path of the data to the test. The candidate is no worse.
func pathScenarios() []*scenario {
	all := []*scenario{
		{
			name: "scrape-skew", about: "The pages of stable are read 12.5 s after the candidate's, and both versions fail " +
				"20 % in the minutes 20 to 24.",
			start: skewed(busy),
		},
		{
			name: "scrape-missed", about: "In the minutes 20 to 24 half of the instances of both versions fail 20 %, and " +
				"every second page of stable's stricken ones cannot be read.",
			start: missed(busy), exact: true,
		},
		{
			name: "cold-starts", about: "A candidate instance fails 5 % in its first 60 s; all start at the begin, and a third " +
				"of them again every 20 minutes.",
			start: cold(busy), exact: true,
		},
		{
			name: "sticky-clients", about: "Users stay with the version that they were assigned to; five of 10,000 have broken " +
				"clients, all of whose 10 requests a minute fail.",
			start: sticky(busy), exact: true,
		},
	}
	for _, s := range all {
		s.path = true
	}
	return all
}

// clusterScenarios have errors that are not independent: what a method promises for
// independent ones is an approximation here.
func clusterScenarios() []*scenario {
	return []*scenario{
		{
			name: "bursts", about: "Errors come in groups of 1 to 5, 0.5 % in both versions: the candidate is no worse.",
			start: bursty(busy, steady(baseRate, baseRate)), past: burstyPast(busy),
		},
		{
			name: "bursts-2%", about: "Errors come in groups of 1 to 5, 0.5 % in stable and 2 % in the candidate.",
			start: bursty(busy, steady(0.02, baseRate)), past: burstyPast(busy), worse: true,
			information: ofRates(busy, 0.02/burstMean, baseRate/burstMean), // groups are independent
		},
		{
			name: "storms", about: "Every 10 minutes or so one of the versions, either as often, fails 10 % for 30 s.",
			start: stormy(busy), past: stormyPast(busy),
		},
		{
			name: "bad-node", about: "One candidate instance against 19 of stable; how many errors an instance has depends on " +
				"its node (lognormal, sigma 0.5). The candidate is no worse.",
			start: nodal(busy), alone: true,
		},
	}
}
