package lint

import (
	"slices"
	"strings"
)

// ownImports lists the pure packages and, for each, which of ours it may import: a path is that directory exactly, a path
// that ends in a slash is everything below it. A package below internal/ that a pure package imports becomes pure too.
var ownImports = map[string][]string{
	"strategy":          {"internal/"},
	"strategy/route":    {"strategy", "internal/"},
	"health":            {"internal/"},
	"health/kayenta":    {"health", "internal/"},
	"schema":            {"schema/wire", "internal/"},
	"schema/wire":       {"internal/"},
	"schema/change":     {"schema", "schema/wire", "internal/"},
	"schema/conduct":    {"schema", "rollout", "gate", "internal/"},
	"schema/postgres":   {"schema", "schema/wire", "internal/"},
	"schema/schematest": {"schema", "internal/"},
	"toggle":            {"toggle/bucket", "internal/"},
	"toggle/bucket":     {"internal/"},
	"toggle/review":     {"toggle", "toggle/bucket", "internal/"},
	"gate":              {"health", "internal/"},
	"rollout":           {"strategy", "health", "gate", "internal/"},
	"internal/strict":   {"internal/"},
}

// mustExist are the pure packages without which a check would pass only because it looked at nothing.
var mustExist = []string{
	"strategy", "health", "gate", "rollout", "schema", "schema/change", "schema/conduct", "schema/postgres", "schema/schematest", "schema/wire",
	"toggle", "toggle/bucket", "toggle/review",
}

// pureStd are the packages of the standard library that a pure package may import: what is in them depends on its
// arguments alone, save for the names in banned. A package that is needed and as pure is added here. The codec may import
// sync as well: see memoDir.
var pureStd = []string{
	"bytes", "cmp", "container/heap", "container/list", "crypto/sha1", "crypto/sha256", "encoding", "encoding/base64", "encoding/binary",
	"encoding/hex", "encoding/json", "errors", "fmt", "hash/crc32", "hash/fnv", "iter", "maps", "math", "math/big", "math/bits", "net/netip", "path",
	"reflect", "regexp", "regexp/syntax", "slices", "sort", "strconv", "strings", "text/tabwriter", "time", "unicode",
	"unicode/utf16", "unicode/utf8",
}

// allowedModules are the only modules that the root module may require directly.
var allowedModules = []string{
	"github.com/google/go-cmp",
	"github.com/prometheus/client_golang",
	"github.com/prometheus/common",
	"golang.org/x/sync",
	"pgregory.net/rapid",
}

// testModules are those of allowedModules that only test files may import.
var testModules = []string{"github.com/google/go-cmp", "pgregory.net/rapid"}

// within says whether an import path is the given one or below it.
func within(importPath, prefix string) bool {
	return importPath == prefix || strings.HasPrefix(importPath, prefix+"/")
}

// checkGoMod refuses direct requirements other than allowedModules.
func (m *module) checkGoMod() {
	block := ""
	for line := range strings.Lines(m.gomod) {
		text, comment, _ := strings.Cut(line, "//")
		f := strings.Fields(text)
		switch {
		case len(f) == 0:
			continue
		case len(f) == 2 && f[1] == "(":
			block = f[0]
			continue
		case f[0] == ")":
			block = ""
			continue
		case block != "":
			f = append([]string{block}, f...)
		}
		if f[0] != "require" || len(f) < 2 || strings.HasPrefix(strings.TrimSpace(comment), "indirect") {
			continue
		}
		if mod := strings.Trim(f[1], `"`); !slices.Contains(allowedModules, mod) {
			m.reportFile("go.mod", "requires %s: use a nested module for what is not one of %v", mod, allowedModules)
		}
	}
}

// checkImports enforces what any package of the module may import.
func (m *module) checkImports() {
	for dir, files := range m.dirs {
		for _, f := range files {
			for _, spec := range f.ast.Imports {
				imp := importPath(spec)
				if own, ok := m.own(imp); ok && within(own, "examples") && !within(dir, "examples") {
					m.report(spec.Pos(), "imports %s: the library does not import its examples", imp)
				}
				for _, mod := range testModules {
					if within(imp, mod) && !f.test {
						m.report(spec.Pos(), "imports %s: only test files may", imp)
					}
				}
			}
		}
	}
}

// pure returns the directories of the pure packages that exist, with every package below internal/ that they use.
func (m *module) pure() map[string][]string {
	pure := map[string][]string{}
	var add func(dir string, allowed []string)
	add = func(dir string, allowed []string) {
		if _, done := pure[dir]; done || len(m.code(dir)) == 0 {
			return
		}
		pure[dir] = allowed
		for _, f := range m.code(dir) {
			for _, spec := range f.ast.Imports {
				if own, ok := m.own(importPath(spec)); ok && within(own, "internal") {
					add(own, []string{"internal/"})
				}
			}
		}
	}
	for dir, allowed := range ownImports {
		add(dir, allowed)
	}
	return pure
}

// checkPureImports enforces what one pure package may import.
func (m *module) checkPureImports(dir string, allowed []string) {
	for _, f := range m.code(dir) {
		for _, spec := range f.ast.Imports {
			imp := importPath(spec)
			own, isOwn := m.own(imp)
			switch {
			case isOwn && !slices.ContainsFunc(allowed, func(a string) bool {
				return own == a || strings.HasSuffix(a, "/") && strings.HasPrefix(own, a)
			}):
				m.report(spec.Pos(), "imports %s: of ours, %s may import only %v", imp, dir, allowed)
			case !isOwn && strings.Contains(strings.Split(imp, "/")[0], "."):
				m.report(spec.Pos(), "imports %s: a pure package imports the standard library only", imp)
			case !isOwn && !slices.Contains(pureStd, imp) && !(imp == "sync" && dir == memoDir):
				m.report(spec.Pos(), "imports %s: a pure package may not, unless it belongs in pureStd", imp)
			}
		}
	}
}
