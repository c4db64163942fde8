package users

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// FieldError is one thing wrong with an input: its path, its value, and the rule.
type FieldError = strict.FieldError

// Options says what a [Counter] counts, and for how long.
type Options struct {
	// Name is what the names of the three counters begin with: "shop" for
	// shop_users_total.
	Name string
	// Labels are the same on all three: the version, if one process counts for several.
	Labels prometheus.Labels
	// Window is for how long it is remembered that a user failed. Default 24h, at least 1h,
	// at most a year: much longer than a rollout.
	Window time.Duration
	// Every is how often a user who did not fail is counted as seen. Default 1m, at least
	// 1s, at most a tenth of the window; no longer than the warm-up of the signal, because
	// in so much time after they began to count both versions see their users for the first
	// time.
	Every time.Duration
	// Limit is how many users are known at most, of all versions together; of others nothing
	// is counted. Default 1,000,000, some 40 MB; at most 100,000,000.
	Limit int
}

// Defaults and bounds.
const (
	defaultWindow = 24 * time.Hour
	defaultEvery  = time.Minute
	defaultLimit  = 1_000_000

	shortestWindow = time.Hour
	longestWindow  = 365 * 24 * time.Hour
	shortestEvery  = time.Second
	perWindow      = 10 // a window is so many times Every at least
	mostUsers      = 100_000_000
)

// normalize fills in the defaults.
func (o Options) normalize() Options {
	if o.Window == 0 {
		o.Window = defaultWindow
	}
	if o.Every == 0 {
		o.Every = min(defaultEvery, o.Window/perWindow)
	}
	if o.Limit == 0 {
		o.Limit = defaultLimit
	}
	return o
}

func (o Options) validate() error {
	var all strict.Problems
	if !model.LegacyValidation.IsValidMetricName(o.Name) {
		all.Add("name", o.Name, "must begin a name of a metric: letters, digits, _ and :, no digit first")
	}
	for _, name := range slices.Sorted(maps.Keys(o.Labels)) {
		if !model.LegacyValidation.IsValidLabelName(name) || strings.HasPrefix(name, model.ReservedLabelPrefix) {
			all.Add("labels", name, "must be the name of a label: letters, digits and _, no digit and no __ first")
		}
		if value := o.Labels[name]; !model.LabelValue(value).IsValid() {
			all.Add("labels."+name, value, "must be UTF-8")
		}
	}
	if o.Window < shortestWindow || o.Window > longestWindow {
		all.Add("window", o.Window, "must be from 1h to 8760h: much longer than a rollout")
	}
	if o.Every < shortestEvery || o.Every > o.Window/perWindow {
		all.Add("every", o.Every, "must be from 1s to a tenth of the window")
	}
	if o.Limit < 1 || o.Limit > mostUsers {
		all.Add("limit", o.Limit, "must be from 1 to 100000000")
	}
	return all.Err()
}
