// Postgres carries out a plan on a real PostgreSQL while everybody works: a column is renamed, another one gets a
// wider type, a field of the messages that are sent about it gets another name. Two services in up to four versions read and write all the
// while; halfway one of them is taken back to where it began, and forward again. No request may fail, no
// read may be stale, no message may be left unread.
//
//	go run .          (in this directory; it is a module of its own)
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/pgserver"
)

// What the program ends with, besides 0.
const (
	exitOtherwise = 1 // something was not as it should be
	exitUsage     = 2
)

const usageText = `A rename, a type change and a renamed field of messages, on a real PostgreSQL under
load, with a rollback in the middle. It takes about twenty seconds.

	go run . [flags]

It starts a server of its own where PostgreSQL is installed; set GRADATIM_POSTGRES_DSN to
use one that runs (it makes a database of its own there, and drops it). It exits 0
only if nothing failed, nothing was stale and nothing was left unread, or if there is no server.

Flags:
`

// quickly is little to do.
var quickly = size{records: 120, busy: 4, batch: 20, pause: 2 * time.Millisecond}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, out, errs io.Writer) int {
	set := flag.NewFlagSet("postgres", flag.ContinueOnError)
	set.SetOutput(errs)
	set.Usage = func() {
		fmt.Fprint(errs, usageText)
		set.PrintDefaults()
	}
	quick := set.Bool("quick", false, "with less data, in a few seconds")
	if err := set.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return exitUsage
	}
	if set.NArg() > 0 {
		fmt.Fprintf(errs, "postgres: %q is no flag: see -h\n", set.Arg(0))
		return exitUsage
	}
	size := size{records: 2000, busy: 8, batch: 250, pause: 4 * time.Millisecond}
	if *quick {
		size = quickly
	}
	starting, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	server, err := pgserver.Start(starting)
	if errors.Is(err, pgserver.ErrNone) {
		fmt.Fprintln(out, "skipped:", err)
		return 0
	}
	if err != nil {
		fmt.Fprintln(errs, err)
		return exitOtherwise
	}
	defer server.Stop()
	_, err = tell(ctx, server.DSN(), size, out)
	if err != nil {
		fmt.Fprintln(errs, "postgres:", err)
		return exitOtherwise
	}
	return 0
}
