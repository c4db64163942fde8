package openfeature_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	of "github.com/open-feature/go-sdk/openfeature"
	"github.com/open-feature/go-sdk/openfeature/isolated"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
	"github.com/seed-20fe5ead/gradatim/toggle/openfeature"
)

// flags has one flag for each way in which an evaluation can end.
const flags = `{"flags": {
	"static":   {"kind": "ops", "owner": "shop", "enabled": true, "default": "on"},
	"default":  {"kind": "ops", "owner": "shop", "enabled": true, "default": "on",
		"rules": [{"name": "swiss", "when": {"attribute": "country", "equals": "CH"}, "serve": "off"}]},
	"match":    {"kind": "permission", "owner": "shop", "enabled": true,
		"rules": [{"name": "swiss", "when": {"attribute": "country", "equals": "CH"}, "serve": "on"}]},
	"split":    {"kind": "release", "owner": "shop", "expires": "2030-01-01T00:00:00Z", "enabled": true,
		"rollout": {"exposure": "50%", "serve": "on"}},
	"disabled": {"kind": "ops", "owner": "shop", "default": "on", "off": "off"},
	"killed":   {"kind": "ops", "owner": "shop", "enabled": true, "default": "on", "off": "off"},
	"override": {"kind": "ops", "owner": "shop", "enabled": true, "default": "off"},
	"needs":    {"kind": "ops", "owner": "shop", "enabled": true, "default": "on", "off": "off",
		"prerequisites": [{"flag": "disabled", "variants": ["off", "none"]}, {"flag": "match", "variants": ["on"]}]},
	"safe":     {"kind": "ops", "owner": "shop", "enabled": true, "default": "on", "off": "off", "stale": "off"},
	"broken":   {"kind": "ops", "owner": "shop", "enabled": true, "default": "nothing"},
	"text":     {"kind": "ops", "owner": "shop", "enabled": true, "variants": {"red": "#f00", "blue": "#00f"}, "default": "red"},
	"float":    {"kind": "ops", "owner": "shop", "enabled": true, "variants": {"half": 0.5}, "default": "half"},
	"int":      {"kind": "ops", "owner": "shop", "enabled": true, "variants": {"many": 9007199254740992}, "default": "many"},
	"huge":     {"kind": "ops", "owner": "shop", "enabled": true, "variants": {"huge": 1e300}, "default": "huge"},
	"object":   {"kind": "ops", "owner": "shop", "enabled": true, "variants": {"all": {"color": "red", "sizes": [1, 2]}}, "default": "all"},
	"list":     {"kind": "ops", "owner": "shop", "enabled": true, "variants": {"all": [1, "a", [true]]}, "default": "all"}
}}`

// world is a provider that is set in an SDK of its own, with the client and the source below.
type world struct {
	source   *client.Memory
	flags    *client.Client
	provider *openfeature.Provider
	api      *of.EvaluationAPI
	sdk      *of.Client
}

func newWorld(t *testing.T, o openfeature.Options) *world {
	t.Helper()
	w := unset(t, o, client.Options{})
	w.source.Set([]byte(flags))
	if err := w.api.SetProviderAndWait(t.Context(), w.provider, of.WithDomain("shop")); err != nil {
		t.Fatal(err)
	}
	return w
}

