package lint

import (
	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// TestHouse checks this repository.
func TestHouse(t *testing.T) {
	problems, err := Check(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

// clean is a module that keeps every rule, and comes close to breaking some.
var clean = map[string]string{
	"go.mod": `module example.org/m

go 1.26

require (
	golang.org/x/sync v0.22.0
	github.com/other/thing v1.0.0 // indirect
)

require pgregory.net/rapid v1.3.0
`,
	"strategy/strategy.go": `package strategy

import (
	"errors"
	"maps"
	"slices"
	"time"

	"example.org/m/internal/strict"
)

type Clock struct{ now func() time.Time }

func (c Clock) Now() time.Time { return c.now() } // not time.Now

// ErrSize says that a size is wrong.
var ErrSize = errors.New("size")

var _ error = (*err)(nil)

var order = []string{"a", "b"} // never written

// names by kind; never written.
var names = map[string]string{
	"a": "b",
}

type err struct{}

func (*err) Error() string { return order[0] + names["a"] + strict.Text() }

func Sum(m map[string]int) (n int, keys []string) {
	for _, v := range m { // order does not matter: a sum
		n += v
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		keys = append(keys, k)
	}
	for k := range maps.Keys(m) { // order does not matter: a sum
		n += len(k)
	}
	for i := range 3 {
		n += i
	}
	clear(m)
	return n, keys
}
`,
	"strategy/strategy_test.go": `package strategy

import (
	"os"
	"testing"
	"time"

	_ "pgregory.net/rapid"
)

func TestX(t *testing.T) { go time.Sleep(0); os.Exit(0) }
`,
	"health/health.go":                   "package health\n",
	"health/scrape/scrape.go":            "package scrape\n\nimport (\n\t_ \"net/http\"\n\t_ \"example.org/m/health\"\n)\n\nvar C chan int\n",
	"gate/gate.go":                       "package gate\n\nimport _ \"example.org/m/health\"\n",
	"rollout/rollout.go":                 "package rollout\n\nimport (\n\t_ \"example.org/m/gate\"\n\t_ \"example.org/m/health\"\n\t_ \"example.org/m/strategy\"\n)\n",
	"schema/x.go":                        "package schema\n",
	"schema/change/x.go":                 "package change\n",
	"schema/conduct/x.go":                "package conduct\n",
	"schema/postgres/x.go":               "package postgres\n",
	"schema/schematest/x.go":             "package schematest\n",
	"schema/wire/x.go":                   "package wire\n",
	"toggle/x.go":                        "package toggle\n",
	"toggle/bucket/x.go":                 "package bucket\n",
	"toggle/review/x.go":                 "package review\n",
	"internal/strict/strict.go":          "package strict\n\nfunc Text() string { return \"\" }\n",
	"examples/quickstart/main.go":        "package main\n\nimport _ \"example.org/m/examples/quickstart/fleet\"\n\nfunc main() {\n" + strings.Repeat("\n", 68) + "}\n",
	"examples/quickstart/fleet/fleet.go": "package fleet\n\nimport _ \"example.org/m/rollout\"\n",
	"examples/nested/go.mod":             "module example.org/m/examples/nested\n",
	"examples/nested/main.go":            "package main\n\nimport _ \"pgregory.net/rapid\"\n",
	"long/long.go":                       "package long\n" + strings.Repeat("\n", 449),
}

// planted are the files that replace or join those of the clean module, and a part of what must be said of them.
var planted = []struct {
	name  string
	files map[string]string
	want  []string // one for every problem, in order
}{
	{"clean", nil, nil},
	{"clock", pure(`import "time"; func f() time.Time { return time.Now() }`), []string{"strategy/x.go:1:67: time.Now"}},
	{"clock not called", pure(`import "time"; func f() any { return time.Since }`), []string{"time.Since"}},
	{"clock, renamed import", pure(`import t "time"; func f() { t.Sleep(1) }`), []string{"time.Sleep"}},
	{"clock, dot import", pure(`import . "time"; func f() any { return NewTimer(1) }`), []string{"time.NewTimer"}},
	{"clock in a variable", pure(`import "time"; var now = time.Now`), []string{"time.Now"}},
	{"clock in another pure package", one("health/x.go", "package health\nimport \"time\"\nvar f = time.Until\n"), []string{"health/x.go:3:14: time.Until"}},
	{"clock behind an internal package", map[string]string{
		"strategy/x.go":       "package strategy\n\nimport _ \"example.org/m/internal/tick\"\n",
		"internal/tick/go.go": "package tick\n\nimport \"time\"\n\nvar F = time.After\n",
	}, []string{"internal/tick/go.go:5:14: time.After"}},
	{"time zone", pure(`import "time"; func f(t time.Time) any { _ = t.Local(); return time.Local }`), []string{"(time.Time).Local", "time.Local"}},
	{"time zone, embedded", pure(`import "time"; type T struct{ time.Time }; func f(t T) any { return t.Local }`), []string{"(time.Time).Local"}},
	{"time zones of the machine", pure(`import "time"; func f() any { l, _ := time.LoadLocation("x"); return l }`), []string{"time.LoadLocation"}},
	{"time zones, read where they may be", one("gate/zone.go", zones("time.LoadLocation(\"x\") // read once, at Compile")), nil},
	{"time zones, read there without an excuse", one("gate/zone.go", zones("time.LoadLocation(\"x\") // why not")), []string{"gate/zone.go:6:14: time.LoadLocation"}},
	{"time zones, excused on another line", one("gate/zone.go", zones("time.LoadLocation(\"x\")\n\t// read once, at Compile")), []string{"time.LoadLocation"}},
	{"time zones, read in another file", one("gate/x.go", zones("time.LoadLocation(\"x\") // read once, at Compile")), []string{"gate/x.go:6:14: time.LoadLocation"}},
	{"time zones, read in another package", one("rollout/zone.go", strings.Replace(zones("time.LoadLocation(\"x\") // read once, at Compile"), "gate", "rollout", 1)), []string{"rollout/zone.go:6:14: time.LoadLocation"}},
	{"the machine's zone, excused", one("gate/zone.go", zones("time.Local, time.Now() // read once, at Compile")), []string{"time.Local", "time.Now"}},
	{"time zone of an instant", pure(`import "time"; func f() any { _, _ = time.UnixMilli(0), time.UnixMicro; return time.Unix(0, 0).Format("15") }`), []string{"time.UnixMilli", "time.UnixMicro", "time.Unix:"}},
	{"coroutine", pure(`import "iter"; func f(s iter.Seq[int], t iter.Seq2[int, int]) { iter.Pull(s); iter.Pull2(t) }`), []string{"iter.Pull:", "iter.Pull2:"}},
	{"go statement", pure(`func f() { go func() {}() }`), []string{"go statement"}},
	{"channel type", pure(`func f(c chan int) {}`), []string{"channel type"}},
	{"channel operations", pure(`func f(c chan int) { c <- 1; <-c; for range c {}; select {} }`), []string{"channel type", "channel send", "channel receive", "range over a channel", "select"}},
	{"map range", pure(`func f(m map[int]int) { for range m {} }`), []string{"range over a map"}},
	{"map range, named type", pure(`type M map[int]int; func f(m struct{ M }) { for k, v := range m.M { _, _ = k, v } }`), []string{"range over a map"}},
	{"map range, type parameter", pure(`func f[M ~map[K]V, K comparable, V any](m M) { for range m {} }`), []string{"range over a map"}},
	{"map range, excuse without a reason", pure("func f(m map[int]int) {\n for range m { // order does not matter:\n } }"), []string{"range over a map"}},
	{"maps.Keys", pure(`import "maps"; func f(m map[int]int) { for range maps.Keys(m) {} }`), []string{"maps.Keys"}},
	{"maps.All, renamed and instantiated", pure(`import x "maps"; func f(m map[int]int) { g := x.All[map[int]int]; for range g(m) {} }`), []string{"maps.All"}},
	{"maps.Values, collected", pure(`import ("maps"; "slices"); func f(m map[int]int) []int { return slices.Collect(maps.Values(m)) }`), []string{"maps.Values"}},
	{"maps.DeleteFunc, which tells the order", pure(`import "maps"; func f(m map[int]int) (k int) { maps.DeleteFunc(m, func(x, _ int) bool { k = x; return true }); return k }`), []string{"maps.DeleteFunc"}},
	{"maps.EqualFunc, which tells the order", pure(`import "maps"; func f(m map[int]int) (k int) { maps.EqualFunc(m, m, func(x, _ int) bool { k = x; return true }); return k }`), []string{"maps.EqualFunc"}},
	{"maps.DeleteFunc with a reason", pure("import \"maps\"\nfunc f(m map[int]int) {\n\tmaps.DeleteFunc(m, func(k, _ int) bool { return k > 0 }) // order does not matter: each by itself\n}"), nil},
	{"reflected map", pure(`import "reflect"; func f(v reflect.Value) any { return v.MapKeys() }`), []string{"(reflect.Value).MapKeys"}},
	{"printing", pure(`import "fmt"; func f() { fmt.Println(); println("x") }`), []string{"fmt.Println", "println"}},
	{"package variable", pure(`var table = map[int]int{}; var n, e = 1, error(nil)`), []string{"package variable table", "package variable n"}},
	{"memory elsewhere than in the codec", pure(`import "sync"; var m sync.Map`), []string{"imports sync", "package variable m"}},
	{"memory of the codec", one("internal/strict/x.go", "package strict\n\nimport \"sync\"\n\nvar m sync.Map\n"), nil},
	{"other state of the codec", one("internal/strict/x.go", "package strict\n\nimport \"sync\"\n\nvar m sync.Mutex\n"), []string{"package variable m"}},
	{"package variable written", pure("var e error\nvar a [2]int // never written\nfunc f() { e = nil; a[0]++; for a[1] = range 2 {}; copy(a[:], a[1:]) }"), []string{"writes to the package variable e", "variable a", "variable a", "variable a"}},
	{
		"standard library", pure("import \"os\"\nimport \"math/rand/v2\"\nimport \"net/url\"\nimport \"log/slog\"\nimport \"context\"\nimport \"sync/atomic\"\nimport \"testing\"\nvar _, _, _, _, _, _, _ = os.Args, rand.Int, url.Parse, slog.Info, context.TODO, atomic.AddInt32, testing.Short"),
		[]string{"imports os", "imports math/rand/v2", "imports net/url", "imports log/slog", "imports context", "imports sync/atomic", "imports testing"},
	},
	{"file behind a harmless name", pure(`import "archive/zip"; func f() any { return zip.OpenReader }`), []string{"imports archive/zip"}},
	{"standard library that nobody thought of", pure("import _ \"unique\"\nimport _ \"weak\"\nimport _ \"mime\""), []string{"imports unique", "imports weak", "imports mime"}},
	{"third party", pure(`import _ "golang.org/x/sync"`), []string{"imports golang.org/x/sync", "does not type-check"}},
	{"against the arrows", one("gate/x.go", "package gate\n\nimport _ \"example.org/m/strategy\"\n"), []string{"of ours, gate may import only [health internal/]"}},
	{"leaf of an allowed package", one("rollout/x.go", "package rollout\n\nimport _ \"example.org/m/health/scrape\"\n"), []string{"imports example.org/m/health/scrape"}},
	{"example imported", one("health/scrape/x.go", "package scrape\n\nimport _ \"example.org/m/examples/quickstart\"\n"), []string{"does not import its examples"}},
	{"test module in code", one("health/scrape/x.go", "package scrape\n\nimport _ \"github.com/google/go-cmp/cmp\"\n"), []string{"only test files may"}},
	{"direct requirement", one("go.mod", "module example.org/m\n\nrequire (\n\tgithub.com/jackc/pgx/v5 v5.0.0\n)\n"), []string{"go.mod: requires github.com/jackc/pgx/v5"}},
	{"does not type-check", pure(`func f() int { return undefined }`), []string{"does not type-check"}},
	{"package missing", map[string]string{"gate/gate.go": "", "rollout/rollout.go": "package rollout\n"}, []string{"gate: no Go files"}},
	{"long file", one("long/long.go", "package long\n"+strings.Repeat("\n", 450)), []string{"long/long.go: 451 lines"}},
	{"long function", one("examples/quickstart/x.go", "package main\n\nfunc f() {\n"+strings.Repeat("\n", 69)+"}\n"), []string{"x.go:3:1: 71 lines"}},
	{"long test file", one("long/long_test.go", "package long\n"+strings.Repeat("\n", 450)), nil},
}

// pure plants a file in the package strategy.
func pure(code string) map[string]string {
	return one("strategy/x.go", "package strategy; "+code+"\n")
}

// zones is a file of the package gate that uses package time.
func zones(use string) string {
	return "package gate\n\nimport \"time\"\n\nfunc _() {\n\t_, _ = " + use + "\n}\n"
}

func one(name, content string) map[string]string { return map[string]string{name: content} }

// TestPlanted tests the checker: it must see each planted breach, once, and nothing else.
func TestPlanted(t *testing.T) {
	for _, tt := range planted {
		t.Run(tt.name, func(t *testing.T) {
			files := maps.Clone(clean)
			maps.Copy(files, tt.files)
			fsys := fstest.MapFS{}
			for name, content := range files {
				if content != "" {
					fsys[name] = &fstest.MapFile{Data: []byte(content)}
				}
			}
			got, err := Check(fsys)
			if err != nil {
				t.Fatal(err)
			}
			for i, p := range got {
				if i >= len(tt.want) || !strings.Contains(p.String(), tt.want[i]) {
					t.Errorf("problem %d is not expected: %v", i, p)
				}
			}
			if len(got) < len(tt.want) {
				t.Errorf("not reported: %q", tt.want[len(got):])
			}
		})
	}
}

// TestUnreadable tests that a module that cannot be read is an error, not a pass.
func TestUnreadable(t *testing.T) {
	for name, fsys := range map[string]fstest.MapFS{
		"no go.mod":      {},
		"no module line": {"go.mod": {Data: []byte("go 1.26\n")}},
		"syntax error":   {"go.mod": {Data: []byte("module m\n")}, "x.go": {Data: []byte("pack age")}},
	} {
		if _, err := Check(fsys); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
