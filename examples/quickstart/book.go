package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/seed-20fe5ead/gradatim/rollout"
)

// book is what the quickstart itself keeps beside the rollouts' states: how it was
// begun, and what was counted. The rollouts do not need it to go on.
type book struct {
	path string

	Settings settings          `json:"settings"`
	Entries  map[string]*entry `json:"entries"` // by rollout
}

// entry is what was seen of one rollout.
type entry struct {
	Tally tally `json:"tally"`
	// When the candidate was first given traffic, when the rollback was decided, and
	// when it had ended.
	Traffic time.Time `json:"traffic"`
	Decided time.Time `json:"decided"`
	Back    time.Time `json:"back"`
}

// openBook reads the book of a directory; found is false if it has none yet.
func openBook(dir string) (b *book, found bool, err error) {
	b = &book{path: filepath.Join(dir, "quickstart.json"), Entries: map[string]*entry{}}
	data, err := os.ReadFile(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		return b, false, nil
	}
	if err == nil {
		err = json.Unmarshal(data, b)
	}
	if s := &b.Settings; err == nil && (s.Instances < 2 || s.Rate < 50 || s.Bake <= 0 || len(s.Weights) == 0) {
		err = errors.New("it has no settings")
	}
	if err != nil {
		return nil, false, fmt.Errorf("%s is not what a quickstart wrote (%w): move it away, or choose another -dir; nothing was changed", b.path, err)
	}
	if b.Entries == nil {
		b.Entries = map[string]*entry{}
	}
	return b, true, nil
}

// save replaces the file in one moment, so that it is whole whenever we are killed.
func (b *book) save() error {
	data, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	next := b.path + ".next"
	if err := os.WriteFile(next, append(data, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(next, b.path)
}

// entry is that of a rollout, which is made if there is none.
func (b *book) entry(name string) *entry {
	if b.Entries[name] == nil {
		b.Entries[name] = &entry{}
	}
	return b.Entries[name]
}

// note keeps the instants of a rollback.
func (e *entry) note(now time.Time, out rollout.Output) {
	for _, w := range out.Want {
		if e.Traffic.IsZero() && w.Allocation.Candidate.Weight > 0 {
			e.Traffic = now
		}
	}
	for _, event := range out.Events {
		switch {
		case event.Kind == rollout.EventRollback && e.Decided.IsZero():
			e.Decided = event.At
		case event.Kind == rollout.EventRolledBack:
			e.Back = event.At
		}
	}
}

// timeToRollback is from the first request that the candidate could get until all
// traffic was stable's again, and how much of that the way back took.
func (e *entry) timeToRollback() string {
	if e.Traffic.IsZero() || e.Decided.IsZero() || e.Back.IsZero() {
		return "-"
	}
	seconds := func(from, to time.Time) float64 { return max(0, to.Sub(from).Seconds()) }
	return fmt.Sprintf("%.1fs (%.1fs back)", seconds(e.Traffic, e.Back), seconds(e.Decided, e.Back))
}
