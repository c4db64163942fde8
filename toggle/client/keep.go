package client

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// keptMagic begins the kept file. What follows in the line is the hash of all that follows
// the line: a head, as JSON in a line, and then the sets it tells of, one after the other.
const keptMagic = "gradatim-flags-1 sha256:"

// keptHead is what a kept file says of its sets.
type keptHead struct {
	Confirmed time.Time `json:"confirmed"`
	Kills     []string  `json:"kills"`
	// Data and Good are the bytes of the set that was loaded last, and of the last one
	// without a broken flag, if that is another.
	Data int `json:"data"`
	Good int `json:"good"`
}

// kept is what a kept file says.
type kept struct {
	keptHead
	data, good []byte
}

func (k *kept) encode() ([]byte, error) {
	k.Data, k.Good = len(k.data), len(k.good)
	head, err := strict.Encode(k.keptHead)
	if err != nil {
		return nil, err
	}
	body := slices.Concat(head, []byte("\n"), k.data, k.good)
	sum := sha256.Sum256(body)
	return slices.Concat([]byte(keptMagic+hex.EncodeToString(sum[:])+"\n"), body), nil
}

// decodeKept reads a kept file, and refuses one that is not whole.
func decodeKept(file []byte) (*kept, error) {
	first, body, _ := bytes.Cut(file, []byte("\n"))
	sum := sha256.Sum256(body)
	if string(first) != keptMagic+hex.EncodeToString(sum[:]) {
		return nil, errors.New("it is not whole, or no file of this package")
	}
	head, sets, _ := bytes.Cut(body, []byte("\n"))
	var k kept
	if err := strict.Decode(head, len(head), nil, &k.keptHead); err != nil {
		return nil, err
	}
	if k.Data < 0 || k.Good < 0 || k.Data > len(sets) || k.Good != len(sets)-k.Data {
		return nil, errors.New("its sets are not as long as it says")
	}
	k.data, k.good = sets[:k.Data:k.Data], sets[k.Data:]
	return &k, nil
}

// begin takes what was kept or built in. The caller holds mu, and stores the view.
func (c *Client) begin(now time.Time) {
	t := &c.truth
	k, err := c.recall()
	if err != nil {
		t.err = fmt.Errorf("the kept flags cannot be read: %w", err)
		c.log(slog.LevelError, "kept flags cannot be read, and are not taken", "file", c.o.Keep, "error", err)
	}
	if k != nil {
		for _, n := range k.Kills { // they hold whichever set is taken
			t.kills[n] = true
		}
		later := c.o.Bootstrap == nil || c.o.BootstrapTime.IsZero() || k.Confirmed.After(c.o.BootstrapTime)
		if later && k.Data > 0 && c.bootstrap(k.data, k.good) {
			t.confirmed = k.Confirmed
			if t.silent = k.Confirmed; t.silent.After(now) { // a clock was set back
				t.silent = now
			}
			if c.outdated(now) { // a restart must not end what silence began
				t.state = Stale
			}
			return
		}
	}
	if c.o.Bootstrap != nil {
		c.bootstrap(c.o.Bootstrap, nil)
	}
}

// bootstrap takes a set that does not come from the source; what is broken in it is as it is
// in good, if that is there.
func (c *Client) bootstrap(data, good []byte) bool {
	t := &c.truth
	base := t.base
	if len(good) > 0 {
		if s, broken := c.load(good, base); s != nil && broken == nil {
			base, t.good = s, good
		}
	}
	next, broken := c.load(data, base)
	if next == nil {
		t.err = fmt.Errorf("the first flags cannot be read: %w", broken)
		c.log(slog.LevelError, "flags cannot be read, and are not taken", "error", broken)
		return false
	}
	c.replace(next, data, broken)
	t.state = Bootstrapped
	return true
}

// recall reads the kept file. That there is none is no error.
func (c *Client) recall() (*kept, error) {
	if c.o.Keep == "" {
		return nil, nil
	}
	file, err := readFile(c.o.Keep, 2*maxBytes+1<<20)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeKept(file)
}

// fresh says whether what the file has is new enough if nothing differs but when it was
// confirmed: then it is written again only now and then. Whoever starts with it takes it for
// a little older than it is, and is stale a little sooner. The caller holds mu.
func (c *Client) fresh() bool {
	every := c.o.StaleAfter / 4
	if every == 0 {
		every = time.Hour
	}
	return c.truth.kept != (time.Time{}) && c.truth.confirmed.Sub(c.truth.kept) < every
}

// keep writes the file as the truth is now. Whoever comes later writes what is true then, so
// that the last one that is written is the last truth. The caller holds neither lock.
func (c *Client) keep() error {
	if c.o.Keep == "" {
		return nil
	}
	c.keeping.Lock()
	defer c.keeping.Unlock()
	confirmed, err := c.write()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.truth.kept = confirmed
	if err != nil {
		c.truth.kept = time.Time{} // the next confirmation tries again
	}
	return err
}

// write says what the file has as confirmed.
func (c *Client) write() (confirmed time.Time, err error) {
	c.mu.Lock()
	t := &c.truth
	k := kept{keptHead: keptHead{Confirmed: t.confirmed.Round(0), Kills: t.killed()}}
	if !t.confirmed.IsZero() { // what is built in is of this build: the next one may have another
		k.data = t.data
	}
	if k.data != nil && t.broken != nil {
		k.good = t.good
	}
	c.mu.Unlock()
	file, err := k.encode()
	if err != nil {
		return time.Time{}, err
	}
	return k.Confirmed, replaceFile(c.o.Keep, file)
}

// replaceFile makes data what is in a file, at once: after a crash at any place there is
// what was there before, or all of data.
func replaceFile(path string, data []byte) error {
	temp := path + ".new" // one writer only, and one that is left behind is written over
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if runtime.GOOS == "windows" { // where a directory cannot be synced
		return nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
