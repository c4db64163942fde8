package scrape

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/seed-20fe5ead/gradatim/internal/fetch"
	"github.com/seed-20fe5ead/gradatim/internal/series"
)

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
		if !of(name, wanted) && name != series.ProcessStart {
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
		if name == series.ProcessStart && len(found) == 1 {
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
		return nil, at, fetch.Redact(err, request)
	}
	defer response.Body.Close()
	at = s.time()
	if response.StatusCode != http.StatusOK {
		return nil, at, fmt.Errorf("the answer is %s", strings.TrimSpace(response.Status))
	}
	body := &fetch.Limited{R: response.Body, Left: s.options.Limit, What: "the page"}
	p, err = sift(body, wanted)
	if body.Err != nil {
		return nil, at, body.Err // a parser may word it as an error of the page's text
	}
	return p, at, err
}
