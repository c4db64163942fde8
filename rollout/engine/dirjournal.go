package engine

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/seed-20fe5ead/gradatim/rollout"
)

// openJournal opens the journal and cuts it behind the part that belongs to the
// present state. What stands there is of a save that was never acknowledged.
func (d *Dir) openJournal(id string, at int64) (*os.File, error) {
	path := d.path(id, journalFile)
	if err := d.change("open " + path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() > at {
		err = d.change("truncate " + path)
		if err == nil {
			err = f.Truncate(at)
		}
		if err == nil {
			err = f.Sync() // before the passing state goes that shows whose it was
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// appendJournal writes a record where the journal was cut.
func (d *Dir) appendJournal(f *os.File, at int64, line []byte) error {
	if err := d.change("append " + f.Name()); err != nil {
		return err
	}
	if _, err := f.WriteAt(line, at); err != nil {
		return err
	}
	if err := d.change("sync " + f.Name()); err != nil {
		return err
	}
	return f.Sync()
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
// was one, or that the directory is somebody else's. A first save that was cut off
// leaves a journal too, but never without its state under the passing name.
func (d *Dir) checkFirst(id string) error {
	info, err := os.Lstat(d.path(id, journalFile))
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return ErrNotFound
	}
	if err != nil {
		return err
	}
	data, err := os.ReadFile(d.path(id, stateTemp))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if s, err := decodeSaved(id, data); err != nil || s.state.Rev != 1 {
		return corrupt(d.path(id, stateFile), "it is missing, and there is a journal")
	}
	return ErrNotFound
}

// sumJournal checks that the journal is the one that a state has the sum of.
func sumJournal(path string, s saved) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewReader(io.LimitReader(f, s.journal.Bytes))
	var read extent
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			read = read.with(line)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if read != s.journal {
		return corrupt(path, "its checksum is wrong: it was changed or damaged")
	}
	return nil
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
