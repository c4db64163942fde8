// Package gate says whether a rollout may go on: a condition before, between or
// after steps.
//
// A [Gate] is asked again and again and answers [Open], [Wait] or [Refuse]. With
// the answer comes the earliest instant at which time alone could change it, so
// that nobody polls and nobody oversleeps. It keeps no state: what it looks at is
// the [Facts], a view of the [Ledger] that the rollout keeps for the step (when it
// was reached, healthy time, requests, verdicts, decisions of people) and of what
// the host vouches for. So it can close again, when a signal turns or a fact is
// revoked.
//
// # Gates
//
//   - [Bake]: healthy time covered by samples; shorter after earlier successes.
//   - [Requests]: how many requests the candidate served.
//   - [Healthy]: signals are healthy now, for how long, how many times in a row.
//   - [Approval]: so many people of some roles approve of this step of this artifact.
//   - [All]: every one of several gates.
//
// Planned are Window, Freeze and Fact, and beside All also Any and AtLeast. Facts has
// the facts: a gate of one's own can read them now.
//
// # Writing one
//
// A gate is plain data with json tags and the three methods of Gate:
//
//	// Ticket is open while the host vouches for an open change ticket.
//	type Ticket struct {
//		MaxAge time.Duration `json:"maxAge"`
//	}
//
//	func (Ticket) Kind() string { return "ticket" }
//
//	func (t Ticket) Evaluate(f gate.Facts) gate.Decision {
//		fact, ok := f.Vouched("ticket")
//		stale := fact.At.Add(t.MaxAge)
//		if !ok || !f.Now().Before(stale) {
//			return gate.Decision{Answer: gate.Wait} // until the host says more
//		}
//		return gate.Decision{Answer: gate.Open, Next: stale} // time alone closes it
//	}
//
//	func (t Ticket) Explain(f gate.Facts) gate.Reason {
//		d := t.Evaluate(f)
//		return gate.Reason{Kind: t.Kind(), Answer: d.Answer, At: d.Next, Text: "a change ticket, not too old"}
//	}
//
// What must hold:
//
//   - Both methods are pure. They read the gate and the Facts, no clock, no network;
//     the same Facts give the same answer, and Explain gives that of Evaluate.
//   - Evaluate is called at every decision: it allocates nothing and is done soon.
//   - A decision stays the same until its Next if only time goes by (see [Decision]).
//   - What is missing, unknown or not a number waits.
//   - The zero value and what Validate refuses do no harm: they wait.
//
// Five optional methods are found by their interfaces when a plan is compiled:
// [Validator], [Preparer], [Counter], [Watcher], [Asker]. A gate made of gates passes each
// on to its parts; [Compile], [Wanted] and [Watched] do it for a list.
package gate
