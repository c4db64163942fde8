// Package unleash reads the features of Unleash, as its client API has them
// (/api/client/features), so that they are evaluated here, with the same results and in the
// same buckets.
//
//	set, err := unleash.Load(file, unleash.Options{Owner: "checkout"})
//	snapshot, err := toggle.Compile(set, toggle.Options{})
//
// # Two flags of a feature
//
// A feature becomes a boolean flag of the same name: is it on. One that has variants, of its
// own or of its strategies, becomes a second flag, whose name is that of [Variant]: which
// variant. Its value is the variant's payload: a number, JSON, or a string, as the type of
// the payload says; of variants without payloads it is the variant's name. Who has no variant
// gets the caller's default.
//
// # What is translated
//
// The strategies default, flexibleRollout, userWithId, gradualRolloutUserId,
// gradualRolloutSessionId, gradualRolloutRandom (0 and 100 only), remoteAddress and
// applicationHostname; constraints and segments; variants with weights, stickiness and
// overrides; dependencies. Strategies are asked in their order, and the first that holds
// turns the feature on.
//
// What cannot be said exactly is an error of that feature, with its path in the file: custom
// strategies, stickiness random, a rollout by one field with variants by another. Such a
// feature is left out, with both of its flags, and so are those that depend on it; the
// others are not touched. Of features with one name, and of segments with one id, all are
// left out.
//
// # What a subject must be like
//
// The subject's key is userId. The other fields of Unleash's context are attributes with
// their names: sessionId, remoteAddress, environment, appName, and its properties. What is
// missing, null or empty is the same, as it is there. Properties are strings in Unleash; a
// number is compared as a number, and IN takes a number or a boolean for its text.
// currentTime is the time of the evaluation.
//
// With stickiness default a subject that has neither userId nor sessionId is on by chance in
// Unleash. Here such a subject cannot be evaluated, unless everybody gets the same: it is the
// caller's default, with the reason. What depends on it is off.
//
// A constraint on a number, a date or a version that the context has not, or not in that
// form, does not hold, also if it is inverted. Numbers have 53 bits. A regular expression is
// RE2's, and finds nothing in what is missing.
//
// A dependency on variants asks for those that [Variant] of the other feature serves, be
// they of the feature or of a strategy. Version 4 of Unleash's Go client looks only at a
// strategy's, and takes a dependency on a feature's own for one on the feature.
package unleash
