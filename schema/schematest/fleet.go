package schematest

import "slices"

// mates are the versions of a service that run.
func (r *run) mates(service string) (out []string) {
	for _, ref := range r.fleet {
		if r.service(ref) == service {
			out = append(out, ref)
		}
	}
	return out
}

// mayReturn says whether a version is in the horizon: of where the plan stands, and of all that was begun after that and
// was taken back, or is not known to be made.
func (r *run) mayReturn(ref string) bool {
	for _, row := range r.rows[r.pos : r.top+1] {
		if !slices.Contains(row.Back, ref) {
			return false
		}
	}
	return true
}

// brings starts a version beside the one that runs: one of the horizon, or one that comes before its deployment.
func (r *run) brings(ref string) bool {
	mates := r.mates(r.service(ref))
	if r.ahead || len(mates) != 1 || mates[0] == ref || r.tx != nil && !slices.Contains(r.fleet, r.tx.Version) {
		return false
	}
	switch {
	case r.mayReturn(ref):
		r.rolled = true
	case !r.rolled && r.pos == r.top && slices.Contains(r.rows[r.pos].Next, ref):
		r.ahead = true
	default:
		return false
	}
	r.fleet = append(r.fleet, ref)
	return true
}

// leaves ends a version, if another one of its service stays; the newest only if those that stay are in the horizon. When
// what was deployed is gone the plan stands before its deployment again.
func (r *run) leaves(ref string) bool {
	mates := r.mates(r.service(ref))
	rest := slices.DeleteFunc(slices.Clone(mates), func(other string) bool { return other == ref })
	if len(rest) == 0 || len(rest) == len(mates) {
		return false
	}
	newest := !slices.ContainsFunc(rest, func(other string) bool { return r.order(other) > r.order(ref) })
	if !r.ahead && newest && slices.ContainsFunc(rest, func(other string) bool { return !r.mayReturn(other) }) {
		return false
	}
	r.fleet = slices.DeleteFunc(r.fleet, func(other string) bool { return other == ref })
	for i := r.pos - 1; i >= 0 && !r.ahead; i-- {
		deployed := r.plan.Steps[i].Deploy
		if deployed != "" && !slices.ContainsFunc(r.mates(r.service(deployed)), func(other string) bool { return r.order(other) >= r.order(deployed) }) {
			r.pos = i
		}
	}
	return true
}
