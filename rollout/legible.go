package rollout

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seed-20fe5ead/gradatim/gate"
	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Bounds of what is taken in: with them every state and every record can be written
// as JSON and read again.
const (
	maxName   = 200  // bytes of an ID, a role, a version
	maxText   = 1000 // bytes of any other text
	maxNotes  = 4000 // bytes of what a release changes
	maxRoles  = 20   // of an order
	maxOrders = 2000 // in one call
	maxList   = 10000
	maxBulk   = 64 << 20 // bytes of all fleets, and of all samples
	maxEpoch  = 1 << 62  // no count of retries gets from here to the end of the numbers
)

// leftOut is an order that nobody gave: it tells what of an input was left out.
const leftOut CommandKind = "the rest of the input"

// unusable begins the ID of an order that came without one that can be kept.
const unusable = "unusable:"

// legible returns the input with everything in it as it can be written as JSON and
// read again. What targets and sources say may be anything, and must not make a
// decision impossible to save, or its record impossible to read. A fleet that
// cannot be becomes the error that says why, and a sample that cannot be one that
// was not measured. Texts that are too long end with "…", and of what else is too
// much an order that is refused tells. Versions are in the order of their names: how
// a target lists them says nothing. The given input is not changed.
func legible(in Input) Input {
	in = bounded(possible(in))
	if slices.ContainsFunc(in.Fleets, illegibleFleet) {
		in.Fleets = slices.Clone(in.Fleets)
		for i := range in.Fleets {
			mend(maxText, &in.Fleets[i].Stage, &in.Fleets[i].Err)
		}
	}
	if slices.ContainsFunc(in.Samples, illegibleSample) {
		in.Samples = slices.Clone(in.Samples)
		for i := range in.Samples {
			s := &in.Samples[i]
			fetch := string(s.Fetch)
			mend(maxText, &s.Stage, &s.Signal, &s.Key, &s.Reason, &s.Digest, &fetch)
			s.Fetch = health.Verdict(fetch)
			s.Counts = slices.Clone(s.Counts)
			for k := range s.Counts {
				mend(maxText, &s.Counts[k].Name)
			}
		}
	}
	if slices.ContainsFunc(in.Commands, illegibleCommand) {
		in.Commands = slices.Clone(in.Commands)
		for i := range in.Commands {
			in.Commands[i].mend()
		}
	}
	if slices.ContainsFunc(in.Facts, illegibleFact) {
		in.Facts = slices.Clone(in.Facts)
		for i := range in.Facts {
			f := &in.Facts[i]
			f.At = instant(f.At)
			mend(maxText, &f.Name, &f.Value)
		}
	}
	return in
}

// possible replaces what cannot be.
func possible(in Input) Input {
	cloned := false
	for i := range in.Fleets {
		o := &in.Fleets[i]
		why := error(nil)
		if o.Err == "" {
			why = o.Check()
			if why == nil && sane(o.At) && slices.IsSortedFunc(o.Versions, byName) {
				continue
			}
		}
		if !cloned {
			in.Fleets, cloned = slices.Clone(in.Fleets), true
		}
		next := Observed{Stage: o.Stage, Err: o.Err}
		switch {
		case o.Err != "":
			next.At = instant(o.At)
		case why != nil:
			next.Err = "it reports an impossible fleet: " + oneLine(why)
		case !sane(o.At):
			next.Err = "it reports an impossible time"
		default:
			next = *o
			next.Versions = slices.SortedFunc(slices.Values(o.Versions), byName)
		}
		in.Fleets[i] = next
	}
	cloned = false
	for i := range in.Samples {
		if s := &in.Samples[i]; s.Check() != nil || !sane(s.From) || !sane(s.To) || !sane(s.Since) {
			if !cloned {
				in.Samples, cloned = slices.Clone(in.Samples), true
			}
			in.Samples[i] = unmeasured(*s)
		}
	}
	return in
}

func byName(a, b Version) int { return strings.Compare(a.Version, b.Version) }

// bounded leaves out what is too much, and adds orders that tell of it. Of the orders
// the newest stay: an old one is likely taken.
func bounded(in Input) Input {
	var told []string
	left := func(have, kept int, what string) int {
		if kept < have {
			told = append(told, fmt.Sprintf("%d %s came in one call, and only %d were read", have, what, kept))
		}
		return kept
	}
	in.Fleets = in.Fleets[:left(len(in.Fleets), within(in.Fleets, fleetBulk), "fleets")]
	if n := within(in.Samples, sampleBulk); n < len(in.Samples) {
		in.Samples = slices.SortedStableFunc(slices.Values(in.Samples), compareSamples) // whatever order they came in
		in.Samples = in.Samples[:left(len(in.Samples), within(in.Samples, sampleBulk), "samples")]
	}
	in.Facts = in.Facts[:left(len(in.Facts), min(len(in.Facts), maxList), "facts")]
	if in.Epoch > maxEpoch {
		told = append(told, fmt.Sprintf("the epoch is too large, and was read as %d", uint64(maxEpoch)))
		in.Epoch = maxEpoch
	}
	most := maxOrders - len(told)
	if n := len(in.Commands); len(told) > 0 && n > most || n > maxOrders {
		left(n, most-1, "orders")
		in.Commands = in.Commands[n-(most-1):]
	}
	if len(told) > 0 {
		in.Commands = slices.Clone(in.Commands)
	}
	for _, text := range told {
		in.Commands = append(in.Commands, Command{ID: text, Kind: leftOut, Reason: text})
	}
	return in
}

