package workload

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// +kubebuilder:rbac:groups=apps,resources=controllerrevisions,verbs=get;list;watch

// indexOwner finds the ControllerRevisions of a workload, by its UID.
const indexOwner = "owner"

func indexHistory(ctx context.Context, mgr ctrl.Manager) error {
	owner := func(o client.Object) []string {
		if uid := rollout.RevisionOwner(o.(*appsv1.ControllerRevision)); uid != "" {
			return []string{string(uid)}
		}
		return nil
	}
	if err := mgr.GetFieldIndexer().IndexField(ctx, &appsv1.ControllerRevision{}, indexOwner, owner); err != nil {
		return fmt.Errorf("index %s: %w", indexOwner, err)
	}
	return nil
}

// watchHistory has a workload observed again when one of its ControllerRevisions comes, or gets another
// number: of the two caches either may be behind.
func (r *Reconciler) watchHistory(mgr ctrl.Manager, b *builder.Builder) {
	owner := handler.EnqueueRequestForOwner(mgr.GetScheme(), mgr.GetRESTMapper(), r.Kind.New(), handler.OnlyControllerOwner())
	b.Watches(&appsv1.ControllerRevision{}, owner, builder.WithPredicates(predicate.Funcs{
		DeleteFunc: func(event.DeleteEvent) bool { return false },
	}))
}

// historyOf returns the ControllerRevisions of a workload; nothing for a kind that has none.
func (r *Reconciler) historyOf(ctx context.Context, workload client.Object) ([]appsv1.ControllerRevision, error) {
	if !r.Kind.History {
		return nil, nil
	}
	var list appsv1.ControllerRevisionList
	owner := client.MatchingFields{indexOwner: string(workload.GetUID())}
	if err := r.List(ctx, &list, client.InNamespace(workload.GetNamespace()), owner, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list ControllerRevisions: %w", err)
	}
	return list.Items, nil
}
