package strategy

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// Reckoned by hand after ResolveFenceposts.
func TestLimits(t *testing.T) {
	for _, c := range []struct {
		surge, unavailable                     Size
		desired, wantSurge, wantMissing, floor int64
	}{
		{Size{}, Size{}, 10, 3, 2, 8},
		{Size{}, Size{}, 4, 1, 1, 3},
		{Size{}, Size{}, 1, 1, 0, 1},
		{Size{}, Size{}, 0, 0, 0, 0},
		{Count(0), Count(0), 10, 0, 1, 9},
		{Count(0), Count(0), 1, 0, 1, 0},
		{Percent(0), Percent(1), 10, 0, 1, 9},
		{Percent(0), Percent(1), 100, 0, 1, 99},
		{Percent(1), Percent(1), 10, 1, 0, 10},
		{Percent(1), Percent(1), 250, 3, 2, 248},
		{Count(5), Count(20), 10, 5, 10, 0},
		{Percent(1000), Percent(100), 3, 30, 3, 0},
		{Percent(200), Percent(33), 100, 200, 33, 67},
		{Part(3333), Part(3333), 3, 1, 0, 3},
		{Percent(25), Percent(25), maxCount, 536870912, 536870911, 1610612736},
	} {
		p := Pace{Surge: c.surge, Unavailable: c.unavailable}
		surge, missing := p.limits(c.desired)
		if surge != c.wantSurge || missing != c.wantMissing || p.floor(c.desired) != c.floor {
			t.Errorf("%v of %d: surge %d, unavailable %d, floor %d; want %d, %d, %d",
				p, c.desired, surge, missing, p.floor(c.desired), c.wantSurge, c.wantMissing, c.floor)
		}
	}
}

func TestNeed(t *testing.T) {
	for _, c := range []struct {
		floor, instances int64
		carries          Weight
	}{{8, 3, 3750}, {9, 5, 5556}, {9, 4, 4445}, {9, 9, Full}, {9, 12, Full}, {0, 1, Full}, {1, 1, Full}, {3, 0, 0}, {maxCount, 1, 1}, {maxCount, maxCount - 1, Full}} {
		if got := capacity(c.instances, c.floor); got != c.carries {
			t.Errorf("%d of %d carry %v, want %v", c.instances, c.floor, got, c.carries)
		}
		if got := need(c.carries, c.floor); capacity(got, c.floor) < c.carries || got > 0 && capacity(got-1, c.floor) >= c.carries {
			t.Errorf("%v of %d needs %d", c.carries, c.floor, got)
		}
	}
}

// A broken candidate that is rolled back goes at once; an outage of all of stable
// must not end it before the candidate is there in its place.
func TestMoveUnready(t *testing.T) {
	full, bottom := Step{Weight: Full}, Bottom()
	broken := Fleet{Desired: 10, Can: Can{Split: true}, Stable: Counts{Instances: 8, Ready: 8, Settled: 8, Releasable: 8, Weight: Full}, Candidate: Counts{Instances: 5}}
	if a := Move(broken, &bottom, &Pace{}); a.Stable.Instances != 8 || a.Candidate.Instances != 0 {
		t.Errorf("rollback of a broken candidate that fills the ceiling: %+v", a)
	}
	broken.Candidate.Instances = 3
	if a := Move(broken, &bottom, &Pace{}); a.Stable.Instances != 10 || a.Candidate.Instances != 3 {
		t.Errorf("rollback of a broken candidate with room for stable: %+v", a)
	}
	outage := Fleet{Desired: 10, Can: Can{Split: true}, Stable: Counts{Instances: 10, Weight: Full}}
	if a := Move(outage, &full, &Pace{}); a.Stable.Instances != 10 || a.Candidate.Instances != 3 {
		t.Errorf("outage of stable: %+v", a)
	}
	outage.Candidate.Instances = 3
	if a := Move(outage, &full, &Pace{}); a.Stable.Instances != 8 || a.Candidate.Instances != 3 {
		t.Errorf("outage of stable: %+v", a)
	}
}

// TestMoveOrder: leftovers go before the candidate, and this before stable. Of 13
// instances 10 are the floor, so that three may go.
func TestMoveOrder(t *testing.T) {
	to, p := Step{Weight: Full, Candidate: Count(8), Stable: Count(0)}, Pace{Surge: Count(0), Unavailable: Count(0)}
	idle := func(n int64) Counts { return Counts{Instances: n, Ready: n, Settled: n, Releasable: n} }
	for _, c := range []struct{ have, want [3]int64 }{
		{[3]int64{0, 9, 4}, [3]int64{0, 9, 1}},
		{[3]int64{2, 8, 3}, [3]int64{2, 8, 0}},
		{[3]int64{2, 9, 2}, [3]int64{2, 8, 0}},
		{[3]int64{3, 9, 1}, [3]int64{2, 8, 0}},
		{[3]int64{2, 11, 0}, [3]int64{2, 8, 0}},
		{[3]int64{4, 9, 0}, [3]int64{2, 8, 0}},
	} {
		f := Fleet{Desired: 11, Stable: idle(c.have[0]), Candidate: idle(c.have[1]), Leftover: idle(c.have[2])}
		a := Move(f, &to, &p)
		if got := [3]int64{a.Stable.Instances, a.Candidate.Instances, a.Leftover.Instances}; got != c.want {
			t.Errorf("of %v remain %v, want %v", c.have, got, c.want)
		}
	}
}

