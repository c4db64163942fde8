package strategytest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/strategy/strategytest"
)

// halves is a strategy of a user's own that is as it should be.
type halves struct {
	Pace  strategy.Pace   `json:"pace"`
	First strategy.Weight `json:"first"`
}

func (halves) Kind() string { return "halves" }

func (h halves) Ladder() (strategy.Ladder, error) {
	if h.First == 0 {
		h.First = strategy.Full / 2
	}
	return strategy.Ladder{Pace: h.Pace, Steps: []strategy.Step{{Name: "half", Weight: h.First}, {Name: "all", Weight: strategy.Full}}}, nil
}

// pointed is one that is used by pointer.
type pointed struct {
	First strategy.Weight `json:"first"`
}

func (*pointed) Kind() string                       { return "pointed" }
func (p *pointed) Ladder() (strategy.Ladder, error) { return halves{First: p.First}.Ladder() }

func TestUsersOwn(t *testing.T) {
	for _, s := range []strategy.Strategy{halves{}, halves{First: 1, Pace: strategy.Pace{Surge: strategy.Count(1)}}, &halves{First: 9999}, &pointed{First: 4200}} {
		if err := strategytest.Test(s); err != nil {
			t.Errorf("%T: %v", s, err)
		}
	}
}

// crooked is a strategy whose answers the test decides on. What it asks of itself
// is no data: it survives no JSON.
type crooked struct {
	Name string `json:"name"`
	do   func() (strategy.Ladder, error)
	kind func() string
}

func (c crooked) Kind() string {
	if c.kind != nil {
		return c.kind()
	}
	return "crooked"
}

func (c crooked) Ladder() (strategy.Ladder, error) {
	if c.do != nil {
		return c.do()
	}
	return halves{}.Ladder()
}

func ladder(steps ...strategy.Step) func() (strategy.Ladder, error) {
	return func() (strategy.Ladder, error) { return strategy.Ladder{Steps: steps}, nil }
}

// unwritable has a field that is no JSON.
type unwritable struct {
	halves
	Note string          `json:"note"`
	When func() struct{} `json:"when"`
}

// fickle has a kind that depends on its fields.
type fickle struct {
	halves
	Name string `json:"name"`
}

func (f fickle) Kind() string { return "fickle" + f.Name }

func TestBrokenStrategies(t *testing.T) {
	calls := 0
	for _, c := range []struct {
		name string
		s    strategy.Strategy
		want string
	}{
		{"kind that is empty", crooked{kind: func() string { return "" }}, `kind "": must be a letter`},
		{"kind that is no key", crooked{kind: func() string { return "a.b c" }}, `kind "a.b c": must be a letter`},
		{"kind that changes", crooked{kind: func() string { calls++; return "k" + strings.Repeat("x", calls%3) }}, "at another call"},
		{"kind of the fields", fickle{Name: "x"}, `kind "ficklex": is "fickle" in a zero`},
		{"ladder that fails", crooked{do: func() (strategy.Ladder, error) { return strategy.Ladder{}, errors.New("no luck") }}, "the ladder: no luck"},
		{"ladder that differs", crooked{do: func() (strategy.Ladder, error) {
			calls++
			return ladder(strategy.Step{Name: "all", Weight: strategy.Full - strategy.Weight(calls%2)})()
		}}, "is another one at call 2"},
		{"ladder without steps", crooked{do: ladder()}, "the ladder is not valid: steps: 0 steps: must be 1 to 100"},
		{"duplicate names", crooked{do: ladder(strategy.Step{Name: "a"}, strategy.Step{Name: "a", Weight: strategy.Full})}, `"a" is already the name of steps[0]`},
		{"weights that fall", crooked{do: ladder(strategy.Step{Name: "a", Weight: 2}, strategy.Step{Name: "b", Weight: 1})}, "must be at least 0.02%"},
		{"fields that are no data", crooked{do: ladder(strategy.Step{Name: "all", Weight: strategy.Full})}, "the strategy is another one after JSON"},
		{"fields that cannot be written", unwritable{When: func() struct{} { return struct{}{} }}, "the strategy cannot be written as JSON"},
		{
			"step that is feasible nowhere",
			crooked{do: ladder(strategy.Step{Name: "half", Weight: 5000, Candidate: strategy.Count(0)})},
			`step "half": is not feasible in any fleet that was tried: with desired`,
		},
	} {
		err := strategytest.Test(c.s, strategytest.Rounds(1))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: must say %q, and says\n%v", c.name, c.want, err)
		}
	}
}

// TestFeasibleSomewhere: a step may need what few fleets have.
func TestFeasibleSomewhere(t *testing.T) {
	large := crooked{do: ladder(strategy.Step{Name: "500", Weight: 1, Stable: strategy.Count(500)})}
	err := strategytest.Test(large, strategytest.Rounds(1))
	if err == nil || strings.Contains(err.Error(), "feasible") {
		t.Errorf("%v", err)
	}
	if err := strategytest.Test(halves{}, strategytest.Fleets(strategy.Fleet{Desired: 1})); err == nil || !strings.Contains(err.Error(), `step "half": is not feasible`) {
		t.Errorf("half of one instance: %v", err)
	}
}
