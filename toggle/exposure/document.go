package exposure

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle"
)

// maxData is the largest flag set that is read, in bytes.
const maxData = 64 << 20

// document is a flag set as it is written. Only what is driven is ever read into flags:
// what else is in it, right or wrong, stays as it is, byte for byte.
type document struct{ data []byte }

// flag reads one flag.
func (d document) flag(name string) (f toggle.Flag, err error) {
	var raw struct {
		Segments map[string]json.RawMessage `json:"segments"`
		Flags    map[string]json.RawMessage `json:"flags"`
	}
	if err := strict.Decode(d.data, maxData, nil, &raw); err != nil {
		return f, err
	}
	text, ok := raw.Flags[name]
	if !ok {
		return f, &toggle.FieldError{Path: strict.At("flags", name), Rule: "is not there"}
	}
	if err := strict.Decode(text, maxData, nil, &f); err != nil {
		var problems strict.Problems
		problems.Join(strict.At("flags", name), err)
		return f, problems.Err()
	}
	return f, nil
}

// with is the document with a flag changed. It is an error if the flag could not be
// evaluated then.
func (d document) with(name, environment string, f toggle.Flag) (document, error) {
	text, err := strict.Encode(f)
	if err != nil {
		return d, err
	}
	from, to, err := d.place(name)
	if err != nil {
		return d, err
	}
	if bytes.ContainsRune(d.data[from:to], '\n') {
		text = d.indent(text, from)
	}
	out := document{bytes.Join([][]byte{d.data[:from], text, d.data[to:]}, nil)}
	return out, out.check(name, environment)
}

// check says why a flag cannot be evaluated.
func (d document) check(name, environment string) error {
	s, err := toggle.Load(d.data, toggle.Options{Environment: environment})
	if s == nil {
		return err
	}
	if s.Evaluate(name, nil, time.Time{}).Error != toggle.FlagBroken {
		return nil // others may be wrong
	}
	var own []error
	at := strict.At("flags", name)
	for _, e := range strict.Fields(err) {
		if e.Path == at || strings.HasPrefix(e.Path, at+".") || strings.HasPrefix(e.Path, "segments") {
			own = append(own, e)
		}
	}
	if len(own) == 0 { // it is broken by something else
		return fmt.Errorf("flag %s cannot be evaluated: %w", name, err)
	}
	return errors.Join(own...)
}

// place is where the value of a flag stands in the data, which is valid.
func (d document) place(name string) (from, to int, err error) {
	dec := json.NewDecoder(bytes.NewReader(d.data))
	if err := enter(dec, "flags"); err != nil {
		return 0, 0, err
	}
	if err := enter(dec, name); err != nil {
		return 0, 0, err
	}
	var value json.RawMessage
	if err := dec.Decode(&value); err != nil {
		return 0, 0, err
	}
	to = int(dec.InputOffset())
	return to - len(value), to, nil
}

// enter goes into an object, up to the value of a key.
func enter(dec *json.Decoder, key string) error {
	if _, err := dec.Token(); err != nil { // the brace
		return err
	}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return err
		}
		if t == key {
			return nil
		}
		var skip json.RawMessage
		if err := dec.Decode(&skip); err != nil {
			return err
		}
	}
	return fmt.Errorf("%q is not there", key)
}

// indent writes text as what stands at a place that is two levels deep is indented.
func (d document) indent(text []byte, at int) []byte {
	line := d.data[bytes.LastIndexByte(d.data[:at], '\n')+1 : at]
	prefix := string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
	unit := prefix[:len(prefix)/2]
	if unit == "" {
		unit = "  "
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, prefix, unit); err != nil {
		return text
	}
	return b.Bytes()
}
