package lint

import (
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"strings"
)

// Comments that excuse a line, each with what it claims.
const (
	orderExcuse = "order does not matter:" // a why must follow
	varExcuse   = "never written"
	zoneExcuse  = "read once, at Compile"
)

// zoneFile is the only pure file that may read time zones, where the name in zoneUse is excused: what a zone is cannot be
// computed, and is read before anything is decided.
const (
	zoneFile = "gate/zone.go"
	zoneUse  = "time.LoadLocation"
)

// memoDir is the only pure package with memory: what the codec knows of Go types,
// which depends on nothing else. memoType is the type of that memory.
const (
	memoDir  = "internal/strict"
	memoType = "sync.Map"
)

const useSorted = `use slices.Sorted(maps.Keys(m)), or say "// ` + orderExcuse + ` <why>" on this line`

// banned are the names that pure code may not refer to, called or not.
var banned = map[string]string{
	"time.Now":          "reads the clock",
	"time.Since":        "reads the clock",
	"time.Until":        "reads the clock",
	"time.Sleep":        "waits",
	"time.After":        "starts a timer",
	"time.AfterFunc":    "starts a timer",
	"time.Tick":         "starts a timer",
	"time.NewTimer":     "starts a timer",
	"time.NewTicker":    "starts a timer",
	"time.Local":        "depends on the machine's time zone",
	"(time.Time).Local": "depends on the machine's time zone",
	"time.LoadLocation": "reads the machine's time zones",
	"time.Unix":         "depends on the machine's time zone; add to an instant in UTC",
	"time.UnixMilli":    "depends on the machine's time zone; add to an instant in UTC",
	"time.UnixMicro":    "depends on the machine's time zone; add to an instant in UTC",
	"iter.Pull":         "starts a coroutine",
	"iter.Pull2":        "starts a coroutine",
	"fmt.Print":         "writes to standard output",
	"fmt.Printf":        "writes to standard output",
	"fmt.Println":       "writes to standard output",
	"fmt.Scan":          "reads standard input",
	"fmt.Scanf":         "reads standard input",
	"fmt.Scanln":        "reads standard input",
}

// unordered are the names that give a map's contents, to the caller or to a function, in its own order.
var unordered = map[string]bool{
	"maps.All":                 true,
	"maps.DeleteFunc":          true,
	"maps.EqualFunc":           true,
	"maps.Keys":                true,
	"maps.Values":              true,
	"(reflect.Value).MapKeys":  true,
	"(reflect.Value).MapRange": true,
	"(reflect.Value).Seq":      true,
	"(reflect.Value).Seq2":     true,
}

// checkPure enforces everything that is asked of pure packages only.
func (m *module) checkPure() {
	for _, dir := range mustExist {
		if len(m.code(dir)) == 0 {
			m.reportFile(dir, "no Go files: this package must exist, or nothing is checked")
		}
	}
	l := &loader{m: m, std: importer.Default(), done: map[string]*types.Package{}, info: map[string]*types.Info{}}
	for dir, allowed := range m.pure() {
		m.checkPureImports(dir, allowed)
		l.load(dir)
		for _, f := range m.code(dir) {
			c := &checker{m: m, info: l.info[dir], notes: notes(m.fset, f.ast), sorted: map[*ast.Ident]bool{}}
			c.packageVars(f.ast)
			ast.Inspect(f.ast, c.visit)
		}
	}
}

// loader type-checks packages of the module from their parsed files; the standard library comes from the go command.
type loader struct {
	m    *module
	std  types.Importer
	done map[string]*types.Package
	info map[string]*types.Info
}

// Import implements types.Importer.
func (l *loader) Import(importPath string) (*types.Package, error) {
	if dir, ok := l.m.own(importPath); ok {
		return l.load(dir), nil
	}
	return l.std.Import(importPath)
}

