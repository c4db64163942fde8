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
	l := p.start(ctx)
	err := p.wait(ctx, l.ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life != l {
		return initError(errShutDown)
	}
	if l.told == "" {
		// Not before: what happened until now is what the SDK tells when this returns. Not
		// later: what happens from the next line on is told by forward.
		var events <-chan client.Event
		events, l.unsubscribe = p.client.Subscribe(eventRoom)
		l.all.Go(func() { p.forward(l, events) })
	}
	if err != nil && !hasFlags(p.client.Status().State) {
		l.told = of.ErrorState
		return initError(err)
	}
	l.told = of.ReadyState
	return nil
}

var errShutDown = errors.New("the provider was shut down")

func initError(err error) error {
	return errors.Join(&of.ProviderInitError{ErrorCode: of.ProviderNotReadyCode, Message: "there are no flags: " + err.Error()}, err)
}

// life is what happens between Init and Shutdown.
type life struct {
	ctx         context.Context // of the life, and not of who began it
	stop        context.CancelFunc
	all         sync.WaitGroup // what runs; never empty while ctx lasts
	stopped     chan struct{}  // closed when nothing of it runs any more
	told        of.State       // what the SDK knows; empty before Init has ended. Guarded by Provider.mu.
	unsubscribe func()
}

// start runs the client, unless that is done already.
func (p *Provider) start(ctx context.Context) *life {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life != nil {
		return p.life
	}
	p.forget()
	l := &life{stopped: make(chan struct{}), unsubscribe: func() {}}
	l.ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	before := p.ended
	p.life, p.ended = l, l.stopped
	p.open.Store(true)
	l.all.Go(func() { <-l.ctx.Done() })
	l.all.Go(func() {
		if before != nil {
			<-before // it may still run the client
		}
		_ = p.client.Run(l.ctx) // ends at once if somebody else runs it
	})
	go func() {
		defer close(l.stopped)
		l.all.Wait()
		l.unsubscribe()
	}()
	return l
}

// forget drops events of the life before. The SDK may take some at the same time.
func (p *Provider) forget() {
	for {
		select {
		case <-p.events:
		default:
			return
		}
	}
}

// wait waits until the source was asked. The error is why it gave nothing.
func (p *Provider) wait(ctx, life context.Context) error {
	events, cancel := p.client.Subscribe(1)
	defer cancel()
	for {
		switch s := p.client.Status(); {
		case s.State == client.Live:
			return nil
		case s.Err != nil:
			return s.Err
		}
		select {
		case <-events:
		case <-life.Done():
			return errShutDown
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
	if p.life != nil {
		p.life.stop()
	}
	p.life = nil
	ended := p.ended
	p.open.Store(false)
	p.mu.Unlock()
	if ended == nil {
		return nil // it was never set
	}
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
