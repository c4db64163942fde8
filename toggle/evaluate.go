package toggle

import (
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/toggle/bucket"
)

// flag is a compiled flag. It is never written once its snapshot is there.
type flag struct {
	name   string
	of     Type
	data   Flag
	broken bool
	kept   bool // it is as it was in the snapshot before, or broken
	timed  bool // what is served depends on the time
	// fixed is what everybody gets at any time; nil if it depends.
	fixed  result
	simple *rollout // what alone decides, by the key, for everybody; nil if there is more
	off    result   // what is served when it is not enabled
	phases []phase
	served map[string]Value
	usual  string // the default variant
}

// phase is a flag between two instants of its schedule.
type phase struct {
	since         int64 // nanoseconds since 1970
	enabled       bool
	prerequisites []prerequisite
	rules         []rule // the last one is the flag's rollout
	otherwise     result
}

// prerequisite is another flag, by its place in the snapshot; -1 if there is none.
type prerequisite struct {
	flag                int
	name                string
	variants            []string
	missing, other, bad result
}

// rule is a compiled rule: it serves one thing, or has a rollout.
type rule struct {
	when    node
	serve   result
	rollout *rollout
	last    bool // it is the flag's rollout
}

// rollout is a compiled rollout.
type rollout struct {
	plan    *bucket.Plan
	by      node     // looks the key up
	served  []result // by variant plus 1: the first is for the rest; nil there says that they go on
	missing result   // no key
}

// evaluate returns what the flag serves. It is never nil.
func (f *flag) evaluate(s *Snapshot, sub *Subject, now time.Time) result {
	if f.fixed != nil {
		return f.fixed
	}
	if f.simple != nil {
		return f.simple.byKey(sub)
	}
	p := &f.phases[0]
	if len(f.phases) > 1 {
		p = f.phase(now)
	}
	if !p.enabled {
		return f.off
	}
	for i := range p.prerequisites {
		if r := p.prerequisites[i].fails(s, sub, now); r != nil {
			return r
		}
	}
	for i := range p.rules {
		r := &p.rules[i]
		if r.when.op != opTrue && r.when.test(sub, now) != yes {
			continue
		}
		out := r.serve
		if o := r.rollout; o != nil && o.by.from == fromKey {
			out = o.byKey(sub)
		} else if o != nil {
			out = o.byAttribute(sub, now)
		}
		if out != nil {
			return out
		}
	}
	return p.otherwise
}

// phase is the one that an instant is in.
func (f *flag) phase(now time.Time) *phase {
	at := nanoseconds(now)
	i := len(f.phases) - 1
	for i > 0 && f.phases[i].since > at {
		i--
	}
	return &f.phases[i]
}

// fails returns nil if the prerequisite holds, and otherwise what is served.
func (q *prerequisite) fails(s *Snapshot, sub *Subject, now time.Time) result {
	if q.flag < 0 {
		return q.missing
	}
	r := s.list[q.flag].evaluate(s, sub, now)
	if r.Error != "" {
		return q.bad
	}
	if slices.Contains(q.variants, r.Variant) {
		return nil
	}
	return q.other
}

func (r *rollout) byAttribute(sub *Subject, now time.Time) result {
	v, _ := r.by.look(sub, now)
	var buf [24]byte
	text, digits, ok := v.key(buf[:])
	switch {
	case !ok:
		return r.missing
	case digits != nil:
		return r.pick(r.plan.Pick(string(digits))) // so short that it is not on the heap
	}
	return r.pick(r.plan.Pick(text))
}

func (r *rollout) byKey(sub *Subject) result {
	if sub.Key == "" {
		return r.missing
	}
	return r.pick(r.plan.Pick(sub.Key))
}

// pick looks up and does not ask: who is in cannot be foreseen, and a wrong guess of the
// processor costs more than the hash.
func (r *rollout) pick(variant int) result { return r.served[variant+1] }