func (l *loader) load(dir string) *types.Package {
	if p, ok := l.done[dir]; ok {
		return p
	}
	p := l.m.path + "/" + dir
	l.done[dir] = types.NewPackage(p, dir) // stands in for itself in an import cycle, which the go command refuses anyway
	info := &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Instances:  map[*ast.Ident]types.Instance{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	var files []*ast.File
	for _, f := range l.m.code(dir) {
		files = append(files, f.ast)
	}
	conf := types.Config{Importer: l, Error: func(err error) {
		if e, ok := err.(types.Error); ok && !e.Soft {
			l.m.report(e.Pos, "does not type-check, so this rule cannot hold: %s", e.Msg)
		}
	}}
	pkg, _ := conf.Check(p, l.m.fset, files, info) // every error went to conf.Error
	l.done[dir], l.info[dir] = pkg, info
	return pkg
}

// checker looks at one file of a pure package.
type checker struct {
	m      *module
	info   *types.Info
	notes  map[int]string      // comments by the line they start on
	sorted map[*ast.Ident]bool // callees whose result goes straight into slices.Sorted
}

func notes(fset *token.FileSet, f *ast.File) map[int]string {
	notes := map[int]string{}
	for _, group := range f.Comments {
		for _, c := range group.List {
			notes[fset.Position(c.Pos()).Line] += c.Text
		}
	}
	return notes
}

// visit is called by ast.Inspect, parents before children.
func (c *checker) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GoStmt:
		c.m.report(n.Pos(), "go statement: pure code starts no goroutine")
	case *ast.ChanType:
		c.m.report(n.Pos(), "channel type: pure code has no channels")
	case *ast.SendStmt:
		c.m.report(n.Arrow, "channel send: pure code has no channels")
	case *ast.SelectStmt:
		c.m.report(n.Pos(), "select: pure code has no channels")
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			c.m.report(n.Pos(), "channel receive: pure code has no channels")
		}
	case *ast.RangeStmt:
		c.ranged(n)
	case *ast.CallExpr:
		c.call(n)
	case *ast.Ident:
		c.use(n)
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			for _, e := range n.Lhs {
				c.written(e)
			}
		}
	case *ast.IncDecStmt:
		c.written(n.X)
	}
	return true
}

func (c *checker) ranged(n *ast.RangeStmt) {
	if n.Tok == token.ASSIGN {
		c.written(n.Key)
		c.written(n.Value)
	}
	switch t := c.info.TypeOf(n.X); {
	case t == nil: // it did not type-check, which is reported
	case mayBe[*types.Chan](t):
		c.m.report(n.Pos(), "range over a channel: pure code has no channels")
	case mayBe[*types.Map](t) && !c.excusedOrder(n.Pos()):
		c.m.report(n.Pos(), "range over a map: its order can leak; %s", useSorted)
	}
}

func (c *checker) excusedOrder(pos token.Pos) bool {
	_, why, ok := strings.Cut(c.notes[c.m.fset.Position(pos).Line], orderExcuse)
	return ok && strings.TrimSpace(why) != ""
}

func (c *checker) call(n *ast.CallExpr) {
	callee := calleeIdent(n.Fun)
	if callee == nil || len(n.Args) == 0 {
		return
	}
	switch name(c.info.Uses[callee]) {
	case "slices.Sorted":
		if arg, ok := ast.Unparen(n.Args[0]).(*ast.CallExpr); ok {
			c.sorted[calleeIdent(arg.Fun)] = true
		}
	case "print", "println":
		if _, ok := c.info.Uses[callee].(*types.Builtin); ok {
			c.m.report(n.Pos(), "%s: writes to standard error", callee.Name)
		}
	case "clear", "copy", "delete":
		if _, ok := c.info.Uses[callee].(*types.Builtin); ok {
			c.written(n.Args[0])
		}
	}
}

func (c *checker) use(id *ast.Ident) {
	n := name(c.info.Uses[id])
	if why, ok := banned[n]; ok && !(n == zoneUse && c.excusedZone(id.Pos())) {
		c.m.report(id.Pos(), "%s: %s, which pure code may not", n, why)
	}
	if unordered[n] && !c.sorted[id] && !c.excusedOrder(id.Pos()) {
		c.m.report(id.Pos(), "%s: a map's order can leak; %s", n, useSorted)
	}
}

