// Package conduct carries a schema plan out by rollouts: each of its deployments is a rollout, each of its needs
// a gate, and the horizon of the plan that of the rollout.
//
// It does nothing itself. A [Conductor] is made of a plan that [schema.Verify] found safe; the host then goes round:
//
//  1. observe what exists, what runs, and which of [Conductor.Asks] hold, into a [Seen];
//  2. ask [Conductor.Next] for the step that is next, and what is missing before it;
//  3. if it is a deployment, run the [rollout.Plan] of [Conductor.Rollout], with [Seen.Facts] in its input:
//     the needs of the step are gates of its entry;
//  4. otherwise make it, when [Conductor.Gates] are open.
//
// # Nothing is remembered
//
// Where a plan stands is found in the world, never in a list of what was done: a host may crash
// anywhere, lose everything, and go on. So facts can be revoked. A need that held when it was first asked, and does
// not any more because an older version ran again, closes the gate, and the backfill that would make it hold
// is next again.
//
// # The point of no return
//
// A rollout whose release forgoes what it replaces says so ([rollout.Release.Irreversible]): when it goes wrong it
// holds and asks instead of rolling back. And a step that takes from the horizon what a rollout could still go back
// to is not begun while that rollout is under way: it waits until the rollout is settled, which is
// one more fact. Where one may go at any place in the plan [Conductor.Move] knows.
//
// The plan's world is one: the stages of a rollout that do not share its stores (a staging environment with
// a database of its own) have plans of their own, see [Options.Stages].
package conduct
