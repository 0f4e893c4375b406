// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package cluster

import "syscall"

// childAttributes give a program a process group of its own. Only Linux can kill it when we die.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// tie returns the path itself: only Linux can kill a program when its parent dies.
func tie(path, _ string) (string, error) { return path, nil }