func (c *checker) excusedZone(pos token.Pos) bool {
	at := c.m.fset.Position(pos)
	return at.Filename == zoneFile && strings.Contains(c.notes[at.Line], zoneExcuse)
}

// packageVars refuses package-level variables that could change, other than errors and functions.
func (c *checker) packageVars(f *ast.File) {
	for _, decl := range f.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, spec := range gen.Specs {
			spec := spec.(*ast.ValueSpec)
			for _, id := range spec.Names {
				v := c.info.Defs[id]
				if v == nil || id.Name == "_" || harmless(v.Type()) || c.memo(v) || c.excusedVar(id, spec.Doc, gen.Doc) {
					continue
				}
				c.m.report(id.Pos(), "package variable %s: pure code has no state; if it is a constant table, say \"// %s\"", id.Name, varExcuse)
			}
		}
	}
}

// memo reports whether a variable is the one memory that pure code may have.
func (c *checker) memo(v types.Object) bool {
	dir, own := c.m.own(v.Pkg().Path())
	return own && dir == memoDir && types.TypeString(v.Type(), nil) == memoType
}

func harmless(t types.Type) bool {
	_, isFunc := t.Underlying().(*types.Signature)
	return isFunc || types.Identical(t, types.Universe.Lookup("error").Type())
}

func (c *checker) excusedVar(id *ast.Ident, docs ...*ast.CommentGroup) bool {
	excused := strings.Contains(c.notes[c.m.fset.Position(id.Pos()).Line], varExcuse)
	for _, d := range docs {
		excused = excused || strings.Contains(d.Text(), varExcuse)
	}
	return excused
}

// written refuses a write to a package-level variable, or to a part of it.
func (c *checker) written(e ast.Expr) {
	if id := c.root(e); id != nil {
		v, ok := c.info.Uses[id].(*types.Var)
		if ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
			c.m.report(id.Pos(), "writes to the package variable %s", v.Name())
		}
	}
}

// root returns the variable that an assignable expression is a part of.
func (c *checker) root(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.ParenExpr:
		return c.root(e.X)
	case *ast.StarExpr:
		return c.root(e.X)
	case *ast.IndexExpr:
		return c.root(e.X)
	case *ast.SliceExpr:
		return c.root(e.X)
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			if _, ok := c.info.Uses[x].(*types.PkgName); ok {
				return e.Sel
			}
		}
		return c.root(e.X)
	}
	return nil
}

// calleeIdent returns the name that a call goes to, or nil if it goes to the value of an expression.
func calleeIdent(fun ast.Expr) *ast.Ident {
	switch f := ast.Unparen(fun).(type) {
	case *ast.Ident:
		return f
	case *ast.SelectorExpr:
		return f.Sel
	case *ast.IndexExpr:
		return calleeIdent(f.X)
	case *ast.IndexListExpr:
		return calleeIdent(f.X)
	}
	return nil
}

// name spells an object in full: "time.Now", "(time.Time).Local", "print". It is empty for what is neither at package
// level, nor a method, nor built in.
func name(o types.Object) string {
	switch o := o.(type) {
	case *types.Func:
		return o.Origin().FullName()
	case *types.Builtin:
		return o.Name()
	case *types.Var:
		if o.Pkg() != nil && o.Parent() == o.Pkg().Scope() {
			return o.Pkg().Path() + "." + o.Name()
		}
	}
	return ""
}

// mayBe says whether a type is a T underneath or, if it is a type parameter, whether its constraint admits one.
func mayBe[T types.Type](t types.Type) bool {
	switch u := t.Underlying().(type) {
	case T:
		return true
	case *types.Interface:
		for e := range u.EmbeddedTypes() {
			if mayBe[T](e) {
				return true
			}
		}
	case *types.Union:
		for term := range u.Terms() {
			if mayBe[T](term.Type()) {
				return true
			}
		}
	}
	return false
}
