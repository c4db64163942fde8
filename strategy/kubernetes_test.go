package strategy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// deployment is a Kubernetes Deployment in its own words: what one sync of its
// controller makes of the replicas of the new and of the old set (reconcile of
// rolling.go, and scale of sync.go, at v1.36), written from their description.
type deployment struct {
	replicas, surge, unavailable int64
	fresh, old                   replicaSet
}

type replicaSet struct{ spec, available int64 }

// sync scales the new set up, or else the old one down.
func (d *deployment) sync() {
	if d.fresh.spec > d.replicas {
		d.fresh.spec = d.replicas
		return
	}
	if room := d.replicas + d.surge - d.fresh.spec - d.old.spec; d.fresh.spec < d.replicas && room > 0 {
		d.fresh.spec += min(room, d.replicas-d.fresh.spec)
		return
	}
	least := d.replicas - d.unavailable
	room := d.fresh.spec + d.old.spec - least - (d.fresh.spec - d.fresh.available)
	if d.old.spec == 0 || room <= 0 {
		return
	}
	unhealthy := min(room, d.old.spec-d.old.available)
	healthy := max(0, d.old.available+d.fresh.available-least)
	d.old.spec -= unhealthy
	d.old.spec -= min(healthy, d.old.spec)
}

// scale grows both sets in proportion, after a change of replicas; one that is
// alone gets the new size.
func (d *deployment) scale(before, surgeBefore int64) {
	if d.fresh.spec == 0 {
		d.old.spec = d.replicas
		return
	}
	sets := []*replicaSet{&d.fresh, &d.old} // the newer of equal ones first
	slices.SortStableFunc(sets, func(a, b *replicaSet) int { return int(b.spec - a.spec) })
	add := d.replicas + d.surge - d.fresh.spec - d.old.spec
	var parts [2]int64
	added := int64(0)
	for i, set := range sets {
		fraction := float64(set.spec)*float64(d.replicas+d.surge)/float64(before+surgeBefore) - float64(set.spec)
		parts[i] = min(int64(fraction+0.5), add-added)
		added += parts[i]
	}
	parts[0] += add - added
	for i, set := range sets {
		set.spec += parts[i]
	}
}

func (d *deployment) fleet() Fleet {
	counts := func(s replicaSet) Counts {
		return Counts{Instances: s.spec, Ready: s.available, Settled: s.available, Releasable: s.available}
	}
	return Fleet{Desired: d.replicas, Candidate: counts(d.fresh), Stable: counts(d.old)}
}

// TestKubernetes compares one move with one sync, from every state of a small
// Deployment under every rule, healthy or not.
func TestKubernetes(t *testing.T) {
	full := Step{Name: "rolled", Weight: Full}
	for n := range int64(1 << 15) {
		d := deployment{replicas: n & 7, fresh: replicaSet{spec: n >> 3 & 7}, old: replicaSet{spec: n >> 6 & 7}}
		d.fresh.available, d.old.available = n>>9&7, n>>12&7
		if d.fresh.spec > d.replicas || d.fresh.available > d.fresh.spec || d.old.available > d.old.spec {
			continue
		}
		for surge := range int64(4) {
			for unavailable := range int64(4) {
				p := Pace{Surge: Count(surge), Unavailable: Count(unavailable)}
				k := d
				k.surge, k.unavailable = p.limits(k.replicas)
				f := k.fleet()
				a := Move(f, &full, &p)
				k.sync()
				if a.Candidate.Instances != k.fresh.spec || a.Stable.Instances != k.old.spec {
					t.Fatalf("surge %d, unavailable %d, from %+v: candidate %d, stable %d; a Deployment has %d and %d",
						surge, unavailable, d, a.Candidate.Instances, a.Stable.Instances, k.fresh.spec, k.old.spec)
				}
			}
		}
	}
}

