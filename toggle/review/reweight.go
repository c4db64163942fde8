package review

import (
	"fmt"
	"slices"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// Reweight gives a rollout new weights and moves as few subjects as the new shares allow,
// by saying in Slots who keeps what. Variants that the split has keep their order; new ones
// come after them, in the order of parts. Those that parts leaves out, or gives weight 0,
// go. A rollout that serves one variant is a split with one.
//
// The rollout must be of the native algorithm (others have no slots), and its own slots must
// be right; bad weights are FieldErrors, with paths such as "parts[1].weight".
func Reweight(r toggle.Rollout, parts []toggle.Part) (toggle.Rollout, error) {
	if r.Serve != "" {
		r.Split, r.Serve = []toggle.Part{{Variant: r.Serve, Weight: 1}}, ""
	}
	var problems strict.Problems
	if r.Bucketing != "" && r.Bucketing != bucket.Native {
		problems.Add("bucketing", string(r.Bucketing), "must be "+string(bucket.Native)+": others have no slots")
	}
	variants, was, is := merge(r.Split, parts, &problems)
	if err := problems.Err(); err != nil {
		return toggle.Rollout{}, err
	}
	old := bucket.Reweight(nil, was)
	if len(r.Slots) > 0 {
		old = nil
		for _, s := range r.Slots {
			old = append(old, bucket.Slots{Variant: slices.Index(variants, s.Variant), From: s.From, To: s.To})
		}
	}
	slots := bucket.Reweight(old, is)
	if slots == nil || old == nil {
		problems.Add("slots", nil, "must divide all positions among the variants of the split, by weights with a sum from 1 to 2^31-1")
		return toggle.Rollout{}, problems.Err()
	}
	r.Split, r.Slots = nil, nil
	for i, w := range is {
		if w > 0 {
			r.Split = append(r.Split, toggle.Part{Variant: variants[i], Weight: w})
		}
	}
	if !slices.Equal(slots, bucket.Reweight(nil, is)) {
		for _, s := range slots {
			r.Slots = append(r.Slots, toggle.Slots{Variant: variants[s.Variant], From: s.From, To: s.To})
		}
	}
	return r, nil
}

// merge lines up the variants of a split and of the parts that come in its place, with
// their weights before and after.
func merge(split, parts []toggle.Part, problems *strict.Problems) (variants []string, was, is []int64) {
	for _, p := range split {
		variants, was, is = append(variants, p.Variant), append(was, p.Weight), append(is, 0)
	}
	var sum int64
	seen := map[string]bool{}
	for i, p := range parts {
		path := fmt.Sprintf("parts[%d]", i)
		if p.Variant == "" || seen[p.Variant] {
			problems.Add(path+".variant", p.Variant, "must be a variant that has one part only")
		}
		if seen[p.Variant] = true; p.Weight < 0 || p.Weight > maxWeights {
			problems.Add(path+".weight", p.Weight, fmt.Sprintf("must be from 0 to %d", maxWeights))
			continue
		}
		at := slices.Index(variants, p.Variant)
		if at < 0 {
			at = len(variants)
			variants, was, is = append(variants, p.Variant), append(was, 0), append(is, 0)
		}
		is[at] = p.Weight
		sum = min(sum+p.Weight, maxWeights+1)
	}
	if sum < 1 || sum > maxWeights {
		problems.Add("parts", nil, fmt.Sprintf("must have weights with a sum from 1 to %d", maxWeights))
	}
	return variants, was, is
}

// maxWeights is the largest sum of weights.
const maxWeights = 1<<31 - 1
