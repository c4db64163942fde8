package toggle

// simplify finds what does not depend on the subject or the time, so that it costs nothing
// to evaluate.
func (k *compiler) simplify() {
	f := k.flag
	for i := range f.phases {
		f.phases[i].simplify()
	}
	if len(f.phases) > 1 {
		return
	}
	switch p := &f.phases[0]; {
	case !p.enabled:
		f.fixed = f.off
	case len(p.prerequisites) > 0:
	case len(p.rules) == 0:
		f.fixed = p.otherwise.because(Static)
	case p.rules[0].when.op == opTrue && p.rules[0].rollout == nil:
		f.fixed = p.rules[0].serve.because(Static)
	case p.rules[0].when.op == opTrue && p.rules[0].rollout.by.from == fromKey && p.rules[0].rollout.pick(-1) != nil:
		f.simple = p.rules[0].rollout
	}
}

// simplify makes a rollout that gives everybody the same a rule that serves it, and leaves
// out rules that come after one that decides for everybody.
func (p *phase) simplify() {
	var rules []rule
	for _, r := range p.rules {
		if o := r.rollout; o != nil && o.plan != nil {
			switch variant, ok := o.plan.Constant(); {
			case ok && o.pick(variant) != nil:
				why := TargetingMatch
				if r.last {
					why = Default
				}
				r.serve, r.rollout = o.pick(variant).because(why), nil
			case ok:
				continue // nobody is in, and all go on
			}
		}
		rules = append(rules, r)
		if r.when.op == opTrue && (r.rollout == nil || r.rollout.pick(-1) != nil) {
			break
		}
	}
	p.rules = rules
}

// because is the same result for another reason.
func (r *Result) because(why Reason) result {
	own := *r
	own.Reason = why
	return &own
}
