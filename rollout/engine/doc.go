// Package engine drives rollouts: it is the shell around [rollout.Machine], and the
// only code of the library that waits: sources and targets are called by it.
//
//	      +--------------------------------------------------------------+
//	      v                                                              |
//	observe and sample -> Decide -> save state and record -> apply the want -> sleep
//	                         ^                  |                        until the wake,
//	                         +-- load anew <----+ another saved          or news
//
// # What holds
//
// Nothing is applied that was not saved, so nothing was ever done that is not on
// record. The process may be killed at any instant: the next Run loads what was
// saved, looks at the world, decides, and applies what is wanted: never before it has
// seen the fleet, for the rollout may have been left for long. Everything is asked for as it
// is now and never as what changed, so that doing a thing twice is harmless, and
// forgetting that it was done too.
//
// Code of the host runs with a timeout, on a goroutine of its own. What fails, hangs
// or panics is an observation with an error, or no sample: the rollout waits, misses
// its deadline, and never goes on without having seen. While a call hangs the same
// method is not called again: of a target for nobody, of a source, an inbox and
// OnDecision for no call about the same rollout. A store is trusted: it is called
// directly, as are SourceOf and Notify, which must return at once.
//
// # How to embed it
//
//	m, err := rollout.Compile(plan)
//	store, err := engine.OpenDir("deploys")
//	e, err := engine.New(engine.Options{
//		Targets: map[string]engine.Target{"eu": fleet},
//		Source:  source,
//		Store:   store,
//		Logger:  slog.Default(),
//	})
//	state, err := e.Run(ctx, "checkout-2.1.0", m)
//
// Orders go to [Engine.Submit], or from any process to the inbox ([Dir.Submit]). The
// id names one rollout for ever: a new release gets a new one. A host that has a loop
// of its own (a reconcile function, a workflow) needs no engine: it calls
// [rollout.Machine.Decide] itself and keeps the same order.
//
// # What the host promises
//
//   - A [Target] says what is there, not what was asked for, and takes a want as what
//     is to be, not as what is to change. Applying twice is applying once.
//   - A target that can match requests reports whether the routes of the newest want
//     are in effect ([rollout.Observed]), one that can mirror which share it copies: as
//     read back from its router. No step that routes or mirrors is reached without.
//   - A target that can remember a fence refuses older wants, also after a restart of
//     the engine. Without that one stale want may arrive late; it is observed, and
//     corrected in the next round.
//   - A [Source] reports only what it measured, and nothing where it measured nothing.
//     It counts mirrored requests apart: for asks that say so, and for no others.
//   - A [Store] saves state and record in one atom, and compares before it sets. Two
//     engines on one rollout are then harmless: one of them is told so.
//
// [Memory] and [Dir] are stores and inboxes. Other stores are small: implement
// [Store], and [Inbox], [Notifier] and [Locker] as far as they make sense.
package engine
