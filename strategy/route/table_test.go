package route

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/strategy"
)

var byUser = strategy.Sticky{Source: strategy.User, Name: "id"}

// attributes are those of a request, by "source name".
type attributes map[string]string

func (a attributes) get(source, name string) (string, bool) {
	value, ok := a[source+" "+name]
	return value, ok
}

func weights(candidate, leftover strategy.Weight) strategy.Allocation {
	return strategy.Allocation{
		Stable:    strategy.Share{Weight: strategy.Full - candidate - leftover},
		Candidate: strategy.Share{Weight: candidate},
		Leftover:  strategy.Share{Weight: leftover},
	}
}

type fataler interface {
	Helper()
	Fatal(args ...any)
}

func tableOf(t fataler, sticky strategy.Sticky, salt string, routes ...strategy.Route) *Table {
	t.Helper()
	table, err := New(routes, sticky, salt)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestMatch(t *testing.T) {
	const h, c, u = strategy.Header, strategy.Cookie, strategy.User
	for _, test := range []struct {
		name  string
		route strategy.Route
		has   attributes
		met   bool
	}{
		{"value", strategy.Route{Source: h, Name: "X-Beta", Value: "1"}, attributes{"header X-Beta": "1"}, true},
		{"value, with more", strategy.Route{Source: h, Name: "X-Beta", Value: "1"}, attributes{"header X-Beta": "10"}, false},
		{"value, other case", strategy.Route{Source: h, Name: "X-Beta", Value: "yes"}, attributes{"header X-Beta": "Yes"}, false},
		{"no attribute", strategy.Route{Source: h, Name: "X-Beta", Value: "1"}, nil, false},
		{"other source", strategy.Route{Source: h, Name: "X-Beta", Value: "1"}, attributes{"cookie X-Beta": "1"}, false},
		{"header in lower case", strategy.Route{Source: h, Name: "x-beta", Value: "1"}, attributes{"header X-Beta": "1"}, true},
		{"header in upper case", strategy.Route{Source: h, Name: "X-BETA", Value: "1"}, attributes{"header X-Beta": "1"}, true},
		{"cookie in other case", strategy.Route{Source: c, Name: "Group", Value: "a"}, attributes{"cookie group": "a"}, false},
		{"cookie", strategy.Route{Source: c, Name: "Group", Value: "a"}, attributes{"cookie Group": "a"}, true},
		{"user in other case", strategy.Route{Source: u, Name: "Team", Value: "a"}, attributes{"user team": "a"}, false},
		{"user", strategy.Route{Source: u, Name: "team", Value: "a"}, attributes{"user team": "a"}, true},
		{"prefix", strategy.Route{Source: u, Name: "id", Prefix: "qa-"}, attributes{"user id": "qa-7"}, true},
		{"prefix alone", strategy.Route{Source: u, Name: "id", Prefix: "qa-"}, attributes{"user id": "qa-"}, true},
		{"prefix elsewhere", strategy.Route{Source: u, Name: "id", Prefix: "qa-"}, attributes{"user id": "x-qa-"}, false},
		{"in", strategy.Route{Source: u, Name: "id", In: []string{"a", "b"}}, attributes{"user id": "b"}, true},
		{"not in", strategy.Route{Source: u, Name: "id", In: []string{"a", "b"}}, attributes{"user id": "ab"}, false},
		{"empty is in no list", strategy.Route{Source: u, Name: "id", In: []string{"a"}}, attributes{"user id": ""}, false},
		{"regexp", strategy.Route{Source: u, Name: "id", Regexp: "[0-9]+"}, attributes{"user id": "42"}, true},
		{"regexp within", strategy.Route{Source: u, Name: "id", Regexp: "[0-9]+"}, attributes{"user id": "a42"}, false},
		{"regexp at the start", strategy.Route{Source: u, Name: "id", Regexp: "a|ab"}, attributes{"user id": "abc"}, false},
		{"regexp, the longer choice", strategy.Route{Source: u, Name: "id", Regexp: "a|ab"}, attributes{"user id": "ab"}, true},
		{"regexp, lazy", strategy.Route{Source: u, Name: "id", Regexp: "a+?"}, attributes{"user id": "aaa"}, true},
		{"regexp with flags", strategy.Route{Source: u, Name: "id", Regexp: "(?i)beta"}, attributes{"user id": "BETA"}, true},
		{"regexp of lines", strategy.Route{Source: u, Name: "id", Regexp: "(?m)^a$"}, attributes{"user id": "a\nb"}, false},
		{"regexp and a last newline", strategy.Route{Source: u, Name: "id", Regexp: "a$"}, attributes{"user id": "a\n"}, false},
		{"regexp, quoted to its end", strategy.Route{Source: u, Name: "id", Regexp: `\Qa.b`}, attributes{"user id": "a.b"}, true},
		{"regexp, quoted, as a pattern", strategy.Route{Source: u, Name: "id", Regexp: `\Qa.b`}, attributes{"user id": "axb"}, false},
		{"regexp on empty", strategy.Route{Source: u, Name: "id", Regexp: ".*"}, attributes{"user id": ""}, true},
		{"regexp on nothing", strategy.Route{Source: u, Name: "id", Regexp: ".*"}, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			table := tableOf(t, strategy.Sticky{}, "", test.route)
			a := weights(0, 0)
			a.Routed, a.Mirror = true, strategy.Full
			want := Decision{Version: Stable, Mirror: true, Rule: -1, Drawn: true}
			if test.met {
				want = Decision{Version: Candidate}
			}
			if diff := cmp.Diff(want, table.Route(a, Request{Attribute: test.has.get})); diff != "" {
				t.Error(diff)
			}
			a.Routed = false
			if got := table.Route(a, Request{Attribute: test.has.get}); got.Version != Stable || got.Rule != -1 {
				t.Errorf("routes that are not in effect: %+v", got)
			}
		})
	}
}

