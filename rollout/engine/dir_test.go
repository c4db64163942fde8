package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/rollout"
)

func openDir(t testing.TB, path string) *Dir {
	t.Helper()
	d, err := OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// contents are all files below a directory.
func contents(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, root)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(files, "/r/lock")
	return files
}

// checkWhole checks that a rollout is at a revision and its journal is that of it.
func checkWhole(t *testing.T, d *Dir, allowed ...uint64) uint64 {
	t.Helper()
	s, err := d.Load(t.Context(), "r")
	if errors.Is(err, ErrNotFound) && slices.Contains(allowed, 0) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	records, err := d.Journal(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(allowed, s.Rev) || uint64(len(records)) != s.Rev || records[s.Rev-1].Events[0].Text != s.Taken[0] {
		t.Fatalf("revision %d with %d records, %v are allowed", s.Rev, len(records), allowed)
	}
	return s.Rev
}

// TestCrashInSave ends a save before each of its steps, and half-way through each
// write. Then the store is at the old revision or at the new one, and saves go on.
func TestCrashInSave(t *testing.T) {
	crash := errors.New("crash")
	for prev := range uint64(3) {
		var steps []string
		for at := 0; at == 0 || at <= len(steps); at++ {
			for _, torn := range []int{0, 1, 20} {
				root := t.TempDir()
				d := openDir(t, root)
				for i := range prev {
					if err := saveTo(d, "r", i, fmt.Sprint("old ", i)); err != nil {
						t.Fatal(err)
					}
				}
				n := 0
				d.step = func(what string) error {
					n++
					if at == 0 && torn == 0 {
						steps = append(steps, strings.ReplaceAll(what, root, ""))
					}
					if n != at {
						return nil
					}
					if path, ok := strings.CutPrefix(what, "append "); ok && torn > 0 {
						tear(t, path, torn)
					}
					if path, ok := strings.CutPrefix(what, "write "); ok && torn > 0 {
						tear(t, path, torn)
					}
					return crash
				}
				err := saveTo(d, "r", prev, "new"+strings.Repeat("x", 1000))
				if at > 0 != errors.Is(err, crash) {
					t.Fatalf("step %d: %v", at, err)
				}
				d = openDir(t, root) // the next process
				rev := checkWhole(t, d, prev, prev+1)
				if at == 0 && rev != prev+1 {
					t.Fatal("a save without a crash is not there")
				}
				for i := rev; i < rev+2; i++ {
					if err := saveTo(d, "r", i, fmt.Sprint("later ", i)); err != nil {
						t.Fatalf("crash before %q of %q: %v", steps[at-1], steps, err)
					}
					checkWhole(t, d, i+1)
				}
				if text := contents(t, root)["/r/"+journalFile]; strings.Count(text, "\n") != int(rev)+2 || !strings.HasSuffix(text, "\n") {
					t.Errorf("crash before %q left something in the journal: %q", steps[at-1], text)
				}
				if files := contents(t, root); len(files) != 2 {
					t.Errorf("crash before %q left something: %v", steps[at-1], files)
				}
			}
		}
		// The order is the proof against a loss of power: state and record are on disk
		// before the state has its name, and of a first save the state before the record.
		want := []string{
			"open /r/journal.jsonl", "create /r/state.json.new", "write /r/state.json.new", "sync /r/state.json.new",
			"append /r/journal.jsonl", "sync /r/journal.jsonl", "rename /r/state.json", "sync directory",
		}
		if prev == 0 {
			want = append([]string{"make directory"}, want...)
		}
		if !slices.Equal(steps, want) {
			t.Errorf("steps %q", steps)
		}
	}
}

// TestCrashTwice ends the first save, and then that of the next process, with a
// shorter record: whatever is left of both, the store goes on.
func TestCrashTwice(t *testing.T) {
	crash := errors.New("crash")
	for first := range 10 {
		for second := range 10 {
			root := t.TempDir()
			for k, at := range []int{first, second} {
				d, n := openDir(t, root), 0
				d.step = func(string) error {
					if n++; n > at {
						return crash
					}
					return nil
				}
				_ = saveTo(d, "r", 0, strings.Repeat("x", 1000>>(5*k)))
			}
			d := openDir(t, root)
			rev := checkWhole(t, d, 0, 1)
			if err := saveTo(d, "r", rev, "later"); err != nil {
				t.Fatalf("crash at %d and at %d: %v", first, second, err)
			}
			checkWhole(t, d, rev+1)
		}
	}
}

// TestReadFirst: whoever reads while the first save goes on sees no rollout or one.
func TestReadFirst(t *testing.T) {
	d := openDir(t, t.TempDir())
	for i := range 30 {
		id, over := fmt.Sprint(i), make(chan struct{})
		go func() {
			defer close(over)
			if err := saveTo(d, id, 0, "a"); err != nil {
				t.Error(err)
			}
		}()
		for done := false; !done; {
			select {
			case <-over:
				done = true
			default:
			}
			if _, err := d.Load(t.Context(), id); err != nil && !errors.Is(err, ErrNotFound) {
				t.Error(err)
			}
		}
	}
}

// TestNotOurs: a journal without its state is refused by name and not written to,
// whether the state was lost or somebody else wrote it.
func TestNotOurs(t *testing.T) {
	for name, spoil := range map[string]func(root string) error{
		"first state lost": func(root string) error { return os.Remove(root + "/r/" + stateFile) },
		"foreign journal": func(root string) error {
			return errors.Join(os.Remove(root+"/r/"+stateFile), os.WriteFile(root+"/r/"+journalFile, []byte("precious"), 0o644))
		},
		"foreign state": func(root string) error {
			return errors.Join(os.Remove(root+"/r/"+stateFile), os.WriteFile(root+"/r/"+stateTemp, []byte("{}"), 0o644))
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			d := openDir(t, root)
			must(t, saveTo(d, "r", 0, "a"))
			must(t, spoil(root))
			before := contents(t, root)
			_, errLoad := d.Load(t.Context(), "r")
			for what, err := range map[string]error{
				"load": errLoad, "save": saveTo(d, "r", 0, "b"), "lock": second(d.Lock(t.Context(), "r")),
			} {
				if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "state.json: it is missing, and there is a journal") {
					t.Errorf("%s: %v", what, err)
				}
			}
			if after := contents(t, root); fmt.Sprint(before) != fmt.Sprint(after) {
				t.Errorf("something was changed:\n%v\n%v", before, after)
			}
		})
	}
}

