package exposure

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// What a target refuses. Test with errors.Is.
var (
	ErrLate     = errors.New("a later want was accepted already")
	ErrUnderway = errors.New("the exposure is between good and goal")
)

// Target is a flag's exposure as the target of a rollout ([engine.Target]). It keeps
// nothing but what stands here: all else is in the flag, so that any process can go on.
//
// It refuses wants that are late, also after a restart of whatever drives it.
type Target struct {
	Store Store
	Flag  string
	// Environment is whose settings are moved: the flag must have some of its own for it.
	// Empty are those that are in force in all environments that have none: all of these
	// are moved at once.
	Environment string
	// Goal is the exposure that the release is to reach: what a weight of 100 % is. Default
	// everybody. A rollout that has begun keeps the one that it began with.
	Goal bucket.Share
	// Stable is the name of what is served before the first rollout: what its release
	// replaces, if it says so. Default the exposure: "10%".
	Stable string
	// Mirror is the flag whose exposure is the share of mirrored work; empty if none is
	// mirrored. See [Shadow].
	Mirror string
}

// tries is how often a save that lost against another one is tried again.
const tries = 4

// Observe implements [engine.Target]: what stands in the flag. A flag that is off, is broken
// or was moved by somebody else to where no weight is cannot be observed, and nothing is
// decided on it: a person should look.
func (t *Target) Observe(ctx context.Context) (rollout.Observed, error) {
	o := rollout.Observed{Can: t.can(nil, span{})}
	d, _, err := t.load(ctx)
	if err != nil {
		return o, err
	}
	l, err := d.lever(t.Flag, t.Environment)
	if err != nil {
		return o, err
	}
	w, err := l.weight()
	if err != nil {
		return o, t.at(l, err)
	}
	if o.Mirror, err = t.mirrored(d); err != nil {
		return o, err
	}
	p := l.roll.Progress
	if p == nil {
		p = &toggle.Progress{}
	}
	o.Fence = rollout.Fence{Epoch: p.Epoch, Seq: p.Seq}
	o.Versions = []rollout.Version{{Version: t.stable(l), Weight: strategy.Full - w}}
	goal := t.goal()
	if p.Candidate != "" {
		o.Versions = append(o.Versions, rollout.Version{Version: p.Candidate, Weight: w})
		goal = p.Goal
	}
	if s, err := l.span(goal); err == nil {
		o.Can = t.can(l, s)
	}
	return o, nil
}

// can is what a flag can, as the target of a rollout on a way that is known, if l is not nil.
func (t *Target) can(l *lever, way span) strategy.Can {
	c := strategy.Can{Split: true, Match: true, Unlimited: true, Mirror: t.Mirror != ""}
	if l != nil && !l.tested() {
		c.Grain = way.grain()
	}
	return c
}

// Apply implements [engine.Target]. It saves only what changes something.
func (t *Target) Apply(ctx context.Context, w rollout.Want) error {
	return t.change(ctx, func(d document) (document, error) { return t.apply(d, &w) })
}

// Settle makes what is served the new good, after a rollout has ended: what the next one
// begins with, and goes back to. The next rollout does it if nobody did. Between good and
// goal the error is ErrUnderway.
func (t *Target) Settle(ctx context.Context) error {
	return t.change(ctx, func(d document) (document, error) {
		l, err := d.lever(t.Flag, t.Environment)
		if err != nil || l.roll.Progress == nil || l.roll.Progress.Candidate == "" {
			return d, err
		}
		if err := l.settle(); err != nil {
			return d, t.at(l, err)
		}
		return d.with(t.Flag, t.Environment, l.changed())
	})
}

