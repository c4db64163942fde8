package route

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/seed-20fe5ead/gradatim/strategy"
)

// rule is a compiled route: an attribute, and the one condition that is set.
type rule struct {
	source, name string
	values       map[string]struct{}
	prefix       string
	pattern      *regexp.Regexp
}

func compile(r *strategy.Route) (rule, error) {
	if err := r.Validate(); err != nil {
		return rule{}, err
	}
	c := rule{source: r.Source, name: nameOf(r.Source, r.Name)}
	switch {
	case r.Prefix != "":
		c.prefix = r.Prefix
	case r.Regexp != "":
		pattern, err := anchored(r.Regexp)
		if err != nil {
			return rule{}, &strategy.FieldError{Path: "regexp", Rule: "must be a regular expression: " + err.Error()}
		}
		c.pattern = pattern
	default:
		values := r.In
		if r.Value != "" {
			values = []string{r.Value}
		}
		c.values = make(map[string]struct{}, len(values))
		for _, value := range values {
			c.values[value] = struct{}{}
		}
	}
	return c, nil
}

// anchored compiles an expression that matches whole texts only. What goes between
// the anchors is written anew from what was parsed: in an expression such as \Qa.b
// the closing parenthesis would be one of the characters it quotes.
func anchored(expr string) (*regexp.Regexp, error) {
	parsed, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, err
	}
	return regexp.Compile(`\A(?:` + parsed.String() + `)\z`)
}

// met reports whether a request meets the rule.
func (c *rule) met(r *Request) bool {
	value, ok := r.get(c.source, c.name)
	switch {
	case !ok:
		return false
	case c.prefix != "":
		return strings.HasPrefix(value, c.prefix)
	case c.pattern != nil:
		return c.pattern.MatchString(value)
	default:
		_, in := c.values[value]
		return in
	}
}

// nameOf is the name by which the host is asked for an attribute. That of a header
// has the form that net/http keeps, so that looking it up there costs nothing.
func nameOf(source, name string) string {
	if source != strategy.Header {
		return name
	}
	b := []byte(name)
	first := true // of the letters after a hyphen
	for i, c := range b {
		if first && 'a' <= c && c <= 'z' || !first && 'A' <= c && c <= 'Z' {
			b[i] ^= 'a' - 'A'
		}
		first = c == '-'
	}
	return string(b)
}
