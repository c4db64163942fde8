package change_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/change"
)

// TestJSON: every change is read as it was written.
func TestJSON(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rows() {
		seen[r.in.Changes[0].Kind()] = true
		data, err := r.in.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := change.Decode(data)
		if err != nil {
			t.Fatalf("%s: %v\n%s", r.name, err, data)
		}
		if d := cmp.Diff(r.in, back, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s (-want +got): %s", r.name, d)
		}
	}
	_, err := change.Decode([]byte(`{"changes": [{"no": {}}]}`))
	_, kinds, _ := strings.Cut(err.Error(), "one of ")
	for kind := range strings.SplitSeq(kinds, ", ") {
		if !seen[kind] {
			t.Errorf("no row is a %s", kind)
		}
	}
}

// TestProblems: all that is wrong is said at once, with its path.
func TestProblems(t *testing.T) {
	_, err := change.Decode([]byte(`{
		"services": [{"name": "app", "reads": ["a", "a"]}, {"name": "app"}],
		"changes": [
			{"renameColumn": {"table": "orders", "column": "a", "to": "a"}},
			{"changeType": {"table": "orders", "column": "c", "to": "d", "values": [{"name": "set", "old": "bad"}]}},
			{"addField": {"topic": "t", "blob": "b", "field": ""}}
		]}`))
	want := []string{
		`services[0].reads[1]: "a" must be given only once`,
		`services[1].name: "app" must be given only once`,
		`changes[0].renameColumn.to: "a" must be another name`,
		`changes[1].changeType.values[0].name: "set" is a name that is given already`,
		`changes[1].changeType.values[0].old: "bad" must be ok, lossy or error`,
		`changes[2].addField.topic: or one of blob, request and response must be given, and only one`,
		`changes[2].addField.field: is needed`,
	}
	if err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("got\n%v\nwant\n%s", err, strings.Join(want, "\n"))
	}
}

