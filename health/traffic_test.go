package health

import (
	"testing"
	"time"
)

// TestExpectedOfBoth: what compares needs both versions to do something.
func TestExpectedOfBoth(t *testing.T) {
	for _, j := range []Difference{{Bad: "b", Total: "t"}, {Gauge: "g"}, {Total: "t", Per: PerTime}} {
		for _, c := range []struct {
			signal  Signal
			traffic Traffic
			want    bool
		}{
			{Signal{Judge: j}, Traffic{Served: true, Stable: true}, true},
			{Signal{Judge: j}, Traffic{Served: true}, false},
			{Signal{Judge: j}, Traffic{Stable: true, Mirrored: true}, false},
			{Signal{Judge: j, Scope: "business"}, Traffic{Served: true}, false},
			{Signal{Judge: j, Scope: "business"}, Traffic{Stable: true}, false},
			{Signal{Judge: j, Mirrored: true}, Traffic{Stable: true, Mirrored: true}, true},
			{Signal{Judge: j, Mirrored: true}, Traffic{Mirrored: true}, false},
		} {
			if got := c.signal.Expected(c.traffic); got != c.want {
				t.Errorf("%+v with %+v: %v", c.signal, c.traffic, got)
			}
		}
	}
}

func TestExpected(t *testing.T) {
	threshold := Threshold{Bad: "b", Total: "t", Max: 0.01}
	probe := probe{}
	none, served, mirrored, stable := Traffic{}, Traffic{Served: true}, Traffic{Mirrored: true}, Traffic{Stable: true}
	for name, c := range map[string]struct {
		signal Signal
		want   [4]bool // for none, served, mirrored, stable
	}{
		"served":        {Signal{Judge: threshold}, [4]bool{false, true, false, false}},
		"candidate":     {Signal{Judge: threshold, Scope: "candidate"}, [4]bool{false, true, false, false}},
		"mirrored":      {Signal{Judge: threshold, Mirrored: true}, [4]bool{false, false, true, false}},
		"stable":        {Signal{Judge: threshold, Scope: "stable"}, [4]bool{false, false, false, true}},
		"stable probe":  {Signal{Judge: probe, Scope: "stable"}, [4]bool{true, true, true, true}},
		"business":      {Signal{Judge: threshold, Scope: "business"}, [4]bool{true, true, true, true}},
		"probe":         {Signal{Judge: probe}, [4]bool{true, true, true, true}},
		"without judge": {Signal{}, [4]bool{true, true, true, true}},
	} {
		for i, traffic := range []Traffic{none, served, mirrored, stable} {
			if got := c.signal.Expected(traffic); got != c.want[i] {
				t.Errorf("%s: %v with %+v", name, got, traffic)
			}
		}
	}
}

// TestNobodyMatches: of requests that only match routes there may be none. Then the
// release is not promoted, and nothing is missed, but of what does not hang on who
// matches.
func TestNobodyMatches(t *testing.T) {
	threshold := Threshold{Bad: "b", Total: "t"}
	now, fine := at(100), Evidence{Verdict: Healthy, Seen: at(100)}
	for name, c := range map[string]struct {
		signal Signal
		missed bool
	}{
		"candidate": {Signal{Judge: threshold}, false},
		"stable":    {Signal{Judge: threshold, Scope: "stable"}, true},
		"business":  {Signal{Judge: threshold, Scope: "business"}, true},
		"mirrored":  {Signal{Judge: threshold, Mirrored: true}, true},
		"probe":     {Signal{Judge: probe{}}, true},
	} {
		c.signal.Every, c.signal.WarmUp = time.Second, -1
		p := Policy{Signals: []Signal{c.signal}}.Normalize()
		matched := Traffic{Served: true, Matched: true, Mirrored: true, Stable: true}
		want := Assessment{Verdict: NoData, Do: Continue, Blame: 0}
		if c.missed {
			want.Do = Hold
		}
		if a := p.Assess(now, start, matched, []Evidence{{}, fine}); a != want {
			t.Errorf("%s: %+v, want %+v", name, a, want)
		}
		matched.Matched = false
		if a := p.Assess(now, start, matched, []Evidence{{}, fine}); a.Do != Hold {
			t.Errorf("%s is not missed where somebody is served: %+v", name, a)
		}
		if a := p.Assess(now, start, Traffic{Served: true, Matched: true, Mirrored: true, Stable: true}, []Evidence{{Verdict: Degraded, Seen: now}, fine}); a.Do != Hold {
			t.Errorf("%s: harm counts for nothing: %+v", name, a)
		}
	}
}

