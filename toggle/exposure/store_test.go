package exposure

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/toggle"
)

// stores are one of each kind, with the same flags.
func stores(t *testing.T, data string) map[string]Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "flags.json")
	must(t, os.WriteFile(path, []byte(data), 0o640))
	return map[string]Store{"memory": NewMemory([]byte(data), nil), "file": File{path}}
}

// TestStores: what was saved is loaded, and who saves from what is no longer there is told.
func TestStores(t *testing.T) {
	for name, s := range stores(t, "a") {
		data, first, err := s.Load(t.Context())
		if err != nil || string(data) != "a" {
			t.Fatalf("%s: %q, %v", name, data, err)
		}
		must(t, s.Save(t.Context(), []byte("b"), first))
		if err := s.Save(t.Context(), []byte("c"), first); !errors.Is(err, ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
		if data, _, err := s.Load(t.Context()); err != nil || string(data) != "b" {
			t.Errorf("%s: %q, %v", name, data, err)
		}
		if f, ok := s.(File); ok {
			left, err := filepath.Glob(f.Path + "*")
			must(t, err)
			info, err := os.Stat(f.Path)
			if err != nil || info.Mode().Perm() != 0o640 || len(left) != 2 {
				t.Errorf("%v: %v beside %q", err, info.Mode(), left)
			}
		}
	}
	gone := File{filepath.Join(t.TempDir(), "gone.json")}
	if err := gone.Save(t.Context(), []byte("{}"), ""); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := (&Target{Store: gone, Flag: "new"}).Observe(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// TestLink: a symbolic link stays one, what it leads to is replaced, and whoever comes by
// either name is excluded by the same lock.
func TestLink(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real", "a.json"), filepath.Join(dir, "flags.json")
	must(t, os.Mkdir(filepath.Dir(real), 0o700))
	must(t, os.WriteFile(real, []byte("a"), 0o600))
	if err := os.Symlink(filepath.Join("real", "a.json"), link); err != nil {
		t.Skip(err)
	}
	_, rev, err := File{link}.Load(t.Context())
	must(t, err)
	must(t, File{link}.Save(t.Context(), []byte("b"), rev))
	info, err := os.Lstat(link)
	must(t, err)
	data, err := os.ReadFile(real)
	if err != nil || string(data) != "b" || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%v: %q, %v", err, data, info.Mode())
	}
	if _, err := os.Stat(link + ".lock"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the link has a lock of its own: %v", err)
	}
}

// TestLocked: who finds the lock taken waits for it, as long as its context lets it.
func TestLocked(t *testing.T) {
	f := File{filepath.Join(t.TempDir(), "flags.json")}
	must(t, os.WriteFile(f.Path, []byte("a"), 0o600))
	unlock, err := lock(f.Path + ".lock")
	must(t, err)
	if second, err := lock(f.Path + ".lock"); err == nil {
		second()
		t.Skip("there is no lock here")
	}
	_, rev, err := f.Load(t.Context())
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Save(ctx, []byte("b"), rev); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := f.Save(t.Context(), []byte("b"), rev); !errors.Is(err, ErrConflict) {
		t.Error(err)
	}
	saved := make(chan error)
	go func() { saved <- f.Save(t.Context(), []byte("b"), rev) }()
	unlock()
	must(t, <-saved)
}

// TestConcurrent: of several who save at once each is saved or told that it was not.
func TestConcurrent(t *testing.T) {
	for name, s := range stores(t, "0") {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for saved := 0; saved < 25; {
					data, rev, err := s.Load(t.Context())
					if err != nil {
						t.Error(name, err)
						return
					}
					n := 0
					_, _ = fmt.Sscan(string(data), &n)
					switch err := s.Save(t.Context(), fmt.Append(nil, n+1), rev); {
					case err == nil:
						saved++
					case !errors.Is(err, ErrConflict):
						t.Error(name, err)
						return
					}
				}
			})
		}
		wg.Wait()
		if data, _, _ := s.Load(t.Context()); string(data) != "100" {
			t.Errorf("%s: %s of 100 are there", name, data)
		}
	}
}

