package route

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/strategy"
)

func drawWeight(t *rapid.T, label string, most strategy.Weight) strategy.Weight {
	edges := rapid.SampledFrom([]strategy.Weight{0, 1, 100, 5000, 9999, strategy.Full})
	any := rapid.Custom(func(t *rapid.T) strategy.Weight {
		return strategy.Weight(rapid.Int32Range(0, int32(strategy.Full)).Draw(t, "bp"))
	})
	return min(most, rapid.OneOf(edges, any).Draw(t, label))
}

// drawKey draws a value of the sticky attribute.
func drawKey(t *rapid.T) string {
	return rapid.OneOf(rapid.StringN(1, 40, -1), rapid.StringMatching(`user-[0-9]{1,6}`)).Draw(t, "key")
}

// TestUsersStay changes the weights in every possible way, and checks for a user who
// may go where. Users that are drawn by the same number stay alike.
func TestUsersStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := tableOf(t, byUser, rapid.String().Draw(t, "salt"))
		r := Request{Draw: rapid.Uint64().Draw(t, "draw")}
		if rapid.Bool().Draw(t, "sticky") {
			r.Attribute = attributes{"user id": drawKey(t)}.get
		}
		c1, c2 := drawWeight(t, "candidate", strategy.Full), drawWeight(t, "candidate, then", strategy.Full)
		l1, l2 := drawWeight(t, "leftover", strategy.Full-c1), drawWeight(t, "leftover, then", strategy.Full-c2)
		from, to := table.Route(weights(c1, l1), r), table.Route(weights(c2, l2), r)
		if from.Version != to.Version {
			var why bool
			switch to.Version {
			case Candidate:
				why = c2 > c1 && (from.Version != Stable || c2+l2 > c1+l1)
			case Stable:
				why = c2+l2 < c1+l1
			case Leftover:
				why = from.Version == Candidate && c2 < c1 || from.Version == Stable && c2+l2 > c1+l1
			}
			if !why {
				t.Fatalf("from %s to %s, while the candidate goes from %s to %s and leftovers from %s to %s", from.Version, to.Version, c1, c2, l1, l2)
			}
		}
		if again := table.Route(weights(c1, l1), r); again != from {
			t.Fatalf("%+v, then %+v", from, again)
		}
		if from.Drawn != (r.Attribute == nil) || from.Rule != -1 || from.Mirror {
			t.Fatalf("%+v", from)
		}
	})
}

// TestTakeover: while a candidate takes the place of a superseded one, users of the
// two change from it to the candidate, and nobody else is moved.
func TestTakeover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := tableOf(t, byUser, rapid.String().Draw(t, "salt"))
		r := Request{Attribute: attributes{"user id": drawKey(t)}.get}
		both := drawWeight(t, "both", strategy.Full)
		c1 := drawWeight(t, "candidate", both)
		c2 := drawWeight(t, "candidate, then", both)
		c1, c2 = min(c1, c2), max(c1, c2)
		from, to := table.Route(weights(c1, both-c1), r).Version, table.Route(weights(c2, both-c2), r).Version
		if from != to && (from != Leftover || to != Candidate) {
			t.Fatalf("from %s to %s, while the candidate takes %s to %s of %s", from, to, c1, c2, both)
		}
	})
}

// TestStickyKnowsNoDraw checks that the draw of a sticky request moves its mirror only.
func TestStickyKnowsNoDraw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := tableOf(t, byUser, "")
		get := attributes{"user id": drawKey(t)}.get
		c := drawWeight(t, "candidate", strategy.Full)
		a := weights(c, drawWeight(t, "leftover", strategy.Full-c))
		a.Mirror = drawWeight(t, "mirror", strategy.Full)
		one := table.Route(a, Request{Attribute: get, Draw: rapid.Uint64().Draw(t, "one")})
		two := table.Route(a, Request{Attribute: get, Draw: rapid.Uint64().Draw(t, "two")})
		if one.Version != two.Version || one.Drawn || two.Drawn {
			t.Fatalf("%+v and %+v", one, two)
		}
	})
}

