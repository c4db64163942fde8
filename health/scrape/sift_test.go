package scrape

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"

	"github.com/seed-20fe5ead/gradatim/internal/series"
	"pgregory.net/rapid"
)

// whole reads a page without sifting it.
func whole(text string, wanted map[string]bool) (*page, error) {
	return (&sifted{text: []byte(text)}).page(wanted)
}

// shown are the series of a page, in an order of their own.
func (p *page) shown() []string {
	all := []string{fmt.Sprint(p.started)}
	for name, series := range p.series {
		for _, x := range series {
			all = append(all, fmt.Sprintf("%s: %s %v", name, x.Metric, x.Value))
		}
	}
	slices.Sort(all)
	return all
}

// sameSeries reports how a page is read otherwise than the same page is as a whole,
// written without a name in braces.
func sameSeries(text, plain string, wanted map[string]bool) string {
	want, err := whole(plain, wanted)
	got, broken := parsePage(strings.NewReader(text), wanted)
	if err != nil || broken != nil {
		if (err == nil) != (broken == nil) {
			return fmt.Sprintf("the page: %v, as a whole: %v", broken, err)
		}
		return ""
	}
	return cmp.Diff(want.shown(), got.shown())
}

// siftStems are names of metrics, and siftEnds what may follow them.
var (
	siftStems = []string{"d", "d.e", "e", "x:y", "_sum", series.ProcessStart, "d,", `d"`, `d\`, "d\n", "d 1", "d}", `{"d"`, "#d", "TYPE d", "é", "d="}
	siftEnds  = []string{"", "", "_bucket", "_bucket", "_count", "_sum", "_count_sum", "_sum_bucket", "_total"}
)

// siftLabels are labels as they are written. Some are named as a metric is.
var siftLabels = []string{
	`le="1"`, `le = "+Inf"`, `quantile="0.5"`, `a="#\"\\\n"`, `b="d 1"`, `c="{\"d\",}"`, `d=",d"`, `"e"="}"`, `"d.e" ="{"`, `"\"d\""="x\\"`,
}

// quoted is a name as it is written in quotes.
func quoted(name string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(name) + `"`
}

// written is a line twice: in any form that it may have, and with the name in front.
type written struct{ text, plain string }

func drawLine(t *rapid.T, name string, kind int) written {
	front := quoted(name)
	if model.LegacyValidation.IsValidMetricName(name) && rapid.Bool().Draw(t, "bare") {
		front = name
	}
	switch kind {
	case 0:
		kinds := []string{"counter", "gauge", "histogram", "histogram", "summary", "untyped", "gaugehistogram"}
		text := "# TYPE " + front + " " + rapid.SampledFrom(kinds).Draw(t, "kind")
		return written{text, text}
	case 1:
		text := rapid.SampledFrom([]string{"", " ", "#", "# d 1", "# {\"d\"} 1", "#  HELP\t" + front + " d_sum 1", " # TYPE " + front}).Draw(t, "other")
		return written{text, text}
	}
	labels := rapid.SliceOfNDistinct(rapid.SampledFrom(siftLabels), 0, 3, rapid.ID).Draw(t, "labels")
	value := rapid.SampledFrom([]string{" 1", "2.5", " 0 17", " NaN", "\t3"}).Draw(t, "value")
	w := written{plain: front + "{" + strings.Join(labels, ",") + "}" + value}
	switch {
	case kind < 4:
		w.text = w.plain
	case strings.HasPrefix(front, "x:"): // in braces only in quotes
		w.text = " " + w.plain
	default:
		all := slices.Insert(labels, rapid.IntRange(0, len(labels)).Draw(t, "place"), front)
		comma := rapid.SampledFrom([]string{",", ", ", " ,\t"}).Draw(t, "comma")
		end := rapid.SampledFrom([]string{"}", " }", ",}", " , }"}).Draw(t, "end")
		w.text = rapid.SampledFrom([]string{"{", " { "}).Draw(t, "begin") + strings.Join(all, comma) + end + value
	}
	return w
}

// TestPropertySifted: a page without the lines that do not matter gives the same.
func TestPropertySifted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var text, plain string
		stems := rapid.SliceOfNDistinct(rapid.SampledFrom(siftStems), 1, 4, rapid.ID).Draw(t, "stems")
		add := func(stem string, kind int) {
			w := drawLine(t, stem+rapid.SampledFrom(siftEnds).Draw(t, "end"), kind)
			text, plain = text+w.text+"\n", plain+w.plain+"\n"
		}
		for _, stem := range stems {
			add(stem, 0) // its type
		}
		for _, stem := range rapid.SliceOfN(rapid.SampledFrom(stems), 1, 20).Draw(t, "lines") {
			add(stem, rapid.IntRange(0, 20).Draw(t, "line"))
		}
		wanted := map[string]bool{}
		for _, stem := range stems[:rapid.IntRange(0, len(stems)).Draw(t, "wanted")] {
			for _, end := range siftEnds {
				wanted[stem+end] = rapid.Bool().Draw(t, "too")
			}
		}
		if diff := sameSeries(text, plain, wanted); diff != "" {
			t.Fatalf("%s\n%v\n%s", text, wanted, diff)
		}
	})
}

