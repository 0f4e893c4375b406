package workload

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	ctrl "sigs.k8s.io/controller-runtime"
)

// optionalInterval is how often the API server is asked whether it serves a kind. It costs one small request.
const optionalInterval = 10 * time.Second

// onceServed asks until the API server serves a kind, and begins to watch it then. No other kind waits for it.
func (r *Reconciler) onceServed(ctx context.Context, kind schema.GroupVersionKind, watch func() error) error {
	log := ctrl.LoggerFrom(ctx).WithValues("workloads", r.Kind.Resource, "kind", kind.Kind)
	said := false
	err := wait.PollUntilContextCancel(ctx, optionalInterval, true, func(context.Context) (bool, error) {
		_, err := r.RESTMapper().RESTMapping(kind.GroupKind(), kind.Version)
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
		return fmt.Errorf("watch %s for %s: %w", kind.Kind, r.Kind.Resource, err)
	}
	return nil
}
