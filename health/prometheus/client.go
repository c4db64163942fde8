package prometheus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/seed-20fe5ead/gradatim/internal/fetch"
	"github.com/seed-20fe5ead/gradatim/internal/series"
)

// errWrong is an answer that the same query gets again: somebody has to change
// something. Whatever else goes wrong may pass.
var errWrong = errors.New("the query was refused")

// answer is what the server says to one query.
type answer struct {
	streams []*model.SampleStream // of a matrix
	vector  model.Vector
	infos   []string
}

// client asks one server.
type client struct {
	http    *http.Client
	url     *url.URL
	timeout time.Duration
	limit   int64
}

// query evaluates an expression at an instant.
func (c *client) query(ctx context.Context, text string, at time.Time) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	form := url.Values{
		"query":   {text},
		"time":    {strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', 3, 64)},
		"timeout": {strconv.FormatInt(max(1, c.timeout.Milliseconds()), 10) + "ms"},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fetch.Redact(err, request)
	}
	defer response.Body.Close()
	body := &fetch.Limited{R: response.Body, Left: c.limit, What: "the answer"}
	data, err := io.ReadAll(body)
	switch {
	case body.Left < 0:
		return nil, fmt.Errorf("%w: %w: Options.Limit is %d bytes", errWrong, body.Err, c.limit)
	case err != nil:
		return nil, err
	}
	a, err := decode(data)
	if response.StatusCode/100 == 2 {
		return a, err
	}
	return nil, refused(response, err)
}

// refused words an answer that is none. What the client did wrong stays wrong, save
// for being too slow or too eager.
func refused(response *http.Response, err error) error {
	status := "the answer is " + strings.TrimSpace(response.Status)
	if e := (*serverError)(nil); errors.As(err, &e) {
		status += ": " + e.Error()
	}
	switch code := response.StatusCode; {
	case code == http.StatusRequestTimeout || code == http.StatusTooManyRequests || code/100 != 4:
		return errors.New(status)
	}
	return fmt.Errorf("%w: %s", errWrong, status)
}

// serverError is what the server itself says.
type serverError struct{ kind, text string }

func (e *serverError) Error() string { return e.kind + ": " + e.text }

// decode reads an answer. Whatever is not as it must be is an error: half an answer
// would look like fewer events.
func decode(data []byte) (*answer, error) {
	var raw struct {
		Status    string   `json:"status"`
		ErrorType string   `json:"errorType"`
		Error     string   `json:"error"`
		Warnings  []string `json:"warnings"`
		Infos     []string `json:"infos"`
		IsPartial bool     `json:"isPartial"` // some servers say this instead of a warning
		Data      struct {
			ResultType string          `json:"resultType"`
			Result     json.RawMessage `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("%w: the answer is not Prometheus's: %w", errWrong, err)
	}
	if raw.Status != "success" {
		return nil, fmt.Errorf("%w: %w", errWrong, &serverError{raw.ErrorType, raw.Error})
	}
	a := &answer{infos: raw.Infos}
	for _, w := range slices.Concat(raw.Warnings, raw.Infos) {
		if mixed(w) {
			return nil, fmt.Errorf("%w: %s", errWrong, w)
		}
	}
	// Of plain selectors nothing is to be warned of but that a part of the series is missing,
	// because a store behind the server is away. It would look like instances that ended.
	switch {
	case len(raw.Warnings) > 0:
		return nil, fmt.Errorf("the answer may be incomplete: %s", strings.Join(raw.Warnings, "; "))
	case raw.IsPartial:
		return nil, errors.New("the answer is incomplete")
	}
	var err error
	switch raw.Data.ResultType {
	case "matrix":
		err = json.Unmarshal(raw.Data.Result, &a.streams)
	case "vector":
		err = json.Unmarshal(raw.Data.Result, &a.vector)
	default:
		err = fmt.Errorf("its type is %q", raw.Data.ResultType)
	}
	if err == nil {
		err = a.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the answer is not Prometheus's: %w", errWrong, err)
	}
	return a, nil
}

// mixed reports whether a warning says that series were left out, because they are of
// floats here and of histograms there.
func mixed(warning string) bool {
	return strings.Contains(warning, "mix of histograms and floats") || strings.Contains(warning, "mixed")
}

// check refuses what cannot be walked.
func (a *answer) check() error {
	if n := max(len(a.streams), len(a.vector)); n > 2*series.MaxSeries {
		return fmt.Errorf("it has %d series", n)
	}
	for _, v := range a.vector {
		if v == nil {
			return errors.New("a series is null")
		}
	}
	for _, s := range a.streams {
		switch {
		case s == nil:
			return errors.New("a series is null")
		case len(s.Values) > 0 && len(s.Histograms) > 0:
			return fmt.Errorf("%s is mixed: it has floats and histograms", s.Metric)
		}
		last := model.Earliest
		for _, at := range times(s) {
			if at <= last {
				return fmt.Errorf("the times of %s do not rise", s.Metric)
			}
			last = at
		}
		for _, h := range s.Histograms {
			if h.Histogram == nil {
				return fmt.Errorf("a histogram of %s is null", s.Metric)
			}
		}
	}
	return nil
}

// times are those of all values of a series.
func times(s *model.SampleStream) []model.Time {
	all := make([]model.Time, 0, len(s.Values)+len(s.Histograms))
	for _, v := range s.Values {
		all = append(all, v.Timestamp)
	}
	for _, h := range s.Histograms {
		all = append(all, h.Timestamp)
	}
	return all
}

// round is all that is asked at one instant. The same question is asked once, and none
// after the server was found to be away.
type round struct {
	ctx    context.Context
	client *client
	at     time.Time
	known  map[string]*answer
	failed map[string]error
	away   error
}

func (r *round) query(text string) (*answer, error) {
	if a := r.known[text]; a != nil {
		return a, nil
	}
	if err := r.failed[text]; err != nil {
		return nil, err
	}
	if r.away != nil {
		return nil, r.away
	}
	a, err := r.client.query(r.ctx, text, r.at)
	switch {
	case err == nil:
		r.known[text] = a
	case errors.Is(err, errWrong):
		r.failed[text] = err
	default:
		r.away = err
	}
	return a, err
}
