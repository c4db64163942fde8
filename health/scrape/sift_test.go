package scrape

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

// sameSeries reports how a page that can be parsed as a whole is read otherwise.
func sameSeries(text string, wanted map[string]bool) string {
	want, err := whole(text, wanted)
	if err != nil {
		return ""
	}
	got, err := parsePage(strings.NewReader(text), wanted)
	if err != nil {
		return err.Error()
	}
	return cmp.Diff(want.shown(), got.shown())
}

// siftNames are names that have to do with one another, and others.
var siftNames = []string{"d", "d_bucket", "d_count", "d_sum", "d_count_sum", "d_sum_bucket", "e", "e_count", "_count", "_sum", "x:y", processStart}

// TestPropertySifted: a page without the lines that do not matter gives the same.
func TestPropertySifted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(siftNames)
		kind := rapid.SampledFrom([]string{"counter", "gauge", "histogram", "summary", "untyped", "gaugehistogram"})
		labels := rapid.SampledFrom([]string{"", `{le="1"}`, `{le="+Inf"}`, ` { a = "#\"\\\n" , le="2"}`, `{quantile="0.5"}`, `{a="d 1",}`})
		value := rapid.SampledFrom([]string{"1", "2.5", "0 17", "NaN", "\t3"})
		line := rapid.Custom(func(t *rapid.T) string {
			n := name.Draw(t, "name")
			switch rapid.IntRange(0, 9).Draw(t, "line") {
			case 0, 1, 2:
				return "# TYPE " + n + " " + kind.Draw(t, "kind")
			case 3:
				return rapid.SampledFrom([]string{"", " ", "#", "# d 1", "#  HELP\t" + n + " d_sum 1", " # TYPE " + n, `# HELP "` + n + `" x`}).Draw(t, "other")
			}
			return n + labels.Draw(t, "labels") + " " + value.Draw(t, "value")
		})
		text := strings.Join(rapid.SliceOfN(line, 0, 20).Draw(t, "lines"), "\n") + "\n"
		wanted := map[string]bool{}
		for _, n := range rapid.SliceOfN(name, 0, 3).Draw(t, "wanted") {
			wanted[n] = true
		}
		if diff := sameSeries(text, wanted); diff != "" {
			t.Fatalf("%s\n%v\n%s", text, wanted, diff)
		}
	})
}

// FuzzSifted is the same of any page. A name in braces is left out: what the parser
// takes it for depends on the line before.
func FuzzSifted(f *testing.F) {
	f.Add("# TYPE d histogram\nd_bucket{le=\"1\"} 1\nd_count 1\ne 1\n", "d_bucket")
	f.Add("a 1\n# TYPE d summary\n\"d\" 1\nd_count 2", "d_count")
	f.Add("# HELP \"d\" a\n\td{a=\"\\n\"} 1\n", "d")
	f.Fuzz(func(t *testing.T, text, name string) {
		for line := range strings.Lines(text) {
			if strings.HasPrefix(strings.TrimLeft(line, " \t"), "{") {
				return
			}
		}
		if diff := sameSeries(text, map[string]bool{name: true}); diff != "" {
			t.Errorf("%q %q\n%s", text, name, diff)
		}
	})
}

// A page that is broken anywhere is not read, and the error names the line.
func TestSiftedErrors(t *testing.T) {
	many := strings.Repeat("a 1\n", batch)
	for text, want := range map[string]string{
		many + "d 1\nnot a page\n":          fmt.Sprintf("line %d: ", batch+2),
		many + "d x\na 1\n":                 fmt.Sprintf("line %d: ", batch+1),
		"d 1\na 1":                          "line 2: unexpected end",
		"<html>\n":                          "line 1: invalid metric name",
		"OK\n":                              "line 1: expected float",
		strings.Repeat("d 1\n", maxLines+1): "more than 100000 lines",
		strings.Repeat("{\"d\"} 1\n", maxLines+1): "more than 100000 lines",
		many + "# TYPE d counter\n":               "",
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
	text := strings.NewReader(strings.Repeat("a 1\n", 1<<20))
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
