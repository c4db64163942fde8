// Package strategy says how a fleet is changed from one version to another, and
// takes the next safe move on the way.
//
// A [Strategy] is data that compiles to a [Ladder]: the steps a release climbs
// and the [Pace] at which instances may be exchanged. It knows no fleet; sizes
// are relative, so a ladder survives scaling. Whether a step may be left is not
// decided here. Ours are
//
//	Recreate    stable is stopped before the candidate starts
//	Rolling     a few instances at a time, in batches, or up to a partition
//	BlueGreen   a preview beside stable, a switch, and stable kept ready for a while
//	Canary      more and more of the traffic: a list of weights, or a ramp
//	ABTest      a cohort of users on either side, until somebody decides
//	DarkLaunch  copies of requests, whose answers nobody sees
//
// and a team adds its own by writing two methods; package strategytest checks it.
//
// [Move] is the one function that climbs any ladder, in either direction. It is
// given what is observed of a [Fleet] and returns the [Allocation] to ask for:
// absolute counts and weights, so that asking twice is harmless. It knows no
// clock and no earlier call. A loop around it is a deployment:
//
//	for !strategy.Arrived(fleet, &step, &pace) {
//		apply(strategy.Move(fleet, &step, &pace))
//		fleet = observe()
//	}
//
// Before the start, [Lint] says what the author of a ladder may not have meant in
// a certain fleet, and [Preview] shows every move.
//
// # What a move does
//
//  1. Weights: the candidate's is raised as far as its settled instances carry
//     it (beside all of stable, once all of them are settled: a switch is one), and
//     the rest is stable's. What a version cannot have goes to stable, then
//     stays with leftovers, then with the candidate, and if nobody has capacity is
//     spread over what is ready ([Overloaded]). Who has no ready instance has no
//     weight. Routes are turned on once all of the candidate is settled.
//  2. Additions: stable, then the candidate, up to the step's sizes and within
//     the ceiling and the quota.
//  3. Removals, if nothing is added: leftovers, the candidate, then stable, down to
//     the step's sizes. Unready instances go first and freely, but of stable only as
//     long as the floor is there. Ready ones go while as many are drained as go, what
//     remains carries the larger of the observed and the wanted weight, the floor of
//     settled ones remains, and no route leads to them any more.
//
// Weights and counts may be applied in any order, late, or in part: each is safe
// without the other. An allocation that is applied after a later one is not: a
// target refuses it by its fence (package rollout). And a router should have shown
// the weights that it was told before it is told others: one that lags by a whole
// look, while three versions wait for each other's traffic to drain, can be led in
// a circle.
//
// # Units
//
// The ceiling is desired + surge, or what the step itself runs if that is more
// (and one more while a leftover with traffic runs beside the candidate, or three
// versions could block each other for ever). The floor is desired - unavailable.
// Percentages of surge and of sizes round up, of unavailable down; if surge and
// unavailable both come to zero, one may be missing:
//
//	desired  surge       unavailable  ceiling  floor
//	     10  25% = 3     25% = 2           13      8
//	      4  25% = 1     25% = 1            5      3
//	      1  25% = 1     25% = 0            2      1
//	     10   0% = 0      1% = 0 -> 1      10      9
//	      1    0 = 0       0 = 0 -> 1       1      0
//
// Weights are in basis points. So many ready instances carry their part of the
// floor, rounded up to a basis point: with a floor of 8, three carry 37.5%. The
// other way round 37.5% needs three instances, and 37.51% four; [Pace.Need] is
// this number, and what draining is reckoned with.
//
// A target that cannot split traffic ([Can]) has its weights approximated by
// counts, the nearest there are ([Weight.Of]), and a target without instances has
// weights only. [Feasible] says what a fleet is too small for.
//
// # JSON
//
// All of it is data with JSON names. Plans are read and written by rollout.Codec,
// which writes durations as "10m" and refuses what it does not know; encoding/json
// alone writes them as numbers, and the codec does not read these.
//
// # Kubernetes
//
// For two versions without a splitter the counts are those that the controller of
// a Kubernetes Deployment gives at each of its syncs, from any state, healthy or
// not: the fenceposts (ResolveFenceposts), scaling up first, unready instances
// first, never below the floor, and scale events upwards in the middle of a
// rollout in proportion. Move differs on purpose in this:
//
//   - It reckons in 64 bits. The controller's proportions overflow from about
//     46,000 instances on.
//   - Of a service that is scaled down in the middle of a rollout it takes away
//     what it always takes away: what is leaving, down to the floor. The controller
//     shrinks both sets in proportion, at once.
//   - A candidate that is larger than it should be shrinks with the others, and
//     keeps the floor; the controller shrinks it at once.
//   - A step that keeps both versions has sizes for both, and these are scaled in
//     proportion by what they are.
//   - A service that is scaled up in the middle of a rollback grows by stable alone:
//     the candidate is what one wants to be rid of.
//   - A surge and an unavailable that are both given as 0 mean that one may be
//     missing; a Deployment refuses them, and does so only where percentages come to
//     zero.
//   - Instances that are stopping can be counted ([Pace] CountStopping), those that
//     are starting can be left out (IgnoreStarting), and there may be a quota.
package strategy
