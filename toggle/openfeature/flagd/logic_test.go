package flagd

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
	"pgregory.net/rapid"
)

// run is JSON-logic as a plain interpreter, which knows nothing of conditions: what the
// translation must agree with. Data are the attributes, targetingKey and the seconds.
func run(e any, data map[string]any, flag string, b bucket.Algorithm) any {
	m, ok := e.(map[string]any)
	if !ok {
		return e
	}
	var op string
	var raw any
	for op, raw = range m { // order does not matter: there is one
	}
	lazy, isList := raw.([]any)
	if !isList {
		lazy = []any{raw}
	}
	arg := func(i int) any {
		if i < len(lazy) {
			return run(lazy[i], data, flag, b)
		}
		return nil
	}
	switch op {
	case "if":
		i := 0
		for ; i+1 < len(lazy); i += 2 {
			if isTrue(arg(i)) {
				return arg(i + 1)
			}
		}
		return arg(i)
	case "and", "or":
		for i := range lazy {
			if isTrue(arg(i)) == (op == "or") || i == len(lazy)-1 {
				return arg(i)
			}
		}
		return nil
	case "var":
		switch name := lazy[0].(string); {
		case name == "$flagd.flagKey":
			return flag
		case name == "$flagd.timestamp":
			return data["$time"]
		case data[name] != nil:
			return data[name]
		}
		return arg(1)
	case "cat":
		var text strings.Builder
		for i := range lazy {
			switch v := arg(i).(type) {
			case string:
				text.WriteString(v)
			case float64:
				text.WriteString(strconv.FormatFloat(v, 'f', -1, 64))
			case bool:
				text.WriteString(strconv.FormatBool(v)) // as the documentation says
			}
		}
		return text.String()
	case "fractional":
		return runFractional(lazy, data, flag, b)
	}
	return runOperator(op, arg, len(lazy))
}

func runOperator(op string, arg func(int) any, n int) any {
	x, y := arg(0), arg(1)
	switch op {
	case "!":
		return !isTrue(x)
	case "!!":
		return isTrue(x)
	case "==":
		return isEqual(x, y)
	case "!=":
		return !isEqual(x, y)
	case "===":
		return x == y
	case "!==":
		return x != y
	case "<":
		return asNumber(x) < asNumber(y) && (n < 3 || asNumber(y) < asNumber(arg(2)))
	case "<=":
		le := func(x, y any) bool { return asNumber(x) < asNumber(y) || isEqual(x, y) }
		return le(x, y) && (n < 3 || le(y, arg(2)))
	case ">":
		return asNumber(x) > asNumber(y)
	case ">=":
		return asNumber(x) > asNumber(y) || isEqual(x, y)
	case "in":
		if s, ok := y.(string); ok {
			part, ok := x.(string)
			return ok && strings.Contains(s, part)
		}
		list, _ := y.([]any)
		return slices.Contains(list, x)
	case "starts_with", "ends_with":
		s, ok := x.(string)
		part, also := y.(string)
		switch {
		case !ok || !also:
			return nil
		case op == "starts_with":
			return strings.HasPrefix(s, part)
		}
		return strings.HasSuffix(s, part)
	}
	panic(op)
}

func isTrue(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case float64:
		return v != 0
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	}
	return false
}

func isEqual(x, y any) bool {
	if x == nil || y == nil {
		return x == y
	}
	_, s := x.(string)
	_, u := y.(string)
	if s && u {
		return x == y
	}
	return asNumber(x) == asNumber(y)
}

func asNumber(v any) float64 {
	nan := func() float64 { var zero float64; return zero / zero }
	switch v := v.(type) {
	case nil:
		return 0
	case bool:
		if v {
			return 1
		}
		return 0
	case float64:
		return v
	case string:
		if strings.TrimSpace(v) == "" {
			return 0
		}
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			return f
		}
	}
	return nan()
}

// runFractional hashes with a murmur3 of the test's own.
func runFractional(args []any, data map[string]any, flag string, b bucket.Algorithm) any {
	var text string
	if _, ok := args[0].([]any); !ok {
		v := run(args[0], data, flag, b)
		if args = args[1:]; v != nil {
			s, ok := v.(string)
			if !ok {
				return nil
			}
			text = s
			return fall(text, args, data, flag, b)
		}
	}
	key, _ := data["targetingKey"].(string)
	if key == "" {
		return nil
	}
	return fall(flag+key, args, data, flag, b)
}

