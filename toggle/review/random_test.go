package review

import (
	"math/big"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

var variants = []string{"a", "b", "c", "d"} // never written

// drawShare draws an exposure, the ends more often than chance has them.
func drawShare() *rapid.Generator[bucket.Share] {
	return rapid.OneOf(
		rapid.SampledFrom([]bucket.Share{0, 1, bucket.Everybody / 10, bucket.Everybody / 2, bucket.Everybody - 1, bucket.Everybody}),
		rapid.Map(rapid.Int32Range(0, int32(bucket.Everybody)), func(n int32) bucket.Share { return bucket.Share(n) }),
	)
}

// drawParts draws a split.
func drawParts(t *rapid.T) []toggle.Part {
	var parts []toggle.Part
	for _, v := range rapid.Permutation(variants).Draw(t, "order")[:rapid.IntRange(1, len(variants)).Draw(t, "variants")] {
		parts = append(parts, toggle.Part{Variant: v, Weight: rapid.Int64Range(0, 20).Draw(t, "weight")})
	}
	parts[0].Weight++
	return parts
}

// drawRollout draws a rollout of the native algorithm.
func drawRollout(t *rapid.T) *toggle.Rollout {
	r := &toggle.Rollout{Exposure: drawShare().Draw(t, "exposure"), Salt: rapid.SampledFrom([]string{"", "other"}).Draw(t, "salt")}
	if rapid.Bool().Draw(t, "serve") {
		r.Serve = rapid.SampledFrom(variants).Draw(t, "variant")
		return r
	}
	r.Split = drawParts(t)
	for range rapid.IntRange(0, 2).Draw(t, "reweighted") {
		next, err := Reweight(*r, drawParts(t))
		if err != nil {
			t.Fatal(err)
		}
		r = &next
	}
	return r
}

// attributes are what the conditions of random flags are about.
var attributes = []string{"x", "y", "z"} // never written

func drawRule(t *rapid.T) toggle.Rule {
	var r toggle.Rule
	if a := rapid.SampledFrom(append([]string{""}, attributes...)).Draw(t, "attribute"); a != "" {
		yes := toggle.Bool(true)
		r.When = toggle.Condition{Attribute: a, Equals: &yes}
	}
	if rapid.Bool().Draw(t, "all") {
		r.Serve = rapid.SampledFrom(variants).Draw(t, "variant")
		return r
	}
	r.Rollout = drawRollout(t)
	r.Rollout.Next = rapid.Bool().Draw(t, "next")
	return r
}

// drawFlag draws a flag with rules.
func drawFlag(t *rapid.T) toggle.Flag {
	f := flagOf(nil)
	f.Enabled = rapid.IntRange(0, 9).Draw(t, "enabled") > 0
	f.Default = rapid.SampledFrom(variants).Draw(t, "default")
	f.Off = rapid.SampledFrom(variants).Draw(t, "off")
	for range rapid.IntRange(0, 4).Draw(t, "rules") {
		f.Rules = append(f.Rules, drawRule(t))
	}
	if rapid.Bool().Draw(t, "rollout") {
		f.Rollout = drawRollout(t)
	}
	return f
}

// drawNext draws what somebody may make of a flag, by one change or by two.
func drawNext(t *rapid.T, f toggle.Flag) toggle.Flag {
	f = drawChange(t, f)
	if rapid.Bool().Draw(t, "again") {
		f = drawChange(t, f)
	}
	return f
}

func drawChange(t *rapid.T, f toggle.Flag) toggle.Flag {
	f.Rules = append([]toggle.Rule(nil), f.Rules...)
	n := len(f.Rules)
	switch rapid.IntRange(0, 9).Draw(t, "change") {
	case 0:
		return drawFlag(t)
	case 1:
		f.Rollout = drawRollout(t)
	case 2:
		f.Rules = append(f.Rules, drawRule(t))
	case 3:
		f.Rules = rapid.Permutation(f.Rules).Draw(t, "rules")
	case 4:
		f.Default = rapid.SampledFrom(variants).Draw(t, "default")
	case 5:
		if n > 0 {
			f.Rules[rapid.IntRange(0, n-1).Draw(t, "rule")] = drawRule(t)
		}
	case 6:
		if n > 0 {
			at := rapid.IntRange(0, n-1).Draw(t, "gone")
			f.Rules = append(f.Rules[:at:at], f.Rules[at+1:]...)
		}
	case 7:
		f.Enabled = !f.Enabled
	case 8:
		f.Off = rapid.SampledFrom(variants).Draw(t, "off")
	case 9:
		if at := rapid.IntRange(0, 2).Draw(t, "passes on"); at < n && f.Rules[at].Rollout != nil {
			r := *f.Rules[at].Rollout
			r.Next = !r.Next
			f.Rules[at].Rollout = &r
		}
	}
	return f
}

// flagOf is a flag with a rollout alone.
func flagOf(r *toggle.Rollout) toggle.Flag {
	f := toggle.Flag{Kind: toggle.Ops, Owner: "us", Default: "a", Variants: map[string]toggle.Value{}}
	for _, v := range variants {
		f.Variants[v] = toggle.Text(v)
	}
	f.Enabled, f.Rollout = true, r
	return f
}

func setOf(f toggle.Flag) toggle.Set { return toggle.Set{Flags: map[string]toggle.Flag{"flag": f}} }

// onlyMove is what a change of one flag without rules does.
func onlyMove(before, after toggle.Flag) Move {
	r := Diff(setOf(before), setOf(after), Options{})
	if len(r.Flags) == 0 || len(r.Flags[0].Moves) == 0 {
		return Move{}
	}
	return r.Flags[0].Moves[0]
}

// fatal is what both kinds of tests have.
type fatal interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func compiled(t fatal, s toggle.Set) *toggle.Snapshot {
	t.Helper()
	snapshot, err := toggle.Compile(s, toggle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

// within says whether n of total is what a share p makes likely: 6 standard deviations, and
// one part per million for the rounding. Of a share so small that its count is no bell curve
// a few are let through; of nobody none is.
func within(n, total int, p bucket.Share) bool {
	if p == 0 {
		return n == 0
	}
	share := float64(p) / float64(bucket.Everybody)
	low := max(0, share-1e-6)
	off := max(0, float64(n)-share*float64(total), low*float64(total)-float64(n))
	return off*off <= 36*(1+max(share*(1-share), low*(1-low))*float64(total))
}

// slot is what a slot of a stream gives before and after.
type slot struct{ old, new int }

// slots counts one by one what the positions of a stream give before and after.
func slots(old, now bucket.Stream) map[slot]int64 {
	out := map[slot]int64{}
	i, j, last, run := 0, 0, slot{}, int64(0)
	for p := range uint64(bucket.Everybody) {
		for p >= old.Ranges[i].To {
			i++
		}
		for p >= now.Ranges[j].To {
			j++
		}
		if s := (slot{old.Ranges[i].Variant, now.Ranges[j].Variant}); s != last {
			out[last] += run
			last, run = s, 0
		}
		run++
	}
	out[last] += run
	return out
}

// everything is a stream that gives one thing.
func everything(variant int) bucket.Stream {
	return bucket.Stream{Hash: "", Space: uint64(bucket.Everybody), Ranges: []bucket.Range{{To: uint64(bucket.Everybody), Variant: variant}}}
}

// brute is a Move of two rollouts, counted over every slot of every stream.
func brute(t fatal, before, after *toggle.Flag) Move {
	t.Helper()
	streams := func(f *toggle.Flag) (gate, split bucket.Stream, names []string) {
		d, names := f.Rollout.Distribution("flag", f)
		plan, err := bucket.Compile(d)
		if err != nil {
			t.Fatal(err)
		}
		s := plan.Streams()
		if len(s) == 1 {
			s = append(s, everything(0))
		}
		return s[0], s[1], names
	}
	g, s, names := streams(before)
	h, u, later := streams(after)
	pairs := map[[2]string]*big.Int{}
	count := func(i, j, k, l int, n *big.Int) {
		was, is := before.Default, after.Default
		if i >= 0 {
			was = names[j]
		}
		if k >= 0 {
			is = later[l]
		}
		p := [2]string{was, is}
		if pairs[p] == nil {
			pairs[p] = new(big.Int)
		}
		pairs[p].Add(pairs[p], n)
	}
	million := int64(bucket.Everybody)
	product := func(n ...int64) *big.Int {
		p := big.NewInt(1)
		for _, f := range n {
			p.Mul(p, big.NewInt(f))
		}
		return p
	}
	if before.Rollout.Salt == after.Rollout.Salt {
		splits := slots(s, u)
		for gate, n := range slots(g, h) {
			for split, m := range splits {
				count(gate.old, split.old, gate.new, split.new, product(n, m, million, million))
			}
		}
	} else {
		one, two, three := slots(s, everything(0)), slots(everything(0), h), slots(everything(0), u)
		for gate, n := range slots(g, everything(0)) {
			for a, m := range one {
				for b, o := range two {
					for c, p := range three {
						count(gate.old, a.old, b.new, c.new, product(n, m, o, p))
					}
				}
			}
		}
	}
	return summed(pairs, product(million, million, million, million), before, after)
}

// summed adds up who moves.
func summed(pairs map[[2]string]*big.Int, all *big.Int, before, after *toggle.Flag) Move {
	moved, joins, leaves, least := new(big.Rat), new(big.Rat), new(big.Rat), new(big.Rat)
	gains := map[string]*big.Rat{}
	for _, v := range variants {
		gains[v] = new(big.Rat)
	}
	for p, n := range pairs {
		if p[0] == p[1] {
			continue
		}
		part := new(big.Rat).SetFrac(n, all)
		moved.Add(moved, part)
		if p[0] == before.Off && p[1] != after.Off {
			joins.Add(joins, part)
		}
		if p[0] != before.Off && p[1] == after.Off {
			leaves.Add(leaves, part)
		}
		gains[p[1]].Add(gains[p[1]], part)
		gains[p[0]].Sub(gains[p[0]], part)
	}
	for _, g := range gains {
		if g.Sign() > 0 {
			least.Add(least, g)
		}
	}
	up := func(r *big.Rat) bucket.Share {
		n := new(big.Int).Mul(r.Num(), big.NewInt(int64(bucket.Everybody)))
		q, rest := new(big.Int).QuoRem(n, r.Denom(), new(big.Int))
		if rest.Sign() > 0 {
			return bucket.Share(q.Int64() + 1)
		}
		return bucket.Share(q.Int64())
	}
	return Move{Moved: up(moved), Minimum: up(least), Joins: up(joins), Leaves: up(leaves)}
}

var day = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC) // never written
