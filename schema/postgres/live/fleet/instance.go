package fleet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// instance is one process of a version: it does one request after the other.
type instance struct {
	fleet   *Fleet
	version *schema.Version
	conn    *pgx.Conn
	rng     *rand.Rand
	stop    chan struct{}
	over    chan struct{}
	done    atomic.Int64
	cursor  cursor
}

// patience is for one request: more means that it hangs.
const patience = 30 * time.Second

func (i *instance) run() {
	defer close(i.over)
	defer i.conn.Close(context.Background())
	w := i.fleet.writer(i.version, i.conn, i.rng)
	for {
		select {
		case <-i.stop:
			return
		default:
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		i.request(ctx, w)
		cancel()
		i.done.Add(1)
		time.Sleep(i.fleet.o.Pause)
	}
}

// request does something that the version can do.
func (i *instance) request(ctx context.Context, w *writer) {
	k := i.rng.IntN(len(i.fleet.records))
	if stores := i.subscribes(); len(stores) > 0 {
		i.take(ctx, stores)
	}
	if i.rng.IntN(2) == 0 {
		i.read(ctx, k)
		return
	}
	w.request(ctx, k)
}

// read reads a record, and compares it with what was written.
func (i *instance) read(ctx context.Context, k int) {
	for _, s := range i.version.Star {
		if err := i.star(ctx, s, k); err != nil {
			i.fleet.count(i.version.Ref(), err, "")
			return
		}
	}
	for _, r := range i.version.Reads {
		a := i.fleet.attributes[r.Attribute]
		var forms []*place
		for _, f := range r.Forms {
			if p := a.place(f); !p.topic && len(p.columns) > 0 {
				forms = append(forms, p)
			}
		}
		if len(forms) == 0 || len(a.Values) == 0 {
			continue
		}
		may := i.fleet.records[k].look()
		got, err := i.look(ctx, forms, k)
		if err != nil {
			i.fleet.count(i.version.Ref(), err, "")
			continue
		}
		states := may()
		err = i.takes(&r, a, states)
		i.fleet.count(i.version.Ref(), err, a.judge(forms, got, states, k))
	}
}

// takes says whether the version takes what it reads, if there is no doubt what that is.
func (i *instance) takes(r *schema.Read, a *attribute, may []state) error {
	if len(may) != 1 {
		return nil
	}
	class := may[0].of(a.Name).class
	if slices.Contains(r.Takes, schema.Fit{Value: class, Verdict: schema.Error}) {
		return fmt.Errorf("reads %s of %s, which it does not take", class, a.Name)
	}
	return nil
}

// look reads forms of a record in one statement.
func (i *instance) look(ctx context.Context, forms []*place, k int) ([]text, error) {
	var list, joins []string
	for n, p := range forms {
		for _, c := range p.columns {
			list = append(list, fmt.Sprintf("t%d.%s::text", n, quoted(c.Name)))
		}
		joins = append(joins, fmt.Sprintf(" LEFT JOIN %s t%d ON t%[2]d.id = k.id", quoted(p.table), n))
	}
	sql := "SELECT " + strings.Join(list, ", ") + " FROM (SELECT $1::bigint AS id) k" + strings.Join(joins, "")
	got := run(ctx, i.conn, sql, id(k))
	if got.Err != nil {
		return nil, fmt.Errorf("reads %s: %w", forms[0].form, got.Err)
	}
	var out []text
	row := got.Rows[0]
	for _, p := range forms {
		out = append(out, row[:len(p.columns)])
		row = row[len(p.columns):]
	}
	return out, nil
}

// judge says what is wrong with what was read: the first form that is set must say what was written.
func (a *attribute) judge(forms []*place, got []text, may []state, k int) string {
	at := slices.IndexFunc(got, text.set)
	var want []string
	for _, s := range may {
		m := s.of(a.Name)
		switch {
		case at < 0 && (m == gone || m == null):
			return ""
		case at >= 0 && m != gone && a.means(forms[at].form, got[at], m):
			return ""
		}
		want = append(want, m.class+" "+a.text(forms[max(at, 0)].form, m).String())
	}
	return fmt.Sprintf("reads %s in %s of record %d, but %s was written", got[max(at, 0)], forms[max(at, 0)].form, k, strings.Join(want, " or "))
}

// star reads all columns by a statement that was prepared when the version was started.
func (i *instance) star(ctx context.Context, store string, k int) error {
	name := "star " + store
	if _, err := i.conn.Prepare(ctx, name, "SELECT * FROM "+quoted(store)+" WHERE id = $1"); err != nil {
		return err
	}
	if got := i.conn.PgConn().ExecPrepared(ctx, name, [][]byte{id(k)}, nil, nil).Read(); got.Err != nil {
		return fmt.Errorf("reads all columns of %s: %w", store, got.Err)
	}
	return nil
}

func id(k int) []byte { return fmt.Appendf(nil, "%d", k) }
