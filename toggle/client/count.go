package client

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seed-20fe5ead/gradatim/toggle"
)

// Count is how often a flag served a variant for a reason.
type Count struct {
	// Flag is empty for all names that no flag has.
	Flag    string
	Variant string
	Reason  toggle.Reason
	Error   toggle.ErrorCode
	N       uint64
}

// Counts are the evaluations since the client was made, by flag, variant, reason and error;
// none without Options.Count. A getter that gave the caller's default because the flag is of
// another type counts as that error. Counts do not go down, and while evaluations go on they
// are not of one instant.
func (c *Client) Counts() []Count {
	c.tally.mu.Lock()
	defer c.tally.mu.Unlock()
	var all []Count
	for name, f := range c.tally.flags {
		for _, o := range f {
			n := uint64(0)
			for i := range o.block.lines {
				n += o.block.lines[i][o.at].Load()
			}
			o.count.Flag, o.count.N = name, n
			all = append(all, o.count)
		}
	}
	slices.SortFunc(all, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Flag, b.Flag), cmp.Compare(a.Variant, b.Variant),
			cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Error, b.Error))
	})
	return all
}

// tally has the counters of all flags. They outlive the sets.
//
// A counter is many: one in each shard, which processors use apart from each other, so that
// none waits for a line of another's cache.
type tally struct {
	on     bool
	shards []int // each says which it is; as many as a power of two
	next   atomic.Uint32
	pool   sync.Pool // of pointers to shards: it keeps one by processor

	mu    sync.Mutex
	flags map[string][]outcome
}

// line is one line of a cache: what one shard counts of eight outcomes of one flag.
type line [8]atomic.Uint64

// block is the lines of all shards.
type block struct{ lines []line }

// outcome is where one thing that a flag serves is counted.
type outcome struct {
	count Count
	block *block
	at    int
}

// counts are the outcomes of a flag in one set, as far as they occurred. The results of a
// set are shared, so that a pointer says which one it is; a search is never longer than the
// rules of the flag, which were asked before.
type counts struct {
	tally *tally
	flag  string
	seen  atomic.Pointer[[]seen]
}

type seen struct {
	result *toggle.Result
	as     bool // as an error of type
	block  *block
	at     int
}

func (t *tally) init(on bool) {
	if t.on = on; !on {
		return
	}
	n := 4
	for n < 2*runtime.GOMAXPROCS(0) && n < 64 {
		n *= 2
	}
	t.flags, t.shards = map[string][]outcome{}, make([]int, n)
	for i := range t.shards {
		t.shards[i] = i
	}
	t.pool.New = func() any { return &t.shards[int(t.next.Add(1))&(n-1)] }
}

func (t *tally) of(name string) *counts {
	if !t.on {
		return nil
	}
	return &counts{tally: t, flag: name}
}

// add counts a result that was given, and addMismatch one that a getter could not give. One
// that leaves the choice to the caller is of no type, and no mismatch.
func (c *counts) add(r *toggle.Result) { c.count(r, false) }

func (c *counts) addMismatch(r *toggle.Result) {
	c.count(r, r.Error == "" && r.Value.Type() != toggle.Nothing)
}

func (c *counts) count(r *toggle.Result, as bool) {
	if all := c.seen.Load(); all != nil {
		for i := range *all {
			if s := &(*all)[i]; s.result == r && s.as == as {
				c.tally.hit(s.block, s.at)
				return
			}
		}
	}
	s := c.first(r, as)
	c.tally.hit(s.block, s.at)
}

func (t *tally) hit(b *block, at int) {
	shard := t.pool.Get().(*int)
	b.lines[*shard][at].Add(1)
	t.pool.Put(shard)
}

// first finds the counter of a result that is seen for the first time in its set.
func (c *counts) first(r *toggle.Result, as bool) seen {
	t := c.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	key := Count{Variant: r.Variant, Reason: r.Reason, Error: r.Error}
	if as {
		key = Count{Reason: toggle.Failed, Error: toggle.TypeMismatch}
	}
	all := t.flags[c.flag]
	i := slices.IndexFunc(all, func(o outcome) bool { return o.count == key })
	if i < 0 {
		i = len(all)
		o := outcome{count: key, at: i % len(line{})}
		if o.at == 0 {
			o.block = &block{make([]line, len(t.shards))}
		} else {
			o.block = all[i-1].block
		}
		all = append(all, o)
		t.flags[c.flag] = all
	}
	s := seen{r, as, all[i].block, all[i].at}
	var list []seen
	if before := c.seen.Load(); before != nil {
		list = slices.Clone(*before)
	}
	list = append(list, s)
	c.seen.Store(&list)
	return s
}
