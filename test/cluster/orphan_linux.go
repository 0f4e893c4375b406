// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// childAttributes give a program a process group of its own, so that an interrupt in the terminal
// reaches us alone and we stop it in order, and make the kernel kill it should we die before that.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// tie returns a program that does the same as the one at path, and is killed by the kernel when the
// process that starts it dies: a script in the folder. It is for programs that others start, without
// childAttributes. Where util-linux is not installed it returns path itself.
func tie(path, folder string) (string, error) {
	setpriv, err := exec.LookPath("setpriv")
	if err != nil || !knowsParentDeath(setpriv) {
		return path, nil
	}
	script := filepath.Join(folder, filepath.Base(path))
	content := fmt.Sprintf("#!/bin/sh\nexec %s --pdeathsig KILL -- %s \"$@\"\n", quote(setpriv), quote(path))
	if err := os.WriteFile(script, []byte(content), 0o755); err != nil {
		return "", fmt.Errorf("write start script: %w", err)
	}
	return script, nil
}

// knowsParentDeath tells util-linux's setpriv from the smaller one of BusyBox.
func knowsParentDeath(setpriv string) bool {
	return exec.Command(setpriv, "--pdeathsig", "KILL", "--", "true").Run() == nil
}

// quote makes s one word for the shell.
func quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
