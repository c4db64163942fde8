package rollout_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

// quiet is a rollout in the middle of a bake, and an input that brings nothing new.
func quiet(t fataler) (*rollout.Machine, rollout.State, rollout.Input) {
	p := canaryPlan()
	p.Stages[0].Gates.Step = []gate.Gate{gate.All{gate.Bake{For: time.Hour}, gate.Requests{Min: 1 << 40}, gate.Healthy{}}}
	s := newSim(t, p)
	for range 30 {
		s.step()
	}
	in := s.input()
	next, _ := s.m.Decide(s.state, in)
	in.Now = in.Now.Add(100 * time.Millisecond)
	return s.m, next, in
}

func TestQuietDecideAllocatesNothing(t *testing.T) {
	m, s, in := quiet(t)
	if _, out := m.Decide(s, in); out.Save {
		t.Fatalf("the input is not quiet: %v", out.Events)
	}
	if n := testing.AllocsPerRun(100, func() { m.Decide(s, in) }); n != 0 {
		t.Errorf("a Decide that changes nothing allocates %v times", n)
	}
	held := s
	held.Hold = &rollout.Hold{Stage: "prod", Cause: rollout.CauseRefused, Reason: "?"}
	if _, out := m.Decide(held, in); out.Save {
		t.Fatalf("the input is not quiet: %v", out.Events)
	}
	if n := testing.AllocsPerRun(100, func() { m.Decide(held, in) }); n != 0 {
		t.Errorf("a Decide that is held and changes nothing allocates %v times", n)
	}
}

func BenchmarkDecide(b *testing.B) {
	b.Run("quiet", func(b *testing.B) {
		m, s, in := quiet(b)
		b.ReportAllocs()
		for b.Loop() {
			m.Decide(s, in)
		}
	})
	b.Run("sample", func(b *testing.B) {
		m, s, in := quiet(b)
		in.Now = in.Now.Add(time.Second)
		in.Fleets[0].At = in.Now
		sim := &sim{t: b, m: m, now: in.Now, state: s, fleets: map[string]*fleet{"prod": newFleet("1.0", 10)}}
		in.Samples = append(in.Samples, sim.sample(s.Ask[0]))
		b.ReportAllocs()
		for b.Loop() {
			m.Decide(s, in)
		}
	})
	b.Run("rollout", func(b *testing.B) { // from the start to the end, without the test's own checks
		m, err := rollout.Compile(canaryPlan())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			world := &sim{t: b, m: m, now: epoch, fleets: map[string]*fleet{"prod": newFleet("1.0", 10)}}
			for done := false; !done; world.now = world.now.Add(time.Second) {
				next, out := m.Decide(world.state, world.input())
				world.state, done = next, out.Done
				for i := range out.Want {
					world.obey(&out.Want[i])
				}
			}
		}
	})
}

// BenchmarkMapLookup is the yardstick of the same run: one lookup among a hundred.
func BenchmarkMapLookup(b *testing.B) {
	m := map[string]int64{}
	keys := make([]string, 100)
	for i := range keys {
		keys[i] = fmt.Sprintf("stage-%d/signal", i)
		m[keys[i]] = int64(i)
	}
	i, sum := 0, int64(0)
	b.ReportAllocs()
	for b.Loop() {
		sum += m[keys[i%100]]
		i++
	}
	_ = sum
}
