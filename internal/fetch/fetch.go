// Package fetch is how sources ask servers over HTTP: answers of bounded size, no
// redirect to somebody else, and no secret of a URL in the words of an error.
package fetch

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxRedirects is how many redirects are followed for one request.
const maxRedirects = 5

// Client is a copy of a client that follows at most five redirects, and only to the
// scheme, host and port of the first request: elsewhere may be somebody else. They go
// with the user of the first URL. The client's own CheckRedirect may refuse more. Nil
// gives a client of its own.
func Client(c *http.Client) *http.Client {
	own := http.Client{}
	if c != nil {
		own = *c
	}
	own.CheckRedirect = checkRedirect(own.CheckRedirect)
	return &own
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

// Redact takes what may be secret out of the error of a client's Do: it names the URL
// of the request, and not what a redirect says.
func Redact(err error, request *http.Request) error {
	if e := (*url.Error)(nil); errors.As(err, &e) {
		e.URL = request.URL.Redacted()
		if strings.HasPrefix(e.Err.Error(), "failed to parse Location") {
			e.Err = errors.New("the redirect leads to what is no URL")
		}
	}
	return err
}

// Limited reads at most so many bytes, and fails where there are more.
type Limited struct {
	R    io.Reader
	Left int64
	What string // is too large: "the page"
	Err  error  // other than io.EOF; a parser may word it as an error of the text
}

func (l *Limited) Read(b []byte) (int, error) {
	if l.Err != nil {
		return 0, l.Err
	}
	if int64(len(b)) > l.Left+1 {
		b = b[:l.Left+1]
	}
	n, err := l.R.Read(b)
	if l.Left -= int64(n); l.Left < 0 {
		l.Err = fmt.Errorf("%s is too large", l.What)
		return 0, l.Err
	}
	if err != nil && err != io.EOF {
		l.Err = err
	}
	return n, err
}