// TestClash: two changes of one thing are refused, and an index waits for the column that it is of.
func TestClash(t *testing.T) {
	for _, c := range []struct {
		name string
		b    change.Change
		want string
	}{
		{"the same column", change.DropColumn{Table: "orders", Column: "b"}, `changes[1].dropColumn: "orders.b" is changed by changes[0].renameColumn too: make one plan after the other`},
		{"its table", change.DropTable{Table: "orders"}, `changes[1].dropTable: "orders" is changed by changes[0].renameColumn too: make one plan after the other`},
		{"an index of what goes", change.AddIndex{Table: "orders", Columns: []string{"a"}, Name: "i"}, `changes[1].addIndex: "orders.a" is changed by changes[0].renameColumn: make one plan after the other`},
		{"another column", change.DropColumn{Table: "orders", Column: "c"}, ""},
	} {
		in := one(change.RenameColumn{Table: "orders", Column: "a", To: "b"})
		in.Changes = append(in.Changes, c.b)
		_, err := change.Plan(in, change.Options{})
		if got := ""; err != nil {
			got = err.Error()
			if got != c.want {
				t.Errorf("%s: got %s, want %s", c.name, got, c.want)
			}
		} else if c.want != "" {
			t.Errorf("%s: not refused", c.name)
		}
	}
	in := one(change.AddIndex{Table: "orders", Columns: []string{"b"}, Name: "i"})
	in.Changes = append(in.Changes, change.RenameColumn{Table: "orders", Column: "a", To: "b"})
	p, err := change.Plan(in, change.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if last := p.Steps[len(p.Steps)-1].Name; last != "add i" {
		t.Errorf("the index does not wait for its column: %s is last", last)
	}
}

// TestNoSafePlan: what cannot be done without loss says what is lost, and is done if one agrees.
func TestNoSafePlan(t *testing.T) {
	if testing.Short() {
		t.Skip("explores for seconds what the other tests explore too")
	}
	in := one(change.MergeColumns{Table: "orders", Columns: []schema.Column{col("first"), col("last")}, Into: col("name"), NotNull: true})
	_, err := change.Plan(in, change.Options{})
	var bad *change.NoSafePlan
	if !errors.As(err, &bad) {
		t.Fatalf("got %v", err)
	}
	loss := []schema.Loss{{Attribute: "orders.first+last", Value: "ambiguous"}}
	if !slices.Equal(bad.Losses, loss) || bad.Trace.Kind != schema.LosesMeaning || len(bad.Trace.Lines) < 2 {
		t.Errorf("got %+v", bad)
	}
	p, err := change.Plan(in, change.Options{Lossy: true})
	if err != nil || !slices.Equal(p.Accepts, loss) {
		t.Errorf("got %v, %+v", err, p.Accepts)
	}
	in = one(change.ChangeType{Table: "orders", Column: "a", To: "b", Values: []change.Value{{Name: "letters", New: schema.Error}}})
	if _, err = change.Plan(in, change.Options{}); !errors.As(err, &bad) || len(bad.Losses) != 0 {
		t.Errorf("values that nobody mends: got %v", err)
	}
}

// TestJoint: changes of a database and of a topic make one plan with as few deployments as the longest of them has.
func TestJoint(t *testing.T) {
	if testing.Short() {
		t.Skip("explores for seconds what the other tests explore too")
	}
	in := change.Input{
		Services: []change.Service{
			{Name: "shop", Version: "r41", Reads: []string{"orders"}, Writes: []string{"orders", "placed"}},
			{Name: "stock", Reads: []string{"placed"}},
		},
		Changes: []change.Change{
			change.RenameColumn{Table: "orders", Column: "a", To: "b", NotNull: true},
			change.DropColumn{Table: "orders", Column: "c"},
			change.AddColumn{Table: "orders", Column: "d"},
			change.ChangeField{In: change.In{Topic: "placed"}, Field: "sum", To: "total"},
			change.AddIndex{Table: "orders", Columns: []string{"d"}, Name: "orders_d"},
		},
	}
	p, err := change.Plan(in, change.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range p.Steps {
		if s.Deploy != "" {
			got = append(got, s.Deploy)
		}
	}
	if want := []string{"shop@r42", "stock@v2", "shop@r43", "shop@r44"}; !slices.Equal(got, want) && len(got) != len(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	golden(t, "joint", text(t, p))
	again, err := change.Plan(in, change.Options{})
	if err != nil || !cmp.Equal(p, again) {
		t.Error("the same input gives another plan")
	}
}

// BenchmarkPlan makes the plan of five changes: what is asked of a verifier is most of it.
func BenchmarkPlan(b *testing.B) {
	in := change.Input{Changes: []change.Change{
		change.RenameColumn{Table: "orders", Column: "a", To: "b", NotNull: true},
		change.DropColumn{Table: "orders", Column: "c"},
		change.AddColumn{Table: "orders", Column: "d"},
		change.ChangeField{In: change.In{Topic: "placed"}, Field: "sum", To: "total"},
		change.AddIndex{Table: "orders", Columns: []string{"d"}, Name: "orders_d"},
	}}
	for b.Loop() {
		if _, err := change.Plan(in, change.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestStaysApart: what is dropped in the end is no part of what is there then.
func TestStaysApart(t *testing.T) {
	key := []string{"id"}
	a, b, id := schema.Column{Name: "a", Expr: "a"}, schema.Column{Name: "b", Expr: "b"}, schema.Column{Name: "id"}
	err := change.Input{Changes: []change.Change{
		change.SplitColumn{Table: "t", Column: "a", Into: []schema.Column{a, b}, Join: "a || b"},
		change.MergeColumns{Table: "t", Columns: []schema.Column{a, b}, Into: a},
		change.SplitTable{Table: "t", Columns: []schema.Column{a, id}, Into: "u", Key: key, KeyTypes: []string{"uuid", "text"}},
		change.WidenKey{Table: "t", Column: "id", To: "id8", References: []change.KeyReference{
			{Table: "r", Column: "a", To: "b"}, {Table: "r", Column: "a", To: "c"}, {Table: "t", Column: "id", To: "c"},
		}},
	}}.Validate()
	want := []string{
		`changes[0].splitColumn.into[0]: "a" must be another column`,
		`changes[1].mergeColumns.columns[0]: "a" must be another column`,
		`changes[2].splitTable.columns[1]: "id" must be another column`,
		`changes[2].splitTable.keyTypes: 2 must be as many as there are in the key, or none`,
		`changes[3].widenKey.references[1].column: "a" must be given only once`,
		`changes[3].widenKey.references[2].column: "id" must be given only once`,
	}
	if err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("%v", err)
	}
}

// TestSaysWhatItDoes: what would be ignored is refused.
func TestSaysWhatItDoes(t *testing.T) {
	a, b := schema.Column{Name: "a", NotNull: true}, schema.Column{Name: "b"}
	err := change.Input{Changes: []change.Change{
		change.AddColumn{Table: "t", Column: "a", Fill: "0"},
		change.AddColumn{Table: "t", Column: "a", Fill: "0", Default: "1"},
		change.AddColumn{Table: "t", Column: "a", Fill: "0", Default: "1", NotNull: true},
		change.AddColumn{Table: "t", Column: "a", Fill: "0", NotNull: true},
		change.AddColumn{Table: "t", Column: "a", Fill: "0", Default: "random()", Volatile: true},
		change.SplitColumn{Table: "t", Column: "c", Into: []schema.Column{a, b}},
		change.MergeColumns{Table: "t", Columns: []schema.Column{b, {Name: "c"}}, Into: a, Values: []change.Value{{Name: "v", New: schema.Error, Mend: "0"}}},
		change.AddCheck{Table: "t", Columns: []string{"a", "b"}, Name: "c", Mend: "0"},
		change.ChangeType{Table: "t", Column: "a", To: "b", Values: []change.Value{{Name: "v", New: schema.Error, Where: "a > 0"}}},
	}}.Validate()
	var got []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		path, _, _ := strings.Cut(line, ": ")
		got = append(got, path)
	}
	want := []string{
		"changes[0].addColumn.fill", "changes[1].addColumn.fill", "changes[2].addColumn.fill",
		"changes[5].splitColumn.into[0].notNull", "changes[6].mergeColumns.into.notNull",
		"changes[6].mergeColumns.values[0].mend", "changes[7].addCheck.mend", "changes[8].changeType.values[0].where",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d, err)
	}
}
