package health

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestReadiness(t *testing.T) {
	p := Policy{}.Normalize()
	type seen struct {
		at, ready int
		changed   bool
		want      Verdict
	}
	const h, i, d = Healthy, Inconclusive, Degraded
	for name, c := range map[string]struct {
		grace time.Duration
		seen  []seen
		clean int // -1 zero
	}{
		"ready":        {0, []seen{{0, 3, true, h}, {4, 3, false, h}, {5, 4, true, h}, {10, 3, true, h}}, 0},
		"repeated":     {0, []seen{{0, 3, true, h}, {0, 3, false, h}, {0, 0, false, h}, {-5, 0, false, h}}, 0},
		"grace":        {0, []seen{{0, 3, true, h}, {1, 2, true, i}, {2, 2, false, i}, {30, 2, true, i}, {31, 2, true, d}, {32, 2, false, d}}, -1},
		"recovers":     {0, []seen{{0, 2, true, i}, {29, 3, true, h}, {30, 2, true, i}, {59, 2, true, i}, {60, 2, true, d}, {61, 3, true, h}}, 61},
		"no grace":     {-1, []seen{{0, 3, true, h}, {1, 2, true, d}}, -1},
		"gap":          {0, []seen{{0, 3, true, h}, {10, 3, true, h}, {21, 3, true, h}, {26, 3, true, h}}, 21},
		"short grace":  {2 * time.Second, []seen{{0, 2, true, i}, {1, 2, false, i}, {2, 2, true, d}}, -1},
		"none at all":  {0, []seen{{0, 0, true, i}}, -1},
		"more is fine": {0, []seen{{0, 9, true, h}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := p.Readiness
			if c.grace != 0 {
				r.Grace = c.grace
			}
			var e Evidence
			for k, s := range c.seen {
				if got := r.Observe(&e, at(s.at), int64(s.ready), 3); got != s.changed || e.Verdict != s.want {
					t.Fatalf("observation %d: changed %v, %s; want %v, %s", k, got, e.Verdict, s.changed, s.want)
				}
			}
			if want := c.clean; e.Clean.IsZero() != (want < 0) || want >= 0 && !e.Clean.Equal(at(want)) {
				t.Errorf("clean %s", e.Clean)
			}
		})
	}
}

func TestReadinessBegin(t *testing.T) {
	r := Policy{}.Normalize().Readiness
	var e Evidence
	r.Observe(&e, at(0), 3, 3)
	r.Begin(&e)
	if e.Verdict != "" || !e.Clean.IsZero() || e.Passes != 0 {
		t.Fatalf("%+v", e)
	}
	if r.Observe(&e, at(-1), 3, 3) || !r.Observe(&e, at(0), 3, 3) || r.Observe(&e, at(0), 3, 3) {
		t.Fatal("the observation a step begins with counts for it, once")
	}
	r.Grace = -1
	r.Observe(&e, at(1), 2, 3)
	r.Begin(&e)
	if e.Verdict != Degraded {
		t.Fatalf("%+v", e)
	}
}

func TestReadinessProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Policy{Readiness: Readiness{
			Every: time.Duration(rapid.IntRange(1, 10).Draw(t, "every")) * time.Second,
			Grace: time.Duration(rapid.IntRange(-1, 20).Draw(t, "grace")) * time.Second,
		}}.Normalize().Readiness
		var e Evidence
		now := 0
		var since time.Time // of the shortage
		for range rapid.IntRange(1, 40).Draw(t, "observations") {
			now += rapid.IntRange(1, 12).Draw(t, "after")
			ready := rapid.Int64Range(1, 4).Draw(t, "ready")
			last, next := e.Clone(), r.Next(&e)
			shallow := e
			changed := r.Observe(&e, at(now), ready, 3)
			sound(t, &e)
			if !slices.Equal(shallow.Counts, last.Counts) {
				t.Fatal("wrote into shared memory")
			}
			if !changed {
				same(t, e, last, "unchanged")
			}
			same(t, again(t, e), e, "round trip")
			want := Healthy
			if ready >= 3 {
				since = time.Time{}
			} else {
				if since.IsZero() {
					since = at(now)
				}
				want = Inconclusive
				if at(now).Sub(since) >= r.grace() || last.Verdict == Degraded {
					want = Degraded
				}
			}
			if e.Verdict != want {
				t.Fatalf("%s, want %s", e.Verdict, want)
			}
			if sameState := len(last.Counts) > 0 && (ready >= 3) == (last.Verdict == Healthy); sameState && changed != !at(now).Before(next) {
				t.Fatalf("changed %v at %s, announced for %s: %+v", changed, at(now), next, last)
			}
			once := e.Clone()
			if changed {
				ready = rapid.Int64Range(0, 4).Draw(t, "rival")
			}
			if r.Observe(&e, at(now), ready, 3) {
				t.Fatal("an instant was counted twice")
			}
			same(t, e, once, "twice")
		}
	})
}
