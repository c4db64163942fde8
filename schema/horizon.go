package schema

import (
	"fmt"
	"slices"
)

// begin sets the horizons to what the plan allows if nothing is ever taken back, less what its steps forgo.
func (v *verifier) begin(straight []*search) {
	var forgone uint64
	var mayRun []uint64
	for p := range v.back {
		if p > 0 {
			for _, ref := range v.plan.Steps[p-1].Forgoes {
				forgone |= 1 << slices.IndexFunc(v.plan.Versions, func(one Version) bool { return one.Ref() == ref })
			}
		}
		for top := range v.back[p] {
			v.back[p][top] = v.older(p)
		}
		mayRun = append(mayRun, ^forgone)
		v.ahead = append(v.ahead, (1<<len(v.plan.Versions)-1)&^v.older(p))
	}
	v.narrow(straight)
	for p := range v.back {
		for top := range v.back[p] {
			v.back[p][top] &= mayRun[p]
		}
	}
	for i, f := range straight {
		verdicts := verdicts{verifier: v, part: i, search: f, steady: f.steady(), known: map[[3]int]loss{}}
		for p, at := range f.at {
			each(v.ahead[p], func(u int) {
				if verdicts.of(at, at, u).why != nil {
					v.ahead[p] &^= 1 << u
				}
			})
		}
	}
}

// loss is that one cannot go to a version from a position: why, and in which state of an attribute's search.
type loss struct {
	p, top, u, part int
	why             *Trace
	origin          int32
}

// narrow takes out of the horizons every version to which one cannot go from some state that was found: from worlds in
// which each service has one version, with the schema as it is. It says whether there was any. What was found by a roll that is
// itself to be taken out waits for the next round, where it may not be found any more.
func (v *verifier) narrow(found []*search) bool {
	var losses []loss
	for i, f := range found {
		verdicts := verdicts{verifier: v, part: i, search: f, steady: f.steady(), known: map[[3]int]loss{}}
		for p, at := range f.at {
			for top := p; top < len(f.at); top++ {
				leave := v.back[p][top]
				if p == top {
					leave &^= v.runs[p] // what the plan has brought, and not taken back
				}
				each(leave, func(u int) {
					if one := verdicts.of(at, f.at[top], u); one.why != nil {
						one.p, one.top = p, top
						losses = append(losses, one)
					}
				})
			}
		}
	}
	any := false
	for _, one := range losses {
		if !found[one.part].relies(one.origin, losses) {
			v.take(one)
			any = true
		}
	}
	if any {
		return true
	}
	// They rely on one another: what is furthest behind goes first.
	furthest := 0
	for _, one := range losses {
		furthest = max(furthest, v.behind(one))
	}
	for _, one := range losses {
		if v.behind(one) == furthest {
			v.take(one)
		}
	}
	return len(losses) > 0
}

// behind is how many versions of its service are newer, up to the one that the plan has there.
func (v *verifier) behind(one loss) (n int) {
	service := v.plan.Versions[one.u].Service
	each(v.older(one.p), func(i int) {
		if i > one.u && v.plan.Versions[i].Service == service {
			n++
		}
	})
	return n
}

func (v *verifier) take(one loss) {
	v.back[one.p][one.top] &^= 1 << one.u
	if one.p == one.top {
		v.lost[one.p] = append(v.lost[one.p], *one.why)
	}
}

// relies says whether a state was reached by going where one is about to be forbidden to go.
func (f *search) relies(i int32, losses []loss) bool {
	for ; f.from[i] >= 0; i = f.from[i] {
		before, after := &f.states[f.from[i]], &f.states[i]
		by := f.by[i]
		if by.act != rolls && by.act != withdrawn {
			continue
		}
		at, top := f.made(before), int(before.top)
		if slices.ContainsFunc(losses, func(one loss) bool {
			return f.at[one.p] == at && f.at[one.top] == top &&
				(int(by.n) == one.u || by.act == withdrawn && after.fleet&(1<<one.u) != 0)
		}) {
			return true
		}
	}
	return false
}

// verdicts remembers what closures found.
type verdicts struct {
	*verifier
	*search
	part   int
	steady map[[2]int][]int32
	known  map[[3]int]loss
}

