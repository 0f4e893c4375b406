package workload

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// optionalInterval is how long to wait before the API server is asked again whether it serves a kind: one small
// request.
const optionalInterval = 10 * time.Second

// Optional begins to watch a kind of workload once the API server serves it: what is not served cannot
// be watched, and the other kinds do not wait for it.
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
	log := ctrl.LoggerFrom(ctx).WithValues("workloads", w.reconciler.Kind.Resource)
	tick := time.NewTicker(w.interval)
	defer tick.Stop()
	for told := false; ; {
		served, err := w.served()
		switch {
		case err != nil:
			log.Error(err, "Could not ask whether the kind is there; it is asked again")
		case served:
			log.Info("Watching", "kind", w.reconciler.Kind.Name)
			if err := w.begin(); err != nil {
				return fmt.Errorf("set up controller of %s: %w", w.reconciler.Kind.Resource, err)
			}
			return nil
		case !told:
			log.Info("Not installed: it is watched as soon as it is", "kind", w.reconciler.Kind.Name)
			told = true
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
