package unleash

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"pgregory.net/rapid"
)

// context is Unleash's: texts by name. The time is apart.
type context map[string]string

func (c context) subject() *toggle.Subject {
	sub := &toggle.Subject{Key: c["userId"], Attributes: map[string]toggle.Value{}}
	for name, v := range c { // order does not matter: each has its own place
		if name != "userId" {
			sub.Attributes[name] = toggle.Text(v)
		}
	}
	return sub
}

// world evaluates features as they are written, one line after the other: what the
// translation must agree with. It knows nothing of conditions. Where chance would decide it
// panics with chance; which variant is served is looked at only if it is asked for.
type world struct {
	features map[string]*feature
	segments map[int][]constraint
	now      time.Time
}

type chance struct{}

func (w *world) evaluate(name string, c context) (on bool, served func() string) {
	none := func() string { return "" }
	f := w.features[name]
	if !f.Enabled {
		return false, none
	}
	for _, d := range f.Dependencies {
		parent := w.features[d.Feature]
		if parent == nil || len(parent.Dependencies) > 0 {
			return false, none
		}
		on, served := w.evaluate(d.Feature, c)
		if d.Enabled != nil && !*d.Enabled {
			on = !on
		} else if len(d.Variants) > 0 {
			on = on && slices.Contains(d.Variants, served())
		}
		if !on {
			return false, none
		}
	}
	if len(f.Strategies) == 0 {
		return true, func() string { return w.variant(f.Variants, f.Name, c) }
	}
	for _, s := range f.Strategies {
		all := s.Constraints
		for _, id := range s.Segments {
			all = append(slices.Clone(all), w.segments[id]...)
		}
		if !slices.ContainsFunc(all, func(k constraint) bool { return !w.holds(k, c) }) && w.lets(s, c) {
			if len(s.Variants) > 0 {
				return true, func() string { return w.variant(s.Variants, s.text("groupId"), c) }
			}
			return true, func() string { return w.variant(f.Variants, f.Name, c) }
		}
	}
	return false, none
}

func (w *world) holds(k constraint, c context) bool {
	v := c[k.ContextName]
	result, ok := false, true
	switch k.Operator {
	case "IN", "NOT_IN":
		result = slices.Contains(k.Values, v) == (k.Operator == "IN")
	case "STR_STARTS_WITH", "STR_ENDS_WITH", "STR_CONTAINS":
		for _, x := range k.Values {
			if k.CaseInsensitive {
				v, x = strings.ToLower(v), strings.ToLower(x)
			}
			result = result || k.Operator == "STR_STARTS_WITH" && strings.HasPrefix(v, x) ||
				k.Operator == "STR_ENDS_WITH" && strings.HasSuffix(v, x) || k.Operator == "STR_CONTAINS" && strings.Contains(v, x)
		}
	case "NUM_EQ", "NUM_GT", "NUM_GTE", "NUM_LT", "NUM_LTE":
		x, _, err := big.ParseFloat(v, 10, 0, big.ToNearestEven)
		y, _, _ := big.ParseFloat(k.Value, 10, 0, big.ToNearestEven)
		if ok = err == nil; ok {
			n := x.Cmp(y)
			result = map[string]bool{"NUM_EQ": n == 0, "NUM_GT": n > 0, "NUM_GTE": n >= 0, "NUM_LT": n < 0, "NUM_LTE": n <= 0}[k.Operator]
		}
	case "DATE_AFTER", "DATE_BEFORE":
		at, err := w.now, error(nil)
		if v != "" {
			at, err = time.Parse(time.RFC3339, v)
		}
		limit, _ := time.Parse(time.RFC3339, k.Value)
		ok = err == nil
		result = k.Operator == "DATE_AFTER" && at.After(limit) || k.Operator == "DATE_BEFORE" && at.Before(limit)
	case "SEMVER_EQ", "SEMVER_GT", "SEMVER_LT":
		x, y := triple(v), triple(k.Value)
		if ok = x != nil; ok {
			n := slices.Compare(x, y)
			result = k.Operator == "SEMVER_EQ" && n == 0 || k.Operator == "SEMVER_GT" && n > 0 || k.Operator == "SEMVER_LT" && n < 0
		}
	}
	return ok && result != k.Inverted
}

// triple reads a version without pre-release.
func triple(s string) []int {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return nil
	}
	out := make([]int, 3)
	for i, p := range parts {
		var err error
		if out[i], err = strconv.Atoi(p); err != nil {
			return nil
		}
	}
	return out
}

