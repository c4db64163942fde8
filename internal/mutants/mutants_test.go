package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tiny is a module with one test that looks at one of two functions.
var tiny = map[string]string{
	"go.mod": "module example.org/tiny\n\ngo 1.26\n",
	"pkg/add.go": `package pkg

func add(a, b int) int { return a + b }

func twice(a int) int {
	if a == 0 {
		return 0
	}
	return 2 * a
}
`,
	"pkg/add_test.go": `package pkg

import "testing"

func TestAdd(t *testing.T) {
	t.Run("small", func(t *testing.T) {
		if got := add(2, 3); got != 5 {
			t.Errorf("got %d", got)
		}
	})
}

func TestLast(t *testing.T) { t.Log(twice(1)) }
`,
}

const killedMutant = `
-- minus --
file: pkg/add.go
-a + b
+a - b
`

const survivingMutant = `
-- thrice --
file: pkg/add.go
-	return 2 * a
+	return 3 * a
`

const brokenMutant = `
-- a string --
file: pkg/add.go
-a + b
+"a + b"
`

const equivalentMutant = `
-- no shortcut --
file: pkg/add.go
equivalent: twice 0 is 0
-	if a == 0 {
-		return 0
-	}
`

// chdir makes the module and a list in it, and goes to a directory of the module.
func chdir(t *testing.T, lists string) (file string) {
	t.Helper()
	root := t.TempDir()
	for name, text := range tiny {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file = filepath.Join(root, "mutants.txt")
	if err := os.WriteFile(file, []byte(lists), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Join(root, "pkg"))
	t.Setenv("GOWORK", "off")
	return file
}

var seconds = regexp.MustCompile(`\(\d+\.\d s\)`)

func TestRun(t *testing.T) {
	const header = "packages: ./...\nflags: -short\n"
	for _, c := range []struct {
		name  string
		list  string
		flags []string
		good  bool
		want  string
	}{
		{"killed", header + killedMutant, nil, true, "minus: killed by TestAdd/small (s)\n1 of 1 mutants killed\n"},
		{"equivalent", header + killedMutant + equivalentMutant, []string{"-j", "1"}, true, "minus: killed by TestAdd/small (s)\nno shortcut: equivalent (s)\n1 of 1 mutants killed, 1 equivalents\n"},
		{"survived", header + survivingMutant + killedMutant, nil, false, "thrice: SURVIVED (s)\nminus: killed by TestAdd/small (s)\n1 of 2 mutants killed, 1 survived\n"},
		{"by its name", header + survivingMutant + killedMutant, []string{"-run", "^min"}, true, "minus: killed by TestAdd/small (s)\n1 of 1 mutants killed\n"},
		{"not equivalent", header + strings.Replace(killedMutant, "\n-a", "\nequivalent: they say\n-a", 1), nil, false, "minus: NOT EQUIVALENT, killed by TestAdd/small (s)\n\t=== RUN   TestAdd/small\n\t    add_test.go:8: got -1\n\t--- FAIL: TestAdd/small (s)\n0 of 0 mutants killed, 1 said to be equivalent were killed\n"},
		{"a panic", header + strings.Replace(survivingMutant, "3 * a", "1 / (a - 1)", 1), nil, true, "thrice: killed by TestLast (s)\n1 of 1 mutants killed\n"},
		{"a loop", header + "timeout: 1s" + strings.Replace(survivingMutant, "return 3 * a", "for {\n+	}", 1), nil, true, "thrice: killed by the timeout (s)\n1 of 1 mutants killed\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := chdir(t, c.list)
			var out bytes.Buffer
			good, err := run(t.Context(), append(c.flags, file), &out)
			text := seconds.ReplaceAllString(out.String(), "(s)")
			text = regexp.MustCompile(`\(\d+\.\d\ds\)`).ReplaceAllString(text, "(s)")
			if err != nil || good != c.good || text != c.want {
				t.Errorf("good %t, err %v\n%s\nwant\n%s", good, err, text, c.want)
			}
			for name, text := range tiny {
				if now, err := os.ReadFile(filepath.Join("..", name)); err != nil || string(now) != text {
					t.Errorf("%s was changed: %v\n%s", name, err, now)
				}
			}
		})
	}
}

