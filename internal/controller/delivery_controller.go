package controller

import (
	"context"
	"errors"
	"fmt"
	"time"

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
	"github.com/rollcall-dev/rollcall/internal/record"
)

// +kubebuilder:rbac:groups=rollcall.dev,resources=jiradeployments,verbs=get;list;watch
// +kubebuilder:rbac:groups=rollcall.dev,resources=jiradeployments/status,verbs=patch

// DeliveryReconciler sends the pending records of a site, and writes Jira's answers. It is the only writer of
// the Delivered condition.
type DeliveryReconciler struct {
	client.Client
	// Cluster is the cluster's name; it goes out with every submission.
	Cluster     string
	Connections *Connections
	Metrics     *metrics.Metrics
	Recorder    events.EventRecorder
	Now         func() time.Time

	ledgers ledgers
	lost    lost
}

// SetupWithManager registers the controller.
func (r *DeliveryReconciler) SetupWithManager(mgr ctrl.Manager) error {
	pending := predicate.NewPredicateFuncs(func(o client.Object) bool {
		return !o.(*v1alpha1.JiraDeployment).Settled()
	})
	return ctrl.NewControllerManagedBy(mgr).
		Named("delivery").
		Watches(&v1alpha1.JiraSite{}, &handler.EnqueueRequestForObject{}).
		Watches(&v1alpha1.JiraDeployment{}, handler.EnqueueRequestsFromMapFunc(siteOfRecord), builder.WithPredicates(pending)).
		Watches(&v1alpha1.JiraDeployment{}, r.keepLost()).
		WatchesRawSource(source.Channel(r.Connections.opened, siteWakes())).
		WithOptions(controller.Options{MaxConcurrentReconciles: 8}).
		Complete(r)
}

func siteOfRecord(_ context.Context, o client.Object) []ctrl.Request {
	return []ctrl.Request{{NamespacedName: client.ObjectKey{Name: o.(*v1alpha1.JiraDeployment).Spec.Site}}}
}

// Reconcile makes a pass over a site's pending records.
func (r *DeliveryReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var site v1alpha1.JiraSite
	if err := r.Get(ctx, req.NamespacedName, &site); apierrors.IsNotFound(err) {
		return ctrl.Result{}, r.strand(ctx, req.Name)
	} else if err != nil {
		return ctrl.Result{}, fmt.Errorf("get JiraSite: %w", err)
	}
	records, err := r.listPending(ctx, site.Name)
	if err != nil {
		return ctrl.Result{}, err
	}
	// An answer that cannot be written holds up no other record: it is remembered, and so not sent again.
	ledger := r.ledgers.of(site.Name)
	unwritten := r.write(ctx, ledger, ledger.sync(records))
	pending := append(ledger.unanswered(records), r.lost.of(site.Name)...)
	r.Metrics.Pending(site.Name, len(pending))
	result, err := r.pass(ctx, &site, pending)
	if err = errors.Join(unwritten, err); err != nil && result.RequeueAfter > 0 {
		ctrl.LoggerFrom(ctx).Info("Answers are not written yet", "error", err.Error())
		return result, nil // an error would take the place of the wait
	}
	return result, err
}

// pass sends what is pending, or says why it waits.
func (r *DeliveryReconciler) pass(ctx context.Context, site *v1alpha1.JiraSite, pending []*v1alpha1.JiraDeployment) (ctrl.Result, error) {
	began := r.Now()
	conn := r.Connections.openFor(site.Name, editionOf(site))
	wait := waitsFor(site, conn)
	switch {
	case conn == nil && wait == nil:
		return ctrl.Result{}, nil // the site controller is about to open a connection
	case wait != nil, len(pending) == 0:
		return ctrl.Result{RequeueAfter: r.rest(site, conn, began)}, r.hold(ctx, itemsOf(pending, site), wait)
	}
	if delay := conn.delay(began); delay > 0 {
		return ctrl.Result{RequeueAfter: delay}, r.hold(ctx, itemsOf(pending, site), troubled(site, conn.troubled()))
	}
	due := conn.leftOut.due(pending, began)
	if len(due) == 0 {
		return ctrl.Result{RequeueAfter: max(r.rest(site, conn, began), conn.leftOut.wait(began))}, nil
	}
	send, rest := conn.pace.turn(len(due), conn.window.Size(), began)
	if send == 0 {
		return ctrl.Result{RequeueAfter: rest}, nil
	}
	result, err := r.deliver(ctx, site, conn, itemsOf(due, site)[:send], len(pending)-send)
	if send < len(due) { // whatever those that were sent wait for
		left := max(time.Millisecond, began.Add(rest).Sub(r.Now()))
		if result.RequeueAfter == 0 || left < result.RequeueAfter {
			result.RequeueAfter = left
		}
	}
	return result, err
}

