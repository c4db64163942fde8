package rollout

import (
	"fmt"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

// StageReport is where a stage stands, in words and numbers.
type StageReport struct {
	Stage  string          `json:"stage"`
	Phase  Phase           `json:"phase"`
	Step   string          `json:"step"`
	Index  int             `json:"index"`  // of the step, from 0
	Of     int             `json:"of"`     // how many steps there are
	Weight strategy.Weight `json:"weight"` // of the candidate, as it was last observed
	// Doing is one sentence: what happens now, or what is waited for.
	Doing string `json:"doing"`
	// Opens is when time alone opens the gates that are waited for, such as a window;
	// zero if it does not.
	Opens   time.Time      `json:"opens"`
	Gates   []gate.Reason  `json:"gates"` // of the present step, or of the entry
	Signals []SignalReport `json:"signals"`
}

// SignalReport is what one signal says.
type SignalReport struct {
	Name     string         `json:"name"`
	Verdict  health.Verdict `json:"verdict"`
	Advisory bool           `json:"advisory"`
	Text     string         `json:"text"`
}

// Explain reports every stage in words: where it stands after the last decision,
// with the facts and the time of the input. It decides nothing. A state that
// [Machine.Check] refuses, or that was not started, has no reports.
func (m *Machine) Explain(s State, in Input) []StageReport {
	if s.Plan == "" || m.Check(s) != nil {
		return nil
	}
	d := decision{m: m, in: in, s: s, now: latest(in.Now.UTC().Round(0), s.Clock)}
	reports := make([]StageReport, len(m.stages))
	for i := range m.stages {
		reports[i] = d.report(i)
	}
	return reports
}

func (d *decision) report(i int) StageReport {
	st, c := d.stage(i), &d.m.stages[i]
	r := StageReport{Stage: c.Name, Phase: st.Phase, Index: st.Step, Of: len(c.ladder.Steps), Doing: d.doing(i), Opens: d.opens(i)}
	facts := d.told(i)
	gates := d.waits(i)
	if st.Phase != Pending {
		r.Step = d.target(i).Name
		r.Weight = d.fleet(i).Candidate.Weight
	} else {
		gates = c.entry
	}
	for _, g := range gates {
		r.Gates = append(r.Gates, g.Explain(facts))
	}
	for k := range st.Evidence {
		e := &st.Evidence[k]
		one := SignalReport{
			Name: signalName(c, k), Verdict: c.policy.Current(k, e, d.now),
			Advisory: k < len(c.policy.Signals) && c.policy.Signals[k].Advisory,
			Text:     c.policy.Explain(k, e, d.now),
		}
		if d.judged(i) && !d.expected(i, k) && one.Verdict != health.Degraded {
			one.Verdict, one.Text = "", one.Name+": not measured at this step"
		}
		r.Signals = append(r.Signals, one)
	}
	return r
}

// doing is what happens in a stage, in one sentence.
func (d *decision) doing(i int) string {
	st := d.stage(i)
	if st.Phase != RollingBack && st.Phase != Back && st.Phase != Done {
		if h := d.s.Hold; h != nil {
			return "held: " + h.Reason
		}
		if !d.s.Paused.IsZero() {
			return "paused: awaits an order to resume"
		}
	}
	if st.Trouble != "" {
		return st.Trouble
	}
	step := d.target(i)
	switch st.Phase {
	case Pending:
		return d.pending(i)
	case Moving:
		if st.stands() {
			return "stands still on the way to step " + step.Name + ": " + d.lacks(i, d.waits(i)) + d.opening(i)
		}
		f := d.fleet(i)
		candidate, _ := step.Sizes(f.Desired, f.Can)
		return fmt.Sprintf("moving to step %s: %d of %d candidate instances ready, weight %s of %s", step.Name, f.Candidate.Settled, candidate, f.Candidate.Weight, step.WeightFor(f.Desired, f.Can))
	case Waiting:
		if st.stands() {
			return "stands still at step " + step.Name + ": " + d.lacks(i, d.waits(i)) + d.opening(i)
		}
		return "at step " + step.Name + ": " + d.missing(i)
	case Done:
		if st.Step < d.m.stages[i].last() {
			return "done: " + d.keptAt(i)
		}
		return "done: " + d.m.plan.Release.Version + " serves"
	case RollingBack:
		f := d.fleet(i)
		return fmt.Sprintf("going back to %s: %d of %d stable instances ready, weight %s", st.Stable.Version, f.Stable.Ready, f.Desired, f.Stable.Weight)
	default:
		return "back at " + st.Stable.Version
	}
}

func (d *decision) pending(i int) string {
	c := &d.m.stages[i]
	for _, need := range c.needs {
		if d.stage(need).Phase != Done {
			return "waits for stage " + d.m.stages[need].Name
		}
	}
	if d.s.Outcome != outcomeRunning {
		return "was not begun"
	}
	return "waits to begin: " + d.words(i, c.entry) + d.opening(i)
}

// missing is what a step waits for, gates first.
func (d *decision) missing(i int) string {
	st, c := d.stage(i), &d.m.stages[i]
	step := d.target(i)
	if st.Waived != "" && d.consult(i, c.gates[st.Step]).Answer != gate.Open {
		return "waived, but for " + d.lacks(i, c.gates[st.Step]) + d.opening(i)
	}
	if end := st.Ledger.Reached.Add(step.Keep); d.now.Before(end) {
		return "kept for " + strict.FormatDuration(end.Sub(d.now)) + " more"
	}
	if step.Await != "" && st.Waived == "" {
		return "awaits " + step.Await
	}
	if !st.Off.IsZero() {
		return "the fleet is not seen to look like the step"
	}
	if words := d.words(i, c.gates[st.Step]); d.evaluate(i, c.gates[st.Step]).Answer != gate.Open {
		return words + d.opening(i)
	}
	if a := d.assessment(i); a.Verdict != health.Healthy && a.Blame >= 0 {
		name := signalName(c, a.Blame)
		words := strings.TrimPrefix(c.policy.Explain(a.Blame, &st.Evidence[a.Blame], d.now), name+": ")
		return fmt.Sprintf("its gates are open, but %s is %s: %s", name, a.Verdict, words)
	}
	return "its gates are open"
}
