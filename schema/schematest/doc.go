// Package schematest runs an application through everything that its schema plan allows, in the manner of
// testing/fstest: one call says what goes wrong, with the shortest schedule that shows it.
//
//	func TestRename(t *testing.T) {
//		schematest.Check(t, plan, newApp(t), schematest.Options{})
//	}
//
// The plan is what [schema.Verify] found safe. Whether the application is what the plan says of it nobody has checked:
// whether v2 writes both columns, whether the statement of a backfill is one, whether what observes
// conditions asks the world or its own memory, whether a step that was interrupted can be made again. That is what
// is tried here, on a real database or on anything else that keeps what was written.
//
// # What is tried
//
// Schedules are made of the steps of the plan, versions that start and leave, operations of the versions that run, and
// transactions that stay open. They never leave what the plan allows: a step is made when its needs
// hold, and a version is brought back when it is in the horizon. First all of these, at every place in the plan:
//
//   - as many versions as may run there do, none sent away before it must be, and all of them write;
//   - each version that may run there starts, beside those that run and then alone; all write and delete before, during
//     and after it; then the plan goes on to its end;
//   - each step stops in the middle, is made and reported as failed, and fails before anything was done; the versions
//     go on; the step is made again, and then all others;
//   - each backfill is passed over, as if it had ended too early;
//   - each version that runs begins a transaction, which is committed when the plan can go no further without,
//     be it after the version has left.
//
// Then random ones. After each event all versions that run read all keys, and the needs of the next step are asked for.
//
// # What must hold
//
// No operation fails. What is read is what was written last, by whichever version; each
// message is read by some version of each service that reads such messages. A step does not fail, unless it was told
// to. The plan reaches its end. When something does not hold, events are taken out of the schedule as long as it fails in the
// same way, and what is left is printed, line by line, and as JSON for [Replay].
//
// Operations come one at a time, so that each schedule can be repeated; races within one statement are not found.
// What is sent in calls is not tried.
package schematest
