package rollout_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

// both is a composite of somebody else, with gates in a field and in a list.
type both struct {
	First gate.Gate   `json:"first"`
	Other []gate.Gate `json:"other"`
}

func (both) Kind() string                           { return "both" }
func (b both) Parts() []gate.Gate                   { return append([]gate.Gate{b.First}, b.Other...) }
func (both) With(parts []gate.Gate) gate.Gate       { return both{parts[0], parts[1:]} }
func (b both) Evaluate(f gate.Facts) gate.Decision  { return gate.All(b.Parts()).Evaluate(f) }
func (b both) Explain(f gate.Facts) (r gate.Reason) { return gate.All(b.Parts()).Explain(f) }

// Every gate is written as it is read, each field of it, and gates of one's own in each
// gate that has others in it.
func TestGatesJSON(t *testing.T) {
	own := shut{Fact: "year end"}
	evening := gate.Hours{Days: gate.EveryDay, From: 18 * time.Hour, To: 21 * time.Hour}
	p := canaryPlan()
	p.Stages[0].Gates = rollout.Gates{Exit: []gate.Gate{
		gate.Bake{For: time.Hour, Factor: 0.5, Min: time.Minute, Early: true, Peak: &gate.Peak{Zone: "Asia/Tokyo", Hours: evening}},
		gate.Requests{Min: 5, Base: 0.005, Signal: "errors"},
		gate.Requests{Min: 7, Endpoint: "POST /orders"},
		gate.Healthy{Signals: []string{"a", "b"}, For: time.Second, Passes: 3, Digest: true},
		gate.Fact{Name: "lease", Value: "held", MaxAge: 90 * time.Second},
		gate.Fact{Name: "scan", Digest: true},
		gate.Approval{Count: 2, Roles: []string{"ops"}, NotAuthor: true, For: "launch", Lasts: 36 * time.Hour},
		gate.Window{Zone: "Asia/Tokyo", Open: []gate.Hours{evening}, Closed: gate.Pause, Except: gate.Any{own, gate.Approval{For: "night"}}},
		gate.Freeze{
			Name: "winter", Zone: "Asia/Tokyo", Closed: gate.Continue, Except: own,
			Spans: []gate.Frozen{{From: "2026-12-18 18:00", To: "2027-01-04", Reason: "year end"}},
		},
		gate.All{own, gate.AtLeast{N: 1, Of: []gate.Gate{own, gate.Named{Name: "mine", Gate: own}}}},
		both{own, []gate.Gate{gate.Any{both{gate.Bake{}, []gate.Gate{own}}}}},
	}}
	c := rollout.Codec{Gates: map[string]func() gate.Gate{"shut": func() gate.Gate { return shut{} }, "both": func() gate.Gate { return both{} }}}
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	back, err := c.DecodePlan(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.Stages[0].Gates, back.Stages[0].Gates, cmpopts.IgnoreUnexported(gate.Peak{})); diff != "" {
		t.Error(diff)
	}
	if again := mustJSON(t, back); again != string(data) {
		t.Errorf("%s\n%s", data, again)
	}
	_, err = rollout.Codec{}.DecodePlan(data)
	if err == nil {
		t.Error("gates that nobody knows are read")
	}
}