// rest has a site probed over whose connection nothing is to be sent: no delivery will tell whether it works again. It
// returns how long to wait before that.
func (r *DeliveryReconciler) rest(site *v1alpha1.JiraSite, conn *connection, now time.Time) time.Duration {
	if conn == nil {
		return 0
	}
	if conn.forgive(now) {
		r.Connections.changed.send(site.Name)
	}
	return conn.delay(now)
}

// listPending returns the records of a site that Jira has not given its last word on, as the cache shows
// them: they are not to be changed.
func (r *DeliveryReconciler) listPending(ctx context.Context, site string) ([]v1alpha1.JiraDeployment, error) {
	var records v1alpha1.JiraDeploymentList
	if err := r.List(ctx, &records, client.MatchingFields{indexPending: site}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list pending records: %w", err)
	}
	return records.Items, nil
}

// itemsOf returns what Jira has to be told of records, oldest first.
func itemsOf(records []*v1alpha1.JiraDeployment, site *v1alpha1.JiraSite) []outbox.Item {
	browse := func(key string) string { return record.BrowseURL(site.Spec.Host, key) }
	items := make([]outbox.Item, len(records))
	for i, d := range records {
		items[i] = outbox.NewItem(d, browse)
	}
	outbox.Order(items)
	return items
}

// strand tells the records of a site that is not there: a person may have written another name than was
// meant. Those of workloads are deleted with the site.
func (r *DeliveryReconciler) strand(ctx context.Context, site string) error {
	records, err := r.listPending(ctx, site)
	if err != nil {
		return err
	}
	ledger := r.ledgers.of(site)
	unwritten := r.write(ctx, ledger, ledger.sync(records))
	var items []outbox.Item
	for _, d := range ledger.unanswered(records) {
		if d.Spec.Workload == nil {
			items = append(items, outbox.Item{Record: d})
		}
	}
	r.ledgers.forget(site)
	r.lost.forget(site)
	r.Metrics.Forget(site)
	return errors.Join(unwritten, r.hold(ctx, items, &holdUp{v1alpha1.ReasonSiteNotReady, fmt.Sprintf(
		"There is no JiraSite %s: create it, or write the record anew with the name of one (kubectl get jirasites).", site)}))
}

// holdUp is why records wait, in the words of their Delivered condition.
type holdUp struct{ reason, message string }

// waitsFor returns why nothing can be sent to a site; nil where it can, or where that is not known yet.
func waitsFor(site *v1alpha1.JiraSite, conn *connection) *holdUp {
	if site.Spec.DryRun {
		return &holdUp{v1alpha1.ReasonDryRun, fmt.Sprintf("JiraSite %s has spec.dryRun: this is what Jira would be told.", site.Name)}
	}
	ready := meta.FindStatusCondition(site.Status.Conditions, v1alpha1.ConditionReady)
	if conn != nil || ready == nil || ready.Status == metav1.ConditionTrue || ready.ObservedGeneration != site.Generation {
		return nil
	}
	return &holdUp{v1alpha1.ReasonSiteNotReady, fmt.Sprintf(
		"JiraSite %s is not ready (%s): see kubectl describe jirasite %s. The record is sent by itself once it is.", site.Name, ready.Reason, site.Name)}
}

// troubled says why records wait for a site that takes nothing at the moment.
func troubled(site *v1alpha1.JiraSite, trouble *outbox.Trouble) *holdUp {
	return &holdUp{v1alpha1.ReasonPending, fmt.Sprintf(
		"Jira has not taken the record yet (%s): see kubectl describe jirasite %s. It is sent again by itself.", trouble.Reason, site.Name)}
}
