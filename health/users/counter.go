package users

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Counter counts the users of one version. It is a prometheus.Collector of three
// counters:
//
//	<name>_users_total            users who were all right until then, seen; each once per Every
//	<name>_users_failed_total     of these, users for whom a request failed; each once per window
//	<name>_users_left_out_total   requests whose users were not counted at all
//
// Counters that share a memory count a user once between them. All methods may be called
// at the same time.
type Counter struct {
	*memory
	options               Options
	seen, failed, leftOut *prometheus.Desc
	counts                counts // guarded by the memory
}

// counts are whole numbers far below 2^53, and so exact as the floats of a metric.
type counts struct{ seen, failed, leftOut uint64 }

// memory is what is known of users in the present window.
type memory struct {
	window, every time.Duration
	limit         int
	seed          maphash.Seed

	mu      sync.Mutex
	started time.Time
	users   map[uint64]time.Duration // when they were last counted as seen, since started; or hasFailed
}

const hasFailed time.Duration = -1

// New makes a counter with a memory of its own; more versions are counted by those
// [Counter.Beside] it. The error joins a *FieldError for everything wrong with the
// options.
func New(o Options) (*Counter, error) {
	o = o.normalize()
	if err := o.validate(); err != nil {
		return nil, err
	}
	m := &memory{
		window: o.Window, every: o.Every, limit: o.Limit, seed: maphash.MakeSeed(),
		started: time.Now(), users: map[uint64]time.Duration{},
	}
	return newCounter(m, o), nil
}

// Beside makes a counter of another version, with other labels and the same memory: a
// user who failed with one version does not count for the other. Labels must have the
// same names as those of c, and other values, or a registry refuses them.
func (c *Counter) Beside(labels prometheus.Labels) (*Counter, error) {
	o := c.options
	o.Labels = labels
	if err := o.validate(); err != nil {
		return nil, err
	}
	return newCounter(c.memory, o), nil
}

func newCounter(m *memory, o Options) *Counter {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(o.Name+name, help, nil, o.Labels)
	}
	return &Counter{
		memory: m, options: o,
		seen:    desc("_users_total", "Users who were all right until then, each counted once per "+o.Every.String()+"."),
		failed:  desc("_users_failed_total", "Of these, users for whom a request failed, each counted once per "+o.Window.String()+"."),
		leftOut: desc("_users_left_out_total", "Requests whose users were not counted, because the memory is full or no user was named."),
	}
}

// Seen says that a request of the user was answered, and whether that failed. Where
// requests are tried again it is the last try that counts. An empty user is nobody, and
// left out. It allocates nothing for a user who is known.
func (c *Counter) Seen(user string, failed bool) {
	key := maphash.String(c.seed, user)
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	last, known := c.users[key]
	switch {
	case user == "" || !known && len(c.users) >= c.limit:
		c.counts.leftOut++
	case known && last == hasFailed:
	case failed:
		c.users[key] = hasFailed
		c.counts.seen++ // whenever the user was seen before: no failure is without one
		c.counts.failed++
	case !known || now-last >= c.every:
		c.users[key] = now
		c.counts.seen++
	}
}

// now is the time since the window began; it begins a new one where that is due. A
// window without requests is skipped, so that all end a multiple of their length apart.
func (m *memory) now() time.Duration {
	now := time.Since(m.started)
	if now < m.window {
		return now
	}
	past := now - now%m.window
	m.started, m.users = m.started.Add(past), map[uint64]time.Duration{}
	return now - past
}

// Describe sends the descriptions of the three counters.
func (c *Counter) Describe(to chan<- *prometheus.Desc) {
	to <- c.seen
	to <- c.failed
	to <- c.leftOut
}

// Collect sends the three counters as of one instant.
func (c *Counter) Collect(to chan<- prometheus.Metric) {
	c.mu.Lock()
	n := c.counts
	c.mu.Unlock()
	to <- prometheus.MustNewConstMetric(c.seen, prometheus.CounterValue, float64(n.seen))
	to <- prometheus.MustNewConstMetric(c.failed, prometheus.CounterValue, float64(n.failed))
	to <- prometheus.MustNewConstMetric(c.leftOut, prometheus.CounterValue, float64(n.leftOut))
}
