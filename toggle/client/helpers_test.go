package client_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
)

// flagOf is a set of one ops flag "f" that serves a number to everybody.
func flagOf(n int) []byte {
	return fmt.Appendf(nil, `{"flags": {"f": {"kind": "ops", "owner": "t", "enabled": true,
		"variants": {"v": %d, "off": -1}, "default": "v", "off": "off", "stale": "off"}}}`, n)
}

func newClient(t testing.TB, o client.Options) *client.Client {
	t.Helper()
	c, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// liveWith is a client that has a set from memory.
func liveWith(t testing.TB, data string, o client.Options) (*client.Client, *client.Memory) {
	t.Helper()
	source := &client.Memory{}
	source.Set([]byte(data))
	o.Source = source
	c := newClient(t, o)
	refresh(t, c)
	return c, source
}

func refresh(t testing.TB, c *client.Client) {
	t.Helper()
	if err := c.Refresh(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func wantState(t *testing.T, c *client.Client, want client.State) {
	t.Helper()
	if got := c.Status().State; got != want {
		t.Errorf("the state is %s, not %s", got, want)
	}
	if got := c.Evaluate("f", nil).State; got != want {
		t.Errorf("a result's state is %s, not %s", got, want)
	}
}

func wantNum(t *testing.T, c *client.Client, want float64) {
	t.Helper()
	if got := c.Num("f", nil, 99); got != want {
		t.Errorf("f is %v, not %v", got, want)
	}
	if got := c.Handle("f").Num(nil, 99); got != want {
		t.Errorf("f is %v by a handle, not %v", got, want)
	}
}

// start runs a client until the test ends or stop is called.
func start(t *testing.T, c *client.Client) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != context.Canceled {
			t.Errorf("Run: %v", err)
		}
	}
}

// scripted is a source that does what the test says, and notes what it is asked.
type scripted struct {
	mu    sync.Mutex
	asked []ask
	fetch func(ctx context.Context) (client.Fetched, error)
}

type ask struct {
	at       time.Time
	revision string
}

// does says what it does from now on.
func (s *scripted) does(fetch func(ctx context.Context) (client.Fetched, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetch = fetch
}

// asks are those until now.
func (s *scripted) asks() []ask {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

func (s *scripted) Fetch(ctx context.Context, revision string) (client.Fetched, error) {
	s.mu.Lock()
	s.asked = append(s.asked, ask{time.Now(), revision})
	fetch := s.fetch
	s.mu.Unlock()
	return fetch(ctx)
}

var subject = &toggle.Subject{Key: "user-17"}

var noTime time.Time

// replace is strings.Replace of what is there once.
func replace(t testing.TB, text, old, now string) string {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q is there %d times", old, strings.Count(text, old))
	}
	return strings.Replace(text, old, now, 1)
}
