// Package health says whether a release is worse than what it replaces, and what
// follows from that.
//
// # The path of the data
//
//	source -> Sample -> Signal.Fold -> Judge.Fold -> Evidence -> Policy.Assess -> Assessment
//
// A source, which is outside of this package, turns the world into samples: closed
// intervals of measurement, both versions over the same time. [Signal.Fold] keeps
// out what may not count (intervals that are already covered, measurements that
// went wrong, numbers that are none) and gives the rest to the judge of the
// signal, which keeps what it learns in the [Evidence]. [Policy.Assess] looks at
// the evidence of all signals at an instant and says what they ask for together.
//
// Everything here is pure: no clock, no memory but the evidence, which is small,
// finite, and made of plain data. The same samples give the same verdicts, on
// whatever machine and after however many restarts. Instants come as arguments,
// in UTC.
//
// # Verdicts
//
//	verdict       means                                    lets a rollout go on   asks for
//	healthy       fresh data, minimum sample, no harm      yes                    nothing
//	inconclusive  below the minimum sample, a grey zone    no                     nothing, until it is missing
//	cancelled     the measurement was stopped              no                     on.missing, after MaxGap
//	noData        nothing was measured                     no                     on.missing, after MaxGap
//	error         the measurement itself went wrong        no                     on.missing, after MaxGap
//	degraded      harm shown                               no                     on.degraded, at once
//
// The lower in the table, the more a verdict matters when several signals are
// combined. An empty verdict, and any word that is not in the table, is noData.
//
// Nothing maps missing data to healthy: not NaN, not an infinite or a negative
// number, not a rate of nothing, not a fetch that failed, not an interval in which
// the candidate did nothing, not evidence that grew older than the signal's
// MaxGap. Harm that was shown stays shown when the data stops.
//
// # Traffic
//
// What the candidate never gets cannot be measured: a signal of its requests at a step
// without any, a signal of mirrored requests where nothing is mirrored. [Traffic] says
// what it gets, [Signal.Expected] what follows: such a signal is not missed, and counts
// neither for nor against the release. Mirrored and served requests are never mixed:
// users see only the answers to the latter.
//
// # Warm-up
//
// What candidate instances do in their warm-up comes apart from the rest, as
// [Sample.Warming]. It can speak against the release and never for it; it neither
// keeps a signal fresh nor earns bake time. A candidate that is always in warm-up
// has no data.
//
// # A judge of one's own
//
// A [Judge] is an immutable value with three methods. Fold reads one sample, keeps
// numbers in Counts and Log of the evidence (give them their size once, use them as
// you like, keep them finite) and sets Verdict and, if the rule can prove a release
// good enough, Proven. It need not look for bad data, gaps or repetitions: those
// never reach it. It must not keep anything outside of the evidence, because the
// evidence is what survives a restart. Begin forgets what speaks for the release
// and keeps what speaks against it. Implement [Measurer] to say what to count,
// [Explainer] for words, [Validator] to refuse nonsense when a plan is compiled.
//
// # Sources
//
// Quantiles are interpolated as by histogram_quantile of Prometheus
// (promql/quantile.go, BucketQuantile).
package health
