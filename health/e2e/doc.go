// Package e2e runs end-to-end tests, for judges of kind test ([health.Test]): Go
// functions or commands of the host.
//
// A [Source] answers the asks whose measure names one of its suites. All other asks are
// left alone. A suite is run for an ask when it is first listed, and again whenever the
// ask is due after a result has arrived: the signal's Every is the pause between two
// runs. [Source.Sample] never waits for a run. It tells the result once there is one, and
// tells it again, unchanged, until [health.Ask.From] has passed the beginning of its
// interval. The intervals follow one another without a gap: each reaches from the end of
// one run to the end of the next, so one that began before a step was reached speaks only
// against the release.
//
// A result belongs to the ask's key and to its candidate. When an ask is listed no longer,
// or is of another candidate or another attempt, its run is cancelled, and the next one
// begins once that has ended: two runs of one signal are never under way together.
//
// # What a result is
//
//   - It passes if the function returns nil, or the command exits with 0.
//   - It fails if the function returns an error, or the command exits with another code. It
//     is repeated up to [Suite.Attempts] times, and passes if one of these passes: the
//     reason then says how often it failed. What fails every time has failed.
//   - It was not run, which is an error of the measurement and neither health nor harm, if
//     it took longer than [Suite.Timeout] (whatever it returns then), if the function
//     panics, ends its goroutine (as t.FailNow does) or returns an error that wraps
//     [ErrNotRun], or if the command is not found, is killed, or exits with 124 to 192,
//     which is how timeout, env, shells and container runtimes say that. It is not
//     repeated within the run; after a pause there is another run.
//   - It was cancelled if the function returns an error that wraps context.Canceled.
//
// Errors are put into the state of the rollout and its journal, shortened to one line; of
// a command it is the last line of its output. They should hold no secrets.
//
// # Which artifact
//
// A test is told the digest of the candidate ([health.Ask.Digest]). That it was told
// proves nothing: a test that reaches stable by mistake would vouch for a candidate that
// it never saw. So results do not say of which artifact they are, and open no gate that
// asks for that ([health.Sample.Digest]), unless the suite declares that the test makes
// sure of it ([Suite.Digest]).
//
// # Commands
//
// A command is run without a shell, in the working directory and with the environment of
// the host, and with GRADATIM_STAGE, GRADATIM_SIGNAL, GRADATIM_SUITE, GRADATIM_SCOPE,
// GRADATIM_CANDIDATE, GRADATIM_DIGEST, GRADATIM_STABLE, GRADATIM_KEY and GRADATIM_ATTEMPT. If the run is
// cancelled or takes too long it is killed, on Unix together with its process group; what
// it leaves running is killed too.
package e2e
