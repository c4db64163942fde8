package fleet

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// pool is how many values of a class there are before they come again.
const pool = 2048

// meaning is what an attribute of a record says: the n-th value of a class.
type meaning struct {
	class string
	n     int
}

// What records say that have no value.
var (
	gone    = meaning{class: "no record"}
	nothing = meaning{class: "nothing was written"} // by who does not know the attribute, though it must be set
	null    = meaning{class: schema.Null}
)

// place is where a form is.
type place struct {
	form    string
	store   string
	topic   bool
	table   string
	columns []schema.Column
}

// text is what stands in the columns of a form: nil is null.
type text [][]byte

func (t text) set() bool {
	return slices.ContainsFunc(t, func(b []byte) bool { return b != nil })
}

func (t text) same(o text) bool {
	return slices.EqualFunc(t, o, func(a, b []byte) bool { return (a == nil) == (b == nil) && string(a) == string(b) })
}

func (t text) String() string {
	var parts []string
	for _, b := range t {
		if b == nil {
			parts = append(parts, "null")
		} else {
			parts = append(parts, fmt.Sprintf("%q", b))
		}
	}
	return strings.Join(parts, ", ")
}

// attribute is one with its forms, and every value as it stands in each of them: the server itself converted it, by the
// expressions of the plan.
type attribute struct {
	schema.Attribute
	forms    []*place
	base     *place
	nullable bool
	in       map[string]map[string][]text // by form and class
	// instead are what a step may write in place of a class.
	instead map[string][]text
}

// text is a meaning in a form.
func (a *attribute) text(form string, m meaning) text {
	all := a.in[form][m.class]
	if len(all) == 0 {
		return make(text, len(a.place(form).columns))
	}
	return all[m.n%len(all)]
}

func (a *attribute) place(form string) *place {
	i := slices.IndexFunc(a.forms, func(p *place) bool { return p.form == form })
	if i < 0 {
		return nil
	}
	return a.forms[i]
}

// means says whether what was read in a form says what is meant.
func (a *attribute) means(form string, got text, m meaning) bool {
	if m == nothing {
		return false
	}
	return got.same(a.text(form, m)) || slices.ContainsFunc(a.instead[m.class], got.same)
}

// newAttribute finds the forms of an attribute and makes its values.
func newAttribute(ctx context.Context, conn *pgx.Conn, p *schema.Plan, a schema.Attribute, formats map[string][]string) (*attribute, error) {
	out := &attribute{Attribute: a, in: map[string]map[string][]text{}, instead: map[string][]text{}}
	for _, f := range p.Forms {
		if f.Attribute != a.Name {
			continue
		}
		one := &place{form: f.Name, store: f.Store, table: f.Store, columns: []schema.Column{{Name: f.Name, Type: "text"}}}
		kind := p.Stores[slices.IndexFunc(p.Stores, func(s schema.Store) bool { return s.Name == f.Store })].Kind
		one.topic = kind == schema.Topic
		if kind != schema.Topic && kind != schema.Table {
			return nil, fmt.Errorf("fleet: %s is in a %s", f.Name, kind)
		}
		if d := defined(p, f); d != nil && !one.topic {
			one.table, one.columns = d.Table, slices.Clone(d.Columns)
			for i := range one.columns {
				if one.columns[i].Type == "" {
					one.columns[i].Type = "text"
				}
			}
		}
		out.forms = append(out.forms, one)
		if out.base == nil || !slices.Contains(p.Start.Forms, out.base.form) && slices.Contains(p.Start.Forms, f.Name) {
			out.base = one
		}
	}
	for _, v := range a.Values {
		out.nullable = out.nullable || v.Name == schema.Null
		for _, f := range out.forms {
			if v.Name == schema.Null || fit(p, f.form, v.Name) == schema.Error {
				continue
			}
			if err := out.fill(ctx, conn, p, f, v, formats[a.Name]); err != nil {
				return nil, fmt.Errorf("fleet: %s in %s: %w", v.Name, f.form, err)
			}
		}
	}
	return out, out.replaced(ctx, conn, p)
}

// defined is the definition of a form: its own, or that of a step which says of what columns it is.
func defined(p *schema.Plan, f schema.Form) *schema.Definition {
	if f.Define != nil {
		return f.Define
	}
	for _, s := range p.Steps {
		for _, c := range s.Changes {
			if c.Form == f.Name && c.Define != nil && len(c.Define.Columns) > 0 {
				return c.Define
			}
		}
		if b := s.Backfill; b != nil && b.Form == f.Name && b.Define != nil {
			return b.Define
		}
	}
	return nil
}

func fit(p *schema.Plan, form, value string) schema.Verdict {
	f := p.Forms[slices.IndexFunc(p.Forms, func(f schema.Form) bool { return f.Name == form })]
	for _, one := range f.Fits {
		if one.Value == value {
			return one.Verdict
		}
	}
	return schema.OK
}

