// Package carry carries out the statements that package schema/postgres renders, on any driver, and goes on
// after any crash.
//
// It remembers nothing. Before each statement it asks the server whether that was done, and after an error it asks again: an
// error says little about what happened. So whoever was interrupted, at any point, by anything, calls [Run] again
// with the same statements of the same step.
//
//	statements, err := postgres.Render(plan, "validate", options)
//	...
//	outcome, err := carry.Run(ctx, statements, executor, observer, carry.Options{
//		Gate: func(ctx context.Context, s postgres.Statement) error { return waitForReplicas(ctx) },
//		Wait: func(ctx context.Context, attempt int) error { return sleep(ctx, backoff(attempt)) },
//	})
//
// It does not wait, and has no clock: Gate and Wait are the caller's, and so is saying when to stop, by the context.
// Only one caller may carry out a plan at a time.
package carry