func (w *world) lets(s strategy, c context) bool {
	number := func(key string) float64 { f, _ := strconv.ParseFloat(s.text(key), 64); return f }
	share := func(id string, f float64) bool {
		return id != "" && f > 0 && float64(murmur(s.text("groupId")+":"+id, 0)%100+1) <= f
	}
	switch s.Name {
	case "default":
		return true
	case "flexibleRollout":
		f, id := number("rollout"), ""
		switch k := s.text("stickiness"); k {
		case "", "default":
			if id = c["userId"] + c["sessionId"]; c["userId"] != "" {
				id = c["userId"]
			}
			if id == "" && f >= 1 && f < 100 {
				panic(chance{})
			} else if id == "" {
				return f >= 100
			}
		default:
			id = c[k]
		}
		return share(id, f)
	case "gradualRolloutUserId":
		return share(c["userId"], number("percentage"))
	case "gradualRolloutSessionId":
		return share(c["sessionId"], number("percentage"))
	case "userWithId":
		for u := range strings.SplitSeq(s.text("userIds"), ",") {
			if s.text("userIds") != "" && strings.TrimSpace(u) == c["userId"] {
				return true
			}
		}
		return false
	case "remoteAddress":
		a, err := netip.ParseAddr(c["remoteAddress"])
		for x := range strings.SplitSeq(s.text("IPs"), ",") {
			net, e := netip.ParsePrefix(strings.TrimSpace(x))
			if err == nil && (strings.TrimSpace(x) == a.String() || e == nil && net.Contains(a)) {
				return true
			}
		}
		return false
	}
	panic(s.Name)
}

func (w *world) variant(list []variant, group string, c context) string {
	for _, v := range list {
		for _, o := range v.Overrides {
			if slices.Contains(o.Values, c[o.ContextName]) {
				return v.Name
			}
		}
	}
	total, some := int64(0), 0
	for _, v := range list {
		if total += v.Weight; v.Weight > 0 {
			some++
		}
	}
	if total == 0 {
		return ""
	}
	id := c[list[0].Stickiness]
	if k := list[0].Stickiness; k == "" || k == "default" {
		for _, name := range []string{"remoteAddress", "sessionId", "userId"} {
			if c[name] != "" {
				id = c[name]
			}
		}
	}
	if id == "" && some > 1 {
		panic(chance{})
	}
	at, end := int64(murmur(group+":"+id, 86028157)%uint32(total))+1, int64(0)
	for _, v := range list {
		if end += v.Weight; end >= at {
			return v.Name
		}
	}
	return ""
}

