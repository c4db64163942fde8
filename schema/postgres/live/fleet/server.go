package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seed-20fe5ead/gradatim/schema/postgres"
	"github.com/seed-20fe5ead/gradatim/schema/postgres/carry"
)

// server is the Executor and the Observer of package carry, on pgx. All arguments and answers are texts.
type server struct {
	connect func(ctx context.Context) (*pgx.Conn, error)
	conn    *pgx.Conn
	by      *pgx.Conn
	tell    func(Event)
}

// Exec sends a statement's script.
func (s *server) Exec(ctx context.Context, st postgres.Statement, args []string) (row []string, err error) {
	conn, err := s.open(ctx, &s.conn)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	locks := ""
	for _, sql := range st.Script() {
		if sql == "COMMIT" {
			locks = held(ctx, conn)
		}
		var texts [][]byte
		if slices.Contains(st.SQL, sql) {
			for _, a := range args {
				texts = append(texts, []byte(a))
			}
		}
		got := run(ctx, conn, sql, texts...)
		if got.Err != nil {
			_ = conn.Close(context.Background())
			return nil, wrapped(got.Err)
		}
		if len(texts) > 0 && len(got.Rows) == 1 {
			row = asTexts(got.Rows[0])
		}
	}
	e := Event{Kind: Made, Step: st.Step, SQL: st.SQL, Timeout: st.LockTimeout, Took: time.Since(began), Locks: locks}
	if st.Batch != nil && len(row) > 1 {
		e.Kind, e.Looked, e.Wrote = Batch, row[0], row[1]
	}
	s.tell(e)
	return row, nil
}

// held are the locks on tables that the connection's transaction has.
func held(ctx context.Context, conn *pgx.Conn) string {
	got := run(ctx, conn, `SELECT DISTINCT mode || ' on ' || relname FROM pg_locks JOIN pg_class c ON c.oid = relation
		WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 1`)
	var all []string
	for _, row := range got.Rows {
		all = append(all, string(row[0]))
	}
	return strings.Join(all, ", ")
}

// open is a connection that works.
func (s *server) open(ctx context.Context, at **pgx.Conn) (*pgx.Conn, error) {
	if *at == nil || (*at).IsClosed() {
		conn, err := s.connect(ctx)
		if err != nil {
			return nil, wrapped(err)
		}
		*at = conn
	}
	return *at, nil
}

func wrapped(err error) error {
	if e, ok := errors.AsType[*pgconn.PgError](err); !ok {
		return fmt.Errorf("%w: %w", carry.ErrUnknown, err)
	} else if strings.Contains("55P03 40P01 40001", e.Code) {
		return fmt.Errorf("%w: %w", carry.ErrBusy, err)
	}
	return err
}

// Holds asks the server.
func (s *server) Holds(ctx context.Context, q postgres.Query) (bool, error) {
	row, err := s.Row(ctx, q)
	return err == nil && len(row) == 1 && row[0] == "t", err
}

// Row asks the server for one row.
func (s *server) Row(ctx context.Context, q postgres.Query) ([]string, error) {
	conn, err := s.open(ctx, &s.by)
	if err != nil {
		return nil, err
	}
	var args [][]byte
	for _, a := range q.Args {
		args = append(args, []byte(a))
	}
	got := run(ctx, conn, q.SQL, args...)
	switch {
	case got.Err != nil:
		return nil, fmt.Errorf("%s: %w", q.SQL, got.Err)
	case len(got.Rows) != 1:
		return nil, fmt.Errorf("%s: %d rows", q.SQL, len(got.Rows))
	}
	return asTexts(got.Rows[0]), nil
}

func (s *server) close() {
	for _, c := range []*pgx.Conn{s.conn, s.by} {
		if c != nil {
			_ = c.Close(context.Background())
		}
	}
}

func asTexts(row [][]byte) (out []string) {
	for _, b := range row {
		out = append(out, string(b))
	}
	return out
}
