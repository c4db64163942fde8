package rollout

import "github.com/seed-20fe5ead/gradatim/health"

// foreignArtifact turns a sample that says that it is of another artifact than the
// release's into an error of the measurement: it says nothing about the candidate. What
// is measured of stable is of another one by right.
func (d *decision) foreignArtifact(i, k int, s *health.Sample) {
	want := d.m.plan.Release.Digest
	if s.Digest == "" || want == "" || s.Digest == want || d.ofStable(i, k) || s.Fetch != "" && s.Fetch != health.Healthy {
		return
	}
	s.Fetch, s.Reason = health.Error, "was measured of "+s.Digest+", not of "+want
}

// artifact notes in the ledger of which artifact the last conclusive interval of a step
// was measured, after it was folded.
func (d *decision) artifact(i, k int, s *health.Sample) {
	st := d.stage(i)
	if st.Phase != Waiting || !st.Evidence[k].Seen.Equal(s.To) || d.ofStable(i, k) || st.Ledger.Signals[k].Digest == s.Digest {
		return
	}
	d.ledger(i).Signals[k].Digest = s.Digest
}

func (d *decision) ofStable(i, k int) bool { return d.m.stages[i].policy.Signals[k].Scope == "stable" }
