package engine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/seed-20fe5ead/gradatim/rollout"
)

// appendJournal appends a line behind the part that belongs to the present state.
// What stands there already is of a save that was never acknowledged.
func (d *Dir) appendJournal(id string, at int64, line []byte) error {
	path := d.path(id, journalFile)
	_, err := os.Lstat(path)
	if err := d.change("open " + path); err != nil {
		return err
	}
	f, errOpen := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if errOpen != nil {
		return errOpen
	}
	if errors.Is(err, fs.ErrNotExist) { // the state must never be there without it
		err = syncDir(d.path(id))
	}
	if err == nil {
		err = d.change("truncate " + path)
	}
	if err == nil {
		err = f.Truncate(at)
	}
	if err == nil {
		err = d.change("append " + path)
	}
	if err == nil {
		_, err = f.WriteAt(line, at)
	}
	if err == nil {
		err = d.change("sync " + path)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// checkJournal refuses a journal that ends before its state.
func checkJournal(path string, s saved) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return corrupt(path, fmt.Sprintf("it is missing, and the state is at revision %d", s.state.Rev))
	}
	if err != nil {
		return err
	}
	defer f.Close()
	var last [1]byte
	if _, err := f.ReadAt(last[:], s.journal.Bytes-1); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if last[0] != '\n' {
		return corrupt(path, fmt.Sprintf("it ends before revision %d of the state", s.state.Rev))
	}
	return nil
}

// checkFirst says that there is no such rollout, unless a journal shows that there
// was one: a first save that was cut off leaves one record at most.
func (d *Dir) checkFirst(id string) error {
	path := d.path(id, journalFile)
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if line, rest, whole := bytes.Cut(data, []byte("\n")); whole {
		if r, err := decodeRecord(line); err != nil || r.Rev != 1 || len(rest) > 0 {
			return corrupt(d.path(id, stateFile), "it is missing, and there is a journal")
		}
	}
	return ErrNotFound
}

// readJournal returns the records that belong to a state, and checks them.
func readJournal(path string, s saved) ([]rollout.Record, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, s.journal.Bytes))
	if err != nil {
		return nil, err
	}
	var records []rollout.Record
	var read extent
	for line := range bytes.Lines(data) {
		n := uint64(len(records)) + 1
		r, err := decodeRecord(line)
		if err != nil {
			return nil, corrupt(path, fmt.Sprintf("line %d: %v", n, err))
		}
		if r.Rev != n {
			return nil, corrupt(path, fmt.Sprintf("line %d has revision %d", n, r.Rev))
		}
		records, read = append(records, r), read.with(line)
	}
	if read != s.journal || uint64(len(records)) != s.state.Rev {
		return nil, corrupt(path, "its checksum is wrong: it was changed or damaged")
	}
	if last := records[len(records)-1]; last.Sum != "" && last.Sum != s.sum {
		return nil, corrupt(path, fmt.Sprintf("record %d is not that of the state", last.Rev))
	}
	return records, nil
}
