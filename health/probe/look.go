package probe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/answer"
)

// life is one instance of one version.
type life struct{ stage, scope, instance, version string }

// lived is what was seen of it.
type lived struct {
	ready    time.Time // since when it was, the first time
	answered bool      // it passed a probe
}

func (e *Endpoint) life() life { return life{e.Stage, e.Scope, e.Instance, e.Version} }

// work is one probe of one instance; several asks may share it.
type work struct {
	endpoint int
	probe    string
}

// outcome is why a probe did not pass: nil, a [*failure], or why it could not be made.
type outcome map[work]error

// look probes what the asks that are due are about.
func (s *Source) look(ctx context.Context, due []*answer.Track, now time.Time) []health.Sample {
	looks := make([]health.Sample, len(due))
	endpoints, err := s.list(ctx)
	if err != nil {
		for i := range looks {
			looks[i] = broken(fmt.Errorf("the instances cannot be listed: %w", err))
		}
		return looks
	}
	s.notice(endpoints)
	out := s.probeAll(ctx, due, endpoints)
	for i, t := range due {
		looks[i] = s.judge(t, endpoints, out, now)
	}
	return looks
}

func broken(err error) health.Sample {
	return health.Sample{Fetch: health.Error, Reason: answer.Short(err.Error())}
}

// list calls Endpoints and refuses an instance that is listed twice.
func (s *Source) list(ctx context.Context) (endpoints []Endpoint, err error) {
	err = answer.Guard(func() (err error) {
		endpoints, err = s.options.Endpoints(ctx)
		return err
	})
	seen := make(map[life]bool, len(endpoints))
	for i := range endpoints {
		k := endpoints[i].life()
		k.version = ""
		if seen[k] && err == nil {
			err = fmt.Errorf("instance %q of stage %q is listed twice", k.instance, k.stage)
		}
		seen[k] = true
	}
	return endpoints, err
}

// notice remembers since when instances are ready, and forgets those that have ended.
func (s *Source) notice(endpoints []Endpoint) {
	lives := make(map[life]*lived, len(endpoints))
	for i := range endpoints {
		e := &endpoints[i]
		l := s.lives[e.life()]
		if l == nil {
			l = &lived{}
		}
		if !e.Ready.IsZero() && (l.ready.IsZero() || e.Ready.Before(l.ready)) {
			l.ready = e.Ready
		}
		lives[e.life()] = l
	}
	s.lives = lives
}

// own reports whether a scope is the instances of the stage.
func own(scope string) bool { return scope == "" || scope == "candidate" || scope == "stable" }

// about reports whether an ask is about an instance.
func about(a *health.Ask, e *Endpoint) bool {
	if e.Stage != a.Stage {
		return false
	}
	switch a.Scope {
	case "", "candidate":
		return e.Scope == "" && e.Version == a.Candidate
	case "stable":
		return e.Scope == "" && a.Stable != "" && e.Version == a.Stable
	}
	return e.Scope == a.Scope
}

// probeAll makes every probe once, whoever asks for it.
func (s *Source) probeAll(ctx context.Context, due []*answer.Track, endpoints []Endpoint) outcome {
	var all []work
	out := outcome{}
	for _, t := range due {
		for i := range endpoints {
			w := work{i, t.Ask.Measure.Probe}
			if _, known := out[w]; !known && about(&t.Ask, &endpoints[i]) {
				out[w] = nil
				all = append(all, w)
			}
		}
	}
	errs := answer.Each(len(all), s.options.Parallel, func(k int) error {
		return s.probe(ctx, &endpoints[all[k].endpoint], all[k].probe)
	})
	for k, w := range all {
		if out[w] = errs[k]; errs[k] == nil {
			s.lives[endpoints[w.endpoint].life()].answered = true
		}
	}
	return out
}

// judge makes a look of the probes that an ask is about. A look in which an instance
// past its warm-up has failed is told whatever else could not be probed: it fails in any
// case.
func (s *Source) judge(t *answer.Track, endpoints []Endpoint, out outcome, now time.Time) health.Sample {
	var past, warming health.Arm
	var first, unknown error
	more, listed, silent := 0, false, ""
	for i := range endpoints {
		e := &endpoints[i]
		if !about(&t.Ask, e) {
			continue
		}
		listed = true
		err, l := out[work{i, t.Ask.Measure.Probe}], s.lives[e.life()]
		_, failed := errors.AsType[*failure](err)
		switch {
		case err != nil && l.ready.IsZero() && !l.answered:
			silent = e.Instance // it may still be starting
			continue
		case err != nil && !failed:
			unknown = fmt.Errorf("instance %s was not probed: %w", e.Instance, err)
			continue
		}
		arm := &past
		if warm := l.ready.IsZero() || now.Before(l.ready.Add(t.Ask.WarmUp)); warm && e.Scope == "" {
			arm = &warming
			if t.Ask.Scope == "stable" {
				continue
			}
		}
		if arm.Exposure++; failed {
			arm.Bad++
			if more++; first == nil {
				first = fmt.Errorf("instance %s: %w", e.Instance, err)
			}
		}
	}
	switch {
	case unknown != nil && past.Bad == 0:
		return broken(unknown)
	case past.Exposure+warming.Exposure == 0:
		return health.Sample{Fetch: health.NoData, Reason: nothing(&t.Ask, listed)}
	case silent != "" && past.Bad == 0 && !own(t.Ask.Scope): // that it starts at last is nobody's to wait for
		return health.Sample{Fetch: health.NoData, Reason: answer.Short("instance " + silent + " of scope " + t.Ask.Scope + " has not answered yet")}
	}
	reason := ""
	if first != nil {
		if reason = answer.Short(first.Error()); more > 1 {
			reason += fmt.Sprintf(" (and %d more)", more-1)
		}
	}
	x := t.Look(int(past.Bad), int(past.Exposure), reason)
	x.Warming = warming
	return x
}

// nothing says why no instance counts.
func nothing(a *health.Ask, listed bool) string {
	version := a.Candidate
	switch a.Scope {
	case "", "candidate":
	case "stable":
		version = a.Stable
	default:
		if listed {
			return "nothing of scope " + a.Scope + " has answered yet"
		}
		return "nothing of scope " + a.Scope + " is listed"
	}
	if listed {
		return "no instance of " + version + " can be judged yet"
	}
	return "no instance runs " + version
}
