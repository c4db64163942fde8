package openfeature

import (
	of "github.com/open-feature/go-sdk/openfeature"

	"github.com/seed-20fe5ead/gradatim/toggle/client"
)

// eventRoom is how many events wait for the SDK. If it is slower, changes are told without
// the names of the flags.
const eventRoom = 16

// EventChannel is where events come from. It is always the same channel, and stays open.
func (p *Provider) EventChannel() <-chan of.Event { return p.events }

// forward tells the SDK what happens to the client, until the life ends. The SDK itself tells how
// Init ended.
func (p *Provider) forward(l *life, events <-chan client.Event) {
	for {
		var e client.Event
		select {
		case <-l.ctx.Done():
			return
		case e = <-events:
		}
		for _, out := range p.translate(l, &e) {
			select {
			case p.events <- out:
			case <-l.ctx.Done():
				return
			}
		}
	}
}

// translate is what the SDK has to know of an event. It goes by the state after it, so that
// an event that was lost is made up for.
func (p *Provider) translate(l *life, e *client.Event) []of.Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []of.Event
	switch {
	case e.State == client.Stale && l.told != of.StaleState:
		l.told = of.StaleState
		out = append(out, p.event(of.ProviderStale, e, message("the source was silent for too long", e.Err)))
	case e.State == client.Live && l.told != of.ReadyState:
		l.told = of.ReadyState
		out = append(out, p.event(of.ProviderReady, e, "the source answers"))
	}
	switch {
	case e.Lost > 0:
		out = append(out, p.event(of.ProviderConfigChange, e, "flags may have changed: events were lost"))
	case e.Kind == client.Changed:
		c := p.event(of.ProviderConfigChange, e, message("flags have changed", e.Err))
		c.FlagChanges = e.Names
		out = append(out, c)
	}
	return out
}

func message(text string, err error) string {
	if err != nil {
		return text + ": " + err.Error()
	}
	return text
}

func (p *Provider) event(t of.EventType, e *client.Event, text string) of.Event {
	return of.Event{
		ProviderName: Name, EventType: t,
		ProviderEventDetails: of.ProviderEventDetails{
			Message:       text,
			EventMetadata: map[string]any{"state": string(e.State), "digest": p.client.Snapshot().Digest()},
		},
	}
}
