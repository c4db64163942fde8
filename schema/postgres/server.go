package postgres

import (
	"time"

	"github.com/seed-20fe5ead/gradatim/internal/strict"
)

// Server is the server and the session that statements run on.
type Server struct {
	// Version is the major version, [MinVersion] to [MaxVersion].
	Version int `json:"version"`
	// TimeZone is the session's, as SHOW timezone says it. Empty is unknown, which is taken for one that is not UTC.
	TimeZone string `json:"timeZone"`
	// LockTimeout is the session's when the first statement runs; 0 is none: wait for ever.
	LockTimeout time.Duration `json:"lockTimeout"`
}

// Validate joins a *FieldError for everything wrong with the server.
func (s Server) Validate() error {
	var all strict.Problems
	if s.Version < MinVersion || s.Version > MaxVersion {
		all.Add("version", s.Version, "must be a major version from 11 to 17")
	}
	if s.LockTimeout < 0 {
		all.Add("lockTimeout", strict.FormatDuration(s.LockTimeout), "must not be negative")
	}
	return all.Err()
}
