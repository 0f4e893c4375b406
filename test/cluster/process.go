// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// stopGrace is how long a program may take to stop before it is killed. The API server waits for the requests that it has
// begun, each for up to a minute: on a loaded machine it needs more than 20 s.
const stopGrace = 90 * time.Second

// tailLines and tailBytes bound how much of a log an error carries.
const (
	tailLines = 15
	tailBytes = 8 << 10
)

// process is a program that we started. Its output goes to a file: <folder>/<name>.log.
type process struct {
	name string
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed once it has ended
}

// command is a program to start: its path, and its arguments.
type command struct {
	path string
	args []string
}

func startProcess(on *thread, folder string, c command) (*process, error) {
	name := filepath.Base(c.path)
	p := &process{name: name, log: logFile(folder, name), done: make(chan struct{})}
	out, err := os.Create(p.log)
	if err != nil {
		return nil, fmt.Errorf("create log of %s: %w", name, err)
	}
	defer out.Close() // the program has a copy of its own
	p.cmd = exec.Command(c.path, c.args...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.SysProcAttr = childAttributes()
	// Programs that look for settings in the home folder (kwok does) are not to find the user's.
	p.cmd.Env = append(os.Environ(), "HOME="+folder)
	if err := on.do(p.cmd.Start); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		_ = p.cmd.Wait() // what there is to know stands in cmd.ProcessState
		close(p.done)
	}()
	return p, nil
}

// stop ends the program, with force when it takes too long, and returns when it is gone.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it fails when the program is gone, which is what we want
	select {
	case <-p.done:
		return nil
	case <-time.After(stopGrace):
	}
	if err := p.cmd.Process.Kill(); err != nil {
		return fmt.Errorf("kill %s: %w", p.name, err)
	}
	<-p.done
	return fmt.Errorf("stop %s: it did not end within %v and was killed", p.name, stopGrace)
}

// died is the error of a program that ended by itself; only once done is closed.
func (p *process) died() error {
	return fmt.Errorf("run %s: it ended early (%s); the end of its log:\n%s", p.name, p.cmd.ProcessState, logTail(p.log))
}

func logFile(folder, name string) string { return filepath.Join(folder, name+".log") }

// logTail is the end of a log, or why it cannot be read.
func logTail(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	content = content[max(0, len(content)-tailBytes):]
	lines := bytes.Split(bytes.TrimSpace(content), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-tailLines):], []byte("\n")))
}
