package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// child is one of the programs that are measured.
type child struct {
	cmd   *exec.Cmd
	ready time.Duration // from the start to its saying so
	done  chan error
}

// startChild runs a program until it writes a line that holds the word.
func startChild(ctx context.Context, word string, env []string, logTo io.Writer, name string, args ...string) (*child, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = logTo
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, done: make(chan error, 1)}
	said := make(chan struct{})
	go func() {
		lines, told := bufio.NewScanner(out), false
		for lines.Scan() {
			if !told && strings.Contains(lines.Text(), word) {
				c.ready, told = time.Since(begun), true
				close(said)
			}
		}
		c.done <- cmd.Wait()
	}()
	select {
	case <-said:
		return c, nil
	case err := <-c.done:
		return nil, fmt.Errorf("%s ended before it was ready: %w", filepath.Base(name), err)
	case <-time.After(time.Minute):
		c.stop()
		return nil, fmt.Errorf("%s was not ready within a minute", filepath.Base(name))
	}
}

func (c *child) stop() {
	if c == nil {
		return
	}
	_ = c.cmd.Process.Signal(os.Interrupt)
	select {
	case <-c.done:
	case <-time.After(10 * time.Second):
		_ = c.cmd.Process.Kill()
		<-c.done
	}
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// stat is what the kernel counts of a process.
type stat struct {
	parent int
	cpu    time.Duration // its own
	waited time.Duration // of children that have ended
}

const tick = 10 * time.Millisecond // USER_HZ is 100 wherever Linux runs Go

func readStat(pid int) (stat, bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, false
	}
	_, rest, ok := strings.Cut(string(b), ") ") // the name before it may hold anything
	f := strings.Fields(rest)
	if !ok || len(f) < 15 {
		return stat{}, false
	}
	n := func(i int) int { v, _ := strconv.Atoi(f[i]); return v }
	return stat{parent: n(1), cpu: time.Duration(n(11)+n(12)) * tick, waited: time.Duration(n(13)+n(14)) * tick}, true
}

// cpuOf is the processor time of one process.
func cpuOf(pid int) time.Duration { s, _ := readStat(pid); return s.cpu }

// cpuOfTree is that of a server and the processes it has started.
func cpuOfTree(pid int) time.Duration {
	s, _ := readStat(pid)
	sum := s.cpu + s.waited
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, d := range dirs {
		p, err := strconv.Atoi(filepath.Base(d))
		if err != nil {
			continue
		}
		if k, ok := readStat(p); ok && k.parent == pid {
			sum += k.cpu
		}
	}
	return sum
}

// peakMB is the most memory a process has held so far.
func peakMB(pid int) float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024
		}
	}
	return 0
}
