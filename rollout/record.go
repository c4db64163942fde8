package rollout

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Record is one saved decision in the journal of a rollout: what came in, what
// was decided, and a sum of the state it led to.
type Record struct {
	Rev    uint64  `json:"rev"`
	Plan   string  `json:"plan"`
	Input  Input   `json:"input"`
	Events []Event `json:"events"`
	// Sum is the SHA-256 of the state's JSON, in hexadecimal.
	Sum string `json:"sum"`
}

// NewRecord makes the record of a decision, to be saved in one atom with the next
// state.
func NewRecord(in Input, next State, out Output) (Record, error) {
	sum, err := sumOf(next)
	if err != nil {
		return Record{}, fmt.Errorf("rollout: record of decision %d: %w", next.Rev, err)
	}
	in = legible(in)
	in.Now = in.Now.UTC().Round(0)
	return Record{Rev: next.Rev, Plan: next.Plan, Input: in, Events: listed(out.Events), Sum: sum}, nil
}

// listed are the events as a record can hold them; the last says how many more there
// were.
func listed(events []Event) []Event {
	n := len(events)
	if n <= maxList {
		return events
	}
	rest := Event{At: events[n-1].At, Kind: EventDropped, Text: fmt.Sprintf("%d more events are not listed", n-maxList+1)}
	return append(slices.Clip(events[:maxList-1]), rest)
}

func sumOf(s State) (string, error) {
	text, err := strict.Encode(s)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// Replay decides again what the records say was decided, from the beginning, and
// compares. It returns the last state; an error names the first record that is
// missing, of another plan, or comes out differently.
func Replay(m *Machine, records []Record) (State, error) {
	var s State
	for i := range records {
		r := &records[i]
		if r.Plan != m.digest {
			return s, fmt.Errorf("%w: record %d is of %s", ErrPlan, r.Rev, r.Plan)
		}
		if r.Rev != s.Rev+1 {
			return s, fmt.Errorf("rollout: record %d follows record %d: the journal has a gap", r.Rev, s.Rev)
		}
		next, out := m.Decide(s, r.Input)
		sum, err := sumOf(next)
		if err != nil {
			return s, fmt.Errorf("rollout: record %d: %w", r.Rev, err)
		}
		if !out.Save || sum != r.Sum || !slices.Equal(listed(out.Events), r.Events) {
			return s, fmt.Errorf("rollout: record %d comes out differently when it is decided again", r.Rev)
		}
		s = next
	}
	return s, nil
}
