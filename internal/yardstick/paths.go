package main

// What goes wrong between the requests and the judge. In each of these the plain view is
// what a query shows, and the careful one what the rules of the data path make of it.

// The incident that both versions suffer in these scenarios.
const (
	incidentFrom = 20 // minutes
	incidentTo   = 24
	incidentRate = 0.20
)

// skewed pages: those of stable are read half a slot and two more after the candidate's.
// A query sees what came last of each; careful sources wait until what they know of
// stable covers the candidate's interval.
func skewed(l load) start {
	const late = 2 // whole slots
	return func(r *dice, slots int) traffic {
		var candidate, early, behind []arm // per slot; of stable its halves
		draw := func() {
			slot := len(candidate)
			n, k := l.at(slot)
			p := baseRate
			if minute(slot, incidentFrom, incidentTo) {
				p = incidentRate
			}
			candidate = append(candidate, drawn(r, n, p))
			early = append(early, drawn(r, k/2, p))
			behind = append(behind, drawn(r, k-k/2, p))
		}
		// Stable's intervals begin and end in the middle of a slot.
		stable := func(from, to int) (a arm) {
			for i := max(0, from); i < to; i++ {
				if i > 0 {
					a.add(&behind[i-1])
				}
				a.add(&early[i])
			}
			return a
		}
		return func(iv *interval) {
			*iv = interval{seconds: slots * slotSeconds}
			for range slots {
				draw()
			}
			now := len(candidate)
			own := func(from, to int) (a arm) {
				for i := max(0, from); i < to; i++ {
					a.add(&candidate[i])
				}
				return a
			}
			iv.plain.candidate = own(now-slots, now)
			iv.plain.stable = stable(now-slots-late, now-late)
			iv.harmed = iv.plain.candidate.x
			// The last interval of stable ends in the middle of the slot before now-late.
			end := now - late - 1
			end -= end % slots
			if end < slots || now == end {
				iv.careful.open = true
				return
			}
			c := &iv.careful
			c.skewed = true
			c.candidate = own(end-slots, end)
			c.before = stable(now-2*slots-late, now-slots-late)
			c.stable = stable(now-slots-late, now-late)
		}
	}
}

// missed pages: in the incident, which hits half of the instances of either version,
// every second page of stable's stricken instances cannot be read. A query adds up
// what is there; careful sources keep the interval open.
func missed(l load) start {
	return func(r *dice, slots int) traffic {
		slot := 0
		return func(iv *interval) {
			*iv = interval{seconds: slots * slotSeconds}
			var stricken arm
			lost := false
			for range slots {
				n, k := l.at(slot)
				p := baseRate
				if minute(slot, incidentFrom, incidentTo) {
					p = incidentRate
				}
				ill, well := drawn(r, n/2, p), drawn(r, n-n/2, baseRate)
				iv.plain.candidate.add(&ill)
				iv.plain.candidate.add(&well)
				ill, well = drawn(r, k/2, p), drawn(r, k-k/2, baseRate)
				stricken.add(&ill)
				iv.plain.stable.add(&well)
				lost = r.IntN(2) == 0 && p > baseRate // what counts is the moment at which the interval ends
				slot++
			}
			iv.harmed = iv.plain.candidate.x
			iv.careful = iv.plain
			iv.careful.stable.add(&stricken)
			iv.careful.open = lost
			if !lost {
				iv.plain.stable.add(&stricken)
			}
		}
	}
}

// Cold starts: a third of the candidate's instances starts again every 20 minutes, all of
// them at first, and for 60 s requests to those fail more often.
const (
	coldSlots = slotsPerMinute
	coldEvery = 20 * slotsPerMinute
	coldRate  = 0.05
)

func cold(l load) start {
	return apart(func(r *dice) law {
		return func(slot int, iv *interval) {
			n, k := l.at(slot)
			starting := 0
			if slot%coldEvery < coldSlots {
				starting = n / 3
				if slot < coldSlots {
					starting = n
				}
			}
			warming := drawn(r, starting, coldRate)
			c, b := drawn(r, n-starting, baseRate), drawn(r, k, baseRate)
			iv.harmed += warming.x + c.x
			iv.careful.warming.add(&warming)
			iv.careful.candidate.add(&c)
			iv.careful.stable.add(&b)
			iv.plain.candidate.add(&warming)
			iv.plain.candidate.add(&c)
			iv.plain.stable.add(&b)
		}
	})
}

// Broken clients: how many there are, and how often each tries. All their requests fail.
const (
	brokenClients = 5
	brokenTries   = 10 // a minute
)

// sticky users stay with the version that they were assigned to, at random. All but the
// broken clients come once. A query counts requests, careful sources users.
func sticky(l load) start {
	return apart(func(r *dice) law {
		var arrival [brokenClients]int
		var ill [brokenClients]bool // assigned to the candidate
		for i := range arrival {
			arrival[i] = r.IntN(30 * slotsPerMinute)
			ill[i] = r.IntN(l.candidate+l.stable) < l.candidate
		}
		return func(slot int, iv *interval) {
			n, k := l.at(slot)
			c, b := drawn(r, n, baseRate), drawn(r, k, baseRate)
			iv.harmed += c.x
			iv.plain.candidate.add(&c)
			iv.plain.stable.add(&b)
			iv.careful.candidate.add(&c)
			iv.careful.stable.add(&b)
			tries, _ := load{candidate: brokenTries}.at(slot)
			for i, begin := range arrival {
				if slot < begin {
					continue
				}
				plain, careful := &iv.plain.stable, &iv.careful.stable
				if ill[i] {
					plain, careful = &iv.plain.candidate, &iv.careful.candidate
				}
				again := arm{n: float64(tries), x: float64(tries)}
				plain.add(&again)
				if slot == begin {
					careful.add(&arm{n: 1, x: 1})
					if ill[i] {
						iv.harmed++
					}
				}
			}
		}
	})
}
