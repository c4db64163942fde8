package toggle

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// rollout adds the flag's rollout to a phase as its last rule.
func (k *compiler) rollout(ph *phase, r *Rollout, exposure *bucket.Share, p place) {
	if r == nil {
		return
	}
	own := *r
	if exposure != nil {
		own.Exposure = *exposure
	}
	if own.Next {
		p.at("next").add(true, "is of rules: after the rollout comes only the default variant")
	}
	ph.rules = append(slices.Clip(ph.rules), rule{rollout: k.share(&own, p, "rollout"), last: true})
}

// share compiles a rollout.
func (k *compiler) share(r *Rollout, p place, name string) *rollout {
	out := &rollout{by: node{attribute: r.By}, missing: failed(TargetingKeyMissing, "the subject has no "+cmp.Or(r.By, "key")+" to decide by")}
	out.missing.Rule = name
	if r.By == "" || r.By == "key" {
		out.by.from = fromKey
	}
	if r.By == "now" {
		p.at("by").add("now", "is the time, and nobody's bucket")
	}
	if r.Good < 0 || r.Good > bucket.Everybody {
		p.at("good").add(int32(r.Good), "must be from 0 to 1000000 parts per million")
	}
	d, _ := r.Distribution(k.flag.name, k.data)
	variants := k.parts(r, p)
	out.served = make([]result, 1, len(variants)+1)
	if !r.Next {
		out.served[0] = k.result(k.flag.usual, Split, name)
	}
	for _, v := range variants {
		out.served = append(out.served, k.result(v, Split, name))
	}
	plan, err := bucket.Compile(d)
	for _, e := range strict.Fields(err) {
		if e.Path == "algorithm" && r.Bucketing == "" {
			continue // it was told of the flag
		}
		p.problems.Join(p.path, &FieldError{Path: k.pathOf(e.Path, r), Value: e.Value, Rule: e.Rule})
	}
	out.plan = plan
	return out
}

// pathOf is where in a rollout stands what is wrong with its distribution.
func (k *compiler) pathOf(path string, r *Rollout) string {
	var i int
	if n, _ := fmt.Sscanf(path, "weights[%d]", &i); n == 1 {
		return fmt.Sprintf("split[%d].weight", i)
	}
	switch path {
	case "weights":
		return "split"
	case "algorithm":
		return "bucketing"
	}
	return path
}

// parts checks who gets what, and returns the variants in their order.
func (k *compiler) parts(r *Rollout, p place) []string {
	if (r.Serve != "") == (len(r.Split) > 0) {
		p.add(nil, "must have either serve or split")
		return nil
	}
	if len(r.Split) == 0 {
		p.at("serve").variant(r.Serve, k.variants)
		if len(r.Slots) > 0 {
			p.at("slots").add(nil, "are of a split")
		}
		return []string{r.Serve}
	}
	var variants []string
	for i, part := range r.Split {
		at := p.at("split").index(i).at("variant")
		if at.variant(part.Variant, k.variants) && slices.Contains(variants, part.Variant) {
			at.add(part.Variant, "must have one part only")
		}
		variants = append(variants, part.Variant)
	}
	for i, s := range r.Slots {
		if !slices.Contains(variants, s.Variant) {
			p.at("slots").index(i).at("variant").add(given(s.Variant), "must be one of the split's variants")
		}
	}
	return variants
}
