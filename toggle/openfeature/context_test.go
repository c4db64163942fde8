package openfeature

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net"
	"net/netip"
	"testing"
	"time"

	of "github.com/open-feature/go-sdk/openfeature"
	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

type (
	plan  string
	level int8
	when  struct{ Day string }
	bad   struct{}
	// embedded has the methods of an instant that is not there.
	embedded struct{ *time.Time }
)

func (bad) MarshalText() ([]byte, error) { return nil, errors.New("bad") }

// attribute is a value of a context, and what rules see of it.
type attribute struct {
	in   any
	of   toggle.Type
	json string
}

func attributes() []attribute {
	day := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	pro, five, loop := "pro", 5, map[string]any{}
	loop["self"] = loop
	circle := []any{1, nil}
	circle[1] = circle
	round := []any{nil}
	round[0] = &round
	var self any
	self = &self
	pointer := &pro
	return []attribute{
		{nil, toggle.Nothing, "null"},
		{true, toggle.Boolean, "true"},
		{"pro", toggle.String, `"pro"`},
		{plan("pro"), toggle.String, `"pro"`},
		{1.5, toggle.Number, "1.5"},
		{float32(0.5), toggle.Number, "0.5"},
		{7, toggle.Number, "7"},
		{int8(-7), toggle.Number, "-7"},
		{int16(7), toggle.Number, "7"},
		{int32(7), toggle.Number, "7"},
		{int64(1) << 53, toggle.Number, "9007199254740992"},
		{int64(1)<<53 + 1, toggle.Nothing, "null"},
		{-(int64(1)<<53 + 1), toggle.Nothing, "null"},
		{int64(math.MinInt64), toggle.Nothing, "null"},
		{uint(7), toggle.Number, "7"},
		{uint8(7), toggle.Number, "7"},
		{uint64(1)<<53 + 1, toggle.Nothing, "null"},
		{uint64(math.MaxUint64), toggle.Nothing, "null"},
		{level(3), toggle.Number, "3"},
		{json.Number("12"), toggle.Number, "12"},
		{json.Number("1.25"), toggle.Number, "1.25"},
		{json.Number("9007199254740993"), toggle.Nothing, "null"},
		{json.Number("many"), toggle.Nothing, "null"},
		{math.NaN(), toggle.Nothing, "null"},
		{math.Inf(1), toggle.Nothing, "null"},
		{day, toggle.Instant, `"2026-11-02T09:00:00Z"`},
		{&day, toggle.Instant, `"2026-11-02T09:00:00Z"`},
		{time.Time{}, toggle.Nothing, "null"},
		{[]string{"a", "b"}, toggle.List, `["a","b"]`},
		{[]any{"a", 1, nil, true, 2.5}, toggle.List, `["a",1,null,true,2.5]`},
		{[]int{1, 2}, toggle.List, "[1,2]"},
		{[2]plan{"a", "b"}, toggle.List, `["a","b"]`},
		{[]any(nil), toggle.Nothing, "null"},
		{[]any{[]any{1, "a"}, []string{"b"}}, toggle.List, `[[1,"a"],["b"]]`},
		{map[string]any{"city": "Bern", "zip": 3000}, toggle.JSON, `{"city":"Bern","zip":3000}`},
		{when{"Monday"}, toggle.JSON, `{"Day":"Monday"}`},
		{&when{"Monday"}, toggle.JSON, `{"Day":"Monday"}`},
		{loop, toggle.Nothing, "null"},
		{circle, toggle.List, "[1,null]"},
		{round, toggle.List, "[null]"},
		{self, toggle.Nothing, "null"},
		{embedded{}, toggle.Nothing, "null"},
		{&embedded{}, toggle.Nothing, "null"},
		{[]any{embedded{}, "a"}, toggle.List, `[null,"a"]`},
		{[]any{&circle, net.IPv4(10, 0, 0, 1), []byte("a"), &five}, toggle.List, `[null,"10.0.0.1",null,5]`},
		{[]byte("abc"), toggle.Nothing, "null"},
		{[2]byte{1, 2}, toggle.Nothing, "null"},
		{json.RawMessage(`{"a": 1}`), toggle.JSON, `{"a":1}`},
		{json.RawMessage(`"a"`), toggle.String, `"a"`},
		{json.RawMessage(`{`), toggle.Nothing, "null"},
		{big.NewInt(5), toggle.String, `"5"`},
		{&pro, toggle.String, `"pro"`},
		{&five, toggle.Number, "5"},
		{&pointer, toggle.Nothing, "null"},
		{(*string)(nil), toggle.Nothing, "null"},
		{(*netip.Addr)(nil), toggle.Nothing, "null"},
		{netip.MustParseAddr("10.0.0.1"), toggle.String, `"10.0.0.1"`},
		{bad{}, toggle.Nothing, "null"},
		{toggle.Text("own"), toggle.String, `"own"`},
		{func() {}, toggle.Nothing, "null"},
		{make(chan int), toggle.Nothing, "null"},
		{complex(1, 2), toggle.Nothing, "null"},
	}
}

