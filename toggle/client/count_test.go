package client_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
)

// No evaluation is lost or counted twice, whoever evaluates beside whom, and whatever is
// loaded or killed meanwhile.
func TestCountsAddUp(t *testing.T) {
	c, source := liveWith(t, string(pair(0)), client.Options{Count: true})
	const readers, rounds = 8, 2000
	var all sync.WaitGroup
	for range readers {
		all.Go(func() {
			h := c.Handle("switch")
			for range rounds {
				c.Bool("asks", subject, false)
				h.Evaluate(subject)
			}
		})
	}
	for n := range 50 {
		source.Set(pair(int64(n)))
		refresh(t, c)
		_ = c.Kill("switch")
		_ = c.Revive("switch")
	}
	all.Wait()
	sums := map[string]uint64{}
	for _, n := range c.Counts() {
		sums[n.Flag] += n.N
	}
	if len(sums) != 2 || sums["asks"] != readers*rounds || sums["switch"] != readers*rounds {
		t.Error(sums)
	}
}

// More outcomes than fit into one line are counted apart.
func TestCountsOfMany(t *testing.T) {
	f := toggle.Flag{Kind: toggle.Ops, Owner: "t", Variants: map[string]toggle.Value{}, Default: "v00"}
	f.Enabled = true
	for i := range 30 {
		name, key := fmt.Sprintf("v%02d", i), toggle.Text(fmt.Sprint("k", i))
		f.Variants[name] = toggle.Num(float64(i))
		f.Rules = append(f.Rules, toggle.Rule{When: toggle.Condition{Attribute: "key", Equals: &key}, Serve: name})
	}
	source := &client.Memory{}
	if err := source.Store(toggle.Set{Flags: map[string]toggle.Flag{"f": f}}); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, client.Options{Source: source, Count: true})
	refresh(t, c)
	for i := range 30 {
		for range i + 1 {
			c.Num("f", &toggle.Subject{Key: fmt.Sprint("k", i)}, 0)
		}
	}
	got := c.Counts()
	if len(got) != 30 {
		t.Fatalf("%d counts", len(got))
	}
	for i, n := range got {
		if n.N != uint64(i+1) || n.Variant != fmt.Sprintf("v%02d", i) {
			t.Errorf("%+v", n)
		}
	}
}

func TestNothingIsCounted(t *testing.T) {
	c, _ := liveWith(t, string(pair(0)), client.Options{})
	c.Bool("switch", subject, false)
	if got := c.Counts(); len(got) > 0 {
		t.Error(got)
	}
}

// No evaluation allocates, with counters or without.
func TestAllocatesNothing(t *testing.T) {
	for _, count := range []bool{false, true} {
		c, _ := liveWith(t, string(pair(0)), client.Options{Count: count})
		h := c.Handle("asks")
		if n := testing.AllocsPerRun(1000, func() {
			c.Bool("asks", subject, false)
			c.Num("a", nil, 0)
			c.Text("a", nil, "")
			c.Evaluate("none", subject)
			r := h.Evaluate(subject)
			r.Age(noTime)
			h.Bool(subject, false)
		}); n > 0 {
			t.Errorf("%v allocations, counting %v", n, count)
		}
	}
}
