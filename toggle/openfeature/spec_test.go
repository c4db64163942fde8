package openfeature_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	of "github.com/open-feature/go-sdk/openfeature"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/openfeature"
)

// requirements has a test for each requirement of the specification that is about a
// provider, by its number: section 2 (providers) and 5 (events). All but what the SDK does
// not hand on goes through the real SDK. Sections 2.6 (context reconciliation) and
// requirements 5.3.4.x are of the client side, where the context is static; a provider of
// this SDK is asked with a context each time.
var requirements = []struct {
	number, says string
	test         func(*testing.T)
}{
	{"2.1.1", "metadata has the name", spec211},
	{"2.2.1", "a flag is resolved from key, default and context", spec221},
	{"2.2.2.1", "there is a method for each type", spec222},
	{"2.2.3", "the value is the resolved one", spec223},
	{"2.2.4", "the variant names the value", spec224},
	{"2.2.5", "the reason says why", spec225},
	{"2.2.6", "no error code in normal execution", spec226},
	{"2.2.7", "error and code in abnormal execution", spec227},
	{"2.2.8.1", "details are generic", spec228},
	{"2.2.9", "flag metadata is populated", spec229},
	{"2.2.10", "flag metadata has strings, booleans and numbers", spec2210},
	{"2.3.1", "the provider's hooks run", spec231},
	{"2.3.2", "no error message in normal execution", spec232},
	{"2.3.3", "an error message in abnormal execution", spec233},
	{"2.4.1", "initialization", spec241},
	{"2.4.2.1", "initialization that fails ends abnormally", spec2421},
	{"2.5.1", "shutdown disposes of resources", spec251},
	{"2.5.2", "after shutdown the provider is as before initialization", spec252},
	{"2.6.1", "context reconciliation: not on the server side", spec261},
	{"2.7.1", "tracking", spec271},
	{"5.1.1", "the provider signals events", spec511},
	{"5.1.2", "handlers of the API and of the provider's clients run", spec512},
	{"5.1.3", "handlers of other clients do not run", spec513},
	{"5.1.4", "an error event has a message", spec514},
	{"5.1.5", "an error event has a code", spec515},
	{"5.2.3", "events name the provider", spec523},
	{"5.2.4", "a change has the names of the flags and metadata", spec524},
	{"5.3.1", "ready after initialization", spec531},
	{"5.3.2", "error after initialization that failed", spec532},
	{"5.3.3", "a handler that is late runs at once", spec533},
	{"5.3.5", "events set the provider's status", spec535},
}

// TestSpecification runs the requirements.
func TestSpecification(t *testing.T) {
	for _, r := range requirements {
		t.Run(r.number+" "+r.says, r.test)
	}
}

func spec211(t *testing.T) {
	w := newWorld(t, openfeature.Options{})
	if got := w.provider.Metadata().Name; got != openfeature.Name || got == "" {
		t.Errorf("the name is %q", got)
	}
	var told string
	w.sdk.AddHooks(&hook{before: func(h of.HookContext) { told = h.ProviderMetadata().Name }})
	w.sdk.Boolean(t.Context(), "static", false, nobody)
	if told != openfeature.Name {
		t.Errorf("a hook was told the name %q", told)
	}
}

func spec221(t *testing.T) {
	w := newWorld(t, openfeature.Options{})
	for _, c := range []struct {
		flag      string
		otherwise bool
		ec        of.EvaluationContext
		want      bool
	}{
		{"match", false, swiss, true},
		{"match", false, of.NewEvaluationContext("user-1", map[string]any{"country": "AT"}), false},
		{"match", true, nobody, false}, // the flag's default, not the caller's
		{"absent", true, nobody, true},
		{"absent", false, swiss, false},
	} {
		if got := w.sdk.Boolean(t.Context(), c.flag, c.otherwise, c.ec); got != c.want {
			t.Errorf("%s with default %v: got %v, want %v", c.flag, c.otherwise, got, c.want)
		}
	}
}

