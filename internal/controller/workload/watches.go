package workload

import (
	"context"
	"reflect"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// workers is how many workloads of a kind are observed in parallel. In a burst each waits for the API server to write
// its record. Example: at 165 ms a write, 32 workers write 190 records a second.
const workers = 32

// maxBackoff is the longest wait before a workload is observed again after an error. controller-runtime's own, 16
// minutes, would be spent after an outage of the API server was over.
const maxBackoff = time.Minute

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	b := ctrl.NewControllerManagedBy(mgr).
		Named("workload-"+r.Kind.Resource).
		For(r.Kind.New(), builder.WithPredicates(r.Kind.observationChanged())).
		Watches(&v1alpha1.JiraSite{}, handler.EnqueueRequestsFromMapFunc(r.all), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(r.allIn), builder.WithPredicates(relabelled())).
		Watches(&v1alpha1.JiraDeployment{}, handler.EnqueueRequestsFromMapFunc(r.workloadOf), builder.WithPredicates(recordChanged())).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: workers,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[ctrl.Request](5*time.Millisecond, maxBackoff),
		})
	if r.Kind.History {
		r.watchHistory(mgr, b)
	}
	return b.Complete(r)
}

// observationChanged lets a change of a workload through where Observe tells something else after it. Kubernetes writes
// a status half a dozen times a rollout, and most of it is not read. For a kind with a history every change passes:
// Observe needs the history as well.
func (k Kind) observationChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld, e.ObjectNew
		if k.History || before.GetUID() != after.GetUID() || before.GetDeletionTimestamp().IsZero() != after.GetDeletionTimestamp().IsZero() {
			return true
		}
		was, knew := k.Observe(before, nil)
		is, knows := k.Observe(after, nil)
		return knows && (!knew || !reflect.DeepEqual(was, is))
	}}
}

// relabelled lets a change of a namespace's labels and annotations through: they may change its environment. A new
// namespace needs no event of its own, because its workloads have theirs.
func relabelled() predicate.Predicate {
	changed := predicate.Or(predicate.LabelChangedPredicate{}, predicate.AnnotationChangedPredicate{})
	return predicate.Funcs{
		CreateFunc:  func(event.CreateEvent) bool { return false },
		UpdateFunc:  changed.Update,
		DeleteFunc:  func(event.DeleteEvent) bool { return false },
		GenericFunc: func(event.GenericEvent) bool { return false },
	}
}

// recordChanged lets a change of a record through where the workload's records may need a write: the record is new to
// the cache, somebody changed its spec, wrote issue keys on it or deleted it, or Jira answered and its workload is gone, so that it may be
// deleted. An answer for a workload that is there changes nothing until its next rollout.
func recordChanged() predicate.Predicate {
	return predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool {
			before, after := e.ObjectOld.(*v1alpha1.JiraDeployment), e.ObjectNew.(*v1alpha1.JiraDeployment)
			_, gone := after.Annotations[v1alpha1.AnnotationWorkloadGoneSince]
			corrected := before.Annotations[v1alpha1.AnnotationIssueKeys] != after.Annotations[v1alpha1.AnnotationIssueKeys]
			return before.Generation != after.Generation || corrected || gone && before.Settled() != after.Settled()
		},
	}
}

// all returns every workload of the kind, and every workload that is gone and has a record at the site.
func (r *Reconciler) all(ctx context.Context, site client.Object) []ctrl.Request {
	requests := r.list(ctx)
	var records v1alpha1.JiraDeploymentList
	if err := r.List(ctx, &records, client.UnsafeDisableDeepCopy); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Could not list the records of a site")
	}
	for i := range records.Items {
		if d := &records.Items[i]; d.Spec.Site == site.GetName() {
			requests = append(requests, r.workloadOf(ctx, d)...)
		}
	}
	return requests
}

func (r *Reconciler) allIn(ctx context.Context, namespace client.Object) []ctrl.Request {
	return r.list(ctx, client.InNamespace(namespace.GetName()))
}

func (r *Reconciler) list(ctx context.Context, opts ...client.ListOption) []ctrl.Request {
	list := r.Kind.NewList()
	if err := r.List(ctx, list, append(opts, client.UnsafeDisableDeepCopy)...); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Could not list workloads", "kind", r.Kind.Name)
		return nil
	}
	var requests []ctrl.Request
	_ = meta.EachListItem(list, func(o runtime.Object) error {
		requests = append(requests, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(o.(client.Object))})
		return nil
	})
	return requests
}

// workloadOf returns the workload of a record, if it is of this kind.
func (r *Reconciler) workloadOf(_ context.Context, o client.Object) []ctrl.Request {
	workload := o.(*v1alpha1.JiraDeployment).Spec.Workload
	if workload == nil || record.GroupKind(workload) != r.Kind.GroupKind() {
		return nil
	}
	return []ctrl.Request{{NamespacedName: client.ObjectKey{Namespace: o.GetNamespace(), Name: workload.Name}}}
}