func TestFirstRouteIsTold(t *testing.T) {
	table := tableOf(t, byUser, "",
		strategy.Route{Source: strategy.Header, Name: "x-beta", Value: "1"},
		strategy.Route{Source: strategy.User, Name: "id", Prefix: "qa-"},
		strategy.Route{Source: strategy.User, Name: "id", In: []string{"qa-1", "ann"}},
	)
	a := weights(0, strategy.Full)
	a.Routed = true
	for _, test := range []struct {
		has  attributes
		want Decision
	}{
		{attributes{"user id": "qa-1"}, Decision{Version: Candidate, Rule: 1}},
		{attributes{"user id": "ann"}, Decision{Version: Candidate, Rule: 2}},
		{attributes{"user id": "ann", "header X-Beta": "1"}, Decision{Version: Candidate, Rule: 0}},
		{attributes{"user id": "bob", "header X-Beta": "0"}, Decision{Version: Leftover, Rule: -1}},
		{attributes{"user id": ""}, Decision{Version: Leftover, Rule: -1, Drawn: true}},
		{nil, Decision{Version: Leftover, Rule: -1, Drawn: true}},
	} {
		if diff := cmp.Diff(test.want, table.Route(a, Request{Attribute: test.has.get})); diff != "" {
			t.Errorf("%v: %s", test.has, diff)
		}
	}
}

func TestHeaderNames(t *testing.T) {
	for _, name := range []string{"x-beta", "X-BETA", "x--a-", "-", "a", "xYz-1a-B", "sec-ch-ua", "etag", "x_y-z", "1a-b"} {
		if got, want := nameOf(strategy.Header, name), http.CanonicalHeaderKey(name); got != want {
			t.Errorf("%q: %q, net/http keeps %q", name, got, want)
		}
		if got := nameOf(strategy.Cookie, name); got != name {
			t.Errorf("cookie %q became %q", name, got)
		}
	}
}

