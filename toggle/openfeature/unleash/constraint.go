package unleash

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle"
)

// all is a condition that holds if each does.
func all(list ...toggle.Condition) toggle.Condition {
	switch len(list) {
	case 0:
		return toggle.Condition{}
	case 1:
		return list[0]
	}
	return toggle.Condition{All: list}
}

func some(list ...toggle.Condition) toggle.Condition {
	switch len(list) {
	case 0:
		return unless(toggle.Condition{})
	case 1:
		return list[0]
	}
	return toggle.Condition{Any: list}
}

// unless holds where c does not.
func unless(c toggle.Condition) toggle.Condition {
	if c.Unless != nil {
		return *c.Unless
	}
	return toggle.Condition{Unless: &c}
}

// not holds where c is known not to.
func not(c toggle.Condition) toggle.Condition { return toggle.Condition{Not: &c} }

// missing holds if a field is not in the context, or empty.
func missing(attribute string) toggle.Condition {
	null, empty := false, toggle.Text("")
	there := toggle.Condition{Attribute: attribute, Null: &null}
	if attribute == "key" {
		return unless(there)
	}
	return some(unless(there), toggle.Condition{Attribute: attribute, Equals: &empty})
}

// field is the attribute that a field of the context is.
func field(name, path string, problems *strict.Problems) string {
	switch name {
	case "userId":
		return "key"
	case "", "key", "now":
		problems.Add(path, name, "must be given, and not key or now, which are the subject's key and the time here")
	case "currentTime":
		problems.Add(path, name, "must not be the time, but for DATE_AFTER and DATE_BEFORE")
	}
	return name
}

// constraints translates constraints, all of which must hold.
func constraints(list []constraint, path string, problems *strict.Problems) []toggle.Condition {
	var out []toggle.Condition
	for i := range list {
		out = append(out, list[i].translate(path+".constraints["+strconv.Itoa(i)+"]", problems))
	}
	return out
}

// translate makes a condition of a constraint.
func (c *constraint) translate(path string, problems *strict.Problems) toggle.Condition {
	if kind, _, _ := strings.Cut(c.Operator, "_"); kind == "DATE" {
		return c.date(path, problems)
	}
	attribute := field(c.ContextName, path+".contextName", problems)
	inverse := unless
	var out toggle.Condition
	switch c.Operator {
	case "IN":
		out = among(attribute, c.Values)
	case "NOT_IN":
		out = unless(among(attribute, c.Values))
	case "STR_STARTS_WITH", "STR_ENDS_WITH", "STR_CONTAINS":
		out = c.text(attribute)
	case "NUM_EQ", "NUM_GT", "NUM_GTE", "NUM_LT", "NUM_LTE":
		out, inverse = c.number(attribute, path, problems), not
	case "SEMVER_EQ", "SEMVER_GT", "SEMVER_LT":
		return c.version(attribute, path, problems)
	case "REGEX":
		out = c.expression(attribute, path, problems)
	default:
		problems.Add(path+".operator", c.Operator, "must be one of IN, NOT_IN, STR_STARTS_WITH, STR_ENDS_WITH, STR_CONTAINS, NUM_EQ, NUM_GT, "+
			"NUM_GTE, NUM_LT, NUM_LTE, DATE_AFTER, DATE_BEFORE, SEMVER_EQ, SEMVER_GT, SEMVER_LT and REGEX")
	}
	if c.Inverted {
		return inverse(out)
	}
	return out
}

// among holds if a field is one of some texts.
func among(attribute string, texts []string) toggle.Condition {
	var out []toggle.Condition
	c := toggle.Condition{Attribute: attribute}
	for _, s := range texts {
		if s == "" {
			out = append(out, missing(attribute))
			continue
		}
		c.In = append(c.In, toggle.Text(s))
		if f, err := strconv.ParseFloat(s, 64); err == nil && strconv.FormatFloat(f, 'f', -1, 64) == s && attribute != "key" {
			c.In = append(c.In, toggle.Num(f))
		}
		if s == "true" || s == "false" {
			c.In = append(c.In, toggle.Bool(s == "true"))
		}
	}
	if c.In != nil {
		out = append(out, c)
	}
	return some(out...)
}

