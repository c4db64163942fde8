package selector

import (
	"strings"
	"testing"
)

func TestSelectorMatches(t *testing.T) {
	series := map[string]string{"__name__": "m", "code": "503", "path": "/a\nb", "empty": ""}
	for text, want := range map[string]bool{
		`m`:                              true,
		`m{}`:                            true,
		` m { code = "503" , } `:         true,
		`m{code="503",path!="/b"}`:       true,
		`m{code=~"5.."}`:                 true,
		`m{code=~"5"}`:                   false, // anchored
		`m{code=~"4..|50."}`:             true,
		`m{code!~"5.."}`:                 false,
		`m{code!~"4.."}`:                 true,
		`m{path=~"/a.b"}`:                true, // a dot is any character
		"m{path=\"/a\\nb\"}":             true,
		"m{code=~`5\\d\\d`}":             true,
		`m{gone=""}`:                     true,
		`m{gone!=""}`:                    false,
		`m{gone=~".+"}`:                  false,
		`m{code="503",code="504"}`:       false,
		`m{code="\"503\""}`:              false,
		`m{code=~"5..",path=~"(?i)/A."}`: false,
	} {
		s, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if s.Name != "m" || Matches(s, series) != want {
			t.Errorf("%s: name %q, matches %v", text, s.Name, !want)
		}
	}
}

func TestSelectorErrors(t *testing.T) {
	for text, want := range map[string]string{
		``:                  "position 1: a metric name",
		`{code="5"}`:        "position 1: a metric name",
		`5xx`:               "position 1: a metric name",
		`m{code}`:           "position 7: one of",
		`m{="x"}`:           "position 3: a label name",
		`m{code="x"`:        "position 11: a comma or }",
		`m{code="x}`:        "position 8: the quote is not closed",
		`m{code="x\"}`:      "position 8: the quote is not closed",
		`m{code="\z"}`:      "position 8: the text in quotes",
		`m{code=x}`:         "position 8: a text in quotes",
		`m{code='x'}`:       "position 8: a text in quotes",
		`m{code=~"("}`:      "position 9: error parsing regexp",
		`m{code="x"} / n`:   "position 13: nothing may follow",
		`m[5m]`:             "position 2: nothing may follow",
		`m{a:b="x"}`:        "position 4: one of",
		`m{__name__="x"}`:   "the metric's name stands before",
		`m{a="x" b="y"}`:    "position 9: a comma",
		`rate(m)`:           "position 5: nothing may follow",
		`m{code="x",,}`:     "position 12: a label name",
		"m{code=\"a\nb\"}":  "position 8: the text in quotes",
		`m{code=~"a(?=b)"}`: "error parsing regexp",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func TestSelectorOfLabels(t *testing.T) {
	for text, want := range map[string]string{
		`{a="b"}`:               "",
		` { a = "b", c!~"d" } `: "",
		`{}`:                    "",
		`m{a="b"}`:              "position 1: { must stand here",
		``:                      "position 1: { must stand here",
		`{a="b"`:                "position 7: a comma or }",
		`{__name__="m"}`:        "the metric's name stands before",
		`{a="b"} x`:             "position 9: nothing may follow",
	} {
		s, err := ParseLabels(text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
		if err == nil && len(s.Match) > 0 && !Matches(s, map[string]string{"a": "b"}) {
			t.Errorf("%s does not match", text)
		}
	}
}

// A condition that is written is read as the same one.
func TestMatcherString(t *testing.T) {
	s, err := ParseLabels("{a=\"b\",c!=`d\\e`,f=~\"g\\nh\",i!~\"j\\\"k\"}")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range s.Match {
		again, err := ParseLabels("{" + m.String() + "}")
		if err != nil {
			t.Fatalf("%v: %v", m, err)
		}
		if n := again.Match[0]; n.Label != m.Label || n.Op != m.Op || n.Value != m.Value {
			t.Errorf("%v became %v", m, n)
		}
	}
}

func FuzzSelector(f *testing.F) {
	for _, seed := range []string{`m{a="b",c!="d",e=~"f|g",h!~"i",}`, "m{a=`b`}", `m{a="\u00e9"}`, `m`, ``, `m{a="`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err == nil {
			Matches(s, map[string]string{"a": "b"})
		} else if !strings.Contains(err.Error(), "position ") {
			t.Error(err)
		}
	})
}

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"m":                           `{__name__=~"m|n",x="1"}`,
		"m{a!=\"b\",c=~`\\d\"`}":      `{__name__=~"m|n",a!="b",c=~"\\d\"",x="1"}`,
		"m{a=\"\\u00e9\\n\",b!~\"\"}": `{__name__=~"m|n",a="é\n",b!~"",x="1"}`,
	} {
		s, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Text([]string{"m", "n"}, `x="1"`); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
		again, err := Parse(s.Text([]string{s.Name}))
		if err != nil || again.Text([]string{"y"}) != s.Text([]string{"y"}) {
			t.Errorf("%s: %s is another selector (%v)", text, s.Text([]string{s.Name}), err)
		}
	}
}
