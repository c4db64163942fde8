package change_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/change"
)

var (
	update = flag.Bool("update", false, "write what is in testdata anew")
	long   = flag.Bool("long", false, "try as many random changes as rapid asks for")
)

// row is one row of the catalogue (schema.md, section 2.2), as an input.
type row struct {
	name    string
	in      change.Input
	options change.Options
}

func col(name string, expr ...string) schema.Column {
	c := schema.Column{Name: name, Type: "text"}
	if len(expr) > 0 {
		c.Expr = expr[0]
	}
	return c
}

func one(c change.Change, services ...change.Service) change.Input {
	return change.Input{Services: services, Changes: []change.Change{c}}
}

var key = []string{"id"}

// rows are all of them, and variants that are done in another way.
func rows() []row {
	topic, request := change.In{Topic: "placed"}, change.In{Request: "POST /orders"}
	response, blob := change.In{Response: "GET /orders"}, change.In{Blob: "carts"}
	strict := []change.Service{{Name: "producer", Writes: []string{"placed"}}, {Name: "consumer", Reads: []string{"placed"}, Strict: []string{"placed"}}}
	return []row{
		{"01 add column, nullable", one(change.AddColumn{Table: "orders", Column: "b", Type: "text"}), change.Options{}},
		{"01s add column, star", one(change.AddColumn{Table: "orders", Column: "b", Type: "text"}, change.Service{
			Name: "app", Writes: []string{"orders"}, Reads: []string{"orders"}, Star: []string{"orders"},
		}), change.Options{}},
		{"02 add column, default", one(change.AddColumn{Table: "orders", Column: "b", Type: "text", Default: "''", NotNull: true}), change.Options{}},
		{"03 add column, volatile default", one(change.AddColumn{Table: "orders", Column: "b", Type: "uuid", Default: "gen_random_uuid()", Volatile: true}), change.Options{}},
		{"04 add column, not null", one(change.AddColumn{Table: "orders", Column: "b", Type: "text", NotNull: true, Fill: "'x'", Key: key}), change.Options{}},
		{"05 rename column", one(change.RenameColumn{Table: "orders", Column: "a", To: "b", Type: "text", NotNull: true, Key: key}), change.Options{}},
		{"05n rename column, nullable", one(change.RenameColumn{Table: "orders", Column: "a", To: "b", Type: "text", Key: key}), change.Options{}},
		{"05t rename column by triggers", one(change.RenameColumn{Table: "orders", Column: "a", To: "b", Type: "text", NotNull: true, Key: key}), change.Options{Triggers: true}},
		{"06 change type in place", one(change.ChangeType{Table: "orders", Column: "a", Type: "text", InPlace: true, NotNull: true}), change.Options{}},
		{"07 change type", one(change.ChangeType{
			Table: "orders", Column: "a", To: "b", Type: "bigint", OldType: "text", NotNull: true, Key: key,
			Values: []change.Value{{Name: "letters", Witness: "12x", New: schema.Error, Mend: "'0'"}},
		}), change.Options{}},
		{"07l change type, lossy", one(change.ChangeType{
			Table: "orders", Column: "a", To: "b", Type: "bigint", OldType: "numeric", NotNull: true, Key: key,
			Values: []change.Value{{Name: "fraction", Witness: "1.5", New: schema.Lossy}},
		}), change.Options{Lossy: true}},
		{"08 split column", one(change.SplitColumn{
			Table: "orders", Column: "name", Into: []schema.Column{col("first", "split_part(name, ' ', 1)"), col("last", "split_part(name, ' ', 2)")},
			Join: "first || ' ' || last", NotNull: true, Key: key,
		}), change.Options{}},
		{"09 merge columns", one(change.MergeColumns{
			Table: "orders", Columns: []schema.Column{col("first", "split_part(name, '/', 1)"), col("last", "split_part(name, '/', 2)")},
			Into: col("name", "first || '/' || last"), NotNull: true, Key: key,
		}), change.Options{}},
		{"09l merge columns, lossy", one(change.MergeColumns{
			Table: "orders", Columns: []schema.Column{col("first"), col("last")},
			Into: col("name", "first || last"), NotNull: true, Key: key,
		}), change.Options{Lossy: true}},
		{"10 drop column", one(change.DropColumn{Table: "orders", Column: "a", NotNull: true}), change.Options{}},
		{"10n drop column, nullable", one(change.DropColumn{Table: "orders", Column: "a"}), change.Options{}},
		{"11 rename table", one(change.RenameTable{Table: "orders", To: "purchases"}), change.Options{}},
		{"12 split table", one(change.SplitTable{Table: "orders", Columns: []schema.Column{col("street"), col("city")}, Into: "addresses", NotNull: true, Key: key}), change.Options{}},
		{"13 drop table", one(change.DropTable{Table: "orders"}), change.Options{}},
		{"14 add index", one(change.AddIndex{Table: "orders", Columns: []string{"a"}, Name: "orders_a"}), change.Options{}},
		{"15 drop index", one(change.DropIndex{Table: "orders", Name: "orders_a"}), change.Options{}},
		{"16 add unique", one(change.AddUnique{Table: "orders", Columns: []string{"a"}, Name: "orders_a_key"}), change.Options{}},
		{"17 add foreign key", one(change.AddForeignKey{
			Table: "orders", Columns: []string{"customer"}, Name: "orders_customer_fkey",
			References: schema.Reference{Table: "customers", Columns: key},
		}), change.Options{}},
		{"18 add check", one(change.AddCheck{Table: "orders", Columns: []string{"a"}, Name: "orders_a_check", Expr: "a > 0"}), change.Options{}},
		{"18n set not null", one(change.SetNotNull{Table: "orders", Column: "a", Fill: "'x'", Key: key}), change.Options{}},
		{"19 relax", one(change.Relax{Table: "orders", Column: "a"}), change.Options{}},
		{"19c relax a check", one(change.Relax{Table: "orders", Column: "a", Constraint: "orders_a_check"}), change.Options{}},
		{"20 add enum value", one(change.AddEnumValue{Table: "orders", Column: "status", Type: "state", Value: "held"}), change.Options{}},
		{"21 rename enum value", one(change.RenameEnumValue{Table: "orders", Column: "status", Type: "state", Value: "held", To: "on hold", Key: key}), change.Options{}},
		{"22 remove enum value", one(change.RemoveEnumValue{Table: "orders", Column: "status", Type: "state", Value: "held"}), change.Options{}},
		{"23 add field", one(change.AddField{In: topic, Field: "note"}), change.Options{}},
		{"23s add field, strict consumers", one(change.AddField{In: topic, Field: "note"}, strict...), change.Options{}},
		{"23b add field to a blob", one(change.AddField{In: blob, Field: "note"}, change.Service{
			Name: "app", Reads: []string{"carts"}, Writes: []string{"carts"}, Whole: []string{"carts"},
		}), change.Options{}},
		{"24 add field, required", one(change.AddField{In: topic, Field: "note", Required: true}), change.Options{}},
		{"24s add field, required, strict", one(change.AddField{In: topic, Field: "note", Required: true}, strict...), change.Options{}},
		{"25 remove field", one(change.RemoveField{In: topic, Field: "note", Required: true}), change.Options{}},
		{"25o remove field, optional", one(change.RemoveField{In: topic, Field: "note"}), change.Options{}},
		{"25s remove field, strict", one(change.RemoveField{In: topic, Field: "note", Required: true}, strict...), change.Options{}},
		{"26 rename field", one(change.ChangeField{In: topic, Field: "sum", To: "total"}), change.Options{}},
		{"26s rename field, strict", one(change.ChangeField{In: topic, Field: "sum", To: "total"}, strict...), change.Options{}},
		{"26r retype field, new reads old", one(change.ChangeField{In: topic, Field: "sum", OldType: "int32", Type: "int64", NewReadsOld: schema.OK}), change.Options{}},
		{"26o retype field, old reads new", one(change.ChangeField{In: topic, Field: "sum", OldType: "int64", Type: "int32", OldReadsNew: schema.OK}), change.Options{}},
		{"26a retype field, any order", one(change.ChangeField{In: topic, Field: "sum", OldType: "string", Type: "bytes", NewReadsOld: schema.OK, OldReadsNew: schema.OK}), change.Options{}},
		{"27 rename topic", one(change.RenameTopic{Topic: "placed", To: "orders"}), change.Options{}},
		{"28 add endpoint", one(change.AddEndpoint{Endpoint: "POST /orders"}), change.Options{}},
		{"28p add parameter", one(change.AddField{In: request, Field: "currency"}), change.Options{}},
		{"28r add parameter, required", one(change.AddField{In: request, Field: "currency", Required: true}), change.Options{}},
		{"29 remove endpoint", one(change.RemoveEndpoint{Endpoint: "POST /orders"}), change.Options{}},
		{"29f remove field of a response", one(change.RemoveField{In: response, Field: "sum", Required: true}), change.Options{}},
		{"29w widen a response", one(change.WidenField{In: response, Field: "status", Value: "held"}), change.Options{}},
		{"29p rename parameter", one(change.ChangeField{In: request, Field: "sum", To: "total"}), change.Options{}},
		{"30 change format", one(change.ChangeFormat{In: topic, From: "json", To: "protobuf"}), change.Options{}},
		{"30c change format of a call", one(change.ChangeFormat{In: request, From: "json", To: "protobuf"}), change.Options{}},
		{"31 change blob", one(change.ChangeFormat{In: blob, From: "v1", To: "v2"}), change.Options{}},
		{"32 widen key", one(change.WidenKey{
			Table: "orders", Column: "id", To: "id8", OldType: "int", Type: "bigint", Key: key,
			References: []change.KeyReference{{Table: "items", Column: "order_id", To: "order_id8"}},
		}), change.Options{}},
	}
}

