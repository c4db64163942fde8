// Package lint holds the rules of the house (what may import what, what a pure package may not do, how long things may
// get) and checks them with the standard library alone, so that they hold wherever `go test ./...` runs.
//
// The rules are data: see ownImports, pureStd, banned and allowedModules. Names are resolved by types, never by how they
// are spelled, so a renamed or dot import does not get around a rule. What no rule here can see: a method called through
// an interface or by reflection, and I/O done through an io.Writer that the caller handed in.
package lint

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Bounds on what one reads at a time, for files that are neither tests nor generated.
const (
	maxFileLines = 450
	maxFuncLines = 70
)

// Problem is one breach of one rule.
type Problem struct {
	Pos  token.Position // the file is relative to the module's root
	Text string         // what is wrong and, where it is not plain, what to do
}

func (p Problem) String() string { return p.Pos.String() + ": " + p.Text }

// Check reads the module whose root is fsys and returns every breach of the rules, sorted by place. Directories named
// testdata or vendor, those that start with a dot or an underscore, and nested modules are left out. The error says
// that the module could not be read or parsed; code that does not type-check is a Problem.
func Check(fsys fs.FS) ([]Problem, error) {
	m, err := load(fsys)
	if err != nil {
		return nil, err
	}
	m.checkGoMod()
	m.checkImports()
	m.checkPure()
	m.checkLengths()
	slices.SortFunc(m.problems, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.Pos.Filename, b.Pos.Filename),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(m.problems), nil
}

// module is a parsed module and what was found wrong with it so far.
type module struct {
	path     string // as in the module line of go.mod
	gomod    string
	fset     *token.FileSet
	dirs     map[string][]*file // by directory, slash-separated and relative to the root, which is "."
	problems []Problem
}

// file is one parsed Go file.
type file struct {
	name string
	test bool
	ast  *ast.File
}

func load(fsys fs.FS) (*module, error) {
	gomod, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return nil, fmt.Errorf("lint: %w", err)
	}
	m := &module{gomod: string(gomod), fset: token.NewFileSet(), dirs: map[string][]*file{}}
	for line := range strings.Lines(m.gomod) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == "module" {
			m.path = f[1]
		}
	}
	if m.path == "" {
		return nil, fmt.Errorf("lint: go.mod has no module line")
	}
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && skip(fsys, name):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		return m.parse(fsys, name)
	})
	if err != nil {
		return nil, fmt.Errorf("lint: %w", err)
	}
	return m, nil
}

// skip says whether a directory is no part of the module.
func skip(fsys fs.FS, dir string) bool {
	base := path.Base(dir)
	if base[0] == '.' || base[0] == '_' || base == "testdata" || base == "vendor" {
		return true
	}
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	return err == nil
}

func (m *module) parse(fsys fs.FS, name string) error {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(m.fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	dir := path.Dir(name)
	m.dirs[dir] = append(m.dirs[dir], &file{name: name, test: strings.HasSuffix(name, "_test.go"), ast: f})
	return nil
}

// own returns the directory of an import path of this module.
func (m *module) own(importPath string) (dir string, ok bool) {
	if importPath == m.path {
		return ".", true
	}
	return strings.CutPrefix(importPath, m.path+"/")
}

// code returns the files of a directory that are not tests.
func (m *module) code(dir string) []*file {
	var code []*file
	for _, f := range m.dirs[dir] {
		if !f.test {
			code = append(code, f)
		}
	}
	return code
}

func (m *module) report(pos token.Pos, format string, args ...any) {
	m.problems = append(m.problems, Problem{m.fset.Position(pos), fmt.Sprintf(format, args...)})
}

// reportFile reports what is wrong with a file or directory as a whole.
func (m *module) reportFile(name, format string, args ...any) {
	m.problems = append(m.problems, Problem{token.Position{Filename: name}, fmt.Sprintf(format, args...)})
}

// checkLengths keeps files and functions short enough to be read.
func (m *module) checkLengths() {
	for dir := range m.dirs {
		for _, f := range m.code(dir) {
			if ast.IsGenerated(f.ast) {
				continue
			}
			if n := m.fset.File(f.ast.FileStart).LineCount(); n > maxFileLines {
				m.reportFile(f.name, "%d lines: a file has at most %d", n, maxFileLines)
			}
			ast.Inspect(f.ast, func(n ast.Node) bool {
				switch n.(type) {
				case *ast.FuncDecl, *ast.FuncLit:
					if lines := m.lines(n); lines > maxFuncLines {
						m.report(n.Pos(), "%d lines: a function has at most %d", lines, maxFuncLines)
					}
				}
				return true
			})
		}
	}
}

// lines counts from the word func to the closing brace, both included; a comment above does not count.
func (m *module) lines(n ast.Node) int {
	start := n.Pos()
	if d, ok := n.(*ast.FuncDecl); ok {
		start = d.Type.Func
	}
	return m.fset.Position(n.End()).Line - m.fset.Position(start).Line + 1
}

// importPath returns what an import spec imports.
func importPath(s *ast.ImportSpec) string {
	p, err := strconv.Unquote(s.Path.Value)
	if err != nil {
		return s.Path.Value // the parser refuses it before
	}
	return p
}
