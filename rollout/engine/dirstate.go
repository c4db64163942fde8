package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

// The files of a rollout.
const (
	stateFile   = "state.json"
	stateTemp   = "state.json.new" // one name only: what a crash leaves, the next save replaces
	journalFile = "journal.jsonl"
	lockFile    = "lock"
	inboxDir    = "inbox"
)

const (
	fileVersion = 1
	maxSaved    = 65 << 20 // a state's own bound, and what is around it
)

// saved is a state file that was read.
type saved struct {
	state   rollout.State
	sum     string // of the state's text, as in its record
	journal extent
}

// extent is the part of the journal that belongs to a state: what is behind it was
// never acknowledged. That is how two files change in one atom: the rename of the
// state file is the only instant at which anything changes.
type extent struct {
	Bytes int64 `json:"bytes"`
	// Sum of a record is the SHA-256 of the sum before it and its line.
	Sum string `json:"sum"`
}

// with is the extent after one more line.
func (e extent) with(line []byte) extent {
	h := sha256.New()
	io.WriteString(h, e.Sum)
	h.Write(line)
	return extent{e.Bytes + int64(len(line)), hex.EncodeToString(h.Sum(nil))}
}

// envelope is the form of a state file.
type envelope struct {
	Gradatim int             `json:"gradatim"`
	Rollout  string          `json:"rollout"`
	Sum      string          `json:"sum"`
	Journal  extent          `json:"journal"`
	State    json.RawMessage `json:"state"`
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// sum covers everything that the file says.
func (e *envelope) sum() string {
	h := sha256.New()
	fmt.Fprintf(h, "%d %s %d %s\n", e.Gradatim, e.Rollout, e.Journal.Bytes, e.Journal.Sum)
	h.Write(e.State)
	return hex.EncodeToString(h.Sum(nil))
}

func encodeSaved(id string, s rollout.State, j extent) ([]byte, error) {
	state, err := encodeState(s)
	if err != nil {
		return nil, err
	}
	e := envelope{Gradatim: fileVersion, Rollout: id, Journal: j, State: state}
	// Written by hand, for the state is to stand in the file byte for byte as it was
	// summed up.
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"gradatim":%d,"rollout":%q,"sum":%q,"journal":{"bytes":%d,"sum":%q},"state":%s}`+"\n",
		e.Gradatim, e.Rollout, e.sum(), e.Journal.Bytes, e.Journal.Sum, e.State)
	if _, err := decodeSaved(id, b.Bytes()); err != nil {
		return nil, fmt.Errorf("the state could not be read back: %w", err)
	}
	return b.Bytes(), nil
}

func decodeSaved(id string, data []byte) (saved, error) {
	var e envelope
	if len(data) == 0 {
		return saved{}, errors.New("it is empty")
	}
	if err := strict.Decode(data, maxSaved, nil, &e); err != nil {
		return saved{}, fmt.Errorf("it is not a state file of this library: %w", err)
	}
	switch {
	case e.Gradatim == 0:
		return saved{}, errors.New("it is not a state file of this library")
	case e.Gradatim != fileVersion:
		return saved{}, fmt.Errorf("it has version %d, and this library reads version %d", e.Gradatim, fileVersion)
	case e.sum() != e.Sum:
		return saved{}, errors.New("its checksum is wrong: it was changed or damaged")
	case e.Rollout != id:
		return saved{}, fmt.Errorf("it is that of rollout %q", e.Rollout)
	}
	s, err := decodeState(e.State)
	if err != nil {
		return saved{}, fmt.Errorf("its state is not valid: %w", err)
	}
	if s.Rev == 0 || e.Journal.Bytes <= 0 {
		return saved{}, errors.New("its state was never saved")
	}
	return saved{s, sumOf(e.State), e.Journal}, nil
}

// corrupt says which file, what is wrong, and what to do.
func corrupt(path, what string) error {
	return fmt.Errorf("%w: %s: %s; nothing was changed: restore it, or move the whole directory of the rollout away to start anew",
		ErrCorrupt, path, what)
}

// load reads the state file and checks that the journal reaches as far as it says.
// It changes nothing: an engine may be running.
func (d *Dir) load(id string) (saved, error) {
	if err := CheckID(id); err != nil {
		return saved{}, err
	}
	path := d.path(id, stateFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		first := d.checkFirst(id)
		if data, err = os.ReadFile(path); errors.Is(err, fs.ErrNotExist) {
			return saved{}, first
		} // else it was saved just now
	}
	if err != nil {
		return saved{}, err
	}
	s, err := decodeSaved(id, data)
	if err != nil {
		return saved{}, corrupt(path, err.Error())
	}
	return s, checkJournal(d.path(id, journalFile), s)
}

// save is the atom: the state is written under a passing name, the record is
// appended, both are synced, then the state is renamed. It tidies nothing up when it
// fails: what it left is what a crash would leave, and the next save takes it away.
func (d *Dir) save(id string, prev uint64, next rollout.State, r rollout.Record) error {
	if err := checkStep(prev, next, r); err != nil {
		return err
	}
	now, err := d.load(id)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if now.state.Rev != prev {
		return fmt.Errorf("%w: it has revision %d, not %d", ErrConflict, now.state.Rev, prev)
	}
	line, err := encodeRecord(r)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	file, err := encodeSaved(id, next, now.journal.with(line))
	if err != nil {
		return err
	}
	journal, err := d.openJournal(id, now.journal.Bytes)
	if err != nil {
		return err
	}
	defer journal.Close()
	if err := d.writeTemp(d.path(id, stateTemp), file); err != nil {
		return err
	}
	if prev == 0 { // neither state nor record must ever be there without the other file
		if err := syncDir(d.path(id)); err != nil {
			return err
		}
	}
	if err := d.appendJournal(journal, now.journal.Bytes, line); err != nil {
		return err
	}
	if err := d.change("rename " + d.path(id, stateFile)); err != nil {
		return err
	}
	if err := os.Rename(d.path(id, stateTemp), d.path(id, stateFile)); err != nil {
		return err
	}
	if err := d.change("sync directory"); err != nil {
		return err
	}
	return syncDir(d.path(id))
}

// writeTemp writes a file under its passing name, and to the disk.
func (d *Dir) writeTemp(temp string, data []byte) error {
	if err := d.change("create " + temp); err != nil {
		return err
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	err = d.change("write " + temp)
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = d.change("sync " + temp)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