func TestMoveOverload(t *testing.T) {
	f := Fleet{
		Desired: 10, Can: Can{Split: true},
		Stable:    Counts{Instances: 2, Ready: 2, Settled: 2, Releasable: 2, Weight: 1000},
		Candidate: Counts{Instances: 10, Ready: 10, Settled: 10, Releasable: 10, Weight: 9000},
	}
	bottom := Bottom()
	for _, overload := range []bool{false, true} {
		p := Pace{Overload: overload}
		a := Move(f, &bottom, &p)
		if want := map[bool]Weight{false: 2500, true: Full}[overload]; a.Stable.Weight != want || Overloaded(f, a, &p) != overload {
			t.Errorf("overload %t: %+v", overload, a)
		}
	}
	f.Candidate.Ready, f.Candidate.Settled = 0, 0
	if a := Move(f, &bottom, &Pace{}); a.Stable.Weight != Full || !Overloaded(f, a, &Pace{}) {
		t.Errorf("candidate lost: %+v", a)
	}
}

func TestValidate(t *testing.T) {
	l := Ladder{
		Steps: []Step{
			{Name: "a", Weight: 2500, Mirror: -1, Routes: []Route{{Source: "ip"}}},
			{Name: "a", Weight: 1000, Candidate: Count(-1), Keep: -time.Second},
			{Weight: Full + 1},
			{Name: strings.Repeat("x", 64), Weight: Full},
		},
		Pace: Pace{Surge: Percent(1001), Unavailable: Percent(101), Drain: -1},
	}
	want := `steps[0].mirror: -0.01% must be 0% to 100%
steps[0].routes[0].source: "ip" must be "header", "cookie" or "user"
steps[0].routes[0].name: must be given
steps[0].routes[0]: exactly one of value, prefix, regexp and in must be given, not 0
steps[1].candidate: -1 must be 0 to 2147483647, or 0% to 1000%
steps[1].keep: -1s must not be negative
steps[1].name: "a" is already the name of steps[0]
steps[1].weight: 10% must be at least 25%, the weight of a step before
steps[2].name: must be given
steps[2].weight: 100.01% must be 0% to 100%
steps[3].name: "` + strings.Repeat("x", 64) + `" must have at most 63 bytes
steps[3].weight: 100% must be at least 100.01%, the weight of a step before
pace.surge: 1001% must be 0 to 2147483647, or 0% to 1000%
pace.unavailable: 101% must be at most 100%
pace.drain: -1ns must not be negative`
	if err := l.Validate(); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	for _, n := range []int{0, 101} {
		if err := (Ladder{Steps: make([]Step, n)}).Validate(); err == nil || err.Error() != fmt.Sprintf("steps: %d steps: must be 1 to 100", n) {
			t.Errorf("%d steps: %v", n, err)
		}
	}
}

// TestValidateExclusive: what never runs two versions has no step that needs two.
func TestValidateExclusive(t *testing.T) {
	l := Ladder{Steps: []Step{{Name: "a", Weight: 1}, {Name: "b", Proportional: true, Weight: 1}, {Name: "c", Weight: Full}}, Pace: Pace{Exclusive: true}, Sticky: Sticky{Name: "id"}}
	want := `steps[0]: must run the candidate or stable: an exclusive pace never runs two versions
steps[1].weight: 0.01% must be left out of a proportional step: it follows from the sizes
steps[1]: must run the candidate or stable: an exclusive pace never runs two versions
sticky.source: "" must be "header", "cookie" or "user"`
	if err := l.Validate(); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestLadderString(t *testing.T) {
	l := Ladder{
		Steps: []Step{{Name: "dark", Candidate: Percent(50), Mirror: 250, Routes: []Route{{Source: "header", Name: "x-beta", Value: "1"}}, Keep: time.Hour, Await: "go"}, {Name: "all", Weight: Full}},
		Pace:  Pace{MinReady: time.Minute, Drain: time.Second, IgnoreStarting: true, Overload: true},
	}
	want := `step  weight  candidate  stable
dark  0%      50%        default  mirror 2.5%, route header x-beta = 1, keep 1h0m0s, await go
all   100%    default    default
pace: surge 25%, unavailable 25%, ready for 1m0s, drain 1s, ignoring starting, overload`
	if got := l.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func FuzzWeight(f *testing.F) {
	for _, s := range []string{"1%", "12.5%", "100%", "0.01%", "", "%", "1", "101%", "1.%", ".5%", "1.234%", "-1%", "+1%", "1e1%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var w, again Weight
		if w.UnmarshalText([]byte(s)) != nil {
			return
		}
		if w < 0 || w > Full {
			t.Fatalf("%q is %d", s, w)
		}
		text, _ := w.MarshalText()
		if err := again.UnmarshalText(text); err != nil || again != w {
			t.Fatalf("%q is %d, %q is %d, %v", s, w, text, again, err)
		}
	})
}

func FuzzSize(f *testing.F) {
	for _, s := range []string{"2", `"25%"`, `"default"`, "-1", "2147483648", `"12.34%"`, `"1000%"`, `"1000.01%"`, `"%"`, "null", "2.5", `""25%"`, `"200"`, "9223372036854775808", `"25%`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var size, again Size
		_ = new(Size).UnmarshalJSON([]byte(s)) // must not panic, whatever it is
		if json.Unmarshal([]byte(s), &size) != nil {
			return
		}
		if !size.valid() {
			t.Fatalf("%q is %+v", s, size)
		}
		if up, down := size.Up(maxCount), size.Down(maxCount); up < down || up-down > 1 || down < 0 {
			t.Fatalf("%q is %d or %d", s, up, down)
		}
		text, err := json.Marshal(size)
		if err != nil || json.Unmarshal(text, &again) != nil || again != size {
			t.Fatalf("%q is %+v, %s is %+v, %v", s, size, text, again, err)
		}
	})
}
