package review

import (
	"slices"
	"strconv"
	"testing"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// What is said of rollouts of other systems' algorithms is what keys get, also where only a
// sample can tell: Unleash divides by the sum of the weights.
func TestDiffOfOtherAlgorithms(t *testing.T) {
	const keys = 50_000
	percent := bucket.Everybody / 100
	split := func(exposure bucket.Share, b, c int64) toggle.Rollout {
		return toggle.Rollout{Exposure: exposure * percent, Split: []toggle.Part{{Variant: "b", Weight: b}, {Variant: "c", Weight: c}}}
	}
	serve := func(exposure bucket.Share) toggle.Rollout {
		return toggle.Rollout{Exposure: exposure * percent, Serve: "b"}
	}
	for _, c := range []struct {
		algorithm bucket.Algorithm
		old, new  toggle.Rollout
		basis     Basis
	}{
		{bucket.Unleash, serve(10), serve(35), Exact},
		{bucket.Unleash, split(50, 1, 1), split(50, 1, 2), Sampled},
		{bucket.LaunchDarkly, split(50, 1, 1), split(40, 1, 3), Exact},
		{bucket.Statsig, split(50, 1, 1), split(60, 1, 3), Exact},
		{bucket.FlagdV2, split(50, 1, 1), split(60, 1, 1), ""},
		{bucket.Split, split(50, 1, 1), split(60, 1, 3), Exact},
	} {
		t.Run(string(c.algorithm), func(t *testing.T) {
			old, now := c.old, c.new
			for _, r := range []*toggle.Rollout{&old, &now} {
				r.Bucketing, r.Salt = c.algorithm, "17"
				switch c.algorithm {
				case bucket.FlagdV2, bucket.LaunchDarkly:
					r.Flag = "f"
				case bucket.Statsig, bucket.Split:
					r.SplitSalt = "18"
				}
			}
			m := onlyMove(flagOf(&old), flagOf(&now))
			if c.basis != "" && m.Basis != c.basis {
				t.Errorf("is %s, and should be %s", m.Basis, c.basis)
			}
			compareKeys(t, flagOf(&old), flagOf(&now), m, nil, keys)
		})
	}
	// From one system's algorithm to another's is a change of everybody's bucket.
	old := toggle.Rollout{Exposure: 10 * percent, Serve: "b", Salt: "17", Bucketing: bucket.Unleash}
	now := toggle.Rollout{Exposure: 10 * percent, Serve: "b"}
	m := onlyMove(flagOf(&old), flagOf(&now))
	if m.Moved != 18*percent || m.Minimum != 0 || m.Basis != Expected {
		t.Errorf("%+v", m)
	}
	compareKeys(t, flagOf(&old), flagOf(&now), m, nil, keys)
}

// Twenty flags with similar names are correlated by growthbook/v1, and not by growthbook/v2
// or by our algorithm.
func TestCorrelated(t *testing.T) {
	for _, c := range []struct {
		algorithm bucket.Algorithm
		apart     bool // each flag hashes an attribute of its own
		some      bool
	}{
		{bucket.GrowthBookV1, false, true},
		{bucket.GrowthBookV1, true, false},
		{bucket.GrowthBookV2, false, false},
		{bucket.Native, false, false},
		{bucket.LaunchDarkly, false, false},
	} {
		s := toggle.Set{Flags: map[string]toggle.Flag{}}
		for i := range 20 {
			name := "flag-" + strconv.Itoa(i)
			r := toggle.Rollout{Exposure: bucket.Everybody / 10, Serve: "b", Salt: name, Bucketing: c.algorithm}
			if c.apart {
				r.By = "id of " + name
			}
			s.Flags[name] = flagOf(&r)
		}
		compiled(t, s)
		found := Lint(s, Options{})
		if got := slices.ContainsFunc(found, func(f Finding) bool { return f.Code == Correlated }); got != c.some {
			t.Errorf("%s: %v", c.algorithm, found)
		}
	}
}

// A split that takes the hash of the gate gives those who are admitted other weights.
func TestGateAndSplitOfOneHash(t *testing.T) {
	for _, c := range []struct {
		split string
		some  bool
	}{{"17", true}, {"18", false}} {
		r := toggle.Rollout{
			Exposure: bucket.Everybody / 10, Bucketing: bucket.Statsig, Salt: "17", SplitSalt: c.split,
			Split: []toggle.Part{{Variant: "b", Weight: 1}, {Variant: "c", Weight: 1}},
		}
		s := setOf(flagOf(&r))
		compiled(t, s)
		found := Lint(s, Options{})
		if got := slices.ContainsFunc(found, func(f Finding) bool { return f.Code == SameHash }); got != c.some {
			t.Errorf("%s: %v", c.split, found)
		}
	}
}
