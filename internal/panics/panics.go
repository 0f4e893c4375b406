// SPDX-License-Identifier: Apache-2.0

// Package panics says of a panic what it is and where it happened, and not what its value holds. Who logs a panic prints its
// value in full, and a value may be a text, or an error of a library, with a credential in it. A stack trace has function names and
// addresses, and no contents.
package panics

import (
	"context"
	"fmt"
	"runtime"

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
