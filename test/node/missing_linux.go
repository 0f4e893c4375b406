// SPDX-License-Identifier: Apache-2.0

package node

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// cgroupRoot is where every distribution mounts control groups.
const cgroupRoot = "/sys/fs/cgroup"

// check finds out whether a need is met.
type check struct {
	met  func() bool
	need Need
}

// rights are what takes a try: only root can try.
var rights = []check{
	{mayIsolate, Need{What: "the right to create namespaces (CAP_SYS_ADMIN): run it on a machine of its own, or in a privileged container"}},
	{mayGroup, Need{What: "control groups that can be written, at " + cgroupRoot}},
}

// packaged are what packages bring. All but the first two are for runc, which is built here.
var packaged = []check{
	{program("ip"), Need{"the program ip", []string{"iproute2"}}},
	{program("mount"), Need{"the program mount", []string{"mount"}}},
	{program("cc"), Need{"a C compiler", []string{"gcc", "libc6-dev"}}},
	{program("pkg-config"), Need{"pkg-config", []string{"pkg-config"}}},
	{hasSeccomp, Need{"the headers of libseccomp", []string{"libseccomp-dev"}}},
}

// Missing says what this machine lacks for a node. None: it can have one.
func Missing() []Need {
	if os.Geteuid() != 0 {
		return append([]Need{{What: "root: run it with sudo"}}, unmet(packaged)...)
	}
	return append(unmet(rights), unmet(packaged)...)
}

func unmet(checks []check) []Need {
	var needs []Need
	for _, c := range checks {
		if !c.met() {
			needs = append(needs, c.need)
		}
	}
	return needs
}

// mayIsolate tries it.
func mayIsolate() bool {
	try := exec.Command("true")
	try.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces}
	return try.Run() == nil
}

// mayGroup tries it, in each hierarchy that the kubelet will use: one with version 2, two of many with version 1.
func mayGroup() bool {
	for _, hierarchy := range []string{"", "cpu", "memory"} {
		parent := filepath.Join(cgroupRoot, hierarchy)
		if _, err := os.Stat(filepath.Join(parent, "cgroup.procs")); err != nil {
			continue
		}
		dir := filepath.Join(parent, fmt.Sprintf("rollcall-try-%d", os.Getpid()))
		if os.Mkdir(dir, 0o755) != nil {
			return false
		}
		_ = os.Remove(dir) // an empty group of our own
	}
	return true
}

func program(name string) func() bool {
	return func() bool {
		_, err := exec.LookPath(name)
		return err == nil
	}
}

func hasSeccomp() bool { return exec.Command("pkg-config", "--exists", "libseccomp").Run() == nil }
