package main

// outcome is what a method asks for after a check.
type outcome int

const (
	goOn outcome = iota
	holds
	rollsBack
)

// detector is a method at work in one run. It sees the same intervals as all others.
type detector interface {
	// begin starts a stage: all that was seen is forgotten. past is how many times the
	// variance of stable's errors exceeded their mean before the rollout.
	begin(past float64)
	check(iv *interval) outcome
}

// method is a way to decide that the candidate is worse.
type method struct {
	name  string
	alpha float64 // what it says its false rate is at most in an attempt; 0 if it says nothing
	// effective is the level at which the signal that finds the harm works after the
	// division over stages and signals; 0 if it is alpha.
	effective func(s *scenario) float64
	ours      bool
	promises  bool // to keep alpha however often one looks
	start     func(s *scenario) detector
}

// exact says whether what the method promises is exact in the scenario.
func (m *method) exact(s *scenario) bool { return m.promises && s.exact && (m.ours || !s.path) }

// level is the alpha that the bound is for.
func (m *method) level(s *scenario) float64 {
	if m.effective != nil {
		return m.effective(s)
	}
	return m.alpha
}

// methodsFor are those that are compared in a scenario, in the order of the report.
func methodsFor(s *scenario) []method {
	if s.latency {
		return append([]method{
			{name: "p99 > 500 ms, limit 0", start: func(*scenario) detector { return &quantile{limit: 0} }},
			{name: "p99 > 500 ms, limit 3", start: func(*scenario) detector { return &quantile{limit: 3} }},
			bareMethod(0.05), bareMethod(0.001),
		}, ourMethods()...)
	}
	return append([]method{
		{name: "threshold 1%, limit 0", start: func(*scenario) detector { return &threshold{limit: 0} }},
		{name: "threshold 1%, limit 3", start: func(*scenario) detector { return &threshold{limit: 3} }},
		{name: "threshold 1%, 5 in all", start: func(*scenario) detector { return &threshold{limit: 4} }},
		{name: "z-test, repeated", alpha: 0.05, start: func(*scenario) detector { return &zTest{} }},
		{name: "Mann-Whitney 98%", start: func(*scenario) detector { return &mannWhitney{} }},
		bareMethod(0.05), bareMethod(0.001),
	}, ourMethods()...)
}
