package fleet

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// Options say how large a fleet's data is and what it does.
type Options struct {
	// Records is how many there are; 0 is 40. Each is there from the start.
	Records int
	// Pause is between two requests of an instance.
	Pause time.Duration
	// Formats say how the plain values of an attribute are made of a number, for each column of its
	// first form: "order %d". The default is the number.
	Formats map[string][]string
	Seed    uint64
}

// Fleet runs instances of a plan's versions on one database. Its methods may be called from any goroutine.
type Fleet struct {
	plan       schema.Plan
	config     *pgx.ConnConfig
	o          Options
	attributes map[string]*attribute
	records    []*record

	mu        sync.Mutex
	instances []*instance
	born      uint64
	stats     Stats
	taken     map[string]map[int64]bool // messages, by service
}

// Stats are what a fleet counted.
type Stats struct {
	Requests map[string]int // by version
	Failed   int
	Stale    int
	Sent     int      // messages
	Taken    int      // messages, each time a service took one for the first time
	Wrong    []string // the first things that went wrong, in words
}

// New makes the tables of the plan's start in an empty database, and the records in them.
func New(ctx context.Context, config *pgx.ConnConfig, p schema.Plan, o Options) (*Fleet, error) {
	if o.Records == 0 {
		o.Records = 40
	}
	f := &Fleet{plan: p, config: config, o: o, attributes: map[string]*attribute{}, taken: map[string]map[int64]bool{}}
	f.stats.Requests = map[string]int{}
	conn, err := f.connect(ctx, "setup")
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	for _, a := range p.Attributes {
		if f.attributes[a.Name], err = newAttribute(ctx, conn, &p, a, o.Formats); err != nil {
			return nil, err
		}
	}
	if _, err := conn.Exec(ctx, f.definition()); err != nil {
		return nil, err
	}
	return f, f.fill(ctx, conn)
}

// connect opens a connection under a name that others see.
func (f *Fleet) connect(ctx context.Context, name string) (*pgx.Conn, error) {
	c := f.config.Copy()
	c.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol // several statements at once, and nothing is prepared
	c.RuntimeParams["application_name"] = name
	return pgx.ConnectConfig(ctx, c)
}

// definition makes the tables.
func (f *Fleet) definition() string {
	columns := map[string][]string{}
	var tables []string
	for _, s := range f.plan.Stores {
		if s.Kind == schema.Table && f.starts(s.Name) {
			tables = append(tables, s.Name)
			columns[s.Name] = []string{"id bigint PRIMARY KEY"}
		}
	}
	for _, a := range f.plan.Attributes {
		for _, p := range f.attributes[a.Name].forms {
			if p.topic || len(a.Values) == 0 || !slices.Contains(f.plan.Start.Forms, p.form) {
				continue
			}
			for _, c := range p.columns {
				one := quoted(c.Name) + " " + c.Type
				if slices.Contains(f.plan.Start.Refuses, schema.Refusal{Form: p.form, Value: schema.Null}) {
					one += " NOT NULL"
				}
				columns[p.table] = append(columns[p.table], one)
			}
		}
	}
	var sql strings.Builder
	for _, t := range tables {
		fmt.Fprintf(&sql, "CREATE TABLE %s (%s);\n", quoted(t), strings.Join(columns[t], ", "))
	}
	sql.WriteString(outbox)
	return sql.String()
}

// starts says that a table is there at the start: it has forms then, or versions that make rows in it.
func (f *Fleet) starts(store string) bool {
	for _, form := range f.plan.Forms {
		if form.Store == store && slices.Contains(f.plan.Start.Forms, form.Name) {
			return true
		}
	}
	for _, v := range f.plan.Versions {
		if slices.Contains(f.plan.Start.Running, v.Ref()) && slices.Contains(v.Makes, store) {
			return true
		}
	}
	return false
}

// fill makes the records, as those who run at the start would.
func (f *Fleet) fill(ctx context.Context, conn *pgx.Conn) error {
	rng := rand.New(rand.NewPCG(f.o.Seed, 0))
	for range f.o.Records {
		f.records = append(f.records, &record{past: []state{nil}})
	}
	for _, v := range f.plan.Versions {
		if !slices.Contains(f.plan.Start.Running, v.Ref()) {
			continue
		}
		w := f.writer(&v, conn, rng)
		for k := range f.records {
			if err := w.insert(ctx, k); err != nil {
				return fmt.Errorf("fleet: %s makes the records of the start: %w", v.Ref(), err)
			}
		}
	}
	return nil
}

// Start starts one more instance of a version.
func (f *Fleet) Start(ctx context.Context, ref string) error {
	at := slices.IndexFunc(f.plan.Versions, func(v schema.Version) bool { return v.Ref() == ref })
	if at < 0 {
		return fmt.Errorf("fleet: %s is no version of the plan", ref)
	}
	conn, err := f.connect(ctx, ref)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.born++
	i := &instance{
		fleet: f, version: &f.plan.Versions[at], conn: conn, stop: make(chan struct{}), over: make(chan struct{}),
		rng: rand.New(rand.NewPCG(f.o.Seed, f.born)),
	}
	f.instances = append(f.instances, i)
	go i.run()
	return nil
}

// Stop stops one instance of a version, when its request is over. It says whether there was one.
func (f *Fleet) Stop(ref string) bool {
	f.mu.Lock()
	at := slices.IndexFunc(f.instances, func(i *instance) bool { return i.version.Ref() == ref })
	if at < 0 {
		f.mu.Unlock()
		return false
	}
	i := f.instances[at]
	f.instances = slices.Delete(f.instances, at, at+1)
	f.mu.Unlock()
	close(i.stop)
	<-i.over
	return true
}

// StopAll stops all instances.
func (f *Fleet) StopAll() {
	for _, ref := range f.Running() {
		for f.Stop(ref) {
		}
	}
}

// Running are the versions that have instances, in the order of the plan.
func (f *Fleet) Running() (refs []string) {
	for _, v := range f.plan.Versions {
		if f.Count(v.Ref()) > 0 {
			refs = append(refs, v.Ref())
		}
	}
	return refs
}

// Count is how many instances a version has.
func (f *Fleet) Count(ref string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, i := range f.instances {
		if i.version.Ref() == ref {
			n++
		}
	}
	return n
}

// Busy waits until every instance that runs now has done n more requests, or was stopped.
func (f *Fleet) Busy(ctx context.Context, n int64) error {
	f.mu.Lock()
	all := slices.Clone(f.instances)
	f.mu.Unlock()
	for _, i := range all {
		goal := i.done.Load() + n
		for i.done.Load() < goal {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-i.over:
				goal = 0
			case <-time.After(time.Millisecond):
			}
		}
	}
	return nil
}

// Stats are what was counted so far.
func (f *Fleet) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.stats
	out.Requests, out.Wrong = make(map[string]int, len(f.stats.Requests)), slices.Clone(f.stats.Wrong)
	maps.Copy(out.Requests, f.stats.Requests)
	return out
}

// count counts one request.
func (f *Fleet) count(ref string, failed error, stale string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stats.Requests[ref]++
	text := stale
	switch {
	case failed != nil:
		f.stats.Failed++
		text = failed.Error()
	case stale != "":
		f.stats.Stale++
	default:
		return
	}
	if len(f.stats.Wrong) < 5 {
		f.stats.Wrong = append(f.stats.Wrong, ref+": "+text)
	}
}