// TestLockReads: a journal that is damaged anywhere is found before it grows.
func TestLockReads(t *testing.T) {
	root := t.TempDir()
	d := openDir(t, root)
	for i := range uint64(3) {
		must(t, saveTo(d, "r", i, "a"))
	}
	path := filepath.Join(root, "r", journalFile)
	whole, err := os.ReadFile(path)
	must(t, err)
	for _, at := range []int{0, len(whole) / 2, len(whole) - 2} {
		spoilt := bytes.Clone(whole)
		spoilt[at] ^= 1
		must(t, os.WriteFile(path, spoilt, 0o644))
		if err := second(d.Lock(t.Context(), "r")); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), path) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
	must(t, os.WriteFile(path, append(whole, "cut off"...), 0o644)) // this is how a crash leaves it
	unlock, err := d.Lock(t.Context(), "r")
	must(t, err)
	must(t, saveTo(d, "r", 3, "b"))
	unlock()
}

// tear appends the beginning of what a write would have written.
func tear(t *testing.T, path string, n int) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(`{"rev":2,"plan":"sha256:p","events":[]}`[:n])
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestDamage: a file that is not what was written is refused by name, by Load and
// by Save, and nothing is changed.
func TestDamage(t *testing.T) {
	state, journal := "/r/"+stateFile, "/r/"+journalFile
	edit := func(path string, f func(data []byte) []byte) func(t *testing.T, root string) {
		return func(t *testing.T, root string) {
			data, err := os.ReadFile(root + path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(root+path, f(data), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	put := func(text string) func([]byte) []byte { return func([]byte) []byte { return []byte(text) } }
	for name, c := range map[string]struct {
		spoil func(t *testing.T, root string)
		says  string
	}{
		"empty":      {edit(state, put("")), "state.json: it is empty"},
		"cut off":    {edit(state, func(b []byte) []byte { return b[:len(b)/2] }), "the input ends"},
		"foreign":    {edit(state, put(`{"hello": 1}`)), "state.json: it is not a state file"},
		"other JSON": {edit(state, put(`{}`)), "state.json: it is not a state file"},
		"binary":     {edit(state, put("\x00\x01")), "state.json: it is not a state file"},
		"newer":      {edit(state, put(`{"gradatim":2}`)), "state.json: it has version 2"},
		"edited":     {edit(state, func(b []byte) []byte { return bytes.Replace(b, []byte(`"mark 2"`), []byte(`"mark 9"`), 1) }), "its checksum is wrong"},
		"twice":      {edit(state, func(b []byte) []byte { return append(b, b...) }), "nothing may follow the value"},
		"tail":       {edit(state, func(b []byte) []byte { return append(b, "} garbage"...) }), "nothing may follow the value"},
		"two sums":   {edit(state, func(b []byte) []byte { return bytes.Replace(b, []byte(`"sum":`), []byte(`"sum":"","sum":`), 1) }), "must be given only once"},
		"other case": {edit(state, func(b []byte) []byte { return bytes.Replace(b, []byte(`"sum":`), []byte(`"SUM":`), 1) }), "unknown"},
		"other's": {func(t *testing.T, root string) {
			must(t, os.Rename(root+"/r", root+"/q"))
			must(t, os.Rename(root+"/q", root+"/r"))
			swap(t, root)
		}, `it is that of rollout "other"`},
		"no journal":  {func(t *testing.T, root string) { must(t, os.Remove(root+journal)) }, "journal.jsonl: it is missing"},
		"short":       {edit(journal, func(b []byte) []byte { return b[:len(b)-1] }), "journal.jsonl: it ends before revision 3"},
		"shorter":     {edit(journal, put("")), "journal.jsonl: it ends before revision 3"},
		"state moved": {func(t *testing.T, root string) { must(t, os.Remove(root+state)) }, "state.json: it is missing, and there is a journal"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			d := openDir(t, root)
			for i := range uint64(3) {
				must(t, saveTo(d, "r", i, fmt.Sprint("mark ", i)))
			}
			c.spoil(t, root)
			before := contents(t, root)
			_, errLoad := d.Load(t.Context(), "r")
			_, errJournal := d.Journal(t.Context(), "r")
			for what, err := range map[string]error{
				"load": errLoad, "journal": errJournal, "save": saveTo(d, "r", 3, "x"), "first save": saveTo(d, "r", 0, "x"),
			} {
				if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "nothing was changed") {
					t.Errorf("%s: %v", what, err)
				}
			}
			if after := contents(t, root); fmt.Sprint(before) != fmt.Sprint(after) {
				t.Errorf("something was changed:\n%v\n%v", before, after)
			}
		})
	}
	t.Run("journal", func(t *testing.T) {
		root := t.TempDir()
		d := openDir(t, root)
		for i := range uint64(3) {
			must(t, saveTo(d, "r", i, fmt.Sprint("mark ", i)))
		}
		edit(journal, func(b []byte) []byte { return bytes.Replace(b, []byte("mark 1"), []byte("mark 7"), 1) })(t, root)
		if _, err := d.Journal(t.Context(), "r"); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "journal.jsonl") {
			t.Error(err)
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// swap puts the files of another rollout in the place of r's.
func swap(t *testing.T, root string) {
	t.Helper()
	d := openDir(t, root)
	for i := range uint64(3) {
		must(t, saveTo(d, "other", i, "other"))
	}
	must(t, os.RemoveAll(root+"/r"))
	must(t, os.Rename(root+"/other", root+"/r"))
}

func TestDirLock(t *testing.T) {
	root := t.TempDir()
	a, b := openDir(t, root), openDir(t, root) // as two processes: the lock is of the open file
	unlock, err := a.Lock(t.Context(), "r")
	must(t, err)
	must(t, saveTo(a, "r", 0, "a"))
	for what, err := range map[string]error{
		"save": saveTo(b, "r", 1, "b"), "lock": second(b.Lock(t.Context(), "r")), "again": second(a.Lock(t.Context(), "r")),
	} {
		if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), filepath.Join(root, "r", "lock")) || !strings.Contains(err.Error(), "process") {
			t.Errorf("%s: %v", what, err)
		}
	}
	must(t, b.Submit(t.Context(), "r", command("1", rollout.Pause))) // orders need no lock
	if p, err := a.Pending(t.Context(), "r"); err != nil || len(p) != 1 {
		t.Errorf("%v, %v", p, err)
	}
	if s, err := b.Load(t.Context(), "r"); err != nil || s.Rev != 1 {
		t.Errorf("readers need no lock: %v, %v", s.Rev, err)
	}
	unlock()
	unlock()
	must(t, saveTo(b, "r", 1, "b"))
	must(t, saveTo(a, "r", 2, "a"))
}

// TestLockRemoved: an engine whose lock file was removed does not write any more, for
// another may hold the new one.
func TestLockRemoved(t *testing.T) {
	root := t.TempDir()
	a, b := openDir(t, root), openDir(t, root)
	unlock, err := a.Lock(t.Context(), "r")
	must(t, err)
	must(t, saveTo(a, "r", 0, "a"))
	must(t, os.Remove(filepath.Join(root, "r", lockFile)))
	if err := saveTo(a, "r", 1, "a"); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "never remove") {
		t.Errorf("without the file: %v", err)
	}
	unlockB, err := b.Lock(t.Context(), "r")
	must(t, err)
	if err := saveTo(a, "r", 1, "a"); !errors.Is(err, ErrLocked) {
		t.Errorf("beside another: %v", err)
	}
	unlock()
	if err := saveTo(a, "r", 1, "a"); !errors.Is(err, ErrLocked) {
		t.Errorf("while another has it: %v", err)
	}
	must(t, saveTo(b, "r", 1, "b"))
	unlockB()
	must(t, saveTo(a, "r", 2, "a"))
}

// TestOpenDir: the directory is made with all above it, and a file is none.
func TestOpenDir(t *testing.T) {
	root := t.TempDir()
	must(t, saveTo(openDir(t, filepath.Join(root, "a", "b", "c")), "r", 0, "a"))
	must(t, os.WriteFile(filepath.Join(root, "file"), nil, 0o644))
	for _, path := range []string{"file", "file/below"} {
		if _, err := OpenDir(filepath.Join(root, path)); err == nil {
			t.Errorf("opened %s", path)
		}
	}
}

func second(_ func(), err error) error { return err }

func TestDirInboxLeftovers(t *testing.T) {
	root := t.TempDir()
	d := openDir(t, root)
	ctx, box := t.Context(), filepath.Join(root, "r", inboxDir)
	must(t, d.Submit(ctx, "r", command("1", rollout.Pause)))
	old, young := filepath.Join(box, tempPrefix+"1"), filepath.Join(box, tempPrefix+"2")
	for _, path := range []string{old, young, filepath.Join(box, "README"), filepath.Join(box, "0000000000000000001-0123456789abcdef.json")} {
		must(t, os.WriteFile(path, []byte("{"), 0o644))
	}
	// A clock that was ahead: what is ordered later stands behind all the same.
	names, err := orderNames(box)
	must(t, err)
	ahead := fmt.Sprintf("%019d", time.Now().Add(time.Hour).UnixNano())
	must(t, os.Rename(filepath.Join(box, names[len(names)-1]), filepath.Join(box, ahead+names[len(names)-1][19:])))
	must(t, d.Submit(ctx, "r", command("2", rollout.Resume)))
	past := time.Now().Add(-2 * tempAge)
	must(t, os.Chtimes(old, past, past))
	p, err := d.Pending(ctx, "r")
	if len(p) != 2 || p[0].ID != "1" || !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "0123456789abcdef.json") {
		t.Errorf("%v, %v", p, err)
	}
	unlock, err := d.Lock(ctx, "r")
	must(t, err)
	defer unlock()
	if _, err := os.Stat(old); err == nil {
		t.Error("what a dead process left is still there")
	}
	if _, err := os.Stat(young); err != nil {
		t.Error("what may be of a living process was removed")
	}
}

// TestDirInboxRefuses: a file that is not exactly one order under its own name is
// left aside by name, whatever else is in the inbox.
func TestDirInboxRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"tail":         `{"id":"a","kind":"pause"} ]`,
		"kind twice":   `{"id":"a","kind":"pause","kind":"rollback"}`,
		"other case":   `{"id":"a","kind":"pause","KIND":"rollback"}`,
		"no kind":      `{"id":"a"}`,
		"null":         `null`,
		"cut off":      `{"id":"a`,
		"another's ID": `{"id":"b","kind":"pause"}`,
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			d, ctx := openDir(t, root), t.Context()
			must(t, d.Submit(ctx, "r", command("good", rollout.Resume)))
			path := filepath.Join(root, "r", inboxDir, "0000000000000000001-"+tagOf("a")+orderSuffix)
			must(t, os.WriteFile(path, []byte(text), 0o644))
			p, err := d.Pending(ctx, "r")
			if len(p) != 1 || p[0].ID != "good" || !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v, %v", p, err)
			}
			// An order is given only if it will be read.
			if err := d.Submit(ctx, "r", command("a", rollout.Pause)); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), path) {
				t.Errorf("submitted behind it: %v", err)
			}
			must(t, os.Remove(path))
			must(t, d.Submit(ctx, "r", command("a", rollout.Pause)))
			if p, err := d.Pending(ctx, "r"); err != nil || len(p) != 2 {
				t.Errorf("%v, %v", p, err)
			}
		})
	}
}

