package engine

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/seed-20fe5ead/gradatim/rollout"
)

// complainer logs one rollout. What fails on and on is said once a minute.
type complainer struct {
	log  *slog.Logger
	mu   sync.Mutex
	last map[string]complaint // by what it is about
}

type complaint struct {
	text string
	at   time.Time
}

func (c *complainer) warn(about string, err error) {
	text, now := err.Error(), time.Now()
	c.mu.Lock()
	last := c.last[about]
	again := last.text == text && now.Sub(last.at) < time.Minute
	if !again {
		c.last[about] = complaint{text, now}
	}
	c.mu.Unlock()
	if again {
		return
	}
	args := []any{"about", about, "error", text}
	if p, ok := errors.AsType[*panicError](err); ok {
		args = append(args, "stack", string(p.stack))
	}
	c.log.Warn("failed, and will be tried again", args...)
}

func (c *complainer) event(level slog.Level, e rollout.Event) {
	args := []slog.Attr{slog.String("kind", string(e.Kind))}
	for _, a := range []slog.Attr{slog.String("stage", e.Stage), slog.String("step", e.Step), slog.String("by", e.By)} {
		if a.Value.String() != "" {
			args = append(args, a)
		}
	}
	c.log.LogAttrs(context.Background(), level, e.Text, args...)
}
