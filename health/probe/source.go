package probe

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/answer"
)

// Endpoint is one instance that is probed.
type Endpoint struct {
	Stage    string
	Instance string // unique in the stage and scope, and not given to another instance later
	Version  string
	// URL is where it answers: http://10.0.0.7:8080. The path of an HTTP probe is
	// appended to it; of it a TCP probe uses the host.
	URL string
	// Ready is since when the instance is ready; zero if it is not. Warm-up counts from
	// it.
	Ready time.Time
	// Scope is empty for an instance of the stage. What lies outside of it, such as a
	// database, is listed with the scope of the signals that probe it: upstream,
	// downstream or business. Then there is no version.
	Scope string
}

// Options say what a [Source] probes, and how. Endpoints must be given.
type Options struct {
	// Endpoints lists the instances that run now. It is called at every Sample in which
	// an ask is due, and should answer from memory. An instance that has ended must not
	// be listed: it would fail.
	Endpoints func(context.Context) ([]Endpoint, error)
	// Client is used for HTTP probes, one connection each. Default one of its own, which
	// uses no proxy.
	Client *http.Client
	// Commands are the commands by their names, each with its arguments.
	Commands map[string][]string
	// Timeout bounds one probe. Default 1s.
	Timeout time.Duration
	// Parallel is how many probes are made at once. Default 64.
	Parallel int
}

const (
	defaultTimeout  = time.Second
	defaultParallel = 64
)

// Source answers the asks of one rollout.
type Source struct {
	options Options
	client  *http.Client

	looks answer.Looks
	lives map[life]*lived
}

// New makes a source. Nothing is probed before [Source.Sample].
func New(o Options) (*Source, error) {
	switch {
	case o.Endpoints == nil:
		return nil, errors.New("probe: Options.Endpoints must be set")
	case o.Timeout < 0 || o.Parallel < 0:
		return nil, errors.New("probe: Options.Timeout and Parallel must not be negative")
	}
	o.Commands = maps.Clone(o.Commands)
	for name, argv := range o.Commands {
		if len(argv) == 0 || argv[0] == "" {
			return nil, fmt.Errorf("probe: Options.Commands: %q has no words", name)
		}
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Parallel == 0 {
		o.Parallel = defaultParallel
	}
	return &Source{options: o, client: clientOf(o.Client), lives: map[life]*lived{}}, nil
}

// mine reports whether the source knows how to make the probe of an ask.
func (s *Source) mine(a *health.Ask) bool {
	switch kind, what, _ := strings.Cut(a.Measure.Probe, " "); kind {
	case "http", "tcp":
		return true
	case "command":
		return s.options.Commands[what] != nil
	}
	return false
}

// Sample returns a look for every ask about probes that is due. Until [health.Ask.From]
// has moved past its beginning the ask is answered with the same one. The error is that
// of the context, or that another call of Sample has not returned; whatever else goes
// wrong is told by samples.
func (s *Source) Sample(ctx context.Context, asks []health.Ask) ([]health.Sample, error) {
	return s.looks.Sample(ctx, "probe", asks, s.mine, s.look)
}
