package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// launch starts the keeper and waits for the first server to accept.
func (s *Server) launch(ctx context.Context) error {
	if err := s.cluster.settle(ctx); err != nil {
		return err
	}
	s.progress("starting PostgreSQL " + s.cluster.Bin.Version)
	offset := s.logSize()
	died := make(chan error, 1)
	go s.keep(died)
	for !s.up() {
		select {
		case err := <-died:
			<-s.done
			return fmt.Errorf("embedded: PostgreSQL ended while starting (%w): %s", err, s.logSince(offset))
		case <-ctx.Done():
			return errors.Join(ctx.Err(), s.Stop())
		case <-time.After(3 * time.Millisecond):
		}
	}
	close(died) // from here on the keeper starts it again
	s.info = Info{PID: os.Getpid(), Since: now(), Socket: s.cluster.Socket, Version: s.cluster.Bin.Version, Data: s.cluster.Data}
	if err := s.folder.setInfo(s.info); err != nil {
		return errors.Join(err, s.Stop())
	}
	return nil
}

func (s *Server) up() bool {
	pid := s.PID()
	return pid != 0 && s.cluster.Ready(pid)
}

// keep runs the server until Stop, and starts it again when something killed it. It owns
// its thread: the kernel ends the child together with the thread that made it, so that
// one must live as long as we do.
func (s *Server) keep(first chan error) {
	// Unlocked at last: a thread that ended with us would take along whatever else was ever
	// started on it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(s.done)
	pause := 50 * time.Millisecond
	for {
		began := time.Now()
		wait, err := s.spawn()
		if err == nil {
			err = wait()
		}
		if s.asked() {
			return
		}
		if !s.announced(first) {
			first <- errors.Join(errEnded, err)
			return
		}
		if time.Since(began) > time.Minute {
			pause = 50 * time.Millisecond
		}
		s.log.Error("PostgreSQL ended by itself; starting it again", "error", err, "in", pause)
		select {
		case <-s.stopping:
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, 5*time.Second)
		if err := s.cluster.settle(context.Background()); err != nil {
			s.log.Error("an old PostgreSQL is in the way", "error", err)
		}
	}
}

var errEnded = errors.New("it ended")

// announced reports whether launch has returned; it closes the channel then.
func (s *Server) announced(first chan error) bool {
	select {
	case _, open := <-first:
		return !open
	default:
		return false
	}
}

func (s *Server) spawn() (wait func() error, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked() {
		return nil, errEnded
	}
	cmd := s.cluster.Command(s.settings)
	cmd.Stdout, cmd.Stderr = s.logFile, s.logFile
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s.cmd = cmd
	return cmd.Wait, nil
}

func (s *Server) asked() bool {
	select {
	case <-s.stopping:
		return true
	default:
		return false
	}
}

// Stop ends the server: politely, then firmly, then by force. The application has been
// drained before; who is still connected is cut off.
func (s *Server) Stop() error {
	s.mu.Lock()
	if s.asked() {
		s.mu.Unlock()
		<-s.done
		return nil
	}
	close(s.stopping)
	cmd := s.cmd
	s.mu.Unlock()
	defer s.release()
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGINT, 30 * time.Second}, {syscall.SIGQUIT, 5 * time.Second}, {syscall.SIGKILL, 5 * time.Second}} {
		if cmd != nil {
			_ = cmd.Process.Signal(step.signal)
		}
		select {
		case <-s.done:
			return nil
		case <-time.After(step.wait):
			s.log.Warn("PostgreSQL does not stop", "signal", step.signal.String())
		}
	}
	return errors.New("embedded: PostgreSQL does not stop")
}

func (s *Server) logSize() int64 {
	st, err := s.logFile.Stat()
	if err != nil {
		return 0
	}
	return st.Size()
}

// logSince is what the server said since then: the reason why it ended.
func (s *Server) logSince(offset int64) string {
	b, err := os.ReadFile(s.logFile.Name())
	if err != nil || int64(len(b)) < offset {
		return ""
	}
	said := strings.TrimSpace(string(b[offset:]))
	return said[max(0, len(said)-2000):]
}
