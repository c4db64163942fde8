package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// applied is what is known of one stage's wants in this process.
type applied struct {
	done  rollout.Fence // of the want that was last applied without an error
	tried rollout.Fence // of the want that was last begun
	due   rollout.Fence // of the want that next and delay are about
	calls *call[struct{}]
	next  time.Time     // not again before
	delay time.Duration // between two tries
	seen  bool          // the fleet was observed, and the want knows what runs there
}

// apply begins what is due of the saved wants, and returns when the next round is
// due. It does not wait: one slow target must not keep the others from being judged.
func (r *run) apply(ctx context.Context, fleets []rollout.Observed, out rollout.Output) (wake time.Time) {
	now := time.Now()
	wake = now.Add(maxSleep)
	if !out.Wake.IsZero() {
		wake = now.Add(out.Wake.Sub(now.Round(0)))
	}
	if ctx.Err() != nil {
		return wake
	}
	for i := range r.state.Want {
		w := &r.state.Want[i]
		a := r.of(w)
		r.collect(a, w)
		if a.seen = a.seen || knows(w, observed(w, fleets)); !a.seen {
			continue // it may be old: others may have taken the fleet over since
		}
		if a.due != w.Fence {
			a.due, a.next, a.delay = w.Fence, time.Time{}, 0
		} else if a.done == w.Fence && shown(w, fleets) {
			a.delay = 0
			continue
		}
		if !now.Before(a.next) {
			r.start(ctx, w, now)
		}
		if a.next.Before(wake) {
			wake = a.next
		}
	}
	return wake
}

func (r *run) of(w *rollout.Want) *applied {
	a := r.applied[w.Stage]
	if a == nil {
		a = &applied{}
		r.applied[w.Stage] = a
	}
	return a
}

// start begins to apply a want, unless the target is still at the last one.
func (r *run) start(ctx context.Context, w *rollout.Want, now time.Time) {
	a, want := r.of(w), *w
	a.due = w.Fence
	a.delay = min(max(2*a.delay, r.plan.Poll, minSleep), maxBackoff)
	a.next = now.Add(a.delay)
	t := r.targets[w.Target]
	if t == nil {
		r.log.warn("apply "+w.Stage, fmt.Errorf("no target %q", w.Target))
		return
	}
	if last := t.follow(w.Fence); w.Fence.Before(last) {
		r.log.warn("apply "+w.Stage, fmt.Errorf("the target follows a later rollout: its epoch is %d, this one's %d", last.Epoch, w.Fence.Epoch))
		return
	}
	c := t.apply.try(ctx, r.o.Timeout, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, t.Apply(ctx, want)
	})
	if c == nil {
		if b := t.apply.busy(); b != nil && time.Since(b.began) > r.o.Timeout+grace {
			r.log.warn("apply "+w.Stage, fmt.Errorf("%w for %v, and no other call until there is one", errSilent, r.o.Timeout))
		}
		return
	}
	a.calls, a.tried = c, w.Fence
}

// collect takes the result of a call that is over.
func (r *run) collect(a *applied, w *rollout.Want) {
	if a.calls == nil || !a.calls.done() {
		return
	}
	if err := a.calls.err; err != nil {
		r.log.warn("apply "+w.Stage, err)
	} else {
		a.done = a.tried
	}
	a.calls = nil
	if a.tried != w.Fence { // a newer want has waited for the end of this one
		a.next, a.delay = time.Time{}, 0
	}
}

// settled says whether every want was applied, or can be seen: a target may do what
// it is told and say that it failed, or not say anything. What a later rollout took
// over is not ours to wait for.
func (r *run) settled(fleets []rollout.Observed) bool {
	for i := range r.state.Want {
		w := &r.state.Want[i]
		later := rollout.Fence{}
		if t := r.targets[w.Target]; t != nil {
			later = t.follow(rollout.Fence{})
		}
		if o := observed(w, fleets); later.Epoch > w.Fence.Epoch || o != nil && o.Err == "" && o.Fence.Epoch > w.Fence.Epoch {
			continue
		}
		a := r.of(w)
		done, calls := a.done == w.Fence, a.calls != nil
		if calls && time.Since(a.calls.began) > r.o.Timeout+grace {
			done, calls = false, false
		}
		if calls || !done && !shown(w, fleets) {
			return false
		}
	}
	return true
}

// yield leaves the wants that another engine saved to that engine, for a while.
func (r *run) yield() {
	now := time.Now()
	for i := range r.state.Want {
		w := &r.state.Want[i]
		if a := r.of(w); a.tried != w.Fence {
			a.tried, a.done, a.due = w.Fence, w.Fence, w.Fence
			a.delay, a.next = maxBackoff, now.Add(maxBackoff)
		}
	}
}

// observed is the fleet that a want is about.
func observed(w *rollout.Want, fleets []rollout.Observed) *rollout.Observed {
	for i := range fleets {
		if fleets[i].Stage == w.Stage {
			return &fleets[i]
		}
	}
	return nil
}

// knows says whether a want has a place for every version that was observed.
func knows(w *rollout.Want, o *rollout.Observed) bool {
	if o == nil || o.Err != "" {
		return false
	}
	for _, v := range o.Versions {
		left := slices.ContainsFunc(w.Leftovers, func(l rollout.Leftover) bool { return l.Version == v.Version })
		if (v.Instances > 0 || v.Weight > 0) && v.Version != w.Stable.Version && v.Version != w.Candidate.Version && !left {
			return false
		}
	}
	return true
}

// shown says whether a want can be seen: every version has the instances and, where
// something splits traffic, the weight that it is to have, as near as the router comes;
// and routes and mirror are in effect where the target can have them.
func shown(w *rollout.Want, fleets []rollout.Observed) bool {
	o := observed(w, fleets)
	switch {
	case o == nil || o.Err != "",
		o.Can.Match && o.Routed != w.Allocation.Routed,
		o.Can.Mirror && o.Mirror != w.Allocation.Mirror:
		return false
	}
	rest := map[string]strategy.Share{}
	add := func(version string, s strategy.Share, sign int64) {
		have := rest[version]
		have.Instances += sign * s.Instances
		have.Weight += strategy.Weight(sign) * s.Weight
		rest[version] = have
	}
	add(w.Stable.Version, w.Allocation.Stable, 1)
	add(w.Candidate.Version, w.Allocation.Candidate, 1)
	for _, l := range w.Leftovers {
		add(l.Version, l.Share, 1)
	}
	for _, v := range o.Versions {
		add(v.Version, strategy.Share{Instances: v.Instances, Weight: v.Weight}, -1)
	}
	for _, s := range rest {
		off := max(s.Weight, -s.Weight) >= max(o.Can.Grain, 1)
		if s.Instances != 0 && !o.Can.Unlimited || off && (o.Can.Split || o.Can.Unlimited) {
			return false
		}
	}
	return true
}
