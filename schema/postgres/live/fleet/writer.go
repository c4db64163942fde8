package fleet

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// writer writes as a version does.
type writer struct {
	fleet   *Fleet
	version *schema.Version
	conn    *pgx.Conn
	rng     *rand.Rand
	groups  int // transactions of a write
	tables  []string
	topics  []string
}

func (f *Fleet) writer(v *schema.Version, conn *pgx.Conn, rng *rand.Rand) *writer {
	w := &writer{fleet: f, version: v, conn: conn, rng: rng, groups: 1}
	for _, write := range v.Writes {
		w.groups = max(w.groups, len(write.Together))
	}
	for _, s := range f.plan.Stores {
		switch {
		case !slices.Contains(v.Makes, s.Name):
		case s.Kind == schema.Table:
			w.tables = append(w.tables, s.Name)
		case s.Kind == schema.Topic:
			w.topics = append(w.topics, s.Name)
		}
	}
	return w
}

// request writes one record, or two in one transaction that stays open for a while.
func (w *writer) request(ctx context.Context, k int) {
	keys := []int{k}
	if other := w.rng.IntN(len(w.fleet.records)); w.rng.IntN(8) == 0 && other != k && w.groups == 1 {
		keys = []int{min(k, other), max(k, other)}
	}
	for _, k := range keys {
		w.fleet.records[k].writing.Lock()
		defer w.fleet.records[k].writing.Unlock()
	}
	var jobs []*job
	for _, k := range keys {
		if j := w.job(k); j != nil {
			jobs = append(jobs, j)
			w.fleet.records[k].begin(j.next)
		}
	}
	if len(jobs) == 0 && len(w.topics) == 0 {
		return
	}
	err := w.carry(ctx, jobs)
	for _, j := range jobs {
		w.fleet.records[j.k].end(err == nil)
	}
	w.fleet.count(w.version.Ref(), err, "")
}

// insert makes a record of the start, if the version makes any.
func (w *writer) insert(ctx context.Context, k int) error {
	r := w.fleet.records[k]
	j := w.job(k)
	if j == nil || r.now() != nil {
		return nil
	}
	r.begin(j.next)
	err := w.carry(ctx, []*job{j})
	r.end(err == nil)
	return err
}

// job is what is to be done with a record.
type job struct {
	k       int
	next    state
	written map[string]meaning
	insert  bool
	remove  bool
}

// job chooses one; nil is that the version can do nothing.
func (w *writer) job(k int) *job {
	before := w.fleet.records[k].now()
	j := &job{k: k, insert: before == nil, written: map[string]meaning{}}
	if j.insert && len(w.tables) == 0 {
		return nil
	}
	if !j.insert && len(w.tables) > 0 && w.rng.IntN(10) == 0 {
		j.remove = true
		return j
	}
	j.next = maps.Clone(before)
	if j.insert {
		j.next = state{}
		for _, a := range w.fleet.attributes {
			j.next[a.Name] = nothing
			if a.nullable {
				j.next[a.Name] = null
			}
		}
	}
	for _, write := range w.version.Writes {
		if w.kept(write) && (j.insert || w.rng.IntN(3) > 0) {
			j.written[write.Attribute] = w.choose(write)
			j.next[write.Attribute] = j.written[write.Attribute]
		}
	}
	if !j.insert && len(j.written) == 0 {
		return nil
	}
	return j
}

// kept says that a write is to a table.
func (w *writer) kept(write schema.Write) bool {
	a := w.fleet.attributes[write.Attribute]
	return len(a.Values) > 0 && slices.ContainsFunc(write.Together, func(g []string) bool {
		return slices.ContainsFunc(g, func(f string) bool { return !a.place(f).topic && len(a.place(f).columns) > 0 })
	})
}

// choose picks a value that the version writes.
func (w *writer) choose(write schema.Write) meaning {
	classes := write.Values
	if len(classes) == 0 {
		for _, v := range w.fleet.attributes[write.Attribute].Values {
			if v.Name != schema.Null {
				classes = append(classes, v.Name)
			}
		}
	}
	if len(classes) == 0 {
		return null
	}
	class := classes[w.rng.IntN(len(classes))]
	if class == schema.Null {
		return null
	}
	return meaning{class, w.rng.IntN(pool)}
}

// carry carries out jobs, each group of the version's writes in a transaction of its own.
func (w *writer) carry(ctx context.Context, jobs []*job) error {
	for g := range w.groups {
		if err := w.transaction(ctx, jobs, g); err != nil {
			if !w.conn.IsClosed() {
				_, _ = w.conn.Exec(ctx, "ROLLBACK")
			}
			return err
		}
	}
	return nil
}

func (w *writer) transaction(ctx context.Context, jobs []*job, g int) error {
	if got := run(ctx, w.conn, "BEGIN"); got.Err != nil {
		return got.Err
	}
	for _, j := range jobs {
		if err := w.statements(ctx, j, g); err != nil {
			return err
		}
	}
	sent, err := w.send(ctx, g)
	if err != nil {
		return err
	}
	if len(jobs) > 1 {
		time.Sleep(time.Duration(w.rng.IntN(3)) * time.Millisecond) // something else that the service does
	}
	if got := run(ctx, w.conn, "COMMIT"); got.Err != nil {
		return got.Err
	}
	if sent {
		w.fleet.sent()
	}
	return nil
}

// statements are those of one record.
func (w *writer) statements(ctx context.Context, j *job, g int) error {
	if j.remove {
		for _, t := range w.tables {
			if got := run(ctx, w.conn, "DELETE FROM "+quoted(t)+" WHERE id = $1", id(j.k)); got.Err != nil {
				return fmt.Errorf("deletes from %s: %w", t, got.Err)
			}
		}
		return nil
	}
	names, values := w.columns(j, g)
	for _, t := range w.order(names) {
		inserts := j.insert && g == 0 && slices.Contains(w.tables, t)
		if !inserts && len(names[t]) == 0 {
			continue
		}
		args, list, sets := [][]byte{id(j.k)}, "$1", []string(nil)
		for n, name := range names[t] {
			args = append(args, values[t][n])
			list += fmt.Sprintf(", $%d", n+2)
			sets = append(sets, fmt.Sprintf("%s = $%d", name, n+2))
		}
		sql := fmt.Sprintf("UPDATE %s SET %s WHERE id = $1", quoted(t), strings.Join(sets, ", "))
		if inserts {
			sql = fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", quoted(t), strings.Join(append([]string{"id"}, names[t]...), ", "), list)
		}
		if got := run(ctx, w.conn, sql, args...); got.Err != nil {
			return fmt.Errorf("writes %s: %w", t, got.Err)
		}
	}
	return nil
}

// columns are what a group writes, by table.
func (w *writer) columns(j *job, g int) (names map[string][]string, values map[string]text) {
	names, values = map[string][]string{}, map[string]text{}
	for _, write := range w.version.Writes {
		m, is := j.written[write.Attribute]
		if !is || g >= len(write.Together) {
			continue
		}
		a := w.fleet.attributes[write.Attribute]
		for _, f := range write.Together[g] {
			p := a.place(f)
			if p.topic {
				continue
			}
			for n, c := range p.columns {
				names[p.table] = append(names[p.table], quoted(c.Name))
				values[p.table] = append(values[p.table], a.text(f, m)[n])
			}
		}
	}
	return names, values
}

// order is the tables, those with rows to be made first, always in the same order.
func (w *writer) order(names map[string][]string) []string {
	out := slices.Clone(w.tables)
	for _, t := range slices.Sorted(maps.Keys(names)) {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}