func fall(text string, arms []any, data map[string]any, flag string, b bucket.Algorithm) any {
	var total, end uint64
	weights := make([]uint64, len(arms))
	for i, a := range arms {
		if weights[i] = 1; len(a.([]any)) > 1 {
			weights[i] = uint64(max(a.([]any)[1].(float64), 0))
		}
		total += weights[i]
	}
	if total == 0 {
		return nil
	}
	h := murmur(text)
	for i, a := range arms {
		end += weights[i]
		in := uint64(h)*total>>32 < end
		if b == bucket.FlagdV1 {
			abs := int64(int32(h))
			abs = max(abs, -abs)
			in = float64(abs)/(1<<31-1)*100 < 100*float64(end)/float64(total)
		}
		if in {
			return run(a.([]any)[0], data, flag, b)
		}
	}
	return nil
}

// murmur is MurmurHash3 for 32 bits with seed 0.
func murmur(s string) uint32 {
	var h uint32
	mix := func(k uint32) uint32 {
		k *= 0xcc9e2d51
		return (k<<15 | k>>17) * 0x1b873593
	}
	n := uint32(len(s))
	for ; len(s) >= 4; s = s[4:] {
		h ^= mix(uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24)
		h = (h<<13|h>>19)*5 + 0xe6546b64
	}
	var k uint32
	for i := len(s) - 1; i >= 0; i-- {
		k = k<<8 | uint32(s[i])
	}
	h ^= mix(k) ^ n
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}

// expressions draws targeting of attributes a, b and c.
type expressions struct{ t *rapid.T }

func (g expressions) one(label string, list ...any) any {
	return rapid.SampledFrom(list).Draw(g.t, label)
}

func (g expressions) literal() any {
	return g.one("literal", nil, true, false, 0.0, 1.0, 2.5, "", "x", "xy", "y", "1", "2.5", " ")
}

func (g expressions) attribute() any {
	name := g.one("attribute", "a", "b", "c", "targetingKey").(string)
	if name != "targetingKey" && g.one("default?", true, false, false).(bool) {
		return map[string]any{"var": []any{name, g.literal()}}
	}
	return map[string]any{"var": name}
}

func (g expressions) plain() any {
	return map[string]any{"var": g.one("plain", "a", "b", "c", "targetingKey")}
}

func (g expressions) logic(depth int) any {
	op := g.one("op", "==", "!=", "===", "!==", "<", "<=", ">", ">=", "between", "in list", "in text", "in attribute", "starts_with",
		"ends_with", "time", "and", "or", "!", "!!", "if", "var").(string)
	call := func(op string, args ...any) any { return map[string]any{op: args} }
	if depth == 0 && (op == "and" || op == "or" || op == "!" || op == "!!" || op == "if") {
		op = "=="
	}
	number := func() any { return g.one("number", nil, true, 0.0, 1.0, 2.5, -1.0) }
	switch op {
	case "<", "<=", ">", ">=":
		if g.one("swap", true, false).(bool) {
			return call(op, number(), g.attribute())
		}
		return call(op, g.attribute(), number())
	case "between":
		return call(g.one("between", "<", "<=").(string), number(), g.attribute(), number())
	case "in list":
		return call("in", g.attribute(), []any{g.literal(), g.literal(), "y"})
	case "in text":
		return call("in", g.plain(), "xyx1")
	case "in attribute":
		return call("in", g.one("part", "x", "", 1.0, "1"), g.plain())
	case "starts_with", "ends_with":
		return call(op, g.attribute(), g.one("affix", "x", "", "y", "1"))
	case "time":
		return call(g.one("time", "<", "<=", ">", ">=", "==", "!=", "===").(string), map[string]any{"var": "$flagd.timestamp"},
			g.one("second", 1000.0, 999.5, 1000.5, 1001.0))
	case "and", "or":
		return call(op, g.logic(depth-1), g.logic(depth-1))
	case "!", "!!":
		return call(op, g.logic(depth-1))
	case "if":
		return call(op, g.logic(depth-1), g.logic(depth-1), g.logic(depth-1))
	case "var":
		return g.attribute()
	}
	return call(op, g.attribute(), g.literal())
}

