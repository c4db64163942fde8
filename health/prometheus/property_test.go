package prometheus

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/health"
)

// TestPropertyCountedOnce is promise 22 as far as it is the source's: whatever scrapes
// are missed, processes restarted, instances born and ended, servers away, samples lost
// and told again, every event that was scraped is in exactly one interval, in the arm it
// belongs to.
func TestPropertyCountedOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rapid.SyncTest(rt, func(rt *rapid.T) {
			r := &run{rt: rt, world: newWorld(rt), truth: map[string][2]float64{}, sums: map[string][2]float64{}}
			r.birth("v1")
			r.birth("v2")
			r.anchor = r.all["i02"]
			r.pass(10)
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
	rt     *rapid.T
	born   int
	anchor *instance             // a candidate that stays: without one, what stable did is left out
	truth  map[string][2]float64 // events and bad events by version that were scraped
	sums   map[string][2]float64 // what samples told
	end    time.Time
}

func (r *run) birth(version string) {
	r.born++
	i := r.add(fmt.Sprintf("i%02d", r.born), version, ok)
	i.phase = rapid.IntRange(0, 4).Draw(r.rt, "phase")
	switch rapid.IntRange(0, 2).Draw(r.rt, "first") {
	case 0: // events before the first scrape
		r.traffic(i)
	case 1: // one that ran for long, of which nobody knows
		r.traffic(i)
		i.born, i.scraped = r.start.Add(-time.Hour), maps.Clone(i.counters)
		r.pass(6)
	}
}

func (r *run) traffic(i *instance) {
	for range rapid.IntRange(1, 3).Draw(r.rt, "series") {
		code := rapid.SampledFrom([]int{200, 201, 500, 503}).Draw(r.rt, "code")
		key := fmt.Sprintf(`http_requests_total{code="%d",path="/a"}`, code)
		i.counters[key] += float64(rapid.IntRange(1, 20).Draw(r.rt, "n"))
	}
}

// second goes on, and notes what becomes known by scrapes.
func (r *run) second() {
	before := map[string]map[string]float64{}
	for name, i := range r.all {
		before[name] = maps.Clone(i.scraped)
	}
	r.world.second()
	for name, i := range r.all {
		for key, v := range i.scraped {
			was := r.truth[i.version]
			more := v - before[name][key]
			was[0] += more
			if strings.Contains(key, `code="5`) {
				was[1] += more
			}
			r.truth[i.version] = was
		}
	}
}

func (r *run) pass(seconds int) {
	for range seconds {
		r.second()
		r.sample()
	}
}

func (r *run) step() {
	names := slices.Sorted(maps.Keys(r.all))
	i := r.all[rapid.SampledFrom(names).Draw(r.rt, "instance")]
	switch rapid.SampledFrom([]string{"traffic", "traffic", "pass", "pass", "pass", "down", "up", "crash", "birth", "death", "away", "late"}).Draw(r.rt, "op") {
	case "traffic":
		r.traffic(i)
	case "pass":
		r.pass(rapid.IntRange(1, 25).Draw(r.rt, "seconds"))
	case "down":
		i.down = true
	case "up":
		i.down, r.away = false, nil
	case "crash":
		r.pass(2) // processes start seconds apart
		i.born, i.scraped = time.Now().UTC(), map[string]float64{}
		i.counters = map[string]float64{ok: float64(rapid.IntRange(0, 30).Draw(r.rt, "at once"))}
	case "birth":
		if len(r.all) < 8 {
			r.birth(rapid.SampledFrom([]string{"v1", "v2"}).Draw(r.rt, "version"))
		}
	case "death":
		if i != r.anchor {
			r.remove(i)
		}
	case "away":
		r.away = errRefused
	case "late":
		i.phase = rapid.IntRange(0, 4).Draw(r.rt, "phase")
	}
}

// sample asks; what is told arrives or is lost, and is told again later.
func (r *run) sample() {
	before := r.ask
	for _, s := range r.call() {
		if s.From.Before(r.end) {
			r.rt.Fatalf("an interval begins at %v, and the one before ends at %v", s.From, r.end)
		}
		if s.Fetch == health.Healthy && rapid.IntRange(0, 3).Draw(r.rt, "lost") == 0 {
			r.ask = before
			continue
		}
		r.end = s.To
		for version, a := range map[string]health.Arm{"v1": s.Stable, "v2": s.Candidate} {
			was := r.sums[version]
			r.sums[version] = [2]float64{was[0] + a.Exposure, was[1] + a.Bad}
		}
	}
}

// finish heals everything, closes the last intervals, and compares.
func (r *run) finish() {
	r.away = nil
	for _, i := range r.all {
		i.down = false
	}
	r.pass(120)
	for _, version := range []string{"v1", "v2"} {
		if r.truth[version] != r.sums[version] {
			r.rt.Fatalf("told %v, and there were %v", r.sums, r.truth)
		}
	}
}
