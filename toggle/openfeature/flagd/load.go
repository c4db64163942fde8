package flagd

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// Options are what flags must have here and flagd's files do not say. A flag's metadata
// may: owner, kind and expires (RFC 3339) there come first.
type Options struct {
	// Owner is who removes the flags one day. A flag that has none is an error.
	Owner string
	// Kind is what the flags are for; empty is toggle.Ops, which need not expire.
	Kind toggle.Kind
	// Expires is when the flags should be gone; a release or an experiment needs it.
	Expires time.Time
	// Bucketing is the algorithm of fractional: bucket.FlagdV1, or bucket.FlagdV2, which
	// is meant if it is empty.
	Bucketing bucket.Algorithm
}

// maxFile is the largest file that is read, in bytes.
const maxFile = 64 << 20

// Load reads a file of flag definitions. The set has the flags that could be translated
// exactly, and each of them compiles; the error has a toggle.FieldError for all that is
// wrong with the others, with paths in the file. The set is empty if the input is no file of
// flag definitions at all.
func Load(data []byte, o Options) (toggle.Set, error) {
	set := toggle.Set{Flags: map[string]toggle.Flag{}}
	var problems strict.Problems
	o.Bucketing = cmp.Or(o.Bucketing, bucket.FlagdV2)
	if o.Bucketing != bucket.FlagdV1 && o.Bucketing != bucket.FlagdV2 {
		problems.Add("bucketing", string(o.Bucketing), "must be flagd/v1 or flagd/v2")
		return set, problems.Err()
	}
	if len(data) > maxFile {
		problems.Add("", nil, fmt.Sprintf("must be at most %d bytes", maxFile))
		return set, problems.Err()
	}
	var file map[string]json.RawMessage
	if err := json.Unmarshal(data, &file); err != nil {
		problems.Add("", nil, "must be an object of flags: "+err.Error())
		return set, problems.Err()
	}
	evaluators := map[string]any{}
	if raw, ok := file["$evaluators"]; ok {
		if err := json.Unmarshal(raw, &evaluators); err != nil {
			problems.Add("$evaluators", nil, "must be an object: "+err.Error())
		}
	}
	for _, d := range definitions(file["flags"], &problems) {
		var own strict.Problems
		f := d.translate(o, evaluators, &own)
		if own.Err() == nil {
			one := toggle.Set{Flags: map[string]toggle.Flag{d.name: f}}
			own.Join("", one.Validate())
		}
		if err := own.Err(); err != nil {
			problems.Join("", err)
			continue
		}
		set.Flags[d.name] = f
	}
	return set, problems.Err()
}

// definition is a flag as the file has it.
type definition struct {
	name, path string
	raw        json.RawMessage
}

// definitions are the flags in the order of their names, from an object or a list.
func definitions(raw json.RawMessage, problems *strict.Problems) []definition {
	var all []definition
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] == '[' {
		var list []json.RawMessage
		_ = json.Unmarshal(raw, &list) // it was read as JSON
		for i, raw := range list {
			var key struct {
				Key string `json:"key"`
			}
			path := fmt.Sprintf("flags[%d]", i)
			if err := json.Unmarshal(raw, &key); err != nil || key.Key == "" {
				problems.Add(path+".key", nil, "must be the flag's name")
				continue
			}
			all = append(all, definition{key.Key, path, raw})
		}
		return all
	}
	var flags map[string]json.RawMessage
	if err := json.Unmarshal(raw, &flags); err != nil || flags == nil {
		problems.Add("flags", nil, "must be an object, or a list of flags")
	}
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		all = append(all, definition{name, strict.At("flags", name), flags[name]})
	}
	return all
}

// translate makes a flag of a definition. It is of use only if there were no problems.
func (d definition) translate(o Options, evaluators map[string]any, problems *strict.Problems) toggle.Flag {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(d.raw, &raw); err != nil {
		problems.Add(d.path, nil, "must be an object")
	}
	read := func(key string, into any, rule string) {
		if v, ok := raw[key]; ok {
			if err := json.Unmarshal(v, into); err != nil {
				problems.Add(d.path+"."+key, nil, rule)
			}
		}
	}
	f := toggle.Flag{Owner: o.Owner, Kind: cmp.Or(o.Kind, toggle.Ops), Expires: o.Expires, Off: toggle.CallersDefault}
	state, usual := "ENABLED", ""
	read("state", &state, "must be ENABLED or DISABLED")
	read("defaultVariant", &usual, "must be the name of a variant, or null")
	read("variants", &f.Variants, "must be an object of values")
	var about struct {
		Owner       string      `json:"owner"`
		Kind        toggle.Kind `json:"kind"`
		Expires     time.Time   `json:"expires"`
		Description string      `json:"description"`
	}
	read("metadata", &about, "must be an object; in it owner, kind and description texts, and expires an instant")
	f.Owner, f.Kind, f.Description = cmp.Or(about.Owner, f.Owner), cmp.Or(about.Kind, f.Kind), about.Description
	if !about.Expires.IsZero() {
		f.Expires = about.Expires
	}
	if f.Enabled = state == "ENABLED"; !f.Enabled && state != "DISABLED" {
		problems.Add(d.path+".state", state, "must be ENABLED or DISABLED")
	}
	if f.Default = cmp.Or(usual, toggle.CallersDefault); len(f.Variants) == 0 {
		problems.Add(d.path+".variants", nil, "must be given")
	}
	if _, ok := f.Variants[f.Default]; !ok && usual != "" {
		problems.Add(d.path+".defaultVariant", usual, "must be a variant of the flag")
	}
	var targeting any
	if v, ok := raw["targeting"]; ok {
		_ = json.Unmarshal(v, &targeting) // it was read as JSON
	}
	if m, ok := targeting.(map[string]any); targeting != nil && (!ok || len(m) > 0) {
		t := &translation{flag: d.name, evaluators: evaluators, bucketing: o.Bucketing, problems: problems}
		t.variants, t.usual = f.Variants, f.Default
		f.Rules = t.rules(targeting, d.path+".targeting")
		if t.buckets {
			f.Bucketing = o.Bucketing
		}
	}
	return f
}
