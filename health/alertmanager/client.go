package alertmanager

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/answer"
	"github.com/seed-20fe5ead/gradatim/internal/fetch"
	"github.com/seed-20fe5ead/gradatim/internal/selector"
)

// maxAnswer bounds one answer in bytes.
const maxAnswer = 16 << 20

// alert is what is read of a gettableAlert of API v2.
type alert struct {
	Labels map[string]string `json:"labels"`
	Status struct {
		State      string   `json:"state"`
		SilencedBy []string `json:"silencedBy"`
	} `json:"status"`
	StartsAt  time.Time `json:"startsAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

func (x *alert) silenced() bool { return len(x.Status.SilencedBy) > 0 }

// earlier reports whether the alert began before the rollout.
func (x *alert) earlier(a *health.Ask) bool { return x.StartsAt.Before(a.Start) }

func (x *alert) name() string {
	const most = 80
	name := []rune(x.Labels["alertname"])
	if len(name) == 0 {
		return "an alert"
	}
	return string(name[:min(len(name), most)])
}

// alerts are those that match and are not resolved, whatever their state, and the time
// by the server's clock.
func (s *Source) alerts(ctx context.Context, match *selector.Selector) ([]alert, time.Time, error) {
	query := url.Values{"active": {"true"}, "silenced": {"true"}, "inhibited": {"true"}, "unprocessed": {"true"}}
	for _, m := range match.Match {
		query.Add("filter", m.String())
	}
	body, now, err := s.get(ctx, "alerts", query)
	if err != nil {
		return nil, now, err
	}
	var all []alert
	if err := json.Unmarshal(body, &all); err != nil || all == nil { // null is no list
		return nil, now, errors.New("the answer is no list of alerts")
	}
	for i := range all {
		if x := &all[i]; len(x.Labels) == 0 || x.Status.State == "" || x.StartsAt.IsZero() || x.UpdatedAt.IsZero() {
			return nil, now, errors.New("the answer lists an alert without labels, state, startsAt or updatedAt")
		}
	}
	return matching(all, match), now, nil
}

// started is when Alertmanager did, and the time by its clock.
func (s *Source) started(ctx context.Context) (began, now time.Time, err error) {
	body, now, err := s.get(ctx, "status", nil)
	if err != nil {
		return began, now, err
	}
	var status struct {
		Uptime time.Time `json:"uptime"` // the API's word for when it started
	}
	if err := json.Unmarshal(body, &status); err != nil || status.Uptime.IsZero() {
		return began, now, errors.New("the answer does not say since when Alertmanager runs")
	}
	return status.Uptime, now, nil
}

// get reads one answer.
func (s *Source) get(ctx context.Context, what string, query url.Values) (body []byte, now time.Time, err error) {
	u := s.base.JoinPath("api", "v2", what)
	u.RawQuery, u.Fragment = query.Encode(), ""
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, now, err
	}
	r.Header.Set("Accept", "application/json")
	resp, err := s.client.Do(r)
	if err != nil {
		return nil, now, unreachable(ctx, fetch.Redact(err, r))
	}
	defer resp.Body.Close()
	if now, err = http.ParseTime(resp.Header.Get("Date")); err != nil {
		now = answer.Now()
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case resp.StatusCode >= 500:
		return nil, now, noData("the server answers %s", resp.Status)
	case resp.StatusCode != http.StatusOK:
		return nil, now, fmt.Errorf("the server answers %s: %s", resp.Status, bytes.TrimSpace(body[:min(len(body), 200)]))
	case err != nil:
		return nil, now, unreachable(ctx, err)
	case len(body) > maxAnswer:
		return nil, now, fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	return body, now, nil
}

// unreachable is no data, in words without the URL: that is long and the same always.
func unreachable(ctx context.Context, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if ctx.Err() != nil {
		err = errors.New("no answer in time")
	}
	return noData("Alertmanager cannot be reached: %v", err)
}