// TestKubernetesTraces are whole rollouts of 10 with a surge of 3 and 2 unavailable,
// reckoned by hand after the rules of the controller: (candidate, stable).
func TestKubernetesTraces(t *testing.T) {
	for _, c := range []struct {
		name   string
		settle func(d *deployment, idle bool)
		want   string
	}{
		{"available at once", func(d *deployment, _ bool) { d.fresh.available = d.fresh.spec }, "(3,10) (3,5) (8,5) (8,0) (10,0)"},
		{"never available", func(*deployment, bool) {}, "(3,10) (3,8) (5,8)"},
		{"one more whenever nothing happens", func(d *deployment, idle bool) {
			if idle && d.fresh.available < d.fresh.spec {
				d.fresh.available++
			}
		}, "(3,10) (3,8) (5,8) (5,7) (6,7) (6,6) (7,6) (7,5) (8,5) (8,4) (9,4) (9,3) (10,3) (10,2) (10,1) (10,0)"},
	} {
		d := deployment{replicas: 10, old: replicaSet{10, 10}}
		full, p := Step{Weight: Full}, Pace{Surge: Count(3), Unavailable: Count(2)}
		var got strings.Builder
		for range 100 {
			a := Move(d.fleet(), &full, &p)
			idle := a.Candidate.Instances == d.fresh.spec && a.Stable.Instances == d.old.spec
			d.fresh.spec, d.old.spec = a.Candidate.Instances, a.Stable.Instances
			d.old.available = min(d.old.available, d.old.spec)
			if !idle {
				got.WriteString(fmt.Sprintf(" (%d,%d)", d.fresh.spec, d.old.spec))
			}
			c.settle(&d, idle)
		}
		if got.String()[1:] != c.want {
			t.Errorf("%s: got%s, want %s", c.name, got.String(), c.want)
		}
	}
}

// TestKubernetesScaling compares scale events upwards in the middle of a rollout.
func TestKubernetesScaling(t *testing.T) {
	full, bottom := Step{Name: "rolled", Weight: Full}, Bottom()
	events := 0
	for _, size := range []Size{Count(0), Count(2), Percent(25), Percent(100)} {
		p := Pace{Surge: size, Unavailable: Count(1)}
		for before := int64(1); before <= 12; before++ {
			for replicas := before + 1; replicas <= 40; replicas += 3 {
				surgeBefore, _ := p.limits(before)
				for fresh := int64(0); fresh < before+surgeBefore; fresh++ {
					for old := int64(1); fresh+old <= before+surgeBefore; old++ {
						if fresh == 0 && old >= replicas {
							continue // there is nothing to scale
						}
						d := deployment{replicas: replicas, fresh: replicaSet{fresh, fresh}, old: replicaSet{old, 0}}
						d.surge, d.unavailable = p.limits(replicas)
						f := d.fleet()
						f.Before = before
						d.scale(before, surgeBefore)
						if a := Move(f, &full, &p); a.Candidate.Instances != d.fresh.spec || a.Stable.Instances != d.old.spec {
							t.Fatalf("surge %v, from %d to %d at (%d,%d): (%d,%d), a Deployment has (%d,%d)",
								size, before, replicas, fresh, old, a.Candidate.Instances, a.Stable.Instances, d.fresh.spec, d.old.spec)
						}
						if a := Move(f, &bottom, &p); a.Candidate.Instances > fresh {
							t.Fatalf("surge %v, from %d to %d at (%d,%d): a rollback raises the candidate to %d",
								size, before, replicas, fresh, old, a.Candidate.Instances)
						}
						events++
					}
				}
			}
		}
	}
	if events < 1000 {
		t.Errorf("only %d events", events)
	}
	// The product of 50,000 and 50,000 is more than 2^31.
	f := Fleet{Desired: 100_000, Before: 50_000, Stable: Counts{Instances: 25_000}, Candidate: Counts{Instances: 25_000}}
	if a := Move(f, &full, &Pace{Surge: Count(0)}); a.Stable.Instances != 50_000 || a.Candidate.Instances != 50_000 {
		t.Errorf("%+v", a)
	}
}
