package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seed-20fe5ead/gradatim/internal/pgserver"
	"github.com/seed-20fe5ead/gradatim/schema/postgres"
)

// server is what TestMain started, nil if there is none.
var (
	server *pgserver.Server
	absent error
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	server, absent = pgserver.Start(ctx)
	if absent != nil && !errors.Is(absent, pgserver.ErrNone) {
		fmt.Fprintln(os.Stderr, absent)
		return 1
	}
	if absent == nil {
		defer server.Stop()
	}
	return m.Run()
}

// db is a connection to a database of one test.
type db struct {
	*pgx.Conn
	t *testing.T
}

// database makes an empty database for a test and returns how to connect to it.
func database(t *testing.T) func() db {
	t.Helper()
	if absent != nil {
		t.Skip(absent)
	}
	config, err := pgx.ParseConfig(server.DSN())
	if err != nil {
		t.Fatal(err)
	}
	admin := connect(t, config.Copy())
	name := fmt.Sprintf("live_%d_%d", os.Getpid(), time.Now().UnixNano())
	admin.do("CREATE DATABASE " + name)
	t.Cleanup(func() {
		admin.do("DROP DATABASE " + name + " WITH (FORCE)")
	})
	config.Database = name
	config.RuntimeParams["timezone"] = "UTC"
	return func() db {
		t.Helper()
		return connect(t, config.Copy())
	}
}

func connect(t *testing.T, config *pgx.ConnConfig) db {
	t.Helper()
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol // several statements at once, and nothing is prepared
	conn, err := pgx.ConnectConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return db{conn, t}
}

// try runs statements and returns the server's code of the error, or "".
func (d db) try(sql string) string {
	d.t.Helper()
	_, err := d.Exec(context.Background(), sql)
	return code(err)
}

func code(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code + " " + e.Message
	}
	return err.Error()
}

// do runs statements that must succeed.
func (d db) do(sql string) {
	d.t.Helper()
	if problem := d.try(sql); problem != "" {
		d.t.Fatalf("%s: %s", sql, problem)
	}
}

// rows returns a query's rows, each of its columns as T.
func rows[T any](d db, sql string, args ...any) [][]T {
	d.t.Helper()
	r, err := d.Query(context.Background(), sql, args...)
	if err != nil {
		d.t.Fatalf("%s: %v", sql, err)
	}
	out, err := pgx.CollectRows(r, func(row pgx.CollectableRow) ([]T, error) {
		values := make([]T, len(row.FieldDescriptions()))
		into := make([]any, len(values))
		for i := range values {
			into[i] = &values[i]
		}
		return values, row.Scan(into...)
	})
	if err != nil {
		d.t.Fatalf("%s: %v", sql, err)
	}
	return out
}

// one returns the single value of a query.
func one[T any](d db, sql string, args ...any) T {
	d.t.Helper()
	return rows[T](d, sql, args...)[0][0]
}

// about is what the linter is told of the server and the session.
func (d db) about() postgres.Server {
	d.t.Helper()
	n, err := strconv.Atoi(one[string](d, "SHOW server_version_num"))
	if err != nil {
		d.t.Fatal(err)
	}
	version := n / 10000
	if version < postgres.MinVersion || version > postgres.MaxVersion {
		d.t.Skipf("PostgreSQL %d is not one the linter knows", version)
	}
	return postgres.Server{Version: version, TimeZone: one[string](d, "SHOW timezone"), LockTimeout: time.Second}
}

// await waits until a backend waits for a lock; over ends the waiting early.
func (d db) await(pid uint32, over <-chan error) (err error, ended bool) {
	d.t.Helper()
	for {
		select {
		case err := <-over:
			return err, true
		default:
		}
		if one[bool](d, "SELECT count(*) > 0 FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'", pid) {
			return nil, false
		}
		time.Sleep(time.Millisecond)
	}
}
