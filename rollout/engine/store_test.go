package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/rollout"
)

// keeper is what both stores are.
type keeper interface {
	Store
	Inbox
	Journal(ctx context.Context, id string) ([]rollout.Record, error)
	List(ctx context.Context) ([]string, error)
}

// saveTo makes the next state of a rollout, with something in it to tell apart.
func saveTo(s keeper, id string, prev uint64, mark string) error {
	next := rollout.State{Plan: "sha256:p", Rev: prev + 1, Attempt: 1, Taken: []string{mark}, Clock: time.Unix(int64(prev), 5).UTC()}
	text, err := encodeState(next)
	if err != nil {
		return err
	}
	r := rollout.Record{Rev: next.Rev, Plan: next.Plan, Sum: sumOf(text), Events: []rollout.Event{{Text: mark}}}
	return s.Save(context.Background(), id, prev, next, r)
}

func TestStores(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) keeper{
		"memory": func(*testing.T) keeper { return NewMemory() },
		"dir": func(t *testing.T) keeper {
			d, err := OpenDir(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			return d
		},
	} {
		for _, test := range []struct {
			name string
			run  func(t *testing.T, s keeper)
		}{
			{"save and load", testSaveLoad},
			{"compare and set", testCompareAndSet},
			{"race", testRace},
			{"ids", testIDs},
			{"orders", testInbox},
			{"copies", testCopies},
			{"too big", testTooBig},
		} {
			t.Run(name+"/"+test.name, func(t *testing.T) { test.run(t, open(t)) })
		}
	}
}

func testSaveLoad(t *testing.T, s keeper) {
	ctx := t.Context()
	if _, err := s.Load(ctx, "r"); !errors.Is(err, ErrNotFound) {
		t.Errorf("load of nothing: %v", err)
	}
	if _, err := s.Journal(ctx, "r"); !errors.Is(err, ErrNotFound) {
		t.Errorf("journal of nothing: %v", err)
	}
	for i := range uint64(5) {
		if err := saveTo(s, "r", i, fmt.Sprint("<é> ", i)); err != nil {
			t.Fatal(err)
		}
		got, err := s.Load(ctx, "r")
		if err != nil || got.Rev != i+1 || got.Taken[0] != fmt.Sprint("<é> ", i) || !got.Clock.Equal(time.Unix(int64(i), 5)) {
			t.Errorf("loaded %v, %v", got, err)
		}
		records, err := s.Journal(ctx, "r")
		if err != nil || len(records) != int(i)+1 || records[i].Rev != i+1 || records[i].Events[0].Text != got.Taken[0] {
			t.Errorf("journal %v, %v", records, err)
		}
	}
	if err := saveTo(s, "q.1", 0, "other"); err != nil {
		t.Fatal(err)
	}
	if ids, err := s.List(ctx); err != nil || !slices.Equal(ids, []string{"q.1", "r"}) {
		t.Errorf("list %v, %v", ids, err)
	}
}

func testCompareAndSet(t *testing.T, s keeper) {
	ctx := t.Context()
	if err := saveTo(s, "r", 3, "too new"); !errors.Is(err, ErrConflict) {
		t.Errorf("save upon nothing: %v", err)
	}
	if err := errors.Join(saveTo(s, "r", 0, "a"), saveTo(s, "r", 1, "b")); err != nil {
		t.Fatal(err)
	}
	for _, prev := range []uint64{0, 1, 3, 2} {
		if err := saveTo(s, "r", prev, "late"); prev != 2 && !errors.Is(err, ErrConflict) {
			t.Errorf("save upon %d: %v", prev, err)
		} else if prev == 2 && err != nil {
			t.Error(err)
		}
	}
	for _, wrong := range []struct{ next, record uint64 }{{3, 4}, {5, 5}, {3, 3}, {4, 3}} {
		err := s.Save(ctx, "r", 3, rollout.State{Rev: wrong.next}, rollout.Record{Rev: wrong.record})
		if err == nil || errors.Is(err, ErrConflict) {
			t.Errorf("a gap %v: %v", wrong, err)
		}
	}
	if records, err := s.Journal(ctx, "r"); err != nil || len(records) != 3 {
		t.Errorf("%d records, %v", len(records), err)
	}
}

