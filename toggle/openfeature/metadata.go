package openfeature

import (
	"sync/atomic"
	"time"

	of "github.com/open-feature/go-sdk/openfeature"

	"github.com/seed-20fe5ead/gradatim/toggle"
	"github.com/seed-20fe5ead/gradatim/toggle/client"
)

// table has the metadata that was made for evaluations in a snapshot, so that each is made
// once and not at every evaluation. What is in it is bounded by the flags and their rules.
type table struct {
	of     *toggle.Snapshot
	slots  map[string]*slot
	absent slot // of all names that no flag has
}

// slot is a flag's.
type slot struct {
	flag toggle.Flag
	made atomic.Pointer[made]
}

// made is metadata for as long as the client's state stays as it is. It never changes.
type made struct {
	state     client.State
	confirmed time.Time
	all       []said
}

// said is the metadata of all evaluations that end alike.
type said struct {
	rule, detail string
	reason       toggle.Reason
	metadata     of.FlagMetadata
}

func (m *made) holds(r *client.Result) bool {
	return m != nil && m.state == r.State && m.confirmed.Equal(r.Confirmed)
}

func (m *made) find(r *client.Result) of.FlagMetadata {
	for i := range m.all {
		if s := &m.all[i]; s.reason == r.Reason && s.rule == r.Rule && s.detail == r.Detail {
			return s.metadata
		}
	}
	return nil
}

// metadata is that of an evaluation. Two goroutines that make it at once make the same.
func (p *Provider) metadata(s *toggle.Snapshot, flag string, r *client.Result) of.FlagMetadata {
	t := p.table.Load()
	if t == nil || t.of != s {
		t = newTable(s)
		p.table.Store(t)
	}
	at := t.slots[flag]
	if at == nil {
		at = &t.absent
	}
	before := at.made.Load()
	holds := before.holds(r)
	if holds {
		if m := before.find(r); m != nil {
			return m
		}
	}
	return at.add(s, r, before, holds)
}

// add makes metadata and keeps it, beside what was made before if that holds still.
func (at *slot) add(s *toggle.Snapshot, r *client.Result, before *made, holds bool) of.FlagMetadata {
	now := &made{state: r.State, confirmed: r.Confirmed}
	if holds {
		now.all = before.all[:len(before.all):len(before.all)]
	}
	m := describe(s, &at.flag, r)
	now.all = append(now.all, said{r.Rule, r.Detail, r.Reason, m})
	at.made.Store(now)
	return m
}

func newTable(s *toggle.Snapshot) *table {
	names := s.Names()
	t := &table{of: s, slots: make(map[string]*slot, len(names))}
	for _, n := range names {
		f, _ := s.Flag(n)
		t.slots[n] = &slot{flag: f}
	}
	return t
}

// describe makes metadata: strings and integers alone, as the specification wants it
// (requirement 2.2.10).
func describe(s *toggle.Snapshot, f *toggle.Flag, r *client.Result) of.FlagMetadata {
	m := of.FlagMetadata{"state": string(r.State), "reason": string(r.Reason)}
	if !r.Confirmed.IsZero() {
		m["confirmed"] = r.Confirmed.UnixMilli()
	}
	for key, text := range map[string]string{
		"digest": s.Digest(), "environment": s.Environment(), "rule": r.Rule, "detail": r.Detail,
		"kind": string(f.Kind), "owner": f.Owner,
	} {
		if text != "" {
			m[key] = text
		}
	}
	return m
}