func spec222(t *testing.T) {
	w := newWorld(t, openfeature.Options{})
	flagOf := map[of.Type]string{of.Boolean: "static", of.String: "text", of.Float: "float", of.Int: "int", of.Object: "object"}
	otherwise := map[of.Type]any{of.Boolean: false, of.String: "none", of.Float: -1.5, of.Int: int64(-7), of.Object: "none"}
	for asked, def := range otherwise {
		for is, flag := range flagOf {
			got, _, err := w.ask(t, asked, flag, def, nobody)
			fits := asked == is || asked == of.Object || asked == of.Float && is == of.Int
			if fits != (err == nil) || fits != (got.Code == "") {
				t.Errorf("%v asked of a flag that is %v: %+v, %v", asked, is, got, err)
			}
			if !fits && (got.Code != of.TypeMismatchCode || !cmp.Equal(got.Value, def)) {
				t.Errorf("%v asked of a flag that is %v: %+v", asked, is, got)
			}
		}
	}
}

func spec223(t *testing.T) {
	w := newWorld(t, openfeature.Options{})
	for _, c := range []struct {
		kind      of.Type
		flag      string
		otherwise any
		want      any
	}{
		{of.Boolean, "static", false, true},
		{of.String, "text", "", "#f00"},
		{of.Float, "float", 0.0, 0.5},
		{of.Float, "huge", 0.0, 1e300},
		{of.Int, "int", int64(0), int64(1) << 53},
		{of.Object, "object", nil, map[string]any{"color": "red", "sizes": []any{1.0, 2.0}}},
		{of.Object, "list", nil, []any{1.0, "a", []any{true}}},
		{of.Object, "static", nil, true},
		{of.Object, "text", nil, "#f00"},
		{of.Object, "float", nil, 0.5},
	} {
		got, _, err := w.ask(t, c.kind, c.flag, c.otherwise, nobody)
		if err != nil || !cmp.Equal(got.Value, c.want) {
			t.Errorf("%v %s: got %v, %v, want %v", c.kind, c.flag, got.Value, err, c.want)
		}
	}
}

func spec224(t *testing.T) {
	w := newWorld(t, openfeature.Options{})
	for flag, want := range map[string]string{"static": "on", "default": "on", "match": "off", "disabled": "off"} {
		if got, _, _ := w.ask(t, of.Boolean, flag, false, nobody); got.Variant != want {
			t.Errorf("%s: variant %q, want %q", flag, got.Variant, want)
		}
	}
	if got, _, _ := w.ask(t, of.String, "text", "", nobody); got.Variant != "red" {
		t.Errorf("text: variant %q", got.Variant)
	}
}

// usual are evaluations that end well, each with another reason.
var usual = []struct {
	flag   string
	ec     of.EvaluationContext
	want   answer
	reason toggle.Reason
}{
	{"static", nobody, answer{true, "on", of.StaticReason, ""}, toggle.Static},
	{"default", nobody, answer{true, "on", of.DefaultReason, ""}, toggle.Default},
	{"match", swiss, answer{true, "on", of.TargetingMatchReason, ""}, toggle.TargetingMatch},
	{"split", swiss, answer{true, "on", of.SplitReason, ""}, toggle.Split},
	{"disabled", swiss, answer{false, "off", of.DisabledReason, ""}, toggle.Disabled},
	{"killed", swiss, answer{false, "off", of.DisabledReason, ""}, toggle.Killed},
	{"override", swiss, answer{true, "on", of.StaticReason, ""}, toggle.Overridden},
	{"needs", nobody, answer{false, "off", of.DisabledReason, ""}, toggle.Prerequired},
	{"needs", swiss, answer{true, "on", of.DefaultReason, ""}, toggle.Default},
}

// locally kills and overrides what usual expects.
func (w *world) locally(t *testing.T) {
	t.Helper()
	if err := errors.Join(w.flags.Kill("killed"), w.flags.Override("override", toggle.Override{Variant: "on"})); err != nil {
		t.Fatal(err)
	}
}

