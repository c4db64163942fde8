// Package client keeps the flags of a process up to date, and answers from memory.
//
//	c, err := client.New(client.Options{
//		Source: &client.HTTP{URL: "https://flags.example.org/shop.json"},
//		Keep:   "/var/lib/shop/flags",
//	})
//	...
//	go c.Run(ctx)
//	on := c.Bool("one-page-checkout", &toggle.Subject{Key: "user-17"}, false)
//
// # What an evaluation does
//
// It loads one pointer, finds the flag, and evaluates it as package toggle does. It takes no
// lock, allocates nothing, never waits for a source, and looks at the clock only if the flag
// depends on the time. Everything else happens where it stores that pointer: whoever
// changes something makes a new view and stores it at once. So an evaluation that starts
// after [Client.Kill] has returned sees the flag off, in this process, whatever the source
// says, and so do the flags that have it as a prerequisite; and nobody sees one half of a
// new set and one half of the old.
//
// # What beats what
//
// A kill beats an override, an override beats the safe side of a stale flag, and that beats
// what the source says. Kills and overrides are local: they stay when flags are loaded anew,
// until they are revived and cleared.
//
// # States
//
// A client is notReady until it has flags: every evaluation then gives the caller's default
// and says so. It is bootstrapped if it began with the flags of its file or with those that
// were built in, live once the source has answered, and stale when the source was silent
// for longer than a bound. Then the flags whose safe side is off serve their off variant,
// and the others go on. The state, and since when what holds is confirmed, are in every
// [Result]. A source that says that nothing has changed confirms; one that cannot be reached
// does not.
//
// # What goes wrong
//
// Flags that cannot be read leave the last good ones in force. A set with broken flags is
// taken, and those flags stay as they were. What was loaded last is kept in a file, with the
// kills, if [Options] names one: it is replaced as a whole, and one that is not whole is not
// taken. All of it is told in [Client.Status], to subscribers, and in the log.
package client
