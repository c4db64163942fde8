package scrape

import (
	"strings"
	"testing"

	"github.com/prometheus/common/model"
)

func TestSelectorMatches(t *testing.T) {
	series := model.Metric{"__name__": "m", "code": "503", "path": "/a\nb", "empty": ""}
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
		s, err := parseSelector(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if s.name != "m" || s.matches(series) != want {
			t.Errorf("%s: name %q, matches %v", text, s.name, !want)
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
		if _, err := parseSelector(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func FuzzSelector(f *testing.F) {
	for _, seed := range []string{`m{a="b",c!="d",e=~"f|g",h!~"i",}`, "m{a=`b`}", `m{a="\u00e9"}`, `m`, ``, `m{a="`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseSelector(text)
		if err == nil {
			s.matches(model.Metric{"a": "b"})
		} else if !strings.Contains(err.Error(), "position ") {
			t.Error(err)
		}
	})
}