func TestValue(t *testing.T) {
	for _, c := range attributes() {
		if got := value(c.in); got.Type() != c.of || got.String() != c.json {
			t.Errorf("%T: got %v %s, want %v %s", c.in, got.Type(), got, c.of, c.json)
		}
	}
}

func TestFill(t *testing.T) {
	for _, c := range []struct {
		flat of.FlattenedContext
		key  string
		ok   bool
	}{
		{nil, "", true},
		{of.FlattenedContext{of.TargetingKey: "user-1", "plan": "pro"}, "user-1", true},
		{of.FlattenedContext{of.TargetingKey: nil}, "", true},
		{of.FlattenedContext{of.TargetingKey: 17}, "", false},
	} {
		sub := borrow()
		if ok := fill(sub, c.flat); ok != c.ok || ok && sub.Key != c.key {
			t.Errorf("%v: %v, key %q", c.flat, ok, sub.Key)
		}
		if _, there := sub.Attributes[of.TargetingKey]; there {
			t.Errorf("%v: the key is an attribute", c.flat)
		}
		giveBack(sub)
	}
}

// TestNothingIsLeft: a subject that is used again has nothing of the one before.
func TestNothingIsLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		flat := of.FlattenedContext{}
		for k, v := range rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "context") {
			flat[k] = v
		}
		sub := borrow()
		if sub.Key != "" || len(sub.Attributes) != 0 {
			t.Fatalf("it has %+v", sub)
		}
		if !fill(sub, flat) {
			t.Fatal("not filled")
		}
		for k, v := range flat {
			if k != of.TargetingKey && sub.Attributes[k].Text() != v {
				t.Fatalf("%q is %v, want %v", k, sub.Attributes[k], v)
			}
		}
		giveBack(sub)
	})
}

// TestReasons: every reason and error code of toggle has one.
func TestReasons(t *testing.T) {
	for _, r := range []toggle.Reason{
		toggle.Static, toggle.Default, toggle.TargetingMatch, toggle.Split, toggle.Disabled, toggle.Prerequired,
		toggle.Killed, toggle.Overridden, toggle.Outdated, toggle.Failed,
	} {
		if got := reason(r); got == of.UnknownReason || (got == of.ErrorReason) != (r == toggle.Failed) {
			t.Errorf("%s is %s", r, got)
		}
	}
	if got := reason("new"); got != of.UnknownReason {
		t.Errorf("a reason that is not known is %s", got)
	}
	codes := map[toggle.ErrorCode]of.ErrorCode{
		"": "", toggle.FlagNotFound: of.FlagNotFoundCode, toggle.FlagBroken: of.ParseErrorCode, toggle.TypeMismatch: of.TypeMismatchCode,
		toggle.TargetingKeyMissing: of.TargetingKeyMissingCode, toggle.NotReady: of.ProviderNotReadyCode, "new": of.GeneralCode,
	}
	for own, want := range codes {
		d := of.ProviderResolutionDetail{ResolutionError: resolutionError(&toggle.Result{Error: own, Detail: "why"})}.ResolutionDetail()
		if d.ErrorCode != want || (d.ErrorMessage == "why") != (own != "") {
			t.Errorf("%q is %q, %q", own, d.ErrorCode, d.ErrorMessage)
		}
	}
}
