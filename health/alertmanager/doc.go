// Package alertmanager measures alerts, for judges of kind alert ([health.Alert]): it
// asks an Alertmanager whether one fires.
//
// A [Source] answers the asks whose measure names alerts, once each when it is due, with
// one look: one event, which is bad if any alert that matches fires. All other asks are
// left alone. An interval is told again, unchanged, until [health.Ask.From] has passed
// its beginning, and the next one follows without a gap; what was between two looks is
// not known.
//
// # What counts as firing
//
// Every alert that Alertmanager lists, new ones ("unprocessed") among them, also if it is
// inhibited: that only says that nobody needs to be told a second time. One that is
// silenced is neither harm nor health: a person said that it is not to be heard, and
// while it fires nobody can say that there is none. There is no data then, unless another
// one fires. An alert that fires already before the rollout started counts like any other,
// because a release is not to go on into an incident; the words say so. With
// [Options.SkipEarlier] it is treated as a silenced one.
//
// # When no alert is a good sign
//
// The absence of an alert says something only if it could have fired and arrived. Without
// one of the following there is no data, and the reason names what is missing:
//
//   - The watchdog fires, an alert whose rule is always true, and was sent not longer ago
//     than [Options.MaxAge]. Else the rules are not evaluated, or do not arrive.
//   - Alertmanager has run for [Options.Settle]. It keeps no alerts over a restart, and
//     the watchdog may be back before the others. This is asked after the alerts were, so
//     that no restart goes unseen.
//   - There is traffic ([Options.Traffic]). A rule about a ratio of requests falls silent
//     when the requests stop, with nothing mended.
//
// An alert that fires needs none of them. The watchdog's rule should stand with the
// rules that it watches, in the same Prometheus, and it must not match what a signal asks
// for.
//
// # What goes wrong
//
// A server that cannot be reached, is too slow or fails (5xx) is no data. An answer that
// is no Alertmanager's, one that says that the question is wrong (4xx), and a selector
// that cannot be read are errors: they need a person. A silence, and an alert that is in
// doubt, never become health.
//
// The URL should be that of one replica: behind one that spreads requests over several,
// each answer may be another's.
package alertmanager
