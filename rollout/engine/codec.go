package engine

import (
	"errors"
	"fmt"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
	"github.com/seed-20fe5ead/gradatim/rollout"
)

// The one form in which states, records and orders are kept: a line of JSON without
// line breaks. A state is written as [rollout.Record] sums it up.

// errLost is what would be saved, and could never be read again.
var errLost = errors.New("it could not be read back")

func encodeState(s rollout.State) ([]byte, error) { return s.MarshalJSON() }

func decodeState(data []byte) (s rollout.State, err error) {
	err = s.UnmarshalJSON(data)
	return s, err
}

func encodeRecord(r rollout.Record) ([]byte, error) {
	text, err := r.MarshalJSON()
	if err == nil {
		_, err = decodeRecord(text)
	}
	if err != nil {
		return nil, fmt.Errorf("record %d: %w: %w", r.Rev, errLost, err)
	}
	return text, nil
}

func decodeRecord(data []byte) (r rollout.Record, err error) {
	err = r.UnmarshalJSON(data)
	return r, err
}

// maxOrder is how many bytes an order may have: it is recorded with the decision.
const maxOrder = 64 << 10

func encodeOrder(c rollout.Command) ([]byte, error) {
	if err := checkCommand(c); err != nil {
		return nil, err
	}
	text, err := strict.Encode(c)
	if err == nil && len(text) > maxOrder {
		err = fmt.Errorf("has %d bytes: at most %d", len(text), maxOrder)
	}
	if err != nil {
		return nil, fmt.Errorf("order %q: %w", c.ID, err)
	}
	return text, nil
}

func decodeOrder(data []byte) (c rollout.Command, err error) {
	if err := strict.Decode(data, maxOrder, nil, &c); err != nil {
		return c, err
	}
	return c, checkCommand(c)
}
