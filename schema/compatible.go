package schema

// Finding is what a reader makes of one kind of value that a writer writes.
type Finding struct {
	Attribute string  `json:"attribute"`
	Value     string  `json:"value"`
	Witness   string  `json:"witness,omitempty"` // one such value
	Verdict   Verdict `json:"verdict"`
	Why       string  `json:"why,omitempty"` // of what is not OK
}

// Compatible says what the version called reader makes of what the version called writer writes, if nothing else writes: one
// finding for each attribute that one of them writes and the other reads, and each of its values. It is about one direction, and about
// two versions alone; whether a plan is safe says [Verify]. The error says that the plan is not valid or does not have them.
func Compatible(p Plan, writer, reader string) ([]Finding, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	w, err := p.version(writer)
	if err != nil {
		return nil, err
	}
	r, err := p.version(reader)
	if err != nil {
		return nil, err
	}
	var out []Finding
	for _, c := range components(&p, 1) {
		from, to := &c.versions[w], &c.versions[r]
		for _, value := range from.writes {
			for i := range to.reads {
				one := Finding{Attribute: c.name, Value: Null, Verdict: OK}
				if value >= firstV {
					one.Value, one.Witness = c.values[value-firstV].Name, c.values[value-firstV].Witness
				}
				one.Verdict, one.Why = c.reads(from, to, &to.reads[i], value)
				out = append(out, one)
			}
		}
	}
	return out, nil
}

// reads says what a version makes of a value of another.
func (c *component) reads(from, to *versionOf, read *readOf, value content) (Verdict, string) {
	for _, f := range read.forms {
		form := &c.forms[f]
		if from.written&(1<<f) == 0 {
			continue
		}
		if form.fit(value) == Error {
			return Error, from.ref + " writes " + c.say(value) + ", which " + form.name + " cannot hold"
		}
		verdict := form.fit(value)
		if took := read.takes[value]; took.Worse(verdict) {
			verdict = took
		}
		switch verdict {
		case Error:
			return Error, to.ref + " does not take " + c.say(value) + " in " + form.name
		case Lossy:
			return Lossy, c.say(value) + " loses meaning in " + form.name
		}
		return OK, ""
	}
	return Error, to.ref + " reads nothing of what " + from.ref + " writes"
}
