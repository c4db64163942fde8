package main

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/seed-20fe5ead/gradatim/rollout"
	"github.com/seed-20fe5ead/gradatim/strategy"
	"github.com/seed-20fe5ead/gradatim/strategy/route"
)

// userHeader says who sent a request: the attribute "id" of a user here.
const userHeader = "Quickstart-User"

// split is how the proxy spreads the requests: by package route those that are told
// apart, and by turns all others, so that a short run, too, has exactly its shares.
type split struct {
	want    rollout.Want
	table   *route.Table
	all     turns // of all versions
	left    turns // of leftovers alone
	mirrors *spread
}

// newSplit makes the split of a want. It goes on with the turns of the one before
// if the weights are the same: a want may be applied again and again.
func newSplit(w rollout.Want, before *split) (*split, error) {
	s := &split{want: w, mirrors: &spread{share: float64(w.Allocation.Mirror) / float64(strategy.Full)}}
	var sum, left strategy.Weight
	for i, part := range parts(w) {
		weight := part.share.Weight
		switch {
		case weight < 0 || weight > strategy.Full:
			return nil, fmt.Errorf("the weight of %q is %s", part.version, weight)
		case part.version == "":
			continue
		case i >= 2: // neither stable nor the candidate
			left += weight
			s.left = append(s.left, turn{version: part.version, weight: weight})
		}
		sum += weight
		s.all = append(s.all, turn{version: part.version, weight: weight})
	}
	switch a := &w.Allocation; {
	case sum != strategy.Full:
		return nil, fmt.Errorf("the weights add up to %s, not to 100%%", sum)
	case left != a.Leftover.Weight:
		return nil, fmt.Errorf("the weights of leftovers add up to %s, not to %s", left, a.Leftover.Weight)
	case a.Mirror < 0 || a.Mirror > strategy.Full:
		return nil, fmt.Errorf("the mirrored share is %s", a.Mirror)
	}
	if slices.EqualFunc(s.all, before.all, turn.same) {
		s.all, s.left = before.all, before.left
	}
	if w.Allocation.Mirror == before.want.Allocation.Mirror {
		s.mirrors = before.mirrors
	}
	// The candidate is the salt: each release begins with other users.
	var err error
	if s.table, err = route.New(w.Routes, w.Sticky, w.Candidate.Version); err != nil {
		return nil, err
	}
	return s, nil
}

// route is the version that a request goes to, and whether it is mirrored.
func (s *split) route(req *http.Request, draw uint64) (version string, mirrored bool) {
	d := s.table.Route(s.want.Allocation, route.Request{Attribute: attributes(req), Draw: draw})
	switch {
	case d.Drawn:
		version = s.all.next()
		return version, version == s.want.Stable.Version && s.mirrors.next()
	case d.Version == route.Candidate:
		return s.want.Candidate.Version, false
	case d.Version == route.Leftover:
		return s.left.next(), false
	default:
		return s.want.Stable.Version, d.Mirror
	}
}

// attributes reads those of a request.
func attributes(req *http.Request) func(source, name string) (string, bool) {
	return func(source, name string) (string, bool) {
		switch {
		case source == strategy.User && name == "id":
			name = userHeader
		case source == strategy.Cookie:
			cookie, err := req.Cookie(name)
			if err != nil {
				return "", false
			}
			return cookie.Value, true
		case source != strategy.Header:
			return "", false
		}
		if values := req.Header[name]; len(values) > 0 {
			return values[0], true
		}
		return "", false
	}
}

// turns gives each of several versions its share of requests, smoothly.
type turns []turn

type turn struct {
	version string
	weight  strategy.Weight
	credit  int64
}

func (t turn) same(o turn) bool { return t.version == o.version && t.weight == o.weight }

// next is the version whose turn it is: each earns its weight, and the richest pays
// for the request. After any number of requests each has had its share to within
// one. It is empty if none has any weight.
func (t turns) next() string {
	var best *turn
	var sum int64
	for i := range t {
		one := &t[i]
		one.credit += int64(one.weight)
		sum += int64(one.weight)
		if one.weight > 0 && (best == nil || one.credit > best.credit) {
			best = one
		}
	}
	if best == nil {
		return ""
	}
	best.credit -= sum
	return best.version
}
