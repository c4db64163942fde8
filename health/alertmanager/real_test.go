package alertmanager

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
)

// startReal runs an Alertmanager and returns its URL.
func startReal(t *testing.T) string {
	t.Helper()
	binary, err := exec.LookPath("prometheus-alertmanager")
	if err != nil {
		t.Skip("no prometheus-alertmanager: apt-get install prometheus-alertmanager")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	dir := t.TempDir()
	config := filepath.Join(dir, "config.yml")
	if err := os.WriteFile(config, []byte("route: {receiver: none}\nreceivers: [{name: none}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd := exec.Command(binary, "--config.file="+config, "--storage.path="+dir, "--web.listen-address="+address, "--cluster.listen-address=")
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-over
	})
	for url, late := "http://"+address, time.After(30*time.Second); ; {
		if resp, err := http.Get(url + "/-/ready"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return url
			}
		}
		select {
		case <-over:
			t.Fatalf("it ended:\n%s", log.String())
		case <-late:
			t.Fatal("it is not ready after 30s")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func post(t *testing.T, url string, what any) {
	t.Helper()
	body, err := json.Marshal(what)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", url, resp.Status)
	}
}

func TestRealAlertmanager(t *testing.T) {
	url := startReal(t)
	traffic := true
	options := Options{
		URL: url, Watchdog: `{alertname="Watchdog"}`, Settle: -1,
		Traffic: func(context.Context, health.Ask) (bool, error) { return traffic, nil },
	}
	look := func(change func(*Options)) string {
		t.Helper()
		o := options
		if change != nil {
			change(&o)
		}
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now().UTC()
		got, err := s.Sample(t.Context(), []health.Ask{{
			Key: "k", Stage: "eu", Signal: "alerts", Start: now.Add(-time.Minute), From: now.Add(-10 * time.Second), Due: now.Add(-time.Second),
			Measure: health.Measure{Alert: `{service=~"check.*",severity!="info",path="/a \"b\""}`},
		}})
		if err != nil || len(got) != 1 || got[0].Check() != nil {
			t.Fatalf("%+v, %v", got, err)
		}
		return fmt.Sprintf("%s %v of %v %s", got[0].Fetch, got[0].Candidate.Bad, got[0].Candidate.Exposure, got[0].Reason)
	}
	// until waits for what Alertmanager does on its own time: silences and states are worked out in the background.
	until := func(want string) {
		t.Helper()
		for late := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			got := look(nil)
			if strings.HasPrefix(got, want) {
				return
			}
			if time.Now().After(late) {
				t.Fatalf("got %s, want %s", got, want)
			}
		}
	}
	fire := func(labels map[string]string, ends time.Duration) {
		t.Helper()
		now := time.Now()
		post(t, url+"/api/v2/alerts", []any{map[string]any{"labels": labels, "startsAt": now.Add(-time.Second), "endsAt": now.Add(ends)}})
	}
	errors := map[string]string{"alertname": "HighErrors", "service": "checkout", "severity": "page", "path": `/a "b"`}

	until("noData 0 of 0 the watchdog")
	fire(map[string]string{"alertname": "Watchdog"}, time.Hour)
	until("healthy 0 of 1")
	fire(map[string]string{"alertname": "Other", "service": "search", "path": `/a "b"`}, time.Hour)
	fire(map[string]string{"alertname": "Note", "service": "checkout", "severity": "info", "path": `/a "b"`}, time.Hour)
	until("healthy 0 of 1")
	traffic = false
	until("noData 0 of 0 there is no traffic")
	fire(errors, time.Hour)
	until("healthy 1 of 1 HighErrors fires since")
	if got := look(func(o *Options) { o.URL += "/nowhere" }); !strings.HasPrefix(got, "error 0 of 0 the server answers 404") {
		t.Error(got)
	}
	now := time.Now()
	post(t, url+"/api/v2/silences", map[string]any{
		"matchers": []any{map[string]any{"name": "service", "value": "checkout", "isRegex": false, "isEqual": true}},
		"startsAt": now, "endsAt": now.Add(time.Hour), "createdBy": "test", "comment": "known",
	})
	until("noData 0 of 0 HighErrors fires since")
	traffic = true
	fire(errors, -time.Millisecond) // resolved
	until("healthy 0 of 1")
	if got := look(func(o *Options) { o.Settle = 0 }); !strings.HasPrefix(got, "noData 0 of 0 Alertmanager started") {
		t.Error(got)
	}
}
