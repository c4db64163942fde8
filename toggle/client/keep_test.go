package client_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
)

// kept writes a file with a set and a kill of "dead", and says when the set was confirmed.
func kept(t *testing.T, data []byte) (file string, confirmed time.Time) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "flags")
	c, _ := liveWith(t, string(data), client.Options{Keep: file})
	if err := c.Kill("dead"); err != nil {
		t.Fatal(err)
	}
	return file, c.Status().Confirmed
}

// down is a source that never answers.
func down() *client.Memory {
	m := &client.Memory{}
	m.Fail(errDown)
	return m
}

func TestKept(t *testing.T) {
	file, confirmed := kept(t, flagOf(7))
	c := newClient(t, client.Options{Source: down(), Keep: file})
	wantState(t, c, client.Bootstrapped)
	wantNum(t, c, 7)
	s := c.Status()
	if !s.Confirmed.Equal(confirmed) || !slices.Equal(s.Kills, []string{"dead"}) || s.Err != nil {
		t.Errorf("%+v", s)
	}
	left, _ := os.ReadDir(filepath.Dir(file))
	if len(left) != 1 {
		t.Errorf("%v is left", left)
	}
}

// A kill is kept before there is a set, after which it holds, and ends.
func TestKeptKill(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flags")
	c := newClient(t, client.Options{Source: down(), Keep: file})
	if err := c.Kill("f", "g"); err != nil {
		t.Fatal(err)
	}
	source := &client.Memory{}
	source.Set(flagOf(3))
	c = newClient(t, client.Options{Source: source, Keep: file})
	wantState(t, c, client.NotReady)
	refresh(t, c)
	wantNum(t, c, -1)
	if err := c.Revive("f"); err != nil {
		t.Fatal(err)
	}
	c = newClient(t, client.Options{Source: source, Keep: file})
	wantNum(t, c, 3)
	if s := c.Status(); !slices.Equal(s.Kills, []string{"g"}) {
		t.Errorf("%+v", s)
	}
}

// Whichever is newer: what was kept, or what was built in. Kills hold in any case.
func TestKeptOrBuiltIn(t *testing.T) {
	file, confirmed := kept(t, flagOf(1))
	for _, c := range []struct {
		name string
		at   time.Time
		want float64
	}{
		{"the build does not say when", time.Time{}, 1},
		{"the file is newer", confirmed.Add(-time.Second), 1},
		{"the build is newer", confirmed.Add(time.Second), 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			c2 := newClient(t, client.Options{Source: down(), Keep: file, Bootstrap: flagOf(2), BootstrapTime: c.at})
			wantNum(t, c2, c.want)
			if s := c2.Status(); !slices.Equal(s.Kills, []string{"dead"}) {
				t.Errorf("%+v", s)
			}
		})
	}
}

// A file that is cut off or changed anywhere is not taken, and the log says so.
func TestTorn(t *testing.T) {
	file, _ := kept(t, flagOf(1))
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, torn []byte) {
		t.Helper()
		if err := os.WriteFile(file, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		c := newClient(t, client.Options{Source: down(), Keep: file, Bootstrap: flagOf(2), Log: slog.New(slog.NewTextHandler(&log, nil))})
		if got := c.Num("f", nil, 99); got != 2 {
			t.Errorf("%s: f is %v", what, got)
		}
		if s := c.Status(); s.Err == nil || len(s.Kills) > 0 || !strings.Contains(log.String(), "are not taken") {
			t.Errorf("%s: %+v, log %q", what, s, log.String())
		}
	}
	for n := range whole {
		check("cut off", whole[:n])
		changed := slices.Clone(whole)
		changed[n] ^= 1
		check("changed", changed)
	}
	check("longer", append(slices.Clone(whole), 'x'))
}

// A crash while the next file is written leaves the one of before.
func TestCrashBeforeRename(t *testing.T) {
	file, _ := kept(t, flagOf(1))
	if err := os.WriteFile(file+".new", []byte("gradatim-fl"), 0o600); err != nil {
		t.Fatal(err)
	}
	source := &client.Memory{}
	source.Set(flagOf(2))
	c := newClient(t, client.Options{Source: source, Keep: file})
	wantNum(t, c, 1)
	refresh(t, c)
	wantNum(t, newClient(t, client.Options{Source: down(), Keep: file}), 2)
}

// A broken flag stays as it was after a restart, too.
func TestKeptGood(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flags")
	c, source := liveWith(t, string(flagOf(1)), client.Options{Keep: file})
	source.Set([]byte(`{"flags": {"f": {}, "g": {"kind": "ops", "owner": "t"}}}`))
	refresh(t, c)
	wantNum(t, c, 1)
	c = newClient(t, client.Options{Source: down(), Keep: file})
	wantNum(t, c, 1)
	if c.Evaluate("g", nil).Error != "" || c.Status().Broken == nil {
		t.Error("the newer set is not there")
	}
}

// A restart does not end what silence began, and the file is not written at each poll.
func TestKeptStale(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flags")
	synctest.Test(t, func(t *testing.T) {
		c, source := liveWith(t, string(flagOf(1)), client.Options{Every: every, Keep: file})
		stop := start(t, c)
		var writes int
		var last []byte
		for range 100 {
			time.Sleep(every)
			if now, _ := os.ReadFile(file); !bytes.Equal(now, last) {
				writes, last = writes+1, now
			}
		}
		if writes < 20 || writes > 50 {
			t.Errorf("written %d times in 100 polls", writes)
		}
		stop()
		source.Fail(nil)
		time.Sleep(5 * every)
		wantState(t, newClient(t, client.Options{Source: source, Every: every, Keep: file}), client.Bootstrapped)
		time.Sleep(5 * every)
		c = newClient(t, client.Options{Source: source, Every: every, Keep: file})
		wantState(t, c, client.Stale)
		wantNum(t, c, -1)
	})
}

// Where nothing can be kept, a kill is in force all the same, and says so.
func TestCannotKeep(t *testing.T) {
	c, _ := liveWith(t, string(flagOf(1)), client.Options{Keep: filepath.Join(t.TempDir(), "no", "flags")})
	if err := c.Kill("f"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	wantNum(t, c, -1)
}

func TestOptions(t *testing.T) {
	_, err := client.New(client.Options{Every: -1, Timeout: -1})
	want := "source: must be given"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v", err)
	}
	var field *toggle.FieldError
	if !errors.As(err, &field) {
		t.Errorf("%T", err)
	}
	c := newClient(t, client.Options{Source: down(), Bootstrap: []byte("{")})
	wantState(t, c, client.NotReady)
	if c.Status().Err == nil {
		t.Error("nothing tells that the first flags cannot be read")
	}
}
