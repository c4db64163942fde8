package prometheus

import (
	"cmp"
	"errors"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/health"
	"github.com/seed-20fe5ead/gradatim/internal/series"
)

// longestLearn bounds how far back an ask may look.
const longestLearn = 24 * time.Hour

// fewestBlocks is of how many scrapes something can be learned at all.
const fewestBlocks = 10

// learn looks once at what stable did before, to say how much its counts vary. What the
// server does not give, or what cannot be counted, is no reason not to measure what is now:
// less of the past is looked at then, and none of it in the end.
func (t *track) learn(r *round) error {
	if t.learned || t.Ask.Stable == "" || t.arms == "" || t.query.Gauge != nil || t.query.Restarts {
		return nil
	}
	for ; t.back >= fewestBlocks*t.options.Scrape; t.back /= 2 {
		lines, err := t.linesOf(r, rangeOf(t.back))
		if e := (*uncountable)(nil); errors.Is(err, errWrong) || errors.As(err, &e) {
			continue
		}
		if err != nil {
			t.back /= 2 // it may be that so much takes too long
			return err
		}
		lines = slices.DeleteFunc(lines, func(l *line) bool { return l.version != t.Ask.Stable })
		t.factor = dispersion(lines, t.options.Scrape)
		break
	}
	t.learned = true
	return nil
}

// dispersion is that of the bad events, or of those above a bound that few reach. The
// scrapes of instances lie anywhere in an interval: each difference is of the one in
// which it ends.
func dispersion(lines []*line, every time.Duration) float64 {
	type block struct{ n, x float64 }
	blocks := map[int64]*block{}
	bound := slow(lines)
	for _, l := range lines {
		for i := range l.points {
			k := l.points[i].at.UnixMilli() / every.Milliseconds()
			b := blocks[k]
			if b == nil {
				b = &block{}
				blocks[k] = b
			}
			if i == 0 {
				continue
			}
			var p series.Pending
			p.Add(&l.points[i].Series, l.points[i-1].Mark(), nil)
			b.n, b.x = b.n+p.Total, b.x+p.Bad
			if l.points[i].Buckets != nil && p.Total > 0 {
				b.x += exceeded(&p, bound)
			}
		}
	}
	if len(blocks) < fewestBlocks {
		return 0
	}
	var d health.Dispersion
	all := slices.Sorted(maps.Keys(blocks))
	for _, k := range all[1 : len(all)-1] { // the first and the last may be cut off
		d.Add(every.Seconds(), blocks[k].n, min(blocks[k].x, blocks[k].n))
	}
	return d.Factor()
}

// slow is the lowest bound that at most a tenth of the events of histograms lie above.
func slow(lines []*line) float64 {
	var bounds, upTo []float64
	total := 0.0
	for _, l := range lines {
		p := &l.points[len(l.points)-1]
		if len(p.Bounds) == 0 {
			continue
		}
		if bounds == nil {
			bounds, upTo = p.Bounds, make([]float64, len(p.Bounds))
		}
		for k, b := range bounds {
			if i, ok := slices.BinarySearchFunc(p.Bounds, b, cmp.Compare[float64]); ok {
				upTo[k] += p.Buckets[i]
			}
		}
		total += p.Value
	}
	for k, b := range bounds {
		if upTo[k] >= 0.9*total {
			return b
		}
	}
	return math.Inf(1)
}

// exceeded are the events above a bound.
func exceeded(p *series.Pending, bound float64) (n float64) {
	for k, b := range p.Buckets {
		if k > 0 && p.Bounds[k-1] >= bound {
			n += b
		}
	}
	return n
}
