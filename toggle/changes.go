package toggle

import (
	"maps"
	"slices"
	"strconv"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Changes are what is said of flags here and now, beside the set.
type Changes struct {
	// Kills are flags that serve their off variant whatever else is said. One that is not
	// there or is broken has none: no override makes it serve anything.
	Kills []string
	// Overrides are by the flag's name. One of a flag that is not there makes it, for whom
	// asks for it by name; prerequisites do not see it.
	Overrides map[string]Override
	// Stale says that the source was silent for too long: flags whose safe side is off
	// serve their off variant.
	Stale bool
}

// Override is what a flag serves to everybody: one of its variants, or a value.
type Override struct {
	Variant string
	// Value is served if Variant is empty.
	Value Value
}

// With is the snapshot as changes make it; those of a With before it are not kept. What is
// wrong with an override is a FieldError, and what is returned goes without that override.
// A kill beats an override, and both beat what is stale.
func (s *Snapshot) With(c Changes) (*Snapshot, error) {
	base := s
	if s == nil {
		base = &Snapshot{}
	} else if s.base != nil {
		base = s.base
	}
	out := &Snapshot{
		flags: maps.Clone(base.flags), list: slices.Clone(base.list), environment: base.environment, digest: base.digest, base: base,
	}
	if out.flags == nil {
		out.flags = map[string]*flag{}
	}
	if c.Stale {
		for _, f := range base.list {
			if f.data.Stale == ServeOff && !f.broken {
				out.fix(f, f.off, Outdated)
			}
		}
	}
	var problems strict.Problems
	for _, n := range names(c.Overrides) {
		out.override(n, c.Overrides[n], place{&problems, strict.At("overrides", n)})
	}
	for _, n := range c.Kills {
		switch f := base.flags[n]; {
		case f == nil:
			delete(out.flags, n)
		case f.broken:
			out.put(f)
		default:
			out.fix(f, f.off, Killed)
		}
	}
	return out, problems.Err()
}

// fix makes a flag serve one thing to everybody.
func (s *Snapshot) fix(f *flag, serve result, why Reason) {
	own, r := *f, *serve
	r.Reason, r.Rule, r.Detail = why, "", ""
	own.fixed, own.timed, own.broken, own.of = &r, false, false, r.Value.of
	s.put(&own)
}

func (s *Snapshot) put(f *flag) {
	s.flags[f.name] = f
	if at := s.place(f.name); at >= 0 {
		s.list[at] = f
	}
}

func (s *Snapshot) override(name string, o Override, p place) {
	f := s.flags[name]
	r := Result{Value: o.Value, Variant: o.Variant}
	switch known := f != nil && !f.broken; {
	case o.Variant == "" && o.Value.of == Nothing:
		p.add(nil, "must have a variant or a value")
		return
	case o.Variant != "" && o.Value.of != Nothing:
		p.add(nil, "must have either a variant or a value")
		return
	case o.Variant != "" && !known:
		p.at("variant").add(o.Variant, "must be a value: there is no flag "+strconv.Quote(name)+" with variants")
		return
	case o.Variant != "":
		if !p.at("variant").known(o.Variant, names(f.served)) {
			return
		}
		r.Value = f.served[o.Variant]
	case o.Value.of == Instant || o.Value.of == List:
		p.at("value").add(o.Value, "must be a boolean, a string, a number, an object or a list in JSON")
		return
	case known && o.Value.of != f.of:
		p.at("value").add(o.Value, "must be a "+f.of.String()+", as the flag is")
		return
	}
	if f == nil {
		f = &flag{name: name}
	}
	s.fix(f, &r, Overridden)
}
