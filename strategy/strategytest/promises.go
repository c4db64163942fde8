package strategytest

import "github.com/seed-20fe5ead/gradatim/strategy"

// oneWay asks that an allocation adds instances or takes some away, never both:
// what is added may come late, and what is taken is gone at once.
func (c *check) oneWay() {
	if up, down := c.changed(); up >= 0 && down >= 0 {
		c.broken(2, "%s is raised and %s is lowered in one allocation", name(up), name(down))
	}
}

// changed is a version that is raised and one that is lowered, or -1.
func (c *check) changed() (up, down int) {
	up, down = -1, -1
	for v := range c.have {
		if more := c.want[v].Instances - c.have[v].Instances; more > 0 {
			up = v
		} else if more < 0 {
			down = v
		}
	}
	return up, down
}

// taken is how many ready instances go if a target stops unready ones first.
func (c *check) taken(v int) int64 {
	unready := c.have[v].Instances - c.have[v].Ready
	return max(0, c.have[v].Instances-c.want[v].Instances-unready)
}

// floors is the first half of promise 2.
func (c *check) floors() {
	if c.p.Exclusive || c.desired == 0 {
		return
	}
	var ready, settled, gone, worst int64
	for v := range c.have {
		n := c.taken(v)
		ready += c.have[v].Ready
		settled += c.have[v].Settled
		gone += n
		worst += min(n, c.have[v].Settled) // at worst, each that goes is a settled one
	}
	if gone > 0 && ready-gone < c.floor {
		c.broken(2, "%d of %d ready instances are taken, and the floor is %d", gone, ready, c.floor)
	} else if gone > 0 && settled-worst < c.floor {
		c.broken(2, "%d of %d settled instances are taken, and the floor is %d", worst, settled, c.floor)
	}
}

// additions is the second half of promise 2, and the order of versions.
func (c *check) additions() {
	var present, there, added int64
	var above bool
	for v := range c.have {
		h := &c.have[v]
		present += h.Instances
		there += h.Instances + h.Stopping
		if c.p.IgnoreStarting {
			present -= h.Starting
		}
		if c.p.CountStopping {
			present += h.Stopping
		}
		more := c.want[v].Instances - h.Instances
		if more <= 0 {
			continue
		}
		added += more
		above = above || c.want[v].Instances > c.size[v]
		if v == leftover {
			c.broken(2, "leftovers are raised to %d", c.want[v].Instances)
		}
		for o := range c.have {
			if c.p.Exclusive && o != v && max(c.have[o].Instances, c.want[o].Instances)+c.have[o].Stopping > 0 {
				c.broken(2, "%s is started beside %s, and the pace is exclusive", name(v), name(o))
			}
		}
	}
	if added == 0 {
		return
	}
	if present+added > c.ceiling {
		c.broken(2, "%d instances are added to %d, and the ceiling is %d", added, present, c.ceiling)
		return
	}
	if quota := c.f.Can.Quota; quota > 0 && there+added > quota {
		c.broken(2, "%d instances are added to %d, and the quota is %d", added, there, quota)
		return
	}
	if c.scaling() && there+added <= min(c.plain, c.ceiling)+c.stopping() {
		return // shared among the versions in proportion, whatever the step runs
	}
	if above {
		c.broken(2, "more is added than the step runs: %d of stable and %d of the candidate", c.size[stable], c.size[candidate])
	}
	if c.want[candidate].Instances > c.have[candidate].Instances && c.want[stable].Instances < c.size[stable] && !c.p.Exclusive {
		c.broken(2, "the candidate is raised while stable has less than the step runs, %d", c.size[stable])
	}
}

// stopping is how many instances are.
func (c *check) stopping() (n int64) {
	for v := range c.have {
		n += c.have[v].Stopping
	}
	return n
}

// scaling reports whether a scale event upwards is under way on the way to the end of
// stable, in which both versions grow, or stable if it is alone.
func (c *check) scaling() bool {
	alone := c.have[candidate].Instances == 0
	return c.size[stable] == 0 && c.size[candidate] >= c.desired && 0 < c.f.Before && c.f.Before < c.desired && !c.p.Exclusive && c.have[stable].Instances > 0 &&
		(!alone || c.want[candidate].Instances == 0 && c.want[stable].Instances <= c.desired)
}

