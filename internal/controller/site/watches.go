// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/panics"
)

const (
	// workers is how many sites are served at a time. A pass may wait half a minute for Jira, and no other site waits for
	// it: there are more workers than sites.
	workers = 128
	// maxBackoff is the longest wait after a Secret that could not be read. controller-runtime's own is 16 minutes.
	maxBackoff = time.Minute
	// noSite is the key of all records whose site does not exist. No JiraSite has this name.
	noSite = ""
)

// Indexes of the cache. What is delivered is in no index that a pass reads, so that it costs nothing.
const (
	// indexSecret finds the JiraSites that name a Secret.
	indexSecret = "secret"
	// IndexPending finds the records of a site that Jira has not given its last word on.
	IndexPending = "pending"
)

// SetupWithManager registers the controller, its indexes, and the writer of statuses.
func (r *Reconciler) SetupWithManager(ctx context.Context, mgr ctrl.Manager) error {
	indexer := mgr.GetFieldIndexer()
	if err := indexer.IndexField(ctx, &v1alpha1.JiraSite{}, indexSecret, secretOf); err != nil {
		return fmt.Errorf("index %s: %w", indexSecret, err)
	}
	for _, k := range kinds {
		if err := indexer.IndexField(ctx, k.new(), IndexPending, pendingAt); err != nil {
			return fmt.Errorf("index %s of %s: %w", IndexPending, k.name, err)
		}
	}
	r.statuses = newStatusWriter(r.Client, r.Recorder, r.Now)
	if err := mgr.Add(r.statuses); err != nil {
		return fmt.Errorf("add writer of statuses: %w", err)
	}
	ofSecret := func(ctx context.Context, o client.Object) []ctrl.Request { return r.sitesOfSecret(ctx, o.GetName()) }
	relabelled := predicate.Or(predicate.LabelChangedPredicate{}, predicate.AnnotationChangedPredicate{})
	changed := builder.WithPredicates(predicate.GenerationChangedPredicate{})
	b := ctrl.NewControllerManagedBy(mgr).
		Named("site").
		For(&v1alpha1.JiraSite{}, builder.WithPredicates(predicate.Or(predicate.GenerationChangedPredicate{}, resyncAsked))).
		Watches(&v1alpha1.JiraSite{}, handler.EnqueueRequestsFromMapFunc(r.siblings), changed).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(ofSecret)).
		WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(r.sitesIn), builder.WithPredicates(relabelled)).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: workers,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[ctrl.Request](5*time.Millisecond, maxBackoff),
		})
	for _, k := range kinds {
		b.Watches(k.new(), r.recordHandler())
	}
	return b.Complete(panics.Hide(r))
}

func secretOf(o client.Object) []string {
	return []string{o.(*v1alpha1.JiraSite).Spec.Credentials.SecretName}
}

// pendingAt returns the site of a record that is pending, and nothing for one that is not.
func pendingAt(o client.Object) []string {
	if d := o.(v1alpha1.Record); isPending(d) {
		return []string{d.GetSite()}
	}
	return nil
}

// isPending says that Jira has to be told of a record. One that is being deleted is pending no more.
func isPending(d v1alpha1.Record) bool {
	return !d.Settled() && d.GetDeletionTimestamp().IsZero()
}

type requests = workqueue.TypedRateLimitingInterface[ctrl.Request]

// recordHandler enqueues the site of a record that is pending, or that was deleted before Jira knew how it ended. Of any other
// it has the status say what became known of the record's source.
func (r *Reconciler) recordHandler() handler.EventHandler {
	enqueue := func(ctx context.Context, o client.Object, queue requests) {
		d := o.(v1alpha1.Record)
		if isPending(d) {
			queue.Add(r.siteOf(ctx, d))
		}
		r.statuses.explainSource(d)
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, queue requests) { enqueue(ctx, e.Object, queue) },
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, queue requests) { enqueue(ctx, e.ObjectNew, queue) },
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, queue requests) {
			d := e.Object.(v1alpha1.Record)
			if site := r.siteOf(ctx, d); site.Name != noSite && (!d.Settled() || d.Unfinished()) {
				r.deletions.add(d)
				queue.Add(site)
			}
		},
	}
}

// siteOf returns the key of a record's site. Records that name sites which do not exist share one.
func (r *Reconciler) siteOf(ctx context.Context, d v1alpha1.Record) ctrl.Request {
	key := client.ObjectKey{Name: d.GetSite()}
	if err := r.Client.Get(ctx, key, &v1alpha1.JiraSite{}, client.UnsafeDisableDeepCopy); apierrors.IsNotFound(err) {
		key.Name = noSite
	}
	return ctrl.Request{NamespacedName: key}
}

// siblings returns the sites that share a site's Secret, because whether they may depends on it, and the key of the
// records without a site, because some may have lost theirs.
func (r *Reconciler) siblings(ctx context.Context, site client.Object) []ctrl.Request {
	orphans := ctrl.Request{NamespacedName: client.ObjectKey{Name: noSite}}
	return append(r.sitesOfSecret(ctx, site.(*v1alpha1.JiraSite).Spec.Credentials.SecretName), orphans)
}

// sitesOfSecret returns the sites that name a Secret.
func (r *Reconciler) sitesOfSecret(ctx context.Context, name string) []ctrl.Request {
	var sites v1alpha1.JiraSiteList
	if err := r.Client.List(ctx, &sites, client.MatchingFields{indexSecret: name}); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Could not list the sites of a Secret")
	}
	var keys []ctrl.Request
	for i := range sites.Items {
		keys = append(keys, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(&sites.Items[i])})
	}
	return keys
}

// TrimSecret is a cache transform: of a Secret it keeps its name and its version. Annotations may hold what is in it, as
// those of kubectl apply do.
func TrimSecret(object any) (any, error) {
	secret, ok := object.(metav1.Object)
	if !ok {
		return object, nil
	}
	trimmed := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
		Namespace: secret.GetNamespace(), Name: secret.GetName(), UID: secret.GetUID(), ResourceVersion: secret.GetResourceVersion(),
	}}
	trimmed.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	return trimmed, nil
}
