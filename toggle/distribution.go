package toggle

import (
	"cmp"
	"slices"

	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// Distribution is what a rollout hashes and divides in the flag with that name, as
// bucket.Compile takes it, and the variants by their index in it. It does not validate.
func (r *Rollout) Distribution(name string, f *Flag) (bucket.Distribution, []string) {
	d := bucket.Distribution{
		Algorithm: cmp.Or(r.Bucketing, f.Bucketing, bucket.Native), Salt: cmp.Or(r.Salt, f.Salt),
		SplitSalt: r.SplitSalt, Flag: r.Flag, Exposure: r.Exposure,
	}
	if d.Algorithm == bucket.Native { // what others hash is what they were given, and nothing else
		d.Salt = cmp.Or(d.Salt, name)
	}
	if len(r.Split) == 0 {
		return d, []string{r.Serve}
	}
	var variants []string
	for _, p := range r.Split {
		variants, d.Weights = append(variants, p.Variant), append(d.Weights, p.Weight)
	}
	for _, s := range r.Slots { // that of a variant without a part is told as wrong by Compile
		d.Slots = append(d.Slots, bucket.Slots{Variant: max(0, slices.Index(variants, s.Variant)), From: s.From, To: s.To})
	}
	return d, variants
}
