package gate

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Reason is why a gate says what it says, as data; String gives the words.
type Reason struct {
	Kind    string    `json:"kind"`    // of the gate
	Subject string    `json:"subject"` // what it looks at: a signal, an endpoint, a role
	Answer  Answer    `json:"answer"`
	Unit    string    `json:"unit"` // of Have and Need: "duration" (nanoseconds), or what is counted; empty if nothing is
	Have    int64     `json:"have"`
	Need    int64     `json:"need"`
	At      time.Time `json:"at"`    // when time alone could change it; zero if never
	Text    string    `json:"text"`  // further words, one clause; without them the subject is shown
	Parts   []Reason  `json:"parts"` // what it follows from
	// Summary is what people decide on, if it is they who are asked.
	Summary *Summary `json:"summary"`
}

const unitDuration = "duration"

// The kinds of gates whose reasons are those of their parts.
const (
	kindAll     = "all"
	kindAny     = "any"
	kindAtLeast = "atLeast"
	kindNamed   = "named"
)

// The kinds of gates that time opens, and whose only part is an exception.
const (
	kindWindow = "window"
	kindFreeze = "freeze"
)

// maxShown is how many parts String shows; the others are counted.
const maxShown = 8

// String is one line: "bake: 3m12s of 10m healthy; requests: 412 of 5000 to POST
// /orders". Of parts it has those that decide, the ones whose answer is that of
// the whole; [Reason.Lines] has all.
func (r Reason) String() string {
	if shown, _ := r.deciding(); r.isAll() && len(shown) > 0 {
		return r.list("; ", Reason.nested)
	}
	return r.name() + ": " + r.words()
}

// nested is String as a part of another Reason: whose parts must not run into others.
func (r Reason) nested() string {
	switch {
	case len(r.Parts) == 0, r.ofItself():
		return r.String()
	case r.isAll():
		return "(" + r.String() + ")"
	case r.Text != "": // its parts stand in parentheses
		return r.String()
	}
	return r.name() + " (" + r.words() + ")"
}

// name is the kind, or what people call it. That a gate waits need not be said of each,
// that it refuses must.
func (r Reason) name() string {
	name := clean(r.Kind)
	switch {
	case len(r.Parts) == 0:
	case r.Kind == kindAny:
		name = "any of"
	case r.Kind == kindAtLeast:
		name = "at least " + strconv.FormatInt(r.Need, 10) + " of"
	case r.Kind == kindNamed:
		name = clean(r.Subject)
	}
	if r.Answer == Refuse {
		return name + " refuses"
	}
	return name
}

// words are what stands behind the kind.
func (r Reason) words() string {
	switch {
	case len(r.Parts) == 0:
		return r.leaf()
	case r.ofItself():
		return r.list(", ", Reason.leaf)
	case r.Text != "": // as a closed window says until when, beside its exception
		return clean(r.Text) + " (" + r.list("; ", Reason.nested) + ")"
	case r.Kind == kindNamed:
		return r.list("; ", Reason.String)
	}
	return r.list("; ", Reason.nested)
}

// isAll says whether the kind need not be written, because to have several
// reasons means all of them.
func (r Reason) isAll() bool { return r.Kind == kindAll }

// ofItself says whether the parts are not other gates, but this one in detail.
func (r Reason) ofItself() bool {
	if r.Kind == kindWindow || r.Kind == kindFreeze { // whose part is an exception, be it another window
		return false
	}
	for i := range r.Parts {
		if r.Parts[i].Kind != r.Kind || len(r.Parts[i].Parts) > 0 {
			return false
		}
	}
	return len(r.Parts) > 0
}

// list writes the parts that decide.
func (r Reason) list(between string, write func(Reason) string) string {
	shown, more := r.deciding()
	var words []string
	for _, part := range shown {
		words = append(words, write(part))
	}
	if more > 0 {
		words = append(words, "and "+strconv.Itoa(more)+" more")
	}
	return strings.Join(words, between)
}

// deciding are the parts whose answer is that of the whole, and how many more
// there are. If none is, all parts are.
func (r Reason) deciding() (shown []Reason, more int) {
	for i := range r.Parts {
		if r.Parts[i].Answer == r.Answer {
			shown = append(shown, r.Parts[i])
		}
	}
	if len(shown) == 0 {
		shown = r.Parts
	}
	more = max(0, len(shown)-maxShown)
	return shown[:len(shown)-more], more
}

// Why are the reasons that decide, at any depth: of what is not open those which, if
// they were mended, would change the decision or leave fewer. There is at least one.
func (r Reason) Why() []Reason {
	if len(r.Parts) == 0 || r.ofItself() {
		return []Reason{r}
	}
	var all []Reason
	for i := range r.Parts {
		if r.Parts[i].Answer == r.Answer {
			all = append(all, r.Parts[i].Why()...)
		}
	}
	if len(all) == 0 {
		return []Reason{r}
	}
	return all
}

// leaf are the words of a Reason without its parts.
func (r Reason) leaf() string {
	var words []string
	if r.Unit != "" {
		words = append(words, r.amount(r.Have)+" of "+r.amount(r.Need))
		if r.Unit != unitDuration && r.Unit != r.Kind { // "requests: 5 requests" says it twice
			words = append(words, clean(r.Unit))
		}
	}
	if r.Text != "" {
		words = append(words, clean(r.Text))
	} else if r.Subject != "" {
		words = append(words, clean(r.Subject))
	}
	if len(words) == 0 {
		words = append(words, r.Answer.String())
	}
	text := strings.Join(words, " ")
	if !r.At.IsZero() {
		text += ", look again at " + r.At.UTC().Format(time.RFC3339)
	}
	return text
}

// amount is a number in the unit. Durations lose what nobody reads, and are never
// rounded up: what looks enough is enough.
func (r Reason) amount(n int64) string {
	if r.Unit != unitDuration {
		return strconv.FormatInt(n, 10)
	}
	d := time.Duration(n)
	switch {
	case n == r.Need:
	case d >= time.Minute:
		d = d.Truncate(time.Second)
	case d >= time.Second:
		d = d.Truncate(100 * time.Millisecond)
	default:
		d = d.Truncate(time.Millisecond)
	}
	return strict.FormatDuration(d)
}

// Lines is one line for the reason and one for each of its parts, indented below
// it, each beginning with its answer: for a terminal. Below one that waits for people is
// what they decide on.
func (r Reason) Lines() []string { return r.lines(nil, "") }

func (r Reason) lines(lines []string, indent string) []string {
	if len(r.Parts) > 0 { // its parts say when to look again
		r.At = time.Time{}
	}
	lines = append(lines, indent+r.Answer.String()+" "+clean(r.Kind)+": "+r.leaf())
	if r.Summary != nil && r.Answer == Wait {
		for _, line := range r.Summary.Lines() {
			lines = append(lines, indent+"  "+line)
		}
	}
	for i := range r.Parts {
		lines = r.Parts[i].lines(lines, indent+"  ")
	}
	return lines
}

// clean keeps a line one line, whatever a plan calls its endpoints.
func clean(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return ' '
	}, text)
}
