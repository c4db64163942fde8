package main

import "testing"

// intervals are all of a run.
func intervals(s *scenario, run, seconds, minutes int) []interval {
	next := s.start(newDice(1, s.name, run), seconds/slotSeconds)
	all := make([]interval, minutes*60/seconds)
	for i := range all {
		next(&all[i])
	}
	return all
}

// What careful sources know of stable covers the candidate's interval: the incident is
// seen in it no later than in the candidate.
func TestSkew(t *testing.T) {
	s := find(t, "scrape-skew")
	for _, seconds := range cadences {
		var own, all arm
		exposed := 0
		for i, iv := range intervals(s, 1, seconds, 60) {
			all.add(&iv.plain.candidate)
			if iv.careful.open {
				if iv.careful.candidate.n != 0 || i*seconds >= 120 {
					t.Fatalf("every %d s: interval %d has no end, or has counts", seconds, i)
				}
				continue
			}
			c := &iv.careful
			own.add(&c.candidate)
			if !c.skewed || c.before.n+c.stable.n < 1.5*19*c.candidate.n {
				t.Fatalf("every %d s: interval %d has %g requests of the candidate, %g and %g of stable",
					seconds, i, c.candidate.n, c.before.n, c.stable.n)
			}
			if rate := c.candidate.x / c.candidate.n; seconds == 60 && rate > 0.1 {
				exposed++
				if most := max(c.before.x/c.before.n, c.stable.x/c.stable.n); most < rate/1.6 {
					t.Errorf("interval %d: the candidate fails %.3f, and stable %.3f at most", i, rate, most)
				}
			}
		}
		if late := all.n - own.n; late < 1 || late > 501 {
			t.Errorf("every %d s: %g of the candidate's requests are not seen in the end", seconds, late)
		}
		if seconds == 60 && exposed != 5 {
			t.Errorf("the incident was seen in %d minutes of the candidate, want 5", exposed)
		}
	}
}

// Careful sources lose nothing: what was open is there when it ends.
func TestMissed(t *testing.T) {
	s := find(t, "scrape-missed")
	open, lost := 0, 0.0
	for _, iv := range intervals(s, 1, 5, 60) {
		if iv.careful.stable.n < iv.plain.stable.n || iv.careful.candidate != iv.plain.candidate {
			t.Fatal("careful sources see less than a query")
		}
		if iv.careful.open {
			open++
			lost += iv.careful.stable.x - iv.plain.stable.x
		} else if iv.careful != iv.plain {
			t.Fatal("the views differ though no page was missed")
		}
	}
	if open < 15 || open > 45 || lost < 100 {
		t.Errorf("%d of 60 pages were missed in the incident, with %g errors", open, lost)
	}
}

func TestColdStarts(t *testing.T) {
	for i, iv := range intervals(find(t, "cold-starts"), 1, 60, 60) {
		want := map[int]float64{0: 500, 20: 166, 40: 166}[i]
		c := &iv.careful
		if n := c.warming.n; n < want-10 || n > want || c.warming.n+c.candidate.n != 500 {
			t.Errorf("minute %d: %g requests to instances in their warm-up, %g to others", i, n, c.candidate.n)
		}
		if iv.plain.candidate.n != 500 || iv.plain.candidate.x != c.warming.x+c.candidate.x {
			t.Errorf("minute %d: a query does not see all", i)
		}
	}
}

func TestStickyClients(t *testing.T) {
	s := find(t, "sticky-clients")
	struck := 0
	const runs = 400
	for run := range runs {
		plain, careful, _ := total(s, run, 60, 60)
		users := careful.candidate.n + careful.stable.n
		if users != 600_000+brokenClients {
			t.Fatalf("%g users, want each once", users)
		}
		if again := plain.candidate.x - careful.candidate.x; again > 100 {
			struck++
		}
	}
	// 1 - 0.95^5 = 22.6 %
	if share := float64(struck) / runs; share < 0.14 || share > 0.31 {
		t.Errorf("in %.3f of the runs the candidate has a broken client, want about 0.226", share)
	}
}
