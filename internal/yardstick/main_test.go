package main

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// output of a call that works.
func output(t *testing.T, args ...string) string {
	t.Helper()
	var b, problems strings.Builder
	if _, err := run(args, &b, &problems); err != nil {
		t.Fatalf("%v: %v %s", args, err, problems.String())
	}
	return b.String()
}

func TestJSON(t *testing.T) {
	out := output(t, "-json", "-runs", "20", "-scenario", "^(errors-(0.5|1)%|latency-same|stages-3)$")
	seen := map[string]bool{}
	for text := range strings.Lines(out) {
		var object map[string]any
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		want := []string{
			"scenario", "method", "alpha", "check_seconds", "runs", "ended_rate", "mean_minutes", "median_minutes",
			"harmed_users", "bound_minutes", "exact", "ours",
		}
		for _, key := range want {
			if _, ok := object[key]; !ok {
				t.Errorf("%s has no %s", text, key)
			}
		}
		if len(object) != len(want) {
			t.Errorf("%s has %d fields, want %d", text, len(object), len(want))
		}
		if n := object["runs"]; n != 20.0 {
			t.Errorf("%s: %v runs, want 20", text, n)
		}
		seen[object["scenario"].(string)] = true
	}
	if len(seen) != 4 {
		t.Errorf("scenarios %v, want 4", seen)
	}
}

// The same seed gives the same output, on however many processors.
func TestRepeatable(t *testing.T) {
	args := []string{"-runs", "60", "-seed", "5", "-scenario", "^(errors-(0.5|2)%|storms|quiet-5%)$"}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := output(t, args...)
	runtime.GOMAXPROCS(4)
	if four := output(t, args...); one != four {
		t.Error("one processor and four do not give the same output")
	}
	args[3] = "6"
	if other := output(t, args...); one == other {
		t.Error("another seed gives the same output")
	}
}

func TestText(t *testing.T) {
	out := output(t, "-runs", "20", "-scenario", "^(onset-30m|quiet-0.5%)$", "-method", "bare|limit 0")
	for _, want := range []string{
		`(?m)^onset-30m\nThe candidate fails 2 % instead of 0.5 %, after 30 healthy minutes.$`,
		`(?m)^ +60 s +20 +100 % +[0-9.]+ +[0-9.]+ +[0-9.]+ +1.17 +[0-9.]+ +0 % +0 % +bare 0.001$`,
		`(?m)^ +5 s +20 +0 % +20.6 % +0.1 % +[0-9.]+ +0 % +bare 0.001$`,
		`(?m)^Verdict$`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("the output does not match %s:\n%s", want, out)
		}
	}
	if strings.Contains(out, "z-test") {
		t.Error("a method that was not asked for is there")
	}
}

// Under every heading is what belongs there, and the exit code follows from it.
func TestVerdict(t *testing.T) {
	args := []string{"-runs", "40", "-scenario", "^(errors-(0.5|2)%|incident-caused|storms)$", "-method", "ours 0.05|hindsight"}
	out := output(t, args...)
	for heading, want := range map[string]string{
		"false rollbacks are at most alpha where the promise is exact": "errors-0.5%, ours 0.05, every 5 s: ",
		"the mean detection is at most 1.5 times the bound":            "errors-2%, ours 0.05, every 60 s: ",
		"the mean detection is at most 1.5 times that of the best":     "errors-2%, ours 0.05, every 5 s: ",
		"harm in both versions is held":                                "incident-caused, ours 0.05, every 5 s: held after 0.",
		"told, not required":                                           "storms, ours 0.05, every 5 s: ",
	} {
		_, after, found := strings.Cut(out, "\n"+heading)
		section, _, _ := strings.Cut(after, "\n\n")
		if !found || !strings.Contains(section, want) {
			t.Errorf("%q does not say %q:\n%s", heading, want, section)
		}
	}
	if !regexp.MustCompile(`(?m)^ +5 s +40 +100 % .*best fixed threshold in hindsight$`).MatchString(out) {
		t.Error("the best fixed threshold has no row")
	}
}

func TestBadArguments(t *testing.T) {
	for _, args := range [][]string{
		{"-scenario", "("}, {"-method", "("}, {"-scenario", "nothing"}, {"-method", "nothing"}, {"-runs", "-1"}, {"file"}, {"-x"},
	} {
		if _, err := run(args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
	if _, err := run([]string{"-h"}, io.Discard, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-h: %v", err)
	}
}

// Every scenario has a name of its own and can be understood, and is long enough.
func TestScenarios(t *testing.T) {
	var names []string
	for _, s := range scenarios() {
		if slices.Contains(names, s.name) {
			t.Errorf("two scenarios are called %s", s.name)
		}
		names = append(names, s.name)
		if s.about == "" || s.minutes <= s.onset || s.worse != (s.information > 0) || s.must && !s.worse || !s.worse && s.onset > 0 {
			t.Errorf("%+v does not make sense", s)
		}
	}
}

func TestDefaultRuns(t *testing.T) {
	worse, same, storms := find(t, "errors-1%"), find(t, "errors-0.5%"), find(t, "storms")
	ours, attempts := ourMethods(), find(t, "attempts-3")
	bare := bareMethod(0.001)
	for _, c := range []struct {
		m      *method
		s      *scenario
		wanted int
		want   int
	}{
		{&ours[1], same, 0, 20_000},
		{&ours[1], worse, 0, meanRuns},
		{&bare, worse, 0, fewRuns},
		{&ours[1], storms, 0, fewRuns},
		{&ours[1], attempts, 0, 6667},
		{&ours[0], same, 0, fewRuns},
		{&bare, same, 0, fewRuns},
		{&method{}, same, 0, fewRuns},
		{&method{}, same, 7, 7},
		{&bare, same, 7, 7},
	} {
		if got := runsOf(c.m, c.s, c.wanted); got != c.want {
			t.Errorf("%s in %s has %d runs, want %d", c.m.name, c.s.name, got, c.want)
		}
	}
}