// within is how many of a list can be written.
func within[T any](list []T, bulk func(*T) int) int {
	sum := 0
	for i := range list[:min(len(list), maxList)] {
		if sum += bulk(&list[i]); sum > maxBulk {
			return i
		}
	}
	return min(len(list), maxList)
}

// fleetBulk is about how many bytes an observation is as JSON, and sampleBulk a sample.
func fleetBulk(o *Observed) int { return 3*maxText + len(o.Versions)*(2*maxName+2*maxText+200) }

func sampleBulk(s *health.Sample) int {
	arm := func(a *health.Arm) int { return len(a.Buckets) + len(a.Values) }
	numbers := 2*len(s.Counts) + len(s.Bounds) + arm(&s.Candidate) + arm(&s.Stable) + arm(&s.Warming)
	for i := range s.Overlap {
		numbers += 20 + arm(&s.Overlap[i])
	}
	bulk := 500 + 25*numbers
	for i := range s.Counts {
		bulk += 2 * min(len(s.Counts[i].Name), maxText)
	}
	return bulk + 2*min(len(s.Reason), maxText) + 2*min(len(s.Digest), maxText)
}

// unmeasured turns a sample that cannot be into one that says so.
func unmeasured(s health.Sample) health.Sample {
	why := "its times are impossible"
	if err := s.Check(); err != nil {
		why = oneLine(err)
	}
	if !sane(s.From) || !sane(s.To) || !sane(s.Since) {
		s.From, s.To = time.Time{}, time.Time{} // of no interval: it is left out
	}
	return health.Sample{Stage: s.Stage, Signal: s.Signal, Key: s.Key, From: s.From, To: s.To, Fetch: health.Error, Reason: why}
}

// sane reports whether an instant can be written as JSON, with room to move it.
func sane(t time.Time) bool { return t.IsZero() || t.Year() >= 1000 && t.Year() <= 9000 }

// instant is t as states have it; what is not sane is no instant.
func instant(t time.Time) time.Time {
	if !sane(t) {
		return time.Time{}
	}
	return t.UTC().Round(0)
}

func illegibleFleet(o Observed) bool { return !fits(maxText, o.Stage, o.Err) }

func illegibleSample(s health.Sample) bool {
	return !fits(maxText, s.Stage, s.Signal, s.Key, s.Reason, s.Digest, string(s.Fetch)) ||
		slices.ContainsFunc(s.Counts, func(c health.Count) bool { return !fits(maxText, c.Name) })
}

func illegibleFact(f gate.Vouched) bool { return !fits(maxText, f.Name, f.Value) || !sane(f.At) }

func illegibleCommand(c Command) bool {
	return c.ID == "" || !fits(maxName, c.ID) || !fits(maxText, string(c.Kind), c.By, c.Stage, c.Step, c.Digest, c.For, c.Reason) ||
		c.Until.Location() != time.UTC || !sane(c.Until) || len(c.Roles) > maxRoles+1 || !fits(maxName, c.Roles...)
}

// mend makes an order one that can be written. Too many roles stay one too many, so
// that it is refused; and one whose ID cannot be kept gets one, so that it is refused
// once.
func (c *Command) mend() {
	id, kind := c.ID, string(c.Kind)
	c.ID, c.Until = "", instant(c.Until)
	mend(maxText, &kind, &c.By, &c.Stage, &c.Step, &c.Digest, &c.For, &c.Reason)
	c.Kind = CommandKind(kind)
	c.Roles = slices.Clone(c.Roles[:min(len(c.Roles), maxRoles+1)])
	for k := range c.Roles {
		mend(maxName, &c.Roles[k])
	}
	if id == "" || !fits(maxName, id) {
		text, _ := strict.Encode(*c) // it was just mended
		sum := sha256.Sum256(append(text, id...))
		id = unusable + hex.EncodeToString(sum[:])
	}
	c.ID = id
}

// fits reports whether texts can be written, and read by people.
func fits(most int, texts ...string) bool {
	for _, t := range texts {
		if len(t) > most || !utf8.ValidString(t) || strings.ContainsFunc(t, control) {
			return false
		}
	}
	return true
}

// control reports whether a rune is a control character other than a line break or a
// tab.
func control(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

// mend makes texts fit.
func mend(most int, texts ...*string) {
	const more = "…"
	for _, t := range texts {
		if fits(most, *t) {
			continue
		}
		whole := strings.ToValidUTF8((*t)[:min(len(*t), 2*most)], "?")
		whole = strings.Map(func(r rune) rune {
			if control(r) {
				return '?'
			}
			return r
		}, whole)
		if len(whole) > most || len(*t) > 2*most {
			whole = strings.ToValidUTF8(whole[:min(len(whole), most-len(more))], "") + more
		}
		*t = whole
	}
}
