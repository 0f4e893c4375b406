// SPDX-License-Identifier: Apache-2.0

package runs

import (
	"context"
	"fmt"
	"reflect"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
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
	"github.com/rollcall-dev/rollcall/internal/build"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/panics"
	"github.com/rollcall-dev/rollcall/internal/record"
)

const (
	// workers is how many runs of a kind are observed in parallel.
	workers = 32
	// maxBackoff is the longest wait before a run is observed again after an error.
	maxBackoff = time.Minute
)

// Indexes of the cache.
const (
	// indexRun finds the records of all runs of a group, a kind and a name.
	indexRun = "run"
	// indexPipeline finds the records of a pipeline at a site.
	indexPipeline = "pipeline"
)

// SetupIndexes adds the indexes that the reconcilers read to the manager's cache.
func SetupIndexes(ctx context.Context, mgr ctrl.Manager) error {
	indexer := mgr.GetFieldIndexer()
	err := indexer.IndexField(ctx, &v1alpha1.JiraBuild{}, indexRun, func(o client.Object) []string {
		if run := o.(*v1alpha1.JiraBuild).Spec.Run; run != nil {
			return []string{runIndex(record.GroupKind(run), run.Name)}
		}
		return nil
	})
	if err == nil {
		err = indexer.IndexField(ctx, &v1alpha1.JiraBuild{}, indexPipeline, func(o client.Object) []string {
			b := o.(*v1alpha1.JiraBuild)
			return []string{pipelineIndex(b.Spec.Site, b.Spec.PipelineID)}
		})
	}
	if err != nil {
		return fmt.Errorf("index fields: %w", err)
	}
	return nil
}

func runIndex(kind schema.GroupKind, name string) string { return kind.String() + "/" + name }

func pipelineIndex(site, pipelineID string) string { return site + "/" + pipelineID }

// SetupWithManager registers the controller: at once, or for an optional kind when the API server serves it.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	if !r.Kind.Optional {
		return r.watch(mgr)
	}
	return mgr.Add(workload.WhenServed(mgr, r.Kind.Resource, r.Kind.Kind, r.watch))
}

func (r *Reconciler) watch(mgr ctrl.Manager) error {
	r.woken = make(chan event.GenericEvent)
	relabelled := predicate.Or(predicate.LabelChangedPredicate{}, predicate.AnnotationChangedPredicate{})
	return ctrl.NewControllerManagedBy(mgr).
		Named("run-"+r.Kind.Resource).
		Watches(r.Kind.New(), r.runHandler(), builder.WithPredicates(r.Kind.buildChanged())).
		Watches(&v1alpha1.JiraSite{}, handler.EnqueueRequestsFromMapFunc(r.all), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(r.allIn), builder.WithPredicates(relabelled)).
		Watches(&v1alpha1.JiraBuild{}, handler.EnqueueRequestsFromMapFunc(r.runOf), builder.WithPredicates(recordChanged)).
		WatchesRawSource(source.Channel(r.woken, &handler.EnqueueRequestForObject{})).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: workers,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[ctrl.Request](5*time.Millisecond, maxBackoff),
		}).
		Complete(panics.Hide(r))
}

type requests = workqueue.TypedRateLimitingInterface[ctrl.Request]

// runHandler enqueues a run. Of one that goes away it keeps what was last seen: it may be deleted as soon as it has ended.
func (r *Reconciler) runHandler() handler.EventHandler {
	return handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, queue requests) { queue.Add(requestOf(e.Object)) },
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, queue requests) {
			if e.ObjectOld.GetUID() != e.ObjectNew.GetUID() { // it was deleted and made anew while the watch was broken
				r.vanish(ctx, e.ObjectOld)
			}
			queue.Add(requestOf(e.ObjectNew))
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, queue requests) {
			r.vanish(ctx, e.Object)
			queue.Add(requestOf(e.Object))
		},
	}
}

func requestOf(o client.Object) ctrl.Request {
	return ctrl.Request{NamespacedName: client.ObjectKeyFromObject(o)}
}

// vanish keeps what was last seen of a run that somebody wants to know of.
func (r *Reconciler) vanish(ctx context.Context, o client.Object) {
	b := r.Kind.Observe(o)
	if !r.wanted(ctx, &b) {
		return
	}
	if dropped := r.vanished.add(&b); dropped > 0 {
		ctrl.LoggerFrom(ctx).Info("Runs that went away are not recorded: there are too many at once", "runs", dropped)
		r.Metrics.DroppedRuns(dropped)
	}
}

// wanted says whether a site selects a run, or a record tells of it.
func (r *Reconciler) wanted(ctx context.Context, b *build.Build) bool {
	sites, err := r.sites.List(ctx, r.Client)
	if err != nil {
		return true
	}
	namespace, err := r.namespaceOf(ctx, b.Namespace)
	if err != nil {
		return true
	}
	for _, site := range sites {
		if site.SelectsRun(namespace, b, r.Namespace) {
			return true
		}
	}
	var list v1alpha1.JiraBuildList
	of := client.MatchingFields{indexRun: runIndex(r.Kind.Kind.GroupKind(), b.Name)}
	err = r.List(ctx, &list, client.InNamespace(b.Namespace), of, client.Limit(1), client.UnsafeDisableDeepCopy)
	return err != nil || len(list.Items) > 0
}

// buildChanged lets a change of a run through where Observe tells something else after it. A Job of a thousand pods has a
// thousand changes of its status, and is one build.
func (k Kind) buildChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		return e.ObjectOld.GetUID() != e.ObjectNew.GetUID() || !reflect.DeepEqual(k.Observe(e.ObjectOld), k.Observe(e.ObjectNew))
	}}
}

// recordChanged lets a change of a record through where it may need a write: somebody changed its spec, wrote issue keys on it
// or deleted it.
var recordChanged = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	before, after := e.ObjectOld.(*v1alpha1.JiraBuild), e.ObjectNew.(*v1alpha1.JiraBuild)
	return before.Generation != after.Generation ||
		before.Annotations[v1alpha1.AnnotationIssueKeys] != after.Annotations[v1alpha1.AnnotationIssueKeys]
}}

// all returns every run of the kind, and every run that is gone and has a record at the site.
func (r *Reconciler) all(ctx context.Context, site client.Object) []ctrl.Request {
	requests := r.list(ctx)
	var records v1alpha1.JiraBuildList
	if err := r.List(ctx, &records, client.UnsafeDisableDeepCopy); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Could not list the records of a site")
	}
	for i := range records.Items {
		if b := &records.Items[i]; b.Spec.Site == site.GetName() {
			requests = append(requests, r.runOf(ctx, b)...)
		}
	}
	return requests
}

func (r *Reconciler) allIn(ctx context.Context, namespace client.Object) []ctrl.Request {
	return r.list(ctx, client.InNamespace(namespace.GetName()))
}

func (r *Reconciler) list(ctx context.Context, opts ...client.ListOption) []ctrl.Request {
	return workload.Requests(ctx, r.Client, r.Kind.NewList(), func(client.Object) bool { return true }, opts...)
}

// runOf returns the run of a record, if it is of this kind.
func (r *Reconciler) runOf(_ context.Context, o client.Object) []ctrl.Request {
	run := o.(*v1alpha1.JiraBuild).Spec.Run
	if run == nil || record.GroupKind(run) != r.Kind.Kind.GroupKind() {
		return nil
	}
	return []ctrl.Request{{NamespacedName: client.ObjectKey{Namespace: o.GetNamespace(), Name: run.Name}}}
}