func TestRunBroken(t *testing.T) {
	file := chdir(t, "packages: ./pkg"+brokenMutant+killedMutant)
	var out bytes.Buffer
	good, err := run(t.Context(), []string{file}, &out)
	for _, want := range []string{"a string: does not compile (", `cannot use "a + b"`, "1 of 1 mutants killed, 1 do not compile\n"} {
		if err != nil || good || !strings.Contains(out.String(), want) {
			t.Errorf("good %t, err %v\n%s\nwant %s", good, err, &out, want)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	const header = "packages: ./pkg\n"
	for _, c := range []struct {
		list  string
		flags []string
		want  []string
	}{
		{header + strings.Replace(killedMutant, "-a + b", "-b - a", 1), nil, []string{"line 3: minus: what is to be taken out is found 0 times in pkg/add.go, not once"}},
		{header + strings.Replace(killedMutant, "-a + b", "-func", 1), nil, []string{"line 3: minus: what is to be taken out is found 2 times in pkg/add.go, not once"}},
		{header + strings.Replace(killedMutant, "add.go", "sub.go", 1), nil, []string{"line 3: minus: open ", "sub.go"}},
		{"packages: ./nowhere" + killedMutant, nil, []string{"the tests fail without a mutant", "nowhere"}},
		{header + "flags: -run=None -short=maybe" + killedMutant, nil, []string{"the tests fail without a mutant"}},
		{header + killedMutant, []string{"-run", "plus"}, []string{`no mutant matches -run "plus"`}},
		{header + killedMutant, []string{"-run", "("}, []string{"-run: "}},
		{header + killedMutant, []string{"-j", "0"}, []string{"-j must be at least 1"}},
		{header, nil, []string{"there are no mutants"}},
	} {
		file := chdir(t, c.list)
		var out bytes.Buffer
		_, err := run(t.Context(), append(c.flags, file), &out)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s\ngot  %v\nwant %s", c.list, err, want)
			}
		}
	}
	if _, err := run(t.Context(), nil, nil); err == nil {
		t.Error("no list is good")
	}
}

func TestParse(t *testing.T) {
	l, err := parse("# a comment\npackages: ./a ./b/...\r\nflags: -short -x=1\n" + killedMutant + survivingMutant)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(l.packages, " ") != "./a ./b/..." || strings.Join(l.flags, " ") != "-short -x=1" || l.timeout != defaultTimeout || len(l.mutants) != 2 {
		t.Errorf("%+v", l)
	}
	if m := l.mutants[1]; m != (mutant{name: "thrice", line: 10, file: "pkg/add.go", old: "\treturn 2 * a", new: "\treturn 3 * a"}) {
		t.Errorf("%+v", m)
	}
	for _, c := range []struct{ text, want string }{
		{"", "no packages are given\nthere are no mutants"},
		{"-a", "line 1: a change before the first mutant"},
		{"short: yes", `line 1: the header has packages, flags and timeout, not "short"`},
		{"timeout: soon", `line 1: the timeout must be a duration such as 30s, not "soon"`},
		{"timeout: -1s", `line 1: the timeout must be a duration such as 30s, not "-1s"`},
		{"hello", `line 1: "hello" is neither a change nor "key: value"`},
		{"-- x --\nflags: -v", `line 2: a mutant has file and equivalent, not "flags"`},
		{"-- x --\n-a\n+b\n-c", "line 4: a line to take out after one to put in: a mutant is one change"},
		{"-- x --\n-a\n+b", "line 1: x: no file is given"},
		{"-- x --\nfile: ../y.go\n-a\n+b", "line 1: x: ../y.go is not below the root of the module"},
		{"-- x --\nfile: y.go\n+b", "line 1: x: nothing is taken out"},
		{"-- x --\nfile: y.go\n-a\n+a", "line 1: x: nothing changes"},
		{"-- x --\nfile: y.go\n-a\n-- x --\nfile: y.go\n-b", "line 4: line 1 has a mutant of this name"},
	} {
		if _, err := parse(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %s", c.text, err, c.want)
		}
	}
}

// TestLists: every list of the module can be planted, so that none becomes stale
// when the code it is about changes. Whether the mutants are killed is for a run.
func TestLists(t *testing.T) {
	root := filepath.Join("..", "..")
	found := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Base(path) != "mutants.txt" || filepath.Base(filepath.Dir(path)) != "testdata" {
			return err
		}
		found++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		l, err := parse(string(text))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		if _, err := (&runner{root: root, list: l}).sources(); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		return nil
	})
	if err != nil || found == 0 {
		t.Errorf("%d lists, %v", found, err)
	}
}
