package toggle_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

var updateSchema = flag.Bool("update-schema", false, "write flags.schema.json as the types of the package have it") // never written

// object is a part of a JSON Schema.
type object = map[string]any

func list(all ...any) []any { return all }

// schemaOf makes the JSON Schema (2020-12) of flag files from the types that they are read
// into, with what their comments say, and with what must be given where reading alone would
// let it pass. What depends on other parts of a file is for Validate.
type schemaOf struct {
	defs object
	docs map[string]string // of "Type" and "Type.Field"
}

// required are the rules of a type that are not those of one field.
var required = map[reflect.Type]object{
	reflect.TypeFor[toggle.Flag](): {"required": list("kind", "owner"), "allOf": list(
		object{
			"if":   object{"properties": object{"kind": object{"enum": list("release", "experiment")}}},
			"then": object{"required": list("expires")},
		},
		object{
			"if":   object{"required": list("variants"), "properties": object{"variants": object{"minProperties": 1}}},
			"then": object{"required": list("default")},
		},
	)},
	reflect.TypeFor[toggle.Prerequisite](): {"required": list("flag", "variants")},
	reflect.TypeFor[toggle.Rule]():         {"oneOf": list(object{"required": list("serve")}, object{"required": list("rollout")})},
	reflect.TypeFor[toggle.Rollout]():      {"oneOf": list(object{"required": list("serve")}, object{"required": list("split")})},
	reflect.TypeFor[toggle.Part]():         {"required": list("variant")},
	reflect.TypeFor[toggle.Slots]():        {"required": list("variant", "to")},
	reflect.TypeFor[toggle.Change](): {
		"required": list("at"), "anyOf": list(object{"required": list("enabled")}, object{"required": list("exposure")}),
	},
	reflect.TypeFor[toggle.Condition](): {"oneOf": forms()},
} // never written

// forms are what a condition may be.
func forms() []any {
	all := list(object{"maxProperties": 0})
	for _, one := range []string{"all", "any", "not", "unless", "segment"} {
		all = append(all, object{"required": list(one), "maxProperties": 1})
	}
	for _, test := range []string{"equals", "in", "matches", "version", "cidr", "is", "present", "null"} {
		all = append(all, object{"required": list("attribute", test), "maxProperties": 2})
	}
	for _, test := range []string{"prefix", "suffix", "contains"} {
		all = append(all, object{"required": list("attribute", test), "propertyNames": object{"enum": list("attribute", test, "ignoreCase")}})
	}
	return append(all, object{
		"required": list("attribute"), "propertyNames": object{"enum": list("attribute", "above", "atLeast", "below", "atMost", "numeric")},
		"anyOf": list(
			object{"required": list("above")}, object{"required": list("atLeast")}, object{"required": list("below")}, object{"required": list("atMost")},
		),
		"not": object{"anyOf": list(object{"required": list("above", "atLeast")}, object{"required": list("below", "atMost")})},
	}, object{"required": list("attribute"), "minProperties": 2, "propertyNames": object{"enum": list("attribute", "from", "until")}})
}

// filled are the fields that may not be empty where they are written.
var filled = []string{
	"Condition.segment", "Condition.attribute", "Condition.matches", "Condition.version", "Condition.all", "Condition.any", "Condition.in",
	"Condition.prefix", "Condition.suffix", "Condition.contains", "Condition.cidr", "Prerequisite.flag", "Prerequisite.variants", "Rollout.split",
	"Rollout.serve", "Rule.serve", "Part.variant", "Slots.variant", "Flag.owner", "Flag.default",
} // never written

// simple are the types that are not what they are made of.
var simple = map[reflect.Type]object{
	reflect.TypeFor[time.Time]():    {"type": "string", "format": "date-time"},
	reflect.TypeFor[bucket.Share](): {"type": "string", "pattern": `^(100(\.0{1,4})?|[1-9]?[0-9](\.[0-9]{1,4})?)%$`},
	reflect.TypeFor[toggle.Value](): {"type": list("boolean", "string", "number", "object", "array")},
	reflect.TypeFor[toggle.Kind]():  {"enum": list("release", "experiment", "ops", "permission")},
	reflect.TypeFor[toggle.Stale](): {"enum": list("off", "")},
	reflect.TypeFor[int64]():        {"type": "integer", "minimum": 0, "maximum": 1<<31 - 1},
	reflect.TypeFor[uint32]():       {"type": "integer", "minimum": 0, "maximum": int(bucket.Everybody)},
	reflect.TypeFor[uint64]():       {"type": "integer", "minimum": 0},
	reflect.TypeFor[float64]():      {"type": "number"},
	reflect.TypeFor[bool]():         {"type": "boolean"},
} // never written

