package change_test

import (
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema/change"
)

// FuzzDecode: no input panics, and what is read is written and read as the same bytes.
func FuzzDecode(f *testing.F) {
	for _, r := range rows() {
		data, err := r.in.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := change.Decode(data)
		if err != nil {
			return
		}
		first, err := in.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := change.Decode(first)
		if err != nil {
			t.Fatalf("%v\n%s", err, first)
		}
		second, err := again.Encode()
		if err != nil || string(first) != string(second) {
			t.Fatalf("%v: %s is not %s", err, first, second)
		}
	})
}