// golden compares with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", strings.ReplaceAll(name, " ", "_")+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: run with -update if this is right. Got\n%s\nwant\n%s", path, got, want)
	}
}

// TestRows compares every row's plan, with its needs and its horizon, with the one that was looked at.
func TestRows(t *testing.T) {
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			golden(t, "rows/"+strings.ReplaceAll(r.name, ",", ""), text(t, plan(t, r)))
		})
	}
}

// TestRenameHorizon is the table that an interpreter derived for the renamed column (schema.md, section 2.3).
func TestRenameHorizon(t *testing.T) {
	for _, r := range rows() {
		if r.name != "05 rename column" {
			continue
		}
		var got []string
		for _, row := range verify(t, plan(t, r)).Horizon {
			got = append(got, row.After+": "+strings.ReplaceAll(strings.Join(row.MayRun(), ", "), "app@", ""))
		}
		want := []string{
			"start: v1", "add orders.b: v1, v2", "deploy app@v2: v1, v2", "backfill orders.b from orders.a: v1, v2",
			"deploy app@v3: v2, v3", "relax orders.a: v2, v3, v4", "deploy app@v4: v3, v4",
			"refuse null in orders.b: v3, v4", "validate orders.b: v3, v4", "drop orders.a: v4",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		return
	}
	t.Fatal("no such row")
}