func (s *schemaOf) of(t reflect.Type) object {
	if o, ok := simple[t]; ok {
		return clone(o)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.String:
		if t == reflect.TypeFor[bucket.Algorithm]() {
			all := list("")
			for _, a := range bucket.Algorithms() {
				all = append(all, string(a))
			}
			return object{"enum": all}
		}
		return object{"type": "string"}
	case reflect.Slice:
		return object{"type": "array", "items": s.of(t.Elem()), "maxItems": 10_000}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(t.Elem()), "propertyNames": object{"minLength": 1}}
	}
	if _, ok := s.defs[t.Name()]; !ok {
		s.defs[t.Name()] = nil // it may be in itself
		o := object{"type": "object", "additionalProperties": false, "properties": s.fields(t)}
		if doc := s.docs[t.Name()]; doc != "" {
			o["description"] = doc
		}
		// order does not matter: they are keys of another map
		maps.Copy(o, required[t])
		s.defs[t.Name()] = o
	}
	return object{"$ref": "#/$defs/" + t.Name()}
}

func clone(o object) object {
	out := object{}
	// order does not matter: it is a map, too
	maps.Copy(out, o)
	return out
}

func (s *schemaOf) fields(t reflect.Type) object {
	all := object{}
	for f := range t.Fields() {
		if f.Anonymous {
			// order does not matter: it is a map, too
			maps.Copy(all, s.fields(f.Type))
			continue
		}
		key := f.Tag.Get("json")
		o := s.of(f.Type)
		place := t.Name() + "." + key
		switch {
		case slices.Contains(filled, place) && o["type"] == "array":
			o["minItems"] = 1
			if items := o["items"].(object); items["type"] == "string" {
				items["minLength"] = 1
			}
		case slices.Contains(filled, place):
			o["minLength"] = 1
		}
		if place == "Condition.is" {
			o = object{"enum": list("boolean", "string", "number", "JSON", "instant", "list")}
		} else if place == "Condition.equals" {
			o["type"] = list("boolean", "string", "number")
		} else if place == "Condition.in" {
			o["items"] = object{"type": list("boolean", "string", "number")}
		}
		if doc := s.docs[t.Name()+"."+f.Name]; doc != "" {
			o["description"] = doc
		}
		all[key] = o
	}
	return all
}

// comments are those of the types and fields of a file.
func comments(t *testing.T, files ...string) map[string]string {
	docs := map[string]string{}
	text := func(groups ...*ast.CommentGroup) string {
		for _, g := range groups {
			if g != nil {
				return strings.Join(strings.Fields(g.Text()), " ")
			}
		}
		return ""
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			d, ok := n.(*ast.GenDecl)
			if !ok || len(d.Specs) != 1 {
				return true
			}
			spec, ok := d.Specs[0].(*ast.TypeSpec)
			if !ok {
				return true
			}
			docs[spec.Name.Name] = text(d.Doc)
			if of, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range of.Fields.List {
					for _, id := range f.Names {
						docs[spec.Name.Name+"."+id.Name] = text(f.Doc, f.Comment)
					}
				}
			}
			return true
		})
	}
	return docs
}

func schema(t *testing.T) []byte {
	s := &schemaOf{defs: object{}, docs: comments(t, "set.go", "condition.go")}
	s.of(reflect.TypeFor[toggle.Set]())
	o := clone(s.defs["Set"].(object))
	delete(s.defs, "Set")
	o["$schema"], o["$defs"], o["title"] = "https://json-schema.org/draft/2020-12/schema", s.defs, "Gradatim flags"
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// flags.schema.json is what the types say. Write it again with -update-schema.
func TestSchemaIsThatOfTheTypes(t *testing.T) {
	want := schema(t)
	if *updateSchema {
		if err := os.WriteFile("flags.schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("flags.schema.json")
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("flags.schema.json is not what the types say: run go test ./toggle -run Schema -update-schema (%v)", err)
	}
}

// What is valid satisfies the schema.
func TestSchemaOfValidSets(t *testing.T) {
	v := newValidator(t, schema(t))
	check := func(data []byte) string { return v.check(data) }
	rapid.Check(t, func(t *rapid.T) {
		data, err := randomSet(t).MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if wrong := check(data); wrong != "" {
			t.Fatalf("%s\n%s", wrong, data)
		}
	})
	golden, err := os.ReadFile("testdata/golden/v1.flags.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{checkout, string(golden), `{}`, `{"flags": {"a": {` + about + `, "variants": {}}}}`} {
		if wrong := check([]byte(data)); wrong != "" {
			t.Errorf("%s\n%s", wrong, data)
		}
	}
}

// What is invalid by itself does not, and Load refuses all of it, too.
func TestSchemaOfInvalidSets(t *testing.T) {
	v := newValidator(t, schema(t))
	flags := func(s string) string { return `{"flags": {"a": {` + s + `}}}` }
	when := func(s string) string { return flags(about + `, "rules": [{"serve": "on", "when": ` + s + `}]`) }
	for _, data := range []string{
		`[]`, `{"flag": {}}`, `{"flags": []}`, `{"flags": {"": {` + about + `}}}`,
		flags(``), flags(`"kind": "ops"`), flags(`"kind": "ops", "owner": ""`), flags(`"owner": "a", "kind": "Ops"`),
		flags(`"owner": "a", "kind": "release"`),
		flags(about + `, "colour": 1`), flags(about + `, "variants": {"a": 1}`), flags(about + `, "stale": "on"`),
		flags(about + `, "enabled": 1`),
		flags(about + `, "bucketing": "x"`), flags(about + `, "prerequisites": [{"flag": "b", "variants": []}]`),
		flags(about + `, "prerequisites": [{"variants": ["on"]}]`),
		flags(about + `, "rules": [{}]`), flags(about + `, "rules": [{"serve": "on", "rollout": {"serve": "on"}}]`),
		flags(about + `, "rollout": {}`),
		flags(about + `, "rollout": {"serve": "on", "exposure": "101%"}`), flags(about + `, "rollout": {"serve": "on", "exposure": 5}`),
		flags(about + `, "rollout": {"serve": "on", "exposure": "05%"}`), flags(about + `, "rollout": {"serve": "on", "exposure": "5.00000%"}`),
		flags(about + `, "rollout": {"split": [{"variant": "on", "weight": -1}]}`),
		flags(about + `, "rollout": {"split": [{"variant": "on", "weight": 1.5}]}`),
		flags(about + `, "schedule": [{"enabled": true}]`), flags(about + `, "schedule": [{"at": "2026-01-01T00:00:00Z"}]`),
		flags(about + `, "environments": {"test": {"owner": "x"}}`), flags(about + `, "variants": {"a": null}, "default": "a"`),
		when(`{"any": []}`), when(`{"all": [{}], "any": [{}]}`), when(`{"segment": ""}`), when(`{"attribute": "a"}`), when(`{"equals": 1}`),
		when(`{"attribute": "a", "equals": [1]}`), when(`{"attribute": "a", "in": []}`), when(`{"attribute": "a", "equals": 1, "in": [1]}`),
		when(`{"attribute": "a", "above": 1, "atLeast": 2}`), when(`{"attribute": "a", "above": "1"}`),
		when(`{"attribute": "a", "above": 1, "from": "2026-01-01T00:00:00Z"}`),
		when(`{"attribute": "a", "prefix": [""]}`), when(`{"attribute": "a", "prefix": "x"}`),
		when(`{"attribute": "a", "matches": ""}`), when(`{"not": {"any": []}}`),
	} {
		if v.check([]byte(data)) == "" {
			t.Errorf("the schema lets pass %s", data)
		}
		if complaints(data) == "" {
			t.Errorf("Load lets pass %s", data)
		}
	}
}
