package health

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Probe is harm while instances do not answer. Every look probes each instance once, and
// fails if any of them fails. The signal is degraded once ConsecutiveLimit looks in a row
// failed, and healthy again by a look that passes; a failing look before that is
// inconclusive. A look without any instance past its warm-up that passes says nothing.
//
// A liveness probe judges from the first second: an instance in its warm-up can fail a
// look, and never passes one. A readiness probe leaves such instances out. Probes never
// prove a release good enough, and have no budget.
type Probe struct {
	// Of is "readiness" (default) or "liveness".
	Of string `json:"of"`
	// HTTP is the path of a GET request, with its query: "/healthz". One of HTTP, TCP
	// and Command must be given.
	HTTP string `json:"http"`
	// TCP is the port to connect to: "5432".
	TCP string `json:"tcp"`
	// Command is the name of a command that the source knows.
	Command string `json:"command"`
	// ConsecutiveLimit is how many looks in a row must fail for the signal to be
	// degraded. Default 3.
	ConsecutiveLimit int `json:"consecutiveLimit"`
}

// What a probe is of.
const (
	ofReadiness = "readiness"
	ofLiveness  = "liveness"
)

const (
	defaultProbes = 3
	maxPath       = 1000
)

// Kind is "probe".
func (p Probe) Kind() string { return "probe" }

// Measure says what is probed, and how: "http /healthz", "tcp 5432", "command check-disk".
func (p Probe) Measure() Measure {
	switch {
	case p.HTTP != "":
		return Measure{Probe: "http " + p.HTTP}
	case p.TCP != "":
		return Measure{Probe: "tcp " + p.TCP}
	case p.Command != "":
		return Measure{Probe: "command " + p.Command}
	}
	return Measure{}
}

// Validate joins a *FieldError for everything wrong with the probe.
func (p Probe) Validate() error {
	var all strict.Problems
	if p.Of != "" && p.Of != ofReadiness && p.Of != ofLiveness {
		all.Add("of", p.Of, "must be readiness or liveness")
	}
	given := 0
	for _, s := range []string{p.HTTP, p.TCP, p.Command} {
		if s != "" {
			given++
		}
	}
	if given != 1 {
		all.Add("", nil, "must have one of http, tcp and command")
	}
	odd := func(r rune) bool { return r <= ' ' || r > '~' || r == '#' || r == '\\' }
	if h := p.HTTP; h != "" && (h[0] != '/' || strings.HasPrefix(h, "//") || len(h) > maxPath || strings.ContainsFunc(h, odd)) {
		all.Add("http", h, "must be a path, escaped where needed, of at most 1000 bytes: /healthz")
	}
	if p.TCP != "" {
		if n, err := strconv.ParseUint(p.TCP, 10, 16); err != nil || n == 0 || strconv.FormatUint(n, 10) != p.TCP {
			all.Add("tcp", p.TCP, "must be a port from 1 to 65535")
		}
	}
	if p.Command != "" {
		checkWord(&all, "command", p.Command, maxName)
	}
	p.looks().validate(&all)
	return all.Err()
}

func (p Probe) looks() looks { return looks{consecutiveLimit: or(p.ConsecutiveLimit, defaultProbes)} }

// Begin leaves everything as it is: what is kept speaks against the release.
func (p Probe) Begin(*Evidence) {}

// Fold adds a look: of each arm Exposure is how many instances were probed, and Bad how
// many of them failed.
func (p Probe) Fold(e *Evidence, s *Sample) bool {
	bad, of := s.Candidate.Bad, s.Candidate.Exposure
	if p.Of == ofLiveness {
		bad, of = plus(bad, s.Warming.Bad), plus(of, s.Warming.Exposure)
	}
	return p.looks().fold(e, bad, of, s.Candidate.Exposure > 0)
}

// Explain says how many instances failed: "2 of 3 instances failed the probe http
// /healthz, 3 times in a row".
func (p Probe) Explain(e *Evidence) string {
	c := seen(e)
	if c == nil {
		return "nothing was probed yet"
	}
	instances := "instances"
	if c[lookOf] == 1 {
		instances = "instance"
	}
	if c[lookBad] == 0 {
		return fmt.Sprintf("%d %s passed the probe %s", c[lookOf], instances, p.Measure().Probe)
	}
	return fmt.Sprintf("%d of %d %s failed the probe %s%s", c[lookBad], c[lookOf], instances, p.Measure().Probe, inARow(c))
}