// FuzzSifted is the same of any page.
func FuzzSifted(f *testing.F) {
	f.Add("# TYPE d histogram\nd_bucket{le=\"1\"} 1\nd_count 1\ne 1\n", "d_bucket")
	f.Add("a 1\n# TYPE d summary\n\"d\" 1\nd_count 2", "d_count")
	f.Add("# HELP \"d\" a\n\td{a=\"\\n\"} 1\n", "d")
	f.Add("# TYPE d histogram\ne 1\n{a=\"b\",\"d_bucket\",le=\"1\"} 1\n", "d_bucket")
	f.Fuzz(func(t *testing.T, text, name string) {
		var plain strings.Builder
		for line := range strings.Lines(text) {
			_, same, sure := nameOf(line)
			if plain.WriteString(same); !sure {
				return // the parser may panic
			}
		}
		if diff := sameSeries(text, plain.String(), map[string]bool{name: true}); diff != "" {
			t.Errorf("%q %q\n%s", text, name, diff)
		}
	})
}

// FuzzName: a line alone is about the name that the parser takes it for, and the
// same line with the name in front says the same.
func FuzzName(f *testing.F) {
	for _, line := range []string{
		`d 1`, `{"d"} 1`, ` { "d.e" , a="}" } 1`, `{a="\"",b="\\","d\\\"\n",c="\n"}1`, `d"e"{a="b"} 1`, `{d"\\",} 1 2`, `{d,"e"} 1`, `{} 1`,
		`{"d":a="b"} 1`, `{a:b} 1`, `{a="b" "d"} 1`, `{,"d"} 1`, `{"d",,} 1`, `{"d\x"} 1`, `{"d"}{} 1`, `{"d`, `{a=b,"d"} 1`, `{a=c"","d"} 1`, `"" 1`, `{""} 1`,
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		line, _, _ = strings.Cut(line, "\n")
		line += "\n"
		name, same, sure := nameOf(line)
		wanted := map[string]bool{name: true}
		want, err := whole(line, wanted)
		if err == nil && len(want.series[name]) != 1 {
			t.Errorf("%q: taken for one of %q", line, name)
		}
		page, plain := "a 1\n"+line, "a 1\n"+same // is not empty
		want, err = whole(page, wanted)
		got, broken := whole(plain, wanted)
		if (err == nil) != (broken == nil) || err == nil && (!sure || !slices.Equal(want.shown(), got.shown())) {
			t.Errorf("%q: %v, and as %q: %v", line, err, same, broken)
		}
		if diff := sameSeries(page, plain, wanted); diff != "" {
			t.Errorf("%q, and as %q\n%s", line, same, diff)
		}
	})
}

