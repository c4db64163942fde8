package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-20fe5ead/gradatim/internal/command"
)

// failure is a probe that was made and did not pass.
type failure struct{ reason string }

func (f *failure) Error() string { return f.reason }

// probe makes one probe: nil passes, a [*failure] does not, and any other error is ours.
func (s *Source) probe(all context.Context, e *Endpoint, text string) error {
	ctx, cancel := context.WithTimeout(all, s.options.Timeout)
	defer cancel()
	base, err := url.Parse(e.URL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Hostname() == "" {
		return errors.New("its URL is not an http or https URL with a host")
	}
	switch kind, what, _ := strings.Cut(text, " "); kind {
	case "http":
		err = s.get(ctx, base, what)
	case "tcp":
		err = dial(ctx, base.Hostname(), what)
	default:
		err = s.run(ctx, e, what)
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil: // if it is that of all, nothing of the look is told
		return &failure{fmt.Sprintf("no answer in %v", s.options.Timeout)}
	case ours(err):
		return err
	}
	return &failure{err.Error()}
}

// notMade is an error of a probe that could not be made.
type notMade struct{ error }

// ours reports whether an error says nothing about the instance.
func ours(err error) bool {
	if _, ok := errors.AsType[notMade](err); ok {
		return true
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	return local(err)
}

// get makes an HTTP probe. The path is appended as it is written.
func (s *Source) get(ctx context.Context, base *url.URL, path string) error {
	to, err := base.Parse(strings.TrimSuffix(base.EscapedPath(), "/") + path)
	if err != nil || !strings.HasPrefix(path, "/") || to.Host != base.Host {
		return notMade{fmt.Errorf("%q is no path", path)}
	}
	to.User = base.User
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
	if err != nil {
		return notMade{err}
	}
	r.Close = true // whether it accepts connections is to be seen each time
	resp, err := s.client.Do(r)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err
		}
		return err
	}
	resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 399 {
		return errors.New("it answers " + resp.Status)
	}
	return nil
}

const maxRedirects = 5

// clientOf is a client that stays with the instance.
func clientOf(c *http.Client) *http.Client {
	own := http.Client{}
	if c != nil {
		own = *c
	} else if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t = t.Clone()
		t.Proxy = nil
		own.Transport = t
	}
	more := own.CheckRedirect
	own.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		first := via[0].URL
		switch {
		case r.URL.Scheme != first.Scheme || !strings.EqualFold(r.URL.Host, first.Host):
			return http.ErrUseLastResponse
		case len(via) > maxRedirects:
			return fmt.Errorf("it redirects more than %d times", maxRedirects)
		case more != nil:
			return more(r, via)
		}
		return nil
	}
	return &own
}

// dial makes a TCP probe.
func dial(ctx context.Context, host, port string) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		if _, ok := errors.AsType[*net.AddrError](err); ok {
			return notMade{err}
		}
		return err
	}
	return conn.Close()
}

// run makes a probe by a command.
func (s *Source) run(ctx context.Context, e *Endpoint, name string) error {
	err := command.Run(ctx, s.options.Commands[name], []string{
		"GRADATIM_STAGE=" + e.Stage, "GRADATIM_INSTANCE=" + e.Instance, "GRADATIM_VERSION=" + e.Version, "GRADATIM_URL=" + e.URL,
	})
	if _, failed := errors.AsType[*command.Failed](err); err != nil && !failed {
		return notMade{err}
	}
	return err
}
