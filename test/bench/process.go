// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"

	"github.com/rollcall-dev/rollcall/test/manager"
)

// process is a reporter that runs, and whose memory and CPU are measured.
type process struct {
	*manager.Process
	log string
}

// startProcess starts a program with its output in a file of its own.
func startProcess(log, binary string, env []string, args ...string) (*process, error) {
	if err := os.RemoveAll(log); err != nil {
		return nil, fmt.Errorf("remove log: %w", err)
	}
	started, err := manager.StartWith(env, binary, log, args...)
	if err != nil {
		return nil, err
	}
	return &process{Process: started, log: log}, nil
}

// ended is the error of a process that ended by itself; nil while it runs.
func (p *process) ended() error {
	select {
	case <-p.Ended():
		return fmt.Errorf("it ended, see %s", p.log)
	default:
		return nil
	}
}
