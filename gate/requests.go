package gate

import (
	"strings"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Requests waits until the candidate served a number of requests at this step, so
// that a quiet hour is not taken for a good one. It never opens by time alone.
//
// How many are enough may be computed: with Base, as many as it takes to prove that the
// candidate is within the margin of a signal, if it is as good as stable
// ([health.Policy.Forecast]). That follows from the step too, so such a gate waits until
// it is placed ([Placed]). Half of the releases need more; to wait for the proof itself
// is up to the signal.
type Requests struct {
	// Min is how many; at least 1. With Base it is what the number never is below, and
	// may be 0.
	Min int64 `json:"min"`
	// Base is the share of stable's requests that the signal counts as bad: those that
	// fail, or of a latency signal those slower than its objective. 0 is not given: then
	// nothing is computed.
	Base health.Probability `json:"base"`
	// Endpoint is whose requests count, as the source names it; empty counts all.
	Endpoint string `json:"endpoint"`
	// Signal is whose exposure is counted; empty is the first of the stage's signals
	// that counts requests at the step. With Base it is also whose margin is proven;
	// empty is then the first one that has a margin.
	Signal string `json:"signal"`
}

// Kind is "requests".
func (Requests) Kind() string { return "requests" }

// need is Min, but never nothing: without Validate, too, no request opens no gate.
func (r Requests) need() int64 { return max(r.Min, 1) }

// Evaluate opens once the requests were served.
func (r Requests) Evaluate(f Facts) Decision { return r.decide(&f) }

func (r *Requests) decide(f *Facts) Decision {
	if r.Base != 0 || f.l().requests(r.Signal, r.Endpoint) < r.need() {
		return Decision{Answer: Wait}
	}
	return Decision{Answer: Open}
}

// Explain says how many requests were served, of how many.
func (r Requests) Explain(f Facts) Reason {
	text := r.whose()
	if r.Base != 0 {
		text = append(text, "at least: how many a proof takes is not computed yet")
	}
	return Reason{
		Kind: r.Kind(), Subject: r.Endpoint, Answer: r.Evaluate(f).Answer, Text: strings.Join(text, " "),
		Unit: "requests", Have: f.l().requests(r.Signal, r.Endpoint), Need: r.need(),
	}
}

// whose are the words for which requests are counted.
func (r Requests) whose() (text []string) {
	if r.Endpoint != "" {
		text = append(text, "to "+r.Endpoint)
	}
	if r.Signal != "" {
		text = append(text, "counted by "+r.Signal)
	}
	return text
}

// Validate implements [Validator].
func (r Requests) Validate() error {
	var p strict.Problems
	switch {
	case r.Base == 0 && r.Min < 1:
		p.Add("min", r.Min, "must be at least 1")
	case r.Min < 0:
		p.Add("min", r.Min, ruleNegative)
	}
	switch {
	case r.Base == 0:
	case !(r.Base > 0 && r.Base < 1): // nor not a number
		p.Add("base", r.Base, "must be above 0% and below 100%")
	case r.Endpoint != "":
		p.Add("base", r.Base, "must not be given with an endpoint: what is computed are all requests")
	}
	checkName(&p, "endpoint", r.Endpoint)
	checkName(&p, "signal", r.Signal)
	return p.Err()
}

// Counts implements [Counter].
func (r Requests) Counts() []Count {
	return []Count{{Signal: r.Signal, Endpoint: r.Endpoint, Need: r.need()}}
}

// Watches implements [Watcher].
func (r Requests) Watches() []string {
	if r.Signal == "" {
		return nil
	}
	return []string{r.Signal}
}

// maxName is how long names in samples may be, in bytes.
const maxName = 1000

// checkName refuses names that never match, because of a space that nobody sees or
// because they are too long for a sample.
func checkName(p *strict.Problems, path, name string) {
	if strings.TrimSpace(name) != name {
		p.Add(path, name, "must not begin or end with space")
	}
	if len(name) > maxName {
		p.Add(path, name, "must have at most 1000 bytes")
	}
}
