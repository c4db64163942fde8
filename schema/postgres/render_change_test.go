package postgres_test

import (
	"strings"
	"testing"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/change"
	"github.com/seed-20fe5ead/gradatim/schema/postgres"
)

var id = []string{"id"}

func column(name string, expr ...string) schema.Column {
	c := schema.Column{Name: name, Type: "text"}
	if len(expr) > 0 {
		c.Expr = expr[0]
	}
	return c
}

// What the planner plans can be rendered, step by step; what it leaves to people is refused, and not passed over.
func TestRenderPlanned(t *testing.T) {
	for name, test := range map[string]struct {
		c      change.Change
		o      change.Options
		refuse string
	}{
		"add column":        {c: change.AddColumn{Table: "orders", Column: "b", Type: "text"}},
		"default":           {c: change.AddColumn{Table: "orders", Column: "b", Type: "text", Default: "''", NotNull: true}},
		"volatile default":  {c: change.AddColumn{Table: "orders", Column: "b", Type: "uuid", Default: "gen_random_uuid()", Volatile: true, Key: id}},
		"not null":          {c: change.AddColumn{Table: "orders", Column: "b", Type: "text", NotNull: true, Fill: "'x'", Key: id}},
		"rename column":     {c: change.RenameColumn{Table: "orders", Column: "a", To: "b", Type: "text", NotNull: true, Key: id}},
		"by triggers":       {c: change.RenameColumn{Table: "orders", Column: "a", To: "b", Type: "text", NotNull: true, Key: id}, o: change.Options{Triggers: true}},
		"in place":          {c: change.ChangeType{Table: "orders", Column: "a", OldType: "varchar(9)", Type: "text", InPlace: true, NotNull: true}},
		"type":              {c: change.ChangeType{Table: "orders", Column: "a", To: "b", Type: "bigint", OldType: "integer", NotNull: true, Key: id}},
		"split column":      {c: change.SplitColumn{Table: "orders", Column: "name", Into: []schema.Column{column("first", "split_part(name, ' ', 1)"), column("last", "split_part(name, ' ', 2)")}, Join: "first || ' ' || last", NotNull: true, Key: id}},
		"drop column":       {c: change.DropColumn{Table: "orders", Column: "a", NotNull: true}},
		"rename table":      {c: change.RenameTable{Table: "orders", To: "purchases"}},
		"split table":       {c: change.SplitTable{Table: "orders", Columns: []schema.Column{column("street"), column("city")}, Into: "addresses", NotNull: true, Key: id}},
		"drop table":        {c: change.DropTable{Table: "orders"}},
		"add index":         {c: change.AddIndex{Table: "orders", Columns: []string{"a"}, Name: "orders_a"}},
		"drop index":        {c: change.DropIndex{Table: "orders", Name: "orders_a"}},
		"unique":            {c: change.AddUnique{Table: "orders", Columns: []string{"a"}, Name: "orders_a_key"}},
		"foreign key":       {c: change.AddForeignKey{Table: "orders", Columns: []string{"customer"}, Name: "fk", References: schema.Reference{Table: "customers", Columns: id}}},
		"check":             {c: change.AddCheck{Table: "orders", Columns: []string{"a"}, Name: "orders_a_check", Expr: "a > 0"}},
		"set not null":      {c: change.SetNotNull{Table: "orders", Column: "a", Fill: "'x'", Key: id}},
		"relax":             {c: change.Relax{Table: "orders", Column: "a"}},
		"relax a check":     {c: change.Relax{Table: "orders", Column: "a", Constraint: "orders_a_check"}},
		"enum value":        {c: change.AddEnumValue{Table: "orders", Column: "status", Type: "state", Value: "held"}},
		"rename enum value": {c: change.RenameEnumValue{Table: "orders", Column: "status", Type: "state", Value: "held", To: "on hold", Key: id}},
		"remove enum value": {c: change.RemoveEnumValue{Table: "orders", Column: "status", Type: "state", Value: "held"}},
		"field":             {c: change.AddField{In: change.In{Topic: "placed"}, Field: "note"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := change.Plan(change.Input{Changes: []change.Change{test.c}}, test.o)
			if err != nil {
				t.Fatal(err)
			}
			o := postgres.Options{Version: 15, Replicas: []string{"replica"}}
			var refused strings.Builder
			for _, s := range p.Steps {
				all, err := postgres.Render(p, s.Name, o)
				if err != nil {
					if refused.WriteString(s.Name); s.Name != test.refuse {
						t.Errorf("%s: %v", s.Name, err)
					}
				}
				byHand := s.Backfill != nil && s.Backfill.Define.Kind == schema.DefineOther
				if len(all) == 0 && err == nil && (len(s.Changes) > 0 || s.Backfill != nil && !byHand) && name != "field" {
					t.Errorf("%s: nothing", s.Name)
				}
				if _, err := postgres.Proofs(p, s.Name, o); err != nil && !strings.Contains(err.Error(), "replicas") {
					t.Errorf("%s: %v", s.Name, err)
				}
			}
			if refused.String() != test.refuse {
				t.Errorf("%q is refused, want %q", refused.String(), test.refuse)
			}
		})
	}
}
