// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// reconciliationTimeout bounds a reconciliation: one that needs a kind which is served, and cannot be listed, fails and is tried
// again, instead of keeping its worker.
const reconciliationTimeout = 2 * time.Minute

// syncTimeout returns how long the first list of a kind may take; zero for what controller-runtime grants, after which the manager
// ends. Where an optional kind is served and cannot be listed (a role that was not upgraded, a conversion webhook that is
// down), its informer tries it again and logs why, and no other kind waits for it.
func (k Kind) syncTimeout() time.Duration {
	if k.Optional {
		return 365 * 24 * time.Hour
	}
	return 0
}

// optionalInterval is how often the API server is asked whether it serves a kind. It costs one small request.
const optionalInterval = 10 * time.Second

// WhenServed returns a runnable that adds the controller of a kind once the API server serves it, and runs it.
//
// It is not added to the manager, which runs by then: where two controllers are added to it in the moment in which it is
// stopped, its group of runnables waits for itself, and the manager does not end.
func WhenServed(mgr ctrl.Manager, resource string, kind schema.GroupVersionKind, add func(ctrl.Manager) error) manager.Runnable {
	return manager.RunnableFunc(func(ctx context.Context) error {
		late := &lateManager{Manager: mgr}
		if err := OnceServed(ctx, mgr.GetRESTMapper(), resource, kind, func() error { return add(late) }); err != nil {
			return err
		}
		return late.run(ctx)
	})
}

// lateManager is a manager that keeps what is added to it, and runs it by itself.
type lateManager struct {
	ctrl.Manager
	added []manager.Runnable
}

// Add keeps a runnable.
func (m *lateManager) Add(r manager.Runnable) error {
	m.added = append(m.added, r)
	return nil
}

// run runs all that was added until the context ends, or one fails.
func (m *lateManager) run(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	for _, r := range m.added {
		all.Go(func() error { return r.Start(ctx) })
	}
	return all.Wait()
}

// OnceServed asks until the API server serves a kind, and begins to watch it then. No other kind waits for it.
func OnceServed(ctx context.Context, mapper meta.RESTMapper, resource string, kind schema.GroupVersionKind, watch func() error) error {
	log := ctrl.LoggerFrom(ctx).WithValues("resource", resource, "kind", kind.Kind)
	said := false
	err := wait.PollUntilContextCancel(ctx, optionalInterval, true, func(context.Context) (bool, error) {
		_, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
		if err != nil && !meta.IsNoMatchError(err) {
			log.Error(err, "Could not ask whether the kind is served; it is asked again")
		} else if err != nil && !said {
			log.Info("Not installed: it is watched as soon as it is")
			said = true
		}
		return err == nil, nil
	})
	if err != nil {
		return nil // the manager stops
	}
	log.Info("Watching")
	if err := watch(); err != nil {
		return fmt.Errorf("watch %s for %s: %w", kind.Kind, resource, err)
	}
	return nil
}
