package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-20fe5ead/gradatim/rollout"
)

// An order is a file: its name is a number that rises with every order, and a hash
// of the order's ID. Whoever may write the directory may give orders.
const (
	orderSuffix = ".json"
	tempPrefix  = ".new-"
	tempAge     = time.Hour // a file under a passing name is by then of a dead process
)

// Submit implements [Inbox]. It needs no lock: any process may give orders.
func (d *Dir) Submit(ctx context.Context, id string, c rollout.Command) error {
	text, err := encodeOrder(c)
	if err := CheckID(id); err != nil {
		return fmt.Errorf("submit: %w", err)
	}
	if err != nil {
		return wrap("submit to", id, err)
	}
	return wrap("submit to", id, d.submit(id, c.ID, text))
}

func (d *Dir) submit(id, command string, text []byte) error {
	box := d.path(id, inboxDir)
	if err := d.makeDir(box); err != nil {
		return err
	}
	names, err := orderNames(box)
	if err != nil {
		return err
	}
	number, tag := time.Now().UnixNano(), "-"+tagOf(command)+orderSuffix
	for _, name := range names {
		if strings.HasSuffix(name, tag) { // it is there already, if it can be read
			switch _, err := readOrder(filepath.Join(box, name)); {
			case err == nil:
				return nil
			case !errors.Is(err, fs.ErrNotExist): // else it was acknowledged just now
				return err
			}
		}
		n, _ := strconv.ParseInt(name[:19], 10, 64)
		number = max(number, n+1) // whatever the clock does, later orders stand behind
	}
	f, err := os.CreateTemp(box, tempPrefix+"*")
	if err != nil {
		return err
	}
	temp := f.Name()
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(0o644) // the engine may run as another user
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(temp, filepath.Join(box, fmt.Sprintf("%019d%s", number, tag)))
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return syncDir(box)
}

func tagOf(command string) string {
	h := sha256.Sum256([]byte(command))
	return hex.EncodeToString(h[:8])
}

// orderNames lists the files of an inbox in their order.
func orderNames(box string) ([]string, error) {
	entries, err := os.ReadDir(box)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name := e.Name()
		if len(name) != 19+1+16+len(orderSuffix) || name[19] != '-' || !strings.HasSuffix(name, orderSuffix) {
			continue
		}
		if _, err := strconv.ParseInt(name[:19], 10, 64); err == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Pending implements [Inbox].
func (d *Dir) Pending(ctx context.Context, id string) ([]rollout.Command, error) {
	if err := CheckID(id); err != nil {
		return nil, fmt.Errorf("orders: %w", err)
	}
	box := d.path(id, inboxDir)
	names, err := orderNames(box)
	if err != nil {
		return nil, wrap("orders of", id, err)
	}
	var commands []rollout.Command
	var errs []error
	seen := map[string]bool{}
	for _, name := range names {
		c, err := readOrder(filepath.Join(box, name))
		switch {
		case errors.Is(err, fs.ErrNotExist): // acknowledged meanwhile
		case err != nil:
			errs = append(errs, err)
		case !seen[c.ID]:
			seen[c.ID] = true
			commands = append(commands, c)
		}
	}
	return commands, wrap("orders of", id, errors.Join(errs...))
}

func readOrder(path string) (rollout.Command, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return rollout.Command{}, err
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for its other end
		return rollout.Command{}, noOrder(path, errors.New("it is not a regular file"))
	}
	f, err := os.Open(path)
	if err != nil {
		return rollout.Command{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxOrder+1))
	if err != nil {
		return rollout.Command{}, err
	}
	c, err := decodeOrder(text)
	if err == nil && !strings.HasSuffix(path, "-"+tagOf(c.ID)+orderSuffix) {
		err = fmt.Errorf("its name is not that of order %q", c.ID) // it could not be acknowledged
	}
	if err != nil {
		return rollout.Command{}, noOrder(path, err)
	}
	return c, nil
}

func noOrder(path string, why error) error {
	return fmt.Errorf("%w: %s: it is not an order (%w); it is left aside: remove it, and give the order again", ErrCorrupt, path, why)
}

// Ack implements [Inbox].
func (d *Dir) Ack(ctx context.Context, id string, commands []string) error {
	if err := CheckID(id); err != nil {
		return fmt.Errorf("acknowledge: %w", err)
	}
	box := d.path(id, inboxDir)
	names, err := orderNames(box)
	if err != nil {
		return wrap("acknowledge orders of", id, err)
	}
	var errs []error
	for _, command := range commands {
		for _, name := range names {
			if !strings.HasSuffix(name, "-"+tagOf(command)+orderSuffix) {
				continue
			}
			if err := os.Remove(filepath.Join(box, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	return wrap("acknowledge orders of", id, errors.Join(errs...))
}

// sweep removes what processes left that died while they gave an order.
func (d *Dir) sweep(id string) {
	box := d.path(id, inboxDir)
	entries, _ := os.ReadDir(box)
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), tempPrefix) && time.Since(info.ModTime()) > tempAge {
			_ = os.Remove(filepath.Join(box, e.Name()))
		}
	}
}
