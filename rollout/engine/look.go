package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

// maxSamples bounds what is kept while the store fails; the newest stay.
const maxSamples = 10_000

// Bounds of what goes into one decision, and so into one record.
const (
	maxVersions   = 1000 // in one fleet
	maxName       = 1000 // bytes of a version or digest
	maxFacts      = 1000
	maxFactBytes  = 1 << 20
	maxEpoch      = 1 << 62 // what is above is for the stage of that target only
	maxOrders     = 1000    // no more than the machine remembers as taken
	maxOrderBytes = 4 << 20
)

// look gathers the world as it is. Everything that takes time is asked at once.
func (r *run) look(ctx context.Context) rollout.Input {
	in := rollout.Input{Epoch: r.epoch, Fleets: make([]rollout.Observed, len(r.plan.Stages))}
	var all sync.WaitGroup
	for name, stages := range r.stagesByTarget() {
		follows := r.targets[name].follow(rollout.Fence{}).Epoch
		all.Go(func() {
			o := r.observe(ctx, name)
			if o.Fence.Epoch < follows { // it keeps no fences, or forgot them: then this engine does
				o.Fence = rollout.Fence{Epoch: follows}
			}
			for _, i := range stages {
				in.Fleets[i] = o
				in.Fleets[i].Stage = r.plan.Stages[i].Name
			}
		})
	}
	var samples []health.Sample
	all.Go(func() { samples = r.sample(ctx) })
	all.Go(func() { in.Facts = r.vouch(ctx) })
	all.Wait()
	for i := range in.Fleets {
		o := &in.Fleets[i]
		if o.Err != "" || o.Check() != nil {
			continue
		}
		r.targets[r.plan.Stages[i].Target].follow(rollout.Fence{Epoch: o.Fence.Epoch}) // also after the end, when nobody decides
		if o.Fence.Epoch < maxEpoch {
			in.Epoch = max(in.Epoch, o.Fence.Epoch+1)
		}
	}
	in.Epoch = r.reserve(in.Epoch)
	// Samples stay until a decision that had them is saved: a source need not be
	// able to measure the past again.
	r.samples = append(r.samples, samples...)
	r.samples = r.samples[max(0, len(r.samples)-maxSamples):]
	in.Samples = r.samples
	r.pending = r.orders(ctx)
	in.Commands = slices.Clone(r.pending)
	for k, c := range in.Commands { // those that were taken are named: the machine forgets what is not listed
		if slices.Contains(r.state.Taken, c.ID) {
			in.Commands[k] = rollout.Command{ID: c.ID}
		}
	}
	in.Now = time.Now().UTC().Round(0)
	return in
}

func (r *run) stagesByTarget() map[string][]int {
	m := map[string][]int{}
	for i, s := range r.plan.Stages {
		m[s.Target] = append(m[s.Target], i)
	}
	return m
}

// observe asks a target. Whatever goes wrong is part of what was observed.
func (r *run) observe(ctx context.Context, name string) rollout.Observed {
	t := r.targets[name]
	o, began, err := t.observe.ask(ctx, r.o.Timeout, t.Observe)
	began = began.UTC().Round(0)
	if err == nil {
		err = recordable(&o)
	}
	if err != nil {
		if ctx.Err() == nil {
			r.log.warn("target "+name, err)
		}
		return rollout.Observed{Err: words(err), At: began}
	}
	if o.At.IsZero() {
		o.At = began // the fleet may have changed since
	}
	o.At = o.At.UTC().Round(0)
	return o
}

// recordable refuses an observation that could not be written into the journal; what
// is wrong with it otherwise is for the machine to say.
func recordable(o *rollout.Observed) error {
	if o.Err != "" {
		return errors.New(o.Err)
	}
	if n := len(o.Versions); n > maxVersions {
		return fmt.Errorf("%d versions: at most %d can be told apart", n, maxVersions)
	}
	for _, v := range o.Versions {
		if n := max(len(v.Version), len(v.Digest)); n > maxName {
			return fmt.Errorf("a version or digest of %d bytes: at most %d", n, maxName)
		}
		if !utf8.ValidString(v.Version) || !utf8.ValidString(v.Digest) {
			return fmt.Errorf("version %q, digest %q: must be UTF-8", v.Version, v.Digest)
		}
	}
	return nil
}

// sample asks the source for what the saved state asks. It is told once when
// nothing is asked any more.
func (r *run) sample(ctx context.Context) []health.Sample {
	asks := slices.Clone(r.state.Ask)
	if r.source == nil || len(asks) == 0 && !r.asked {
		return nil
	}
	samples, _, err := r.seat.sample.ask(ctx, r.o.Timeout, func(ctx context.Context) ([]health.Sample, error) {
		return r.source.Sample(ctx, asks)
	})
	if err != nil && ctx.Err() == nil {
		r.log.warn("source", err)
	}
	if err == nil {
		r.asked = len(asks) > 0
	}
	samples = slices.Clone(samples) // those that come with an error were measured all the same
	for i := range samples {
		samples[i].Reason = short(samples[i].Reason)
	}
	return samples
}

// vouch asks the host for its facts. They are revocable: one that cannot be read is
// not there.
func (r *run) vouch(ctx context.Context) []gate.Vouched {
	if r.o.Facts == nil {
		return nil
	}
	facts, _, err := r.facts.ask(ctx, r.o.Timeout, r.o.Facts)
	if err != nil {
		if ctx.Err() == nil {
			r.log.warn("facts", err)
		}
		return nil
	}
	size := 0
	for _, f := range facts {
		size += len(f.Name) + len(f.Value)
	}
	if len(facts) > maxFacts || size > maxFactBytes {
		r.log.warn("facts", fmt.Errorf("%d facts of %d bytes: at most %d of %d, none is used", len(facts), size, maxFacts, maxFactBytes))
		return nil
	}
	return facts
}

// orders reads the inbox. What is too much for one decision stays there.
func (r *run) orders(ctx context.Context) []rollout.Command {
	r.more = false
	if r.o.Inbox == nil {
		return nil
	}
	commands, _, err := r.seat.pending.ask(ctx, r.o.Timeout, func(ctx context.Context) ([]rollout.Command, error) {
		return r.o.Inbox.Pending(ctx, r.id)
	})
	if err != nil && ctx.Err() == nil {
		r.log.warn("inbox", err)
	}
	var some []rollout.Command
	news, size := false, 0
	for _, c := range commands {
		fresh := !slices.Contains(r.state.Taken, c.ID)
		if fresh {
			text, err := encodeOrder(c)
			if err != nil {
				r.log.warn("inbox", fmt.Errorf("left aside: %w", err))
				continue
			}
			size += len(text)
		}
		// Those that were taken count as well: the machine forgets them if they are more.
		if r.more = len(some) == maxOrders || size > maxOrderBytes; r.more {
			break
		}
		some, news = append(some, c), news || fresh
	}
	if r.more && !news {
		r.log.warn("inbox", fmt.Errorf("%d orders were taken and are not removed: no other is heard", len(some)))
	}
	return some
}

// words are an error in a form that can be saved.
func words(err error) string { return cmp.Or(short(err.Error()), "an error without words") }

// short is a text in a form that can be saved.
func short(s string) string {
	const limit = 500
	s = strings.ToValidUTF8(s[:min(len(s), limit+utf8.UTFMax)], "\uFFFD")
	if len(s) <= limit {
		return s
	}
	s = s[:limit]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "..."
}