// change loads, changes and saves the flags, again if somebody else was faster.
func (t *Target) change(ctx context.Context, f func(document) (document, error)) error {
	var err error
	for range tries {
		var d, next document
		var rev string
		if d, rev, err = t.load(ctx); err != nil {
			return err
		}
		if next, err = f(d); err != nil || string(next.data) == string(d.data) {
			return err
		}
		if err = t.Store.Save(ctx, next.data, rev); !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return err
}

func (t *Target) load(ctx context.Context) (document, string, error) {
	data, rev, err := t.Store.Load(ctx)
	if err != nil {
		return document{}, "", fmt.Errorf("load the flags: %w", err)
	}
	return document{data}, rev, nil
}

func (t *Target) goal() bucket.Share { return cmp.Or(t.Goal, bucket.Everybody) }

// stable is the name of what is served at good.
func (t *Target) stable(l *lever) string {
	if p := l.roll.Progress; p != nil && p.Stable != "" {
		return p.Stable
	}
	return cmp.Or(t.Stable, l.roll.Exposure.String())
}

// at says of which flag something is wrong.
func (t *Target) at(l *lever, err error) error {
	if len(strict.Fields(err)) == 0 {
		return fmt.Errorf("flag %s: %w", l.name, err)
	}
	var problems strict.Problems
	problems.Join(strict.At("flags", l.name)+".rollout", err)
	return problems.Err()
}

// apply is the flags as a want says. What it cannot be is refused before anything is
// changed.
func (t *Target) apply(d document, w *rollout.Want) (document, error) {
	l, err := d.lever(t.Flag, t.Environment)
	if err != nil {
		return d, err
	}
	if p := l.roll.Progress; p != nil {
		if last := (rollout.Fence{Epoch: p.Epoch, Seq: p.Seq}); w.Fence.Before(last) {
			return d, fmt.Errorf("flag %s: %w: %v comes before %v", t.Flag, ErrLate, w.Fence, last)
		}
	}
	if err := t.able(w); err != nil {
		return d, err
	}
	if err := t.begin(l, w); err != nil {
		return d, t.at(l, err)
	}
	if err := l.set(w.Allocation.Candidate.Weight); err != nil {
		return d, t.at(l, err)
	}
	if !reflect.DeepEqual(l.was, l.roll) {
		if d, err = d.with(t.Flag, t.Environment, l.changed()); err != nil {
			return d, err
		}
	}
	return t.copied(d, w.Allocation.Mirror)
}

// able refuses what no flag can be.
func (t *Target) able(w *rollout.Want) error {
	var problems strict.Problems
	a := w.Allocation
	switch {
	case len(w.Routes) > 0 || a.Routed:
		problems.Add("routes", nil, "must be none: who is always in stands in the flag's rules")
	case a.Candidate.Weight < 0 || a.Candidate.Weight+a.Stable.Weight != strategy.Full:
		problems.Add("allocation", nil, "must be whole weights of stable and candidate: a flag has no other versions")
	case a.Mirror != 0 && t.Mirror == "":
		problems.Add("mirror", int64(a.Mirror), "must be 0: the target has no flag that mirrors")
	case w.Stable.Version == w.Candidate.Version:
		problems.Add("candidate.version", w.Candidate.Version, "must not be stable's")
	}
	return problems.Err()
}

// begin notes whose exposure it is from now on. A rollout of other versions begins with what
// is served now: where that is what the last one rolled out, that was good.
func (t *Target) begin(l *lever, w *rollout.Want) error {
	p := l.roll.Progress
	if p == nil {
		p = &toggle.Progress{Stable: t.stable(l)}
		l.roll.Progress = p
	}
	same := p.Stable == w.Stable.Version && p.Candidate == w.Candidate.Version
	if p.Candidate != "" && w.Stable.Version == p.Candidate {
		if err := l.settle(); err != nil {
			return err
		}
		p = l.roll.Progress
	}
	if p.Stable != w.Stable.Version {
		return fmt.Errorf("stable is %s, not %s", p.Stable, w.Stable.Version)
	}
	if !same {
		l.start(p.Stable, w.Candidate.Version, t.goal())
		if _, err := l.span(t.goal()); err != nil {
			return err
		}
	}
	p.Epoch, p.Seq = w.Fence.Epoch, w.Fence.Seq
	return nil
}

// start notes a rollout that begins, or that takes over from another one on its way.
func (l *lever) start(stable, candidate string, goal bucket.Share) {
	if l.roll.Progress == nil {
		l.roll.Progress = &toggle.Progress{}
	}
	p := l.roll.Progress
	if p.Candidate == "" {
		l.roll.Good = l.roll.Exposure
	}
	if len(l.roll.Split) > 0 {
		p.Control, p.Treatment = l.usual(), l.treatment()
	}
	p.Stable, p.Candidate, p.Goal = stable, candidate, goal
}

// treatment is the variant of a split that is not the control.
func (l *lever) treatment() string {
	for _, part := range l.roll.Split {
		if part.Variant != l.usual() {
			return part.Variant
		}
	}
	return ""
}

// settle makes what is served all that there is.
func (l *lever) settle() error {
	w, err := l.weight()
	if err != nil {
		return err
	}
	p := l.roll.Progress
	next := &toggle.Progress{Stable: p.Stable, Epoch: p.Epoch, Seq: p.Seq}
	switch w {
	case 0:
	case strategy.Full:
		next.Stable = p.Candidate
	default:
		return fmt.Errorf("%w: %s of the way", ErrUnderway, w)
	}
	l.roll.Good, l.roll.Progress = l.roll.Exposure, next
	return nil
}
