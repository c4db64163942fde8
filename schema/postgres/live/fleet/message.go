package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-20fe5ead/gradatim/schema"
)

// outbox is where messages lie. A transaction that began earlier may commit later: readers wait for all that are older
// than what they have read, by the transaction's number.
const outbox = `CREATE TABLE outbox (seq bigserial PRIMARY KEY, tx bigint NOT NULL DEFAULT txid_current(),
	topics text[] NOT NULL, fields jsonb NOT NULL, meant jsonb NOT NULL);`

// cursor is how far an instance has read.
type cursor struct{ tx, seq int64 }

// message is one as it lies there.
type message struct {
	seq    int64
	topics []string
	fields map[string]string
	meant  map[string]string // by attribute: what the sender meant, as "class/n"
}

func (m meaning) encode() string { return m.class + "/" + strconv.Itoa(m.n) }

func decode(text string) meaning {
	class, n, _ := strings.Cut(text, "/")
	number, _ := strconv.Atoi(n) // written by encode
	return meaning{class, number}
}

// send sends one message with what a group of the version's writes has in topics. It says whether there was anything to send.
func (w *writer) send(ctx context.Context, g int) (bool, error) {
	m := message{fields: map[string]string{}, meant: map[string]string{}}
	if g == 0 {
		m.topics = slices.Clone(w.topics)
	}
	for _, write := range w.version.Writes {
		a := w.fleet.attributes[write.Attribute]
		if g >= len(write.Together) {
			continue
		}
		value := w.choose(write)
		for _, f := range write.Together[g] {
			p := a.place(f)
			if !p.topic {
				continue
			}
			if !slices.Contains(m.topics, p.store) {
				m.topics = append(m.topics, p.store)
			}
			if value != null {
				m.fields[f] = string(a.text(f, value)[0])
			}
			m.meant[a.Name] = value.encode()
		}
	}
	if len(m.topics) == 0 {
		return false, nil
	}
	fields, err := json.Marshal(m.fields)
	if err != nil {
		return false, err
	}
	meant, err := json.Marshal(m.meant)
	if err != nil {
		return false, err
	}
	got := run(ctx, w.conn, "INSERT INTO outbox (topics, fields, meant) VALUES ($1, $2, $3)", list(m.topics), fields, meant)
	if got.Err != nil {
		return false, fmt.Errorf("sends a message: %w", got.Err)
	}
	return true, nil
}

func (f *Fleet) sent() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stats.Sent++
}

