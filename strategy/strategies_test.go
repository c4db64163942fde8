package strategy

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// ladders are the built-in strategies with every field set somewhere, and what
// becomes of them.
var ladders = []struct { // never written
	s    Strategy
	want string
}{
	{Recreate{MinReady: time.Minute}, `step      weight  candidate  stable
recreate  100%    default    default
pace: exclusive, ready for 1m0s, counting stopping`},
	{Rolling{}, `step    weight  candidate  stable
rolled  100%    default    default
pace: surge 25%, unavailable 25%`},
	{Rolling{Batches: 3, Pace: Pace{Surge: Count(0)}}, `step     weight  candidate  stable
batch-1  33.33%  default    default
batch-2  66.67%  default    default
rolled   100%    default    default
pace: surge 0, unavailable 25%`},
	{Rolling{Partition: Count(2)}, `step       weight        candidate  stable
partition  proportional  2          default  await whether the rest is exchanged, too
rolled     100%          default    default
pace: surge 25%, unavailable 25%`},
	{BlueGreen{}, `step     weight  candidate  stable
preview  0%      100%       100%
switch   100%    100%       100%    keep 10m0s
retire   100%    100%       0
pace: surge 100%, unavailable 0`},
	{
		BlueGreen{
			Pace: Pace{Drain: time.Second, Unavailable: Count(1)}, Preview: Count(1), KeepStable: -1,
			Routes: []Route{{Source: Header, Name: "x-preview", Value: "1"}}, Weights: []Weight{1000, Full},
		}, `step     weight  candidate  stable
preview  0%      1          100%    route header x-preview = 1
ready    0%      100%       100%    route header x-preview = 1
10%      10%     100%       100%    route header x-preview = 1
switch   100%    100%       100%    route header x-preview = 1
retire   100%    100%       0
pace: surge 100%, unavailable 1, drain 1s`,
	},
	{Canary{}, `step  weight  candidate  stable
1%    1%      default    default
10%   10%     default    default
50%   50%     default    default
100%  100%    default    default
pace: surge 25%, unavailable 25%`},
	{
		Canary{Linear: 4, Instances: []Size{Count(1), {}, Percent(60)}, FullStable: true, Sticky: Sticky{Source: Cookie, Name: "uid"}}, `step  weight  candidate  stable
25%   25%     1          100%
50%   50%     default    100%
75%   75%     60%        100%
100%  100%    default    default
pace: surge 25%, unavailable 25%
sticky: by cookie uid`,
	},
	{Canary{Exponential: 3}, `step  weight  candidate  stable
1%    1%      default    default
10%   10%     default    default
100%  100%    default    default
pace: surge 25%, unavailable 25%`},
	{Canary{Exponential: 4, First: 200, Max: 2000}, `step   weight  candidate  stable
2%     2%      default    default
4.31%  4.31%   default    default
9.28%  9.28%   default    default
20%    20%     default    default  await whether the release goes beyond 20%
100%   100%    default    default
pace: surge 25%, unavailable 25%`},
	{Canary{Weights: []Weight{500, 2000}}, `step  weight  candidate  stable
5%    5%      default    default
20%   20%     default    default  await whether the release goes beyond 20%
100%  100%    default    default
pace: surge 25%, unavailable 25%`},
	{ABTest{}, `step      weight  candidate  stable
test      50%     100%       100%     await which side wins
promoted  100%    default    default
pace: surge 25%, unavailable 25%
sticky: by user id`},
	{
		ABTest{Routes: []Route{{Source: User, Name: "country", In: []string{"NL", "BE"}}}, Candidate: Percent(50), Stable: Count(4)}, `step      weight  candidate  stable
test      0%      50%        4        route user country in NL, BE, await which side wins
promoted  100%    default    default  route user country in NL, BE
retire    100%    default    default
pace: surge 25%, unavailable 25%`,
	},
	{ABTest{Share: 1000, Sticky: Sticky{Source: Header, Name: "x-user"}}, `step      weight  candidate  stable
test      10%     100%       100%     await which side wins
promoted  100%    default    default
pace: surge 25%, unavailable 25%
sticky: by header x-user`},
	{DarkLaunch{}, `step  weight  candidate  stable
dark  0%      10%        100%     mirror 10%, await whether the release is let out
100%  100%    default    default
pace: surge 25%, unavailable 25%`},
	{DarkLaunch{Mirror: Full, Candidate: Count(3), Keep: time.Hour, Weights: []Weight{5000, Full}}, `step  weight  candidate  stable
dark  0%      3          100%     mirror 100%, keep 1h0m0s, await whether the release is let out
50%   50%     default    default
100%  100%    default    default
pace: surge 25%, unavailable 25%`},
}

