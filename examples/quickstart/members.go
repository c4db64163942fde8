package main

import (
	"context"
	"time"

	"github.com/seed-20fe5ead/gradatim/health/scrape"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

// endpoints are the metrics pages of all instances, those that are stopping too:
// what they did until their end counts.
func (f *fleet) endpoints(context.Context) ([]scrape.Endpoint, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []scrape.Endpoint
	for _, m := range f.members {
		if !m.final {
			all = append(all, m.endpoint())
		}
	}
	return all, nil
}

func (m *member) endpoint() scrape.Endpoint {
	return scrape.Endpoint{
		Stage: stageName, Instance: m.name, Version: m.release.version, URL: m.url + "/metrics",
		Ready: m.ready, Started: m.started, Draining: m.stopping,
	}
}

// rebuild makes the fleet look like a want from nothing, and waits until every
// instance is ready. No traffic flows yet, so there is nothing to be careful of.
func (f *fleet) rebuild(ctx context.Context, w rollout.Want) error {
	if err := f.Apply(ctx, w); err != nil {
		return err
	}
	for {
		if err := f.welcome(ctx); err != nil {
			return err
		}
		if len(f.waiting()) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// close ends all that is left, once nobody sends requests any more.
func (f *fleet) close() {
	f.mu.Lock()
	for _, m := range f.members {
		f.stop(m)
	}
	f.mu.Unlock()
	f.ending.Wait()
}