func TestOddWeights(t *testing.T) {
	const low, high = strategy.Weight(-1 << 31), strategy.Weight(1<<31 - 1)
	table := &Table{}
	for _, test := range []struct {
		stable, candidate, leftover strategy.Weight
		want                        string // versions that get requests
	}{
		{0, 0, 0, "stable"},
		{strategy.Full, 0, 0, "stable"},
		{low, low, low, "stable"},
		{high, high, high, "candidate"},
		{0, high, low, "candidate"},
		{0, 0, high, "leftover"},
		{strategy.Full, strategy.Full, strategy.Full, "candidate"},
		{0, 5000, strategy.Full, "candidate leftover"},
		{0, 5000, 4000, "candidate stable leftover"},
		{0, 5000, low, "candidate stable"},
	} {
		var a strategy.Allocation
		a.Stable.Weight, a.Candidate.Weight, a.Leftover.Weight = test.stable, test.candidate, test.leftover
		seen := map[Version]bool{}
		for n := range uint64(1000) {
			seen[table.Route(a, Request{Draw: n}).Version] = true
		}
		for _, v := range []Version{Candidate, Stable, Leftover} {
			if want := strings.Contains(test.want, string(v)); seen[v] != want {
				t.Errorf("%+v: %s is %v", test, v, seen[v])
			}
		}
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	table, err := New([]strategy.Route{
		{Source: "query", Name: "a", Value: "1"},
		{Source: strategy.Header, Name: "ok", Value: "1"},
		{Source: strategy.Cookie, Name: "", Value: "1", Prefix: "2"},
		{Source: strategy.User, Name: "id", Regexp: "("},
		{Source: strategy.User, Name: "id", In: []string{"a", ""}},
	}, strategy.Sticky{Source: strategy.Cookie}, "")
	if table != nil {
		t.Error("a table that cannot be")
	}
	var paths []string
	for _, field := range strict.Fields(err) {
		paths = append(paths, field.Path)
	}
	want := []string{"routes[0].source", "routes[2].name", "routes[2]", "routes[3].regexp", "routes[4].in[1]", "sticky.name"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Error(diff, err)
	}
	var field *strategy.FieldError
	if !errors.As(err, &field) {
		t.Errorf("%T", err)
	}
}

// TestLargestRegexp checks that what is valid in a plan is not refused here: the
// anchors count too.
func TestLargestRegexp(t *testing.T) {
	for _, expr := range []string{
		strings.Repeat("(", 499) + strings.Repeat(")", 499),
		strings.Repeat("(?i:", 199) + "a" + strings.Repeat(")", 199),
		`(a{1000}){1}`, `[\pL]{500}`, strings.Repeat("é", 500), `\Q` + strings.Repeat(`.`, 998),
	} {
		r := strategy.Route{Source: strategy.User, Name: "id", Regexp: expr}
		if err := r.Validate(); err != nil {
			t.Fatal(err)
		}
		tableOf(t, strategy.Sticky{}, "", r)
	}
}

func TestStickyHeader(t *testing.T) {
	table := tableOf(t, strategy.Sticky{Source: strategy.Header, Name: "x-USER"}, "")
	if d := table.Route(weights(0, 0), Request{Attribute: attributes{"header X-User": "ann"}.get}); d.Drawn {
		t.Errorf("%+v", d)
	}
}

// TestMirrorEdge checks the share at which a request begins to be mirrored.
func TestMirrorEdge(t *testing.T) {
	table := tableOf(t, byUser, "checkout")
	for n := range uint64(1000) {
		_, rest := drawOf(table.seed, n)
		for _, mirror := range []strategy.Weight{rest, rest + 1} {
			a := weights(0, 0)
			a.Mirror = mirror
			if d := table.Route(a, Request{Draw: n}); d.Mirror != (mirror > rest) {
				t.Fatalf("draw %d: %+v at %s", n, d, mirror)
			}
		}
	}
}