func TestLadders(t *testing.T) {
	for _, c := range ladders {
		l, err := c.s.Ladder()
		if err == nil {
			err = l.Validate()
		}
		if err != nil || l.String() != c.want {
			t.Errorf("%+v: %v\ngot\n%v\nwant\n%s", c.s, err, l, c.want)
		}
		if kind := strings.ToLower(reflect.TypeOf(c.s).Name()); strings.ToLower(c.s.Kind()) != kind {
			t.Errorf("%s is the kind of %s", c.s.Kind(), kind)
		}
	}
}

// TestStrategiesJSON: what is written is read back as the same, and what was left
// to the default is not written.
func TestStrategiesJSON(t *testing.T) {
	for _, c := range ladders {
		data, err := strict.Encode(c.s)
		if err != nil {
			t.Fatal(err)
		}
		back := reflect.New(reflect.TypeOf(c.s))
		if err := strict.Decode(data, 1<<16, nil, back.Interface()); err != nil || !reflect.DeepEqual(back.Elem().Interface(), c.s) {
			t.Errorf("%s: %v\ngot  %+v\nwant %+v", data, err, back.Elem(), c.s)
		}
	}
	data, _ := strict.Encode(Canary{Pace: Pace{Surge: Count(1), Drain: time.Minute}, Weights: []Weight{2500, Full}})
	if want := `{"surge":1,"drain":"1m","weights":["25%","100%"]}`; string(data) != want {
		t.Errorf("got %s, want %s", data, want)
	}
}

func TestStrategiesRefuse(t *testing.T) {
	for _, c := range []struct {
		s    Strategy
		want string
	}{
		{Recreate{MinReady: -1}, "minReady: -1ns must not be negative"},
		{Rolling{Pace: Pace{Surge: Count(-1)}}, "surge: -1 must be 0 to 2147483647, or 0% to 1000%"},
		{Rolling{Pace: Pace{Unavailable: Percent(150)}}, "unavailable: 150% must be at most 100%"},
		{Rolling{Batches: 2, Partition: Count(1)}, "partition: 1 must not be given together with batches"},
		{Rolling{Batches: 101}, "batches: 101 must be 1 to 100"},
		{Rolling{Batches: -1}, "batches: -1 must be 1 to 100"},
		{Canary{Weights: []Weight{0, Full}}, "weights[0]: 0% must be above 0%"},
		{Canary{Weights: []Weight{100, 2500, 1000, Full}}, "weights[2]: 10% must be above 25%"},
		{Canary{Weights: []Weight{100, 20000}, Pace: Pace{Drain: -1}}, "weights[1]: 200% must be at most 100%\ndrain: -1ns must not be negative"},
		{Canary{Weights: make([]Weight, 101)}, "weights: 101 weights: must be at most 100, with 100% among them"},
		{Canary{Linear: 2, Exponential: 2}, "at most one of weights, linear and exponential must be given"},
		{Canary{Linear: 100}, "linear: 100 must be 1 to 99 steps, each at least a basis point"},
		{Canary{Linear: 5, Max: 4}, "linear: 5 must be 1 to 4 steps, each at least a basis point"},
		{Canary{Linear: -1}, "linear: -1 must be 1 to 99 steps, each at least a basis point"},
		{Canary{Linear: 2, First: 100}, "first: 1% must be left out: only an exponential ramp begins somewhere"},
		{Canary{Max: 100}, "max: 1% must be left out: only a ramp ends there, a list says so itself"},
		{Canary{Linear: 2, Max: Full + 1}, "max: 100.01% must be above 0% and at most 100%"},
		{Canary{Exponential: 1}, "exponential: 1 must be 2 to 99 steps"},
		{Canary{Exponential: 3, First: 5000, Max: 5000}, "first: 50% must be above 0% and below 50%, where the ramp ends"},
		{Canary{Exponential: 20, First: 1, Max: 10}, "exponential: 20 must be fewer steps: from 0.01% to 0.1% they would differ by less than a basis point"},
		{Canary{Instances: make([]Size, 5)}, "instances: 5 instances: must be at most as many as the weights, 4"},
		{Canary{Instances: []Size{Count(-1)}, Sticky: Sticky{Source: "ip"}}, `instances[0]: -1 must be 0 to 2147483647, or 0% to 1000%
sticky.source: "ip" must be "header", "cookie" or "user"
sticky.name: must be given`},
		{BlueGreen{Preview: Count(-1), Weights: []Weight{1000}}, `preview: -1 must be 0 to 2147483647, or 0% to 1000%
weights[0]: 10% must be 100%: the last one takes all traffic`},
		{BlueGreen{Routes: []Route{{Source: Header, Name: "a", Value: "b", Prefix: "c"}, {Source: Cookie, Name: "a", Regexp: "("}}}, `routes[0]: exactly one of value, prefix, regexp and in must be given, not 2
routes[1].regexp: "(" must be a regular expression: error parsing regexp: missing closing ): ` + "`(`"},
		{ABTest{Share: Full, Stable: Count(-1)}, "share: 100% must be 0% to below 100%: both sides are tested\nstable: -1 must be 0 to 2147483647, or 0% to 1000%"},
		{DarkLaunch{Mirror: -1, Keep: -1, Weights: make([]Weight, 98)}, "mirror: -0.01% must be 0% to 100%\nkeep: -1ns must not be negative"},
	} {
		l, err := c.s.Ladder()
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v: got %v %v, want %s", c.s, l, err, c.want)
		}
	}
}