// TestExtremes checks what must hold for every request at weights that leave no
// choice, whoever it comes from.
func TestExtremes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := tableOf(t, byUser, rapid.String().Draw(t, "salt"))
		r := Request{Draw: rapid.Uint64().Draw(t, "draw")}
		if rapid.Bool().Draw(t, "sticky") {
			r.Attribute = attributes{"user id": drawKey(t)}.get
		}
		for _, test := range []struct {
			a    strategy.Allocation
			want Version
		}{
			{weights(0, 0), Stable}, {weights(strategy.Full, 0), Candidate}, {weights(0, strategy.Full), Leftover},
		} {
			for _, mirror := range []strategy.Weight{-1, 0, strategy.Full, strategy.Full + 1} {
				test.a.Mirror = mirror
				d := table.Route(test.a, r)
				if d.Version != test.want || d.Mirror != (d.Version == Stable && mirror >= strategy.Full) {
					t.Fatalf("%+v: %+v", test.a, d)
				}
			}
		}
	})
}

// TestWholeRegexp holds the anchors against another way to find out: the longest
// match from the start is the whole value.
func TestWholeRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		expr := rapid.OneOf(
			rapid.StringOfN(rapid.RuneFrom([]rune(`aab.*+?|()[]^$\QEdAzbim:{}1,`)), 1, 12, -1),
			rapid.SampledFrom([]string{`\Qa.`, `\Qa\Eb`, `(?i)a|b`, `(?m:^a$)`, `(?s).`, `a|(?i)b`, `\`, `a\`, `\Q`, `(?U)a+`, `^a|b$`, `\ba\b`}),
		).Draw(t, "regexp")
		want, err := regexp.Compile(expr)
		got, anchoredErr := anchored(expr)
		if (err == nil) != (anchoredErr == nil) {
			t.Fatalf("%q: %v, but %v", expr, err, anchoredErr)
		}
		if err != nil {
			return
		}
		want.Longest()
		value := rapid.StringOfN(rapid.RuneFrom([]rune("abABE.Q\n()")), 0, 5, -1).Draw(t, "value")
		at := want.FindStringIndex(value)
		if whole := at != nil && at[0] == 0 && at[1] == len(value); whole != got.MatchString(value) {
			t.Fatalf("%q on %q: %v, but anchored %v (%s)", expr, value, whole, !whole, got)
		}
	})
}

// TestShares checks many requests against the shares, for sticky ones and for drawn
// ones, and that mirrors are spread over stable's users alike.
func TestShares(t *testing.T) {
	const n = 100_000
	a := weights(1000, 500)
	a.Mirror = 3000
	table := tableOf(t, byUser, "checkout")
	for _, sticky := range []bool{true, false} {
		seen, mirrored := map[Version]int{}, map[bool]int{}
		for i := range n {
			r := Request{Draw: uint64(i)}
			if sticky {
				r.Attribute = attributes{"user id": families["padded numbers"](i)}.get
			}
			d := table.Route(a, r)
			seen[d.Version]++
			if d.Mirror {
				mirrored[d.Version == Stable]++
			}
		}
		near := func(what string, got, of int, want strategy.Weight) {
			if off := float64(got)/float64(of) - float64(want)/float64(strategy.Full); off < -0.005 || off > 0.005 {
				t.Errorf("sticky %v: %s has %d of %d, not %s", sticky, what, got, of, want)
			}
		}
		near("candidate", seen[Candidate], n, 1000)
		near("leftover", seen[Leftover], n, 500)
		near("stable", seen[Stable], n, 8500)
		near("the mirror", mirrored[true], seen[Stable], 3000)
		if mirrored[false] > 0 {
			t.Errorf("sticky %v: %d copies of others' requests", sticky, mirrored[false])
		}
	}
}
