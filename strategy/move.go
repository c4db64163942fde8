package strategy

// Move returns the next safe allocation on the way to a step: the only code that
// changes instance counts and weights, up or down a ladder. Called again with
// what is then observed it reaches every feasible step ([Feasible]); a rollback
// is a Move towards [Bottom].
//
// One call adds instances or takes some away, never both. Weights may be applied
// before, after or together with either: they are raised only as far as settled
// instances carry them, and removals spare what the larger of the observed and
// the wanted weight needs. Counts are absolute; a target that is told a smaller
// one stops unready instances first. Instances that a target was asked for and has
// not started yet are among those it has, not ready; a target that cannot start so
// many says so by a quota ([Can]).
//
// Move is pure and total: counts that cannot be (negative, more ready than
// there are, above 2^31-1) are taken as the nearest that can.
func Move(f Fleet, to *Step, p *Pace) (a Allocation) {
	var m move
	m.begin(&f, to, p)
	m.weigh()
	if !m.can.Unlimited && !m.add(f.Before, p) {
		m.remove()
	}
	for v, share := range [versions]*Share{&a.Stable, &a.Candidate, &a.Leftover} {
		share.Instances, share.Weight = m.want[v].Instances, m.want[v].Weight // by field: twice as fast as copies of what was just written
	}
	m.route(&a, to)
	return a
}

// The versions of a fleet, as indices.
const (
	stable = iota
	candidate
	leftover
	versions
)

// move is one call of Move: what is, what the step says, and what is wanted next.
type move struct {
	can       Can
	overload  bool
	exclusive bool
	routed    bool // the router has routes in effect
	routes    bool // the step has routes
	desired   int64
	floor     int64
	ceiling   int64
	present   int64 // what counts against the ceiling
	have      [versions]Counts
	limit     [versions]Weight // the most that a version may have by choice
	size      [versions]int64
	aim       [versions]Weight
	want      [versions]Share
}

func (m *move) begin(f *Fleet, to *Step, p *Pace) {
	m.can, m.overload, m.exclusive = f.Can, p.Overload, p.Exclusive
	m.routed, m.routes = f.Routed, len(to.Routes) > 0
	m.desired = clamp(f.Desired, maxCount)
	m.have[stable].set(&f.Stable)
	m.have[candidate].set(&f.Candidate)
	m.have[leftover].set(&f.Leftover)
	m.aim[candidate] = to.WeightFor(m.desired, m.can)
	m.aim[stable] = Full - m.aim[candidate]
	if m.can.Unlimited {
		for v := range m.have {
			m.have[v] = Counts{Weight: m.have[v].Weight}
		}
		return
	}
	m.size[candidate], m.size[stable] = to.Sizes(m.desired, m.can)
	surge, unavailable := p.limits(m.desired)
	if !m.exclusive {
		m.floor = m.desired - unavailable
	}
	own := m.size[stable] + m.size[candidate]
	if m.can.Split && m.have[leftover].Weight > 0 && m.have[candidate].Instances > 0 && m.have[stable].Instances < m.size[stable] {
		own++ // three versions at once: without a place of its own a leftover could block stable for ever
	}
	m.ceiling = max(m.desired+surge, own)
	if m.can.Quota > 0 {
		m.ceiling = min(m.ceiling, m.can.Quota)
	}
	for v := range m.have {
		have := &m.have[v]
		m.want[v].Instances = have.Instances
		m.present += have.Instances
		if p.IgnoreStarting {
			m.present -= have.Starting
		}
		if p.CountStopping {
			m.present += have.Stopping
		}
		if have.Ready > 0 && m.can.Split {
			m.limit[v] = max(have.Weight, capacity(have.Settled, m.floor))
		}
	}
	if m.overload && m.have[stable].Ready > 0 && m.aim[candidate] < m.have[candidate].Weight {
		m.limit[stable] = Full
	}
}

