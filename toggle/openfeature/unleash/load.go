package unleash

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// Options are what flags must have here and Unleash's features do not say.
type Options struct {
	// Owner is who removes the flags one day. It must be given.
	Owner string
	// Kind is what the flags are for; empty is toggle.Ops, which need not expire.
	Kind toggle.Kind
	// Expires is when the flags should be gone; a release or an experiment needs it.
	Expires time.Time
	// Hostname is this machine's name, for the strategy applicationHostname. Without it a
	// feature with that strategy is an error.
	Hostname string
}

// Variant is the name of the flag that serves a feature's variants.
func Variant(feature string) string { return feature + ":variant" }

// maxFile is the largest file that is read, in bytes.
const maxFile = 64 << 20

// loader reads one file.
type loader struct {
	o        Options
	set      toggle.Set
	features map[string]*feature
	problems strict.Problems
}

// Load reads a response of the client API. The set has the features that could be translated
// exactly, and each of its flags compiles; the error has a toggle.FieldError for all that is
// wrong with the others, with paths in the file. The set is empty if the input is no such
// response at all.
func Load(data []byte, o Options) (toggle.Set, error) {
	l := &loader{o: o, features: map[string]*feature{}}
	l.o.Kind = cmp.Or(o.Kind, toggle.Ops)
	l.set = toggle.Set{Segments: map[string]toggle.Condition{}, Flags: map[string]toggle.Flag{}}
	var in file
	if len(data) > maxFile {
		l.problems.Add("", nil, fmt.Sprintf("must be at most %d bytes", maxFile))
		return l.set, l.problems.Err()
	}
	if err := json.Unmarshal(data, &in); err != nil {
		l.problems.Add("", nil, "must be an object of features: "+err.Error())
		return l.set, l.problems.Err()
	}
	l.segments(in.Segments)
	list := l.read(in.Features)
	slices.SortStableFunc(list, func(a, b *feature) int { // what others depend on comes first
		return cmp.Compare(min(len(a.Dependencies), 1), min(len(b.Dependencies), 1))
	})
	for _, f := range list {
		l.feature(f)
	}
	return l.set, l.problems.Err()
}

// read reads the features.
func (l *loader) read(list []json.RawMessage) []*feature {
	var all []*feature
	for i, raw := range list {
		f := &feature{path: "features[" + strconv.Itoa(i) + "]"}
		if err := json.Unmarshal(raw, f); err != nil {
			l.problems.Add(f.path, nil, "must be a feature: "+err.Error())
		} else if f.Name == "" || l.features[f.Name] != nil {
			l.problems.Add(f.path+".name", f.Name, "must be given, and the name of one feature only")
			all = slices.DeleteFunc(all, func(o *feature) bool { return o.Name == f.Name }) // which is meant cannot be known
			continue
		} else {
			all = append(all, f)
		}
		if f.Name != "" {
			l.features[f.Name] = f // what depends on one that is wrong must know of it
		}
	}
	return all
}

// segmentName is what a segment is called in the set.
func segmentName(id int) string { return "segment-" + strconv.Itoa(id) }

// segments translates the segments that are right; whoever names another is told. Of two with
// one id, which is meant cannot be known.
func (l *loader) segments(list []json.RawMessage) {
	paths := map[int]string{}
	for i, raw := range list {
		path := "segments[" + strconv.Itoa(i) + "]"
		var s segment
		var own strict.Problems
		if err := json.Unmarshal(raw, &s); err != nil || s.ID == nil {
			l.problems.Add(path, nil, "must be a segment with an id")
			continue
		}
		name := segmentName(*s.ID)
		if first, ok := paths[*s.ID]; ok {
			l.problems.Add(path+".id", *s.ID, "must be the id of one segment only, and not of "+first)
			delete(l.set.Segments, name)
			continue
		}
		paths[*s.ID] = path
		c := all(constraints(s.Constraints, path, &own)...)
		one := toggle.Set{Segments: map[string]toggle.Condition{name: c}}
		if own.Err() == nil {
			own.Join(path, one.Validate())
		}
		if own.Err() == nil {
			l.set.Segments[name] = c
		}
		l.problems.Join("", own.Err())
	}
}

// feature translates a feature to one flag or two: all of them, or none.
func (l *loader) feature(f *feature) {
	var problems strict.Problems
	t := &translation{loader: l, feature: f, problems: &problems}
	flag := toggle.Flag{Owner: l.o.Owner, Kind: l.o.Kind, Expires: l.o.Expires, Description: f.Description, Bucketing: bucket.Unleash}
	flag.Enabled = f.Enabled && t.dependencies()
	flag.Prerequisites = t.prerequisites
	own := flag
	own.Rules = t.on()
	flags := map[string]toggle.Flag{f.Name: own}
	if problems.Err() == nil && f.variants() {
		flag.Default, flag.Variants = toggle.CallersDefault, t.values()
		flag.Rules = t.which()
		flags[Variant(f.Name)] = flag
		if l.features[Variant(f.Name)] != nil {
			problems.Add(f.path+".variants", nil, "must not need the flag "+strconv.Quote(Variant(f.Name))+", which is a feature")
		}
	}
	if problems.Err() == nil {
		one := toggle.Set{Segments: l.named(f), Flags: flags}
		problems.Join(f.path, one.Validate())
	}
	if problems.Err() == nil {
		maps.Copy(l.set.Flags, flags)
	}
	l.problems.Join("", problems.Err())
}

// named are the segments that a feature names.
func (l *loader) named(f *feature) map[string]toggle.Condition {
	out := map[string]toggle.Condition{}
	for _, s := range f.Strategies {
		for _, id := range s.Segments {
			out[segmentName(id)] = l.set.Segments[segmentName(id)]
		}
	}
	return out
}
