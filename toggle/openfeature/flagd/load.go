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
	evaluators := evaluators(file["$evaluators"], &problems)
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

// evaluators are the named expressions. One that is wrong is left out, and so are the flags
// that refer to it.
func evaluators(raw json.RawMessage, problems *strict.Problems) map[string]any {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil && raw != nil {
		problems.Add("$evaluators", nil, "must be an object of expressions")
	}
	out := make(map[string]any, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if e, ok := expression(all[name], strict.At("$evaluators", name), problems); ok {
			out[name] = e
		}
	}
	return out
}

// expression reads JSON-logic. What is JSON may still have numbers that are too large.
func expression(raw json.RawMessage, path string, problems *strict.Problems) (e any, ok bool) {
	if err := json.Unmarshal(raw, &e); err != nil {
		problems.Add(path, nil, "must have numbers that 64 bits can hold")
		return nil, false
	}
	return e, true
}

// definition is a flag as the file has it.
type definition struct {
	name, path string
	raw        json.RawMessage
}

// definitions are the flags, from an object or a list. Of a name that several have, which one
// is meant cannot be known.
func definitions(raw json.RawMessage, problems *strict.Problems) []definition {
	var all []definition
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] == '[' {
		all = listed(raw, problems)
	} else {
		all = named(raw, problems)
	}
	times := map[string]int{}
	for _, d := range all {
		if times[d.name]++; times[d.name] == 2 {
			problems.Add(d.path, nil, "must be defined once; the flag is left out")
		}
	}
	return slices.DeleteFunc(all, func(d definition) bool { return times[d.name] > 1 })
}

// listed are the flags of a list.
func listed(raw json.RawMessage, problems *strict.Problems) []definition {
	var all []definition
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

// named are the flags of an object, in its order: a map would hide that a name is there twice.
func named(raw json.RawMessage, problems *strict.Problems) []definition {
	var all []definition
	d := json.NewDecoder(bytes.NewReader(raw))
	if open, _ := d.Token(); open != json.Delim('{') {
		problems.Add("flags", nil, "must be an object, or a list of flags")
		return nil
	}
	for d.More() {
		key, _ := d.Token() // it was read as JSON
		name, _ := key.(string)
		var raw json.RawMessage
		_ = d.Decode(&raw)
		all = append(all, definition{name, strict.At("flags", name), raw})
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
		targeting, _ = expression(v, d.path+".targeting", problems)
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
