package client

// EventKind is what an event tells.
type EventKind string

// The kinds.
const (
	Ready   EventKind = "ready"   // the flags are live: for the first time, or again
	Changed EventKind = "changed" // flags may serve something else
	Silent  EventKind = "stale"   // the source was silent for too long
	Failed  EventKind = "failed"  // a fetch gave nothing; told of the first of several in a row
)

// Event is something that happened to a client.
type Event struct {
	Kind EventKind
	// State is the client's state after it.
	State State
	// Names are the flags that may serve something else, in their order.
	Names []string
	// Err is why a fetch gave nothing, or what is wrong with flags of a set that was taken.
	Err error
	// Lost is how many events the subscriber lost before this one, because it was too slow.
	Lost int
}

// subscribers are those who are told. They are guarded by Client.mu.
type subscribers map[*subscriber]struct{}

type subscriber struct {
	to   chan Event
	lost int
}

// Subscribe returns a channel of what happens from now on, in its order, with room for so
// many events (at least one). Nothing ever waits for a subscriber: what there is no room for
// is lost, and the next event says how much that was. After cancel the channel is closed.
func (c *Client) Subscribe(buffer int) (events <-chan Event, cancel func()) {
	s := &subscriber{to: make(chan Event, max(buffer, 1))}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.events == nil {
		c.events = subscribers{}
	}
	c.events[s] = struct{}{}
	return s.to, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if _, there := c.events[s]; there {
			delete(c.events, s)
			close(s.to)
		}
	}
}

// tell gives an event to all. The caller holds mu, so that the order is that of the changes.
func (c *Client) tell(e Event) {
	e.State = c.truth.state
	for s := range c.events {
		own := e
		own.Lost = s.lost
		select {
		case s.to <- own:
			s.lost = 0
		default:
			s.lost++
		}
	}
}
