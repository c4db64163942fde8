package review

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// Report is what a change of a set does in one environment. The zero value is that nothing
// changes.
type Report struct {
	Environment string `json:"environment"`
	// Flags are those that change, and those that require one that does, by name.
	Flags []Change `json:"flags"`
}

// What is what becomes of a flag.
type What string

// What may become of a flag.
const (
	Added    What = "added"    // callers got their own default before
	Removed  What = "removed"  // callers get their own default from now on
	Renamed  What = "renamed"  // removed, and added with the same salt or as the same flag
	Changed  What = "changed"  // there before and after
	Affected What = "affected" // the same, but one that it requires moves somebody
	Broken   What = "broken"   // it does not compile before or after, so nothing is known
)

// Change is what becomes of one flag.
type Change struct {
	Flag string `json:"flag"`
	What What   `json:"what"`
	Was  string `json:"was,omitempty"` // the name before, of one that is renamed
	// Settings are the fields that change, by path, for the environment of the report.
	Settings []Setting `json:"settings,omitempty"`
	// Moves are who moves when the change is applied, and at every later instant of a
	// schedule from which that is different. Empty is nobody.
	Moves []Move `json:"moves,omitempty"`
	// Partial says that the rules tell more groups of subjects apart than are looked at, so
	// that Moves does not have all: those of whom most conditions are true are missing.
	Partial bool `json:"partial,omitempty"`
	// Schedule is what each later change of the new schedule does to those whom no rule
	// matches.
	Schedule []Move `json:"schedule,omitempty"`
	// Through are flags that this one requires, near or far, and that move somebody: whom
	// they move this one may move, too.
	Through []string `json:"through,omitempty"`
}

// Setting is a field that changes. Values are JSON, and empty if the field is not there.
type Setting struct {
	Path string `json:"path"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// Basis is what the numbers of a Move are taken from.
type Basis string

// The bases.
const (
	// Exact numbers compare positions of the same hash: they hold for the positions one by
	// one.
	Exact Basis = "exact"
	// Expected numbers multiply the shares of different hashes, which are independent.
	Expected Basis = "expected"
	// Sampled numbers were counted over 65,536 keys, because one hash is divided in two ways
	// that cannot be laid over each other.
	Sampled Basis = "sampled"
)

// Move is how many of some subjects a change moves. Shares are of those whom it is about,
// rounded up to a part per million.
type Move struct {
	// Who it is about, in words, and whether that is everybody; if not, nobody knows here
	// how many they are.
	Who      string `json:"who"`
	Everyone bool   `json:"everyone"`
	// At is from when on, because of a schedule. Zero is at once.
	At    time.Time `json:"at,omitzero"`
	Basis Basis     `json:"basis"`

	Moved   bucket.Share `json:"moved"`   // get another variant
	Minimum bucket.Share `json:"minimum"` // of those, how many had to, for the new shares
	Joins   bucket.Share `json:"joins"`   // of those, from off to on
	Leaves  bucket.Share `json:"leaves"`  // of those, from on to off
	Flows   []Flow       `json:"flows,omitempty"`
	// Revalued get the same variant, and it has another value.
	Revalued bucket.Share `json:"revalued"`
}

// Flow is how many go from one variant to another.
type Flow struct {
	From  string       `json:"from"`
	To    string       `json:"to"`
	Share bucket.Share `json:"share"`
}

// Nested says that nobody is taken off.
func (m Move) Nested() bool { return m.Leaves == 0 }

// those is who it is about after "of".
func (m Move) those() string {
	if m.Everyone {
		return m.Who
	}
	return "those " + m.Who
}

// String is a table with a line for each flag, or for each group of subjects if rules tell
// them apart.
func (r Report) String() string {
	if len(r.Flags) == 0 {
		return "nothing changes\n"
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "FLAG\tIS\tMOVES\tLEAST\tON\tOFF\tWHO AND WHERE TO")
	for _, c := range r.Flags {
		is := string(c.What)
		if c.Was != "" {
			is += " from " + c.Was
		}
		if len(c.Moves)+len(c.Schedule) == 0 {
			fmt.Fprintf(w, "%s\t%s\t%s\n", c.Flag, is, c.words())
			continue
		}
		for _, m := range c.Moves {
			m.line(w, c.Flag, is)
		}
		for _, m := range c.Schedule {
			m.line(w, c.Flag, "scheduled")
		}
		if c.Partial {
			fmt.Fprintf(w, "%s\t%s\t%s\n", c.Flag, is, "and maybe more: it has too many rules to look at all who are matched by some of them")
		}
		if len(c.Through) > 0 {
			fmt.Fprintf(w, "%s\t%s\t%s\n", c.Flag, is, c.words())
		}
	}
	w.Flush()
	return trimLines(b.String())
}

// words say of a flag for which there are no numbers what happens.
func (c *Change) words() string {
	switch {
	case c.What == Added:
		return "callers got their own default before"
	case c.What == Removed:
		return "callers get their own default"
	case c.What == Broken:
		return "nothing is known: it does not compile"
	case c.Partial:
		return "not all is known: it has too many rules to look at all who are matched by some of them"
	case len(c.Through) > 0:
		return "whoever is moved by " + strings.Join(c.Through, ", ")
	}
	return "nobody"
}

func (m *Move) line(w *tabwriter.Writer, flag, is string) {
	fmt.Fprintf(w, "%s\t%s\t%v\t%v\t%v\t%v\t%s", flag, is, m.Moved, m.Minimum, m.Joins, m.Leaves, m.Who)
	if !m.At.IsZero() {
		fmt.Fprintf(w, ", from %s on", m.At.UTC().Format(time.RFC3339))
	}
	for i, f := range m.Flows {
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		if i == 4 {
			fmt.Fprintf(w, " and %d more", len(m.Flows)-i)
			break
		}
		fmt.Fprintf(w, "%s%s to %s %v", sep, f.From, f.To, f.Share)
	}
	if m.Revalued > 0 {
		fmt.Fprintf(w, "; %v get another value", m.Revalued)
	}
	if m.Basis != Exact {
		fmt.Fprintf(w, " (%s)", m.Basis)
	}
	fmt.Fprintln(w)
}

func trimLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}

// Above finds what is more than a budget allows: moves of more than max of those whom they
// are about (those of which all had to move included), moves that take anybody off, and
// flags of which nothing, or not all, is known. What a schedule does later is judged as well.
func (r Report) Above(max bucket.Share) []Finding {
	var all []Finding
	for _, c := range r.Flags {
		path := strict.At("flags", c.Flag)
		if c.What == Broken {
			all = append(all, Finding{path, Invalid, "does not compile before or after, so nobody knows who moves"})
		}
		if c.Partial {
			all = append(all, Finding{path, Unknown, "has too many rules to know of everybody who moves"})
		}
		for _, m := range append(c.Moves[:len(c.Moves):len(c.Moves)], c.Schedule...) {
			if m.Moved > max {
				words := fmt.Sprintf("moves %v of %s, and %v are allowed; %v had to", m.Moved, m.those(), max, m.Minimum)
				all = append(all, Finding{path, MovesMany, words})
			}
			if !m.Nested() {
				all = append(all, Finding{path, TakesOff, fmt.Sprintf("takes %v of %s off", m.Leaves, m.those())})
			}
		}
	}
	return all
}