// weigh wants the step's weights as far as they may be had. What is missing goes
// to stable before leftovers and to these before the candidate, so that a
// rollback leaves the candidate first, and none is raised above its capacity
// while another has some.
func (m *move) weigh() {
	switch {
	case m.can.Unlimited:
		for v := range m.aim {
			m.want[v].Weight = m.aim[v]
		}
		return
	case m.ready() == 0:
		m.keepWeights()
		return
	case !m.can.Split: // traffic follows what is ready, whatever is wanted
		m.spread(Full)
		return
	}
	rest := m.give(stable, min(m.aim[stable], m.limit[stable]), Full)
	rest = m.give(candidate, min(m.aim[candidate], m.ripe()), rest)
	if rest == 0 {
		return
	}
	rest = m.give(stable, m.limit[stable], rest)
	rest = m.give(leftover, m.whole(leftover), rest)
	rest = m.give(candidate, min(m.have[candidate].Weight, m.limit[candidate]), rest)
	rest = m.give(leftover, m.limit[leftover], rest)
	rest = m.give(candidate, m.limit[candidate], rest)
	m.spread(rest)
}

// ripe is the most that the candidate may have on the way to the step. One that runs
// beside all of stable gets nothing more before it is complete: stable can wait, and
// a switch is one.
func (m *move) ripe() Weight {
	if have := &m.have[candidate]; m.size[stable] >= m.desired && have.Settled < m.size[candidate] {
		return min(have.Weight, m.limit[candidate])
	}
	return m.limit[candidate]
}

// give raises what a version is to have up to a weight, out of the rest that is
// not given yet, and returns what then remains of it.
func (m *move) give(v int, upTo, rest Weight) Weight {
	more := min(max(0, upTo-m.want[v].Weight), rest)
	m.want[v].Weight += more
	return rest - more
}

// whole is the weight a version has, rounded up to what the instances carry that
// are needed for it. Two versions of which both have a part of an instance to
// spare would together need one instance more than the floor, and at a surge of
// 0 wait for each other for ever.
func (m *move) whole(v int) Weight {
	return min(m.limit[v], max(m.have[v].Weight, capacity(need(m.have[v].Weight, m.floor), m.floor)))
}

// spread gives the rest to what is ready, in proportion, so that not a basis
// point is lost: the largest remainders first, of equal ones the first version.
func (m *move) spread(rest Weight) {
	if rest == 0 {
		return
	}
	ready, left := m.ready(), rest
	var remainder [versions]int64
	for v := range m.have {
		part := int64(rest) * m.have[v].Ready
		remainder[v] = part % ready
		left = m.give(v, m.want[v].Weight+Weight(part/ready), left)
	}
	for left > 0 {
		most := stable
		for v := range remainder {
			if remainder[v] > remainder[most] {
				most = v
			}
		}
		left = m.give(most, m.want[most].Weight+1, left)
		remainder[most] = -1
	}
}

// keepWeights is for a fleet of which nothing can serve: moving traffic would
// not help, so what the router has is left alone if it is valid.
func (m *move) keepWeights() {
	var sum Weight
	for v := range m.have {
		m.want[v].Weight = m.have[v].Weight
		sum += m.have[v].Weight
	}
	if sum == Full {
		return
	}
	m.want[stable].Weight, m.want[candidate].Weight, m.want[leftover].Weight = 0, 0, 0
	if m.have[stable].Instances > 0 || m.size[stable] > 0 {
		m.want[stable].Weight = Full
	} else {
		m.want[candidate].Weight = Full
	}
}

// add fills stable and then the candidate up to their sizes within the ceiling,
// and reports whether there is anything to add. As in a Kubernetes Deployment a
// call that adds takes nothing away: what is added may be slow to come.
func (m *move) add(before int64, p *Pace) bool {
	room := m.ceiling - m.present
	if m.can.Quota > 0 { // whatever the pace leaves out, a quota counts
		room = min(room, m.can.Quota-m.there())
	}
	if room <= 0 {
		return false
	}
	if m.proportional(before, p, room) {
		return true
	}
	added := false
	for v := stable; v <= candidate; v++ {
		n := min(m.size[v]-m.have[v].Instances, room)
		if n <= 0 || m.exclusive && (added || m.others(v) > 0) {
			continue
		}
		m.want[v].Instances += n
		room -= n
		added = true
	}
	return added
}

