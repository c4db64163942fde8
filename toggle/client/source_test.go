package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
)

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flags.json")
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, client.Options{Source: &client.File{Path: path}, Every: every})
		defer start(t, c)()
		synctest.Wait()
		if err := c.Status().Err; !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
		at := time.Now()
		for n, write := range []func([]byte){
			func(data []byte) { // by renaming
				_ = os.WriteFile(path+"x", data, 0o600)
				_ = os.Rename(path+"x", path)
			},
			func(data []byte) { _ = os.WriteFile(path, data, 0o600) },
			func(data []byte) { // of the same size, and with the same times
				_ = os.WriteFile(path, data, 0o600)
				_ = os.Chtimes(path, at, at)
			},
			func(data []byte) {
				_ = os.WriteFile(path, data, 0o600)
				_ = os.Chtimes(path, at, at)
			},
		} {
			write(flagOf(n))
			time.Sleep(every + time.Second)
			synctest.Wait()
			wantNum(t, c, float64(n))
		}
		_ = os.WriteFile(path, flagOf(9)[:40], 0o600) // half of it
		time.Sleep(every)
		synctest.Wait()
		wantNum(t, c, 3)
		_ = os.Remove(path)
		time.Sleep(20 * every)
		synctest.Wait()
		wantState(t, c, client.Stale)
	})
}

// page is a server's page with an ETag, or with a date.
type page struct {
	body, tag, date string
	status          int
	header          http.Header // of the last request
}

func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.header = r.Header.Clone()
	switch {
	case p.status != 0:
		w.WriteHeader(p.status)
		return
	case p.tag != "" && r.Header.Get("If-None-Match") == p.tag, p.date != "" && r.Header.Get("If-Modified-Since") == p.date:
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if p.tag != "" {
		w.Header().Set("ETag", p.tag)
	}
	if p.date != "" {
		w.Header().Set("Last-Modified", p.date)
	}
	_, _ = io.WriteString(w, p.body)
}

func TestHTTP(t *testing.T) {
	p := &page{body: string(flagOf(1)), tag: `"one"`}
	server := httptest.NewServer(p)
	defer server.Close()
	source := &client.HTTP{URL: server.URL + "/flags?token=secret", Header: http.Header{"authorization": {"Bearer x"}}}
	c := newClient(t, client.Options{Source: source})
	refresh(t, c)
	wantNum(t, c, 1)
	if p.header.Get("Authorization") != "Bearer x" || p.header.Get("If-None-Match") != "" {
		t.Error(p.header)
	}
	for _, f := range []struct{ tag, date, header string }{
		{`"one"`, "", "If-None-Match"},
		{`W/"two"`, "Mon, 02 Jan 2006 15:04:05 GMT", "If-None-Match"},
		{"", "Mon, 02 Jan 2006 15:04:06 GMT", "If-Modified-Since"},
	} {
		p.tag, p.date = f.tag, f.date
		refresh(t, c) // takes the revision
		first, _ := source.Fetch(t.Context(), "")
		got, err := source.Fetch(t.Context(), first.Revision)
		if err != nil || first.Unchanged || !got.Unchanged || got.Revision != first.Revision || p.header.Get(f.header) != first.Revision {
			t.Errorf("%+v then %+v, %v; asked %v", first, got, err, p.header)
		}
		refresh(t, c)
	}
	p.body, p.tag, p.date = string(flagOf(2)), `"three"`, ""
	refresh(t, c)
	wantNum(t, c, 2)
	for _, status := range []int{http.StatusNoContent, http.StatusNotFound, http.StatusInternalServerError, http.StatusNotModified} {
		p.status = status
		if err := newClient(t, client.Options{Source: source}).Refresh(t.Context()); err == nil {
			t.Errorf("%d was taken", status)
		}
	}
}

func TestHTTPSaysNoSecret(t *testing.T) {
	server := httptest.NewServer(&page{})
	url := strings.Replace(server.URL, "http://", "http://user:secret@", 1)
	server.Close()
	_, err := (&client.HTTP{URL: url + "/flags"}).Fetch(t.Context(), "")
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// answers is a transport that answers by itself, for tests under fake time.
type answers func(*http.Request) (*http.Response, error)

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) { return a(r) }

func TestHTTPIsBounded(t *testing.T) {
	source := &client.HTTP{URL: "http://flags.test", Client: &http.Client{Transport: answers(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(endless{}), Request: r}, nil
	})}}
	if _, err := source.Fetch(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Error(err)
	}
}

func TestMemory(t *testing.T) {
	m := &client.Memory{}
	got, err := m.Fetch(t.Context(), "")
	if err != nil || string(got.Data) != "{}" || got.Unchanged {
		t.Errorf("%+v %v", got, err)
	}
	if again, _ := m.Fetch(t.Context(), got.Revision); !again.Unchanged {
		t.Error("changed")
	}
	told := m.Changed()
	data := flagOf(1)
	m.Set(data)
	clear(data)
	select {
	case <-told:
	default:
		t.Error("nobody was told")
	}
	if got, _ = m.Fetch(t.Context(), got.Revision); got.Unchanged || string(got.Data) != string(flagOf(1)) {
		t.Errorf("%+v", got)
	}
	nan := []toggle.Value{{}}
	if err := m.Store(toggle.Set{Flags: map[string]toggle.Flag{"f\xff": {Settings: toggle.Settings{
		Rules: []toggle.Rule{{When: toggle.Condition{In: nan}}},
	}}}}); err == nil {
		t.Error("a set that cannot be written was stored")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Fetch(ended, ""); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
