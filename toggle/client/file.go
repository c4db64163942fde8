package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"github.com/seed-20fe5ead/gradatim/internal/fetch"
)

// File is a source that is a file of at most 64 MiB. It is read whenever it is asked for, so
// that no change is missed, whatever its times say. Whoever writes it should write another
// file and rename that; what is read half-written is refused as a whole in nearly all cases,
// because it is no JSON, but that is luck.
type File struct{ Path string }

// Fetch is for Source.
func (f *File) Fetch(_ context.Context, revision string) (Fetched, error) {
	data, err := readFile(f.Path, maxBytes)
	if err != nil {
		return Fetched{}, err
	}
	sum := sha256.Sum256(data)
	r := hex.EncodeToString(sum[:])
	return Fetched{Data: data, Revision: r, Unchanged: r == revision}, nil
}

// readFile reads a file that is not larger than limit. A pipe or a device might never end.
func readFile(path string, limit int64) ([]byte, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(&fetch.Limited{R: f, Left: limit, What: "the file"})
}
