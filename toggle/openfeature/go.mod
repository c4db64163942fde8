module github.com/seed-20fe5ead/gradatim/toggle/openfeature

go 1.26.0

require (
	github.com/google/go-cmp v0.7.0
	github.com/open-feature/go-sdk v1.20.0
	github.com/seed-20fe5ead/gradatim v0.0.0
	pgregory.net/rapid v1.3.0
)

require go.uber.org/mock v0.6.0 // indirect

replace github.com/seed-20fe5ead/gradatim => ../..
