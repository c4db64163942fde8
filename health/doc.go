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
// # Evidence that may be looked at at any time
//
// A threshold that is looked at every minute condemns healthy releases sooner or later:
// nine out of ten within an hour, if one failing check is enough and the limit is twice
// the usual rate. [Compare], [Latency] and [Objective] do not. What they gather is an
// e-value: a number whose expectation is at most 1 at whatever moment one looks, if the
// candidate is no worse. So it is ever above 1/alpha in at most alpha of all healthy
// releases (Ville's inequality), at any schedule of checks, while rates drift and shares
// of the traffic change, and severe harm is still shown within seconds.
//
// The alpha is [Policy.Budget]: one for an attempt, divided over the stages when the plan
// is compiled, and in a stage over the sequential signals whose reaction is a rollback,
// by their stakes. Where all of them end an interval together their e-values are averaged
// ([Policy.Pool]), which is never worse than each alone. Signals that hold share
// [Policy.Holds]. Other judges have no budget; [Policy.Lint] says what they cost.
//
// Harm and proof are not mirror images. Harm is a mixture: of many ratios, of all bounds
// of a histogram, and of bets that are made when the stage begins, when a step begins,
// and again and again in between, so that harm that begins late is not weighed against
// hours of health. Proof, that the candidate is better than a margin, starts from
// nothing at every step, and every bound and every signal must show it.
//
// What is promised is exact for independent events, and for bursts of at most as many
// events as the signal's Dispersion says. Left out, that is learned from stable, which
// makes it approximate.
//
// What has to be true of the samples, and what goes wrong otherwise:
//
//   - Both versions are counted over the same time. A source that cannot do that says so
//     by [Sample.Overlap]; an incident would begin for one of them first.
//   - Users are counted where users are assigned (Unit): a client whose every request
//     fails would be counted against the version it happens to have. Counters for that
//     are in health/users.
//   - With a single candidate instance a bad machine and a bad version look the same, so
//     comparisons hold then ([Reactions].Alone).
//   - A candidate that breaks what both versions depend on looks no worse than stable.
//     An [Objective] finds it.
//   - What is held against the share of the traffic needs a share that did not change
//     ([Arm].Weight).
//
// # Looks
//
// [Alert], [Probe] and [Test] judge what either fails or does not, one look or run after
// another. They count like a [Threshold], know nothing about chance and have no budget.
// Only a source can say whether a look that found nothing wrong means anything: whether
// an alert could have fired, all instances were probed, the test was run at all.
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
// [Prover] to say that it can prove anything, [Explainer] for words, [Validator] to refuse nonsense when a plan is compiled.
//
// # References
//
// Quantiles are interpolated as by histogram_quantile of Prometheus
// (promql/quantile.go, BucketQuantile). The ratio of two streams of rare events: Lindon
// and Malek, Anytime-Valid Inference for Multinomial Count Data (NeurIPS 2022). Events
// that are not rare: Turner, Ly and Gruenwald, Generic E-variables for Exact Sequential
// k-Sample Tests. Bets that begin late: Shin, Ramdas and Rinaldo, E-detectors. Averages of
// e-values: Vovk and Wang, E-values: Calibration, combination and applications.
package health