// proportional scales both versions up, each by its part, if a scale event is
// under way half-way through an exchange: what was not proven yet must not get all
// of the growth. It is the arithmetic of a Kubernetes Deployment
// (GetReplicaSetProportion) in 64 bits, by what was asked for, ready or not: each
// part rounded to the nearest, halves up, the larger version first, of equal ones
// the candidate, and the rest is for the first. It differs in three things: where a
// step keeps both versions its sizes are in proportion already; a rollback gives a
// candidate that is perhaps broken nothing; and a fleet that shrinks does so by the
// ordinary removals, which never go below the floor.
func (m *move) proportional(before int64, p *Pace, room int64) bool {
	first, second := stable, candidate
	if m.have[candidate].Instances >= m.have[stable].Instances {
		first, second = candidate, stable
	}
	ends := m.size[stable] == 0 && m.size[candidate] >= m.desired // the step is the end of stable
	if before <= 0 || before >= m.desired || m.exclusive || m.have[stable].Instances == 0 || !ends {
		return false
	}
	now, _ := p.limits(m.desired)
	then, _ := p.limits(before)
	all, most := m.desired+now, before+then
	rest := min(room, all-max(m.present, m.total())) // what is starting was asked for already
	if rest <= 0 {
		return false
	}
	if m.have[second].Instances == 0 { // stable is all there is: first it gets the new size
		n := max(0, min(m.desired-m.have[stable].Instances, rest))
		m.want[stable].Instances += n
		return n > 0
	}
	for _, v := range [...]int{first, second} {
		n := m.have[v].Instances
		n = min(max(0, scaled(n, all, most)-n), rest, maxCount-n)
		m.want[v].Instances += n
		rest -= n
	}
	m.want[first].Instances = min(m.want[first].Instances+rest, maxCount)
	return m.want[first].Instances > m.have[first].Instances || m.want[second].Instances > m.have[second].Instances
}

// scaled is n*all/most to the nearest integer, halves up. With n below 2^31 and all
// below 2^32 the product is below 2^63.
func scaled(n, all, most int64) int64 {
	q, r := n*all/most, n*all%most
	if 2*r >= most {
		q++
	}
	return q
}

// remove takes what is above the sizes: leftovers, candidate, then stable, and of
// each the unready instances first. All ready ones together are taken out of one
// budget: what is settled above the floor.
func (m *move) remove() {
	budget, ready := -m.floor, m.ready()
	for v := range m.have {
		budget += m.have[v].Settled
	}
	for v := leftover; v >= stable; v-- {
		have, excess := &m.have[v], m.have[v].Instances-m.size[v]
		if excess <= 0 {
			continue
		}
		if m.desired == 0 || m.exclusive && m.size[v] == 0 {
			m.want[v].Instances = 0
			continue
		}
		unready := min(excess, m.spare(v, ready))
		m.want[v].Instances -= unready
		if budget < 0 {
			continue
		}
		n := min(excess-unready, m.releasable(v))
		if have.Settled > budget { // at worst, each that goes is a settled one
			n = min(n, budget)
		}
		m.want[v].Instances -= n
		budget -= min(n, have.Settled)
	}
}

// route turns the step's routes on once the candidate is there to answer, and its
// mirror. Who matches is not known, so all of the candidate must be settled; once
// they are on, they stay as long as anybody answers.
func (m *move) route(a *Allocation, to *Step) {
	have := &m.have[candidate]
	if have.Ready == 0 && !m.can.Unlimited {
		return
	}
	a.Routed = m.routes && (m.routed || have.Settled >= m.size[candidate])
	a.Mirror = Weight(clamp(int64(to.Mirror), int64(Full)))
}

