// SPDX-License-Identifier: Apache-2.0

package cluster

import "runtime"

// thread is an operating system thread that lives until it is released, and runs what it is given.
//
// Linux sends a child its parent-death signal when the *thread* that started it ends, and the Go
// runtime may end any thread but the ones that are locked. So every program is started on this one.
type thread struct {
	work chan func()
}

func newThread() *thread {
	t := &thread{work: make(chan func())}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for f := range t.work {
			f()
		}
	}()
	return t
}

// do runs f on the thread and returns its error.
func (t *thread) do(f func() error) error {
	result := make(chan error, 1)
	t.work <- func() { result <- f() }
	return <-result
}

// release lets the thread go. Only when every program that it started is gone.
func (t *thread) release() { close(t.work) }
