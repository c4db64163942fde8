package scrape

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/fetch"
	"github.com/seed-20fe5ead/gradatim/internal/series"
)

// parsePage reads a page and keeps the series with a wanted name.
func parsePage(r io.Reader, wanted map[string]bool) (*page, error) {
	s, err := sift(r, wanted)
	if err != nil {
		return nil, err
	}
	return s.page(wanted)
}

func TestPageStart(t *testing.T) {
	for text, want := range map[string]time.Time{
		"process_start_time_seconds 1.7e9":                                    time.Unix(1.7e9, 0),
		"process_start_time_seconds 1.70000000025e+09":                        time.Unix(1.7e9, 25e7),
		"process_start_time_seconds 0":                                        {},
		"process_start_time_seconds -5":                                       {},
		"process_start_time_seconds NaN":                                      {},
		"process_start_time_seconds 1e300":                                    {},
		"other 1":                                                             {},
		"process_start_time_seconds{a=\"b\"} 1\nprocess_start_time_seconds 2": {},
	} {
		p, err := parsePage(strings.NewReader(text+"\n"), nil)
		if err != nil || !p.started.Equal(want) {
			t.Errorf("%s: got %v, %v, want %v", text, p, err, want)
		}
	}
}

func TestPageWithNothing(t *testing.T) {
	for _, text := range []string{"", "\n", "# HELP a b\n# TYPE a counter\n"} {
		if _, err := parsePage(strings.NewReader(text), nil); err == nil || err.Error() != "the page is empty" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestPageKeepsWhatIsWanted(t *testing.T) {
	text := "# TYPE a counter\na 1\nb 2\n# TYPE s summary\ns_count 3\ns_sum 4\ns{quantile=\"0.5\"} 5\n" + histogram("d", 1, 2)
	p, err := parsePage(strings.NewReader(text), map[string]bool{"a": true, "s_count": true, "d_bucket": true, "d_count": true, "gone": true})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.series) != 4 || len(p.series["d_bucket"]) != 2 || p.series["s_count"][0].Value != 3 || p.series["d_count"][0].Value != 3 {
		t.Errorf("got %v", p.series)
	}
}

func TestPageLimit(t *testing.T) {
	read := func(left int64) error {
		l := &fetch.Limited{R: iotest.OneByteReader(strings.NewReader("a 1\nb 2\n")), Left: left, What: "the page"}
		_, err := parsePage(l, nil)
		if l.Err != nil {
			return l.Err
		}
		return err
	}
	if err := read(8); err != nil {
		t.Error(err)
	}
	if err := read(7); err == nil || err.Error() != "the page is too large" {
		t.Error(err)
	}
}

// FuzzPage feeds two pages to all that reads and counts them: nothing panics, and
// what comes out is a count.
func FuzzPage(f *testing.F) {
	f.Add("http_requests_total{code=\"500\"} 1\nprocess_start_time_seconds 1\n", "http_requests_total 2\n", "http_requests_total")
	f.Add(histogram("d", 1, 2, 3), histogram("d", 2, 2, 2), "d")
	f.Add("d_bucket{le=\"1\"} 1\nd_bucket{le=\"+Inf\"} NaN\n", "# TYPE d histogram\nd 1\nd_bucket 2\n", "d")
	f.Add("# TYPE d summary\nd_count -1\nd{quantile=\"x\"} 1 1\n", "d_count{le=\"\\n\\\"\"} 1e300", "d_count")
	f.Add("{\"d\",a=\"b\"} 1\n", "# HELP\n# TYPE d gauge_histogram\nd_bucket{le=\"1\"} 1\n", "d")
	f.Fuzz(func(t *testing.T, first, second, selector string) {
		for _, m := range []health.Measure{{Total: selector, Bad: selector, By: "a"}, {Histogram: selector, By: "le"}} {
			q := series.NewQuery(m)
			if q.Err != nil {
				continue
			}
			wanted := map[string]bool{}
			q.Names(wanted)
			p := &process{last: map[string]series.Mark{}}
			for _, text := range []string{first, second, first} {
				page, err := parsePage(strings.NewReader(text), wanted)
				if err != nil {
					continue
				}
				s, err := choose(q, page)
				if err != nil {
					continue
				}
				if _, err := p.check(s, q); err != nil {
					continue
				}
				p.count(s, true, false, []string{"x"})
			}
			n := p.pending
			if !(n.Total >= 0) || !(n.Bad >= 0) {
				t.Errorf("counted %+v", n)
			}
			sum := 0.0
			for _, b := range n.Buckets {
				if !(b >= 0) {
					t.Errorf("counted %+v", n)
				}
				sum += b
			}
			if n.Buckets != nil && n.Total < series.MaxValue && sum != n.Total {
				t.Errorf("buckets hold %v of %v events", sum, n.Total)
			}
		}
	})
}