// testRace: of many savers upon one state exactly one wins.
func testRace(t *testing.T, s keeper) {
	for prev := range uint64(5) {
		var all sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for i := range 8 {
			all.Go(func() {
				switch err := saveTo(s, "r", prev, fmt.Sprint(i)); {
				case err == nil:
					mu.Lock()
					won++
					mu.Unlock()
				case !errors.Is(err, ErrConflict):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if won != 1 {
			t.Errorf("%d of 8 won", won)
		}
	}
}

func testIDs(t *testing.T, s keeper) {
	ctx := t.Context()
	for _, id := range []string{"", ".", "..", "a/b", "../a", "a\x00", "é", "a b", `a\b`, strings.Repeat("a", 101)} {
		if err := saveTo(s, id, 0, ""); err == nil {
			t.Errorf("saved as %q", id)
		}
		if err := s.Submit(ctx, id, command("1", rollout.Pause)); err == nil {
			t.Errorf("submitted to %q", id)
		}
		if _, err := s.Load(ctx, id); err == nil {
			t.Errorf("loaded %q", id)
		}
	}
	for _, id := range []string{"a", "...", "A-b_c.9", strings.Repeat("a", 100)} {
		if err := saveTo(s, id, 0, ""); err != nil {
			t.Error(err)
		}
	}
}

func testInbox(t *testing.T, s keeper) {
	ctx := t.Context()
	if p, err := s.Pending(ctx, "r"); err != nil || len(p) > 0 {
		t.Errorf("orders of nothing: %v, %v", p, err)
	}
	want := []string{"z", "a/../b", "é<&>", strings.Repeat("m", 200), "b"}
	for _, id := range append(want, "z", "b") {
		c := command(id, rollout.Approve)
		c.Roles, c.Until = []string{"release-manager"}, time.Unix(7, 0).UTC()
		if err := s.Submit(ctx, "r", c); err != nil {
			t.Fatal(err)
		}
	}
	check := func(want []string) {
		t.Helper()
		p, err := s.Pending(ctx, "r")
		var got []string
		for _, c := range p {
			got = append(got, c.ID)
			if c.By != "sam" || c.Roles[0] != "release-manager" || !c.Until.Equal(time.Unix(7, 0)) {
				t.Errorf("order came back as %+v", c)
			}
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("pending %q, %v", got, err)
		}
	}
	check(want)
	if err := s.Ack(ctx, "r", []string{"z", "é<&>", "nobody's"}); err != nil {
		t.Error(err)
	}
	check([]string{"a/../b", want[3], "b"})
	if err := s.Ack(ctx, "r", append(want, want...)); err != nil {
		t.Error(err)
	}
	check(nil)
	for _, c := range []rollout.Command{{Kind: rollout.Pause}, {ID: "1"}, {ID: strings.Repeat("x", 201), Kind: rollout.Pause}} {
		if err := s.Submit(ctx, "r", c); err == nil {
			t.Errorf("took %+v", c)
		}
	}
	if ids, err := s.List(ctx); err != nil || len(ids) > 0 {
		t.Errorf("orders alone make a rollout: %v, %v", ids, err)
	}
}

// testTooBig: what could not be read back is not taken.
func testTooBig(t *testing.T, s keeper) {
	ctx := t.Context()
	must(t, saveTo(s, "r", 0, "a"))
	big := rollout.Record{Rev: 2, Events: make([]rollout.Event, 10001)}
	if err := s.Save(ctx, "r", 1, rollout.State{Rev: 2}, big); !errors.Is(err, errLost) {
		t.Errorf("a record: %v", err)
	}
	if err := s.Save(ctx, "r", 1, rollout.State{Rev: 2, Taken: make([]string, 10001)}, rollout.Record{Rev: 2}); err == nil {
		t.Error("took a state")
	}
	c := command("1", rollout.Pause)
	c.Reason = strings.Repeat("x", maxOrder)
	if err := s.Submit(ctx, "r", c); err == nil {
		t.Error("took an order")
	}
	must(t, saveTo(s, "r", 1, "b"))
	if records, err := s.Journal(ctx, "r"); err != nil || len(records) != 2 {
		t.Errorf("%d records, %v", len(records), err)
	}
}

func testCopies(t *testing.T, s keeper) {
	ctx := t.Context()
	next := rollout.State{Rev: 1, Taken: []string{"a"}}
	if err := s.Save(ctx, "r", 0, next, rollout.Record{Rev: 1}); err != nil {
		t.Fatal(err)
	}
	next.Taken[0] = "b"
	one, _ := s.Load(ctx, "r")
	one.Taken[0] = "c"
	if two, err := s.Load(ctx, "r"); err != nil || two.Taken[0] != "a" {
		t.Errorf("the store shares memory with its caller: %v, %v", two.Taken, err)
	}
}