// of says what goes wrong if one goes to a version from a position.
func (v *verdicts) of(at, top, u int) loss {
	key := [3]int{at, top, u}
	out, known := v.known[key]
	if !known {
		out = loss{u: u, part: v.part}
		out.why, out.origin = v.closure(v.part, v.search, v.steady[[2]int{at, top}], u)
		v.known[key] = out
	}
	return out
}

// steady are the states by position, and highest position, in which each service has one version.
func (f *search) steady() map[[2]int][]int32 {
	out := map[[2]int][]int32{}
	for i := range f.states {
		s := &f.states[i]
		one := true
		for service := range f.services {
			mates := s.fleet & f.service(service)
			one = one && mates&(mates-1) == 0
		}
		if one {
			at := [2]int{f.made(s), int(s.top)}
			out[at] = append(out[at], int32(i))
		}
	}
	return out
}

// closure says what goes wrong if a version is brought beside and then instead of the one that runs, and no step is made; nil if
// nothing does.
func (v *verifier) closure(part int, f *search, from []int32, u int) (*Trace, int32) {
	c := v.parts[part]
	var starts []state
	origin := map[state]int32{}
	for _, i := range from {
		s := f.states[i]
		if s.fleet&c.service(c.versions[u].service) == 0 {
			continue // the service does not run
		}
		s.pos, s.top = 0, 0
		s.fleet |= 1 << u
		if _, known := origin[s]; !known {
			origin[s] = i
			starts = append(starts, s)
		}
	}
	m := &mover{component: c, frozen: true, safe: v.safe[part]}
	g := m.explore(starts, v.limit-v.result.States, false)
	v.result.States += len(g.states)
	if g.bad < 0 {
		if !g.full {
			for _, s := range g.states {
				v.safe[part][s] = true
			}
		}
		return nil, 0
	}
	t := g.trace()
	first := g.bad
	for g.from[first] >= 0 {
		first = g.from[first]
	}
	lines := append(f.story(origin[g.states[first]]), "somebody rolls to "+c.versions[u].ref)
	t.Version = c.versions[u].ref
	t.Lines = append(lines, t.Lines[1:]...)
	return t, origin[g.states[first]]
}

// rows makes the table.
func (v *verifier) rows() {
	names := func(mask uint64) (out []string) {
		each(mask, func(i int) { out = append(out, v.plan.Versions[i].Ref()) })
		return out
	}
	for p := range v.back {
		row := Row{After: "start", Back: names(v.back[p][p]), Next: names(v.ahead[p])}
		if p > 0 {
			row.After = v.plan.Steps[p-1].Name
			each(v.back[p-1][p-1]&^v.back[p][p], func(u int) {
				ref := v.plan.Versions[u].Ref()
				i := slices.IndexFunc(v.lost[p], func(t Trace) bool { return t.Version == ref })
				if i >= 0 {
					row.Lost = append(row.Lost, v.lost[p][i])
				} else {
					row.Lost = append(row.Lost, Trace{Kind: Undeclared, Version: ref, Wrong: "the plan forgoes it"})
				}
			})
		}
		v.result.Horizon = append(v.result.Horizon, row)
	}
}

// undeclared finds a version that leaves the horizon where no step forgoes it.
func (v *verifier) undeclared() bool {
	for p, row := range v.result.Horizon {
		for _, t := range row.Lost {
			if !slices.Contains(v.plan.Steps[p-1].Forgoes, t.Version) {
				why := t
				why.Kind = Undeclared
				why.Wrong = fmt.Sprintf("after step %q one can no longer go back to %s, and the step does not forgo it: %s", row.After, t.Version, t.Wrong)
				v.result.Counterexample = &why
				return true
			}
		}
	}
	return false
}

// Declare returns the plan with what each step forgoes, as it was found by [Verify]; nothing else is changed. It is for
// those who make plans: a plan that is written by hand declares it.
func Declare(p Plan, o Options) (Plan, error) {
	p.Steps = slices.Clone(p.Steps)
	for i := range p.Steps {
		p.Steps[i].Forgoes = nil
	}
	found, err := Verify(p, o)
	if err != nil {
		return p, err
	}
	for i, row := range found.Horizon {
		for _, t := range row.Lost {
			p.Steps[i-1].Forgoes = append(p.Steps[i-1].Forgoes, t.Version)
		}
	}
	return p, nil
}