// contested is a store in which somebody else changes the flags before each of some saves.
type contested struct {
	*Memory
	times int
}

func (c *contested) Save(ctx context.Context, data []byte, rev string) error {
	if c.times > 0 {
		c.times--
		now, at, _ := c.Load(ctx)
		if err := c.Memory.Save(ctx, append(now, "\n\n"...), at); err != nil {
			return err
		}
	}
	return c.Memory.Save(ctx, data, rev)
}

// TestConflict: who loses against somebody else's change makes its own of what is there now.
func TestConflict(t *testing.T) {
	for times := range tries + 2 {
		c := &contested{NewMemory([]byte(flags(`{"serve": "on"}`)), nil), times}
		err := (&Target{Store: c, Flag: "new", Stable: "1.0"}).Apply(t.Context(), want(1, 5000))
		data, _, _ := c.Load(t.Context())
		if lost := times >= tries; errors.Is(err, ErrConflict) != lost || (exposureOf(t, c.Memory) == 500_000) == lost {
			t.Errorf("after %d: %v", times, err)
		}
		if got := strings.Count(string(data), "\n\n"); got != min(times, tries) {
			t.Errorf("%d of %d changes are there", got, times)
		}
	}
}

// TestOnlyTheFlag: all but the flag stays as it was written, whatever it is.
func TestOnlyTheFlag(t *testing.T) {
	before := flags(`{
        "serve": "on",
        "exposure": "1%"
      }`)
	store := NewMemory([]byte(before), nil)
	must(t, (&Target{Store: store, Flag: "new", Stable: "1.0"}).Apply(t.Context(), want(1, 5000)))
	data, _, _ := store.Load(t.Context())
	cut := func(s string) string {
		head, rest, _ := strings.Cut(s, `"new": {`)
		_, tail, _ := strings.Cut(rest, `"new-mirror"`)
		return head + tail
	}
	if cut(before) != cut(string(data)) {
		t.Errorf("%s", data)
	}
	if !strings.Contains(string(data), "\n      \"rollout\": {\n        \"exposure\": \"50.5%\",\n        \"good\": \"1%\",") {
		t.Errorf("%s", data)
	}
}

// TestPlace: a flag is found where it stands, whatever stands before it.
func TestPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z"\\{}é ]{1,5}`), 1, 5, rapid.ID).Draw(t, "names")
		set := toggle.Set{Segments: map[string]toggle.Condition{"flags": {}}, Flags: map[string]toggle.Flag{}}
		for _, n := range names {
			set.Flags[n] = toggle.Flag{Kind: toggle.Ops, Owner: n, Settings: toggle.Settings{Enabled: true}}
		}
		data, err := strict.Encode(set)
		if err != nil {
			t.Fatal(err)
		}
		name := rapid.SampledFrom(names).Draw(t, "name")
		f := set.Flags[name]
		f.Owner = "x"
		set.Flags[name] = f
		next, err := document{data}.with(name, "", f)
		wanted, _ := strict.Encode(set)
		if err != nil || string(next.data) != string(wanted) {
			t.Fatalf("%v: %s, not %s", err, next.data, wanted)
		}
	})
}

// FuzzDocument: whatever the file, nothing panics, and what is written can be read.
func FuzzDocument(f *testing.F) {
	f.Add([]byte(flags(`{"serve": "on"}`)), uint16(5000))
	f.Add([]byte(flags(`{"serve":"on","bucketing":"gradatim/v1","progress":{"candidate":"2.0"}}`)), uint16(1))
	f.Add([]byte(`{"flags":{}}`), uint16(0))
	f.Fuzz(func(t *testing.T, data []byte, w uint16) {
		store := NewMemory(data, nil)
		target := &Target{Store: store, Flag: "new", Stable: "1.0"}
		if err := target.Apply(t.Context(), want(1<<40, strategy.Weight(w)%(strategy.Full+1))); err != nil {
			return
		}
		if _, err := target.Observe(t.Context()); err != nil {
			t.Errorf("%s: %v", store.data, err)
		}
	})
}