// fill makes the values of a class in a form.
func (a *attribute) fill(ctx context.Context, conn *pgx.Conn, p *schema.Plan, to *place, v schema.Value, format []string) error {
	n := pool
	if v.Witness != "" {
		n = 1
	}
	inner, outer := make([]string, len(a.base.columns)), make([]string, len(to.columns))
	args := make([][]byte, len(a.base.columns))
	for i, c := range a.base.columns {
		pattern := "%d"
		if i < len(format) {
			pattern = format[i]
		}
		var list []string
		for k := range n {
			one := v.Witness
			if one == "" {
				one = fmt.Sprintf(pattern, 1000+k)
			}
			list = append(list, `"`+strings.ReplaceAll(one, `"`, `\"`)+`"`)
		}
		args[i] = []byte("{" + strings.Join(list, ",") + "}")
		inner[i] = fmt.Sprintf("($%d::text[])[n]::%s AS %s", i+1, c.Type, quoted(c.Name))
	}
	expressions := a.conversion(p, to)
	if fit(p, a.base.form, v.Name) == schema.Error { // it never was there: the new form has it as it is
		for i := range inner {
			inner[i] = fmt.Sprintf("($%d::text[])[n] AS %s", i+1, quoted(a.base.columns[i].Name))
		}
		for i := range expressions {
			expressions[i] = quoted(a.base.columns[0].Name)
		}
	}
	for i := range to.columns {
		outer[i] = fmt.Sprintf("(%s)::%s::text", expressions[i], to.columns[i].Type)
	}
	sql := fmt.Sprintf("SELECT %s FROM (SELECT n, %s FROM generate_series(1, %d) n) base ORDER BY n", strings.Join(outer, ", "), strings.Join(inner, ", "), n)
	got := conn.PgConn().ExecParams(ctx, sql, args, nil, nil, nil).Read()
	if got.Err != nil {
		return got.Err
	}
	if a.in[to.form] == nil {
		a.in[to.form] = map[string][]text{}
	}
	for _, row := range got.Rows {
		a.in[to.form][v.Name] = append(a.in[to.form][v.Name], row)
	}
	return nil
}

// conversion is how the columns of a form come from those of the first one.
func (a *attribute) conversion(p *schema.Plan, to *place) []string {
	out := make([]string, len(to.columns))
	for i := range out {
		out[i] = quoted(a.base.columns[min(i, len(a.base.columns)-1)].Name)
	}
	use := func(form, from string, d *schema.Definition) {
		if form != to.form || from != a.base.form || d == nil {
			return
		}
		for i, c := range d.Columns {
			if c.Expr == "" {
				c.Expr = d.Expr
			}
			for k := range to.columns {
				if to.columns[k].Name == c.Name && c.Expr != "" {
					out[k] = d.Columns[i].Expr
				}
			}
		}
	}
	for _, s := range p.Steps {
		if b := s.Backfill; b != nil {
			use(b.Form, b.From, b.Define)
		}
		for _, c := range s.Changes {
			if c.Do == schema.Tie {
				use(c.To, c.Form, c.Define)
			}
		}
	}
	return out
}

// replaced collects what steps write where nothing is set, or in place of a class.
func (a *attribute) replaced(ctx context.Context, conn *pgx.Conn, p *schema.Plan) error {
	add := func(class, form string, columns []schema.Column, expr func(schema.Column) string) error {
		if a.place(form) == nil {
			return nil
		}
		list := make([]string, len(columns))
		for i, c := range columns {
			if list[i] = expr(c); list[i] == "" {
				return nil
			}
			list[i] = "(" + list[i] + ")::text"
		}
		got := conn.PgConn().ExecParams(ctx, "SELECT "+strings.Join(list, ", "), nil, nil, nil, nil).Read()
		if got.Err != nil {
			return fmt.Errorf("fleet: what %s gets: %w", form, got.Err)
		}
		a.instead[class] = append(a.instead[class], got.Rows[0])
		return nil
	}
	for _, s := range p.Steps {
		if b := s.Backfill; b != nil && b.From == "" && b.Define != nil {
			class := schema.Null
			if b.Instead != "" {
				class = b.Instead
			}
			expr := func(c schema.Column) string {
				if c.Expr == "" {
					return b.Define.Expr
				}
				return c.Expr
			}
			if err := add(class, b.Form, b.Define.Columns, expr); err != nil {
				return err
			}
		}
	}
	for _, f := range a.forms {
		if err := add(schema.Null, f.form, f.columns, func(c schema.Column) string { return c.Default }); err != nil {
			return err
		}
	}
	return nil
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// run sends one command with its arguments as texts.
func run(ctx context.Context, conn *pgx.Conn, sql string, args ...[]byte) *pgconn.Result {
	return conn.PgConn().ExecParams(ctx, sql, args, nil, nil, nil).Read()
}
