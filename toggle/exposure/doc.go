// Package exposure makes a feature flag the target of a rollout: the ladder, the gates, the
// evidence and the way back that move a fleet from one version to another move a flag from
// 1 % of the users to all of them.
//
//	target := &exposure.Target{Store: exposure.File{Path: "flags.json"}, Flag: "one-page-checkout"}
//	e, err := engine.New(engine.Options{Targets: map[string]engine.Target{"web": target}, Source: source})
//	state, err := e.Run(ctx, "one-page-checkout", machine)
//
// The flag's rollout must serve a variant, be enabled, and have no schedule. Nothing else in
// the flags is touched: they stay as they are written, byte for byte.
//
// # Versions and weights
//
// A flag has no instances and no versions, but an exposure. What stable stands for is the
// exposure that was there when the rollout began, Good; the candidate is the Goal, by default
// everybody. A weight is how far on the way from the one to the other the exposure is:
//
//	exposure = Good + (Goal - Good) * weight
//
// in whole parts per million (or what the flag's algorithm can tell apart), rounded down. So
// a rollout that begins at 10 % and is rolled back at 50 % is back at 10 % and not at
// nothing: who joined leaves, and nobody else. On the way up users only join.
//
// The names of the two are those of the plan. What a release replaces must be what is there:
// the candidate of the last rollout that was completed, or before the first one
// [Target].Stable.
//
// Users stay with what they are served. A strategy should say so by its Sticky, and a
// comparison by its Unit: users are counted then, and not requests.
//
// # What is kept where
//
// All of it is in the flag: the exposure, Good, and under "progress" the names, the goal and
// the fence of the newest want that was accepted. A target remembers nothing, so that it can
// be made anew at any instant, anywhere. It saves by comparing and setting, keeps fences, and
// refuses a want that is late. Whoever moves the exposure by hand while a rollout is under way
// is overruled, as with any fleet: the engine sees that it is another one and sets it again.
// To stop a rollout one gives it an order, or turns the flag off: that is not overruled, the
// flag then cannot be observed, and the rollout waits and asks. A kill in a client is nowhere in the flags; it is seen by the
// signals, for which nobody does anything any more.
//
// # Experiments
//
// A flag whose rollout has a split of two variants, one of them the flag's default, is an
// experiment: the exposure is who takes part, and a weight is the part of those who get the
// treatment; the rest gets the control. At 100 % the experiment is over, the split is gone,
// and the treatment is served to the goal. Rolled back, all get the control. [Arms] and
// [Tally] count what either side does, the judge of a comparison decides, and [Proven] is the
// gate that waits for it. The treatment's users keep it when they are more, as in any split.
//
// # Dark launches
//
// With [Target].Mirror a second flag has the share of mirrored work as its exposure, while
// the first still gives nobody the new answer. It is a flag of its own, and not a variant,
// so that what is asked for the answer and what is asked for the copy never depend on each
// other: it has its own salt, and a kill of its own. [Shadow] runs what it says.
//
// # Coarse algorithms
//
// Algorithms of other systems may know whole percents only. [Target.Check] says before a
// rollout begins which of its steps would be the same exposure.
package exposure
