package strict_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// The types of the tests are a small plan with everything the codec knows in it.

type plan struct {
	Name    string                   `json:"name"`
	Tier    tier                     `json:"tier,omitempty"`
	Dry     bool                     `json:"dry"`
	Count   int                      `json:"count"`
	Tiny    int8                     `json:"tiny"`
	Port    uint16                   `json:"port"`
	Big     uint64                   `json:"big"`
	Ratio   float64                  `json:"ratio"`
	Narrow  float32                  `json:"narrow"`
	Wait    time.Duration            `json:"wait"`
	Start   time.Time                `json:"start"`
	Raw     json.RawMessage          `json:"raw"`
	Maybe   *bool                    `json:"maybe"`
	Nested  *plan                    `json:"nested"`
	Inner   inner                    `json:"inner"`
	Tags    []string                 `json:"tags"`
	Weights weights                  `json:"weights"`
	At      map[string]time.Duration `json:"at"`
	Tables  map[tier]map[string]int  `json:"tables"`
	Levels  map[level]int            `json:"levels"`
	Pair    pair                     `json:"pair"`
	Gate    gate                     `json:"gate"`
	Gates   []gate                   `json:"gates"`
	Named   map[string]gate          `json:"named"`
	Signals []signal                 `json:"signals"`
	Plain   bool                     `json:",omitempty"` // the name in Go
	base
	Base2 `json:",inline"`

	NoTag   int
	Skipped int `json:"-"`
	hidden  int
}

type base struct {
	Owner string `json:"owner"`
	Name  string `json:"name"` // shadowed
}

type Base2 struct {
	Team string `json:"team"`
}

type inner struct {
	List []int          `json:"list"`
	Map  map[string]int `json:"map"`
	Deep struct {
		On bool `json:"on"`
	} `json:"deep"`
}

type tier string

// weight speaks for itself as a text, with the error of a field.
type weight int

type weights []weight

func (w weight) MarshalText() ([]byte, error) {
	if w < 0 || w > 100 {
		return nil, &strict.FieldError{Value: strconv.Itoa(int(w)), Rule: "must be from 0 to 100"}
	}
	return fmt.Appendf(nil, "%d%%", int(w)), nil
}

func (w *weight) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(strings.TrimSuffix(string(text), "%"))
	if err != nil || n < 0 || n > 100 || string(text) != strconv.Itoa(n)+"%" {
		return &strict.FieldError{Value: strconv.Quote(string(text)), Rule: "must be a share from 0% to 100%"}
	}
	*w = weight(n)
	return nil
}

// level is a key that knows upper and lower case as one.
type level string

func (l level) MarshalText() ([]byte, error) {
	if strings.HasPrefix(string(l), "bad") {
		return nil, errors.New("is bad")
	}
	return []byte(strings.ToLower(string(l))), nil
}

func (l *level) UnmarshalText(text []byte) error {
	if string(text) == "none" {
		return errors.New("is no level")
	}
	*l = level(strings.ToLower(string(text)))
	return nil
}

// pair speaks for itself as JSON: {"pair": "1-2"} would be a text, so it is a list of two.
type pair struct{ a, b int }

func (p pair) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "[ %d, %d ]", p.a, p.b), nil }

func (p *pair) UnmarshalJSON(data []byte) error {
	var two []int
	if err := strict.Decode(data, 100, nil, &two); err != nil {
		return fmt.Errorf("pair: %w", err)
	}
	if len(two) != 2 {
		return errors.New("must be two numbers")
	}
	*p = pair{two[0], two[1]}
	return nil
}

type gate interface{ Kind() string }

type bake struct {
	For    time.Duration `json:"for"`
	Factor float64       `json:"factor"`
}

type all []gate

type approval struct {
	Count int `json:"count"`
}

type manual string

func (bake) Kind() string      { return "bake" }
func (all) Kind() string       { return "all" }
func (*approval) Kind() string { return "approval" }
func (manual) Kind() string    { return "manual" }

type signal struct {
	Name string            `json:"name"`
	Test test              `strict:"inline"`
	On   map[string]string `json:"on"`
}

type test interface{ Kind() string }

type threshold struct {
	Max float64 `json:"max"`
}

type compare struct {
	Bad   string `json:"bad"`
	Total string `json:"total"`
}

func (threshold) Kind() string { return "threshold" }
func (compare) Kind() string   { return "compare" }

var kinds = strict.Kinds{
	reflect.TypeFor[gate](): {
		"bake":     func() any { return bake{} },
		"all":      func() any { return all(nil) },
		"approval": func() any { return new(approval) },
		"manual":   func() any { return manual("") },
	},
	reflect.TypeFor[test](): {
		"threshold": func() any { return threshold{} },
		"compare":   func() any { return compare{} },
	},
}
