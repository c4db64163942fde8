package strategy

// Bottom is the step below every ladder: all traffic on stable, and no candidate.
// A rollback is a [Move] towards it.
func Bottom() Step {
	return Step{Name: bottomName, Candidate: Count(0), Stable: Percent(100)}
}

const bottomName = "stable"

// Sizes resolves how many instances the step asks for in a fleet of the desired
// size. By default each version has what carries its weight, rounded up, and the
// candidate at least one. Without a splitter the counts are the weight: the
// candidate has [Weight.Of] the desired size, and stable the rest. At desired 0,
// and for a target without instances, both are 0.
func (s *Step) Sizes(desired int64, can Can) (candidate, stable int64) {
	desired = clamp(desired, maxCount)
	if desired == 0 || can.Unlimited {
		return 0, 0
	}
	w := Weight(clamp(int64(s.Weight), int64(Full)))
	switch {
	case s.Proportional:
		candidate = min(s.Candidate.or(Count(0)).Up(desired), desired)
		if s.Candidate.part() && desired > 1 { // a part is not all
			candidate = min(candidate, desired-1)
		}
		stable = desired - candidate
	case can.Split:
		candidate = s.Candidate.or(Count(max(Part(w).Up(desired), 1))).Up(desired)
		stable = Part(Full - w).Up(desired)
	default:
		candidate = s.Candidate.or(Count(w.Of(desired))).Up(desired)
		stable = max(0, desired-candidate)
		if 0 < w && w < Full && desired >= 2 {
			stable = max(stable, 1)
		}
	}
	return candidate, s.Stable.or(Count(stable)).Up(desired)
}

// WeightFor is the weight that the step gives the candidate in a fleet of the desired
// size: its Weight, or of a proportional step the candidate's part of the
// instances, to the nearest basis point, and never all or nothing where both run.
func (s *Step) WeightFor(desired int64, can Can) Weight {
	if !s.Proportional {
		return Weight(clamp(int64(s.Weight), int64(Full)))
	}
	candidate, stable := s.Sizes(desired, can)
	switch {
	case candidate == 0:
		return 0
	case stable == 0:
		return Full
	}
	all := candidate + stable
	return Weight(min(max((2*candidate*int64(Full)+all)/(2*all), 1), int64(Full)-1))
}

// Need is how many ready instances carry the weight in a fleet of the desired
// size, between 0 and the floor (desired less unavailable; at least 1 for any
// weight). It is what Counts.Releasable is reckoned with: ready instances less
// the need of the highest weight that was observed within the drain time.
func (p *Pace) Need(desired int64, w Weight) int64 {
	return need(min(w, Full), p.floor(clamp(desired, maxCount)))
}

// Arrived reports whether a fleet is what the step says: the weights exactly (of
// a target that splits; to within its [Can] Grain), routes and mirror in effect as
// the step has them, the candidate's instances there and settled, stable's there
// and enough of them settled for its weight, and leftovers gone. A fleet that was
// scaled to 0 has arrived as soon as nothing runs, whatever its weights. At a step
// that no fleet can look like ([Feasible]) none arrives.
func Arrived(f Fleet, to *Step, p *Pace) bool { return Distance(f, to, p) == 0 }

// Arrived reports whether a fleet is what a step of the ladder says, as the function
// [Arrived] does, and the target keeps users on one side if the ladder is sticky.
func (l *Ladder) Arrived(f Fleet, to *Step) bool {
	return Arrived(f, to, &l.Pace) && l.sticks(to, f.Desired, f.Can)
}

// Distance is how far a fleet is from the step: 0 if and only if it [Arrived], and
// falling as long as moves progress. Its only use is to be compared with the least it was
// before, for a deadline; it is below 2^50. Any weight counts less than one
// instance: a version that fails loses its traffic at once, and that it must be
// won back instance by instance is no step back.
func Distance(f Fleet, to *Step, p *Pace) int64 {
	var m move
	m.begin(&f, to, p)
	d := m.distance(&f, to)
	if d == 0 {
		if _, why := impossible(to, p, f.Desired, f.Can); why != "" {
			return 1
		}
	}
	return d
}

func (m *move) distance(f *Fleet, to *Step) int64 {
	var counts, weights int64
	for v := range m.have {
		counts += distance(m.have[v].Instances, m.size[v])
		weights += distance(int64(m.near(m.have[v].Weight, m.aim[v])), int64(m.aim[v]))
	}
	routing := distance(clamp(int64(f.Mirror), int64(Full)), clamp(int64(to.Mirror), int64(Full)))
	if m.routed != m.routes {
		routing++
	}
	if m.can.Unlimited {
		return weights + routing
	}
	if m.desired == 0 {
		return counts
	}
	some := need(m.aim[candidate], m.floor)
	rest := need(m.aim[stable], m.floor)
	if !m.can.Split { // the counts are the weight, and at least one has some
		weights, some, rest = 0, min(some, 1), min(rest, m.size[stable])
	}
	counts += max(0, max(some, m.size[candidate])-m.have[candidate].Settled)
	counts += max(0, rest-m.have[stable].Settled)
	return counts*(4*int64(Full)) + weights + routing
}

func distance(a, b int64) int64 { return max(a-b, b-a) }

// Overloaded reports whether an allocation gives a version more than its ready
// instances carry: the share of a version that lost its own had to go somewhere,
// or the pace allows it. A fleet of which nothing is ready is not overloaded, it
// is down.
func Overloaded(f Fleet, a Allocation, p *Pace) bool {
	if f.Can.Unlimited || f.Desired <= 0 {
		return false
	}
	floor := p.floor(min(f.Desired, maxCount))
	return tooMuch(f.Stable, a.Stable, floor) || tooMuch(f.Candidate, a.Candidate, floor) || tooMuch(f.Leftover, a.Leftover, floor)
}

func tooMuch(have Counts, want Share, floor int64) bool {
	have.set(&have)
	ready := have.Ready
	return ready > 0 && want.Weight > capacity(ready, floor)
}
