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
// What is measured at the step:
//
//   - [Bake]: the candidate was healthy for so long, as far as samples cover it; shorter
//     after earlier successes, or on proof, and if asked for through a peak of the day.
//   - [Requests]: the candidate served so many requests; as many as are written, or as a
//     proof takes.
//   - [Healthy]: signals are healthy now, for so long, so many times in a row, or for this
//     very artifact.
//
// What people and the host say:
//
//   - [Approval]: so many people of some roles approve of this step of this artifact.
//   - [Fact]: the host vouches for something, and has done so lately: a lease, a schema,
//     another rollout, a toggle.
//
// What the calendar says, in a time zone:
//
//   - [Window]: open in some hours of the week.
//   - [Freeze]: open but for some dates, each with its reason.
//
// And made of others:
//
//   - [All] and [Any]: every part is open, or one is.
//   - [AtLeast]: so many parts are.
//   - [Named]: another gate, under a name that people know it by.
//
// A list of gates is asked as All of them. [Lint] says what the calendar makes of a list
// before anything starts: that it never opens, or not until an approval has expired.
//
// # What the answers mean
//
// Wait is the answer to everything that may still come: too few requests, a signal without
// data, a closed window, a freeze. A rollout stays where it is and asks again. Refuse means
// that somebody rejected it, or that it can never open: the rollout holds and asks a
// person, because to wait would be in vain. What is not known is no reason to refuse, nor
// to open. In lists Wait is the unknown of a three-valued logic: All refuses as soon as one
// part does, Any only if every part does.
//
// With each answer comes its Next, the instant at which time alone could change it: when a
// window opens or closes, when a vote expires, when a fact is too old. Nothing changes
// before it unless something else does, which the host hears of. A gate that waits for
// something else has none. See [Decision].
//
// # What opens a closed gate
//
// An operator may waive the gates of a step: a recorded order that opens all of them but
// those that bind ([Binder]). A freeze binds: no waiver ever lifts it, only its own Except
// does, which is a gate again, normally an approval by somebody who may. A list is waived
// part by part, so a freeze in it stays; see [Waived]. A refusal is waived like any other
// answer.
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
//   - The zero value and what Validate refuses do no harm: they are not open.
//
// What else a gate can do is found by interfaces when a plan is compiled: to be checked
// ([Validator]), to resolve something once ([Preparer]) or for every step ([Placer]), to
// have requests counted ([Counter]), to know signals by name ([Watcher]), to be opened by
// votes ([Asker]) that expire ([Expirer]), to follow the calendar ([Calendar]), to have
// healthy time counted in certain hours ([Peaker]), to be opened by no waiver ([Binder]),
// and to declare what becomes of a rollout under way when it closes ([Closer]).
//
// # Composites of one's own
//
// A gate that is made of others implements [Composite]: Parts lists them, and With gives the
// same gate with others in their place. That is all. Each part is then checked, prepared,
// placed, counted for and shown with its path as if it stood in the plan itself, so a
// composite implements of the interfaces above only what it adds. One that embeds All has
// the With of All, and would become one. Its Evaluate asks the
// parts that With gave it and passes on the earliest Next of them; a part that waits is
// not known yet, and nothing opens because of it. What follows from the parts nobody else
// knows: that one of them can never open is not found before the start, and how long
// they take at least counts as nothing.
package gate