// TestNoNeedlessLook: a signal that is not expected, or is not missed, is no reason to
// look again; one that is, is.
func TestNoNeedlessLook(t *testing.T) {
	p := Policy{Signals: []Signal{{Name: "errors", Judge: Threshold{Bad: "b", Total: "t"}, Every: time.Second, MaxGap: 2 * time.Second, WarmUp: -1}}}.Normalize()
	ev := []Evidence{{}, {Verdict: Healthy, Seen: start}}
	readiness := start.Add(p.gap(1))
	for name, c := range map[string]struct {
		traffic Traffic
		want    time.Time
	}{
		"a dark preview":   {Traffic{Stable: true}, readiness},
		"a routed preview": {Traffic{Served: true, Matched: true}, readiness},
		"served":           {Traffic{Served: true}, start.Add(2 * time.Second)},
	} {
		if got := p.NextMissing(start, start, c.traffic, ev); !got.Equal(c.want) {
			t.Errorf("%s: look again at %v, want %v", name, got, c.want)
		}
	}
}

// probe is a judge that measures nothing by name.
type probe struct{}

func (probe) Kind() string                 { return "probe" }
func (probe) Begin(*Evidence)              {}
func (probe) Fold(*Evidence, *Sample) bool { return true }

// TestUnexpectedCountsForNothing: a signal that cannot be measured neither opens nor
// holds anything, but harm that it has shown stays.
func TestUnexpectedCountsForNothing(t *testing.T) {
	p := Policy{Signals: []Signal{
		{Name: "errors", Judge: Threshold{Bad: "b", Total: "t"}, Every: time.Second, WarmUp: -1},
		{Name: "shadow", Judge: Threshold{Bad: "b", Total: "t"}, Mirrored: true, Every: time.Second, WarmUp: -1, On: Reactions{Degraded: Rollback, Missing: Rollback}},
	}}.Normalize()
	now := at(100)
	fine := Evidence{Verdict: Healthy, Seen: now, Proven: true}
	harm := Evidence{Verdict: Degraded, Seen: at(0)}
	for name, c := range map[string]struct {
		traffic Traffic
		ev      []Evidence
		want    Assessment
		next    bool
	}{
		"readiness alone":  {Traffic{}, []Evidence{{}, {}, fine}, Assessment{Verdict: Healthy, Do: Continue, Blame: -1}, true},
		"nothing at all":   {Traffic{}, []Evidence{{}, {}, {}}, Assessment{Verdict: NoData, Do: Hold, Blame: 2}, false},
		"served":           {Traffic{Served: true}, []Evidence{fine, {}, fine}, Assessment{Verdict: Healthy, Proven: true, Do: Continue, Blame: -1}, true},
		"mirrored":         {Traffic{Mirrored: true}, []Evidence{{}, fine, fine}, Assessment{Verdict: Healthy, Proven: true, Do: Continue, Blame: -1}, true},
		"both":             {Traffic{Served: true, Mirrored: true}, []Evidence{fine, {}, fine}, Assessment{Verdict: NoData, Do: Rollback, Blame: 1}, true},
		"harm from before": {Traffic{Served: true}, []Evidence{fine, harm, fine}, Assessment{Verdict: Degraded, Do: Rollback, Blame: 1}, true},
	} {
		if got := p.Assess(now, start, c.traffic, c.ev); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
		if next := p.NextMissing(now, start, c.traffic, c.ev); next.IsZero() == c.next {
			t.Errorf("%s: look again at %v", name, next)
		}
	}
	p.Signals[1].On = Reactions{Degraded: Hold, Missing: Rollback}
	if a := p.Assess(now, start, Traffic{Served: true}, []Evidence{fine, harm, fine}); a.Do != Hold {
		t.Errorf("harm from before is missed, too: %+v", a)
	}
}
