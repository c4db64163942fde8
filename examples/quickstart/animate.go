package main

import (
	"context"
	"fmt"
	"time"
)

// How the live view moves.
const (
	drawEvery = 150 * time.Millisecond
	maxRecent = 6
)

// happened tells of an event: as a line, or in the list below the picture.
func (s *session) happened(at time.Time, name, text string) {
	text = s.screen.event(at, name, text)
	if !s.screen.live() {
		s.screen.say("%s", text)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recent = append(s.recent, text)
	s.recent = s.recent[max(0, len(s.recent)-maxRecent):]
}

// animate draws the picture until it is told to end; the last one stays.
func (s *session) animate(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.NewTicker(drawEvery); ; {
			s.screen.draw(s.frame())
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
			}
		}
	}()
	return func() {
		cancel()
		<-ended
		s.screen.draw(s.frame())
		s.screen.keep()
	}
}

// frame is the picture of this moment.
func (s *session) frame() frame {
	weights, _, _ := s.proxy.inEffect()
	s.mu.Lock()
	defer s.mu.Unlock()
	f := frame{
		title:   fmt.Sprintf("gradatim quickstart: %d instances, %d requests/s", s.settings.Instances, s.settings.Rate),
		elapsed: time.Since(s.screen.begun),
		rows:    append([]row(nil), s.rows...),
		recent:  append([]string(nil), s.recent...),
	}
	for i := range f.rows {
		r := &f.rows[i]
		if r.report == nil {
			continue
		}
		for _, w := range s.settings.Weights {
			r.steps = append(r.steps, w.String())
		}
		r.carried = weights[r.scenario.version]
		r.tally = s.load.read(&s.book.entry(r.scenario.name).Tally)
	}
	return f
}
