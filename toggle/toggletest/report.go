package toggletest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/seed-20fe5ead/gradatim/toggle/client"
)

// Report is which flags were evaluated.
type Report struct {
	// Touched are the flags that were evaluated, by name in their order.
	Touched []Touch
	// Untouched are the names of the others that the clients have, in their order.
	Untouched []string
	// Unknown is how often a name was asked for that no flag had.
	Unknown uint64
}

// Touch is what was evaluated of one flag.
type Touch struct {
	Flag string
	N    uint64
	// Served are the variants that it served, in their order, those of pins included. One
	// that is pinned to a value has none. A variant that is not here was not tested.
	Served []string
	// Failed is how many of the evaluations gave the caller's default, because the flag is
	// broken, of another type, or there was no key to decide by.
	Failed uint64
}

// Touched says which flags of some clients were evaluated, since each was made. The clients
// must count (client.Options.Count), as those of [NewClient] do.
func Touched(clients ...*client.Client) Report {
	var u usage
	for _, c := range clients {
		u.add(c)
	}
	return u.report()
}

// Run is Touched for the clients of [NewClient] whose tests have ended: in a TestMain, after
// m.Run, those of the whole run.
func Run() Report { return run.report() }

var run usage

// usage adds up what clients have counted.
type usage struct {
	mu     sync.Mutex
	names  map[string]bool
	counts []client.Count
}

func (u *usage) add(c *client.Client) {
	names, counts := c.Snapshot().Names(), c.Counts()
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.names == nil {
		u.names = map[string]bool{}
	}
	for _, n := range names {
		u.names[n] = true
	}
	for _, more := range counts {
		same := func(o client.Count) bool {
			o.N = more.N
			return o == more
		}
		if i := slices.IndexFunc(u.counts, same); i >= 0 {
			u.counts[i].N += more.N
		} else {
			u.counts = append(u.counts, more)
		}
	}
}

func (u *usage) report() Report {
	u.mu.Lock()
	defer u.mu.Unlock()
	var r Report
	touched := map[string]*Touch{}
	for _, c := range u.counts {
		if c.Flag == "" {
			r.Unknown += c.N
			continue
		}
		t := touched[c.Flag]
		if t == nil {
			t = &Touch{Flag: c.Flag}
			touched[c.Flag] = t
		}
		t.N += c.N
		switch {
		case c.Error != "":
			t.Failed += c.N
		case c.Variant != "" && !slices.Contains(t.Served, c.Variant):
			t.Served = append(t.Served, c.Variant)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(touched)) {
		slices.Sort(touched[n].Served)
		r.Touched = append(r.Touched, *touched[n])
	}
	for _, n := range slices.Sorted(maps.Keys(u.names)) {
		if touched[n] == nil {
			r.Untouched = append(r.Untouched, n)
		}
	}
	return r
}

// String is a table of the flags that were touched, and a line of those that were not.
func (r Report) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, t := range r.Touched {
		fmt.Fprintf(w, "%s\t%s\t%s", t.Flag, plural(int64(t.N), "evaluation"), strings.Join(t.Served, ", "))
		if t.Failed > 0 {
			fmt.Fprintf(w, " (%d failed)", t.Failed)
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush() // to memory
	if len(r.Untouched) > 0 {
		fmt.Fprintf(&b, "never evaluated: %s\n", strings.Join(r.Untouched, ", "))
	}
	if r.Unknown > 0 {
		fmt.Fprintf(&b, "%s of flags that are not there\n", plural(int64(r.Unknown), "evaluation"))
	}
	return b.String()
}

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