// shares is promise 3, and of promise 15 what one allocation shows.
func (c *check) shares() {
	var ready, limits int64
	var limit [versions]int64
	for v := range c.have {
		h := &c.have[v]
		ready += h.Ready
		if h.Ready > 0 {
			limit[v] = max(int64(h.Weight), most(h.Settled, c.floor))
			limits += limit[v]
		}
	}
	if ready == 0 {
		return // nobody can serve: where the traffic goes does not matter
	}
	evacuate := c.p.Overload && c.aim[candidate] < int64(c.have[candidate].Weight)
	for v := range c.have {
		h, w := &c.have[v], c.want[v].Weight
		if h.Ready == 0 && w > 0 {
			c.broken(3, "%s has no ready instance, and is to have %s", name(v), w)
		} else if others := limits - limit[candidate] + min(limit[candidate], int64(h.Weight)); v == candidate && c.f.Can.Split && w > h.Weight &&
			h.Settled < c.size[v] && c.size[stable] >= c.desired && others >= full {
			c.broken(3, "%s is raised to %s with %d of %d instances settled, beside all of stable", name(v), w, h.Settled, c.size[v])
		} else if c.f.Can.Split && w > h.Weight && !carried(int64(w), h.Settled, c.floor) && limits >= full && (v != stable || !evacuate) {
			c.broken(3, "%s is raised to %s with %d settled instances of a floor of %d", name(v), w, h.Settled, c.floor)
		}
	}
	for v := range c.have {
		if w := int64(c.want[v].Weight); c.f.Can.Split && limits < full && !evacuate && w < limit[v] {
			c.broken(3, "%s is to have %d basis points and carries %d, while others have more than they carry", name(v), w, limit[v])
		}
	}
	if c.f.Can.Split {
		c.raised(limit)
	}
}

// raised asks that the candidate gets more than the step says only where the
// others have nothing to spare.
func (c *check) raised(limit [versions]int64) {
	had, w := int64(c.have[candidate].Weight), int64(c.want[candidate].Weight)
	var lasting int64
	if c.have[leftover].Ready > 0 {
		lasting = int64(c.have[leftover].Weight)
	}
	fair := max(min(limit[candidate], c.aim[candidate]), min(limit[candidate], had))
	if w > max(had, c.aim[candidate]) && limit[stable]+lasting+fair >= full {
		c.broken(15, "the candidate is raised to %s by choice", c.want[candidate].Weight)
	}
}

// releases is promise 5, and that no version goes below its size.
func (c *check) releases() {
	var all int64
	for v := range c.have {
		all += c.have[v].Instances
	}
	for v := range c.have {
		h := &c.have[v]
		if to := c.want[v].Instances; to < h.Instances && to < c.size[v] {
			c.broken(4, "%s goes from %d to %d instances, and the step runs %d", name(v), h.Instances, to, c.size[v])
		}
		gone := c.taken(v)
		if gone == 0 || c.desired == 0 || c.p.Exclusive && c.size[v] == 0 {
			continue
		}
		if v == candidate && c.f.Routed && len(c.to.Routes) == 0 && !c.p.Exclusive {
			c.broken(5, "%d ready instances of the candidate are taken while requests are routed to it", gone)
		}
		if c.single && c.size[v] == 0 && h.Instances == all {
			continue // it must go before another can come
		}
		if gone > h.Releasable {
			c.broken(5, "%d ready instances of %s are taken, and %d are drained", gone, name(v), h.Releasable)
			continue
		}
		if w := int64(max(c.seen(v), c.want[v].Weight)); c.f.Can.Split && !carried(w, h.Ready-gone, c.floor) {
			c.broken(5, "%d ready instances of %s are taken, and the other %d do not carry %d basis points of a floor of %d", gone, name(v), h.Ready-gone, w, c.floor)
		}
	}
}

// seen is the weight that a version has, or what it is to have if the router is as
// near to that as it can be.
func (c *check) seen(v int) strategy.Weight {
	have, want, grain := c.have[v].Weight, c.want[v].Weight, c.f.Can.Grain
	if grain > 1 && 0 < want && want < strategy.Full && have > want-grain && have < want+grain {
		return want
	}
	return have
}

// unready is promise 6. Of stable the floor is kept even if it is unready: an
// outage of a minute must not end what one would go back to.
func (c *check) unready() {
	var ready int64
	for v := range c.have {
		ready += c.have[v].Ready - c.taken(v)
	}
	h, w := &c.have[stable], &c.want[stable]
	if left := w.Instances - h.Ready; w.Instances < h.Instances && left >= 0 && c.desired > 0 && ready+left < c.floor {
		c.broken(15, "stable goes from %d to %d instances before others are ready in their place, and the floor is %d", h.Instances, w.Instances, c.floor)
	}
	if up, _ := c.changed(); up >= 0 {
		return // first what is added, then what goes
	}
	for v := range c.have {
		h := &c.have[v]
		n := h.Instances - h.Ready
		if v == stable && c.desired > 0 {
			n = min(n, max(0, n+ready-c.floor))
		}
		if gone := h.Instances - c.want[v].Instances; gone < min(n, h.Instances-c.size[v]) {
			c.broken(6, "%d unready instances of %s may go, and %d go", min(n, h.Instances-c.size[v]), name(v), gone)
		}
	}
}
