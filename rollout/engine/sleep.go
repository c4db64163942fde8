package engine

import (
	"context"
	"sync"
	"time"
)

// pause waits for d or the end of ctx.
func (r *run) pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sleep waits until an instant or news, within bounds.
func (r *run) sleep(ctx context.Context, until time.Time) error {
	// First the least that is slept whatever happens: news must not make it spin.
	d := min(max(time.Until(until), minSleep), maxSleep)
	if err := r.pause(ctx, minSleep); err != nil || d == minSleep {
		return err
	}
	timer := time.NewTimer(d - minSleep)
	defer timer.Stop()
	var orders <-chan struct{}
	var ask <-chan time.Time
	if n, ok := r.o.Inbox.(Notifier); ok {
		orders = n.Notify(r.id)
	} else if r.o.Inbox != nil {
		ticker := time.NewTicker(inboxPoll)
		defer ticker.Stop()
		ask = ticker.C
	}
	landed, stop := r.landed()
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return nil
		case <-r.seat.wake:
			return nil
		case <-orders:
			return nil
		case <-landed:
			return nil
		case <-ask:
			if len(without(r.orders(ctx), r.state.Taken)) > 0 {
				return nil
			}
		}
	}
}

// landed signals when a call is over for which something waits: a newer want, or
// the end of the rollout. In between the plan's poll is soon enough.
func (r *run) landed() (<-chan struct{}, func()) {
	var waitedFor []*call[struct{}]
	for i := range r.state.Want {
		w := &r.state.Want[i]
		if a := r.of(w); a.calls != nil && (a.tried != w.Fence || r.state.Outcome != "") {
			waitedFor = append(waitedFor, a.calls)
		}
	}
	if len(waitedFor) == 0 {
		return nil, func() {}
	}
	news, stop := make(chan struct{}, 1), make(chan struct{})
	var all sync.WaitGroup
	for _, c := range waitedFor {
		all.Go(func() {
			select {
			case <-c.over:
				select {
				case news <- struct{}{}:
				default:
				}
			case <-stop:
			}
		})
	}
	return news, func() { close(stop); all.Wait() }
}

// depart gives the calls that are under way a moment to heed the end of their
// context; one that does not is left behind.
func (r *run) depart() {
	late, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	for _, s := range r.plan.Stages {
		t := r.targets[s.Target]
		t.observe.drain(late)
		t.apply.drain(late)
	}
	r.seat.sample.drain(late)
	r.seat.pending.drain(late)
	r.seat.ack.drain(late)
	r.seat.view.drain(late)
	r.facts.drain(late)
}
