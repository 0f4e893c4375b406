package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// stopPatience is how long a process may take to finish what it began.
const stopPatience = 40 * time.Second

// process is a reporter that runs, and whose memory and CPU are measured.
type process struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed once it has ended; err is then why
	err  error
}

// startProcess starts a program with its output in a file of its own.
func startProcess(log, binary string, env []string, args ...string) (*process, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, fmt.Errorf("create log: %w", err)
	}
	defer out.Close() // the process has a copy of its own
	p := &process{cmd: exec.Command(binary, args...), log: log, done: make(chan struct{})}
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

// stop asks the process to end, and waits for it.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it fails where the process is gone, which Wait tells of
	select {
	case <-p.done:
	case <-time.After(stopPatience):
		_ = p.cmd.Process.Kill() // it fails where the process is gone, which is what we want
		<-p.done
		return fmt.Errorf("%s did not end within %s, see %s", p.cmd.Path, stopPatience, p.log)
	}
	if p.err != nil {
		return fmt.Errorf("%s ended badly, see %s: %w", p.cmd.Path, p.log, p.err)
	}
	return nil
}

// ended is the error of a process that ended by itself; nil while it runs.
func (p *process) ended() error {
	select {
	case <-p.done:
		return errors.Join(fmt.Errorf("%s ended, see %s", p.cmd.Path, p.log), p.err)
	default:
		return nil
	}
}