// TestDirRun drives a rollout over the real store, in real time, with an order from
// another process.
func TestDirRun(t *testing.T) {
	root := t.TempDir()
	f := newFleet(3)
	f.warm = 0
	p := plan("eu")
	p.Poll = 10 * time.Millisecond
	p.Stages[0].Gates.Step = nil
	p.Health.Signals[0].Every, p.Health.Readiness.Every = time.Second, time.Second
	m := compile(t, p)
	d := openDir(t, root)
	e := engine(t, Options{Targets: map[string]Target{"eu": f}, Source: &traffic{}, Store: d})
	other := newFleet(3)
	other.onObserve = func(context.Context) error { t.Error("an engine without the lock looked"); return nil }
	other.onApply = func(context.Context, rollout.Want) error { t.Error("an engine without the lock applied"); return nil }
	second := engine(t, Options{Targets: map[string]Target{"eu": other}, Store: openDir(t, root)})
	f.onObserve = func(context.Context) error {
		if _, err := second.Run(t.Context(), "r", m); !errors.Is(err, ErrLocked) {
			t.Errorf("a second engine: %v", err)
		}
		return nil
	}
	must(t, openDir(t, root).Submit(t.Context(), "r", command("1", rollout.RollBack)))
	s, err := e.Run(t.Context(), "r", m)
	if err != nil || s.Outcome == "" {
		t.Fatalf("%v: outcome %q", err, s.Outcome)
	}
	records, err := d.Journal(t.Context(), "r")
	must(t, err)
	if last, err := rollout.Replay(m, records); err != nil || last.Rev != s.Rev {
		t.Errorf("replay to %d of %d: %v", last.Rev, s.Rev, err)
	}
	unlock, err := d.Lock(t.Context(), "r")
	must(t, err) // Run gave it back
	unlock()
}
