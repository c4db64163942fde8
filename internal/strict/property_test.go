package strict_test

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"pgregory.net/rapid"
)

// plans draws plans with anything in them that can be written. Lists and maps are nil if they are empty, so that equal
// means reflect.DeepEqual.
func plans(depth int) *rapid.Generator[plan] {
	texts := rapid.String()
	return rapid.Custom(func(t *rapid.T) plan {
		p := plan{
			Name:    texts.Draw(t, "name"),
			Tier:    tier(texts.Draw(t, "tier")),
			Plain:   rapid.Bool().Draw(t, "plain"),
			Dry:     rapid.Bool().Draw(t, "dry"),
			Count:   rapid.Int().Draw(t, "count"),
			Tiny:    rapid.Int8().Draw(t, "tiny"),
			Port:    rapid.Uint16().Draw(t, "port"),
			Big:     rapid.Uint64().Draw(t, "big"),
			Ratio:   rapid.Float64().Draw(t, "ratio"),
			Narrow:  rapid.Float32().Draw(t, "narrow"),
			Wait:    durations().Draw(t, "wait"),
			Start:   times().Draw(t, "start"),
			Raw:     rapid.SampledFrom([]json.RawMessage{nil, []byte(`{"b":1,"a":[1.0]}`), []byte(`"x"`)}).Draw(t, "raw"),
			Maybe:   rapid.Ptr(rapid.Bool(), true).Draw(t, "maybe"),
			Inner:   inner{List: lists(t, "list", rapid.Int()), Map: maps(t, "map", rapid.Int())},
			Tags:    lists(t, "tags", texts),
			Weights: weights(lists(t, "weights", rapid.Map(rapid.IntRange(0, 100), func(n int) weight { return weight(n) }))),
			At:      maps(t, "at", durations()),
			Pair:    pair{rapid.Int().Draw(t, "a"), rapid.Int().Draw(t, "b")},
			Gates:   lists(t, "gates", gates(3)),
			Named:   maps(t, "named", gates(2)),
			Signals: lists(t, "signals", signals()),
			base:    base{Owner: texts.Draw(t, "owner")},
			Base2:   Base2{Team: texts.Draw(t, "team")},
		}
		if rapid.Bool().Draw(t, "gated") {
			p.Gate = gates(3).Draw(t, "gate")
		}
		for key, n := range maps(t, "levels", rapid.Int()) {
			if key = strings.ToLower(key); key == "none" || strings.HasPrefix(key, "bad") {
				continue // refused
			} else if p.Levels == nil {
				p.Levels = map[level]int{}
			}
			p.Levels[level(strings.ToLower(key))] = n
		}
		if depth > 0 {
			p.Nested = rapid.Ptr(plans(depth-1), true).Draw(t, "nested")
		}
		return p
	})
}

func lists[T any](t *rapid.T, name string, of *rapid.Generator[T]) []T {
	list := rapid.SliceOfN(of, 0, 4).Draw(t, name)
	if len(list) == 0 {
		return nil
	}
	return list
}

func maps[T any](t *rapid.T, name string, of *rapid.Generator[T]) map[string]T {
	table := rapid.MapOfN(rapid.String(), of, 0, 4).Draw(t, name)
	if len(table) == 0 {
		return nil
	}
	return table
}

func durations() *rapid.Generator[time.Duration] {
	return rapid.Map(rapid.Int64(), func(n int64) time.Duration { return time.Duration(n) })
}

func times() *rapid.Generator[time.Time] {
	least, most := time.Time{}.Unix(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
	return rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(least, most).Draw(t, "s"), rapid.Int64Range(0, 1e9-1).Draw(t, "ns")).UTC()
	})
}

func gates(depth int) *rapid.Generator[gate] {
	return rapid.Custom(func(t *rapid.T) gate {
		switch kind := rapid.IntRange(0, 3).Draw(t, "kind"); {
		case kind == 0 && depth > 0:
			return all(lists(t, "all", gates(depth-1)))
		case kind == 1:
			return bake{For: durations().Draw(t, "for"), Factor: rapid.Float64().Draw(t, "factor")}
		case kind == 2:
			return &approval{Count: rapid.Int().Draw(t, "count")}
		}
		return manual(rapid.String().Draw(t, "manual"))
	})
}

func signals() *rapid.Generator[signal] {
	return rapid.Custom(func(t *rapid.T) signal {
		s := signal{Name: rapid.String().Draw(t, "name"), On: maps(t, "on", rapid.String())}
		switch rapid.IntRange(0, 2).Draw(t, "test") {
		case 1:
			s.Test = threshold{Max: rapid.Float64().Draw(t, "max")}
		case 2:
			s.Test = compare{Bad: rapid.String().Draw(t, "bad")}
		}
		return s
	})
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := plans(2).Draw(t, "plan")
		text, err := strict.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(text) {
			t.Fatalf("encoding/json does not know this as JSON: %s", text)
		}
		var got plan
		if bad := complaints(string(text), &got); bad != "" {
			t.Fatalf("%s\n%s", bad, text)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v\nwant %+v\nby %s", got, want, text)
		}
		if again, err := strict.Encode(&got); err != nil || !bytes.Equal(again, text) {
			t.Fatalf("written again, %s\nbecomes %s %v", text, again, err)
		}
	})
}

