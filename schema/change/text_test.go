package change_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/change"
)

// plan makes the row's plan.
func plan(t testing.TB, r row) schema.Plan {
	t.Helper()
	p, err := change.Plan(r.in, r.options)
	if bad := (*change.NoSafePlan)(nil); errors.As(err, &bad) {
		t.Fatalf("%s: %v\n%s", r.name, err, bad.Trace)
	}
	if err != nil {
		t.Fatalf("%s: %v", r.name, err)
	}
	return p
}

func verify(t testing.TB, p schema.Plan) schema.Result {
	t.Helper()
	found, err := schema.Verify(p, schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// text shows a plan as people read it.
func text(t testing.TB, p schema.Plan) string {
	t.Helper()
	var b strings.Builder
	horizon := verify(t, p).Horizon
	for _, v := range p.Versions {
		fmt.Fprintf(&b, "%s", v.Ref())
		for _, r := range v.Reads {
			fmt.Fprintf(&b, " reads %s", strings.Join(r.Forms, " or "))
			for _, f := range r.Takes {
				fmt.Fprintf(&b, " (%s: %s)", f.Value, f.Verdict)
			}
		}
		for _, w := range v.Writes {
			fmt.Fprintf(&b, " writes %s", strings.Join(w.Together[0], " and "))
			if len(w.Values) > 0 {
				fmt.Fprintf(&b, " %v", w.Values)
			}
		}
		for _, l := range []struct {
			word string
			list []string
		}{{"makes", v.Makes}, {"star", v.Star}, {"strict", v.Strict}, {"whole", v.Whole}} {
			if len(l.list) > 0 {
				fmt.Fprintf(&b, " %s %v", l.word, l.list)
			}
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "start\n    may run %s\n", strings.Join(horizon[0].MayRun(), ", "))
	for i, s := range p.Steps {
		fmt.Fprintf(&b, "%s: %s\n", s.Phase, s.Name)
		for _, n := range s.Needs {
			fmt.Fprintf(&b, "    needs %s\n", need(n))
		}
		for _, c := range s.Changes {
			fmt.Fprintf(&b, "    %s %s", c.Do, c.Form)
			if c.To != "" {
				fmt.Fprintf(&b, " to %s", c.To)
			}
			if c.Value != "" {
				fmt.Fprintf(&b, " %s", c.Value)
			}
			if c.Unchecked {
				b.WriteString(" unchecked")
			}
			b.WriteString("\n")
		}
		if len(s.Forgoes) > 0 {
			fmt.Fprintf(&b, "    forgoes %s\n", strings.Join(s.Forgoes, ", "))
		}
		fmt.Fprintf(&b, "    may run %s\n", strings.Join(horizon[i+1].MayRun(), ", "))
	}
	for _, l := range p.Accepts {
		fmt.Fprintf(&b, "accepts the loss of %s in %s\n", l.Value, l.Attribute)
	}
	return b.String()
}

func need(n schema.Condition) string {
	var t strings.Builder
	t.WriteString(string(n.Is))
	for _, part := range []string{n.Version, n.Form, n.Value} {
		if part != "" {
			t.WriteString(" " + part)
		}
	}
	if n.From != "" {
		t.WriteString(" from " + n.From)
	}
	if n.Once {
		t.WriteString(" once")
	}
	return t.String()
}
