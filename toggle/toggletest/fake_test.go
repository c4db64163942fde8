package toggletest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/toggle/toggletest"
)

var _ toggletest.TB = testing.TB(nil)

// fake is a test whose failures can be looked at. Unlike a real one it goes on after Fatalf.
type fake struct {
	name     string
	failures []string
	cleanups []func()
}

func (f *fake) Helper()           {}
func (f *fake) Name() string      { return f.name }
func (f *fake) Cleanup(do func()) { f.cleanups = append(f.cleanups, do) }
func (f *fake) Errorf(text string, all ...any) {
	f.failures = append(f.failures, fmt.Sprintf(text, all...))
}

func (f *fake) Fatalf(text string, all ...any) {
	f.failures = append(f.failures, "fatal: "+fmt.Sprintf(text, all...))
}

// end is the end of the test.
func (f *fake) end() {
	for len(f.cleanups) > 0 {
		last := f.cleanups[len(f.cleanups)-1]
		f.cleanups = f.cleanups[:len(f.cleanups)-1]
		last()
	}
}

// failed fails the real test unless the fake one has failed once with each of these words in it.
func (f *fake) failed(t *testing.T, words ...string) {
	t.Helper()
	all := strings.Join(f.failures, "\n")
	if len(words) == 0 && len(f.failures) > 0 || len(words) > 0 && len(f.failures) != 1 {
		t.Errorf("%s has the failures %q", f.name, all)
	}
	for _, w := range words {
		if !strings.Contains(all, w) {
			t.Errorf("%s has the failures %q, want %q in it", f.name, all, w)
		}
	}
	f.failures = nil
}
