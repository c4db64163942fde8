package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// mirroredHeader marks a copy, so that the service can leave out what must happen
// once only: to take money, to send a mail.
const mirroredHeader = "Gradatim-Mirrored"

// Bounds of copies. What is beyond them is not copied: a mirror is a sample, and is
// never worth a request of a user.
const (
	maxCopied    = 64 << 10 // bytes of a body
	maxCopies    = 64       // at once
	copyPatience = 10 * time.Second
)

// copies are those that are on their way.
type copies struct {
	mu      sync.Mutex
	running int
	all     sync.WaitGroup
}

// run runs send beside everything else, unless too many already do.
func (c *copies) run(send func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running >= maxCopies {
		return false
	}
	c.running++
	c.all.Go(func() {
		defer func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.running--
		}()
		send()
	})
	return true
}

func (c *copies) wait() { c.all.Wait() }

// copy sends a copy of a request to an instance that was taken for it, and gives
// that back. It waits for nothing but the body, which its sender is about to send
// anyway; the error is that of the sender.
func (p *proxy) copy(to *backend, req *http.Request) error {
	if req.ContentLength < 0 || req.ContentLength > maxCopied {
		p.give(to)
		return nil
	}
	body := make([]byte, req.ContentLength)
	if _, err := io.ReadFull(req.Body, body); err != nil {
		p.give(to)
		return fmt.Errorf("read the request: %w", err)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	// A context of its own: the copy outlives the request that it was made of.
	ctx, cancel := context.WithTimeout(context.Background(), copyPatience)
	again := req.Clone(ctx)
	again.Body = io.NopCloser(bytes.NewReader(body))
	again.Header.Set(mirroredHeader, "1")
	sent := p.copies.run(func() {
		defer cancel()
		defer p.give(to)
		to.forward.ServeHTTP(nobody{}, again)
	})
	if !sent {
		cancel()
		p.give(to)
	}
	return nil
}

// nobody throws an answer away.
type nobody struct{}

func (nobody) Header() http.Header         { return http.Header{} }
func (nobody) Write(p []byte) (int, error) { return len(p), nil }
func (nobody) WriteHeader(int)             {}
