package review

import (
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

func TestReweightRefuses(t *testing.T) {
	on := toggle.Rollout{Exposure: bucket.Everybody, Serve: "on"}
	for _, c := range []struct {
		name    string
		rollout toggle.Rollout
		parts   []toggle.Part
		want    string
	}{
		{"nothing", on, nil, "parts: must have weights with a sum from 1 to 2147483647"},
		{"no weight", on, []toggle.Part{{Variant: "on"}}, "parts: must have weights with a sum from 1 to 2147483647"},
		{"too much", on, []toggle.Part{{Variant: "on", Weight: 1<<31 - 1}, {Variant: "off", Weight: 1}}, "parts: must have weights with a sum"},
		{"below zero", on, []toggle.Part{{Variant: "on", Weight: 2}, {Variant: "off", Weight: -1}}, "parts[1].weight: -1 must be from 0"},
		{
			"twice", on,
			[]toggle.Part{{Variant: "on", Weight: 2}, {Variant: "on", Weight: 1}},
			`parts[1].variant: "on" must be a variant that has one part only`,
		},
		{"algorithm", toggle.Rollout{Serve: "on", Bucketing: bucket.Flipt}, []toggle.Part{{Variant: "on", Weight: 1}}, "bucketing"},
		{
			"slots",
			toggle.Rollout{Split: []toggle.Part{{Variant: "on", Weight: 1}}, Slots: []toggle.Slots{{Variant: "off", To: uint32(bucket.Everybody)}}},
			[]toggle.Part{{Variant: "on", Weight: 1}},
			"slots: must divide all positions",
		},
	} {
		if _, err := Reweight(c.rollout, c.parts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// A variant that comes takes only what it needs, and one that goes leaves only what it had.
func TestReweightComeAndGo(t *testing.T) {
	r := toggle.Rollout{Exposure: bucket.Everybody, Serve: "a"}
	for _, c := range []struct {
		parts []toggle.Part
		moved bucket.Share
	}{
		{[]toggle.Part{{Variant: "a", Weight: 1}, {Variant: "b", Weight: 1}}, 500_000},
		{[]toggle.Part{{Variant: "c", Weight: 2}, {Variant: "a", Weight: 4}, {Variant: "b", Weight: 4}}, 200_000},
		{[]toggle.Part{{Variant: "a", Weight: 0}, {Variant: "b", Weight: 6}, {Variant: "c", Weight: 4}}, 400_000},
		{[]toggle.Part{{Variant: "b", Weight: 1}}, 400_000},
	} {
		next, err := Reweight(r, c.parts)
		if err != nil {
			t.Fatal(err)
		}
		if m := onlyMove(flagOf(&r), flagOf(&next)); m.Moved != c.moved || m.Minimum != c.moved {
			t.Errorf("%v: %+v", c.parts, m)
		}
		r = next
	}
	if len(r.Split) != 1 || r.Split[0].Variant != "b" || r.Slots != nil {
		t.Errorf("%+v", r)
	}
}
