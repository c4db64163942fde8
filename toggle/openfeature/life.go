package openfeature

import (
	"context"
	"errors"
	"sync"

	of "github.com/open-feature/go-sdk/openfeature"

	"github.com/seed-20fe5ead/gradatim/toggle/client"
)

// Init is InitWithContext without an end to the waiting.
func (p *Provider) Init(ec of.EvaluationContext) error {
	return p.InitWithContext(context.Background(), ec)
}

// InitWithContext runs the client, and waits until it has flags and its source was asked, as
// long as ctx lasts. The error says that there are no flags, and why: it is of type
// of.ProviderInitError, and wraps that of ctx if that has ended. The client goes on to ask
// also then, and a PROVIDER_READY tells when it has flags. It does the same for each name
// that the provider is set under; only the first call starts something. The evaluation
// context is not looked at: nothing is fetched for it.
func (p *Provider) InitWithContext(ctx context.Context, _ of.EvaluationContext) error {
	stopped := p.start(ctx)
	err := p.wait(ctx, stopped)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.stop == nil || p.stopped != stopped: // shut down meanwhile
		return initError(errors.New("the provider was shut down"))
	case err != nil && !hasFlags(p.client.Status().State): // it may have got them since
		p.told = of.ErrorState
		return initError(err)
	}
	p.told = of.ReadyState
	return nil
}

func initError(err error) error {
	return errors.Join(&of.ProviderInitError{ErrorCode: of.ProviderNotReadyCode, Message: "there are no flags: " + err.Error()}, err)
}

// start runs the client and forwards its events, unless that is done already.
func (p *Provider) start(ctx context.Context) (stopped <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		return p.stopped
	}
	for len(p.events) > 0 {
		<-p.events // of the life before
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	events, unsubscribe := p.client.Subscribe(eventRoom)
	done := make(chan struct{})
	p.stop, p.stopped, p.told = cancel, done, ""
	p.open.Store(true)
	go func() {
		defer close(done)
		var both sync.WaitGroup
		both.Go(func() { _ = p.client.Run(ctx) }) // ends at once if somebody else runs it
		both.Go(func() { p.forward(ctx, events) })
		both.Wait()
		unsubscribe()
	}()
	return done
}

// wait returns nil when there are flags and the source was asked.
func (p *Provider) wait(ctx context.Context, stopped <-chan struct{}) error {
	events, cancel := p.client.Subscribe(1)
	defer cancel()
	for {
		switch s := p.client.Status(); {
		case s.State == client.Live || s.State == client.Stale:
			return nil
		case s.Err != nil && hasFlags(s.State):
			return nil
		case s.Err != nil:
			return s.Err
		}
		select {
		case <-events:
		case <-stopped:
			return errors.New("the provider was shut down")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func hasFlags(s client.State) bool { return s != client.NotReady }

// Shutdown is ShutdownWithContext without an end to the waiting.
func (p *Provider) Shutdown() { _ = p.ShutdownWithContext(context.Background()) }

// ShutdownWithContext ends what Init started, and waits for it as long as ctx lasts; the
// error is that of ctx. The client keeps its flags, and the provider may be set again.
func (p *Provider) ShutdownWithContext(ctx context.Context) error {
	p.mu.Lock()
	stop, stopped := p.stop, p.stopped
	p.stop, p.told = nil, ""
	p.open.Store(false)
	p.mu.Unlock()
	if stopped == nil {
		return nil // never set
	}
	if stop != nil {
		stop()
	}
	select {
	case <-stopped:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
