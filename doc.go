// Package gradatim is a library for building rollout engines: programs that bring a new version of a service to
// its users step by step, watch its health and go back when it is worse.
//
// A team imports it into its own deploy tool, command line or controller. The library decides, at every
// instant, how much of a fleet may run the new version, whether it is healthy, what to wait for, and what it is
// still safe to go back to. How instances are started, how traffic is routed and where numbers are read from
// stays with the program that imports it, the host.
//
// This package has no code. It is a map of the others and the meaning of their words.
//
// # The idea
//
// A rollout is a pure function called again and again:
//
//	Decide(state, input) -> (state', output)
//
// The plan is data, checked once and compiled to an immutable machine. The state is a complete JSON snapshot;
// its zero value means "not started", and restarting the process between any two calls changes nothing. The
// input is the world as it is now: the time, the fleets, closed intervals of measurement, operators' orders,
// facts. The output says what every stage should look like, what to measure next, what was decided and why, and
// when to call again. There is no clock, goroutine, random number or I/O in it, so the same rollout can run in
// a loop, in a Kubernetes reconcile function or in a workflow, and can be replayed from its journal to the same
// decisions.
//
// The host's contract, in one line:
//
//	observe -> Decide -> save state and record in one atom (compare-and-set) -> apply what is wanted -> sleep until the wake time or news
//
// # Packages
//
// These exist:
//
//   - strategy: how a fleet is changed. A strategy compiles to a ladder of steps; one mover climbs any ladder
//     safely.
//   - strategy/route: which version gets a request: match rules, sticky shares and mirrors, evaluated.
//   - strategy/strategytest: checks whether a strategy of one's own keeps every promise.
//   - health: is the candidate worse? Signals, samples, judges and verdicts.
//   - health/scrape: a source of samples, read from the instances' own metrics pages.
//   - health/prometheus: a source that asks a Prometheus server for raw samples and counts them itself.
//   - health/users: counts users instead of requests, where users stay with a version.
//   - health/kayenta: judges for users who come from Kayenta.
//   - health/alertmanager: a source that asks Alertmanager whether alerts fire.
//   - health/probe: a source that probes instances by HTTP, TCP and commands.
//   - health/e2e: a source that runs end-to-end tests.
//   - gate: may we go on? Conditions before, between and after steps.
//   - rollout: the plan, the state, Decide, and the records of the journal.
//   - rollout/engine: the shell that calls Decide, saves and applies; it decides when.
//   - schema: plans that change what is stored or sent while old and new code run side by side, verified.
//   - schema/change: makes such plans from a list of changes.
//   - schema/wire: what a reader of one format makes of what was written in another.
//   - schema/postgres: the steps of a plan as SQL for PostgreSQL, and a linter of statements.
//   - schema/postgres/carry: carries statements out on any driver, and goes on after any crash.
//   - schema/conduct: carries a schema plan out by rollouts.
//   - schema/schematest: runs an application through everything that its schema plan allows.
//   - toggle: feature flags: data, compiled to snapshots and evaluated.
//   - toggle/bucket: who gets what, by the algorithms of several systems, each with its version.
//   - toggle/review: what a change of flags does, and what is wrong with them.
//   - toggle/client: keeps the flags of a process up to date, kills, counts.
//   - toggle/exposure: a flag as the target of a rollout.
//   - toggle/toggletest: for the tests of those who use flags.
//   - toggle/openfeature: a provider for OpenFeature and loaders of other systems' files; a module of its own.
//   - examples/quickstart: a complete rollout on one machine, with nothing to install.
//   - examples/preview: what a plan would do to fleets of a certain size, before it does.
//   - examples/postgres: a schema change on a real PostgreSQL under load; a module of its own.
//
// strategy, strategy/route, health, gate, rollout, schema and what is below it save carry, toggle, toggle/bucket and
// toggle/review are pure: of the standard library they import neither os, net, log nor math/rand, and they read no clock. A
// test enforces it (internal/lint).
//
// These are planned and do not exist yet:
//
//   - rollout/rollouttest: simulated fleets and fault injection for the users' own tests.
//   - more leaves of rollout: stores in SQL, exported metrics, webhooks, reports.
//   - more examples, each a module of its own: Docker, Temporal, Kubernetes.
//
// # Glossary
//
// One word for one thing, in code, JSON, documents and logs:
//
//   - release: what is rolled out: an artifact with name, version and digest, and the version it replaces. The
//     same digest goes through every stage.
//   - stage: one place the release goes to (an environment, a region, a cell), with its own fleet, strategy and
//     gates. A stage starts when the stages it needs are done.
//   - wave: the stages that may run at the same time.
//   - attempt: one try of a release. A retry is a new attempt, with fresh evidence and a fresh budget; it keeps
//     the stages that were promoted.
//   - stable: the version that serves now. It is fixed when the rollout starts, and empty on a first deploy.
//   - candidate: the version that is being rolled out.
//   - leftover: what superseded releases left running.
//   - fleet: what is observed of a stage: its desired size and, for each version, instances, ready instances
//     and weight.
//   - target: the part of the host that observes a fleet and applies what is wanted.
//   - step: one rung of a ladder: how large, with how much traffic, for how long.
//   - ladder: the steps of a strategy, in order. Sizes are relative, so a ladder outlives a change of the
//     fleet's size.
//   - pace: how fast instances may be exchanged: how many above the desired size (surge), how many below
//     (unavailable).
//   - route: a match rule: requests that meet it go to the candidate, whatever its weight.
//   - sticky: a user stays on one side while the candidate's weight grows.
//   - mirror: requests to stable are copied to the candidate, whose answers nobody sees.
//   - weight: a share of traffic in basis points (1/10,000). The weights of a stage add up to 10,000.
//   - signal: something that is watched, such as an error rate.
//   - sample: one closed interval of measurement, of candidate and stable.
//   - judge: the rule that turns samples into evidence and a verdict.
//   - verdict: what a judge says: healthy, degraded, inconclusive, no data, error, cancelled. Missing data is
//     never healthy.
//   - evidence: what a judge keeps of the samples so far. It is part of the state.
//   - budget: the probability, per attempt, that a candidate that is no worse is rolled back all the same.
//   - stake: a signal's share of the budget.
//   - gate: a condition before, between or after steps. It is open, waits or refuses.
//   - bake: healthy time, covered by samples, that a step must collect.
//   - freeze: dates at which nothing goes up. No waiver lifts it, only its own exception.
//   - vote: a person's recorded decision for or against a step of an artifact. Approvals count votes.
//   - fact: something that the host vouches for, with the time at which it last knew it.
//   - hold: the rollout stopped and a person was asked. Nothing else is called so.
//   - rollback: the way down the ladder, to stable.
//   - roll forward: a newer release takes the place of this one.
//   - waiver: an operator's recorded order to pass a gate that is not open.
//   - horizon: the versions it is still safe to go back to.
//   - attribute / form: what is meant, apart from how it is written down / one way in which it is: a column, a field
//     of a message, a format of blobs.
//   - footprint: what a version of the code reads and tolerates, writes, and keeps in step.
//   - expand, backfill, switch, contract: something is added that nobody needs yet / what was written before is
//     brought along / a version that needs the new is rolled out / what nobody needs any more is taken away.
//   - flag / variant: a switch in the code whose position is data / one of its values.
//   - exposure: the share of subjects that get a flag's variant, in parts per million. Who is in stays in while it grows.
//   - bucket: where a subject's key falls, by a hash.
//   - fence: an epoch and a sequence number on everything wanted, by which a target refuses an order that comes
//     too late.
//   - record: one line of the journal: a saved decision with the samples, orders and facts it was made from.
package gradatim
