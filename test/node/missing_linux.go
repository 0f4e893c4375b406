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

// need is something that a node takes.
type need struct {
	met    func() bool
	advice string
}

// rights are what takes a try: only root can try.
var rights = []need{
	{mayIsolate, "the right to create namespaces (CAP_SYS_ADMIN): run it on a machine of its own, or in a privileged container"},
	{mayGroup, "control groups that can be written, at " + cgroupRoot},
}

var programs = []need{
	{program("ip"), "the program ip (Debian: apt-get install iproute2)"},
	{program("mount"), "the program mount (Debian: apt-get install mount)"},
	{program("cc"), "a C compiler, for runc (Debian: apt-get install gcc libc6-dev)"},
	{program("pkg-config"), "pkg-config, for runc (Debian: apt-get install pkg-config)"},
	{hasSeccomp, "the headers of libseccomp, for runc (Debian: apt-get install libseccomp-dev)"},
}

// Missing says what this machine lacks for a node, each with what to do about it. None: it can have one.
func Missing() []string {
	if os.Geteuid() != 0 {
		return append([]string{"root: run it with sudo"}, unmet(programs)...)
	}
	return append(unmet(rights), unmet(programs)...)
}

func unmet(needs []need) []string {
	var advice []string
	for _, n := range needs {
		if !n.met() {
			advice = append(advice, n.advice)
		}
	}
	return advice
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
