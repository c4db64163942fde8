package postgres

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// unquoted reads what quote made, as the server does, or fails.
func unquoted(t *rapid.T, s string, quote byte) string {
	escapes := strings.HasPrefix(s, " E")
	s = strings.TrimPrefix(s, " E")
	if len(s) < 2 || s[0] != quote || s[len(s)-1] != quote {
		t.Fatalf("%q has no quotes", s)
	}
	var b strings.Builder
	for s = s[1 : len(s)-1]; s != ""; s = s[1:] {
		if s[0] == quote || escapes && s[0] == '\\' {
			if len(s) < 2 || s[1] != s[0] {
				t.Fatalf("%q ends early", s)
			}
			s = s[1:]
		} else if s[0] == '\\' && quote == '\'' {
			t.Fatalf("%q has a backslash whose meaning depends on a setting", s)
		}
		b.WriteByte(s[0])
	}
	return b.String()
}

func TestQuoted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`['"\\$;\x00a.é]{0,70}`), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		bad := strings.ContainsRune(text, 0) || !utf8.ValidString(text)
		if lit, err := Literal(text); (err != nil) != bad {
			t.Fatalf("Literal(%q): %v", text, err)
		} else if err == nil && unquoted(t, lit, '\'') != text {
			t.Fatalf("%q became %s", text, lit)
		}
		bad = bad || text == "" || len(text) > 63
		if id, err := Identifier(text); (err != nil) != bad {
			t.Fatalf("Identifier(%q): %v", text, err)
		} else if err == nil && unquoted(t, id, '"') != text {
			t.Fatalf("%q became %s", text, id)
		}
		if full, err := qualified(text); err == nil && strings.Contains(full, `"."`) != strings.Contains(text, ".") && !strings.Contains(text, `"`) {
			t.Fatalf("%q became %s", text, full)
		}
	})
}

// A name that is made is a name, and no two are one, however their parts meet or are cut.
func TestDerived(t *testing.T) {
	part := rapid.OneOf(rapid.StringN(0, 80, -1), rapid.StringMatching(`[a_]{0,3}`), rapid.StringMatching(`[é世]{15,30}x?`))
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.SliceOfN(part, 1, 4).Draw(t, "a"), rapid.SliceOfN(part, 1, 4).Draw(t, "b")
		x, y := derived(a...), derived(b...)
		if _, err := Identifier(x); err != nil || strings.Contains(x, ".") {
			t.Fatalf("%q: %v", x, err)
		}
		if same := strings.Join(a, "\x00|") == strings.Join(b, "\x00|") && len(a) == len(b); same != (x == y) {
			t.Fatalf("%q and %q became %s and %s", a, b, x, y)
		}
	})
	if got := derived("orders", "status", "idx"); !strings.HasPrefix(got, "orders_status_") {
		t.Error(got)
	}
}

func TestFragment(t *testing.T) {
	for _, good := range []string{
		"a + b", "lower(a)", "'it''s; --'", `"odd;name"`, "a[1]", "$x$ ; -- $x$", `E'\'; --'`, "a::text", "(a - -1) / 2", "a->>'x'", "case when a then b end",
	} {
		if err := fragment(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", " ", "a;", "a; drop table x", "a -- b", "a /* b */", "a)", "(a", "a) or (b", "[a)", "'a", `"a`, "$x$a", "a\x00", "'a\x00'", "$1", "a + $2", "\xff", "-- a",
	} {
		if fragment(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// What is taken as a piece of SQL stays one, whatever stands around it.
func TestFragmentStays(t *testing.T) {
	piece := rapid.SampledFrom([]string{"a", "(", ")", "[", "]", "'", `"`, "$$", "$x$", ";", "--", "/*", "*/", "\n", "E'", `\`, "-", "1", "||", " "})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces"), "")
		if fragment(text) != nil {
			return
		}
		toks, err := scan("x (" + text + ") y")
		if err != nil || len(toks) < 4 {
			t.Fatalf("%q: %v", text, err)
		}
		depth, closed := 0, -1
		for i, k := range toks {
			if k.kind == symbol && k.text == "(" {
				depth++
			} else if k.kind == symbol && k.text == ")" {
				if depth--; depth == 0 && closed < 0 {
					closed = i
				}
			}
		}
		if closed != len(toks)-2 {
			t.Fatalf("%q ends what is around it", text)
		}
	})
}
