package postgres

import (
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	for in, want := range map[string][]string{
		"":                          nil,
		" ; -- a;b\n;":              nil,
		"a; b ;":                    {"a", "b"},
		"x ';' y; z":                {"x ';' y", "z"},
		`"a;""b"; c`:                {`"a;""b"`, "c"},
		"f $$ a;b $$; g $x$ $$;$x$": {"f $$ a;b $$", "g $x$ $$;$x$"},
		"a /* ; /* ; */ ; */ b; c":  {"a /* ; /* ; */ ; */ b", "c"},
		`E'\';' ; b`:                {`E'\';'`, "b"},
		`'\'; b`:                    {`'\'`, "b"},
		"a$1;b":                     {"a$1", "b"},
		"SELECT $1;b":               {"SELECT $1", "b"},
	} {
		if got, err := Split(in); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"'", `"`, "$$ a", "/* /* */", `E'\'`, "\xff", "a\x00b"} {
		if got, err := Split(in); err == nil {
			t.Errorf("%q: %q", in, got)
		}
	}
}
