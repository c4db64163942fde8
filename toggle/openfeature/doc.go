// Package openfeature is a provider for the OpenFeature Go SDK: the flags of package toggle
// behind the API that does not name them.
package openfeature

import (
	_ "github.com/open-feature/go-sdk/openfeature"

	_ "github.com/seed-20fe5ead/gradatim/toggle"
)
