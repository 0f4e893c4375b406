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
)

// +kubebuilder:rbac:groups=apps,resources=controllerrevisions,verbs=get;list;watch

// watchHistory has a workload observed again when one of its ControllerRevisions is created or changed. The cache of
// revisions may be behind that of workloads: a StatefulSet may name a revision that is not there yet.
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