// Names in quotes are as others are: what is kept is what was asked for.
func TestSiftedQuotes(t *testing.T) {
	kept := []string{
		`{"d",code="200"} 1`, `{code="a.b","d"} 1`, `# TYPE "d" histogram`, `# HELP "d_sum" x`, `"d_count"{a="b"} 1`, `{"d_bucket" , a="}" } 1`,
		`{"http.requests"} 1`, `{"http.requests_sum"} 1`, `{"a\"\\\nb"} 1`, `{"process_start_time_seconds"} 1`,
	}
	dropped := []string{
		`{"a",d="200"} 1`, `{code="d","a"} 1`, `{code="\"","d"="\\","a"} 1`, `# TYPE "a" counter`, `# HELP "d.e" x`, `"http.requests2"{a="b"} 1`,
		`{"d_total"} 1`, `{"d_created"} 1`, `{"http"} 1`, `{"a\"\\nb"} 1`, `{"#d"} 1`, `{"{d"} 1`,
	}
	wanted := map[string]bool{"d": true, "http.requests_count": true, "a\"\\\nb": true}
	for want, lines := range map[bool][]string{true: kept, false: dropped} {
		for _, line := range lines {
			s, err := sift(strings.NewReader(line+"\n"), wanted)
			if err != nil || (strings.TrimSpace(string(s.text)) != "") != want {
				t.Errorf("%s: kept %q, %v", line, s.text, err)
			}
		}
	}
}

// What the parser reads in braces belongs to the line before, unless the name is in
// front: of this page it would give a bucket of d to e, and f no label.
func TestSiftedBraces(t *testing.T) {
	text := "# TYPE d histogram\n# TYPE e histogram\ne_bucket{le=\"1\"} 1\n" +
		"{\"d_bucket\",le=\"1\"} 2\n{le=\"+Inf\",\"d_bucket\"} 3\n{le=\"5\",\"f\"} 4\n"
	wanted := map[string]bool{"d_bucket": true, "f": true}
	want := []string{fmt.Sprint(time.Time{}), `d_bucket: d_bucket{le="+Inf"} 3`, `d_bucket: d_bucket{le="1"} 2`, `f: f{le="5"} 4`}
	p, err := parsePage(strings.NewReader(text), wanted)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.shown(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A page that is broken anywhere is not read, and the error names the line.
func TestSiftedErrors(t *testing.T) {
	many := strings.Repeat("a 1\n", batch)
	for text, want := range map[string]string{
		many + "d 1\nnot a page\n":          fmt.Sprintf("line %d: ", batch+2),
		many + "d x\na 1\n":                 fmt.Sprintf("line %d: ", batch+1),
		"d 1\na 1":                          "line 2: unexpected end",
		"d 1\n{} 1\n":                       "line 2: invalid metric name",
		"d 1\n{e=\"d\"} 1\n":                "line 2: invalid metric name",
		"d 1\n{\"e\",\"d\"} 1\n":            "line 2: multiple metric names",
		"d 1\n{\"e\\x\"} 1\n":               "line 2: invalid escape",
		"d 1\n{\"e} 1\n":                    "line 2: label name",
		"<html>\n":                          "line 1: invalid metric name",
		"OK\n":                              "line 1: expected float",
		strings.Repeat("d 1\n", maxLines+1): "more than 100000 lines",
		strings.Repeat("{\"d\"} 1\n", maxLines+1):                              "more than 100000 lines",
		strings.Repeat("{\"d.e\",d=\"d\"} 1\n", maxLines+1) + "d 1\n":          "",
		strings.Repeat("{d=\"}\",\"d.e\"} 1\n\"d.d\" 1\n", maxLines) + "d 1\n": "",
		strings.Repeat("{\"d\"} 1\n", maxLines):                                "",
		many + "# TYPE d counter\n":                                            "",
	} {
		_, err := parsePage(strings.NewReader(text), map[string]bool{"d": true})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

// What nobody asked for needs no memory, however much of it a page has.
func TestSiftedMemory(t *testing.T) {
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	text := strings.NewReader(strings.Repeat("a 1\n{\"a.b\"} 1\n", 1<<19))
	before, most := heap(), int64(0)
	s, err := sift(io.MultiReader(text, readerFunc(func([]byte) (int, error) {
		most = heap() - before
		return 0, io.EOF
	})), nil)
	if err != nil || !s.other || most > 32<<20 {
		t.Errorf("%v: %d MiB", err, most>>20)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }
