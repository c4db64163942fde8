package toggle_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// validator checks JSON by the keywords of JSON Schema that flags.schema.json uses. It
// panics over any other.
type validator struct{ root object }

func newValidator(t *testing.T, schema []byte) *validator {
	v := &validator{}
	if err := json.Unmarshal(schema, &v.root); err != nil {
		t.Fatal(err)
	}
	return v
}

// check says what is wrong first, or nothing.
func (v *validator) check(data []byte) string {
	var a any
	if err := json.Unmarshal(data, &a); err != nil {
		return err.Error()
	}
	return v.value(v.root, a, "")
}

// notes are keywords that decide nothing.
var notes = []string{"$schema", "$defs", "title", "description", "format", "then"} // never written

func (v *validator) value(schema object, a any, path string) string {
	for _, key := range slices.Sorted(maps.Keys(schema)) {
		if slices.Contains(notes, key) {
			continue
		}
		if wrong := v.keyword(schema, key, a, path); wrong != "" {
			return wrong
		}
	}
	return ""
}

func (v *validator) keyword(schema object, key string, a any, path string) string {
	is := schema[key]
	switch key {
	case "$ref":
		name := strings.TrimPrefix(is.(string), "#/$defs/")
		return v.value(v.root["$defs"].(object)[name].(object), a, path)
	case "type":
		types, ok := is.([]any)
		if !ok {
			types = list(is)
		}
		f, number := a.(float64)
		whole := number && f == math.Trunc(f) && slices.Contains(types, any("integer"))
		return verdict(slices.Contains(types, any(typeOf(a))) || whole, path, "must be a", is)
	case "enum":
		return verdict(slices.Contains(is.([]any), a), path, "must be one of", is)
	case "allOf", "anyOf", "oneOf":
		return v.combined(key, is.([]any), a, path)
	case "not":
		return verdict(v.value(is.(object), a, path) != "", path, "must not be", is)
	case "if":
		if v.value(is.(object), a, path) == "" {
			return v.value(schema["then"].(object), a, path)
		}
		return ""
	}
	switch a := a.(type) {
	case object:
		return v.object(schema, key, a, path)
	case []any:
		return v.list(key, is, a, path)
	case string:
		switch key {
		case "minLength":
			return verdict(utf8.RuneCountInString(a) >= int(is.(float64)), path, "must not be shorter than", is)
		case "pattern":
			return verdict(regexp.MustCompile(is.(string)).MatchString(a), path, "must match", is)
		}
	case float64:
		switch key {
		case "minimum":
			return verdict(a >= is.(float64), path, "must be at least", is)
		case "maximum":
			return verdict(a <= is.(float64), path, "must be at most", is)
		}
	}
	if !slices.Contains(known, key) {
		panic("the validator does not know " + key)
	}
	return ""
}

// known are the keywords that say something about one type only.
var known = []string{
	"properties", "additionalProperties", "propertyNames", "required", "minProperties", "maxProperties", "items", "minItems", "maxItems",
	"minLength", "pattern", "minimum", "maximum",
} // never written

func verdict(ok bool, path, words string, is any) string {
	if ok {
		return ""
	}
	return fmt.Sprintf("%s %s %v", path, words, is)
}

func typeOf(a any) string {
	switch a.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case float64:
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

func (v *validator) combined(key string, all []any, a any, path string) string {
	good, first := 0, ""
	for _, s := range all {
		if wrong := v.value(s.(object), a, path); wrong == "" {
			good++
		} else if first == "" {
			first = wrong
		}
	}
	switch key {
	case "allOf":
		return first
	case "anyOf":
		return verdict(good > 0, path, "must be any of", all)
	}
	return verdict(good == 1, path, "must be exactly one of", all)
}

func (v *validator) object(schema object, key string, a object, path string) string {
	is := schema[key]
	properties, _ := schema["properties"].(object)
	for _, name := range slices.Sorted(maps.Keys(a)) {
		at, wrong := path+"/"+name, ""
		switch property, ok := properties[name]; {
		case key == "properties" && ok:
			wrong = v.value(property.(object), a[name], at)
		case key == "additionalProperties" && !ok && is == false:
			wrong = at + " is unknown"
		case key == "additionalProperties" && !ok:
			wrong = v.value(is.(object), a[name], at)
		case key == "propertyNames":
			wrong = v.value(is.(object), name, at)
		}
		if wrong != "" {
			return wrong
		}
	}
	switch key {
	case "required":
		for _, name := range is.([]any) {
			if _, ok := a[name.(string)]; !ok {
				return fmt.Sprintf("%s/%v must be given", path, name)
			}
		}
	case "minProperties":
		return verdict(len(a) >= int(is.(float64)), path, "must have members, at least", is)
	case "maxProperties":
		return verdict(len(a) <= int(is.(float64)), path, "must have members, at most", is)
	}
	return ""
}

func (v *validator) list(key string, is any, a []any, path string) string {
	switch key {
	case "items":
		for i := range a {
			if wrong := v.value(is.(object), a[i], fmt.Sprintf("%s/%d", path, i)); wrong != "" {
				return wrong
			}
		}
	case "minItems":
		return verdict(len(a) >= int(is.(float64)), path, "must have elements, at least", is)
	case "maxItems":
		return verdict(len(a) <= int(is.(float64)), path, "must have elements, at most", is)
	}
	return ""
}
