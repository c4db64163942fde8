package users

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"
)

func counter(t testing.TB, o Options) *Counter {
	t.Helper()
	if o.Name == "" {
		o.Name = "shop"
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func beside(t testing.TB, c *Counter, version string) *Counter {
	t.Helper()
	other, err := c.Beside(prometheus.Labels{"version": version})
	if err != nil {
		t.Fatal(err)
	}
	return other
}

// read is what the counters say to whoever reads them.
func read(t testing.TB, c *Counter) counts {
	t.Helper()
	var n counts
	for name, value := range gathered(t, c) {
		switch name {
		case "shop_users_total":
			n.seen = uint64(value)
		case "shop_users_failed_total":
			n.failed = uint64(value)
		case "shop_users_left_out_total":
			n.leftOut = uint64(value)
		default:
			t.Errorf("unexpected %s", name)
		}
	}
	return n
}

// gathered registers collectors, which checks them, and reads them, which checks what
// they collect.
func gathered(t testing.TB, all ...prometheus.Collector) map[string]float64 {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	for _, c := range all {
		if err := r.Register(c); err != nil {
			t.Fatal(err)
		}
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var name strings.Builder
			name.WriteString(f.GetName())
			for _, l := range m.GetLabel() {
				name.WriteString("," + l.GetName() + "=" + l.GetValue())
			}
			values[name.String()] = m.GetCounter().GetValue()
		}
	}
	return values
}

// Each rule in turn.
func TestSeen(t *testing.T) {
	type call struct {
		after  time.Duration
		user   string
		failed bool
	}
	for name, c := range map[string]struct {
		calls []call
		want  counts
	}{
		"nothing":                            {nil, counts{}},
		"fine":                               {[]call{{0, "a", false}}, counts{1, 0, 0}},
		"fine twice":                         {[]call{{0, "a", false}, {0, "a", false}}, counts{1, 0, 0}},
		"fine twice in a minute":             {[]call{{0, "a", false}, {time.Minute - 1, "a", false}}, counts{1, 0, 0}},
		"fine again after a minute":          {[]call{{0, "a", false}, {time.Minute, "a", false}}, counts{2, 0, 0}},
		"a minute counts from the last time": {[]call{{0, "a", false}, {90 * time.Second, "a", false}, {50 * time.Second, "a", false}}, counts{2, 0, 0}},
		"failed":                             {[]call{{0, "a", true}}, counts{1, 1, 0}},
		"failed again and again":             {[]call{{0, "a", true}, {0, "a", true}, {time.Hour, "a", true}}, counts{1, 1, 0}},
		"failed, then fine":                  {[]call{{0, "a", true}, {0, "a", false}, {time.Hour, "a", false}}, counts{1, 1, 0}},
		"fine, then failed":                  {[]call{{0, "a", false}, {0, "a", true}, {time.Hour, "a", true}}, counts{2, 1, 0}},
		"failed, until the window ends":      {[]call{{0, "a", true}, {24*time.Hour - 1, "a", true}}, counts{1, 1, 0}},
		"failed, in the next window":         {[]call{{0, "a", true}, {24 * time.Hour, "a", true}}, counts{2, 2, 0}},
		"a quiet window":                     {[]call{{0, "a", true}, {71 * time.Hour, "a", true}, {59 * time.Minute, "a", true}, {time.Minute, "a", true}}, counts{3, 3, 0}},
		"two users":                          {[]call{{0, "a", true}, {0, "b", false}}, counts{2, 1, 0}},
		"nobody":                             {[]call{{0, "", true}, {0, "", false}}, counts{0, 0, 2}},
		"a full memory": {
			[]call{{0, "a", false}, {0, "b", false}, {0, "c", true}, {0, "d", true}, {0, "d", false}, {0, "a", true}, {time.Minute, "b", false}},
			counts{5, 2, 2},
		},
		"full until the window ends": {
			[]call{{0, "a", true}, {0, "b", false}, {0, "c", false}, {24 * time.Hour, "d", true}},
			counts{4, 2, 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := counter(t, Options{Limit: 3})
				for _, call := range c.calls {
					time.Sleep(call.after)
					got.Seen(call.user, call.failed)
				}
				if n := read(t, got); n != c.want {
					t.Errorf("%+v, want %+v", n, c.want)
				}
			})
		})
	}
}

// What is known of a user is known to both versions.
func TestBeside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stable := counter(t, Options{Labels: prometheus.Labels{"version": "1.0"}, Limit: 3})
		candidate := beside(t, stable, "1.1")
		stable.Seen("broken", true)
		stable.Seen("fine", false)
		candidate.Seen("broken", true) // is known to fail
		candidate.Seen("fine", false)  // was just seen
		candidate.Seen("fine", true)   // and fails for the first time
		candidate.Seen("new", false)   // the memory is full now
		candidate.Seen("other", false) // so the candidate leaves one out
		time.Sleep(24*time.Hour - time.Minute)
		stable.Seen("fine", true)
		time.Sleep(time.Minute)
		candidate.Seen("broken", true) // all versions forget at once
		stable.Seen("broken", true)
		want := map[string]float64{
			"shop_users_total,version=1.0": 2, "shop_users_failed_total,version=1.0": 1, "shop_users_left_out_total,version=1.0": 0,
			"shop_users_total,version=1.1": 3, "shop_users_failed_total,version=1.1": 2, "shop_users_left_out_total,version=1.1": 1,
		}
		if d := cmp.Diff(want, gathered(t, stable, candidate)); d != "" {
			t.Error(d)
		}
	})
}

