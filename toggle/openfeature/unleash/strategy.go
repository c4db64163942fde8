package unleash

import (
	"math"
	"net/netip"
	"strconv"
	"strings"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// translation translates one feature.
type translation struct {
	loader        *loader
	feature       *feature
	prerequisites []toggle.Prerequisite
	problems      *strict.Problems
}

// gate is whom a strategy lets in: those of a condition, and of them a share.
type gate struct {
	when  []toggle.Condition
	share bucket.Share
	salt  string
	// by are the fields of which the first that is there decides; needed if a subject without
	// any is not let in.
	by     []string
	needed bool
}

// byUser are the fields of stickiness default that a rollout looks at.
func byUser() []string { return []string{"key", "sessionId"} }

// gate translates a strategy with its constraints and segments.
func (t *translation) gate(s *strategy, path string) gate {
	g := gate{share: bucket.Everybody}
	for i, id := range s.Segments {
		name := segmentName(id)
		if _, ok := t.loader.set.Segments[name]; !ok {
			t.problems.Add(path+".segments["+strconv.Itoa(i)+"]", id, "must be a segment of the file that is right")
		}
		g.when = append(g.when, toggle.Condition{Segment: name})
	}
	g.when = append(g.when, constraints(s.Constraints, path, t.problems)...)
	at := path + ".parameters."
	if s.Disabled {
		t.problems.Add(path+".disabled", true, "must not be there: the client API leaves such strategies out, and clients do not look at it")
	}
	switch s.Name {
	case "default":
	case "flexibleRollout":
		g.share, g.salt = t.percent(s, "rollout", at), s.text("groupId")
		g.by, g.needed = t.stickiness(s.text("stickiness"), g.share, byUser(), at+"stickiness")
	case "gradualRolloutUserId", "gradualRolloutSessionId":
		if g.share, g.salt, g.needed = t.percent(s, "percentage", at), s.text("groupId"), true; s.Parameters["groupId"] == nil {
			t.problems.Add(at+"groupId", nil, "must be given")
		}
		if g.by = []string{"key"}; s.Name == "gradualRolloutSessionId" {
			g.by = []string{"sessionId"}
		}
	case "gradualRolloutRandom":
		if g.share = t.percent(s, "percentage", at); g.share != 0 && g.share != bucket.Everybody {
			t.problems.Add(at+"percentage", s.Parameters["percentage"], "must be 0 or 100: nothing is left to chance here")
		}
	case "userWithId":
		g.when = append(g.when, among("key", list(s.text("userIds"))))
	case "remoteAddress":
		g.when = append(g.when, t.addresses(s.text("IPs"), at+"IPs"))
	case "applicationHostname":
		if t.loader.o.Hostname == "" {
			t.problems.Add(path+".name", s.Name, "must not be there without Options.Hostname")
		}
		g.share = 0
		for h := range strings.SplitSeq(s.text("hostNames"), ",") {
			if strings.EqualFold(h, t.loader.o.Hostname) {
				g.share = bucket.Everybody
			}
		}
	default:
		t.problems.Add(path+".name", s.Name, "must be a strategy of Unleash's own")
	}
	return g
}

// text is a parameter that is a string, or empty.
func (s *strategy) text(key string) string {
	v, _ := s.Parameters[key].(string)
	return v
}

// list are the parts between commas; nothing has none.
func list(s string) []string {
	if s == "" {
		return nil
	}
	parts := strings.Split(s, ",")
	for i, p := range parts {
		parts[i] = strings.TrimSpace(p)
	}
	return parts
}

// percent is a parameter that is a percentage. Positions are whole, so that a fraction lets
// in as many as the whole number below.
func (t *translation) percent(s *strategy, key, path string) bucket.Share {
	f, ok := s.Parameters[key].(float64)
	if text, isText := s.Parameters[key].(string); isText {
		var err error
		f, err = strconv.ParseFloat(text, 64)
		ok = err == nil
	}
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		t.problems.Add(path+key, s.Parameters[key], "must be a percentage")
		return 0
	}
	return bucket.Share(min(max(math.Floor(f), 0), 100)) * (bucket.Everybody / 100)
}

// stickiness are the fields that decide, and whether one of them must be there.
func (t *translation) stickiness(name string, share bucket.Share, usual []string, path string) (by []string, needed bool) {
	switch name {
	case "", "default":
		return usual, false
	case "random":
		if share != 0 && share != bucket.Everybody {
			t.problems.Add(path, name, "must not be random: nothing is left to chance here")
		}
		return nil, false
	}
	return []string{field(name, path, t.problems)}, true
}

// addresses holds if the remote address is one of some, or in one of some networks. What is
// neither is passed over, as Unleash does.
func (t *translation) addresses(texts, path string) toggle.Condition {
	c := toggle.Condition{Attribute: "remoteAddress"}
	for _, s := range list(texts) {
		net, err := netip.ParsePrefix(s)
		if a, e := netip.ParseAddr(s); e == nil && a.Zone() == "" {
			net, err = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
		}
		switch {
		case err != nil:
			continue
		case net.Addr().Is4In6():
			t.problems.Add(path, s, "must not be a network of IPv4 in IPv6")
		}
		c.CIDR = append(c.CIDR, net.String())
	}
	if c.CIDR == nil {
		return some()
	}
	return c
}

// dependencies translates the dependencies. It is false if one of them never holds.
func (t *translation) dependencies() bool {
	for i, d := range t.feature.Dependencies {
		path := t.feature.path + ".dependencies[" + strconv.Itoa(i) + "]"
		parent := t.loader.features[d.Feature]
		switch {
		case parent == nil, len(parent.Dependencies) > 0: // Unleash knows of one level only
			return false
		case d.Enabled != nil && !*d.Enabled:
			t.needs(d.Feature, []string{"off"}, path)
		case len(d.Variants) == 0:
			t.needs(d.Feature, []string{"on"}, path)
		case !parent.variants():
			t.problems.Add(path+".variants", nil, "must be of a feature that has variants: Unleash's clients disagree")
		default:
			t.needs(Variant(d.Feature), d.Variants, path)
		}
	}
	return true
}

// needs adds a prerequisite, whose flag must have been translated.
func (t *translation) needs(flag string, variants []string, path string) {
	if _, ok := t.loader.set.Flags[flag]; !ok {
		t.problems.Add(path+".feature", flag, "must be a feature that is right")
	}
	t.prerequisites = append(t.prerequisites, toggle.Prerequisite{Flag: flag, Variants: variants})
}
