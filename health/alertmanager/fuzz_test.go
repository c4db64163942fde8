package alertmanager

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// Whatever a server answers, only a list without a matching alert, a watchdog and a
// start of long ago are health.
func FuzzAnswers(f *testing.F) {
	const dog = `{"labels":{"alertname":"Watchdog"},"status":{"state":"active"},"startsAt":"2020-01-01T00:00:00Z","updatedAt":"2999-01-01T00:00:00Z"}`
	const fires = `{"labels":{"service":"checkout"},"status":{"state":"active"},"startsAt":"2020-01-01T00:00:00Z","updatedAt":"2020-01-01T00:00:00Z"}`
	f.Add("["+dog+"]", `{"uptime":"2020-01-01T00:00:00Z"}`)
	f.Add("["+fires+"]", `{"uptime":"2020-01-01T00:00:00Z"}`)
	f.Add("["+dog+","+strings.Replace(fires, `"active"`, `"suppressed","silencedBy":["x"]`, 1)+"]", `{}`)
	f.Add("[]", "null")
	f.Add("null", "<html>")
	f.Add(`[null,{"labels":{"\u0000":"\ud800"}}]`, `{"uptime":"9999-12-31T23:59:59Z"}`)
	f.Fuzz(func(t *testing.T, alerts, status string) {
		w := newWorld(t)
		w.server.raw = map[string]string{"alerts": alerts, "status": status}
		now := time.Now().UTC().Round(0)
		w.ask.From, w.ask.Due = now.Add(-time.Minute), now.Add(-time.Second)
		got, err := w.source.Sample(context.Background(), []health.Ask{w.ask})
		if err != nil || len(got) != 1 || got[0].Check() != nil {
			t.Fatalf("%+v, %v", got, err)
		}
		x := got[0]
		switch {
		case len(x.Reason) > 400:
			t.Fatalf("%d bytes of reason", len(x.Reason))
		case x.Fetch != health.Healthy && x.Candidate.Exposure != 0:
			t.Fatalf("%+v", x)
		case x.Fetch == health.Healthy && x.Candidate.Bad == 0 && !(strings.Contains(alerts, "Watchdog") || strings.Contains(alerts, `\u`)):
			t.Fatalf("healthy without a watchdog: %s %s", alerts, status)
		}
	})
}
