// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"context"
	"fmt"
	"reflect"
	"time"

	appsv1 "k8s.io/api/apps/v1"
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
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/panics"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// workers is how many workloads of a kind are observed in parallel. In a burst each waits for the API server to write
// its record. Example: at 165 ms a write, 32 workers write 190 records a second.
const workers = 32

// maxBackoff is the longest wait before a workload is observed again after an error. controller-runtime's own, 16
// minutes, would be spent after an outage of the API server was over.
const maxBackoff = time.Minute

// SetupWithManager registers the controller: at once, or for an optional kind when the API server serves it.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	if !r.Kind.Optional {
		return r.watch(mgr)
	}
	return mgr.Add(WhenServed(mgr, r.Kind.Resource, r.Kind.New().GetObjectKind().GroupVersionKind(), r.watch))
}

func (r *Reconciler) watch(mgr ctrl.Manager) error {
	b := ctrl.NewControllerManagedBy(mgr).
		Named("workload-"+r.Kind.Resource).
		For(r.Kind.New(), builder.WithPredicates(r.Kind.observationChanged())).
		Watches(&v1alpha1.JiraSite{}, handler.EnqueueRequestsFromMapFunc(r.all), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(r.allIn), builder.WithPredicates(relabelled)).
		Watches(&v1alpha1.JiraDeployment{}, handler.EnqueueRequestsFromMapFunc(r.workloadOf), builder.WithPredicates(recordChanged)).
		Watches(&v1alpha1.JiraBuild{}, handler.EnqueueRequestsFromMapFunc(r.runningBuilt), builder.WithPredicates(imagesBuilt)).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: workers,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[ctrl.Request](5*time.Millisecond, maxBackoff),
			ReconciliationTimeout:   reconciliationTimeout,
			CacheSyncTimeout:        r.Kind.syncTimeout(),
		})
	if r.Kind.History {
		// The cache of revisions may be behind that of workloads: a StatefulSet may name a revision that is not there yet.
		b.Owns(&appsv1.ControllerRevision{}, builder.WithPredicates(predicate.Funcs{DeleteFunc: func(event.DeleteEvent) bool { return false }}))
	}
	r.woken = make(chan event.GenericEvent)
	b.WatchesRawSource(source.Channel(r.woken, &handler.EnqueueRequestForObject{}))
	r.watchOthers(b)
	c, err := b.Build(panics.Hide(r))
	if err != nil {
		return err
	}
	return r.watchDeployers(mgr, c)
}

// relabelled lets a change of a namespace's labels and annotations through: they may change its environment.
var relabelled = predicate.Or(predicate.LabelChangedPredicate{}, predicate.AnnotationChangedPredicate{})

// observationChanged lets a change of a workload through where Observe tells something else after it. Kubernetes writes
// a status half a dozen times a rollout, and most of it is not read. Where Observe needs more than the workload, every
// change passes.
func (k Kind) observationChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld, e.ObjectNew
		if k.needsMore(after) || rollout.NotUnderstood(before) != rollout.NotUnderstood(after) || before.GetUID() != after.GetUID() || before.GetDeletionTimestamp().IsZero() != after.GetDeletionTimestamp().IsZero() {
			return true
		}
		was, knew := k.Observe(before, Beside{})
		is, knows := k.Observe(after, Beside{})
		if is.State == rollout.InProgress && !is.Unwatched {
			was.Since = is.Since // it moves with every pod, and is read only where the state has changed
		}
		return knows && (!knew || !reflect.DeepEqual(was, is))
	}}
}

// needsMore says whether Observe needs more than the workload.
func (k Kind) needsMore(workload client.Object) bool {
	return k.History || k.refers(workload)
}

// refers says whether a workload takes its template from a Deployment.
func (k Kind) refers(workload client.Object) bool {
	if k.Refers == nil {
		return false
	}
	_, refers := k.Refers(workload)
	return refers
}

// recordChanged lets a change of a record through where the workload's records may need a write: the record is new to
// the cache, somebody changed its spec, wrote issue keys on it or deleted it, or Jira answered and its workload is gone,
// so that it may be deleted. An answer for a workload that is there changes nothing until its next rollout.
var recordChanged = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	before, after := e.ObjectOld.(*v1alpha1.JiraDeployment), e.ObjectNew.(*v1alpha1.JiraDeployment)
	_, gone := after.Annotations[v1alpha1.AnnotationWorkloadGoneSince]
	corrected := before.Annotations[v1alpha1.AnnotationIssueKeys] != after.Annotations[v1alpha1.AnnotationIssueKeys]
	return before.Generation != after.Generation || corrected || gone && before.Settled() != after.Settled()
}}

// all returns every workload of the kind, and every workload that is gone and has a record at the site.
func (r *Reconciler) all(ctx context.Context, site client.Object) []ctrl.Request {
	requests := r.list(ctx, each)
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
	return r.list(ctx, each, client.InNamespace(namespace.GetName()))
}

func each(client.Object) bool { return true }

// list returns those of the kind's workloads that are wanted.
func (r *Reconciler) list(ctx context.Context, wanted func(client.Object) bool, opts ...client.ListOption) []ctrl.Request {
	return Requests(ctx, r.Client, r.Kind.NewList(), wanted, opts...)
}

// Requests returns the keys of those objects of a list that are wanted, as a reader has them.
func Requests(ctx context.Context, reader client.Reader, list client.ObjectList, wanted func(client.Object) bool, opts ...client.ListOption) []ctrl.Request {
	if err := reader.List(ctx, list, append(opts, client.UnsafeDisableDeepCopy)...); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Could not list what a change is about", "list", fmt.Sprintf("%T", list))
		return nil
	}
	var requests []ctrl.Request
	_ = meta.EachListItem(list, func(o runtime.Object) error {
		if object := o.(client.Object); wanted(object) {
			requests = append(requests, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(object)})
		}
		return nil
	})
	return requests
}

// workloadOf returns the workload of a record, if it is of this kind.
func (r *Reconciler) workloadOf(_ context.Context, o client.Object) []ctrl.Request {
	workload := o.(*v1alpha1.JiraDeployment).Spec.Workload
	if workload == nil || record.GroupKind(workload) != r.Kind.GroupKind {
		return nil
	}
	return []ctrl.Request{{NamespacedName: client.ObjectKey{Namespace: o.GetNamespace(), Name: workload.Name}}}
}
