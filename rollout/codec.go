package rollout

import (
	"fmt"
	"reflect"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// Codec reads plans that have strategies, gates and judges of one's own in them:
// for each kind a function that gives a zero value of it. The zero Codec knows the
// built-in kinds, and every Codec knows them; they cannot be replaced. Values are
// read by the json tags of their fields; durations are text ("10m").
type Codec struct {
	Strategies map[string]func() strategy.Strategy
	Gates      map[string]func() gate.Gate
	Judges     map[string]func() health.Judge
}

var builtin = Codec{ // never written
	Strategies: map[string]func() strategy.Strategy{
		"recreate":   func() strategy.Strategy { return strategy.Recreate{} },
		"rolling":    func() strategy.Strategy { return strategy.Rolling{} },
		"blueGreen":  func() strategy.Strategy { return strategy.BlueGreen{} },
		"canary":     func() strategy.Strategy { return strategy.Canary{} },
		"abTest":     func() strategy.Strategy { return strategy.ABTest{} },
		"darkLaunch": func() strategy.Strategy { return strategy.DarkLaunch{} },
	},
	Gates: map[string]func() gate.Gate{
		"bake":     func() gate.Gate { return gate.Bake{} },
		"requests": func() gate.Gate { return gate.Requests{} },
		"healthy":  func() gate.Gate { return gate.Healthy{} },
		"fact":     func() gate.Gate { return gate.Fact{} },
		"approval": func() gate.Gate { return gate.Approval{} },
		"window":   func() gate.Gate { return gate.Window{} },
		"freeze":   func() gate.Gate { return gate.Freeze{} },
		"all":      func() gate.Gate { return gate.All{} },
		"any":      func() gate.Gate { return gate.Any{} },
		"atLeast":  func() gate.Gate { return gate.AtLeast{} },
		"named":    func() gate.Gate { return gate.Named{} },
	},
	Judges: map[string]func() health.Judge{
		"threshold":  func() health.Judge { return health.Threshold{} },
		"compare":    func() health.Judge { return health.Compare{} },
		"latency":    func() health.Judge { return health.Latency{} },
		"objective":  func() health.Judge { return health.Objective{} },
		"difference": func() health.Judge { return health.Difference{} },
		"alert":      func() health.Judge { return health.Alert{} },
		"probe":      func() health.Judge { return health.Probe{} },
		"test":       func() health.Judge { return health.Test{} },
	},
}

// DecodePlan reads a plan of at most [MaxPlan] bytes. The error joins one
// *FieldError for every unknown or duplicate field, unknown kind and wrong value;
// what the plan says is validated by [Compile].
func (c Codec) DecodePlan(data []byte) (Plan, error) {
	kinds, err := c.kinds()
	if err != nil {
		return Plan{}, err
	}
	var p Plan
	err = strict.Decode(data, MaxPlan, kinds, &p)
	return p, err
}

func (c Codec) kinds() (strict.Kinds, error) {
	var wrong strict.Problems
	kinds := strict.Kinds{
		reflect.TypeFor[strategy.Strategy](): merge(&wrong, "strategies", builtin.Strategies, c.Strategies),
		reflect.TypeFor[gate.Gate]():         merge(&wrong, "gates", builtin.Gates, c.Gates),
		reflect.TypeFor[health.Judge]():      merge(&wrong, "judges", builtin.Judges, c.Judges),
	}
	return kinds, wrong.Err()
}

// merge joins the user's kinds to the built-in ones. A kind under another name
// than its own could be written and not be read again.
func merge[T interface{ Kind() string }](wrong *strict.Problems, path string, own, users map[string]func() T) map[string]func() any {
	all := make(map[string]func() any, len(own)+len(users))
	for kind, make := range own { // order does not matter: fills a map
		all[kind] = func() any { return make() }
	}
	for kind, make := range users { // order does not matter: fills a map; problems are about one kind each
		if _, taken := own[kind]; taken {
			wrong.Add(path+"."+kind, nil, "is built in and cannot be replaced")
		} else if make == nil || make().Kind() != kind {
			wrong.Add(path+"."+kind, nil, fmt.Sprintf("must give values whose Kind is %q", kind))
		} else {
			all[kind] = func() any { return make() }
		}
	}
	return all
}

// MarshalJSON writes the plan; fields that have their default are left out.
func (p Plan) MarshalJSON() ([]byte, error) { return strict.Encode(p) }

// UnmarshalJSON reads a plan of built-in kinds; [Codec.DecodePlan] reads others.
func (p *Plan) UnmarshalJSON(data []byte) error {
	read, err := Codec{}.DecodePlan(data)
	if err == nil {
		*p = read
	}
	return err
}

// maxState bounds the JSON of a state or a record: more than [legible] lets in.
const maxState = 512 << 20

// MarshalJSON writes the state; zero fields are left out.
func (s State) MarshalJSON() ([]byte, error) { return strict.Encode(s) }

// UnmarshalJSON reads a state. Unknown and duplicate fields are refused: the state
// was written by another version of the library, or is not a state.
func (s *State) UnmarshalJSON(data []byte) error {
	var read State
	if err := strict.Decode(data, maxState, nil, &read); err != nil {
		return err
	}
	*s = read
	return nil
}

// MarshalJSON writes the record; zero fields are left out.
func (r Record) MarshalJSON() ([]byte, error) { return strict.Encode(r) }

// UnmarshalJSON reads a record, as strictly as a state is read.
func (r *Record) UnmarshalJSON(data []byte) error {
	var read Record
	if err := strict.Decode(data, maxState, nil, &read); err != nil {
		return err
	}
	*r = read
	return nil
}
