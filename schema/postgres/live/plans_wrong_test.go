package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/change"
)

// wrongPlans are plans of which one step or one need was left out.
func wrongPlans(p schema.Plan) (out []schema.Plan) {
	for i, s := range p.Steps {
		m := p
		m.Name = fmt.Sprintf("without step %q", s.Name)
		m.Steps = slices.Delete(slices.Clone(p.Steps), i, i+1)
		out = append(out, m)
		for k, need := range s.Needs {
			m := p
			m.Name = fmt.Sprintf("%q without its need %q", s.Name, need)
			m.Steps = slices.Clone(p.Steps)
			m.Steps[i].Needs = slices.Delete(slices.Clone(s.Needs), k, k+1)
			out = append(out, m)
		}
	}
	return out
}

// What Verify rejects fails on the server too, if versions stay as long as the plan lets them. The kinds left out are not about
// what goes wrong at once: a goal that is not reached, a horizon that was not declared.
func TestWrongPlansFail(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute")
	}
	shown, all := 0, 0
	for _, c := range []change.Change{
		choices[0].make(""), choices[6].make(""), choices[11].make(""),
	} {
		p, err := change.Plan(change.Input{Changes: []change.Change{c}}, change.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range wrongPlans(p) {
			found, err := schema.Verify(m, schema.Options{})
			if err != nil || found.Safe || !slices.Contains([]schema.Wrong{schema.Fails, schema.Stale, schema.Unread, schema.StepFails}, found.Counterexample.Kind) {
				continue
			}
			if strings.HasPrefix(c.Kind(), "changeField") && strings.HasSuffix(found.Counterexample.Wrong, "which does not exist") {
				continue // a field is a word in the plan: a topic takes whatever is sent to it
			}
			all++
			t.Run(c.Kind()+" "+m.Name, func(t *testing.T) {
				got := fails(t, m)
				if got == "" {
					t.Logf("nothing went wrong, though it can:\n%s", found.Counterexample)
					return
				}
				shown++
				t.Logf("as it can (%s): %s", found.Counterexample.Wrong, got)
			})
		}
	}
	t.Logf("%d of %d rejected plans went wrong", shown, all)
	if all < 10 || shown*10 < all*8 {
		t.Errorf("%d of %d rejected plans went wrong: at least eight of ten should", shown, all)
	}
}

// fails carries out a plan, and says what went wrong: as it should be, and then with backfills that are believed to be over the first
// time that they begin.
func fails(t *testing.T, p schema.Plan) string {
	if wrong := failsWith(t, p, nil); wrong != "" {
		return wrong
	}
	begun := map[string]bool{}
	return failsWith(t, p, func(step string) bool {
		first := !begun[step]
		begun[step] = true
		return first
	})
}

func failsWith(t *testing.T, p schema.Plan, skip func(step string) bool) string {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	x := newTrial(t, p, nil, 1, 300)
	x.driver.Skip = skip
	x.driver.At = func(ctx context.Context, _ int) error {
		if err := x.fleet.Busy(ctx, 10); err != nil {
			return err
		}
		if s := x.fleet.Stats(); len(s.Wrong) > 0 {
			return errors.New(s.Wrong[0])
		}
		return nil
	}
	if err := x.driver.Run(ctx); err != nil {
		return err.Error()
	}
	if err := x.fleet.Busy(ctx, 30); err != nil {
		return err.Error()
	}
	return x.wrong(ctx)
}
