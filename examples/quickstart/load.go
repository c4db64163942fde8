package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// tally is what the users of one rollout saw. It is kept on disk, so that a
// rollout that is resumed goes on counting.
type tally struct {
	Sent   int64    `json:"sent"`
	Served int64    `json:"served"` // answered well by a release
	Errors int64    `json:"errors"` // answered badly by a release, on purpose
	Lost   int64    `json:"lost"`   // not answered by a release: the rollout's own fault
	Why    []string `json:"why"`    // of the first that were lost
	Users  []int    `json:"users"`  // those that saw an error
}

const maxWhy = 5

// load sends requests as users do: a fixed number of clients, each of which waits
// for its answer, at a bounded rate together.
type load struct {
	url    string
	client *http.Client
	users  int
	now    *tally // guarded by mu, with what it points to
	mu     sync.Mutex

	stopping chan struct{}
	clients  sync.WaitGroup
}

const (
	loadClients = 128
	loadUsers   = 2000
	// loadPatience is how long a user waits. It is far beyond what a busy machine
	// adds: whoever waits that long was lost.
	loadPatience = 30 * time.Second
)

// startLoad begins to send rate requests a second. They are counted in the tally
// that is set at the time they are sent.
func startLoad(url string, rate int, first *tally) *load {
	l := &load{
		url: url, users: loadUsers, now: first, stopping: make(chan struct{}),
		client: &http.Client{
			Timeout:   loadPatience,
			Transport: &http.Transport{MaxIdleConnsPerHost: loadClients},
		},
	}
	every := loadClients * time.Second / time.Duration(rate)
	for i := range loadClients {
		l.clients.Go(func() { l.run(every, every*time.Duration(i)/loadClients) })
	}
	return l
}

// run is one client. It keeps its own timetable, and forgets what it missed when
// it falls behind: a burst afterwards would be no user's doing.
func (l *load) run(every, offset time.Duration) {
	next := time.Now().Add(offset)
	timer := time.NewTimer(offset)
	defer timer.Stop()
	for {
		select {
		case <-l.stopping:
			return
		case <-timer.C:
		}
		l.send(rand.IntN(l.users))
		now := time.Now()
		if next = next.Add(every); next.Before(now.Add(-every)) {
			next = now
		}
		timer.Reset(max(0, next.Sub(now)))
	}
}

// send sends one request and waits for the whole answer.
func (l *load) send(user int) {
	t := l.current()
	release, code, err := l.ask(user)
	l.mu.Lock()
	defer l.mu.Unlock()
	t.count(user, release, code, err)
}

func (l *load) ask(user int) (release string, code int, err error) {
	body := strings.NewReader("one of each, please\n")
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, l.url+orders, body)
	if err != nil {
		return "", 0, err
	}
	req.GetBody = nil // net/http is not to send it again when a connection breaks: that would hide a loss
	req.Header.Set(userHeader, strconv.Itoa(user))
	answer, err := l.client.Do(req)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	_, err = io.Copy(io.Discard, answer.Body)
	if why := answer.Header.Get(lostHeader); why != "" {
		err = fmt.Errorf("the proxy answered %d: %s", answer.StatusCode, why)
	}
	return answer.Header.Get(releaseHeader), answer.StatusCode, err
}

// count enters one answer. A request is the release's if the release answered it,
// well or badly; every other one is lost, whoever made the mistake.
func (t *tally) count(user int, release string, code int, err error) {
	t.Sent++
	switch {
	case err == nil && release != "" && code == http.StatusOK:
		t.Served++
		return
	case err == nil && release != "":
		t.Errors++
	default:
		t.Lost++
		if err == nil {
			err = fmt.Errorf("somebody answered %d in place of the release", code)
		}
		if len(t.Why) < maxWhy {
			t.Why = append(t.Why, err.Error())
		}
	}
	if i, seen := slices.BinarySearch(t.Users, user); !seen {
		t.Users = slices.Insert(t.Users, i, user)
	}
}

func (l *load) current() *tally {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

// countIn lets the requests that are sent from now on count in a tally.
func (l *load) countIn(t *tally) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = t
}

// read is a copy of a tally while it may still be counted in.
func (l *load) read(t *tally) tally {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := *t
	c.Why, c.Users = slices.Clone(t.Why), slices.Clone(t.Users)
	return c
}

func (l *load) readEntry(e *entry) entry {
	t := l.read(&e.Tally)
	return entry{Tally: t, Traffic: e.Traffic, Decided: e.Decided, Back: e.Back}
}

// stop lets every client finish its request.
func (l *load) stop() {
	close(l.stopping)
	l.clients.Wait()
	l.client.CloseIdleConnections()
}