// murmur is MurmurHash3 for 32 bits.
func murmur(s string, h uint32) uint32 {
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

// drawn draws features and contexts.
type drawn struct{ t *rapid.T }

func (g drawn) text(label string, list ...string) string {
	return rapid.SampledFrom(list).Draw(g.t, label)
}
func (g drawn) yes(label string) bool        { return rapid.Bool().Draw(g.t, label) }
func (g drawn) upTo(n int, label string) int { return rapid.IntRange(0, n).Draw(g.t, label) }

func (g drawn) constraint() constraint {
	k := constraint{
		ContextName: g.text("context", "userId", "a", "b"), Inverted: g.yes("inverted"), CaseInsensitive: g.yes("case"),
		Operator: g.text("operator", "IN", "NOT_IN", "STR_STARTS_WITH", "STR_ENDS_WITH", "STR_CONTAINS", "NUM_EQ", "NUM_GT", "NUM_GTE",
			"NUM_LT", "NUM_LTE", "DATE_AFTER", "DATE_BEFORE", "SEMVER_EQ", "SEMVER_GT", "SEMVER_LT"),
	}
	switch kind, _, _ := strings.Cut(k.Operator, "_"); kind {
	case "NUM":
		k.Value = g.text("number", "1", "2.5", "-3")
	case "DATE":
		k.Value = g.text("date", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00+02:00")
	case "SEMVER":
		k.Value = g.text("version", "1.2.3", "2.0.0")
	default:
		for range g.upTo(2, "values") {
			k.Values = append(k.Values, g.text("value", "x", "XY", "y", "1", "é", "u1", ""))
		}
	}
	return k
}

func (g drawn) variants(names string) []variant {
	var out []variant
	stickiness := g.text("variant stickiness", "", "default", "a")
	for _, name := range names[:g.upTo(len(names), "variants")] {
		v := variant{Name: string(name), Weight: int64(g.upTo(3, "weight")), Stickiness: stickiness}
		if g.upTo(3, "override?") == 0 {
			v.Overrides = []override{{ContextName: g.text("override", "userId", "a"), Values: []string{g.text("overridden", "u1", "x", "")}}}
		}
		out = append(out, v)
	}
	return out
}

func (g drawn) strategy() strategy {
	s := strategy{Name: g.text("strategy", "default", "flexibleRollout", "flexibleRollout", "userWithId", "gradualRolloutUserId",
		"gradualRolloutSessionId", "remoteAddress")}
	percent := g.text("percent", "0", "0.5", "30", "50", "99.9", "100")
	s.Parameters = map[string]any{
		"rollout": percent, "percentage": percent, "groupId": g.text("group", "g", "", "feature"),
		"stickiness": g.text("stickiness", "", "default", "a"),
		"userIds":    g.text("ids", "", "u1", "u2, u3", "u1,,u4"), "IPs": g.text("IPs", "", "10.0.0.1", "10.0.0.0/8, nonsense", "::1"),
	}
	for range g.upTo(2, "constraints") {
		s.Constraints = append(s.Constraints, g.constraint())
	}
	if g.upTo(3, "segment?") == 0 {
		s.Segments = []int{7}
	}
	if g.yes("own variants") {
		s.Variants = g.variants("ABC")
	}
	return s
}

func (g drawn) feature(name string) *feature {
	f := &feature{Name: name, Enabled: g.upTo(5, "disabled?") > 0, Variants: g.variants("CDE")}
	for range g.upTo(3, "strategies") {
		f.Strategies = append(f.Strategies, g.strategy())
	}
	return f
}

func (g drawn) context() context {
	c := context{}
	put := func(name string, values ...string) {
		if v := g.text(name, values...); v != "absent" {
			c[name] = v
		}
	}
	put("userId", "u1", "u2", "u3", "user-17", "absent")
	put("sessionId", "s1", "s2", "absent", "")
	put("remoteAddress", "10.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "absent", "x")
	values := []string{"x", "xy", "XYZ", "y", "1", "2.5", "1.2.3", "1.10.0", "2026-01-01T12:00:00Z", "É", "", "absent"}
	put("a", values...)
	put("b", values...)
	return c
}

func (g drawn) world() *world {
	w := &world{features: map[string]*feature{}, segments: map[int][]constraint{7: {g.constraint()}}}
	for _, name := range []string{"feature", "parent"} {
		w.features[name] = g.feature(name)
	}
	if g.yes("depends") {
		enabled := g.yes("on")
		d := dependency{Feature: g.text("on what", "parent", "nothing"), Enabled: &enabled}
		if g.yes("variants") && w.features["parent"].variants() {
			d.Variants = []string{g.text("needed", "A", "C", "D")}
		}
		w.features["feature"].Dependencies = []dependency{d}
	}
	return w
}

func (w *world) file(t *rapid.T) []byte {
	data, err := json.Marshal(map[string]any{
		"version": 2, "features": []any{w.features["feature"], w.features["parent"]},
		"segments": []any{map[string]any{"id": 7, "name": "seven", "constraints": w.segments[7]}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTranslationIsTheEvaluator(t *testing.T) {
	translated, failed := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		g := drawn{rt}
		w := g.world()
		data := w.file(rt)
		set, err := Load(data, Options{Owner: "us"})
		for line := range strings.SplitSeq(fmt.Sprint(err), "\n") {
			if err != nil && !strings.Contains(line, "stickiness of its rollout") && !strings.Contains(line, "must be a feature that is right") {
				rt.Fatalf("%s\n%v", data, err)
			}
		}
		s, err := toggle.Compile(set, toggle.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		for range 8 {
			c := g.context()
			w.now = time.Date(2026, 1, 1, g.upTo(48, "hour"), 0, 0, 0, time.UTC)
			for name, f := range w.features { // order does not matter: they are independent
				if _, ok := set.Flags[name]; !ok || f.variants() && s.Evaluate(Variant(name), nil, w.now).Error == toggle.FlagNotFound {
					failed++
					continue
				}
				translated++
				if diff := w.differs(s, name, c); diff != "" {
					text, _ := set.MarshalJSON()
					rt.Fatalf("%s\n%v %v %s\n%s", data, c, w.now, diff, text)
				}
			}
		}
	})
	if failed > translated {
		t.Errorf("%d of %d were not translated", failed, failed+translated)
	}
}

// differs says what is different. Where chance decides, the flag cannot be evaluated.
func (w *world) differs(s *toggle.Snapshot, name string, c context) (diff string) {
	got := s.Evaluate(name, c.subject(), w.now)
	which := s.Evaluate(Variant(name), c.subject(), w.now)
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(chance); !ok {
				panic(r)
			}
			if which.Error == "" && got.Error == "" && which.Reason != toggle.Prerequired && got.Reason != toggle.Prerequired {
				diff = "chance, and still " + which.String()
			}
		}
	}()
	on, served := w.evaluate(name, c)
	if got.Value.Bool() != on || got.Error != "" {
		return fmt.Sprintf("%v, want %v", got, on)
	}
	if !w.features[name].variants() {
		return ""
	}
	if want := served(); which.Variant != want || which.Error != "" {
		return fmt.Sprintf("%v, want %q", which, want)
	}
	return ""
}
