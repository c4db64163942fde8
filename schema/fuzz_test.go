package schema_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// FuzzDecodePlan: whatever is read, nothing panics; what is a plan is written as it was read, and can be verified.
func FuzzDecodePlan(f *testing.F) {
	_, plans := basePlans()
	for _, p := range plans {
		data, err := schema.EncodePlan(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"versions":[{"service":"a","name":"1","reads":[{"attribute":"x","forms":[]}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := schema.DecodePlan(data)
		if err != nil {
			return
		}
		written, err := schema.EncodePlan(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := schema.DecodePlan(written)
		if err != nil {
			t.Fatalf("%v\n%s", err, written)
		}
		if twice, err := schema.EncodePlan(again); err != nil || !bytes.Equal(twice, written) {
			t.Fatalf("%v\n%s\n%s", err, written, twice)
		}
		if _, err := schema.Verify(p, schema.Options{MaxStates: 2000, Records: 1}); err != nil {
			t.Fatal(err)
		}
	})
}

// TestDeterminism: the same plan has the same result, read back too; the order in which things are declared does not matter for what is
// safe, and for the horizon.
func TestDeterminism(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPlan(rt, 2)
		if bounds(p).Records > 0 {
			return
		}
		p = declared(rt, p)
		got := verify(rt, p)
		if again := verify(rt, deep(rt, p)); !reflect.DeepEqual(got, again) {
			rt.Fatalf("%+v\n%+v", got, again)
		}
		data, err := json.Marshal(got)
		if err != nil {
			rt.Fatal(err)
		}
		var back schema.Result
		if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(got, back) {
			rt.Fatalf("%v\n%+v\n%+v", err, got, back)
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		shuffled := deep(rt, p)
		shuffle(r, shuffled.Stores)
		shuffle(r, shuffled.Forms)
		shuffle(r, shuffled.Attributes[0].Values)
		shuffle(r, shuffled.Start.Forms)
		shuffle(r, shuffled.Goal.Forms)
		for i := range shuffled.Versions {
			shuffle(r, shuffled.Versions[i].Makes)
		}
		other := verify(rt, shuffled)
		same := got.Safe == other.Safe && len(got.Horizon) == len(other.Horizon)
		for i := range got.Horizon {
			same = same && slices.Equal(got.Horizon[i].MayRun(), other.Horizon[i].MayRun())
		}
		if !same {
			rt.Fatalf("%s\n%+v\n%+v", p.Name, got, other)
		}
		if !got.Safe && (got.Counterexample.Kind != other.Counterexample.Kind && len(got.Counterexample.Lines) != len(other.Counterexample.Lines)) {
			rt.Fatalf("%s\n%s", got.Counterexample, other.Counterexample)
		}
	})
}

func shuffle[T any](r *rand.Rand, list []T) {
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// TestMaxStates: what is not looked at is not called safe, and the result says why, and what was found.
func TestMaxStates(t *testing.T) {
	p := declared(t, rename())
	all := verify(t, p)
	for _, most := range []int{1, 10, 100, 1000, 5000, all.States - 1} {
		got, err := schema.Verify(p, schema.Options{MaxStates: most})
		if err != nil || got.Safe || got.Complete || got.Stopped == "" || got.Counterexample != nil {
			t.Errorf("%d: %+v, %v", most, got, err)
		}
		if (len(got.Horizon) > 0) != (most >= 1000) {
			t.Errorf("%d: the horizon has %d rows", most, len(got.Horizon))
		}
	}
	got, err := schema.Verify(p, schema.Options{MaxStates: all.States})
	if err != nil || !got.Safe || !got.Complete || got.Stopped != "" {
		t.Errorf("%+v, %v", got, err)
	}
	bad := but(rename(), needs("deploy v3"), without("backfill", "deploy v2", "proven"))
	if got, _ := schema.Verify(bad, schema.Options{MaxStates: 100}); got.Complete || got.Counterexample == nil {
		t.Errorf("what goes wrong soon is not told: %+v", got)
	}
}

// TestMessageKinds: there is room for a certain number of kinds of messages.
func TestMessageKinds(t *testing.T) {
	p := tolerant()
	for i := range 29 {
		p.Attributes[0].Values = append(p.Attributes[0].Values, schema.Value{Name: string(rune('A' + i))})
	}
	p.Forms = append(p.Forms, column("h", "events"))
	p.Start.Forms = append(p.Start.Forms, "h")
	p.Start.Forms, p.Start.Retained = r("f", "g", "h"), r("f", "g", "h")
	p.Versions[2].Reads[0].Forms = r("f", "g", "h")
	got, err := schema.Verify(p, schema.Options{MaxStates: 100})
	if err != nil || got.Safe || got.Complete || got.Stopped != "x: more than 64 kinds of messages" {
		t.Errorf("%v %v %q %v", got.Safe, got.Complete, got.Stopped, got.Counterexample)
	}
}
