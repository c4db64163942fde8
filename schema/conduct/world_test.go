package conduct_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/conduct"
)

// world is one in which the rename is carried out.
type world struct {
	conduct.Seen
	stale   bool // some b does not say what a says
	broken  string
	history []string
}

func newWorld() *world {
	w := &world{stale: true}
	w.World = rename().Start
	return w
}

// look answers what the conductor asks.
func (w *world) look(c *conduct.Conductor) conduct.Seen {
	w.Holds = nil
	runs := func(v string) bool { return slices.Contains(w.World.Running, "app@"+v) }
	for _, ask := range c.Asks() {
		is := false
		switch ask.Is {
		case schema.Drained:
			is = !slices.Contains(w.World.Running, ask.Version)
		case schema.Maintained:
			is = !runs("v1")
		case schema.Proven:
			is = !w.stale && slices.Contains(w.World.Forms, "a")
		case schema.Unused:
			is = !runs("v1") && !runs("v2") && !runs("v3")
		}
		if is {
			w.Holds = append(w.Holds, ask)
		}
	}
	return w.Seen
}

// write lets everything that runs write.
func (w *world) write() {
	w.stale = w.stale || slices.Contains(w.World.Running, "app@v1") || slices.Contains(w.World.Running, "app@v4")
}

// leave is that only one version goes on.
func (w *world) leave(stays string) {
	w.World.Running = []string{stays}
	w.Settled = nil
	for _, s := range rename().Steps {
		if s.Deploy == stays {
			w.Settled = []string{s.Name}
		}
	}
}

func (w *world) check(is bool, text string) {
	if !is {
		w.broken = text
	}
}

// carry makes a step, as a host does that was told to.
func (w *world) carry(n conduct.Next) {
	runs := w.World.Running
	w.history = append(w.history, n.Step)
	switch n.Step {
	case "add b":
		w.World.Forms = []string{"a", "b"}
	case "backfill":
		w.stale = slices.Contains(runs, "app@v1")
	case "relax a":
		w.World.Refuses = nil
		w.check(slices.Contains(runs, "app@v3"), "relaxed while "+runs[0]+" runs")
	case "drop a":
		w.World.Forms = []string{"b"}
		w.check(slices.Equal(runs, []string{"app@v4"}), "dropped under a reader")
	case "deploy v2", "deploy v3", "deploy v4":
		w.check(len(runs) == 1, "two rollouts at once")
		w.check(n.Step != "deploy v3" || !w.stale && runs[0] == "app@v2", "v3 reads what is stale")
		w.World.Running = append(slices.Clone(runs), "app@"+n.Step[7:])
	}
}

// settle ends what is under way.
func (w *world) settle() { w.leave(w.World.Running[len(w.World.Running)-1]) }

func TestNextIsThePlan(t *testing.T) {
	c, w := conductor(t, rename(), nil), newWorld()
	for range 30 {
		n := c.Next(w.look(c))
		if n.Done {
			break
		}
		if again := len(w.World.Running) == 2 && w.history[len(w.history)-1] == n.Step; again || len(n.Missing)+len(n.Unsettled) > 0 {
			w.settle()
			continue
		}
		w.write()
		w.carry(n)
	}
	// What v1 wrote beside the first backfill is filled by the second.
	want := []string{"add b", "deploy v2", "backfill", "backfill", "deploy v3", "relax a", "deploy v4", "drop a"}
	if !slices.Equal(w.history, want) || w.broken != "" {
		t.Fatalf("%q, want %q; %s", w.history, want, w.broken)
	}
}

// TestNextAfterAnything: whatever happens that the horizon allows, and wherever the host forgets everything, no step is made
// too early, a host that only has what was written down is told the same, and the plan reaches its end.
func TestNextAfterAnything(t *testing.T) {
	c := conductor(t, rename(), nil)
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		for i := 0; ; i++ {
			seen := w.look(c)
			n := c.Next(seen)
			restarted(t, c, seen, n)
			if n.Astray || n.Text == "" {
				t.Fatalf("astray: %+v in %+v", n, seen)
			}
			if n.Done {
				return
			}
			what := 0
			if i < 60 {
				what = rapid.IntRange(0, 4).Draw(t, "what")
			} else if i > 160 {
				t.Fatalf("it does not end: %s; %v", n.Text, w.history)
			}
			w.happens(t, what, n)
			if w.broken != "" {
				t.Fatalf("%s: %v", w.broken, w.history)
			}
		}
	})
}

// restarted is a host that lost all but what it had written down.
func restarted(t *rapid.T, c *conduct.Conductor, seen conduct.Seen, want conduct.Next) {
	data, err := json.Marshal(seen)
	if err != nil {
		t.Fatal(err)
	}
	var again conduct.Seen
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(again.World.Forms)
	slices.Reverse(again.Holds)
	if got := c.Next(again); !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v, before it was written down %+v", got, want)
	}
}

func (w *world) happens(t *rapid.T, what int, n conduct.Next) {
	running := w.World.Running
	switch what {
	case 1:
		w.write()
	case 2: // the deployment is taken back
		dropped := !slices.Contains(w.World.Forms, "a")
		if len(running) == 2 && !dropped {
			w.leave(running[0])
		}
	case 3: // and later than that
		back := map[string]string{"app@v2": "app@v1", "app@v3": "app@v2", "app@v4": "app@v3"}[running[0]]
		lost := back == "app@v2" && slices.Contains(w.history, "deploy v4") || !slices.Contains(w.World.Forms, "a")
		if len(running) == 1 && back != "" && !lost {
			w.leave(back)
		}
	default:
		if len(running) == 2 && rapid.Bool().Draw(t, "settles") {
			w.settle()
		} else if len(n.Missing)+len(n.Unsettled) == 0 {
			w.carry(n)
		} else if len(running) == 2 {
			w.settle()
		}
	}
}
