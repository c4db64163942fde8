package wire

// Verdict says what becomes of the values of a writer at a reader. The zero value is OK.
type Verdict string

// The verdicts, from best to worst.
const (
	OK    Verdict = "ok"    // every value the writer may write reads as what it means
	Lossy Verdict = "lossy" // every value can be read, but some read as something else, or as nothing
	Error Verdict = "error" // some value cannot be read, or nothing is known of the case
)

// Worse says whether v is worse than other. What is none of the three counts as [Error], the empty one as [OK].
func (v Verdict) Worse(other Verdict) bool { return v.rank() > other.rank() }

func (v Verdict) rank() int {
	switch v {
	case OK, "":
		return 0
	case Lossy:
		return 1
	}
	return 2
}

// Finding is one way in which a reader does not get what a writer wrote.
type Finding struct {
	Writer  string  `json:"writer"`            // the name of the writer's format
	Path    string  `json:"path,omitempty"`    // where: "lines[].price"; empty is the format as a whole
	Verdict Verdict `json:"verdict"`           // Lossy or Error, never OK
	Witness string  `json:"witness"`           // a record the writer may write that shows it, as JSON; see [Format]
	Why     string  `json:"why"`               // one sentence
	Unknown bool    `json:"unknown,omitempty"` // not modelled: the verdict is Error out of care, and there is no witness
}

// String is the finding in one line.
func (f Finding) String() string {
	s := string(f.Verdict) + ": "
	if f.Path != "" {
		s += f.Path + ": "
	}
	s += f.Why
	if f.Witness != "" {
		s += ", as in " + f.Witness
	}
	return s
}

// Worst is the verdict on all findings together: the worst of them, [OK] if there is none.
func Worst(findings []Finding) Verdict {
	worst := OK
	for _, f := range findings {
		if f.Verdict.Worse(worst) {
			worst = f.Verdict
		}
	}
	return worst
}
