package postgres_test

import (
	"fmt"
	"time"

	"github.com/seed-20fe5ead/gradatim/schema/postgres"
)

func ExampleLint() {
	server := postgres.Server{Version: 15, TimeZone: "UTC", LockTimeout: time.Second}
	r := postgres.Lint("ALTER TABLE orders ADD FOREIGN KEY (customer) REFERENCES customers (id)", server, postgres.Catalog{})
	fmt.Println(r.Classes, r.Basis, r.Locks)
	for _, f := range r.Findings {
		fmt.Println(f.Severity, f.Rule+":", f.Why)
		fmt.Println("  instead:", f.Instead)
	}
	// Output:
	// [add foreign key] measured [{orders ShareRowExclusive} {customers ShareRowExclusive}]
	// error not-valid: all rows are checked while writers wait
	//   instead: add it NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own
}

func ExampleLintAll() {
	script, err := postgres.Split(`
		SET lock_timeout = '500ms';
		ALTER TABLE orders ADD CONSTRAINT paid CHECK (paid IS NOT NULL) NOT VALID;
		ALTER TABLE orders VALIDATE CONSTRAINT paid;
		ALTER TABLE orders ALTER COLUMN paid SET NOT NULL; -- proven by the check
		CREATE INDEX ON orders (paid);`)
	if err != nil {
		fmt.Println(err)
	}
	for _, r := range postgres.LintAll(script, postgres.Server{Version: 15}, postgres.Catalog{}) {
		fmt.Println(r.Classes, r.Findings)
	}
	// Output:
	// [session] []
	// [add check not valid] []
	// [validate check] []
	// [set not null, proven by a check] []
	// [create index] [{concurrently error writers wait until it is done add CONCURRENTLY, outside of a transaction}]
}

func ExampleConvert() {
	server := postgres.Server{Version: 15, TimeZone: "UTC"}
	for _, to := range []string{"bigint", "text", "smallint", "box"} {
		fmt.Println(postgres.Convert("int", to, server))
	}
	fmt.Println(postgres.Convert("varchar(10)", "varchar(20)", server))
	fmt.Println(postgres.Convert("numeric(10,2)", "numeric(10,1)", server))
	// Output:
	// integer to bigint: rewrite; values ok, back error (2147483648)
	// integer to text: rewrite; values ok, back error (x)
	// integer to smallint: rewrite; values error (32768), back ok
	// integer to box: unknown
	// character varying(10) to character varying(20): free; values ok, back error (xxxxxxxxxxx)
	// numeric(10,2) to numeric(10,1): rewrite; values lossy (0.25), back error (100000000)
}

func ExampleClasses() {
	for _, c := range postgres.Classes() {
		if c.Name == "set not null, proven by a check" {
			fmt.Println(c.Since, c.Until, c.Table, "scan:", c.Scan, "measured on", c.Measured)
		}
	}
	// Output:
	// 11 11 AccessExclusive scan: true measured on []
	// 12 17 AccessExclusive scan: false measured on [15]
}
