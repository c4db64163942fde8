package scrape

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// processStart is the metric by which a page says when its process began.
const processStart = "process_start_time_seconds"

// maxRedirects is how many redirects are followed to one page.
const maxRedirects = 5

// page is what was wanted of one instance's page.
type page struct {
	started time.Time // of the process; zero if the page does not say
	series  map[string]model.Vector
}

// page keeps the series with a wanted name. A histogram is kept as its _bucket, _sum
// and _count series.
func (s *sifted) page(wanted map[string]bool) (*page, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(s.text))
	if err != nil {
		return nil, err
	}
	if len(families) == 0 && !s.other {
		return nil, errors.New("the page is empty")
	}
	p := &page{series: map[string]model.Vector{}}
	for name, family := range families {
		if !of(name, wanted) && name != processStart {
			continue
		}
		found, err := expfmt.ExtractSamples(&expfmt.DecodeOptions{}, family)
		if err != nil {
			return nil, err
		}
		for _, x := range found {
			if full := string(x.Metric[model.MetricNameLabel]); wanted[full] {
				p.series[full] = append(p.series[full], x)
			}
		}
		if name == processStart && len(found) == 1 {
			p.started = startTime(float64(found[0].Value))
		}
	}
	return p, nil
}

// of reports whether a family may hold series with a wanted name.
func of(family string, wanted map[string]bool) bool {
	return wanted[family] || wanted[family+"_bucket"] || wanted[family+"_count"] || wanted[family+"_sum"]
}

// startTime is zero for what cannot be the start of a process.
func startTime(seconds float64) time.Time {
	if !(seconds > 0 && seconds < 1e11) {
		return time.Time{}
	}
	return time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()
}

// fetch reads one page, as far as it matters. At is when the answer began: the counts are of then.
func (s *Source) fetch(ctx context.Context, address string, wanted map[string]bool) (p *sifted, at time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, at, err
	}
	request.Header.Set("Accept", "text/plain;version=0.0.4;q=1,*/*;q=0.1")
	response, err := s.options.Client.Do(request)
	if err != nil {
		if e := (*url.Error)(nil); errors.As(err, &e) {
			e.URL = request.URL.Redacted() // and not what a redirect says, with its secrets
			if strings.HasPrefix(e.Err.Error(), "failed to parse Location") {
				e.Err = errors.New("the redirect leads to what is no URL")
			}
		}
		return nil, at, err
	}
	defer response.Body.Close()
	at = s.time()
	if response.StatusCode != http.StatusOK {
		return nil, at, fmt.Errorf("the answer is %s", strings.TrimSpace(response.Status))
	}
	body := &limited{r: response.Body, left: s.options.Limit}
	p, err = sift(body, wanted)
	if body.err != nil {
		return nil, at, body.err // a parser may word it as an error of the page's text
	}
	return p, at, err
}

// checkRedirect follows what stays with the endpoint, unless the client's own check
// refuses it.
func checkRedirect(own func(*http.Request, []*http.Request) error) func(*http.Request, []*http.Request) error {
	return func(r *http.Request, via []*http.Request) error {
		first := via[0].URL
		to := url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host, Path: r.URL.Path} // without what may be secret
		switch {
		case r.URL.Scheme != first.Scheme || !strings.EqualFold(r.URL.Hostname(), first.Hostname()) || port(r.URL) != port(first):
			return fmt.Errorf("the redirect to %s is not followed: it is not to the scheme, host and port of the endpoint", &to)
		case len(via) > maxRedirects:
			return fmt.Errorf("the redirect to %s is not followed: %d were before it", &to, maxRedirects)
		}
		r.URL.User = first.User
		if own != nil {
			return own(r, via)
		}
		return nil
	}
}

// port is the port of a URL, also if it is left out.
func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// limited reads at most so many bytes, and fails where there are more.
type limited struct {
	r    io.Reader
	left int64
	err  error // other than io.EOF
}

func (l *limited) Read(b []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	if int64(len(b)) > l.left+1 {
		b = b[:l.left+1]
	}
	n, err := l.r.Read(b)
	if l.left -= int64(n); l.left < 0 {
		l.err = errors.New("the page is too large")
		return 0, l.err
	}
	if err != nil && err != io.EOF {
		l.err = err
	}
	return n, err
}
