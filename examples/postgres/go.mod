module github.com/seed-20fe5ead/gradatim/examples/postgres

go 1.26.0

require (
	github.com/jackc/pgx/v5 v5.12.0
	github.com/seed-20fe5ead/gradatim v0.0.0
	github.com/seed-20fe5ead/gradatim/schema/postgres/live v0.0.0-00010101000000-000000000000
)

require (
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	golang.org/x/text v0.41.0 // indirect
)

replace (
	github.com/seed-20fe5ead/gradatim => ../..
	github.com/seed-20fe5ead/gradatim/schema/postgres/live => ../../schema/postgres/live
)
