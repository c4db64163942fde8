package client

import (
	"log/slog"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Options say where a client has its flags from, and how old they may be.
type Options struct {
	// Source is asked for the flags. It must be given.
	Source Source
	// Environment is that of toggle.Options.
	Environment string

	// Every is how often the source is asked; a client waits up to a tenth less, so that
	// many do not ask at once. After an error it asks sooner at first, and then more and more
	// seldom, up to four times Every. Zero is 30 seconds.
	Every time.Duration
	// StaleAfter is how long the source may be silent before flags fall to their safe side.
	// Zero is ten times Every; negative is never.
	StaleAfter time.Duration
	// Timeout is how long the source may take to answer. Zero is 30 seconds.
	Timeout time.Duration

	// Bootstrap is a set that was built in, for the time before the source answers.
	Bootstrap []byte
	// BootstrapTime is when Bootstrap was made. What Keep has that was confirmed later is
	// taken instead; so is anything it has, if BootstrapTime is zero.
	BootstrapTime time.Time
	// Keep is the file that the last good set is kept in, with the kills. It is of one client
	// alone, and its directory must be there. Empty is none.
	Keep string

	// Log is told of failures, of broken flags, and of changes of the state. Nil is nobody.
	Log *slog.Logger
	// Count says that evaluations are counted; see Client.Counts.
	Count bool
}

const (
	defaultEvery   = 30 * time.Second
	defaultTimeout = 30 * time.Second
	stalePolls     = 10
	// firstRetry is the longest wait after the first of some errors; it doubles with each.
	firstRetry = time.Second
	// seldom is how many times Every the longest wait is.
	seldom = 4
	// longest keeps sums and products of durations from overflowing: ten years.
	longest = 10 * 365 * 24 * time.Hour
)

// check reports what is wrong, and fills in what is left out.
func (o *Options) check() error {
	var problems strict.Problems
	if o.Source == nil {
		problems.Add("source", nil, "must be given")
	}
	for _, d := range []struct {
		name string
		is   *time.Duration
	}{{"every", &o.Every}, {"timeout", &o.Timeout}} {
		if *d.is < 0 || *d.is > longest {
			problems.Add(d.name, d.is.String(), "must be between 0 and ten years")
		}
	}
	if o.Every == 0 {
		o.Every = defaultEvery
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.StaleAfter == 0 {
		o.StaleAfter = stalePolls * o.Every
	}
	if o.StaleAfter < 0 || o.StaleAfter > longest {
		o.StaleAfter = 0 // never
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return problems.Err()
}
