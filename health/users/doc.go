// Package users counts users instead of requests, for services whose users stay with
// a version: sticky sessions, cohorts.
//
// A comparison must count what was assigned. Where users are, a broken client whose
// every request fails is not many bad requests but one bad user: counted by requests,
// five such clients among 10,000 users roll back one healthy release in five, whenever
// one of them happens to have the candidate. A [Counter] counts each of them once, for
//
//	health.Compare{Bad: "shop_users_failed_total", Total: "shop_users_total", Unit: "user"}
//
// # Rules, and what each prevents
//
// A user fails once. With the first request that fails a user is counted as seen and
// as failed, and from then on, until the window ends, not at all. At most one failure
// per user and interval would not be enough: a client that fails in every interval
// would still be counted in every interval.
//
// A user who did not fail is counted as seen again and again, once per Every. If users
// were seen once per window only, the candidate would have no more data as soon as it
// knew its users, and the signal would be missing; a regression that begins late would
// show failures of users whom nobody saw; and stable, whose users were all seen before
// the rollout, would have failures of nearly nobody, and everything would look good
// beside that. If every request counted, a single busy client would decide what the
// usual rate is. So what is compared is a risk: of a user who is all right, to fail.
//
// Failed is never above seen, in no interval either, because a first failure always
// counts for both, as one step.
//
// The versions share one memory of users ([Counter.Beside]). Which users fail anyway is
// known after a while, and they count no more: stable, which has served for hours, would
// show fewer failures than a candidate that has just met its first broken clients.
// With one memory those are known to both versions, and users who are moved from one
// to the other bring along what is known about them. So the place to count is the
// router, which sees all requests of a user, whatever instance answers. Instances that
// count for themselves count a broken client once each, and must all have begun at
// the same time, stable's too.
//
// A source that takes the version from the instance, as health/scrape does, needs a page
// per version: give each counter a registry of its own, and list the router once for each
// version, by the address of that page.
//
// All users are forgotten at once when the window ends, for all versions. A broken
// client is counted once more then, for the same version as before: so the window must
// be much longer than a rollout, and the default is a day. If each version, or each
// user, had a time of its own, users of one version would be counted again while those
// of the other are not.
//
// Memory is bounded: at most Limit users are known. Of others nothing is counted, neither
// seen nor failed, so that rates stay what they are; the requests that are left out are
// counted apart. So are requests without a user, who would all be one.
//
// Of a user only a hash of 64 bits is kept, under a seed that is new in every process. Two
// users with the same hash are one. Among a million users the probability that any two
// are is below 1 in 10 million, and nobody can choose a name that is another's.
//
// # What it does not do
//
// A process that is started again knows nobody. With one memory this is the same for
// all versions; several routers should send a user to one of them, or count a broken
// client once each.
//
// Users who failed say nothing more, for the worse or the better. If the candidate fails
// always and for some users only, that shows when it first serves them, and not later:
// a step that brings it no new users proves nothing about them.
package users
