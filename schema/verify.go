package schema

import "fmt"

// Options bound a search. The zero value is what most plans need.
type Options struct {
	// MaxStates is how many states are looked at, at most; 0 is 1,000,000.
	MaxStates int
	// Records is how many records stand for all: 1 to 3; 0 is 2.
	Records int
}

// Verify explores everything that can happen while the plan is carried out (see the package's documentation) and
// says whether it is safe: a shortest counterexample, or the horizon. The error joins one [*FieldError] for each
// thing that is wrong with the plan as data; a plan that is not safe is no error.
//
// The cost is the sum over the attributes, not the product.
func Verify(p Plan, o Options) (Result, error) {
	if err := p.Validate(); err != nil {
		return Result{}, err
	}
	v := &verifier{plan: &p, limit: o.MaxStates, parts: components(&p, cmpOr(o.Records, 2))}
	if v.limit == 0 {
		v.limit = 1_000_000
	}
	v.run()
	return v.result, nil
}

func cmpOr(n, otherwise int) int {
	if n <= 0 {
		return otherwise
	}
	return min(n, maxRecords)
}

// verifier is one verification. Horizons are by position in the plan, and by the highest position that was ever reached: what
// was done and taken back has left its marks.
type verifier struct {
	plan   *Plan
	limit  int
	parts  []*component
	safe   []map[state]bool // by component: states from which nothing goes wrong as long as no step is made
	runs   []uint64         // by position: the versions that the plan has brought until then
	back   [][]uint64       // the versions to which one may go
	ahead  []uint64         // by position: newer versions that may start, if nothing was taken back
	lost   [][]Trace        // by position
	result Result
}

func (v *verifier) run() {
	n := len(v.plan.Steps) + 1
	v.runs, v.back, v.lost = v.current(), make([][]uint64, n), make([][]Trace, n)
	for p := range v.back {
		v.back[p] = make([]uint64, n)
	}
	for range v.parts {
		v.safe = append(v.safe, map[state]bool{})
	}
	straight := v.round()
	if stopped := v.over(straight); v.wrong(straight) || stopped {
		return
	}
	v.begin(straight)
	for {
		found := v.round()
		stopped := v.over(found)
		narrowed := !stopped && v.narrow(found)
		stopped = stopped || v.over(found)
		if stopped || !narrowed {
			v.rows()
		}
		if stopped {
			return
		}
		if !narrowed {
			v.result.Safe = !v.wrong(found) && !v.stuck(found) && !v.undeclared()
			return
		}
	}
}

// current are, by position, the versions that run if nothing is rolled back.
func (v *verifier) current() []uint64 {
	refs := map[string]int{}
	for i := range v.plan.Versions {
		refs[v.plan.Versions[i].Ref()] = i
	}
	var now uint64
	for _, ref := range v.plan.Start.Running {
		now |= 1 << refs[ref]
	}
	out := []uint64{now}
	for _, s := range v.plan.Steps {
		if s.Deploy != "" {
			brought := refs[s.Deploy]
			for i := range v.plan.Versions {
				if v.plan.Versions[i].Service == v.plan.Versions[brought].Service {
					now &^= 1 << i
				}
			}
			now |= 1 << brought
		}
		out = append(out, now)
	}
	return out
}

// older are the versions at a position that are not newer than what the plan has brought.
func (v *verifier) older(p int) (mask uint64) {
	for i := range v.plan.Versions {
		each(v.runs[p], func(now int) {
			if v.plan.Versions[i].Service == v.plan.Versions[now].Service && i <= now {
				mask |= 1 << i
			}
		})
	}
	return mask
}

// round explores every component with the horizon as it is known.
func (v *verifier) round() []*search {
	out := make([]*search, len(v.parts))
	for i, c := range v.parts {
		horizon := make([][]uint64, len(c.steps)+1)
		for at := range horizon {
			horizon[at] = make([]uint64, len(c.steps)+1)
		}
		for p, at := range c.at {
			for top := p; top < len(c.at); top++ {
				horizon[at][c.at[top]] |= v.back[p][top]
			}
		}
		m := &mover{component: c, horizon: horizon}
		out[i] = m.explore(c.starts(), v.limit-v.result.States, true)
		v.result.States += len(out[i].states)
	}
	return out
}

// over says that the search has to end, and why.
func (v *verifier) over(found []*search) bool {
	v.result.Complete = false
	for _, f := range found {
		if f.crowded {
			v.result.Stopped = f.name + ": more than 64 kinds of messages"
			return true
		}
	}
	for _, f := range found {
		if f.full || v.result.States > v.limit {
			v.result.Stopped = fmt.Sprintf("more than %d states: allow more, or make the plan smaller", v.limit)
			return true
		}
	}
	v.result.Complete = true
	return false
}

// wrong keeps the shortest story, if there is one.
func (v *verifier) wrong(found []*search) bool {
	for _, f := range found {
		if f.bad < 0 {
			continue
		}
		if t := f.trace(); v.result.Counterexample == nil || len(t.Lines) < len(v.result.Counterexample.Lines) {
			v.result.Counterexample = t
		}
	}
	return v.result.Counterexample != nil
}
