//go:build unix

package pgserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain can be the process that starts a server and is killed.
func TestMain(m *testing.M) {
	if os.Getenv("PGSERVER_TEST_OWNER") == "" {
		os.Exit(m.Run())
	}
	s, err := Start(context.Background())
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println(s.proc.Pid, s.dir)
	select {}
}

func begin(t *testing.T) *Server {
	t.Helper()
	t.Setenv(envDSN, "")
	s, err := Start(t.Context())
	if errors.Is(err, ErrNone) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func gone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func TestStartStop(t *testing.T) {
	s := begin(t)
	conn, err := net.Dial("unix", filepath.Join(s.dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, part := range []string{"host='" + s.dir + "'", "port=5432", "user=postgres", "sslmode=disable"} {
		if !strings.Contains(s.DSN(), part) {
			t.Errorf("%q is not in %s", part, s.DSN())
		}
	}
	if os.Geteuid() == 0 {
		info, err := os.Stat(filepath.Join(s.dir, "data", "PG_VERSION"))
		if err != nil {
			t.Fatal(err)
		}
		if info.Sys().(*syscall.Stat_t).Uid == 0 {
			t.Error("the server runs as root")
		}
	}
	sweep(os.TempDir())
	if _, err := os.Stat(s.dir); err != nil {
		t.Error("the directory of a server that runs was swept:", err)
	}
	children := descendants(t, s.proc.Pid)
	if runtime.GOOS == "linux" && len(children) == 0 {
		t.Error("found no child of the server: the check below sees nothing")
	}
	for range 2 {
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	for _, pid := range append(children, s.proc.Pid) {
		if !gone(pid) {
			t.Error("still runs:", pid)
		}
	}
	if _, err := os.Stat(s.dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("the directory stayed:", err)
	}
}

// descendants are the children of a process, where /proc tells.
func descendants(t *testing.T, pid int) (all []int) {
	t.Helper()
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		f := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(f) > 1 && f[1] == strconv.Itoa(pid) {
			n, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			all = append(all, n)
		}
	}
	return all
}

// A process that is killed takes its server with it, and the next one removes what it left.
func TestOwnerIsKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells a child that its parent ended")
	}
	t.Setenv(envDSN, "")
	owner := exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), "PGSERVER_TEST_OWNER=1")
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	_ = owner.Process.Kill()
	_ = owner.Wait()
	if strings.Contains(line, ErrNone.Error()) {
		t.Skip(ErrNone)
	}
	var pid int
	var dir string
	if _, err := fmt.Sscan(line, &pid, &dir); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	for !ended(pid) {
		time.Sleep(time.Millisecond)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Fatal("nothing to sweep:", err)
	}
	sweep(os.TempDir())
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("not swept:", err)
	}
}

// ended reports whether a process that is not our child has ended, whoever reaps it.
func ended(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return gone(pid) || err == nil && strings.Contains(string(stat), ") Z ")
}

func TestGivenServer(t *testing.T) {
	t.Setenv(envDSN, "host=elsewhere")
	s, err := Start(t.Context())
	if err != nil || s.DSN() != "host=elsewhere" || s.Stop() != nil {
		t.Errorf("%v, %v", s, err)
	}
}

func TestNone(t *testing.T) {
	t.Setenv(envDSN, "")
	t.Setenv("PATH", t.TempDir())
	old := places
	places = nil
	defer func() { places = old }()
	if _, err := Start(t.Context()); !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), "apt-get install postgresql") {
		t.Error(err)
	}
	t.Setenv(envBin, t.TempDir())
	if _, err := Start(t.Context()); err == nil || errors.Is(err, ErrNone) {
		t.Error("a wrong directory is a mistake, not a missing server:", err)
	}
}

// A start that is given up leaves nothing.
func TestGivenUp(t *testing.T) {
	t.Setenv(envDSN, "")
	t.Setenv("TMPDIR", t.TempDir())
	if err := os.Chmod(os.TempDir(), 0o777); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Start(ctx)
	if errors.Is(err, ErrNone) {
		t.Skip(err)
	}
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	if !errors.Is(err, context.Canceled) || len(left) > 0 {
		t.Errorf("%v, left %v", err, left)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	var dirs []string
	for _, v := range []string{"9.6", "15", "100", "pgsql-17", "200"} {
		bin := filepath.Join(dir, v, "bin")
		if err := os.MkdirAll(bin, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"initdb", "postgres"} {
			if v == "200" && name == "postgres" {
				continue
			}
			if err := os.WriteFile(filepath.Join(bin, name), nil, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		dirs = append(dirs, bin)
	}
	for n, want := range map[int]string{0: "", 1: "9.6", 2: "15", 3: "100", 5: "100"} {
		if want != "" {
			want = filepath.Join(dir, want, "bin")
		}
		if got := newest(dirs[:n]); got != want {
			t.Errorf("of %d: %q, want %q", n, got, want)
		}
	}
	if got := version(dirs[3]); got != 17 {
		t.Errorf("version %v", got)
	}
}
