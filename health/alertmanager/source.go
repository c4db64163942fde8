package alertmanager

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/answer"
	"github.com/seed-20fe5ead/gradatim/internal/fetch"
	"github.com/seed-20fe5ead/gradatim/internal/selector"
)

// Options say which Alertmanager a [Source] asks, and when it believes it. URL, Watchdog
// and Traffic must be given.
type Options struct {
	// URL is where Alertmanager's own pages are, without /api/v2.
	URL string
	// Client is used for every request: it brings TLS, and headers that authorize.
	// Default one of its own. At most five redirects are followed, and only to the scheme,
	// host and port of URL.
	Client *http.Client
	// Watchdog is the selector of the alert that always fires: {alertname="Watchdog"}.
	Watchdog string
	// Traffic reports whether what a signal watches has had traffic lately, so that its
	// alerts could fire; an error is an error of the measurement. It is called for each
	// ask of which no alert fires, for several at once, and should answer from memory. A
	// function that always says true waives the rule: alerts about something other than
	// requests need no traffic.
	Traffic func(context.Context, health.Ask) (bool, error)
	// MaxAge is how long ago the watchdog may have been sent last. Default 3m: by default
	// Prometheus repeats an alert after a minute, at its next evaluation.
	MaxAge time.Duration
	// Settle is how long Alertmanager must have run before the absence of an alert
	// counts. Default 2m; a negative one means none.
	Settle time.Duration
	// SkipEarlier says that alerts which began before the rollout started are not held
	// against the release: while only such ones fire there is no data.
	SkipEarlier bool
	// Timeout bounds all requests about alerts together, and again all that say whether
	// to believe in their absence, and again all calls of Traffic. Default 2s.
	Timeout time.Duration
}

const (
	defaultMaxAge  = 3 * time.Minute
	defaultSettle  = 2 * time.Minute
	defaultTimeout = 2 * time.Second
	concurrency    = 16
)

// Source answers the asks of one rollout.
type Source struct {
	options  Options
	base     *url.URL
	client   *http.Client
	watchdog *selector.Selector

	looks answer.Looks
}

// New makes a source. Nothing is asked before [Source.Sample].
func New(o Options) (*Source, error) {
	base, err := url.Parse(o.URL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, errors.New("alertmanager: Options.URL must be an http or https URL with a host")
	}
	watchdog, err := selectorOf(o.Watchdog)
	switch {
	case o.Watchdog == "":
		return nil, errors.New("alertmanager: Options.Watchdog must be set: without it nobody knows whether alerts arrive")
	case err != nil:
		return nil, fmt.Errorf("alertmanager: Options.Watchdog: %w", err)
	case o.Traffic == nil:
		return nil, errors.New("alertmanager: Options.Traffic must be set: without traffic no alert could fire")
	case o.MaxAge < 0 || o.Timeout < 0:
		return nil, errors.New("alertmanager: Options.MaxAge and Timeout must not be negative")
	}
	orDefault(&o.MaxAge, defaultMaxAge)
	orDefault(&o.Settle, defaultSettle)
	orDefault(&o.Timeout, defaultTimeout)
	return &Source{options: o, base: base, client: fetch.Client(o.Client), watchdog: watchdog}, nil
}

func orDefault(d *time.Duration, def time.Duration) {
	if *d == 0 {
		*d = def
	}
}

// selectorOf reads the selector of alerts. One that matches everything matches the
// watchdog too, and is refused.
func selectorOf(text string) (*selector.Selector, error) {
	s, err := selector.ParseLabels(text)
	if err == nil && len(s.Match) == 0 {
		err = fmt.Errorf("selector %q: must have a condition", text)
	}
	return s, err
}

// Sample returns a look for every ask about alerts that is due. Until [health.Ask.From]
// has moved past its beginning the ask is answered with the same one. The error is that
// of the context, or that another call of Sample has not returned; whatever else goes
// wrong is told by samples.
func (s *Source) Sample(ctx context.Context, asks []health.Ask) ([]health.Sample, error) {
	return s.looks.Sample(ctx, "alertmanager", asks, func(a *health.Ask) bool { return a.Measure.Alert != "" }, s.look)
}
