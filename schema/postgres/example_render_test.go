package postgres_test

import (
	"fmt"

	"github.com/seed-20fe5ead/gradatim/schema"
	"github.com/seed-20fe5ead/gradatim/schema/postgres"
)

func ExampleRender() {
	plan := schema.Plan{
		Forms: []schema.Form{{Name: "status", Define: &schema.Definition{
			Kind: schema.DefineColumns, Table: "orders", Columns: []schema.Column{{Name: "status", Type: "text"}},
		}}},
		Steps: []schema.Step{
			{Name: "add", Changes: []schema.Change{{Do: schema.Add, Form: "status"}}},
			{Name: "require", Changes: []schema.Change{{Do: schema.Refuse, Form: "status", Value: schema.Null}}},
		},
	}
	for _, step := range plan.Steps {
		statements, err := postgres.Render(plan, step.Name, postgres.Options{Version: 15})
		if err != nil {
			fmt.Println(err)
		}
		for _, s := range statements {
			fmt.Println(step.Name, s.Retry, s.LockTimeout, s.StatementTimeout)
			for _, sql := range s.SQL {
				fmt.Println("  " + sql)
			}
		}
	}
	// Output:
	// add atomic 2s 30s
	//   ALTER TABLE "orders" ADD COLUMN "status" text
	// require atomic 2s 30s
	//   ALTER TABLE "orders" ADD CONSTRAINT "orders_status_b404253682" CHECK ("status" IS NOT NULL) NOT VALID
	// require atomic 2s 6h0m0s
	//   ALTER TABLE "orders" VALIDATE CONSTRAINT "orders_status_b404253682"
	// require atomic 2s 30s
	//   ALTER TABLE "orders" ALTER COLUMN "status" SET NOT NULL
	//   ALTER TABLE "orders" DROP CONSTRAINT "orders_status_b404253682"
}
