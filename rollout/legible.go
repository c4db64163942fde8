package rollout

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-20fe5ead/gradatim/health"
)

// legible returns the input with everything in it as it can be written as JSON and
// read again. What targets and sources say may be anything, and must not make a
// decision impossible to save, or its record impossible to read. A fleet that
// cannot be becomes the error that says why, and a sample that cannot be one that
// was not measured. The given input is not changed.
func legible(in Input) Input {
	in = possible(in)
	if slices.ContainsFunc(in.Fleets, illegibleFleet) {
		in.Fleets = slices.Clone(in.Fleets)
		for i := range in.Fleets {
			o := &in.Fleets[i]
			o.Versions = slices.Clone(o.Versions)
			mend(&o.Stage, &o.Err)
			for k := range o.Versions {
				mend(&o.Versions[k].Version, &o.Versions[k].Digest)
			}
		}
	}
	if slices.ContainsFunc(in.Samples, illegibleSample) {
		in.Samples = slices.Clone(in.Samples)
		for i := range in.Samples {
			s := &in.Samples[i]
			fetch := string(s.Fetch)
			mend(&s.Stage, &s.Signal, &s.Key, &s.Reason, &fetch)
			s.Fetch = health.Verdict(fetch)
			s.Counts = slices.Clone(s.Counts)
			for k := range s.Counts {
				mend(&s.Counts[k].Name)
			}
		}
	}
	if slices.ContainsFunc(in.Commands, illegibleCommand) {
		in.Commands = slices.Clone(in.Commands)
		for i := range in.Commands {
			c := &in.Commands[i]
			kind := string(c.Kind)
			c.Until = instant(c.Until)
			mend(&c.ID, &kind, &c.By, &c.Stage, &c.Step, &c.Digest, &c.Reason)
			c.Kind = CommandKind(kind)
			c.Roles = slices.Clone(c.Roles)
			for k := range c.Roles {
				mend(&c.Roles[k])
			}
		}
	}
	for i := range in.Facts {
		if f := &in.Facts[i]; !valid(f.Name, f.Value) || !sane(f.At) {
			in.Facts = slices.Clone(in.Facts)
			in.Facts[i].At = instant(f.At)
			mend(&in.Facts[i].Name, &in.Facts[i].Value)
		}
	}
	return in
}

// possible replaces what cannot be.
func possible(in Input) Input {
	cloned := false
	for i := range in.Fleets {
		o := &in.Fleets[i]
		if o.Err != "" && sane(o.At) {
			continue
		}
		why := o.Check()
		if why == nil && sane(o.At) {
			continue
		}
		if !cloned {
			in.Fleets, cloned = slices.Clone(in.Fleets), true
		}
		said := o.Err
		if why != nil {
			said = "it reports an impossible fleet: " + oneLine(why)
		} else if said == "" {
			said = "it reports an impossible time"
		}
		in.Fleets[i] = Observed{Stage: o.Stage, Err: said}
	}
	cloned = false
	for i := range in.Samples {
		if s := &in.Samples[i]; s.Check() != nil || !sane(s.From) || !sane(s.To) {
			if !cloned {
				in.Samples, cloned = slices.Clone(in.Samples), true
			}
			in.Samples[i] = unmeasured(*s)
		}
	}
	return in
}

// unmeasured turns a sample that cannot be into one that says so.
func unmeasured(s health.Sample) health.Sample {
	why := "its times are impossible"
	if err := s.Check(); err != nil {
		why = oneLine(err)
	}
	if !sane(s.From) || !sane(s.To) {
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

func illegibleFleet(o Observed) bool {
	return !valid(o.Stage, o.Err) || slices.ContainsFunc(o.Versions, func(v Version) bool { return !valid(v.Version, v.Digest) })
}

func illegibleSample(s health.Sample) bool {
	return !valid(s.Stage, s.Signal, s.Key, s.Reason, string(s.Fetch)) ||
		slices.ContainsFunc(s.Counts, func(c health.Count) bool { return !utf8.ValidString(c.Name) })
}

func illegibleCommand(c Command) bool {
	return !valid(c.ID, string(c.Kind), c.By, c.Stage, c.Step, c.Digest, c.Reason) || c.Until.Location() != time.UTC || !sane(c.Until) ||
		slices.ContainsFunc(c.Roles, func(r string) bool { return !utf8.ValidString(r) })
}

func valid(texts ...string) bool {
	for _, t := range texts {
		if !utf8.ValidString(t) {
			return false
		}
	}
	return true
}

func mend(texts ...*string) {
	for _, t := range texts {
		*t = strings.ToValidUTF8(*t, "?")
	}
}
