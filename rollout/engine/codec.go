package engine

import "github.com/seed-20fe5ead/gradatim/rollout"

// The one form in which states and records are kept: a line of JSON without line
// breaks. A state is written as [rollout.Record] sums it up.

func encodeState(s rollout.State) ([]byte, error) { return s.MarshalJSON() }

func decodeState(data []byte) (s rollout.State, err error) {
	err = s.UnmarshalJSON(data)
	return s, err
}

func encodeRecord(r rollout.Record) ([]byte, error) { return r.MarshalJSON() }

func decodeRecord(data []byte) (r rollout.Record, err error) {
	err = r.UnmarshalJSON(data)
	return r, err
}
