package unleash

import (
	"encoding/json"
)

// feature is a feature as the client API has it.
type feature struct {
	Name         string       `json:"name"`
	Description  string       `json:"description"`
	Enabled      bool         `json:"enabled"`
	Strategies   []strategy   `json:"strategies"`
	Variants     []variant    `json:"variants"`
	Dependencies []dependency `json:"dependencies"`

	path string
}

type strategy struct {
	Name        string         `json:"name"`
	Disabled    bool           `json:"disabled"`
	Parameters  map[string]any `json:"parameters"`
	Constraints []constraint   `json:"constraints"`
	Segments    []int          `json:"segments"`
	Variants    []variant      `json:"variants"`
}

type constraint struct {
	ContextName     string   `json:"contextName"`
	Operator        string   `json:"operator"`
	Values          []string `json:"values"`
	Value           string   `json:"value"`
	CaseInsensitive bool     `json:"caseInsensitive"`
	Inverted        bool     `json:"inverted"`
}

type variant struct {
	Name       string     `json:"name"`
	Weight     int64      `json:"weight"`
	Stickiness string     `json:"stickiness"`
	Payload    *payload   `json:"payload"`
	Overrides  []override `json:"overrides"`
}

type payload struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type override struct {
	ContextName string   `json:"contextName"`
	Values      []string `json:"values"`
}

type dependency struct {
	Feature  string   `json:"feature"`
	Enabled  *bool    `json:"enabled"`
	Variants []string `json:"variants"`
}

type segment struct {
	ID          *int         `json:"id"`
	Constraints []constraint `json:"constraints"`
}

// file is the response, with features that are read one by one.
type file struct {
	Features []json.RawMessage `json:"features"`
	Segments []json.RawMessage `json:"segments"`
}

// variants says whether there is a flag for the feature's variants.
func (f *feature) variants() bool {
	for i := range f.Strategies {
		if len(f.Strategies[i].Variants) > 0 {
			return true
		}
	}
	return len(f.Variants) > 0
}
