package scrape

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/health"
)

// TestPropertyCountedOnce is promise 22 as far as it is the source's: whatever
// pages are missed, processes restarted, instances born and ended, samples lost and
// told again, every event is in exactly one interval, in the arm it belongs to.
// Only what a process did between its last page and a crash is not known to anyone.
func TestPropertyCountedOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rapid.SyncTest(rt, func(rt *rapid.T) {
			r := &run{rt: rt, world: newWorld(rt)}
			r.ask.Measure.By = ""
			for range rapid.IntRange(1, 3).Draw(rt, "stable") {
				r.birth("v1")
			}
			r.anchor = r.birth("v2")
			r.base()
			for _, i := range r.all {
				i.base = maps.Clone(i.counters)
			}
			for range rapid.IntRange(1, 60).Draw(rt, "steps") {
				r.step()
			}
			r.finish()
		})
	})
}

// run is a schedule and what is known of it.
type run struct {
	*world
	rt   *rapid.T
	born int
	// anchor is a candidate instance that stays: where there is none, what stable
	// did is left out.
	anchor *instance
	truth  map[string][2]float64 // events and bad events by version, of processes that have ended
	sums   map[string][2]float64 // what samples told
	seen   map[time.Time]bool    // the beginnings of intervals that were told
	end    time.Time
}

func (r *run) birth(version string) *instance {
	time.Sleep(2 * time.Second)
	r.born++
	i := r.add(fmt.Sprintf("i%02d", r.born), version, ok)
	i.base = map[string]float64{}
	if rapid.Bool().Draw(r.rt, "early") { // events before the first page
		r.traffic(i)
	}
	return i
}

func (r *run) pick() *instance {
	names := slices.Sorted(maps.Keys(r.all))
	return r.all[rapid.SampledFrom(names).Draw(r.rt, "instance")]
}

func (r *run) traffic(i *instance) {
	for range rapid.IntRange(1, 3).Draw(r.rt, "series") {
		code := rapid.SampledFrom([]int{200, 201, 500, 503}).Draw(r.rt, "code")
		i.counters[fmt.Sprintf(`http_requests_total{code="%d",path="/a"}`, code)] += float64(rapid.IntRange(1, 20).Draw(r.rt, "n"))
	}
}

// known are the events of a process since its base, by the counters of a page.
func known(i *instance, page map[string]float64) (sum [2]float64) {
	for k, v := range page {
		more := v - i.base[k]
		if sum[0] += more; slices.Contains([]string{"500", "503"}, k[len(`http_requests_total{code="`):][:3]) {
			sum[1] += more
		}
	}
	return sum
}

// over adds what is known of a process that ends.
func (r *run) over(i *instance, page map[string]float64) {
	if r.truth == nil {
		r.truth = map[string][2]float64{}
	}
	was, more := r.truth[i.Version], known(i, page)
	r.truth[i.Version] = [2]float64{was[0] + more[0], was[1] + more[1]}
}

func (r *run) step() {
	i := r.pick()
	switch rapid.SampledFrom([]string{
		"traffic", "traffic", "traffic", "sample", "sample", "sample", "down", "up", "crash", "reset", "birth", "death", "unlist", "drain",
	}).Draw(r.rt, "op") {
	case "traffic":
		r.traffic(i)
	case "sample":
		time.Sleep(time.Duration(rapid.IntRange(1, 20).Draw(r.rt, "seconds")) * time.Second)
		r.sample()
	case "down":
		i.down = errors.New("refused")
	case "up":
		i.down, i.unlisted = nil, false
	case "crash":
		if i.served == nil {
			return // nothing is known of it, not even its base
		}
		time.Sleep(2 * time.Second)
		r.over(i, i.served)
		i.born, i.base, i.served = time.Now(), map[string]float64{}, map[string]float64{}
		i.counters = map[string]float64{ok: float64(rapid.IntRange(0, 30).Draw(r.rt, "at once"))}
	case "reset": // of one series, as when a server forgets its label sets
		if n := i.counters[failed]; i.down == nil && n > 0 && i.served[failed] == n {
			before := i.requests
			i.base[failed], i.counters[failed] = i.base[failed]-n, 0
			time.Sleep(time.Second)
			if r.sample(); i.requests == before { // a reset that no page shows cannot be known
				i.base[failed], i.counters[failed] = i.base[failed]+n, n
			}
		}
	case "birth":
		if len(r.all) < 8 {
			r.birth(rapid.SampledFrom([]string{"v1", "v2"}).Draw(r.rt, "version"))
		}
	case "death":
		if i.down == nil && i != r.anchor {
			if err := r.source.Last(context.Background(), i.Endpoint); err != nil {
				r.rt.Fatal(err)
			}
			r.over(i, i.counters)
			delete(r.all, i.URL[len("http://"):len(i.URL)-len("/metrics")])
		}
	case "unlist":
		i.unlisted = i != r.anchor
	case "drain":
		i.Draining = !i.Draining
	}
}

// sample asks; what is told arrives or is lost, and is told again later.
func (r *run) sample() {
	before := r.ask
	for _, s := range r.call() {
		if s.Fetch != health.Healthy {
			r.end = s.To
			continue
		}
		if s.From.Before(r.end) && !r.seen[s.From] {
			r.rt.Fatalf("an interval begins at %v, and the one before ends at %v", s.From, r.end)
		}
		if rapid.IntRange(0, 3).Draw(r.rt, "lost") == 0 {
			r.ask = before
			continue
		}
		r.end = s.To
		if r.seen == nil {
			r.seen, r.sums = map[time.Time]bool{}, map[string][2]float64{}
		}
		if r.seen[s.From] {
			r.rt.Fatalf("the interval from %v was told twice after it arrived", s.From)
		}
		r.seen[s.From] = true
		for version, a := range map[string]health.Arm{"v1": s.Stable, "v2": s.Candidate} {
			was := r.sums[version]
			r.sums[version] = [2]float64{was[0] + a.Exposure, was[1] + a.Bad}
		}
		if s.Warming.Exposure != 0 {
			r.rt.Fatalf("something warms: %+v", s)
		}
	}
}

// finish heals everything, closes the last interval, and compares.
func (r *run) finish() {
	for _, i := range r.all {
		i.down, i.unlisted = nil, false
	}
	for range 8 {
		time.Sleep(20 * time.Second)
		r.sample()
	}
	for r.ask.Due.Before(time.Now()) { // the last one was lost
		time.Sleep(20 * time.Second)
		r.sample()
	}
	for _, i := range r.all {
		r.over(i, i.counters)
	}
	for _, version := range []string{"v1", "v2"} {
		if r.truth[version] == r.sums[version] {
			continue
		}
		r.rt.Fatalf("told %v, and there were %v", r.sums, r.truth)
	}
}
