package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

func (s *story) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

func (s *story) chapter(title string) {
	s.say("\n=== %s\n", title)
}

// finish stops everything, writers first, and compares what there is with what should be.
func (s *story) finish(ctx context.Context) error {
	if err := s.fleet.Busy(ctx, s.size.busy); err != nil {
		return err
	}
	for _, ref := range s.fleet.Running() {
		for strings.HasPrefix(ref, "shop@") && s.fleet.Stop(ref) {
		}
	}
	patient, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	unread, err := s.fleet.Unread(ctx)
	for err == nil && unread > 0 && s.fleet.Busy(patient, 1) == nil {
		unread, err = s.fleet.Unread(ctx)
	}
	if err != nil {
		return err
	}
	s.fleet.StopAll()
	s.end.Unread, s.end.Stats = unread, s.fleet.Stats()
	if s.end.Cells, s.end.Differ, err = s.fleet.Check(ctx, s.plan.Goal); err != nil {
		return err
	}
	s.chapter("In the end")
	s.table(s.out)
	return s.end.wrong()
}

func (s *story) table(out io.Writer) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "version\trequests\t")
	for _, v := range s.plan.Versions {
		fmt.Fprintf(t, "%s\t%d\t\n", v.Ref(), s.end.Requests[v.Ref()])
	}
	fmt.Fprintf(t, "\t\t\nfailed requests\t%d\t\nstale reads\t%d\t\n", s.end.Failed, s.end.Stale)
	fmt.Fprintf(t, "messages sent\t%d\t\nnever read\t%d\t\n", s.end.Sent, s.end.Unread)
	fmt.Fprintf(t, "values compared\t%d\t\nnot as written last\t%d\t\n", s.end.Cells, len(s.end.Differ))
	fmt.Fprintf(t, "filled again\t%d\tafter the rollback\t\n", s.end.Refilled)
	_ = t.Flush() // what cannot be printed is not missed
}

// wrong says what should not be.
func (e *ending) wrong() error {
	if e.Failed+e.Stale+e.Unread+len(e.Differ) == 0 {
		return nil
	}
	return fmt.Errorf("%d requests failed, %d reads were stale, %d messages were not read, %d values differ:\n%s",
		e.Failed, e.Stale, e.Unread, len(e.Differ), strings.Join(append(e.Stats.Wrong, e.Differ[:min(5, len(e.Differ))]...), "\n"))
}
