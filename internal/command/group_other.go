//go:build !unix

package command

import "os/exec"

// group does nothing: only the command itself is killed.
func group(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }
