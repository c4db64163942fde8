package client_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
)

// pair is a set with a switch, a flag that has it as a prerequisite, and two flags that
// serve one number, which rises from reload to reload. The others make a reload last longer,
// so that readers see what is stored in the middle of it, if something is.
func pair(n int64) []byte {
	var others strings.Builder
	for i := range 20 {
		fmt.Fprintf(&others, `"other%d": {"kind": "ops", "owner": "t"}, `, i)
	}
	return fmt.Appendf(nil, `{"flags": { %[2]s
		"switch": {"kind": "ops", "owner": "t", "enabled": true, "rollout": {"exposure": "100%%", "serve": "on"}},
		"asks": {"kind": "ops", "owner": "t", "enabled": true, "prerequisites": [{"flag": "switch", "variants": ["on"]}],
			"rollout": {"exposure": "100%%", "serve": "on"}},
		"a": {"kind": "ops", "owner": "t", "enabled": true, "variants": {"v": %[1]d}, "default": "v"},
		"b": {"kind": "ops", "owner": "t", "enabled": true, "variants": {"v": %[1]d}, "default": "v"}}}`, n, others.String())
}

// Kills and reloads are linearizable: eight readers beside two writers. The switch is killed
// and revived in phases, which the writer publishes before and after each call: a phase is
// a multiple of four while the switch is on for certain, and two more while it is off for
// certain; odd is in between. Each such phase has a whole reload in it. What a reader sees while the phase does not change, must be
// what the phase says. The numbers never fall for a reader that reads one after the other,
// are never less than what a reload that has returned stored, nor more than what one that
// has begun stores, and are equal in one snapshot.
func TestLinearizable(t *testing.T) {
	source := &client.Memory{}
	source.Set(pair(0))
	c := newClient(t, client.Options{Source: source, Count: true})
	refresh(t, c)
	var phase, begun, ended atomic.Int64
	var readers, writers sync.WaitGroup
	var stop atomic.Bool
	const rounds = 12
	overlap := func() { // waits until a reload has begun and ended
		for n := begun.Load(); ended.Load() <= n; {
			runtime.Gosched()
		}
	}
	writers.Go(func() {
		for range rounds {
			phase.Add(1)
			_ = c.Kill("switch")
			phase.Add(1) // off
			overlap()
			phase.Add(1)
			_ = c.Revive("switch")
			phase.Add(1) // on
			overlap()
		}
		stop.Store(true)
	})
	writers.Go(func() {
		for n := int64(1); !stop.Load(); n++ {
			begun.Store(n)
			source.Set(pair(n))
			refresh(t, c)
			ended.Store(n)
		}
	})
	var certain atomic.Int64
	for i := range 8 {
		readers.Go(func() {
			r := reader{t: t, c: c, byHandle: i%2 == 0}
			r.handles = map[string]*client.Handle{}
			for _, n := range c.Snapshot().Names() {
				r.handles[n] = c.Handle(n)
			}
			for !stop.Load() {
				if r.kills(&phase) {
					certain.Add(1)
				}
				r.reloads(&begun, &ended)
			}
		})
	}
	writers.Wait()
	readers.Wait()
	if certain.Load() == 0 {
		t.Error("no reader ever saw a phase from one end to the other")
	}
	var sum uint64
	for _, n := range c.Counts() {
		sum += n.N
	}
	if sum == 0 {
		t.Error("nothing was counted")
	}
}

type reader struct {
	t        *testing.T
	c        *client.Client
	byHandle bool
	handles  map[string]*client.Handle
	last     float64
}

func (r *reader) on(name string) bool {
	if r.byHandle {
		return r.handles[name].Bool(subject, false)
	}
	return r.c.Bool(name, subject, false)
}

func (r *reader) num(name string) float64 {
	if r.byHandle {
		return r.handles[name].Num(subject, -1)
	}
	return r.c.Num(name, subject, -1)
}

// kills reports whether it was certain what had to be seen.
func (r *reader) kills(phase *atomic.Int64) bool {
	before := phase.Load()
	s, asks := r.on("switch"), r.on("asks")
	snapshot := r.c.Snapshot()
	if one, other := snapshot.Evaluate("switch", subject, noTime), snapshot.Evaluate("asks", subject, noTime); one.Variant != other.Variant {
		r.t.Errorf("in one snapshot the switch is %s, and who asks for it %s", one.Variant, other.Variant)
	}
	if phase.Load() != before || before%2 != 0 {
		return false
	}
	if want := before%4 == 0; s != want || asks != want {
		r.t.Errorf("in phase %d the switch is %v, and who asks for it %v", before, s, asks)
	}
	return true
}

func (r *reader) reloads(begun, ended *atomic.Int64) {
	least := float64(ended.Load())
	a := r.num("a")
	b := r.num("b")
	if most := float64(begun.Load()); a < least || a > most || b < a || b > most || a < r.last {
		r.t.Errorf("a is %v and then b %v, after %v; at least %v, at most %v", a, b, r.last, least, most)
	}
	r.last = b
	s := r.c.Snapshot()
	if one, other := s.Num("a", subject, noTime, -1), s.Num("b", subject, noTime, -2); one != other {
		r.t.Errorf("in one snapshot a is %v and b %v", one, other)
	}
}

// A flag whose evaluation is under way while it is killed may be seen either way, but one
// that begins later may not, however often the handle was used before.
func TestKillIsSeenByTheNext(t *testing.T) {
	c, _ := liveWith(t, string(pair(1)), client.Options{})
	h := c.Handle("asks")
	for range 100 {
		if !h.Bool(subject, false) || !c.Bool("asks", subject, false) {
			t.Fatal("it is off")
		}
		_ = c.Kill("switch")
		if h.Bool(subject, true) || c.Bool("asks", subject, true) {
			t.Fatal("it is on")
		}
		_ = c.Revive("switch")
	}
	if r := h.Evaluate(nil); r.Error != toggle.TargetingKeyMissing && r.Variant != "on" {
		t.Error(r)
	}
}
