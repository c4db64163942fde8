package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// errStale refuses a want that is older than one that was already accepted.
var errStale = errors.New("the want is older than the one that is in force")

// fleet is the target of the rollouts: the instances, and the proxy before them.
type fleet struct {
	proxy    *proxy
	desired  int64
	releases map[string]*release
	startup  time.Duration // how long an instance takes until it is ready
	// farewell is called with an instance that is out of the rotation and has
	// answered everything: its metrics are then final.
	farewell func(context.Context, *member)
	probe    *http.Client

	mu      sync.Mutex
	fence   rollout.Fence
	members []*member
	born    int
	ending  sync.WaitGroup
}

// member is an instance and where it stands.
type member struct {
	*instance
	ready    time.Time // when it was first seen ready; zero before
	stopping bool
	final    bool // its page was read for the last time
}

func newFleet(p *proxy, desired int64, startup time.Duration, releases map[string]*release) *fleet {
	return &fleet{
		proxy: p, desired: desired, startup: startup, releases: releases,
		farewell: func(context.Context, *member) {},
		probe:    &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}},
	}
}

// Observe looks at every instance, and reads back what the proxy does with requests.
func (f *fleet) Observe(ctx context.Context) (rollout.Observed, error) {
	if err := f.welcome(ctx); err != nil {
		return rollout.Observed{}, err
	}
	weights, routed, mirror := f.proxy.inEffect()
	f.mu.Lock()
	defer f.mu.Unlock()
	seen := map[string]*rollout.Version{}
	version := func(name string) *rollout.Version {
		if seen[name] == nil {
			seen[name] = &rollout.Version{Version: name, Digest: digest(name)}
		}
		return seen[name]
	}
	for _, m := range f.members {
		v := version(m.release.version)
		switch {
		case m.stopping:
			v.Stopping++
		case m.ready.IsZero():
			v.Instances++
		default:
			v.Instances++
			v.Ready++
		}
	}
	for name, w := range weights {
		if w > 0 {
			version(name).Weight = w
		}
	}
	o := rollout.Observed{
		At: time.Now(), Desired: f.desired, Fence: f.fence, Routed: routed, Mirror: mirror,
		Can: strategy.Can{Split: true, Match: true, Mirror: true},
	}
	for _, v := range seen {
		o.Versions = append(o.Versions, *v)
	}
	slices.SortFunc(o.Versions, func(a, b rollout.Version) int { return cmp.Compare(a.Version, b.Version) })
	return o, nil
}

// welcome asks the instances that were not ready yet, and takes those that now
// are into the rotation.
func (f *fleet) welcome(ctx context.Context) error {
	for _, m := range f.waiting() {
		ready, err := f.isReady(ctx, m)
		if err != nil {
			return err
		}
		if ready {
			if err := f.join(m); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *fleet) waiting() []*member {
	f.mu.Lock()
	defer f.mu.Unlock()
	var waiting []*member
	for _, m := range f.members {
		if m.ready.IsZero() && !m.stopping {
			waiting = append(waiting, m)
		}
	}
	return waiting
}

// isReady asks an instance. That it does not answer means that it is not ready,
// unless it is we who gave up.
func (f *fleet) isReady(ctx context.Context, m *member) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.url+"/ready", http.NoBody)
	if err != nil {
		return false, err
	}
	answer, err := f.probe.Do(req)
	if err != nil {
		return false, ctx.Err()
	}
	defer func() { _ = answer.Body.Close() }()
	return answer.StatusCode == http.StatusOK, nil
}

func (f *fleet) join(m *member) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if m.stopping || !m.ready.IsZero() { // it was told to stop while it was asked
		return nil
	}
	m.ready = time.Now()
	return f.proxy.add(m.instance)
}

// Apply makes the fleet look like the want. All of it is absolute: applying it
// again changes nothing.
func (f *fleet) Apply(_ context.Context, w rollout.Want) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if w.Fence.Before(f.fence) {
		return fmt.Errorf("%w: %d.%d, not %d.%d", errStale, w.Fence.Epoch, w.Fence.Seq, f.fence.Epoch, f.fence.Seq)
	}
	shares := map[string]strategy.Share{}
	for _, part := range parts(w) {
		if part.version == "" {
			continue
		}
		if f.releases[part.version] == nil {
			return fmt.Errorf("there is no release %q", part.version)
		}
		shares[part.version] = part.share
	}
	// First the traffic, then the instances: one that goes must not be given any
	// more, and one that comes has none to be given before it is ready.
	if err := f.proxy.apply(w); err != nil {
		return err
	}
	f.fence = w.Fence
	for _, m := range f.members {
		if _, wanted := shares[m.release.version]; !wanted {
			f.stop(m)
		}
	}
	for version, share := range shares {
		if err := f.resize(version, share.Instances); err != nil {
			return err
		}
	}
	return nil
}

// part is what a want says about one version.
type part struct {
	version string
	share   strategy.Share
}

func parts(w rollout.Want) []part {
	all := []part{{w.Stable.Version, w.Allocation.Stable}, {w.Candidate.Version, w.Allocation.Candidate}}
	for _, l := range w.Leftovers {
		all = append(all, part{l.Version, l.Share})
	}
	return all
}

// resize starts or stops instances of a version until it has so many.
func (f *fleet) resize(version string, want int64) error {
	var have []*member
	for _, m := range f.members {
		if m.release.version == version && !m.stopping {
			have = append(have, m)
		}
	}
	for n := int64(len(have)); n < want; n++ {
		f.born++
		in, err := startInstance(fmt.Sprintf("%s-%d", version, f.born), f.releases[version], f.startup)
		if err != nil {
			return err
		}
		f.members = append(f.members, &member{instance: in})
	}
	// Those that are not ready go first, and of the others the youngest.
	slices.SortStableFunc(have, func(a, b *member) int {
		if a.ready.IsZero() != b.ready.IsZero() {
			return cmp.Compare(b2i(b.ready.IsZero()), b2i(a.ready.IsZero()))
		}
		return b.started.Compare(a.started)
	})
	for n := int64(len(have)); n > want; n-- {
		f.stop(have[int64(len(have))-n])
	}
	return nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// stop takes an instance out of the rotation at once, and ends it when it has
// answered what it was asked. Nothing that it was asked is lost.
func (f *fleet) stop(m *member) {
	if m.stopping {
		return
	}
	m.stopping = true
	idle := f.proxy.remove(m.instance)
	f.ending.Go(func() {
		<-idle
		ctx, cancel := context.WithTimeout(context.Background(), loadPatience)
		defer cancel()
		f.farewell(ctx, m)
		f.mu.Lock()
		m.final = true // whoever asks for its page from now on could come too late
		f.mu.Unlock()
		_ = m.instance.stop(ctx) // past its patience nobody waits for an answer
		f.mu.Lock()
		defer f.mu.Unlock()
		f.members = slices.DeleteFunc(f.members, func(o *member) bool { return o == m })
	})
}
