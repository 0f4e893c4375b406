package controller

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/metrics"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// +kubebuilder:rbac:groups=rollcall.dev,resources=jirasites,verbs=get;list;watch
// +kubebuilder:rbac:groups=rollcall.dev,resources=jirasites/status,verbs=patch
// +kubebuilder:rbac:groups=core,resources=secrets,verbs=get;list;watch,namespace=rollcall-system
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// SiteReconciler proves that a JiraSite works: its spec holds, its Secret is there, Jira takes the
// credentials. It is the only writer of the Ready condition.
type SiteReconciler struct {
	client.Client
	// Namespace is the operator's own: the only one whose Secrets are read.
	Namespace   string
	Connections *Connections
	Metrics     *metrics.Metrics
	Recorder    events.EventRecorder
	Now         func() time.Time
}

// SetupWithManager registers the controller.
func (r *SiteReconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("site").
		For(&v1alpha1.JiraSite{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.sitesOfSecret)).
		Watches(&v1alpha1.JiraSite{}, handler.EnqueueRequestsFromMapFunc(r.siblings), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WatchesRawSource(source.Channel(r.Connections.changed, siteWakes())).
		WithOptions(controller.Options{MaxConcurrentReconciles: 4}).
		Complete(r)
}

// Reconcile judges a site, and writes what it found.
func (r *SiteReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var site v1alpha1.JiraSite
	if err := r.Get(ctx, req.NamespacedName, &site); apierrors.IsNotFound(err) {
		r.Connections.close(req.Name)
		r.Metrics.Forget(req.Name)
		return ctrl.Result{}, nil
	} else if err != nil {
		return ctrl.Result{}, fmt.Errorf("get JiraSite: %w", err)
	}
	found, err := r.judge(ctx, &site)
	if err != nil {
		return ctrl.Result{}, err
	}
	if !found.keepsConnection {
		r.Connections.close(site.Name)
	}
	if err := r.report(ctx, &site, found); err != nil {
		return ctrl.Result{}, err
	}
	if found.news {
		r.Connections.opened.send(site.Name)
	}
	return ctrl.Result{RequeueAfter: found.wake}, nil
}

// report writes the Ready condition, and tells people where its reason changed.
func (r *SiteReconciler) report(ctx context.Context, site *v1alpha1.JiraSite, found verdict) error {
	before := site.DeepCopy()
	ready := metav1.Condition{
		Type:               v1alpha1.ConditionReady,
		Status:             metav1.ConditionFalse,
		ObservedGeneration: site.Generation,
		Reason:             found.reason,
		Message:            outbox.Bounded(found.message),
	}
	if found.reason == v1alpha1.ReasonReady {
		ready.Status = metav1.ConditionTrue
	}
	r.Metrics.Ready(site.Name, ready.Status == metav1.ConditionTrue)
	meta.SetStatusCondition(&site.Status.Conditions, ready)
	site.Status.ObservedGeneration = site.Generation
	if found.cloudID != "" {
		site.Status.CloudID = found.cloudID
	}
	if equality.Semantic.DeepEqual(before.Status, site.Status) {
		return nil
	}
	if err := r.Status().Patch(ctx, site, client.MergeFrom(before)); apierrors.IsNotFound(err) {
		return nil
	} else if err != nil {
		return fmt.Errorf("write status of JiraSite: %w", err)
	}
	old := meta.FindStatusCondition(before.Status.Conditions, v1alpha1.ConditionReady)
	if old == nil || old.Reason != ready.Reason {
		ctrl.LoggerFrom(ctx).Info("Site changed", "ready", ready.Status, "reason", ready.Reason, "message", ready.Message)
		r.Recorder.Eventf(site, nil, eventType(ready), ready.Reason, "Probe", "%s", ready.Message)
	}
	return nil
}

func eventType(condition metav1.Condition) string {
	if condition.Status == metav1.ConditionTrue {
		return corev1.EventTypeNormal
	}
	return corev1.EventTypeWarning
}

// sitesOfSecret returns the sites that name a Secret.
func (r *SiteReconciler) sitesOfSecret(ctx context.Context, secret client.Object) []ctrl.Request {
	return r.sitesWith(ctx, secret.GetName())
}

// siblings returns the sites that share a site's Secret: whether they may depends on it.
func (r *SiteReconciler) siblings(ctx context.Context, site client.Object) []ctrl.Request {
	return r.sitesWith(ctx, site.(*v1alpha1.JiraSite).Spec.Credentials.SecretName)
}

func (r *SiteReconciler) sitesWith(ctx context.Context, secretName string) []ctrl.Request {
	var sites v1alpha1.JiraSiteList
	if err := r.List(ctx, &sites, client.MatchingFields{indexSecret: secretName}); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Could not list the sites of a Secret")
		return nil
	}
	requests := make([]ctrl.Request, 0, len(sites.Items))
	for i := range sites.Items {
		requests = append(requests, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(&sites.Items[i])})
	}
	return requests
}
