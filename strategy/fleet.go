package strategy

// Counts is what is observed of one version in a fleet. Rollout has already
// applied time to it: Settled and Releasable are counts, so that [Move] knows no
// clock.
type Counts struct {
	Instances  int64  // asked for or running, and not told to stop
	Starting   int64  // of Instances, those that use no capacity yet
	Stopping   int64  // told to stop and still there; not in Instances
	Ready      int64  // of Instances, those that can serve
	Settled    int64  // of Ready, those ready for the pace's MinReady
	Releasable int64  // of Ready, those that may be stopped as far as draining goes: see [Pace.Need]
	Weight     Weight // the share of traffic that the router gives the version
}

// Can is what a target is able to do.
type Can struct {
	Split     bool `json:"split"`     // weights are independent of instance counts
	Match     bool `json:"match"`     // routes by the attributes of a request, and sticky shares
	Mirror    bool `json:"mirror"`    // copies requests
	Unlimited bool `json:"unlimited"` // no instances, only weights: a toggle, a function alias
	// Grain is the smallest difference of weights that the router knows, if it is
	// more than a basis point: 100 for whole percents.
	Grain Weight `json:"grain"`
	// Quota is how many instances there may be at most, those that are starting or
	// stopping included; 0 is no quota.
	Quota int64 `json:"quota"`
}

// Fleet is what is observed of a stage: its desired size (from outside, or from
// stable alone; never the observed total), and the counts of stable, of the
// candidate, and of all leftovers of superseded releases together.
type Fleet struct {
	Desired int64
	// Before is the desired size for which the instances that are there were asked
	// for, while a scale event is under way; 0, or Desired, if none is. The caller
	// clears it once it has asked for what Move then adds: an event is shared once.
	Before    int64
	Stable    Counts
	Candidate Counts
	Leftover  Counts
	Routed    bool   // the router sends requests that match the routes to the candidate
	Mirror    Weight // the share of stable's requests that the router copies to the candidate
	Can       Can
}

// Share is what one version is to have: so many instances, and such a weight.
// A target that is told a smaller number of instances stops unready ones first.
type Share struct {
	Instances int64  `json:"instances"`
	Weight    Weight `json:"weight"`
}

// Allocation is what a stage is to look like next. The weights add up to Full.
type Allocation struct {
	Stable    Share  `json:"stable"`
	Candidate Share  `json:"candidate"`
	Leftover  Share  `json:"leftover"`
	Routed    bool   `json:"routed"` // the step's routes are to be in effect; otherwise none
	Mirror    Weight `json:"mirror"`
}
