package users_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/health/users"
)

const (
	people = 10_000
	every  = 10 * time.Second
	share  = 0.05 // of the users have the candidate
)

// names are those of the users.
var names = func() (all [people]string) {
	for i := range all {
		all[i] = fmt.Sprint("user-", i)
	}
	return all
}()

// fleet serves users who stay with a version, and counts them in every way.
type fleet struct {
	r         *rand.Rand
	candidate [people]bool
	requests  [2]health.Arm // stable's and the candidate's, by requests
	plain     [2]*plain
	counters  [2]*users.Counter
	last      [2]health.Arm // what the counters said last
}

// plain counts a user as seen once, and as failed once.
type plain struct {
	seen, failed [people]bool
	arm          health.Arm
}

func (p *plain) add(user int, failed bool) {
	if !p.seen[user] {
		p.seen[user] = true
		p.arm.Exposure++
	}
	if failed && !p.failed[user] {
		p.failed[user] = true
		p.arm.Bad++
	}
}

// newFleet has one memory for both versions, or one for each.
func newFleet(t *testing.T, seed uint64, shared bool) *fleet {
	f := &fleet{r: rand.New(rand.NewPCG(seed, 5)), plain: [2]*plain{{}, {}}}
	for v := range f.counters {
		var err error
		labels := prometheus.Labels{"version": fmt.Sprint(v)}
		if v == 1 && shared {
			f.counters[v], err = f.counters[0].Beside(labels)
		} else {
			f.counters[v], err = users.New(users.Options{Name: "shop", Labels: labels, Limit: people})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// assign gives the candidate to users at random.
func (f *fleet) assign() {
	for u := range f.candidate {
		f.candidate[u] = f.r.Float64() < share
	}
}

// request is one of a user, who is given by a number.
func (f *fleet) request(user int, failed bool) {
	v := 0
	if f.candidate[user] {
		v = 1
	}
	f.requests[v].Exposure++
	if failed {
		f.requests[v].Bad++
	}
	f.plain[v].add(user, failed)
	f.counters[v].Seen(names[user], failed)
}

// traffic is what users do in an interval: n requests of any, of which the share p fails
// (by version), and one request of each broken client.
func (f *fleet) traffic(n int, p [2]float64, broken int) {
	for range n {
		user := broken + f.r.IntN(people-broken)
		v := 0
		if f.candidate[user] {
			v = 1
		}
		f.request(user, f.r.Float64() < p[v])
	}
	for user := range broken {
		f.request(user, true)
	}
}

type unit int

const (
	byRequest unit = iota
	byPlain
	byCounter
	units
)

// sample closes an interval in every unit.
func (f *fleet) sample(t *testing.T) (all [units]health.Sample) {
	var now [2]health.Arm
	for v, c := range f.counters {
		now[v] = gather(t, c)
	}
	to := time.Now().UTC()
	arms := [units][2]health.Arm{f.requests, {f.plain[0].arm, f.plain[1].arm}, {minus(now[0], f.last[0]), minus(now[1], f.last[1])}}
	for u, a := range arms {
		all[u] = health.Sample{From: to.Add(-every), To: to, Stable: a[0], Candidate: a[1]}
	}
	f.requests, f.last = [2]health.Arm{}, now
	f.plain[0].arm, f.plain[1].arm = health.Arm{}, health.Arm{}
	return all
}

func minus(a, b health.Arm) health.Arm {
	return health.Arm{Exposure: a.Exposure - b.Exposure, Bad: a.Bad - b.Bad}
}

// gather reads a counter as a page would show it.
func gather(t *testing.T, c *users.Counter) (a health.Arm) {
	r := prometheus.NewRegistry()
	if err := r.Register(c); err != nil {
		t.Fatal(err)
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		switch f.GetName() {
		case "shop_users_total":
			a.Exposure = f.GetMetric()[0].GetCounter().GetValue()
		case "shop_users_failed_total":
			a.Bad = f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	return a
}

// watch folds what the fleet does in so many intervals, and gives the evidence of each
// unit and how many of its intervals were no usable sample.
func (f *fleet) watch(t *testing.T, intervals int, traffic func(i int)) (all [units]health.Evidence, unusable [units]int) {
	policies := [units]health.Policy{}
	for u := range policies {
		judge := health.Compare{Bad: "shop_users_failed_total", Total: "shop_users_total"}
		if unit(u) != byRequest {
			judge.Unit = "user"
		}
		policies[u] = health.Policy{
			Budget:  0.001,
			Signals: []health.Signal{{Name: "errors", Judge: judge, Every: every, On: health.Reactions{Degraded: health.Rollback}}},
		}.Normalize()
	}
	for i := range intervals {
		traffic(i)
		time.Sleep(every)
		for u, s := range f.sample(t) {
			if s.Check() != nil {
				unusable[u]++
			}
			policies[u].Fold(0, &all[u], &s)
		}
	}
	return all, unusable
}

// Five broken clients among 10,000 users who stay with their version: counted by
// requests, one of them on the candidate condemns it, however good it is.
func TestBrokenClients(t *testing.T) {
	const runs = 200
	var condemned [units]int
	for seed := range uint64(runs) {
		synctest.Test(t, func(t *testing.T) {
			f := newFleet(t, seed, true)
			f.assign()
			all, _ := f.watch(t, 30, func(int) { f.traffic(400, [2]float64{0.005, 0.005}, 5) })
			for u := range all {
				if all[u].Verdict == health.Degraded {
					condemned[u]++
				}
			}
		})
	}
	t.Logf("of %d healthy candidates were condemned, by requests, once per window, and by the counter: %v", runs, condemned)
	if condemned[byRequest] <= runs/20 {
		t.Errorf("%d of %d condemned by requests: the world is too kind for this test", condemned[byRequest], runs)
	}
	if condemned[byCounter] > 0 {
		t.Errorf("%d of %d condemned by users", condemned[byCounter], runs)
	}
}

// One client in a hundred is broken, and stable has served for ten minutes: it knows
// its broken clients. A candidate that had to find out for itself would look worse.
func TestOneMemory(t *testing.T) {
	const runs = 20
	condemned := map[bool]int{}
	for _, shared := range []bool{true, false} {
		for seed := range uint64(runs) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(t, seed, shared)
				for range 10 {
					f.traffic(400, [2]float64{}, people/100)
					time.Sleep(time.Minute)
				}
				f.sample(t)
				f.assign()
				all, _ := f.watch(t, 20, func(int) { f.traffic(400, [2]float64{0.0005, 0.0005}, people/100) })
				if all[byCounter].Verdict == health.Degraded {
					condemned[shared]++
				}
			})
		}
	}
	t.Logf("condemned of %d healthy candidates: %d with one memory, %d with one for each version", runs, condemned[true], condemned[false])
	if condemned[true] > 0 {
		t.Errorf("%d of %d condemned with one memory", condemned[true], runs)
	}
	if condemned[false] <= runs/20 {
		t.Errorf("%d of %d condemned with two memories: the world is too kind for this test", condemned[false], runs)
	}
}

// A busy client that never fails makes as many requests as all others together. By
// requests whoever has the other version looks twice as bad.
func TestBusyClient(t *testing.T) {
	const runs, busy = 10, people - 1
	var condemned [units]int
	for seed := range uint64(runs) {
		synctest.Test(t, func(t *testing.T) {
			f := newFleet(t, seed, true)
			f.assign()
			f.candidate[busy] = false
			all, _ := f.watch(t, 90, func(int) {
				f.traffic(400, [2]float64{0.05, 0.05}, 0)
				for range 400 {
					f.request(busy, false)
				}
			})
			for u := range all {
				if all[u].Verdict == health.Degraded {
					condemned[u]++
				}
			}
		})
	}
	t.Logf("of %d healthy candidates were condemned, by requests, once per window, and by the counter: %v", runs, condemned)
	if condemned[byRequest] <= runs/20 || condemned[byCounter] > 0 {
		t.Errorf("%d of %d condemned by requests, %d by users", condemned[byRequest], runs, condemned[byCounter])
	}
}

// A candidate that becomes worse after all its users were seen. Counted once per window
// they are failures of nobody, which is no sample.
func TestLateHarm(t *testing.T) {
	for seed := range uint64(2) {
		synctest.Test(t, func(t *testing.T) {
			f := newFleet(t, seed, true)
			f.assign()
			for range 30 { // everybody was here
				for user := range people {
					f.request(user, false)
				}
				time.Sleep(every)
			}
			f.sample(t)
			all, unusable := f.watch(t, 42, func(i int) {
				p := [2]float64{0.001, 0.001}
				if i >= 30 {
					p[1] = 0.1
				}
				f.traffic(2000, p, 0)
			})
			if unusable[byCounter] > 0 || all[byCounter].Verdict != health.Degraded {
				t.Errorf("the counter: %q, %d intervals unusable", all[byCounter].Verdict, unusable[byCounter])
			}
			if unusable[byPlain] == 0 || all[byPlain].Verdict == health.Degraded {
				t.Errorf("once per window: %q, %d intervals unusable: then the rule is not needed", all[byPlain].Verdict, unusable[byPlain])
			}
		})
	}
}
