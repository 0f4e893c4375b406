package workload

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/util/wait"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// optionalInterval is how often the API server is asked whether it serves a kind. It costs one small request.
const optionalInterval = 10 * time.Second

// Optional watches a kind of workload once the API server serves it. The other kinds do not wait for it.
type Optional struct {
	reconciler *Reconciler
	interval   time.Duration

	served func() (bool, error)
	begin  func() error
}

// NewOptional returns what sets the reconciler up once its kind is served.
func NewOptional(reconciler *Reconciler) *Optional {
	return &Optional{reconciler: reconciler, interval: optionalInterval}
}

// SetupWithManager lets it run where the controllers run: on the leader.
func (w *Optional) SetupWithManager(mgr ctrl.Manager) error {
	gvk, err := apiutil.GVKForObject(w.reconciler.Kind.New(), mgr.GetScheme())
	if err != nil {
		return fmt.Errorf("tell the kind of %s: %w", w.reconciler.Kind.Resource, err)
	}
	w.served = func() (bool, error) {
		_, err := mgr.GetRESTMapper().RESTMapping(gvk.GroupKind(), gvk.Version)
		if meta.IsNoMatchError(err) {
			return false, nil
		}
		return err == nil, err
	}
	w.begin = func() error { return w.reconciler.SetupWithManager(mgr) }
	if err := mgr.Add(w); err != nil {
		return fmt.Errorf("add to manager: %w", err)
	}
	return nil
}

// Start asks until the kind is served, begins to watch it, and ends.
func (w *Optional) Start(ctx context.Context) error {
	log := ctrl.LoggerFrom(ctx).WithValues("workloads", w.reconciler.Kind.Resource, "kind", w.reconciler.Kind.Name)
	said := false
	err := wait.PollUntilContextCancel(ctx, w.interval, true, func(context.Context) (bool, error) {
		served, err := w.served()
		if err != nil {
			log.Error(err, "Could not ask whether the kind is served; it is asked again")
		} else if !served && !said {
			log.Info("Not installed: it is watched as soon as it is")
			said = true
		}
		return served, nil
	})
	if err != nil {
		return nil // the manager stops
	}
	log.Info("Watching")
	if err := w.begin(); err != nil {
		return fmt.Errorf("set up controller of %s: %w", w.reconciler.Kind.Resource, err)
	}
	return nil
}