// What the codec reads as a text or a number, encoding/json reads as the same.
func TestSameAsStandard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`"([^"\\]|\\["\\/bfnrtu]|\\u[0-9a-fA-F]{4})*"|-?[0-9]{1,3}(\.[0-9]{1,3})?([eE][-+]?[0-9]{1,3})?`).Draw(t, "text")
		for _, into := range []func() any{func() any { return new(string) }, func() any { return new(float64) }, func() any { return new(int8) }} {
			got, want := into(), into()
			if strict.Decode([]byte(text), limit, nil, got) == nil {
				if err := json.Unmarshal([]byte(text), want); err != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("%s: got %v, encoding/json says %v %v", text, got, want, err)
				}
			}
		}
	})
}

func TestFloatsKeepTheirBits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := []float64{math.Float64frombits(rapid.Uint64().Draw(t, "bits"))}
		if math.IsNaN(want[0]) || math.IsInf(want[0], 0) {
			t.Skip("no number")
		}
		text, err := strict.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		var got []float64
		if bad := complaints(string(text), &got); bad != "" || math.Float64bits(got[0]) != math.Float64bits(want[0]) {
			t.Fatalf("%s: got %v, want %v %s", text, got, want, bad)
		}
	})
}

func TestDurationsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := durations().Draw(t, "d")
		if rapid.Bool().Draw(t, "round") {
			d = d.Truncate(time.Second)
		}
		text := strict.FormatDuration(d)
		if got, err := time.ParseDuration(text); err != nil || got != d || len(text) > len(d.String()) {
			t.Fatalf("%s: got %v %v, want %v", text, got, err, d)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[1`, `{"nested":{"nested":{"nested":{}}}}`, `{"name":"\ud83d\ude00","name":"b"}`,
		`{"tier":"a","dry":true,"count":-1,"tiny":127,"port":1,"big":18446744073709551615,"ratio":1e-9,"narrow":0.1}`,
		`{"wait":"1h0m5s","start":"2026-01-02T03:04:05.5+02:00","raw":{"a": [1.0]},"maybe":false}`,
		`{"inner":{"list":[],"map":{"":0},"deep":{"on":false}},"tags":[""],"weights":["10%"]}`,
		`{"at":{"half":"10m"},"tables":{"gold":{"x":1}},"levels":{"LOW":1},"pair":[1,2]}`,
		`{"gate":{"all":[{"bake":{"for":"10m","factor":0.5}},{"approval":{"count":1}},{"manual":"x"},{"all":[]}]}}`,
		`{"named":{"step":{"manual":""}},"signals":[{"name":"errors","threshold":{"max":1},"on":{"a":"b"}},{"compare":{}}]}`,
		`{"owner":"o","team":"t"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, second plan
		if err := strict.Decode(data, limit, kinds, &first); err != nil {
			if len(strict.Fields(err)) == 0 || !reflect.DeepEqual(first, plan{}) {
				t.Fatalf("%q: %v leaves %+v", data, err, first)
			}
			return
		}
		if !json.Valid(data) {
			t.Fatalf("%q is accepted, but not by encoding/json", data)
		}
		text, err := strict.Encode(first)
		if err != nil {
			t.Fatalf("%q was read, but cannot be written: %v", data, err)
		}
		if err := strict.Decode(text, limit, kinds, &second); err != nil {
			t.Fatalf("%q was written, but cannot be read: %v", text, err)
		}
		if again, err := strict.Encode(second); err != nil || !bytes.Equal(again, text) {
			t.Fatalf("%q becomes %q, %v", text, again, err)
		}
	})
}

func benchmarkPlan(b *testing.B) (plan, []byte) {
	p := plan{Name: "checkout", Count: 7, Ratio: 0.25, Start: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	for range 20 {
		p.Gates = append(p.Gates, all{bake{For: 10 * time.Minute, Factor: 0.5}, &approval{Count: 1}})
		p.Signals = append(p.Signals, signal{Name: "errors", Test: threshold{0.01}, On: map[string]string{"degraded": "hold"}})
	}
	text, err := strict.Encode(p)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	return p, text
}

func BenchmarkDecode(b *testing.B) {
	_, text := benchmarkPlan(b)
	for b.Loop() {
		var p plan
		if err := strict.Decode(text, limit, kinds, &p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	p, _ := benchmarkPlan(b)
	for b.Loop() {
		if _, err := strict.Encode(&p); err != nil {
			b.Fatal(err)
		}
	}
}
