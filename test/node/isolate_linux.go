// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// namespaces are what a node would otherwise change on the machine: mounts, addresses and routes, and
// processes. When the first process of a PID namespace ends, the kernel kills all others, and the last one
// takes the mounts and the network with it: nothing has to be cleaned up, not even after a crash.
const namespaces = syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC

// What tells this program, started anew, what it is, and where its scratch folder is.
const (
	roleVariable    = "ROLLCALL_NODE_ROLE"
	scratchVariable = "ROLLCALL_NODE_SCRATCH"
)

const (
	roleInit   = "init"   // the first process of the namespaces
	roleWorker = "worker" // the one that does the work
)

// isolateGrace is how long the work may take to end once it was interrupted.
const isolateGrace = 90 * time.Second

// Isolate runs work in namespaces of its own, by starting this very program anew. Before that, prepare runs
// outside, where the network is. To be called at the start of main, before anything but the reading of flags.
//
//	this program: prepare() --> init: mounts, reaps orphans --> worker: work(scratch)
//
// Interrupts reach the worker, whose context ends. Whatever happens to one of the three, all end. scratch is
// a folder for what is large and not worth keeping; it is gone in the end, as are the control groups. Only
// where the first of the three is killed do the folder and empty groups stay.
func Isolate(ctx context.Context, prepare func(context.Context) error, work func(ctx context.Context, scratch string) error) error {
	switch os.Getenv(roleVariable) {
	case roleInit:
		os.Exit(beInit())
	case roleWorker:
		return work(ctx, os.Getenv(scratchVariable))
	}
	if err := prepare(ctx); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "rollcall-node-")
	if err != nil {
		return fmt.Errorf("make scratch folder: %w", err)
	}
	made, err := makeHidden()
	if err == nil {
		err = runIsolated(ctx, scratch)
	}
	return errors.Join(err, removeGroups(scratch, cgroupRoot), os.RemoveAll(scratch), removeHidden(made))
}

func runIsolated(ctx context.Context, scratch string) error {
	runtime.LockOSThread() // the death of this thread is what the kernel tells the child of
	defer runtime.UnlockOSThread()
	cmd := again(roleInit)
	cmd.Env = append(cmd.Env, scratchVariable+"="+scratch)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("create namespaces: %w", err)
	}
	stop := context.AfterFunc(ctx, func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it fails where all is over
		time.AfterFunc(isolateGrace, func() { _ = cmd.Process.Kill() })
	})
	defer stop()
	err := cmd.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("run inside namespaces: %w", err)
	}
	return nil
}

// again is this program with the same arguments, in another role.
func again(role string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd
}

// beInit is what the first process does: it prepares the mounts, starts the worker, hands it the signals to
// end, and reaps whatever has lost its parent, such as containerd's shims.
func beInit() int {
	if err := isolateMounts(); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		return 1
	}
	worker := again(roleWorker)
	worker.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := worker.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "Error: start worker:", err)
		return 1
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		for s := range signals {
			_ = worker.Process.Signal(s)
		}
	}()
	return reapUntil(worker.Process.Pid)
}

// reapUntil waits for every child until the one with this id has ended, and returns its exit code.
func reapUntil(pid int) int {
	for {
		var status syscall.WaitStatus
		ended, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			fmt.Fprintln(os.Stderr, "Error: wait for worker:", err)
			return 1
		case ended == pid && status.Exited():
			return status.ExitStatus()
		case ended == pid:
			return 1
		}
	}
}