// naive counts the same by looking at all that ever happened.
type naive struct {
	window, every time.Duration
	limit         int
	calls         []counted
}

type counted struct {
	at     time.Duration
	user   string
	counts counts
}

func (m *naive) seen(at time.Duration, user string, failed bool) counts {
	everybody, bad, recent := map[string]bool{}, false, false
	for _, c := range m.calls {
		if c.at/m.window != at/m.window || c.counts.seen == 0 {
			continue
		}
		everybody[c.user] = true
		if c.user == user {
			bad = bad || c.counts.failed > 0
			recent = recent || at-c.at < m.every
		}
	}
	n := counts{}
	switch {
	case user == "", !everybody[user] && len(everybody) == m.limit:
		n.leftOut = 1
	case bad:
	case failed:
		n.seen, n.failed = 1, 1
	case !recent:
		n.seen = 1
	}
	m.calls = append(m.calls, counted{at, user, n})
	return n
}

// Any calls are counted as the naive counter counts them, and no step has more failures than
// users.
func TestNaive(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		o := Options{
			Window: rapid.SampledFrom([]time.Duration{time.Hour, 90 * time.Minute}).Draw(r, "window"),
			Every:  rapid.SampledFrom([]time.Duration{time.Second, time.Minute, 5 * time.Minute}).Draw(r, "every"),
			Limit:  rapid.IntRange(1, 5).Draw(r, "limit"),
		}
		type call struct {
			after   time.Duration
			version int
			user    string
			failed  bool
		}
		calls := rapid.SliceOf(rapid.Custom(func(r *rapid.T) call {
			return call{
				rapid.SampledFrom([]time.Duration{0, 0, 1, time.Second, time.Minute - 1, time.Minute, 5 * time.Minute, 40 * time.Minute, 3 * time.Hour}).Draw(r, "after"),
				rapid.IntRange(0, 1).Draw(r, "version"),
				rapid.SampledFrom([]string{"", "a", "b", "c", "d", "e", "f"}).Draw(r, "user"),
				rapid.IntRange(0, 3).Draw(r, "failed") == 0,
			}
		})).Draw(r, "calls")
		rapid.SyncTest(r, func(r *rapid.T) {
			started := time.Now()
			first := counter(t, o)
			got := []*Counter{first, beside(t, first, "1.1")}
			m := naive{window: o.Window, every: o.Every, limit: o.Limit}
			for i, c := range calls {
				time.Sleep(c.after)
				before := got[c.version].counts
				got[c.version].Seen(c.user, c.failed)
				after := got[c.version].counts
				step := counts{after.seen - before.seen, after.failed - before.failed, after.leftOut - before.leftOut}
				if want := m.seen(time.Since(started), c.user, c.failed); step != want {
					r.Fatalf("call %d: %+v, want %+v", i, step, want)
				}
				if step.failed > step.seen || len(first.users) > o.Limit {
					r.Fatalf("call %d: %+v, %d users known", i, step, len(first.users))
				}
			}
		})
	})
}

// Many at once, and what is read meanwhile never has more failures than users.
func TestConcurrent(t *testing.T) {
	stable := counter(t, Options{Limit: 500})
	candidate := beside(t, stable, "1.1")
	const workers, calls = 8, 2000
	var working, reading sync.WaitGroup
	done := make(chan struct{})
	reading.Go(func() {
		for ended := false; !ended; {
			select {
			case <-done:
				ended = true
			default:
			}
			if n := read(t, stable); n.failed > n.seen {
				t.Errorf("%+v", n)
				return
			}
		}
	})
	for w := range workers {
		working.Go(func() {
			c := []*Counter{stable, candidate}[w%2]
			for i := range calls {
				c.Seen(strconv.Itoa((i+w)%1000), i%7 == 0)
			}
		})
	}
	working.Wait()
	close(done)
	reading.Wait()
	a, b := stable.counts, candidate.counts
	if failed := a.failed + b.failed; failed == 0 || failed > 500 || a.seen+b.seen < 500 || a.leftOut+b.leftOut < workers*calls/4 {
		t.Errorf("%+v, %+v", a, b)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	c := counter(t, Options{Limit: 1000})
	for i := range 10_000 {
		c.Seen(fmt.Sprint("user ", i), i%2 == 0)
	}
	if n := read(t, c); n != (counts{1000, 500, 9000}) || len(c.users) != 1000 {
		t.Errorf("%+v, %d users known", n, len(c.users))
	}
}

func TestKnownUsersAllocateNothing(t *testing.T) {
	c := counter(t, Options{Limit: 3})
	c.Seen("fine", false)
	c.Seen("broken", true)
	c.Seen("other", false)
	for _, user := range []string{"fine", "broken", "left out", ""} {
		if n := testing.AllocsPerRun(100, func() { c.Seen(user, false) }); n != 0 {
			t.Errorf("%q: %v allocations", user, n)
		}
	}
	if n := testing.AllocsPerRun(100, func() { c.Seen("other", true) }); n != 0 {
		t.Errorf("a failure: %v allocations", n)
	}
}

func BenchmarkSeen(b *testing.B) {
	c := counter(b, Options{})
	names := make([]string, 1<<17)
	for i := range names {
		names[i] = "user-" + strconv.Itoa(i)
		c.Seen(names[i], i%100 == 0)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.Seen(names[i%len(names)], false)
	}
}
