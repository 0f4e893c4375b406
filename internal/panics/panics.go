// SPDX-License-Identifier: Apache-2.0

// Package panics says of a panic what it is and where it happened, and not what its value holds. Who logs a panic prints its
// value in full, and a value may be a text, or an error of a library, with a credential in it. A stack trace has function names and
// addresses, and no contents.
package panics

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// Hidden returns a panic's value as an error that may be shown. Those of Go itself, such as "index out of range [5] with length
// 3", hold numbers and types alone. Of every other value its type is told.
func Hidden(value any) error {
	if own, ok := value.(runtime.Error); ok {
		return own
	}
	return fmt.Errorf("a value of type %T, which is not shown: it may hold a credential", value)
}

// Catch makes an error of a panic, where it is deferred: one that may be shown, and that says where it happened. It is for work on
// one object among many, whose trouble is not to be that of the others.
//
//	func (r *Reconciler) check(record Record) (err error) {
//		defer panics.Catch(&err)
func Catch(err *error) {
	if value := recover(); value != nil {
		*err = fmt.Errorf("panic in %s: %w", origin(), Hidden(value))
	}
}

// origin returns the function that panicked, and the line. It is called by the deferred function.
func origin() string {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)]) // this function, Catch
	for more := true; more; {
		var frame runtime.Frame
		if frame, more = frames.Next(); !strings.HasPrefix(frame.Function, "runtime.") {
			return fmt.Sprintf("%s:%d", frame.Function, frame.Line)
		}
	}
	return "an unknown place"
}

// Hide returns a reconciler whose panics have values that may be shown. controller-runtime recovers, counts and logs them.
func Hide(r reconcile.Reconciler) reconcile.Reconciler {
	return reconcile.Func(func(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
		defer func() {
			if value := recover(); value != nil {
				panic(Hidden(value))
			}
		}()
		return r.Reconcile(ctx, request)
	})
}
