package change

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Change is one entry of the catalogue: what is to be different in the end. Its JSON is an object
// with one key, the kind: {"renameColumn": {"table": "orders", "column": "a", "to": "b"}}. The kinds are those of
// this package; each is documented with how it is done.
type Change interface {
	// Kind is the change's name in JSON.
	Kind() string
	// check adds what is wrong with the change by itself.
	check(p *problems)
	// recipes works the change out for the services that are there.
	recipes(w *world) []*recipe
}

// MaxChanges is how many changes one plan may have, and MaxServices how many services.
const (
	MaxChanges  = 32
	MaxServices = 16
)

// maxInput bounds what is decoded, in bytes.
const maxInput = 1 << 20

var kinds = strict.Kinds{ // never written
	reflect.TypeFor[Change](): {
		"addColumn":       func() any { return AddColumn{} },
		"renameColumn":    func() any { return RenameColumn{} },
		"changeType":      func() any { return ChangeType{} },
		"splitColumn":     func() any { return SplitColumn{} },
		"mergeColumns":    func() any { return MergeColumns{} },
		"dropColumn":      func() any { return DropColumn{} },
		"widenKey":        func() any { return WidenKey{} },
		"renameTable":     func() any { return RenameTable{} },
		"splitTable":      func() any { return SplitTable{} },
		"dropTable":       func() any { return DropTable{} },
		"addIndex":        func() any { return AddIndex{} },
		"dropIndex":       func() any { return DropIndex{} },
		"addUnique":       func() any { return AddUnique{} },
		"addForeignKey":   func() any { return AddForeignKey{} },
		"addCheck":        func() any { return AddCheck{} },
		"setNotNull":      func() any { return SetNotNull{} },
		"relax":           func() any { return Relax{} },
		"addEnumValue":    func() any { return AddEnumValue{} },
		"renameEnumValue": func() any { return RenameEnumValue{} },
		"removeEnumValue": func() any { return RemoveEnumValue{} },
		"addField":        func() any { return AddField{} },
		"removeField":     func() any { return RemoveField{} },
		"changeField":     func() any { return ChangeField{} },
		"widenField":      func() any { return WidenField{} },
		"renameTopic":     func() any { return RenameTopic{} },
		"addEndpoint":     func() any { return AddEndpoint{} },
		"removeEndpoint":  func() any { return RemoveEndpoint{} },
		"changeFormat":    func() any { return ChangeFormat{} },
	},
}

// Input is what a plan is made from, as JSON.
type Input struct {
	// Services are those that touch what is changed, as they are today.
	Services []Service `json:"services,omitempty"`
	Changes  []Change  `json:"changes"`
}

// Decode reads an input of at most 1 MiB. The error joins one [schema.FieldError] for everything that is
// wrong with it.
func Decode(data []byte) (Input, error) {
	var in Input
	if err := strict.Decode(data, maxInput, kinds, &in); err != nil {
		return Input{}, err
	}
	if err := in.Validate(); err != nil {
		return Input{}, err
	}
	return in, nil
}

// Encode writes an input as JSON without space.
func (in Input) Encode() ([]byte, error) { return strict.Encode(in) }

// Validate says everything that is wrong with the input, joined.
func (in Input) Validate() error {
	var p strict.Problems
	if n := len(in.Services); n > MaxServices {
		p.Add("services", n, fmt.Sprintf("are too many: at most %d", MaxServices))
	}
	if n := len(in.Changes); n == 0 || n > MaxChanges {
		p.Add("changes", nil, fmt.Sprintf("must be 1 to %d", MaxChanges))
	}
	checkServices(&p, in.Services)
	for i, c := range in.Changes {
		path := fmt.Sprintf("changes[%d]", i)
		if c == nil {
			p.Add(path, nil, "must not be nil")
			continue
		}
		c.check(&problems{&p, path + "." + c.Kind() + "."})
	}
	return p.Err()
}

// problems adds what is wrong with one change.
type problems struct {
	all  *strict.Problems
	path string
}

// must refuses a field that breaks a rule.
func (p *problems) must(good bool, field string, value any, rule string) {
	if !good {
		p.all.Add(p.path+field, value, rule)
	}
}

// name refuses a name that is empty or too long, or has parts where it must not.
func (p *problems) name(field, value string) {
	p.must(value != "", field, nil, "is needed")
	p.must(len(value) <= 200, field, value, "must have at most 200 bytes")
	p.must(!strings.ContainsAny(value, "\x00\n\r"), field, value, "must be one line")
}

// names refuses a list that has too few names, or one twice.
func (p *problems) names(field string, values []string, least int) {
	p.must(len(values) >= least, field, nil, fmt.Sprintf("must be at least %d", least))
	p.must(len(values) <= 32, field, len(values), "must be at most 32")
	for i, v := range values {
		p.name(fmt.Sprintf("%s[%d]", field, i), v)
		p.must(!slices.Contains(values[:i], v), fmt.Sprintf("%s[%d]", field, i), v, "must be given only once")
	}
}