func spec225(t *testing.T) {
	w := newWorld(t, openfeature.Options{})
	w.locally(t)
	for _, c := range usual {
		got, d, err := w.ask(t, of.Boolean, c.flag, !c.want.Value.(bool), c.ec)
		if c.reason == toggle.Split { // who is in is bucket's
			c.want.Value = w.flags.Bool(c.flag, &toggle.Subject{Key: "user-1"}, false)
			c.want.Variant = map[bool]string{true: "on", false: "off"}[c.want.Value.(bool)]
		}
		if err != nil || got != c.want {
			t.Errorf("%s: got %+v, %v, want %+v", c.flag, got, err, c.want)
		}
		if own, _ := d.FlagMetadata.GetString("reason"); own != string(c.reason) {
			t.Errorf("%s: toggle's reason is %q, want %q", c.flag, own, c.reason)
		}
	}
	for kind, mine := range map[of.Type]any{of.Boolean: true, of.String: "mine", of.Float: 0.5, of.Int: int64(5), of.Object: "mine"} {
		if got, _, err := w.ask(t, kind, "callers", mine, nobody); err != nil || got != (answer{mine, "", of.StaticReason, ""}) {
			t.Errorf("%v of a flag that serves the caller's default: %+v, %v", kind, got, err)
		}
	}
	if got, _, _ := w.ask(t, of.Boolean, "absent", true, nobody); got.Reason != of.ErrorReason {
		t.Errorf("a flag that is not there: %+v", got)
	}
	// The reason STALE is in TestStale, where time passes.
}

func spec226(t *testing.T) {
	w := newWorld(t, openfeature.Options{})
	w.locally(t)
	for _, c := range usual {
		if got, _, err := w.ask(t, of.Boolean, c.flag, false, c.ec); got.Code != "" || err != nil {
			t.Errorf("%s: code %q, error %v", c.flag, got.Code, err)
		}
	}
}

// unusual are evaluations that end badly, with every code that the provider has once it is
// ready; PROVIDER_NOT_READY is of 2.4.2.1 and 2.5.2.
var unusual = []struct {
	kind      of.Type
	flag      string
	otherwise any
	ec        of.EvaluationContext
	code      of.ErrorCode
	message   string
}{
	{of.Boolean, "absent", true, swiss, of.FlagNotFoundCode, "no such flag"},
	{of.Boolean, "broken", true, swiss, of.ParseErrorCode, "broken"},
	{of.Boolean, "split", true, nobody, of.TargetingKeyMissingCode, "key"},
	{of.Boolean, "text", true, swiss, of.TypeMismatchCode, "is a string"},
	{of.String, "static", "x", swiss, of.TypeMismatchCode, "is a boolean"},
	{of.Float, "object", 1.5, swiss, of.TypeMismatchCode, "is JSON"},
	{of.Int, "float", int64(5), swiss, of.TypeMismatchCode, "not a whole one"},
	{of.Int, "beyond", int64(5), swiss, of.TypeMismatchCode, "beyond 2^53"},
	{of.Int, "huge", int64(5), swiss, of.TypeMismatchCode, "beyond 2^53"},
	{of.Object, "absent", "x", swiss, of.FlagNotFoundCode, "no such flag"},
	{of.Boolean, "static", false, numbered, of.InvalidContextCode, "not a string"},
}

func spec227(t *testing.T) {
	w := newWorld(t, openfeature.Options{})
	for _, c := range unusual {
		got, _, err := w.ask(t, c.kind, c.flag, c.otherwise, c.ec)
		want := answer{c.otherwise, "", of.ErrorReason, c.code}
		if err == nil || got != want || !strings.Contains(err.Error(), string(c.code)) {
			t.Errorf("%v %s: got %+v, %v, want %+v", c.kind, c.flag, got, err, want)
		}
	}
}

func spec228(t *testing.T) {
	w := newWorld(t, openfeature.Options{})
	var d of.GenericResolutionDetail[bool] = w.provider.BooleanEvaluation(t.Context(), "static", false, nil)
	if !d.Value || d.Error() != nil {
		t.Errorf("got %+v", d)
	}
}
