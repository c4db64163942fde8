package client_test

import (
	"context"
	"fmt"
	"math/bits"
	"sync/atomic"
	"testing"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
)

// The benchmarks go through the client, as users do: 100 flags, 1024 subjects that were made
// before, keys of 16 bytes. Run them with
//
//	go test -run '^$' -bench . -cpu 1,2 -count 6 ./toggle/client
//
// What must hold, of the medians of one run: Constant at most 2 times FloorConstant,
// Percentage at most 2.5 times FloorPercentage, Rule at most 6 times it, Handle below
// FloorConstant, no allocation anywhere, and with -cpu 2 each at least 1.8 times as many.

const benchFlags = 100

func benchNames(kind string) string { return fmt.Sprintf("flag-%s-%03d", kind, benchFlags/2) }

func benchClient(b *testing.B, count bool) *client.Client {
	b.Helper()
	set := toggle.Set{Flags: map[string]toggle.Flag{}}
	half := &toggle.Rollout{Exposure: 500_000, Serve: "on"}
	pro, age := toggle.Text("pro"), 18.0
	countries := []toggle.Value{toggle.Text("CH"), toggle.Text("DE"), toggle.Text("AT")}
	for i := range benchFlags {
		kind, s := "constant", toggle.Settings{Enabled: true, Rules: []toggle.Rule{{Serve: "on"}}}
		switch {
		case i == benchFlags/2, i%3 == 0:
		case i%3 == 1:
			kind, s = "percentage", toggle.Settings{Enabled: true, Rollout: half}
		}
		set.Flags[fmt.Sprintf("flag-%s-%03d", kind, i)] = toggle.Flag{Kind: toggle.Ops, Owner: "bench", Settings: s}
	}
	set.Flags[benchNames("percentage")] = toggle.Flag{
		Kind: toggle.Ops, Owner: "bench", Settings: toggle.Settings{Enabled: true, Rollout: half},
	}
	set.Flags[benchNames("rule")] = toggle.Flag{Kind: toggle.Ops, Owner: "bench", Settings: toggle.Settings{
		Enabled: true,
		Rules: []toggle.Rule{{
			When: toggle.Condition{All: []toggle.Condition{
				{Attribute: "country", In: countries},
				{Attribute: "plan", Equals: &pro},
				{Attribute: "age", AtLeast: &age},
			}},
			Rollout: half,
		}},
	}}
	delete(set.Flags, "flag-constant-000") // 100 in all
	delete(set.Flags, "flag-constant-003")
	source := &client.Memory{}
	if err := source.Store(set); err != nil {
		b.Fatal(err)
	}
	c, err := client.New(client.Options{Source: source, Count: count})
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Refresh(context.Background()); err != nil {
		b.Fatal(err)
	}
	if n := len(c.Snapshot().Names()); n != benchFlags {
		b.Fatalf("%d flags", n)
	}
	if err := c.Status().Broken; err != nil {
		b.Fatal(err)
	}
	return c
}

const benchMask = 1023

func benchSubjects() []*toggle.Subject {
	all := make([]*toggle.Subject, benchMask+1)
	for i := range all {
		all[i] = &toggle.Subject{Key: fmt.Sprintf("user-%011d", i*7919), Attributes: map[string]toggle.Value{
			"country": toggle.Text([]string{"CH", "DE", "AT"}[i%3]), "plan": toggle.Text("pro"), "age": toggle.Num(float64(18 + i%60)),
		}}
	}
	return all
}

// each runs one evaluation of each kind on as many goroutines as there are processors.
func each(b *testing.B, evaluate func(sub *toggle.Subject) bool) {
	subjects := benchSubjects()
	on := 0
	for _, s := range subjects {
		if evaluate(s) {
			on++
		}
	}
	if on < 400 {
		b.Fatalf("%d of %d are on", on, len(subjects))
	}
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		i, n := 0, 0
		for pb.Next() {
			if evaluate(subjects[i&benchMask]) {
				n++
			}
			i++
		}
		if i > 1024 && n == 0 {
			b.Error("nobody is on")
		}
	})
}

func BenchmarkConstant(b *testing.B) {
	c, name := benchClient(b, false), benchNames("constant")
	each(b, func(sub *toggle.Subject) bool { return c.Bool(name, sub, false) })
}

func BenchmarkPercentage(b *testing.B) {
	c, name := benchClient(b, false), benchNames("percentage")
	each(b, func(sub *toggle.Subject) bool { return c.Bool(name, sub, false) })
}

func BenchmarkRule(b *testing.B) {
	c, name := benchClient(b, false), benchNames("rule")
	each(b, func(sub *toggle.Subject) bool { return c.Bool(name, sub, false) })
}

func BenchmarkHandle(b *testing.B) {
	h := benchClient(b, false).Handle(benchNames("constant"))
	each(b, func(sub *toggle.Subject) bool { return h.Bool(sub, false) })
}

// Evaluate copies the whole result: value, variant, reason, rule, state.
func BenchmarkEvaluate(b *testing.B) {
	c, name := benchClient(b, false), benchNames("percentage")
	each(b, func(sub *toggle.Subject) bool { r := c.Evaluate(name, sub); return r.Value.Bool() })
}

func BenchmarkCounted(b *testing.B) {
	c := benchClient(b, true)
	for _, kind := range []string{"constant", "percentage", "rule"} {
		name := benchNames(kind)
		b.Run(kind, func(b *testing.B) {
			each(b, func(sub *toggle.Subject) bool { return c.Bool(name, sub, false) })
		})
	}
	h := c.Handle(benchNames("constant"))
	b.Run("handle", func(b *testing.B) {
		each(b, func(sub *toggle.Subject) bool { return h.Bool(sub, false) })
	})
}

// floor is the least that an evaluation by name can be: a pointer and a map.
type floor struct {
	flags atomic.Pointer[map[string]*floorFlag]
}

type floorFlag struct {
	on    bool
	limit uint64
}

func newFloor(b *testing.B) *floor {
	flags := map[string]*floorFlag{}
	for _, n := range benchClient(b, false).Snapshot().Names() {
		flags[n] = &floorFlag{on: true, limit: 1 << 63}
	}
	f := &floor{}
	f.flags.Store(&flags)
	return f
}

func BenchmarkFloorConstant(b *testing.B) {
	f, name := newFloor(b), benchNames("constant")
	each(b, func(*toggle.Subject) bool {
		flag := (*f.flags.Load())[name]
		return flag != nil && flag.on
	})
}

func BenchmarkFloorPercentage(b *testing.B) {
	f, name := newFloor(b), benchNames("percentage")
	each(b, func(sub *toggle.Subject) bool {
		flag := (*f.flags.Load())[name]
		return flag != nil && plainHash(sub.Key) < flag.limit
	})
}

// plainHash is XXH64 of a key of 16 bytes with seed 0, which is what package bucket hashes
// with, written for that length alone.
func plainHash(key string) uint64 {
	if len(key) != 16 {
		return 0
	}
	const p1, p2, p3, p4, p5 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
	h := uint64(p5) + 16
	for at := 0; at < 16; at += 8 {
		k := key[at : at+8]
		w := uint64(k[0]) | uint64(k[1])<<8 | uint64(k[2])<<16 | uint64(k[3])<<24 |
			uint64(k[4])<<32 | uint64(k[5])<<40 | uint64(k[6])<<48 | uint64(k[7])<<56
		h = bits.RotateLeft64(h^bits.RotateLeft64(w*p2, 31)*p1, 27)*p1 + p4
	}
	h = (h ^ h>>33) * p2
	h = (h ^ h>>29) * p3
	return h ^ h>>32
}
