// Package kayenta judges as Kayenta does, for users who come from it: the Mann-Whitney
// test on time series of points ([MannWhitney]), and the weighted score of many metrics
// ([Scoring]). Everything is computed from the samples alone, so equal samples give equal
// verdicts.
//
// The judge stands in a plan under its kind, once the codec knows it:
//
//	rollout.Codec{Judges: map[string]func() health.Judge{
//		kayenta.Kind: func() health.Judge { return kayenta.MannWhitney{} },
//	}}
//
// The test is meant to be made once. Repeated at every interval it condemns more healthy
// releases than its confidence says (about 2 of 100 in an hour of minutes at 98 %; without
// the tolerance many more), it knows nothing of how many requests stand behind a point,
// and it cannot say anything before there are five of them. [health.Compare], which has a
// budget and counts events, needs none of these excuses.
//
// Sources: MannWhitneyClassifier.scala, NetflixACAJudge.scala and WeightedSumScorer.scala
// of kayenta-judge; wilcox.test of R, on which the first is built; Hollander and Wolfe,
// Nonparametric Statistical Methods, 1973.
package kayenta
