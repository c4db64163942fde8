package pgserver

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// places are where packages put the programs of each version.
var places = []string{
	"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin",
}

// find returns the directory of initdb and postgres: the one that the environment names, that of the search path, or
// the newest of the usual ones.
func find() (string, error) {
	if !supported {
		return "", fmt.Errorf("%w (none is started on %s)", ErrNone, runtime.GOOS)
	}
	if dir := os.Getenv(envBin); dir != "" {
		if !complete(dir) {
			return "", fmt.Errorf("pgserver: %s=%s has no initdb and postgres", envBin, dir)
		}
		return dir, nil
	}
	if initdb, err := exec.LookPath("initdb"); err == nil && complete(filepath.Dir(initdb)) {
		return filepath.Dir(initdb), nil
	}
	for _, place := range places {
		dirs, _ := filepath.Glob(place) // the patterns are well-formed
		if dir := newest(dirs); dir != "" {
			return dir, nil
		}
	}
	return "", ErrNone
}

// newest is the complete directory of the highest version.
func newest(dirs []string) string {
	dirs = slices.DeleteFunc(slices.Clone(dirs), func(d string) bool { return !complete(d) })
	if len(dirs) == 0 {
		return ""
	}
	return slices.MaxFunc(dirs, func(a, b string) int { return cmp.Compare(version(a), version(b)) })
}

// version is the number in the name of the directory above bin, or 0.
func version(dir string) float64 {
	name := filepath.Base(filepath.Dir(dir))
	n, _ := strconv.ParseFloat(name[strings.LastIndexAny(name, "-@")+1:], 64)
	return n
}

// complete reports whether both programs are there.
func complete(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}
