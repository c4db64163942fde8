// Package review says what a change of flags does before it is applied, and what is wrong
// with flags that are valid.
//
// [Diff] compares two sets and says who moves: how many subjects another variant is served,
// how many come on and how many are taken off, and how many must move at the least for the
// new shares. [Report.Above] is the budget for it, for a build that refuses changes above
// it. [Reweight] changes the weights of a split so that no more than that least number
// moves. [Lint] finds what a compiler does not refuse and nobody means.
//
// # How it is computed
//
// Every bucketing algorithm is a picture of ranges on one or two hashes
// (bucket.Plan.Streams). Two rollouts that use the same hash put everybody at the same
// position, so that their ranges are laid over each other; different hashes are
// independent, so that shares are multiplied. Both is done in whole numbers. Shares are
// rounded up to a part per million: one that is 0 is nobody.
//
// Nobody knows here how many subjects a condition matches. So what is said is said of
// those whom a rule matches, and of those whom none does, each as a share of them; and of
// those whom several match, where that makes a difference. Whoever is left out moves no more
// than some who are told of. Subjects that have nothing to hash get the caller's default,
// and are not counted.
//
// # On and off
//
// A subject is on if it gets any variant but the flag's off variant. A change is nested if
// it takes nobody off. Raising an exposure always is.
package review
