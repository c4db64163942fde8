package prometheus

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/fetch"
	"github.com/seed-20fe5ead/gradatim/internal/selector"
)

// Options say which server a [Source] asks, and how versions are told apart there.
type Options struct {
	// URL is that of the server, with the path before /api if there is one. A user in it
	// is sent as basic authentication, and never shown in errors.
	URL string
	// Client is used for every query: bearer tokens, TLS and headers are its business.
	// Default a client of its own. At most five redirects are followed, and only to the
	// scheme, host and port of URL.
	Client *http.Client
	// Scrape is the longest scrape interval of what is measured, which no ask can be
	// measured in less than. Default 15s, at least 1ms. One that is too short keeps intervals
	// open; one that is too long only delays them. What is known may be three times as old
	// before the next interval is told: where Scrape is longer than 15s, signals need an Every
	// of at least Scrape, or they are missing by default ([health.Signal.MaxGap]) and earn less
	// bake time than passes.
	Scrape time.Duration
	// Version is the label whose value is the version of the instance. Default "version".
	Version string
	// Stage is the label whose value is the stage; empty if there is none.
	Stage string
	// Match are more conditions on the labels of a stage's series, by stage, as they stand
	// in a selector: `cluster="eu-1",team="shop"`.
	Match map[string]string
	// Called is the label of series of others (scopes upstream, downstream and business) that
	// names the version of ours that they dealt with. Only to compare the two is it needed.
	Called string
	// Timeout bounds one query. Default 5s; less than the engine gives to a source, or a
	// server that hangs is never told.
	Timeout time.Duration
	// Limit bounds the size of one answer in bytes. Default 32 MiB, at most 1 GiB.
	Limit int64
	// MaxOpen is how long an interval may stay open because something is missing before
	// that is reported. Default three times the ask's cadence.
	MaxOpen time.Duration
}

// Source answers the asks of one rollout from a Prometheus server.
type Source struct {
	options Options
	client  *client
	match   map[string]string
	now     func() time.Time // another one in tests only

	sampling sync.Mutex // held by Sample, and guards what follows
	tracks   map[trackKey]*track
}

const (
	defaultScrape  = 15 * time.Second
	defaultTimeout = 5 * time.Second
	defaultLimit   = 32 << 20
	mostLimit      = 1 << 30
)

// New makes a source. It asks nothing yet.
func New(o Options) (*Source, error) {
	u, err := url.Parse(o.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("prometheus: Options.URL must be a URL of http or https") // without it: it may hold a secret
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("prometheus: Options.URL must have no query and no fragment")
	case o.Scrape < 0 || o.Timeout < 0 || o.MaxOpen < 0:
		return nil, errors.New("prometheus: Options.Scrape, Timeout and MaxOpen must not be negative")
	case o.Scrape > 0 && o.Scrape < time.Millisecond:
		return nil, errors.New("prometheus: Options.Scrape must be at least 1ms")
	case o.Limit < 0 || o.Limit > mostLimit:
		return nil, fmt.Errorf("prometheus: Options.Limit must be from 0 to %d", mostLimit)
	}
	setDefault(&o.Version, "version")
	setDefault(&o.Scrape, defaultScrape)
	setDefault(&o.Timeout, defaultTimeout)
	setDefault(&o.Limit, defaultLimit)
	for what, label := range map[string]string{"Version": o.Version, "Stage": o.Stage, "Called": o.Called} {
		if label != "" && !model.LegacyValidation.IsValidLabelName(label) {
			return nil, fmt.Errorf("prometheus: Options.%s %q is no name of a label", what, label)
		}
	}
	s := &Source{options: o, now: time.Now, tracks: map[trackKey]*track{}, match: map[string]string{}}
	for stage, text := range o.Match {
		if s.match[stage], err = conditions(text); err != nil {
			return nil, fmt.Errorf("prometheus: Options.Match of stage %q: %w", stage, err)
		}
	}
	s.client = &client{http: fetch.Client(o.Client), url: u.JoinPath("api/v1/query"), timeout: o.Timeout, limit: o.Limit}
	return s, nil
}

func setDefault[T comparable](v *T, to T) {
	var none T
	if *v == none {
		*v = to
	}
}

// conditions checks what stands between the braces of a selector, and writes it anew.
func conditions(text string) (string, error) {
	s, err := selector.Parse("x{" + text + "}")
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(strings.TrimPrefix(s.Text([]string{"x"}), "x{"), "}"), nil
}

// Sample returns an interval for every ask that is due and could be measured. Asks
// without a measure of series are those of other sources and are left alone; asks that
// are not listed are forgotten.
//
// Until [health.Ask.From] has moved past the beginning of an interval, the ask is
// answered with that same interval: one that was lost before it was saved is told
// again, unchanged. The error is that of the context, or that another call of Sample
// has not returned; whatever else goes wrong is told by samples.
func (s *Source) Sample(ctx context.Context, asks []health.Ask) ([]health.Sample, error) {
	if !s.sampling.TryLock() {
		return nil, errors.New("prometheus: another call of Sample has not returned: a source serves one rollout")
	}
	defer s.sampling.Unlock()
	// All is as of one instant that lies one scrape in the past: every target was scraped
	// since, and the server had the time to write it down.
	now := s.now().UTC().Round(0)
	at := now.Add(-s.options.Scrape).Truncate(time.Millisecond)
	r := &round{ctx: ctx, client: s.client, at: at, known: map[string]*answer{}, failed: map[string]error{}}
	var samples []health.Sample
	for _, t := range s.stand(asks, at) {
		if x, ok := t.known(at, now); ok {
			samples = append(samples, x)
			continue
		}
		if !t.reads(at) {
			continue
		}
		f := t.read(r)
		if ctx.Err() != nil {
			return nil, ctx.Err() // what was read is counted, and no interval ends
		}
		if x, ok := t.close(at, now, f); ok {
			samples = append(samples, x)
		}
	}
	return samples, ctx.Err()
}
