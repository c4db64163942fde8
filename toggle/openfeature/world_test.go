package openfeature_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	of "github.com/open-feature/go-sdk/openfeature"
	"github.com/open-feature/go-sdk/openfeature/isolated"

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
	"callers":  {"kind": "ops", "owner": "shop", "enabled": true, "default": "-"},
	"broken":   {"kind": "ops", "owner": "shop", "enabled": true, "default": "nothing"},
	"text":     {"kind": "ops", "owner": "shop", "enabled": true, "variants": {"red": "#f00", "blue": "#00f"}, "default": "red"},
	"float":    {"kind": "ops", "owner": "shop", "enabled": true, "variants": {"half": 0.5}, "default": "half"},
	"int":      {"kind": "ops", "owner": "shop", "enabled": true, "variants": {"many": 9007199254740992}, "default": "many"},
	"huge":     {"kind": "ops", "owner": "shop", "enabled": true, "variants": {"huge": 1e300}, "default": "huge"},
	"beyond":   {"kind": "ops", "owner": "shop", "enabled": true, "variants": {"more": 9007199254740994}, "default": "more"},
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
