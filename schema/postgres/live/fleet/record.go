package fleet

import "sync"

// state is what a record says: a meaning for each attribute; nil is that there is no record.
type state map[string]meaning

// of is what an attribute of the record says.
func (s state) of(attribute string) meaning {
	if s == nil {
		return gone
	}
	return s[attribute]
}

// record is the reference for one record: everything it was to say, in order. A read that overlaps with writes may answer
// what any of them leaves, and what was there when it began.
type record struct {
	writing sync.Mutex // held by who writes it: of two writes one is the last
	mu      sync.Mutex
	past    []state
	done    int // the last one that is known to be written
}

func (r *record) now() state {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.past[r.done]
}

// begin says what will be written.
func (r *record) begin(s state) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.past = append(r.past, s)
}

// end says whether it was.
func (r *record) end(ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ok {
		r.done = len(r.past) - 1
	} else {
		r.past = r.past[:len(r.past)-1]
	}
}

// look begins a read; what it returns says what an attribute may say at the end of it.
func (r *record) look() (may func() []state) {
	r.mu.Lock()
	defer r.mu.Unlock()
	from := r.done
	return func() []state {
		r.mu.Lock()
		defer r.mu.Unlock()
		return append([]state(nil), r.past[min(from, len(r.past)):]...)
	}
}
