package scrape

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// redirecting answers with redirects, and with a page where there is none.
type redirecting struct {
	to    map[string]string // by URL
	asked []string
}

func (d *redirecting) RoundTrip(r *http.Request) (*http.Response, error) {
	d.asked = append(d.asked, r.URL.String())
	w := httptest.NewRecorder()
	if to := d.to[r.URL.String()]; to != "" {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusTemporaryRedirect)
	} else if r.Header.Get("Accept") != "" {
		fmt.Fprintln(w, "m 1")
	}
	answer := w.Result()
	answer.Request = r
	return answer, nil
}

// follow reads the first URL, and reports what was asked for.
func follow(t *testing.T, client *http.Client, from string, to map[string]string) ([]string, error) {
	t.Helper()
	web := &redirecting{to: to}
	client.Transport = web
	s, err := New(Options{Endpoints: func(context.Context) ([]Endpoint, error) { return nil, nil }, Client: client})
	if err != nil {
		t.Fatal(err)
	}
	text, _, err := s.fetch(t.Context(), from, map[string]bool{"m": true})
	if err == nil && strings.TrimSpace(string(text.text)) != "m 1" {
		t.Errorf("read %q", text.text)
	}
	return web.asked, err
}

// A page is of the endpoint that was listed, wherever that keeps it.
func TestRedirectFollowed(t *testing.T) {
	for _, c := range [][]string{
		{"http://a/metrics", "/metrics/", "http://a/metrics/"},
		{"http://a/metrics", "http://A:80/all?x=y", "http://A:80/all?x=y"},
		{"https://a:443/metrics", "https://a/", "https://a/"},
		{"http://[::1]:8080/metrics", "//[::1]:8080/x", "http://[::1]:8080/x"},
		{"http://u:pw@a/metrics", "http://a/x", "http://u:pw@a/x"}, // with the user of the endpoint
		{"http://u:pw@a/metrics", "x", "http://u:pw@a/x"},
		{"http://a/metrics", "http://u:pw@a/x", "http://a/x"},
	} {
		asked, err := follow(t, &http.Client{}, c[0], map[string]string{c[0]: c[1]})
		if err != nil || !slices.Equal(asked, []string{c[0], c[2]}) {
			t.Errorf("%s: asked %v, %v", c, asked, err)
		}
	}
}

func TestRedirectRefused(t *testing.T) {
	const why = " is not followed: it is not to the scheme, host and port of the endpoint"
	for _, c := range [][]string{
		{"http://a/metrics", "http://b/x", "http://b/x"},
		{"http://a/metrics", "//b/x", "http://b/x"},
		{"http://a/metrics", "https://a/metrics", "https://a/metrics"},
		{"https://a/metrics", "http://a/metrics", "http://a/metrics"},
		{"http://a:80/metrics", "https://a:80/metrics", "https://a:80/metrics"},
		{"http://a/metrics", "http://a:8080/metrics", "http://a:8080/metrics"},
		{"http://a:8080/metrics", "http://a/metrics", "http://a/metrics"},
		{"http://a/metrics", "http://a.b/", "http://a.b/"},
		{"http://a/metrics", "ftp://a/metrics", "ftp://a/metrics"},
		{"http://a/metrics", "http://user:secret@b/x?token=secret#secret", "http://b/x"},
		{"http://a/metrics", "http://secret@b/", "http://b/"},
		{"http://a/metrics", "mailto:secret@b", "mailto:"},
	} {
		asked, err := follow(t, &http.Client{}, c[0], map[string]string{c[0]: c[1]})
		if err == nil || err.Error() != `Get "`+c[0]+`": the redirect to `+c[2]+why {
			t.Errorf("%s: %v", c, err)
		}
		if !slices.Equal(asked, c[:1]) {
			t.Errorf("%s: asked %v", c, asked)
		}
	}
	// After one that was followed.
	asked, err := follow(t, &http.Client{}, "http://a/", map[string]string{"http://a/": "http://secret@a/1", "http://a/1": "http://b/"})
	if err == nil || err.Error() != `Get "http://a/": the redirect to http://b/`+why || len(asked) != 2 {
		t.Errorf("asked %v, %v", asked, err)
	}
}

func TestRedirectsWithoutEnd(t *testing.T) {
	loop := map[string]string{"http://a/x": "/y", "http://a/y": "/x"}
	asked, err := follow(t, &http.Client{}, "http://a/x", loop)
	if err == nil || !strings.HasSuffix(err.Error(), "the redirect to http://a/x is not followed: 5 were before it") || len(asked) != 6 {
		t.Errorf("asked %v, %v", asked, err)
	}
	line := map[string]string{}
	for i := range 5 {
		line[fmt.Sprintf("http://a/%d", i)] = fmt.Sprintf("/%d", i+1)
	}
	if asked, err := follow(t, &http.Client{}, "http://a/0", line); err != nil || len(asked) != 6 {
		t.Errorf("asked %v, %v", asked, err)
	}
}

// The caller's client may refuse more, not less, and stays as it is.
func TestRedirectOfTheClient(t *testing.T) {
	var saw []string
	refused := errors.New("refused by the caller")
	for _, answer := range []error{nil, refused, http.ErrUseLastResponse} {
		client := &http.Client{CheckRedirect: func(r *http.Request, via []*http.Request) error {
			saw = append(saw, fmt.Sprint(r.URL, " ", len(via)))
			return answer
		}}
		if _, err := follow(t, client, "http://a/", map[string]string{"http://a/": "http://b/"}); err == nil || errors.Is(err, refused) || len(saw) > 0 {
			t.Errorf("%v, the caller saw %v", err, saw)
		}
		_, err := follow(t, client, "http://a/", map[string]string{"http://a/": "/x"})
		switch {
		case answer == http.ErrUseLastResponse && err != nil && strings.Contains(err.Error(), "307"):
		case answer != http.ErrUseLastResponse && errors.Is(err, answer):
		default:
			t.Errorf("the caller says %v: %v", answer, err)
		}
		if !slices.Equal(saw, []string{"http://a/x 1"}) {
			t.Errorf("the caller saw %v", saw)
		}
		saw = nil
		if err := client.CheckRedirect(&http.Request{URL: &url.URL{Host: "c"}}, nil); err != answer || len(saw) != 1 {
			t.Error("the client was changed")
		}
		saw = nil
	}
	client := &http.Client{}
	if _, err := follow(t, client, "http://a/", nil); err != nil || client.CheckRedirect != nil {
		t.Error("the client was changed", err)
	}
}

// A redirect to what is no URL is refused without telling what it says.
func TestRedirectToNothing(t *testing.T) {
	for _, to := range []string{"http://user:hunter2@[bad/x", "%zz?hunter2"} {
		_, err := follow(t, &http.Client{}, "http://a/metrics", map[string]string{"http://a/metrics": to})
		if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "is no URL") {
			t.Errorf("%s: %v", to, err)
		}
	}
}
