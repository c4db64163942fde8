// Package probe asks instances whether they answer, for judges of kind probe
// ([health.Probe]): by an HTTP request, a TCP connection or a command.
//
// A [Source] answers the asks whose measure names a probe, once each when it is due, with
// one look: every instance is probed once, Exposure is how many were, and Bad how many of
// them failed. All other asks are left alone, and so is a command that the source does
// not know. An interval is told again, unchanged, until [health.Ask.From] has passed its
// beginning, and the next one follows without a gap; what was between two looks is not
// known.
//
// # What passes
//
//   - http: a GET request is answered with 200 to 399. At most five redirects are
//     followed, and only to the scheme, host and port of the instance: one that leads
//     elsewhere is an answer by itself.
//   - tcp: the port of the instance's host accepts a connection.
//   - command: a command of the host exits with 0. No shell is between, and the
//     environment says what is probed: GRADATIM_STAGE, GRADATIM_INSTANCE,
//     GRADATIM_VERSION and GRADATIM_URL.
//
// What is refused, broken off or not answered in time has failed. A probe that could not
// be made because of us says nothing about the instance: a URL that is none, a name that
// cannot be resolved, a certificate that is not accepted, no sockets left, a command that
// is not found or ends with 124 to 192 (which say that it was not run to its end), a
// panic of the client. If such a probe is in a look, and no instance past its warm-up has
// failed, the look is an error: it is not known whether all pass.
//
// # Which instances count
//
// Those of the stage that run the candidate, or for an ask about stable the stable
// version; for an ask of another scope those that [Endpoint.Scope] says are of it. An
// instance in its warm-up counts as [health.Sample.Warming]; of stable it is left out,
// and what lies outside of the stage has no warm-up. Warm-up runs from the first time
// that the instance was ready: one that is unready later does not become new by it.
//
// An instance that was never ready, as far as this source has seen, and never answered a
// probe, may still be starting. It is left out until it does either; whether it ever
// will is for the deadline of the step to say. For what lies outside of the stage nobody
// says that: while one of it has never answered there is no data, unless another fails.
// Without any instance that counts there is no data either.
//
// A look takes at most as long as it takes to probe all instances, [Options.Parallel] at
// a time, each for [Options.Timeout]. It must end within the time that the engine gives
// to a source.
package probe