// TestRamps: any ramp that is not refused rises, and ends where it is to end.
func TestRamps(t *testing.T) {
	for n := range 102 {
		for _, top := range []Weight{1, 7, 99, 100, 5000, 9999, Full} {
			for _, first := range []Weight{0, 1, 100, 1000} {
				l, err := Canary{Linear: n, Max: top}.Ladder()
				if first > 0 {
					l, err = Canary{Exponential: n, First: first, Max: top}.Ladder()
				}
				if err != nil {
					continue
				}
				if n == 0 {
					t.Fatalf("a ramp to %v of no steps", top)
				}
				at := l.Steps[n-1]
				if at.Weight != top || (at.Await == "") != (top == Full) || len(l.Steps) != n+len(at.Await[:min(1, len(at.Await))]) || first > 0 && l.Steps[0].Weight != first {
					t.Fatalf("%d from %v to %v:\n%v", n, first, top, l)
				}
				if err := l.Validate(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestPartitionLeavesOne: a part of two is one.
func TestPartitionLeavesOne(t *testing.T) {
	l, _ := Rolling{Partition: Percent(95)}.Ladder()
	for _, n := range []int64{2, 5, 10, 19, 20} {
		if err := l.Feasible(&l.Steps[0], n, Can{}); err != nil {
			t.Errorf("of %d: %v", n, err)
		}
	}
	if l, _ = (Rolling{Partition: Percent(100)}).Ladder(); l.Feasible(&l.Steps[0], 10, Can{}) == nil {
		t.Error("all is no part")
	}
}

// TestNamesThatCannotBe are refused.
func TestNamesThatCannotBe(t *testing.T) {
	all := Step{Name: "all", Weight: Full}
	for _, l := range []Ladder{
		{Steps: []Step{{Name: "p", Stable: Percent(100)}, all}, Pace: Pace{Exclusive: true}},
		{Steps: []Step{{Name: " ", Weight: Full}}},
		{Steps: []Step{{Name: "a\u2028b", Weight: Full}}},
		{Steps: []Step{{Name: "a", Weight: Full, Routes: make([]Route, 101)}}},
		{Steps: []Step{all}, Sticky: Sticky{Source: Header, Name: "x id"}},
		{Steps: []Step{all}, Sticky: Sticky{Source: User, Name: " "}},
	} {
		if l.Validate() == nil {
			t.Errorf("accepted: %+v", l)
		}
	}
	for name, want := range map[string]bool{"x-Beta_1.~": true, "x beta": false, "a=b": false, "é": false, "x@": false, "x[": false} {
		for _, source := range []string{Header, Cookie} {
			if err := (Route{Source: source, Name: name, Value: "1"}).Validate(); (err == nil) != want {
				t.Errorf("%s %s: %v", source, name, err)
			}
		}
	}
	if err := (Route{Source: User, Name: "pays d'été", Value: "1"}).Validate(); err != nil {
		t.Error(err)
	}
}
