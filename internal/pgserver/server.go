package pgserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// ErrNone says that there is no PostgreSQL to start, and which command provides one.
var ErrNone = errors.New("no PostgreSQL server here: apt-get install postgresql, or set GRADATIM_POSTGRES_DSN to one that runs")

const (
	envDSN = "GRADATIM_POSTGRES_DSN"
	envBin = "GRADATIM_POSTGRES_BIN"

	patience = 10 * time.Second     // for the end of a server that was told to end, before it is killed
	look     = 5 * time.Millisecond // between two looks whether a server is ready
)

// Server is a PostgreSQL that runs. Its methods may be called from any goroutine.
type Server struct {
	dsn  string
	dir  string // empty for a server that is not ours
	lock *os.File
	proc *os.Process
	over chan struct{} // closed when the process was waited for
	log  *logTail
	stop sync.Once
	err  error
}

// Start starts a server, or takes the one that GRADATIM_POSTGRES_DSN names. The context bounds the start only, which
// takes some seconds. The error is [ErrNone] if this machine has no server to start.
func Start(ctx context.Context) (*Server, error) {
	if dsn := os.Getenv(envDSN); dsn != "" {
		return &Server{dsn: dsn}, nil
	}
	bin, err := find()
	if err != nil {
		return nil, err
	}
	id, err := account()
	if err != nil {
		return nil, err
	}
	sweep(os.TempDir())
	dir, lock, err := home(id)
	if err != nil {
		return nil, fmt.Errorf("pgserver: %w", err)
	}
	s := &Server{dir: dir, lock: lock, over: make(chan struct{}), log: &logTail{}, dsn: dsn(dir)}
	if err := s.start(ctx, bin, id); err != nil {
		return nil, errors.Join(fmt.Errorf("pgserver: %w", err), s.Stop())
	}
	return s, nil
}

// DSN is how to connect, as keywords and values: the user postgres, who may do anything, and the database postgres.
func (s *Server) DSN() string { return s.dsn }

// Stop ends the server with all its connections and removes its data. All of its processes have ended when it returns;
// a second call does nothing more, and a server that was not started here is left alone.
func (s *Server) Stop() error {
	if s.dir == "" {
		return nil
	}
	s.stop.Do(func() {
		if s.proc != nil {
			_ = s.proc.Signal(signalEnd) // it may have ended already
			select {
			case <-s.over:
			case <-time.After(patience):
				s.err = s.proc.Kill()
				<-s.over
			}
		}
		s.err = errors.Join(s.err, os.RemoveAll(s.dir), s.lock.Close())
	})
	return s.err
}

// dsn is the connection to the server with its socket in dir.
func dsn(dir string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(dir)
	return "host='" + quoted + "' port=5432 user=postgres dbname=postgres sslmode=disable"
}

// start makes the data and starts the process.
func (s *Server) start(ctx context.Context, bin string, id *identity) error {
	data := filepath.Join(s.dir, "data")
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	prepare(initdb, s.dir, id)
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	args := []string{"-D", data, "-k", s.dir}
	for _, set := range []string{
		"listen_addresses=", "port=5432", "fsync=off", "synchronous_commit=off", "full_page_writes=off",
		"autovacuum=off", "timezone=UTC", "log_timezone=UTC", "logging_collector=off", "max_prepared_transactions=10",
	} {
		args = append(args, "-c", set)
	}
	cmd := exec.Command(filepath.Join(bin, "postgres"), args...)
	prepare(cmd, s.dir, id)
	cmd.Stdout, cmd.Stderr = s.log, s.log
	if err := s.run(cmd); err != nil {
		return err
	}
	return s.ready(ctx, filepath.Join(data, "postmaster.pid"))
}

// prepare gives a command what all of the server's have in common.
func prepare(cmd *exec.Cmd, dir string, id *identity) {
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"} // no PGDATA, PGPORT, PGTZ of ours
	become(cmd, id)
}

// run starts the process on a thread that lives as long as it does: Linux tells a child of the end of the thread that
// started it, not of the process.
func (s *Server) run(cmd *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		s.proc = cmd.Process
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
			close(s.over)
		}
	}()
	return <-started
}

// ready waits until the server says in its file that it takes connections.
func (s *Server) ready(ctx context.Context, file string) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.over:
			return fmt.Errorf("the server ended: %s", s.log)
		case <-tick.C:
		}
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		// Its last line is the state, since version 10.
		if lines := strings.Split(strings.TrimSpace(string(text)), "\n"); strings.TrimSpace(lines[len(lines)-1]) == "ready" {
			return nil
		}
	}
}

// logTail keeps the end of what the server says.
type logTail struct {
	mu sync.Mutex
	b  []byte
}

const maxLog = 4000

func (l *logTail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b = append(l.b, p...)
	l.b = l.b[max(0, len(l.b)-maxLog):]
	return len(p), nil
}

func (l *logTail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(bytes.TrimSpace(l.b))
}
