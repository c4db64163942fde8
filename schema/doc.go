// Package schema plans changes of what is stored and sent, while old and new
// code run side by side, and says whether a plan is safe.
//
// A [Plan] is data: which forms an attribute has (columns, fields of messages, formats
// of blobs, parameters of an API), which versions of the code read and write them, and
// the steps in their order. [Verify] explores what can happen and returns either
// the shortest story of something going wrong, or the horizon: after every
// step, which versions may run and to which one may still go back. Package
// schema/change makes plans from a list of changes; package schema/postgres renders
// their steps as SQL and judges statements.
//
// # What is modelled
//
// A record has a value of each attribute, the last that was written, and a cell for each form: what stands
// there, and whether it still says what was written last. Values are told apart only where some form
// or version treats them differently (see [Attribute]); whether a copy is stale does not depend on the value.
//
//   - A running version writes, makes and deletes records, in one transaction or in several one after the
//     other; a transaction may stay open while other things happen, outlive the instance
//     that began it, and be lost.
//   - A running version reads, from the primary or from a replica that lags.
//   - A step is made, and the executor learns of it later, or never and tries again.
//   - A backfill does one record at a time, in any order.
//   - A deployment brings the new version beside the old, until the old one is gone, or until it is taken back.
//   - Whoever runs the service moves it, at any time, to any version that is in the horizon.
//   - Messages stay until they expire, which may be late.
//
// It is wrong if a version fails, reads what is no longer true, reads something that lost meaning
// (unless the plan [Plan.Accepts] it), if a message is read by nobody, if a step fails, or if the goal can
// no longer be reached.
//
// # Facts are revocable
//
// A condition is asked of the world as it is when a step begins. "The backfill was done" is no condition: after a
// rollback to a version that does not maintain the new form it is not true any more.
//
// # What is not modelled
//
// Two records, and in each attribute a handful of values, stand for all (the small scope hypothesis: Jackson,
// Software Abstractions, 2006). Attributes are explored one by one: they meet only in the versions that
// run and in the order of the steps. Locks, and how long statements take, are the business of package
// schema/postgres.
package schema
