package gate_test

import (
	"errors"
	"testing"

	"github.com/seed-20fe5ead/gradatim/gate"
)

// closer declares what becomes of a rollout.
type closer string

func (closer) Kind() string                          { return "closer" }
func (closer) Evaluate(gate.Facts) (d gate.Decision) { return d }
func (closer) Explain(gate.Facts) (r gate.Reason)    { return r }
func (c closer) WhenClosed() gate.Closed             { return gate.Closed(c) }

// speaks is a list that declares for its parts.
type speaks struct {
	gate.All
	closer
}

func (s speaks) Kind() string                        { return "speaks" }
func (s speaks) Evaluate(f gate.Facts) gate.Decision { return s.All.Evaluate(f) }
func (s speaks) Explain(f gate.Facts) gate.Reason    { return s.All.Explain(f) }

func TestWhenClosed(t *testing.T) {
	const goOn, finish, pause = closer("continue"), closer("finish"), closer("pause")
	for name, c := range map[string]struct {
		gate gate.Gate
		want gate.Closed
	}{
		"no gate":              {nil, gate.Finish},
		"nothing declared":     {gate.Fact{Name: "x"}, gate.Finish},
		"empty":                {closer(""), gate.Finish},
		"finish":               {finish, gate.Finish},
		"continue":             {goOn, gate.Continue},
		"pause":                {pause, gate.Pause},
		"unknown":              {closer("stop"), gate.Pause},
		"all of one kind":      {gate.All{goOn, goOn}, gate.Continue},
		"finish is stricter":   {gate.Any{goOn, finish}, gate.Finish},
		"as is the default":    {gate.Any{goOn, gate.Fact{Name: "x"}}, gate.Finish},
		"pause is strictest":   {gate.AtLeast{N: 1, Of: []gate.Gate{pause, finish, goOn}}, gate.Pause},
		"at any depth":         {gate.Named{Name: "hours", Gate: gate.All{finish, gate.Any{pause}}}, gate.Pause},
		"a pointer":            {&gate.All{pause}, gate.Pause},
		"an empty list":        {gate.All{}, gate.Finish},
		"a list with no gate":  {gate.All{goOn, nil}, gate.Finish},
		"speaks for its parts": {speaks{gate.All{pause}, goOn}, gate.Continue},
	} {
		if got := gate.WhenClosed(c.gate); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	wrong := errors.New("must not pause")
	err := gate.Check([]gate.Gate{
		closer("pause"), nil, closer("finish"),
		gate.All{closer(""), gate.Named{Name: "x", Gate: gate.AtLeast{N: 1, Of: []gate.Gate{closer(""), closer("pause")}}}},
	}, func(g gate.Gate) error {
		if c, ok := g.(closer); ok && c == "pause" {
			return wrong
		}
		return nil
	})
	const want = "[0].closer: must not pause\n[3].all[1].named.gate.atLeast.of[1].closer: must not pause"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want\n%s", err, want)
	}
}
