package toggle_test

import (
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// flagWith is a flag with one rollout as its own or in a rule, and what else may stand there.
func flagWith(t *rapid.T) (toggle.Flag, func(exposure bucket.Share) toggle.Set) {
	variants := []string{"on", "more", "most"}
	f := toggle.Flag{Kind: toggle.Ops, Owner: "shop", Default: "off", Variants: map[string]toggle.Value{
		"off": toggle.Text("off"), "on": toggle.Text("on"), "more": toggle.Text("more"), "most": toggle.Text("most"),
	}}
	f.Enabled = true
	moved := rolloutOf(t, variants)
	moved.By = ""
	inRule := rapid.Bool().Draw(t, "in a rule")
	if rapid.Bool().Draw(t, "other rule") {
		other := toggle.Rule{When: condition(t, 1, nil), Rollout: rolloutOf(t, variants)}
		other.Rollout.Next, other.Rollout.By = true, ""
		f.Rules = append(f.Rules, other)
	}
	if inRule {
		moved.Next = rapid.Bool().Draw(t, "next")
		f.Rules = append(f.Rules, toggle.Rule{Rollout: moved})
		if rapid.Bool().Draw(t, "rollout too") {
			f.Rollout = rolloutOf(t, variants)
			f.Rollout.By = ""
		}
	} else {
		f.Rollout = moved
	}
	return f, func(exposure bucket.Share) toggle.Set {
		own, r := f, *moved
		r.Exposure = exposure
		if inRule {
			own.Rules = slices.Clone(f.Rules)
			own.Rules[len(own.Rules)-1].Rollout = &r
		} else {
			own.Rollout = &r
		}
		return toggle.Set{Flags: map[string]toggle.Flag{"f": own}}
	}
}

// Raising an exposure never takes anybody out: who had a variant other than the default
// still has one, and the same one unless those who are in go before others.
func TestRaisingExposureTakesNobodyOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, with := flagWith(t)
		share := rapid.OneOf(rapid.Int32Range(0, 1_000_000), rapid.Int32Range(0, 20), rapid.Int32Range(999_980, 1_000_000))
		low, high := bucket.Share(share.Draw(t, "low")), bucket.Share(share.Draw(t, "high"))
		low, high = min(low, high), max(low, high)
		less, err := toggle.Compile(with(low), toggle.Options{})
		if err != nil {
			t.Fatal(err)
		}
		more, err := toggle.Compile(with(high), toggle.Options{})
		if err != nil {
			t.Fatal(err)
		}
		sub := subject(t)
		for i := range 200 {
			sub.Key = "user-" + strconv.Itoa(i)
			a, b := less.Evaluate("f", &sub, now), more.Evaluate("f", &sub, now)
			if a.Variant != f.Default && b.Variant == f.Default {
				t.Fatalf("%s is %v with %v, and %v with %v", sub.Key, a, low, b, high)
			}
		}
	})
}

// Nobody is in at 0 %, also by another attribute; everybody at 100 %, also without a key.
func TestNobodyAndEverybody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rolloutOf(t, []string{"on", "more"})
		r.Split, r.Slots, r.Serve = nil, nil, "on"
		f := toggle.Flag{Kind: toggle.Ops, Owner: "shop", Default: "off", Variants: map[string]toggle.Value{
			"off": toggle.Bool(false), "on": toggle.Bool(true), "more": toggle.Bool(true),
		}}
		f.Enabled = true
		inRule := rapid.Bool().Draw(t, "in a rule")
		sub := subject(t)
		for exposure, want := range map[bucket.Share]string{0: "off", bucket.Everybody: "on"} { // order does not matter: each is asked alone
			own := *r
			own.Exposure = exposure
			if f.Rollout = &own; inRule {
				f.Rollout, f.Rules = nil, []toggle.Rule{{Rollout: &own}}
			}
			s, err := toggle.Compile(toggle.Set{Flags: map[string]toggle.Flag{"f": f}}, toggle.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Evaluate("f", &sub, now); got.Variant != want || got.Reason != toggle.Static {
				t.Fatalf("at %v %+v gets %v", exposure, sub, got)
			}
		}
	})
}

// Between them it is as many as the exposure says, and a subject without a key is told so.
func TestExposureIsWhatItSays(t *testing.T) {
	s, err := toggle.Load([]byte(`{"flags": {"f": {`+about+`, "enabled": true, "rollout": {"exposure": "25%", "serve": "on"}},
		"g": {`+about+`, "enabled": true, "rollout": {"exposure": "25%", "by": "team", "serve": "on"}}}}`), toggle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const n = 100_000
	f, g, both := 0, 0, 0
	for i := range n {
		sub := &toggle.Subject{Key: strconv.Itoa(i), Attributes: map[string]toggle.Value{"team": toggle.Num(float64(i))}}
		inF, inG := s.Bool("f", sub, now, false), s.Bool("g", sub, now, false)
		f, g, both = f+either(inF, 1, 0), g+either(inG, 1, 0), both+either(inF && inG, 1, 0)
	}
	for _, c := range []struct{ got, want int }{{f, n / 4}, {g, n / 4}, {both, n / 16}} { // 4 standard deviations are below 600
		if c.got < c.want-600 || c.got > c.want+600 {
			t.Errorf("%d are in, want about %d", c.got, c.want)
		}
	}
	if r := s.Evaluate("g", &toggle.Subject{Key: "a"}, now); r.Error != toggle.TargetingKeyMissing || r.Rule != "rollout" ||
		r.String() != "the caller's default: the subject has no team to decide by" {
		t.Error(r)
	}
}
