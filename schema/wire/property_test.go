package wire

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func drawPair(t *rapid.T) (w, r Format) {
	enc := rapid.SampledFrom(encodings).Draw(t, "encoding")
	w = drawFormat(t, enc)
	if chance(t, 10, "unrelated") {
		r = drawFormat(t, enc)
	} else {
		r = change(t, w)
	}
	if chance(t, 2, "backwards") {
		w, r = r, w
	}
	if err := w.Validate(); err != nil {
		t.Fatalf("writer: %v%s", err, show(w, r))
	}
	if err := r.Validate(); err != nil {
		t.Fatalf("reader: %v%s", err, show(w, r))
	}
	return w, r
}

// fataler is a *testing.T or a *rapid.T.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// witnesses fails unless every finding is shown on real bytes by its witness.
func witnesses(t fataler, w, r Format, findings []Finding) {
	t.Helper()
	worst := Worst(findings)
	for _, f := range findings {
		if f.Verdict == OK || f.Why == "" || f.Writer != w.Name {
			t.Fatalf("finding %+v", f)
		}
		if f.Unknown {
			if f.Verdict != Error || f.Witness != "" {
				t.Fatalf("what is not modelled is no error, or has a witness: %s%s", f, show(w, r))
			}
			continue
		}
		value, err := parseRecord(w.Fields, f.Witness)
		if err != nil {
			t.Fatalf("witness of %s: %v%s", f, err, show(w, r))
		}
		v, lossy, _ := outcome(w, r, value)
		top := strings.ReplaceAll(f.Path, "[]", "")
		switch {
		case f.Verdict == Error && v != Error, f.Verdict == Lossy && v == OK, v == Error && worst != Error:
			t.Fatalf("the witness shows %q: %s%s", v, f, show(w, r))
		case v == Lossy && !slices.ContainsFunc(lossy, func(p string) bool { return within(p, top) }):
			t.Fatalf("the witness shows a loss at %q only: %s%s", lossy, f, show(w, r))
		}
	}
}

// within says whether one path is the other, or one of them is in the other.
func within(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+".") || strings.HasPrefix(b, a+".")
}

// What Compare says is what becomes of random values of random formats on real bytes, and every finding is shown by its
// witness.
func TestVerdictsHoldOnRealBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for range 100 { // a hundred pairs would be too few
			w, r := drawPair(t)
			findings := Compare(w, r)
			worst := Worst(findings)
			for range 8 {
				value := drawRecord(t, w.Encoding, w.Fields)
				v, lossy, _ := outcome(w, r, value)
				if v.Worse(worst) {
					t.Fatalf("%q, yet %v becomes %q at %q%s", worst, value, v, lossy, show(w, r))
				}
			}
			witnesses(t, w, r, findings)
		}
	})
}

// A format is compatible with itself.
func TestEveryFormatReadsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, _ := drawPair(t)
		if found := Compare(w, w); len(found) > 0 {
			t.Fatalf("%v%s", found, show(w, w))
		}
		value := drawRecord(t, w.Encoding, w.Fields)
		if v, lossy, _ := outcome(w, w, value); v != OK {
			t.Fatalf("the codec: %v is %q at %v%s", value, v, lossy, show(w, w))
		}
	})
}

// Where Rewrite finds no more than nothing, every field the writer wrote is in what the reader knows or keeps; what it
// finds beyond Compare is in neither.
func TestRewriteDropsWhatItSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, r := drawPair(t)
		read, rewritten := Compare(w, r), Rewrite(w, r)
		if Worst(read) == Error {
			return
		}
		dropped := map[string]bool{}
		for _, f := range rewritten {
			if !slices.Contains(read, f) {
				dropped[f.Path] = true
			}
		}
		value := drawRecord(t, w.Encoding, w.Fields)
		got, kept, err := decode(w, r, encode(w, value))
		if err != nil {
			t.Fatalf("%v%s", err, show(w, r))
		}
		for _, f := range w.Fields {
			if _, there := value[f.Name]; !there || w.Encoding == Protobuf && isZero(f, value[f.Name]) {
				continue
			}
			known := slices.ContainsFunc(r.Fields, func(rf Field) bool {
				_, has := got[rf.Name]
				return has && (rf.Number == f.Number && rf.Number > 0 || w.Encoding != Protobuf && (rf.Name == f.Name || slices.Contains(rf.Aliases, f.Name)))
			})
			key := f.Name
			if w.Encoding == Protobuf {
				key = itoa(f.Number)
			}
			list, isList := value[f.Name].([]any)
			if w.Encoding == Protobuf && isList && len(list) == 0 {
				continue
			}
			if !known && !slices.Contains(kept, key) && Worst(rewritten) == OK {
				t.Fatalf("%s is dropped without a word%s", f.Name, show(w, r))
			}
			if slices.Contains(kept, key) && dropped[f.Name] {
				t.Fatalf("%s is kept%s", f.Name, show(w, r))
			}
		}
	})
}

func itoa(n int32) string {
	return strings.TrimPrefix(index("", int(n)), "[")[:len(index("", int(n)))-2]
}

// Formats survive JSON, and are written one way.
func TestFormatsSurviveJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, _ := drawPair(t)
		data, err := Encode(w)
		if err != nil {
			t.Fatalf("%v", err)
		}
		back, err := Decode(data)
		if err != nil {
			t.Fatalf("%v in %s", err, data)
		}
		if diff := cmp.Diff(w, back, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s", diff)
		}
		if again, _ := Encode(back); !bytes.Equal(again, data) {
			t.Fatalf("%s\n%s", data, again)
		}
	})
}

// Decoding never panics, and what it accepts is valid, reads itself and survives being compared with anything.
func FuzzDecode(f *testing.F) {
	for _, c := range cases {
		a, _ := Encode(c.writer)
		b, _ := Encode(c.reader)
		f.Add(a, b)
	}
	f.Add([]byte(`{"encoding":"json","fields":[{"name":"a","type":"float","default":"1e999999999"}]}`), []byte(`{}`))
	f.Add([]byte(`{"encoding":"protobuf","fields":[{"name":"a","number":1,"type":"enum"}]}`), []byte(`[]`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		w, errW := Decode(a)
		r, errR := Decode(b)
		Compare(w, r) // also of what was refused
		if errW != nil {
			return
		}
		if found := Compare(w, w); len(found) > 0 {
			t.Fatalf("%s: %v", a, found)
		}
		if again, err := Encode(w); err != nil {
			t.Fatal(err)
		} else if _, err := Decode(again); err != nil {
			t.Fatal(err)
		}
		if errR == nil {
			witnesses(t, w, r, Compare(w, r))
		}
	})
}
