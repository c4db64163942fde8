// Package rollout decides how a release goes through its stages: a plan, a state,
// and a pure function between them.
//
// A [Plan] is data, in Go or in JSON: a release, the stages it goes through, and for
// each of them a strategy, gates, and signals. [Compile] validates it, once, into a
// [Machine]. From then on everything is one call:
//
//	state, out := machine.Decide(state, input)
//
// The [State] is a complete snapshot, JSON both ways; the zero State has not
// started. The [Input] is the world as it is now. The [Output] says what every
// stage should look like, what to measure, what was decided and why, and when to
// call again even if nothing happens. There is no clock, no goroutine and no input
// or output in this package: the same machine runs in a loop on a laptop, in the
// reconcile function of a controller, in a durable workflow, and a million times in
// a test.
//
// # The host's contract
//
// Whoever calls Decide is the host. It does this, in this order, for ever:
//
//  1. observe: the time, the fleets of the stages, samples of what was asked,
//     orders, facts;
//  2. call Decide;
//  3. if Output.Save is set: save the new state and its [Record] in one atom, by a
//     compare-and-set on State.Rev. If that fails, throw the decision away and start
//     again from what was saved;
//  4. apply every [Want], and again until it is observed;
//  5. sleep until Output.Wake or until there is news.
//
// Saving comes before applying, so that nothing was ever done that is not on
// record. Applying is idempotent, so that doing it twice is harmless. A host may
// crash between any two of these and start again: the next call goes on from what
// was saved. Package rollout/engine is such a host.
//
// What observes and changes a fleet is its target. It reports what is there, not what
// was asked for: of every version its instances and, read back from the router, its
// weight; and if it can match or mirror requests, whether the routes of the newest
// want are in effect, and which share is mirrored. It takes a want as what is to be.
// No want both adds instances and takes some away, so that its parts may be applied
// in any order.
//
// Nothing in the input says what changed, only what is. Repeating a call, a sample
// or an order changes nothing; a fleet that was not observed stays as it is; an
// observation that is impossible is the target's error, and is reported and not
// used. One call runs to its fixed point: calling again with the same input changes
// nothing. Every sample that is folded changes the state, so that a host saves about
// as often as signals are measured while a step bakes.
//
// # What a stage goes through
//
// Every stage climbs the ladder of its strategy. It moves towards a step, waits
// there for its gates, and goes on; or it goes back. These are all the changes
// there are, with the event that reports each:
//
//	pending      moving      moving
//	moving       reached     waiting
//	waiting      moving      moving
//	waiting      done        done
//	moving       rollback    rollingBack
//	waiting      rollback    rollingBack
//	done         rollback    rollingBack
//	rollingBack  rolledBack  rolledBack
//	moving       moving      moving
//	rolledBack   started     pending
//	done         moving      moving
//
// The last three are a new attempt: a stage that is back at stable begins again when
// it may, one that is done stays so unless it is degraded, and then is judged again at
// its step; any other starts from its first step. A stage begins when the stages it
// needs are done and its entry gates are open. What serves then is stable, and stays stable until
// the stage is done. On a first deploy there is no stable: the stage has only its
// last step to go, and nothing to go back to.
//
// At a step that awaits a decision an operator may also [Keep] what is there: the
// stage is done at that step, with both versions as the step says. That asks for no
// gate, no evidence and no time that the step is to be kept: only the fleet must be
// seen to look like the step, and no signal be degraded. Like every stage that is
// done, it can be rolled back until the rollout has ended.
//
// # When a step is passed
//
// All of this must hold in one and the same call:
//
//   - the fleet was observed, and looks like the step;
//   - every signal that counts is healthy, with evidence of this step: no data, an
//     error and an inconclusive measurement never promote;
//   - the step was kept for as long as it says, and awaits nobody;
//   - every gate of the step is open, and at the last step the exit gates too.
//
// A signal counts where it can say anything: one that measures the candidate's
// requests only at steps that give it some, by weight or by routes; one of mirrored
// requests only at steps that mirror; one of stable's only at steps that leave it
// some; and wherever such requests are observed, whatever the step says. Elsewhere it
// is not asked for and not missed, and gates that wait for it are refused when the
// plan is compiled. Where nothing is measured readiness alone judges. Harm that was
// shown at an earlier step counts everywhere.
//
// Where the candidate gets only what matches its routes, nobody may match for long:
// without data the step is not passed, but the data is not missed, and nothing holds.
//
// An interval that was measured mostly while the fleet was seen to look otherwise can
// speak against the release and never for it. No time is baked in which the fleet was not
// seen to look like the step.
//
// A stage is done, or back, only by such a call, by an order to keep what is seen, or by
// being seen at stable: then what is wanted of it has been observed. Afterwards it is
// judged by its signals until the rollout ends, but its fleet is not looked at again
// for that: when a rollout of several stages has ended, each of them was observed as it
// is wanted, not all of them at once.
//
// An operator may waive the gates and the waiting for evidence of one step
// ([Promote]): a recorded order. Nothing waives the first of these, or a signal that
// is degraded; harm that shows before the step is passed ends the waiver. Where a stage
// could not begin because its fleet does not run what the release says it replaces, the
// same order says that it replaces what runs there.
//
// # Windows and freezes
//
// What a stage needs on all of its way up stands in [Gates.During]: windows, freezes, a
// lease that the host vouches for. Each gate declares what becomes of a stage under way
// when it closes: it continues, or finishes the step it is on its way to and waits there
// (the default), or stands still where it is until the gate opens. A stage that stands
// still is like one of a rollout that is paused, alone: what is wanted stays as it was, a
// service that is scaled grows in proportion, no deadline runs. At a step it bakes on,
// because what runs is seen all the same; only moving stops. That it stands still and that
// it goes on are told, once each.
//
// Nothing of this stops a way back, and health is judged at all times. A waiver opens a
// window for one step, and never a freeze: it stays until the freeze is over, or has an
// exception that is open.
//
// # When people decide
//
// Gates that ask for approvals count the votes of people ([Approve], [Reject],
// [Revoke]): orders about where a stage stands now, at its step, on the way to it, or
// before it begins. A vote is of one stage, step and digest, and is forgotten when the
// step is left and by a retry: an approval that comes late opens nothing, and that to
// begin is none of the first step. Who gives a vote, and in which roles, is the host's
// to make sure of.
//
// When everything else is open an event tells whose decision is waited for, once at
// every step, and [Machine.Explain] has what they decide on. A rejection holds the
// rollout.
//
// # When it goes wrong
//
// A signal that is degraded or missing asks for what it declares: a hold or a
// rollback. A move that makes no progress for the stage's deadline asks for what the
// plan's [FailurePolicy] says. An attempt is rolled back automatically once; what
// fails after that holds. A hold stops the rollout as it is and asks a person; only
// an order goes on from it. A release that is irreversible, and a first deploy, are
// never rolled back: they hold.
//
// A service that is scaled while a stage is on its way to a step that ends one of the
// versions grows in proportion, both at once, before the move goes on. At any other
// step the step's own sizes say who grows. While the rollout is paused or held the
// candidate keeps its part of the service.
//
// A stage that goes back is moved down by the same mover, with the same capacity
// rules, whether the rollout is paused, held or neither, and whatever runs under the
// candidate's name: a digest that is not the release's stops only what goes up. The
// stages that need it and are on their way up go back with it, also those that need it
// through a stage that is done; that one stays unless [RollbackAll] says otherwise, and
// the end of the rollout tells that it serves the release still.
//
// A target whose fence shows that it follows a later rollout is that one's, also after
// a restart and if the fence is not shown any more, until an order takes it back: to
// retry, or to roll back. A stage that was done before stays done for those that need it,
// but is judged no more, and is only taken back by an order to roll back that names it.
//
// # Time
//
// The machine's time never runs backwards. If the host's clock jumps back, all
// remembered instants go with it, and what was waited for is neither lost nor
// waited for again; asks get new keys, and a sample of an old one is left out. If it
// jumps forward by a minute or more, or nobody decided for as long, that is not held
// against the release: deadlines begin anew. It earns no bake: only intervals of
// measurement do, each at most twice the cadence of its signal. But a wait of nothing
// but time (Keep, Drain, MinReady) does pass with it, as it does while the host is
// down: to the machine the two are the same. A pause or a hold
// counts towards no deadline and no bake, nor for how long a signal is healthy. So a host
// must call at least once a minute, as the wake times ask it to; one that calls less often
// has no deadlines.
//
// Hosts that take turns must agree on the time to ten seconds, which the machine takes
// for one clock. If they are further apart every turn back is a jump back and every
// turn forward is time: the machine's time then runs too fast, and so do deadlines and
// such waits, though never bake. A jump forward that is taken back leaves the instants
// of before as much too early.
//
// # Three hosts
//
// A loop:
//
//	for !out.Done {
//		in := observe(time.Now())
//		next, out = machine.Decide(state, in)
//		if out.Save { save(state.Rev, next, in, out) }
//		state = next
//		apply(out.Want)
//		sleepUntil(out.Wake)
//	}
//
// A reconcile function: the state is the status of the object, saved by its
// resource version; return the wake time as the time to be called again.
//
// A durable workflow: the history is the store, so nothing is saved; observing and
// applying are activities; now is the workflow's time.
package rollout