// text is a test of a string. The empty text is in all, also in what is missing.
func (c *constraint) text(attribute string) toggle.Condition {
	if slices.Contains(c.Values, "") {
		return toggle.Condition{}
	}
	out := toggle.Condition{Attribute: attribute, IgnoreCase: c.CaseInsensitive}
	switch {
	case len(c.Values) == 0:
		return some()
	case c.Operator == "STR_STARTS_WITH":
		out.Prefix = c.Values
	case c.Operator == "STR_ENDS_WITH":
		out.Suffix = c.Values
	default:
		out.Contains = c.Values
	}
	return out
}

// number is a test of a number, or of a string that is one.
func (c *constraint) number(attribute, path string, problems *strict.Problems) toggle.Condition {
	f, err := strconv.ParseFloat(c.Value, 64)
	if err != nil || strings.Trim(c.Value, "0123456789.-+eE") != "" {
		problems.Add(path+".value", c.Value, "must be a decimal number")
	}
	out := toggle.Condition{Attribute: attribute, Numeric: true}
	switch c.Operator {
	case "NUM_EQ":
		out.AtLeast, out.AtMost = &f, &f
	case "NUM_GT":
		out.Above = &f
	case "NUM_GTE":
		out.AtLeast = &f
	case "NUM_LT":
		out.Below = &f
	case "NUM_LTE":
		out.AtMost = &f
	}
	return out
}

// date is a test of the time, or of a field, if it is there.
func (c *constraint) date(path string, problems *strict.Problems) toggle.Condition {
	at, err := time.Parse(time.RFC3339, c.Value)
	if err != nil || at.Year() < 1700 || at.Year() > 2200 {
		problems.Add(path+".value", c.Value, "must be an instant as in 2026-01-01T00:00:00Z, between the years 1700 and 2200")
	}
	test := func(attribute string) toggle.Condition {
		out := toggle.Condition{Attribute: attribute, Until: at.UTC()}
		if c.Operator == "DATE_AFTER" {
			out.From, out.Until = at.UTC().Add(1), time.Time{}
		}
		if c.Inverted {
			return not(out)
		}
		return out
	}
	if c.Operator != "DATE_AFTER" && c.Operator != "DATE_BEFORE" {
		problems.Add(path+".operator", c.Operator, "must be DATE_AFTER or DATE_BEFORE, of what begins so")
	}
	if c.ContextName == "currentTime" {
		return test("now")
	}
	attribute := field(c.ContextName, path+".contextName", problems)
	return some(all(missing(attribute), test("now")), test(attribute))
}

// strictVersion is a semantic version with all of its parts.
const strictVersion = `^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)` +
	`(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$`

var versionForm = regexp.MustCompile(strictVersion) // never written

// version is a test of a semantic version.
func (c *constraint) version(attribute, path string, problems *strict.Problems) toggle.Condition {
	if !versionForm.MatchString(c.Value) {
		problems.Add(path+".value", c.Value, "must be a semantic version")
	}
	op := map[string]string{"SEMVER_EQ": "=", "SEMVER_GT": ">", "SEMVER_LT": "<"}[c.Operator]
	out := toggle.Condition{Attribute: attribute, Version: op + c.Value}
	if c.Inverted {
		out = unless(out)
	}
	return all(toggle.Condition{Attribute: attribute, Matches: strictVersion}, out)
}

// expression is a test by a regular expression.
func (c *constraint) expression(attribute, path string, problems *strict.Problems) toggle.Condition {
	pattern := c.Value
	if c.CaseInsensitive {
		pattern = "(?i)" + pattern
	}
	if _, err := regexp.Compile(pattern); err != nil || c.Value == "" {
		problems.Add(path+".value", c.Value, "must be a regular expression (RE2), and not empty")
	}
	return toggle.Condition{Attribute: attribute, Matches: pattern}
}