// targeting draws what chooses a variant: on, off, true, false or the default.
func (g expressions) targeting(depth int) any {
	switch g.one("kind", "literal", "fractional", "if", "if", "bool").(string) {
	case "fractional":
		return g.fractional()
	case "if":
		if depth > 0 {
			return map[string]any{"if": []any{g.logic(1), g.targeting(depth - 1), g.logic(2), g.targeting(depth - 1), g.targeting(depth - 1)}}
		}
	case "bool":
		return map[string]any{"!": []any{g.logic(depth)}}
	}
	return g.one("variant", "on", "off", nil, true, "true")
}

func (g expressions) fractional() any {
	var args []any
	switch g.one("by", "", "cat", "seed", "attribute", "text").(string) {
	case "cat":
		args = append(args, map[string]any{"cat": []any{map[string]any{"var": "$flagd.flagKey"}, g.plain()}})
	case "seed":
		args = append(args, map[string]any{"cat": []any{"seed", 7.0, g.plain()}})
	case "attribute":
		args = append(args, g.plain())
	case "text":
		args = append(args, "text")
	}
	for _, v := range []any{"on", map[string]any{"if": []any{g.logic(1), "off", nil}}, true} {
		arm := []any{v}
		if w := g.one("weight", "none", 0.0, 1.0, 25.0, -3.0); w != "none" {
			arm = append(arm, w)
		}
		args = append(args, arm)
	}
	return map[string]any{"fractional": args}
}

// context draws data and the same as a subject.
func (g expressions) context() (map[string]any, *toggle.Subject, time.Time) {
	now := time.Unix(g.one("now", int64(999), int64(1000), int64(1001)).(int64), 0)
	data := map[string]any{"$time": float64(now.Unix())}
	sub := &toggle.Subject{Attributes: map[string]toggle.Value{}}
	if g.one("key?", true, true, false).(bool) {
		sub.Key = rapid.StringMatching(`[a-z]{1,6}|1|xy`).Draw(g.t, "key")
		data["targetingKey"] = sub.Key
	}
	for _, name := range []string{"a", "b", "c"} {
		if g.one("there?", true, true, true, false).(bool) {
			data[name] = g.literal()
			sub.Attributes[name] = fromAny(data[name])
		}
	}
	return data, sub, now
}

func fromAny(a any) (v toggle.Value) {
	switch a := a.(type) {
	case bool:
		v = toggle.Bool(a)
	case float64:
		v = toggle.Num(a)
	case string:
		v = toggle.Text(a)
	}
	return v
}

func TestTranslationIsTheInterpreter(t *testing.T) {
	translated, failed := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		g := expressions{rt}
		e := g.targeting(2)
		algorithm := g.one("bucketing", bucket.FlagdV1, bucket.FlagdV2).(bucket.Algorithm)
		file := map[string]any{"flags": map[string]any{"flag": map[string]any{
			"state": "ENABLED", "targeting": e, "defaultVariant": "off",
			"variants": map[string]any{"on": "1", "off": "2", "true": "3", "false": "4"},
		}}}
		data, err := json.Marshal(file)
		if err != nil {
			rt.Fatal(err)
		}
		set, err := Load(data, Options{Owner: "us", Bucketing: algorithm})
		if err != nil {
			if !strings.Contains(err.Error(), "in one place only") {
				rt.Fatalf("%s: %v", data, err)
			}
			failed++
			return
		}
		translated++
		s, err := toggle.Compile(set, toggle.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		for range 8 {
			values, sub, now := g.context()
			want := "off"
			if v := run(e, values, "flag", algorithm); v != nil {
				want = variant(v)
			}
			if r := s.Evaluate("flag", sub, now); r.Variant != want {
				if r.Error == toggle.TargetingKeyMissing && excused(e, values) {
					continue
				}
				rules, _ := set.MarshalJSON()
				rt.Fatalf("%s\n%v is %s, want %s\n%s", data, values, r, want, rules)
			}
		}
	})
	if failed > translated/2 {
		t.Errorf("%d of %d were not translated", failed, failed+translated)
	}
}

// excused are contexts in which a fraction is hashed, which nothing is computed from here.
func excused(e any, data map[string]any) bool {
	text, _ := json.Marshal(e)
	return strings.Contains(string(text), `"cat"`) && (data["a"] == 2.5 || data["b"] == 2.5 || data["c"] == 2.5)
}
