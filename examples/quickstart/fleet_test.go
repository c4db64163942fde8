package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

func wantOf(stable string, n int64, w strategy.Weight, candidate string, m int64, x strategy.Weight) rollout.Want {
	return rollout.Want{
		Stable: artifact(stable), Candidate: artifact(candidate),
		Allocation: strategy.Allocation{
			Stable:    strategy.Share{Instances: n, Weight: w},
			Candidate: strategy.Share{Instances: m, Weight: x},
		},
	}
}

// testFleet is a fleet of two versions that was never told anything.
func testFleet(t *testing.T, startup time.Duration) *fleet {
	t.Helper()
	f := newFleet(newProxy(t), 2, startup, map[string]*release{"a": quick("a"), "b": quick("b")})
	t.Cleanup(f.close)
	return f
}

func observe(t *testing.T, f *fleet) rollout.Observed {
	t.Helper()
	o, err := f.Observe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	o.At = time.Time{}
	for i := range o.Versions {
		o.Versions[i].Digest = ""
	}
	return o
}

func TestFleetIsWhatIsWanted(t *testing.T) {
	f := testFleet(t, 0)
	ctx := context.Background()
	want := wantOf("a", 2, 7500, "b", 1, 2500)
	want.Fence = rollout.Fence{Epoch: 1, Seq: 2}
	if err := f.rebuild(ctx, want); err != nil {
		t.Fatal(err)
	}
	expect := rollout.Observed{
		Desired: 2, Can: strategy.Can{Split: true, Match: true, Mirror: true}, Fence: want.Fence,
		Versions: []rollout.Version{
			{Version: "a", Instances: 2, Ready: 2, Weight: 7500},
			{Version: "b", Instances: 1, Ready: 1, Weight: 2500},
		},
	}
	if diff := cmp.Diff(expect, observe(t, f)); diff != "" {
		t.Error(diff)
	}
	urls := func() (all []string) {
		endpoints, _ := f.endpoints(ctx)
		for _, e := range endpoints {
			all = append(all, e.Instance+" "+e.URL)
		}
		return all
	}
	before := urls()
	for range 3 { // once or often makes no difference
		if err := f.Apply(ctx, want); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(expect, observe(t, f)); diff != "" {
		t.Error("after applying it again:", diff)
	}
	if diff := cmp.Diff(before, urls()); diff != "" {
		t.Error("instances were exchanged:", diff)
	}
}

func TestFleetRefuses(t *testing.T) {
	f := testFleet(t, 0)
	ctx := context.Background()
	want := wantOf("a", 2, strategy.Full, "", 0, 0)
	want.Fence = rollout.Fence{Epoch: 3, Seq: 5}
	if err := f.rebuild(ctx, want); err != nil {
		t.Fatal(err)
	}
	before := observe(t, f)
	late := wantOf("a", 0, 0, "b", 2, strategy.Full)
	for _, late.Fence = range []rollout.Fence{{}, {Epoch: 2, Seq: 9}, {Epoch: 3, Seq: 4}} {
		if err := f.Apply(ctx, late); !errors.Is(err, errStale) {
			t.Errorf("fence %v: %v", late.Fence, err)
		}
	}
	next := rollout.Fence{Epoch: 3, Seq: 6}
	for name, bad := range map[string]rollout.Want{
		"an unknown release": wantOf("a", 2, strategy.Full, "c", 1, 0),
		"weights of 90%":     wantOf("a", 2, 9000, "b", 1, 0),
	} {
		bad.Fence = next
		if err := f.Apply(ctx, bad); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if diff := cmp.Diff(before, observe(t, f)); diff != "" {
		t.Error("what was refused changed something:", diff)
	}
}

func TestUnreadyInstancesGoFirst(t *testing.T) {
	f := testFleet(t, 0)
	ctx := context.Background()
	if err := f.rebuild(ctx, wantOf("a", 1, strategy.Full, "", 0, 0)); err != nil {
		t.Fatal(err)
	}
	f.startup = time.Hour
	if err := f.Apply(ctx, wantOf("a", 3, strategy.Full, "", 0, 0)); err != nil {
		t.Fatal(err)
	}
	if v := observe(t, f).Versions[0]; v.Instances != 3 || v.Ready != 1 {
		t.Fatalf("%+v", v)
	}
	if err := f.Apply(ctx, wantOf("a", 1, strategy.Full, "", 0, 0)); err != nil {
		t.Fatal(err)
	}
	if v := observe(t, f).Versions[0]; v.Instances != 1 || v.Ready != 1 {
		t.Errorf("a ready one was stopped: %+v", v)
	}
}

// TestFarewell checks the order of an instance's end: out of the rotation, then its
// page is read once more while it still answers, then it ends.
func TestFarewell(t *testing.T) {
	f := testFleet(t, 0)
	ctx := context.Background()
	read := make(chan string, 4)
	f.farewell = func(ctx context.Context, m *member) {
		if ready, err := f.isReady(ctx, m); err != nil || !ready {
			t.Errorf("%s had ended before it was read", m.name)
		}
		f.proxy.mu.Lock()
		if len(f.proxy.lane(m.release.version).ends) != 1 {
			t.Errorf("%s was still in the rotation", m.name)
		}
		f.proxy.mu.Unlock()
		read <- m.name
	}
	if err := f.rebuild(ctx, wantOf("a", 2, strategy.Full, "", 0, 0)); err != nil {
		t.Fatal(err)
	}
	if err := f.Apply(ctx, wantOf("a", 1, strategy.Full, "", 0, 0)); err != nil {
		t.Fatal(err)
	}
	f.ending.Wait()
	if name := <-read; name != "a-2" {
		t.Errorf("%s was stopped, not the youngest", name)
	}
	if all, _ := f.endpoints(ctx); len(all) != 1 {
		t.Errorf("%d instances are left", len(all))
	}
	f.farewell = func(context.Context, *member) {}
}
