package answer

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"
)

// Each calls f for 0 to n-1, at most so many at once, and waits for all. What panics is
// told as the error of its call: in a goroutine of its own it would end the host.
func Each(n, limit int, f func(i int) error) []error {
	errs := make([]error, n)
	var g errgroup.Group
	g.SetLimit(limit)
	for i := range n {
		g.Go(func() error {
			errs[i] = ErrEnded
			errs[i] = Guard(func() error { return f(i) })
			return nil
		})
	}
	_ = g.Wait() // every call says itself what went wrong
	return errs
}

// Panic is a panic of code that is not ours.
type Panic struct{ Value any }

func (p *Panic) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// ErrEnded is a call that neither returned nor panicked (runtime.Goexit).
var ErrEnded = errors.New("the call ended its goroutine")

// Guard is what f returns, or its panic.
func Guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &Panic{v}
		}
	}()
	return f()
}

// Short is a text as one line of at most 200 bytes, its end left out.
func Short(text string) string {
	const most = 200
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if len(text) <= most {
		return text
	}
	end := most
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
