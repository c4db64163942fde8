package route_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"

	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/strategy/route"
)

// attributes reads those of an HTTP request. Attributes of the user are the host's
// own: here nobody is logged in.
func attributes(req *http.Request) func(source, name string) (string, bool) {
	return func(source, name string) (string, bool) {
		switch source {
		case strategy.Header:
			if values := req.Header[name]; len(values) > 0 {
				return values[0], true
			}
		case strategy.Cookie:
			if cookie, err := req.Cookie(name); err == nil {
				return cookie.Value, true
			}
		}
		return "", false
	}
}

// A proxy asks for every request. Whoever has the header is sent to the candidate,
// and all others are known by a cookie.
func Example() {
	table, err := route.New(
		[]strategy.Route{{Source: strategy.Header, Name: "x-beta", Value: "1"}},
		strategy.Sticky{Source: strategy.Cookie, Name: "session"},
		"checkout",
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	var a strategy.Allocation // as the rollout wants it
	a.Stable.Weight, a.Candidate.Weight = 7500, 2500
	a.Routed = true

	ask := func(session, beta string) {
		req := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		req.AddCookie(&http.Cookie{Name: "session", Value: session})
		if beta != "" {
			req.Header.Set("X-Beta", beta)
		}
		d := table.Route(a, route.Request{Attribute: attributes(req), Draw: rand.Uint64()})
		fmt.Printf("%s %q: %s, rule %d\n", session, beta, d.Version, d.Rule)
	}
	for _, session := range []string{"ann", "bob", "eve", "joe"} {
		ask(session, "")
	}
	ask("bob", "1")
	// Output:
	// ann "": candidate, rule -1
	// bob "": stable, rule -1
	// eve "": stable, rule -1
	// joe "": stable, rule -1
	// bob "1": candidate, rule 0
}

// A user that came to the candidate stays there while its share grows.
func ExampleTable_Route() {
	table, _ := route.New(nil, strategy.Sticky{Source: strategy.User, Name: "id"}, "checkout")
	for _, user := range []string{"ann", "bob", "eve", "joe"} {
		get := func(string, string) (string, bool) { return user, true }
		fmt.Print(user)
		for _, weight := range []strategy.Weight{100, 2500, 5000, strategy.Full} {
			var a strategy.Allocation
			a.Stable.Weight, a.Candidate.Weight = strategy.Full-weight, weight
			fmt.Printf("  %s: %s", weight, table.Route(a, route.Request{Attribute: get}).Version)
		}
		fmt.Println()
	}
	// Output:
	// ann  1%: stable  25%: candidate  50%: candidate  100%: candidate
	// bob  1%: stable  25%: stable  50%: candidate  100%: candidate
	// eve  1%: stable  25%: stable  50%: stable  100%: candidate
	// joe  1%: stable  25%: stable  50%: stable  100%: candidate
}

// All that is wrong is told at once.
func ExampleNew_invalid() {
	_, err := route.New([]strategy.Route{
		{Source: "query", Name: "beta", Value: "1"},
		{Source: strategy.Cookie, Name: "group", Regexp: "a("},
	}, strategy.Sticky{Source: strategy.Cookie}, "")
	fmt.Println(err)
	// Output:
	// routes[0].source: "query" must be "header", "cookie" or "user"
	// routes[1].regexp: "a(" must be a regular expression: error parsing regexp: missing closing ): `a(`
	// sticky.name: must be given
}