// spare is how many unready instances of a version may go. Of stable the floor
// is kept even if it is unready, until others are ready in its place: an outage
// of a minute must not become the end of what one would go back to.
func (m *move) spare(v int, ready int64) int64 {
	have := &m.have[v]
	unready := have.Instances - have.Ready
	if v == stable {
		return min(unready, max(0, unready+ready-m.floor))
	}
	return unready
}

// releasable is how many ready instances of a version may go as far as its
// traffic is concerned.
func (m *move) releasable(v int) int64 {
	have := &m.have[v]
	if v == candidate && m.routed && !m.routes {
		return 0 // the router still sends matching requests there
	}
	if m.ceiling <= 1 && m.size[v] == 0 && m.others(v) == 0 {
		return have.Ready // room for one: it must go before another can come
	}
	n := have.Releasable
	if m.can.Split {
		n = min(n, have.Ready-need(max(m.near(m.have[v].Weight, m.want[v].Weight), m.want[v].Weight), m.floor))
	}
	return max(0, n)
}

// near is the wanted weight where a router that knows only coarse weights cannot
// come nearer to it than what is observed. None and all it can always have.
func (m *move) near(observed, wanted Weight) Weight {
	if off := observed - wanted; 0 < wanted && wanted < Full && -m.can.Grain < off && off < m.can.Grain {
		return wanted
	}
	return observed
}

// there is how many instances there are, the stopping ones included.
func (m *move) there() int64 { return m.others(versions) }

// total is how many instances there are, without those.
func (m *move) total() int64 {
	return m.have[stable].Instances + m.have[candidate].Instances + m.have[leftover].Instances
}

// others is how many instances there are of the other versions, the stopping
// ones included.
func (m *move) others(v int) int64 {
	var n int64
	for o := range m.have {
		if o != v {
			n += m.have[o].Instances + m.have[o].Stopping
		}
	}
	return n
}

func (m *move) ready() int64 {
	return m.have[stable].Ready + m.have[candidate].Ready + m.have[leftover].Ready
}

// capacity is the weight that so many ready instances carry, rounded up to a
// basis point: their part of the floor.
func capacity(ready, floor int64) Weight {
	if ready >= floor {
		return min(Full, Weight(min(ready, 1))*Full)
	}
	return Weight(divide(ready*int64(Full)+floor-1, floor))
}

// divide is a/b of two that are not negative: in 32 bits where these do, which is
// several times as fast on many processors.
func divide(a, b int64) int64 {
	if (a|b)>>32 == 0 {
		return int64(uint32(a) / uint32(b))
	}
	return a / b
}

// need is the fewest ready instances that carry a weight: the inverse of
// capacity, so that what is kept is never more than what was asked for.
func need(w Weight, floor int64) int64 {
	if w <= 0 {
		return 0
	}
	return int64(w-1)*max(floor, 1)/int64(Full) + 1
}

// set is the nearest counts that can be.
func (c *Counts) set(from *Counts) {
	*c = *from
	if 0 <= c.Ready && c.Ready <= c.Instances && c.Instances <= maxCount && 0 <= c.Starting && c.Starting <= c.Instances-c.Ready &&
		0 <= c.Settled && c.Settled <= c.Ready && 0 <= c.Releasable && c.Releasable <= c.Ready &&
		0 <= c.Stopping && c.Stopping <= maxCount && 0 <= c.Weight && c.Weight <= Full {
		return
	}
	c.Instances = clamp(c.Instances, maxCount)
	c.Stopping = clamp(c.Stopping, maxCount)
	c.Ready = clamp(c.Ready, c.Instances)
	c.Starting = clamp(c.Starting, c.Instances-c.Ready)
	c.Settled = clamp(c.Settled, c.Ready)
	c.Releasable = clamp(c.Releasable, c.Ready)
	c.Weight = Weight(clamp(int64(c.Weight), int64(Full)))
}

func clamp(n, limit int64) int64 { return max(0, min(n, limit)) }
