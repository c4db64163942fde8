package alertmanager

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/answer"
	"github.com/seed-20fe5ead/gradatim/internal/selector"
	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// fault is why nothing can be said.
type fault struct {
	verdict health.Verdict // NoData or Error
	reason  string
}

func (f *fault) Error() string { return f.reason }

func noData(format string, args ...any) error {
	return &fault{health.NoData, fmt.Sprintf(format, args...)}
}

// failed is a sample of what could not be measured.
func failed(err error) health.Sample {
	x := health.Sample{Fetch: health.Error, Reason: answer.Short(err.Error())}
	if f, ok := err.(*fault); ok {
		x.Fetch = f.verdict
	}
	return x
}

// look says for each track whether an alert fires, or why nobody knows.
func (s *Source) look(ctx context.Context, due []*answer.Track, _ time.Time) []health.Sample {
	looks := make([]health.Sample, len(due))
	var quiet []int // those without any alert
	lists, errs := s.lists(ctx, due)
	for i, t := range due {
		match := t.Ask.Measure.Alert
		err := errs[match]
		if err == nil {
			var words string
			if words, err = s.firing(lists[match], &t.Ask); words != "" {
				looks[i] = t.Look(1, 1, words)
				continue
			}
		}
		if err != nil {
			looks[i] = failed(err)
			continue
		}
		quiet = append(quiet, i)
	}
	if len(quiet) == 0 {
		return looks
	}
	if err := s.believable(ctx); err != nil {
		for _, i := range quiet {
			looks[i] = failed(err)
		}
		return looks
	}
	for k, err := range s.traffic(ctx, due, quiet) {
		i := quiet[k]
		looks[i] = due[i].Look(0, 1, "")
		if err != nil {
			looks[i] = failed(err)
		}
	}
	return looks
}

// lists fetches the alerts of each selector once.
func (s *Source) lists(ctx context.Context, due []*answer.Track) (map[string][]alert, map[string]error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	var texts []string
	for _, t := range due {
		if text := t.Ask.Measure.Alert; !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	found := make([][]alert, len(texts))
	errs := answer.Each(len(texts), concurrency, func(i int) error {
		match, err := selectorOf(texts[i])
		if err != nil {
			return err
		}
		found[i], _, err = s.alerts(ctx, match)
		return err
	})
	lists, wrong := map[string][]alert{}, map[string]error{}
	for i, text := range texts {
		lists[text], wrong[text] = found[i], errs[i]
	}
	return lists, wrong
}

// firing says in words what fires. It is an error if only such alerts do that say
// nothing, and neither if none does.
func (s *Source) firing(all []alert, a *health.Ask) (words string, err error) {
	var count, heard []alert
	for _, x := range all {
		if x.silenced() || s.options.SkipEarlier && x.earlier(a) {
			heard = append(heard, x)
		} else {
			count = append(count, x)
		}
	}
	if len(count) > 0 {
		return describe(count, a), nil
	}
	if len(heard) == 0 {
		return "", nil
	}
	why := "is silenced"
	if !heard[0].silenced() {
		why = "is not held against the release"
	}
	return "", noData("%s, and %s", describe(heard[:1], a), why)
}

// describe names the alert that began first of those that began during the rollout.
func describe(all []alert, a *health.Ask) string {
	x := slices.MinFunc(all, func(x, y alert) int {
		first := func(x alert) int {
			if x.earlier(a) {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(first(x), first(y)), x.StartsAt.Compare(y.StartsAt), strings.Compare(x.name(), y.name()))
	})
	text := x.name() + " fires since " + x.StartsAt.UTC().Format(time.RFC3339)
	if x.earlier(a) {
		text += ", before the rollout started"
	}
	if len(all) > 1 {
		text += fmt.Sprintf(" (and %d more)", len(all)-1)
	}
	return text
}

// believable is nil if the absence of an alert says that its rule does not fire. It is
// asked after the alerts, so that a restart in between is seen.
func (s *Source) believable(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	errs := answer.Each(2, 2, func(i int) error {
		if i == 0 {
			return s.watched(ctx)
		}
		return s.settled(ctx)
	})
	return cmp.Or(errs[0], errs[1])
}

// watched is nil if the watchdog fires and was sent lately.
func (s *Source) watched(ctx context.Context) error {
	dogs, now, err := s.alerts(ctx, s.watchdog)
	if err != nil {
		return err
	}
	if len(dogs) == 0 {
		return noData("the watchdog %s does not fire: alerts do not arrive", s.options.Watchdog)
	}
	last := slices.MaxFunc(dogs, func(x, y alert) int { return x.UpdatedAt.Compare(y.UpdatedAt) }).UpdatedAt
	if age := now.Sub(last); age > s.options.MaxAge {
		return noData("the watchdog %s was sent %s ago: alerts do not arrive", s.options.Watchdog, strict.FormatDuration(age.Round(time.Second)))
	}
	return nil
}

// settled is nil if Alertmanager has run long enough to know all alerts.
func (s *Source) settled(ctx context.Context) error {
	if s.options.Settle < 0 {
		return nil
	}
	began, now, err := s.started(ctx)
	if err != nil {
		return err
	}
	if age := now.Sub(began); age < s.options.Settle {
		return noData("Alertmanager started %s ago: not all alerts may have arrived", strict.FormatDuration(age.Round(time.Second)))
	}
	return nil
}

// traffic is nil for those that have some.
func (s *Source) traffic(ctx context.Context, due []*answer.Track, quiet []int) []error {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	return answer.Each(len(quiet), concurrency, func(k int) error {
		switch some, err := s.options.Traffic(ctx, due[quiet[k]].Ask); {
		case err != nil:
			return fmt.Errorf("whether there is traffic is not known: %w", err)
		case !some:
			return noData("there is no traffic: no alert could fire")
		}
		return nil
	})
}

// matching are the alerts that match, whatever the server made of the question.
func matching(all []alert, s *selector.Selector) []alert {
	return slices.DeleteFunc(all, func(x alert) bool { return !selector.Matches(s, x.Labels) })
}
