//go:build !linux

package cage

import (
	"context"
	"os"
	"os/exec"
	"syscall"
)

// Command starts programs in the open alone: other systems have nothing that holds what the
// tiers promise. They run the path that was looked at, having no way to run an open file.
func Command(s Spec, program *os.File, environ []string) (*exec.Cmd, error) {
	if s.Tier > Open {
		return nil, ErrNotReached
	}
	c := exec.Command(program.Name(), s.Args...)
	c.Env, c.Dir = environ, s.Bundle
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return c, nil
}

// Look has nothing to look at here.
func Look(context.Context, Spec, Question) (Sight, error) { return Sight{}, ErrNotReached }

// Why makes an error of a failed start.
func Why(err error, _ string) error { return err }
