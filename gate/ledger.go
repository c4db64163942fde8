package gate

import (
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// Ledger is what gates read about the step they stand at. The state of a rollout
// keeps it; gates keep none. It starts from nothing at every step.
type Ledger struct {
	// Stage, Step and Digest are what the gates are asked about: the stage, its
	// present step (empty at the entry), and the release's artifact.
	Stage  string `json:"stage"`
	Step   string `json:"step"`
	Digest string `json:"digest"`
	// Last says that it is the last step of the stage.
	Last bool `json:"last"`
	// Reached is when the step was reached; zero before that.
	Reached time.Time `json:"reached"`
	// Healthy is the time at this step that is covered by healthy intervals of
	// every signal that counts.
	Healthy time.Duration `json:"healthy"`
	// Frontier is up to where the intervals of all signals reach; Healthy was
	// counted up to here.
	Frontier time.Time `json:"frontier"`
	// Earlier is how many stages of this rollout were completed before this one began.
	Earlier int `json:"earlier"`
	// Serving is how many instances of the candidate are ready while it gets requests,
	// and Warm how many of them are past the warm-up of every signal. Of a target without
	// instances both are as many as are ever needed.
	Serving int64 `json:"serving"`
	Warm    int64 `json:"warm"`
	// Counts are the requests to the candidate at this step.
	Counts []Count `json:"counts"`
	// Peaks are the parts of Healthy that lie in hours of the day that gates ask for.
	Peaks []Covered `json:"peaks"`
	// Signals are the verdicts now, also of advisory signals.
	Signals []Signal `json:"signals"`
	// Votes are the decisions that people gave for this step, oldest first.
	Votes []Vote `json:"votes"`
}

// Count is a number of requests that the candidate served at this step.
type Count struct {
	Signal   string  `json:"signal"`   // the signal whose exposure is counted
	Endpoint string  `json:"endpoint"` // empty counts all of them
	N        float64 `json:"n"`
	Need     int64   `json:"need"` // the most that a gate asks for
}

// Covered is healthy time at this step that lies in certain hours of the day.
type Covered struct {
	Zone    string        `json:"zone"`
	Hours   string        `json:"hours"`
	Healthy time.Duration `json:"healthy"`
}

// Signal is the verdict of one signal, and since when it has been that.
type Signal struct {
	Name    string         `json:"name"`
	Verdict health.Verdict `json:"verdict"`
	Since   time.Time      `json:"since"`
	// Passes is how many conclusive healthy intervals in a row were seen.
	Passes int64 `json:"passes"`
	// Healthy is the time at this step that they cover without a gap, each for at most
	// twice its cadence, and without the time in which the rollout stood still. From is
	// where that run began, and Counted up to where it was looked at.
	Healthy time.Duration `json:"healthy"`
	From    time.Time     `json:"from"`
	Counted time.Time     `json:"counted"`
	// Digest is the artifact that the last interval was measured of, as far as its
	// source says so.
	Digest string `json:"digest"`
	// Provable signals can show that the candidate is good enough, Proven ones have, at
	// this step. Suspect ones have evidence against it, though not enough to act on.
	Provable bool `json:"provable"`
	Proven   bool `json:"proven"`
	Suspect  bool `json:"suspect"`
	// Advisory signals are shown and never count for or against.
	Advisory bool `json:"advisory"`
	// Unmeasured signals cannot be measured at this step: the candidate gets no
	// requests that they could judge.
	Unmeasured bool `json:"unmeasured"`
}

// Vote is one person's decision. Of several by one person about one thing the last
// counts.
type Vote struct {
	By    string   `json:"by"`
	Roles []string `json:"roles"`
	// Kind is what was decided. One that there is not counts for nothing.
	Kind VoteKind `json:"kind"`
	// For is what it is about; empty is the step as such ([Approval.For]).
	For    string `json:"for"`
	Reason string `json:"reason"`
	// Stage, Step and Digest are what was decided on.
	Stage  string    `json:"stage"`
	Step   string    `json:"step"`
	Digest string    `json:"digest"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"until"` // zero never expires
}

// VoteKind is what a person decided.
type VoteKind string

// The votes.
const (
	Approve VoteKind = "approve"
	Reject  VoteKind = "reject"
	Revoke  VoteKind = "revoke" // takes the person's last vote back
)

// Vouched is something that the host vouches for. It is revocable: what is no longer
// listed closes a gate again. What its value means is the gate's to say.
type Vouched struct {
	Name  string    `json:"name"`
	Value string    `json:"value"`
	At    time.Time `json:"at"` // when the host last knew it to be so
}
