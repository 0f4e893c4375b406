// SPDX-License-Identifier: Apache-2.0

// Package manager runs Rollcall's manager as a user would: as a process of its own, with flags, a kubeconfig
// and a log.
package manager

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/utils/clock"

	"github.com/rollcall-dev/rollcall/test/gobuild"
	"github.com/rollcall-dev/rollcall/test/repository"
)

// stopPatience is how long a manager may take to finish what it began.
const stopPatience = 40 * time.Second

// Build builds the manager into a folder, and returns its path. Progress, which may be nil, is told how far it is.
func Build(ctx context.Context, dir string, progress io.Writer) (string, error) {
	binary, err := filepath.Abs(filepath.Join(dir, "manager"))
	if err != nil {
		return "", fmt.Errorf("find folder: %w", err)
	}
	root, err := repository.Root()
	if err != nil {
		return "", err
	}
	report := gobuild.NewReporter("manager", progress, clock.RealClock{})
	return binary, gobuild.Run(ctx, report, gobuild.Build{
		Title:    "the manager",
		Dir:      root,
		Packages: []string{"./cmd/manager"},
		Flags:    []string{"-o", binary},
	})
}

// Process is a manager that runs.
type Process struct {
	cmd *exec.Cmd
	log string
	// done is closed once the manager has ended; err is then why.
	done chan struct{}
	err  error
}

// Start starts a manager. Its output is added to the log, a file.
func Start(binary, log string, args ...string) (*Process, error) {
	return StartWith(nil, binary, log, args...)
}

// StartWith starts a manager, or a program that ends as one does, with variables of the environment beside our own.
func StartWith(env []string, binary, log string, args ...string) (*Process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	defer out.Close() // the process has a copy of its own
	p := &Process{cmd: exec.Command(binary, args...), log: log, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Env = out, out, append(os.Environ(), env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C of the terminal is not for it: it is stopped
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// Stop asks the manager to end, and waits for it.
func (p *Process) Stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it fails where the manager is gone, which Wait tells of
	select {
	case <-p.done:
		if p.err != nil {
			return fmt.Errorf("%s ended badly, see %s: %w", p.cmd.Path, p.log, p.err)
		}
		return nil
	case <-time.After(stopPatience):
		p.Kill()
		return fmt.Errorf("%s did not end within %s, see %s", p.cmd.Path, stopPatience, p.log)
	}
}

// Ended returns a channel that is closed once the manager has ended, by itself or not.
func (p *Process) Ended() <-chan struct{} { return p.done }

// PID returns the number of the manager's process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Kill ends the manager at once, as a crash would.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it fails where the manager is gone, which is what we want
	<-p.done
}
