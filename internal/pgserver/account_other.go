//go:build !unix

package pgserver

import (
	"os"
	"os/exec"
)

// supported is false where no server is started: one that runs can be named.
const supported = false

// The rest is never reached, as find refuses before.
var signalEnd = os.Kill

type identity struct{}

func account() (*identity, error) { return nil, nil }

func become(*exec.Cmd, *identity) {}

func home(*identity) (string, *os.File, error) { return "", nil, ErrNone }

func sweep(string) {}