// list is an array of texts.
func list(all []string) []byte {
	var parts []string
	for _, s := range all {
		parts = append(parts, `"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)+`"`)
	}
	return []byte("{" + strings.Join(parts, ",") + "}")
}

// subscribes are the topics of which the version reads some form.
func (i *instance) subscribes() []string { return i.fleet.subscribes(i.version) }

func (f *Fleet) subscribes(v *schema.Version) (topics []string) {
	for _, r := range v.Reads {
		for _, form := range r.Forms {
			if p := f.attributes[r.Attribute].place(form); p.topic && !slices.Contains(topics, p.store) {
				topics = append(topics, p.store)
			}
		}
	}
	return topics
}

// take takes the messages that are new to the instance: the first time all that are kept.
func (i *instance) take(ctx context.Context, topics []string) {
	got := run(ctx, i.conn, `SELECT seq, tx, array_to_json(topics), fields, meant FROM outbox
		WHERE (tx, seq) > ($1, $2) AND tx < txid_snapshot_xmin(txid_current_snapshot()) AND topics && $3
		ORDER BY tx, seq LIMIT 500`, fmt.Appendf(nil, "%d", i.cursor.tx), fmt.Appendf(nil, "%d", i.cursor.seq), list(topics))
	if got.Err != nil {
		i.fleet.count(i.version.Ref(), fmt.Errorf("reads messages: %w", got.Err), "")
		return
	}
	for _, row := range got.Rows {
		var m message
		_ = json.Unmarshal(row[2], &m.topics) // made above
		_ = json.Unmarshal(row[3], &m.fields)
		_ = json.Unmarshal(row[4], &m.meant)
		m.seq, _ = strconv.ParseInt(string(row[0]), 10, 64)
		i.cursor.tx, _ = strconv.ParseInt(string(row[1]), 10, 64)
		i.cursor.seq = m.seq
		failed, stale := i.understand(&m)
		i.fleet.count(i.version.Ref(), failed, stale)
		if failed == nil {
			i.fleet.takes(i.version.Service, m.seq)
		}
	}
}

func (f *Fleet) takes(service string, seq int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.taken[service] == nil {
		f.taken[service] = map[int64]bool{}
	}
	if !f.taken[service][seq] {
		f.taken[service][seq] = true
		f.stats.Taken++
	}
}

// understand decodes a message and compares it with what was meant.
func (i *instance) understand(m *message) (failed error, stale string) {
	var known []string
	for _, r := range i.version.Reads {
		a := i.fleet.attributes[r.Attribute]
		at := -1
		var topics []string
		for n, f := range r.Forms {
			known = append(known, f)
			topics = append(topics, a.place(f).store)
			if _, has := m.fields[f]; has && at < 0 {
				at = n
			}
		}
		if !slices.ContainsFunc(topics, func(t string) bool { return slices.Contains(m.topics, t) }) {
			continue
		}
		meant, is := m.meant[a.Name]
		switch {
		case at < 0 && is && decode(meant) != null, at < 0 && !a.nullable:
			return fmt.Errorf("cannot decode message %d: none of %s is in it", m.seq, strings.Join(r.Forms, ", ")), ""
		case at >= 0 && !a.means(r.Forms[at], text{[]byte(m.fields[r.Forms[at]])}, decode(meant)):
			stale = fmt.Sprintf("reads %q in message %d, but %s was meant", m.fields[r.Forms[at]], m.seq, meant)
		}
	}
	for _, s := range i.version.Strict {
		for f := range m.fields {
			if slices.Contains(m.topics, s) && !slices.Contains(known, f) {
				return fmt.Errorf("refuses message %d: it does not know %s", m.seq, f), ""
			}
		}
	}
	return nil, stale
}

// Unread is how many messages that are kept were not taken by a service whose running version should.
func (f *Fleet) Unread(ctx context.Context) (int, error) {
	all, err := f.retained(ctx, func(m *message) bool { return !f.done(m) })
	return len(all), err
}

// Expire removes the messages that everybody has taken, save for the last few.
func (f *Fleet) Expire(ctx context.Context, save int) error {
	all, err := f.retained(ctx, f.done)
	if err != nil || len(all) <= save {
		return err
	}
	all = all[:len(all)-save]
	conn, err := f.connect(ctx, "expire")
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "DELETE FROM outbox WHERE seq = ANY ($1)", all)
	return err
}

// retained are the numbers of the messages that are kept and are as is asked for.
func (f *Fleet) retained(ctx context.Context, is func(m *message) bool) (out []int64, err error) {
	conn, err := f.connect(ctx, "observe")
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	got := run(ctx, conn, "SELECT seq, array_to_json(topics), fields, meant FROM outbox ORDER BY seq")
	for _, row := range got.Rows {
		var m message
		_ = json.Unmarshal(row[1], &m.topics)
		_ = json.Unmarshal(row[2], &m.fields)
		_ = json.Unmarshal(row[3], &m.meant)
		m.seq, _ = strconv.ParseInt(string(row[0]), 10, 64)
		if is(&m) {
			out = append(out, m.seq)
		}
	}
	return out, got.Err
}

// done says that every service that runs and reads what is in the message has taken it.
func (f *Fleet) done(m *message) bool {
	running := f.Running()
	for _, v := range f.plan.Versions {
		if !slices.Contains(running, v.Ref()) {
			continue
		}
		reads := slices.ContainsFunc(v.Reads, func(r schema.Read) bool {
			_, is := m.meant[r.Attribute]
			return is || slices.ContainsFunc(r.Forms, func(form string) bool { return slices.Contains(m.topics, f.attributes[r.Attribute].place(form).store) })
		})
		f.mu.Lock()
		taken := f.taken[v.Service][m.seq]
		f.mu.Unlock()
		if reads && !taken {
			return false
		}
	}
	return true
}
