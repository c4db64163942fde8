package openfeature

import (
	"context"
	"math"
	"sync"
	"sync/atomic"

	of "github.com/open-feature/go-sdk/openfeature"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
)

// Name is the provider's name in its metadata and events.
const Name = "gradatim"

// Options are what a provider does beside evaluating. The zero value is nothing.
type Options struct {
	// Hooks run at every evaluation, the last of all before it and the first of all after it.
	Hooks []of.Hook
	// Track is given what the application tracks: for instance the KPI of an experiment. The
	// subject is that of the evaluation context, so that an evaluation says which variant it
	// has. It is called by the application's goroutine, must be safe for concurrent use, and
	// may keep the subject. Nil is nobody.
	Track func(ctx context.Context, event string, sub *toggle.Subject, details of.TrackingEventDetails)
}

// Provider is an OpenFeature provider. It is safe for concurrent use.
type Provider struct {
	client *client.Client
	o      Options
	events chan of.Event
	table  atomic.Pointer[table]
	open   atomic.Bool // between Init and Shutdown

	mu    sync.Mutex      // of what follows
	life  *life           // nil if the provider is not set
	ended <-chan struct{} // of the last life, once nothing of it runs
}

var (
	_ of.FeatureProvider          = (*Provider)(nil)
	_ of.ContextAwareStateHandler = (*Provider)(nil)
	_ of.EventHandler             = (*Provider)(nil)
	_ of.Tracker                  = (*Provider)(nil)
)

// New makes a provider of a client's flags. One client may have several providers, but the
// first one that is set runs it. A client that the caller runs stays the caller's to end.
func New(c *client.Client, o Options) *Provider {
	return &Provider{client: c, o: o, events: make(chan of.Event, eventRoom)}
}

// Metadata has the provider's name.
func (p *Provider) Metadata() of.Metadata { return of.Metadata{Name: Name} }

// Hooks are those of the options.
func (p *Provider) Hooks() []of.Hook { return p.o.Hooks }

// Track hands what is tracked to Options.Track.
func (p *Provider) Track(ctx context.Context, event string, ec of.EvaluationContext, details of.TrackingEventDetails) {
	if p.o.Track == nil {
		return
	}
	sub := &toggle.Subject{Attributes: map[string]toggle.Value{}}
	fill(sub, ec.Attributes())
	if key := ec.TargetingKey(); key != "" {
		sub.Key = key
	}
	p.o.Track(ctx, event, sub, details)
}

// BooleanEvaluation is what a boolean flag serves.
func (p *Provider) BooleanEvaluation(_ context.Context, flag string, otherwise bool, flat of.FlattenedContext) (d of.BoolResolutionDetail) {
	d.Value = otherwise
	if v, ok := p.resolve(flag, flat, boolean, &d.ProviderResolutionDetail); ok {
		d.Value = v.Bool()
	}
	return d
}

// StringEvaluation is what a string flag serves.
func (p *Provider) StringEvaluation(_ context.Context, flag, otherwise string, flat of.FlattenedContext) (d of.StringResolutionDetail) {
	d.Value = otherwise
	if v, ok := p.resolve(flag, flat, text, &d.ProviderResolutionDetail); ok {
		d.Value = v.Text()
	}
	return d
}

// FloatEvaluation is what a number flag serves.
func (p *Provider) FloatEvaluation(
	_ context.Context, flag string, otherwise float64, flat of.FlattenedContext,
) (d of.FloatResolutionDetail) {
	d.Value = otherwise
	if v, ok := p.resolve(flag, flat, number, &d.ProviderResolutionDetail); ok {
		d.Value = v.Num()
	}
	return d
}

// IntEvaluation is what a number flag serves, if that is whole and at most 2^53 in size.
func (p *Provider) IntEvaluation(_ context.Context, flag string, otherwise int64, flat of.FlattenedContext) (d of.IntResolutionDetail) {
	d.Value = otherwise
	if v, ok := p.resolve(flag, flat, integer, &d.ProviderResolutionDetail); ok {
		d.Value = int64(v.Num())
	}
	return d
}

// ObjectEvaluation is what a flag of any type serves, as encoding/json reads it.
func (p *Provider) ObjectEvaluation(
	_ context.Context, flag string, otherwise any, flat of.FlattenedContext,
) (d of.InterfaceResolutionDetail) {
	d.Value = otherwise
	if v, ok := p.resolve(flag, flat, object, &d.ProviderResolutionDetail); ok {
		d.Value = v.Any()
	}
	return d
}

// kind is what an evaluation asks for.
type kind uint8

const (
	object kind = iota
	boolean
	text
	number
	integer
)

// exact is the largest integer that a number has without rounding, as are all below it.
const exact = 1 << 53

// check makes a result an error if its value is not of the kind.
func (k kind) check(r *toggle.Result) {
	want := [...]toggle.Type{boolean: toggle.Boolean, text: toggle.String, number: toggle.Number, integer: toggle.Number}
	if k == object || r.Error != "" || r.Value.Type() == toggle.Nothing {
		return
	}
	if t := want[k]; r.Value.Type() != t {
		*r = r.As(t)
		return
	}
	if k != integer {
		return
	}
	if f := r.Value.Num(); f != math.Trunc(f) || math.Abs(f) > exact {
		*r = toggle.Result{
			Reason: toggle.Failed, Error: toggle.TypeMismatch, Rule: r.Rule,
			Detail: "the flag's number is not a whole one, or beyond 2^53",
		}
	}
}

// resolve evaluates, and fills in d. It reports whether there is a value, of the kind that
// was asked for. If not, what is served is the caller's default: there is an error, or the
// flag serves just that (toggle.CallersDefault).
func (p *Provider) resolve(flag string, flat of.FlattenedContext, k kind, d *of.ProviderResolutionDetail) (v toggle.Value, ok bool) {
	if !p.open.Load() {
		d.Reason, d.ResolutionError = of.ErrorReason, of.NewProviderNotReadyResolutionError("the provider is not set, or was shut down")
		return v, false
	}
	s := p.client.Snapshot()
	sub := borrow()
	if !fill(sub, flat) {
		giveBack(sub)
		d.Reason, d.ResolutionError = of.ErrorReason, of.NewInvalidContextResolutionError("the targeting key is not a string")
		return v, false
	}
	r := p.client.Evaluate(flag, sub)
	for again := p.client.Snapshot(); again != s; again = p.client.Snapshot() {
		s, r = again, p.client.Evaluate(flag, sub) // the metadata must be of the snapshot that decided
	}
	giveBack(sub)
	k.check(&r.Result)
	d.Reason, d.Variant, d.FlagMetadata = reason(r.Reason), r.Variant, p.metadata(s, flag, &r)
	if r.Error != "" {
		d.ResolutionError = resolutionError(&r.Result)
		return v, false
	}
	return r.Value, r.Value.Type() != toggle.Nothing
}