// unset is a world whose provider is not set yet.
func unset(t *testing.T, o openfeature.Options, co client.Options) *world {
	t.Helper()
	w := &world{source: &client.Memory{}, api: isolated.NewAPI()}
	co.Source = w.source
	c, err := client.New(co)
	if err != nil {
		t.Fatal(err)
	}
	w.flags, w.provider = c, openfeature.New(c, o)
	w.sdk = w.api.NewClient(of.WithDomain("shop"))
	t.Cleanup(func() {
		if err := w.api.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return w
}

var (
	nobody = of.NewEvaluationContext("", nil)
	swiss  = of.NewEvaluationContext("user-1", map[string]any{"country": "CH"})
	// numbered is what the SDK lets through: a targeting key that is a number.
	numbered = of.NewTargetlessEvaluationContext(map[string]any{of.TargetingKey: 17})
)

// answer is what the SDK says, in words that a table can hold.
type answer struct {
	Value   any
	Variant string
	Reason  of.Reason
	Code    of.ErrorCode
}

func (w *world) ask(t *testing.T, kind of.Type, flag string, otherwise any, ec of.EvaluationContext) (answer, of.ResolutionDetail, error) {
	t.Helper()
	var value any
	var d of.EvaluationDetails
	var err error
	switch kind {
	case of.Boolean:
		r, e := w.sdk.BooleanValueDetails(t.Context(), flag, otherwise.(bool), ec)
		value, d, err = r.Value, r.EvaluationDetails, e
	case of.String:
		r, e := w.sdk.StringValueDetails(t.Context(), flag, otherwise.(string), ec)
		value, d, err = r.Value, r.EvaluationDetails, e
	case of.Float:
		r, e := w.sdk.FloatValueDetails(t.Context(), flag, otherwise.(float64), ec)
		value, d, err = r.Value, r.EvaluationDetails, e
	case of.Int:
		r, e := w.sdk.IntValueDetails(t.Context(), flag, otherwise.(int64), ec)
		value, d, err = r.Value, r.EvaluationDetails, e
	case of.Object:
		r, e := w.sdk.ObjectValueDetails(t.Context(), flag, otherwise, ec)
		value, d, err = r.Value, r.EvaluationDetails, e
	}
	return answer{value, d.Variant, d.Reason, d.ErrorCode}, d.ResolutionDetail, err
}

// TestSpecification has a subtest for each requirement of the specification that is about a
// provider, by its number: section 2 (providers) and 5 (events). All but what the SDK does
// not hand on goes through the real SDK. Sections 2.6 (context reconciliation) and
// requirements 5.3.4.x are of the client side, where the context is static; a provider of
// this SDK is asked with a context each time.
func TestSpecification(t *testing.T) {
	for _, r := range []struct {
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
		{"2.6.1", "context reconciliation", func(t *testing.T) {
			if _, ok := any((*openfeature.Provider)(nil)).(interface {
				OnContextSet(old, now of.EvaluationContext) error
			}); ok {
				t.Error("a provider of the server side has no reconciliation to do")
			}
		}},
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
	} {
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

func spec229(t *testing.T) {
	w := newWorld(t, openfeature.Options{})
	w.locally(t)
	digest, confirmed := w.flags.Snapshot().Digest(), w.flags.Status().Confirmed.UnixMilli()
	base := of.FlagMetadata{"digest": digest, "confirmed": confirmed, "state": "live", "kind": "ops", "owner": "shop"}
	for _, c := range []struct {
		flag string
		ec   of.EvaluationContext
		more of.FlagMetadata
		less []string
	}{
		{"static", nobody, of.FlagMetadata{"reason": "static"}, nil},
		{"default", nobody, of.FlagMetadata{"reason": "default"}, nil},
		{"match", swiss, of.FlagMetadata{"reason": "targetingMatch", "rule": "swiss", "kind": "permission"}, nil},
		{"split", swiss, of.FlagMetadata{"reason": "split", "rule": "rollout", "kind": "release"}, nil},
		{"killed", swiss, of.FlagMetadata{"reason": "killed"}, nil},
		{"absent", swiss, of.FlagMetadata{"reason": "error", "detail": "there is no such flag"}, []string{"kind", "owner"}},
	} {
		want := maps.Clone(base)
		maps.Copy(want, c.more)
		for _, k := range c.less {
			delete(want, k)
		}
		for range 2 { // made, and found
			_, d, _ := w.ask(t, of.Boolean, c.flag, false, c.ec)
			if diff := cmp.Diff(want, d.FlagMetadata); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.flag, diff)
			}
			clear(d.FlagMetadata) // the SDK's user has a copy
		}
	}
	_, d, _ := w.ask(t, of.Boolean, "needs", true, nobody)
	if rule, _ := d.FlagMetadata.GetString("rule"); rule != "prerequisites[1]" {
		t.Errorf("the prerequisite that does not hold is %q", rule)
	}
	if detail, _ := d.FlagMetadata.GetString("detail"); !strings.Contains(detail, "match") {
		t.Errorf("the detail of a prerequisite is %q", detail)
	}

	w.source.Set([]byte(strings.Replace(flags, `"owner": "shop"`, `"owner": "search"`, 1)))
	if err := w.flags.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, d, _ = w.ask(t, of.Boolean, "static", false, nobody)
	if d.FlagMetadata["owner"] != "search" || d.FlagMetadata["digest"] == digest {
		t.Errorf("after a reload: %v", d.FlagMetadata)
	}
}

func spec2210(t *testing.T) {
	w := newWorld(t, openfeature.Options{})
	for _, flag := range []string{"static", "split", "needs", "absent", "broken"} {
		_, d, _ := w.ask(t, of.Boolean, flag, false, nobody)
		for k, v := range d.FlagMetadata {
			switch v.(type) {
			case bool, string, int64, float64:
			default:
				t.Errorf("%s: %s is a %T", flag, k, v)
			}
		}
	}
}

func spec231(t *testing.T) {
	var order []string
	note := func(who string) *hook {
		return &hook{
			before:  func(h of.HookContext) { order = append(order, who+" before "+h.FlagKey()) },
			after:   func(d of.InterfaceEvaluationDetails) { order = append(order, fmt.Sprint(who, " after ", d.Value)) },
			failed:  func(error) { order = append(order, who+" error") },
			finally: func() { order = append(order, who+" finally") },
		}
	}
	w := newWorld(t, openfeature.Options{Hooks: []of.Hook{note("provider")}})
	w.sdk.AddHooks(note("client"))
	w.sdk.Boolean(t.Context(), "static", false, nobody)
	want := []string{
		"client before static", "provider before static", "provider after true", "client after true",
		"provider finally", "client finally",
	}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	order = nil
	w.sdk.Boolean(t.Context(), "absent", false, nobody)
	want = []string{
		"client before absent", "provider before absent", "provider error", "client error", "provider finally", "client finally",
	}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := newWorld(t, openfeature.Options{}).provider.Hooks(); len(got) != 0 {
		t.Errorf("hooks that nobody asked for: %v", got)
	}
}

func spec232(t *testing.T) {
	w := newWorld(t, openfeature.Options{})
	w.locally(t)
	for _, c := range usual {
		if _, d, _ := w.ask(t, of.Boolean, c.flag, false, c.ec); d.ErrorMessage != "" {
			t.Errorf("%s: message %q", c.flag, d.ErrorMessage)
		}
	}
}

func spec233(t *testing.T) {
	w := newWorld(t, openfeature.Options{})
	for _, c := range unusual {
		if _, d, _ := w.ask(t, c.kind, c.flag, c.otherwise, c.ec); !strings.Contains(d.ErrorMessage, c.message) {
			t.Errorf("%v %s: message %q, want %q in it", c.kind, c.flag, d.ErrorMessage, c.message)
		}
	}
}

func spec271(t *testing.T) {
	type tracked struct {
		event string
		sub   toggle.Subject
		value float64
		more  map[string]any
	}
	var got []tracked
	w := newWorld(t, openfeature.Options{Track: func(_ context.Context, event string, sub *toggle.Subject, d of.TrackingEventDetails) {
		got = append(got, tracked{event, *sub, d.Value(), d.Attributes()})
	}})
	w.sdk.SetEvaluationContext(of.NewTargetlessEvaluationContext(map[string]any{"plan": "pro"}))
	w.sdk.Track(t.Context(), "bought", swiss, of.NewTrackingEventDetails(99.5).Add("currency", "CHF"))
	if len(got) != 1 {
		t.Fatalf("got %v", got)
	}
	g := got[0]
	if g.event != "bought" || g.value != 99.5 || g.more["currency"] != "CHF" || g.sub.Key != "user-1" ||
		g.sub.Attributes["country"].Text() != "CH" || g.sub.Attributes["plan"].Text() != "pro" {
		t.Errorf("got %+v", g)
	}
	newWorld(t, openfeature.Options{}).sdk.Track(t.Context(), "bought", swiss, of.NewTrackingEventDetails(1)) // nobody is told
}

// hook calls what is there.
type hook struct {
	of.UnimplementedHook
	before  func(of.HookContext)
	after   func(of.InterfaceEvaluationDetails)
	failed  func(error)
	finally func()
}

func (h *hook) Before(_ context.Context, hc of.HookContext, _ of.HookHints) (*of.EvaluationContext, error) {
	if h.before != nil {
		h.before(hc)
	}
	return nil, nil
}

func (h *hook) After(_ context.Context, _ of.HookContext, d of.InterfaceEvaluationDetails, _ of.HookHints) error {
	if h.after != nil {
		h.after(d)
	}
	return nil
}

func (h *hook) Error(_ context.Context, _ of.HookContext, err error, _ of.HookHints) {
	if h.failed != nil {
		h.failed(err)
	}
}

func (h *hook) Finally(context.Context, of.HookContext, of.InterfaceEvaluationDetails, of.HookHints) {
	if h.finally != nil {
		h.finally()
	}
}

// ear hears events of an SDK client or API.
type ear struct {
	mu    sync.Mutex
	heard []string
	last  map[of.EventType]of.EventDetails
}

type listening interface {
	AddHandler(of.EventType, of.EventCallback)
}

func listen(to listening) *ear {
	e := &ear{last: map[of.EventType]of.EventDetails{}}
	for _, t := range []of.EventType{of.ProviderReady, of.ProviderError, of.ProviderStale, of.ProviderConfigChange} {
		f := func(d of.EventDetails) {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.heard = append(e.heard, string(t))
			e.last[t] = d
		}
		to.AddHandler(t, &f)
	}
	return e
}

func (e *ear) all() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.heard)
}

func (e *ear) of(t of.EventType) of.EventDetails {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.last[t]
}

// hears fails unless the events are those, in that order. Within a synctest bubble.
func (e *ear) hears(t *testing.T, want ...of.EventType) {
	t.Helper()
	time.Sleep(time.Nanosecond) // of the bubble: everything else has come to rest
	all := make([]string, len(want))
	for i, w := range want {
		all[i] = string(w)
	}
	if got := e.all(); !slices.Equal(got, all) {
		t.Errorf("heard %v, want %v", got, all)
	}
}
