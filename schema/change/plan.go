package change

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/schema"
)

// Options say how plans are made. The zero value is what most want.
type Options struct {
	// Lossy lets plans lose what changes say is lost: [schema.Plan.Accepts] lists it.
	Lossy bool
	// Triggers has the database keep columns in step, where it can, instead of versions that write both.
	Triggers bool
	// Name names the versions that are brought: the n-th of a service, from 1, of which today runs. Nil
	// counts on: after "v1" comes "v2", after "main" "main-1".
	Name func(service, today string, n int) string
	// Verify bounds the search that every plan goes through.
	Verify schema.Options
}

// version names the n-th version that is brought.
func (o *Options) version(s *brought, n int) string {
	if o.Name != nil {
		return o.Name(s.name, s.today, n)
	}
	stem := strings.TrimRight(s.today, "0123456789")
	if counted, err := strconv.Atoi(s.today[len(stem):]); err == nil && counted < 1<<30 {
		return stem + strconv.Itoa(counted+n)
	}
	return s.today + "-" + strconv.Itoa(n)
}

// ErrTooLarge is that a plan has more states than [Options.Verify] allows: nothing is known about it.
var ErrTooLarge = errors.New("change: the plan is too large to be verified") // never written

// NoSafePlan is the error that says what goes wrong if the changes are made, however careful one is.
type NoSafePlan struct {
	// Trace is a story that ends badly in the plan that was tried.
	Trace schema.Trace
	// Plan is the plan that was tried.
	Plan schema.Plan
	// Losses are what would have to be accepted: with [Options.Lossy] there is a plan. None means that there is none.
	Losses []schema.Loss
}

func (e *NoSafePlan) Error() string {
	var text strings.Builder
	text.WriteString("change: no safe plan: " + e.Trace.Wrong)
	if len(e.Losses) > 0 {
		text.WriteString("; there is one that loses what")
		for i, l := range e.Losses {
			if i > 0 {
				text.WriteString(" and")
			}
			text.WriteString(fmt.Sprintf(" %q in %s", l.Value, l.Attribute))
		}
		text.WriteString(" means")
	}
	return text.String()
}

// Plan makes one plan of all the changes: verified, with what each step needs and forgoes. The same input gives the
// same plan. Errors are those of [Input.Validate], changes that get into each other's way (both
// as *FieldError), [*NoSafePlan] and [ErrTooLarge].
func Plan(in Input, o Options) (schema.Plan, error) {
	if err := in.Validate(); err != nil {
		return schema.Plan{}, err
	}
	w := &world{services: in.Services, options: o}
	var recipes []*recipe
	for i, c := range in.Changes {
		for _, r := range c.recipes(w) {
			r.path = fmt.Sprintf("changes[%d].%s", i, c.Kind())
			recipes = append(recipes, r)
		}
	}
	if err := order(recipes); err != nil {
		return schema.Plan{}, err
	}
	return verified(merge(w, recipes), recipes, o)
}

// verified declares what the plan's steps forgo and verifies it.
func verified(p schema.Plan, recipes []*recipe, o Options) (schema.Plan, error) {
	p, err := schema.Declare(p, o.Verify)
	if err != nil {
		return schema.Plan{}, err
	}
	found, err := schema.Verify(p, o.Verify)
	switch {
	case err != nil:
		return schema.Plan{}, err
	case found.Safe:
		return p, nil
	case found.Counterexample == nil:
		return schema.Plan{}, fmt.Errorf("%w: %d states were not enough", ErrTooLarge, found.States)
	}
	bad := &NoSafePlan{Trace: *found.Counterexample, Plan: p}
	if o.Lossy {
		return schema.Plan{}, bad
	}
	for _, r := range recipes {
		bad.Losses = append(bad.Losses, r.losses...)
	}
	p.Accepts = bad.Losses
	if p, err = schema.Declare(p, o.Verify); err != nil {
		return schema.Plan{}, err
	}
	if found, err = schema.Verify(p, o.Verify); err != nil || !found.Safe {
		bad.Losses = nil
	}
	return schema.Plan{}, bad
}

// order has each recipe wait for those that have to be done before it, because they bring what it needs. It refuses
// two recipes of one thing: what one leaves behind is not what the other starts from.
func order(recipes []*recipe) error {
	var p strict.Problems
	for i, r := range recipes {
		for j, o := range recipes {
			if thing := clash(r.holds, o.holds); j < i && thing != "" && r.path != o.path {
				p.Add(r.path, thing, "is changed by "+o.path+" too: make one plan after the other")
			}
			if j == i || r.path == o.path {
				continue
			}
			if thing := clash(r.names, o.gives); thing != "" && clash(o.names, r.gives) == "" {
				r.waits = append(r.waits, wait{0, o, len(o.acts)})
			} else if thing := clash(r.names, o.holds); thing != "" {
				p.Add(r.path, thing, "is changed by "+o.path+": make one plan after the other")
			}
		}
	}
	return p.Err()
}

// clash is a thing in both lists, or one that is part of another: "orders" and "orders.a".
func clash(a, b []string) string {
	for _, x := range a {
		if slices.ContainsFunc(b, func(y string) bool {
			return x == y || strings.HasPrefix(x, y+".") || strings.HasPrefix(y, x+".")
		}) {
			return x
		}
	}
	return ""
}
