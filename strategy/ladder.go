package strategy

import "time"

// Strategy is a way to change a fleet from one version to another. It compiles
// to a ladder without knowing the fleet: sizes are relative, so that the ladder
// survives scaling. Kind is the key under which the strategy stands in a plan.
// An error of Ladder joins one *FieldError per problem, with paths relative to
// the strategy.
type Strategy interface {
	Kind() string
	Ladder() (Ladder, error)
}

// Ladder is what every strategy compiles to: the steps a release climbs, and the
// pace at which instances may be exchanged on the way.
type Ladder struct {
	Steps []Step `json:"steps"`
	Pace  Pace   `json:"pace"`
	// Sticky says by what a user is known who is to stay on one side while the
	// weight grows. The zero Sticky draws every request anew.
	Sticky Sticky `json:"sticky"`
}

// Step is one rung of a ladder: what a stage looks like once it is reached.
type Step struct {
	// Name is how gates, orders and people speak of the step; unique in a ladder.
	Name string `json:"name"`
	// Weight is the candidate's share of the traffic; stable has the rest.
	Weight Weight `json:"weight"`
	// Proportional gives the candidate the share that it has of the step's
	// instances, instead of Weight. Its size is then at most the desired one, and a
	// percentage below 100% leaves stable one of two.
	Proportional bool `json:"proportional"`
	// Candidate is how many instances of the candidate run. Default: what carries
	// its weight, at least one.
	Candidate Size `json:"candidate"`
	// Stable is how many instances of stable run. Default: what carries its weight.
	Stable Size `json:"stable"`
	// Mirror is the share of stable's requests that is copied to the candidate,
	// whose answers are thrown away.
	Mirror Weight `json:"mirror"`
	// Routes send requests that match one of them to the candidate, whatever the
	// weight.
	Routes []Route `json:"routes"`
	// Keep is how long the step is kept at least, from the moment it is reached.
	Keep time.Duration `json:"keep"`
	// Await names a decision that must be given as a promote order before the
	// step is left; empty awaits nobody.
	Await string `json:"await"`
}

// Pace is how fast instances may be exchanged, and what must be waited for. The
// zero Pace is that of a Kubernetes Deployment: 25 % surge, 25 % unavailable.
type Pace struct {
	// Surge is how many instances may exist above the desired size; percentages
	// round up. Default 25%.
	Surge Size `json:"surge"`
	// Unavailable is how many of the desired instances may be missing; percentages
	// round down. Default 25%. If both come to zero, one may be missing.
	Unavailable Size `json:"unavailable"`
	// MinReady is how long an instance must be ready before it counts as settled.
	MinReady time.Duration `json:"minReady"`
	// Drain is how long an instance is kept after its version's observed weight fell.
	Drain time.Duration `json:"drain"`
	// IgnoreStarting leaves instances that have not started out of the ceiling.
	IgnoreStarting bool `json:"ignoreStarting"`
	// CountStopping counts instances that are stopping against the ceiling.
	CountStopping bool `json:"countStopping"`
	// Overload lets stable be given more traffic than its ready instances carry
	// when the candidate is left: a broken candidate is evacuated at once.
	Overload bool `json:"overload"`
	// Exclusive never runs two versions at once: what goes is stopped before what
	// comes is started, at the price of an outage (Recreate).
	Exclusive bool `json:"exclusive"`
}

// floor is how many ready instances a move never goes below by its own action.
func (p *Pace) floor(desired int64) int64 {
	if p.Exclusive || desired <= 0 {
		return 0
	}
	_, unavailable := p.limits(desired)
	return max(0, desired-unavailable)
}

// limits resolves surge and unavailable as Kubernetes does (ResolveFenceposts):
// surge rounds up, unavailable down, and if both come to zero one may be missing.
func (p *Pace) limits(desired int64) (surge, unavailable int64) {
	surge = p.Surge.or(Percent(25)).Up(desired)
	unavailable = p.Unavailable.or(Percent(25)).Down(desired)
	if surge == 0 && unavailable == 0 {
		unavailable = 1
	}
	return surge, min(unavailable, desired)
}
