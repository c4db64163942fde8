package toggle

import (
	"bytes"
	"encoding/json"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// parts is a set in pieces: what is wrong in one must not keep the others from being read.
type parts struct {
	Segments map[string]*part `json:"segments"`
	Flags    map[string]*part `json:"flags"`
}

// part is one segment or flag as it is written.
type part struct {
	data []byte
	err  error
}

// decode reads the part, unless it is wrong as a whole.
func (p *part) decode(read func([]byte) error) error {
	if p.err != nil {
		return p.err
	}
	return read(p.data)
}

// UnmarshalJSON keeps the text.
func (p *part) UnmarshalJSON(data []byte) error {
	p.data = data
	return nil
}

// split takes a set apart. It is an error if that cannot be done: the input is no JSON, or
// has something else than segments and flags.
func split(data []byte) (*parts, error) {
	out := &parts{}
	err := strict.Decode(data, maxSet, nil, out)
	if err == nil {
		return out, nil
	}
	if len(data) > maxSet {
		return nil, err
	}
	// Something is wrong somewhere. Whatever is not in a segment or a flag is wrong with all.
	*out = parts{}
	ok := eachMember(data, func(key string, again bool, value []byte) bool {
		into := map[string]*map[string]*part{"segments": &out.Segments, "flags": &out.Flags}[key]
		if into == nil || again {
			return false
		}
		*into = map[string]*part{}
		return eachMember(value, func(name string, again bool, value []byte) bool {
			(*into)[name] = &part{data: value}
			if again {
				(*into)[name].err = &FieldError{Rule: "must be given only once"}
			}
			return true
		})
	})
	if !ok {
		return nil, err
	}
	return out, nil
}

// eachMember calls f with each member of an object, until f returns false; again says that
// there was one of this name before. It says whether data is an object and f was content.
func eachMember(data []byte, f func(key string, again bool, value []byte) bool) bool {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	seen := map[string]bool{}
	for d.More() {
		from := d.InputOffset()
		t, err := d.Token()
		written := bytes.TrimLeft(data[from:d.InputOffset()], ", \t\r\n")
		var key string
		if err != nil || strict.Decode(written, maxSet, nil, &key) != nil || t != key {
			return false
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil || !f(key, seen[key], value) {
			return false
		}
		seen[key] = true
	}
	if _, err := d.Token(); err != nil {
		return false
	}
	_, err := d.Token()
	return err != nil && d.InputOffset() >= int64(len(bytes.TrimRight(data, " \t\r\n")))
}
