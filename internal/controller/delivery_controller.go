package controller

import (
	"context"
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
	"github.com/rollcall-dev/rollcall/internal/jira"
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
	items, err := r.pending(ctx, &site)
	if err != nil {
		return ctrl.Result{}, err
	}
	r.Metrics.Pending(site.Name, len(items))
	conn := r.Connections.openFor(site.Name, site.Generation)
	if wait := waitsFor(&site, conn); wait != nil {
		return ctrl.Result{}, r.hold(ctx, items, *wait)
	}
	if conn == nil {
		return ctrl.Result{}, nil // the site controller is about to open it, and wakes this one then
	}
	if len(items) == 0 {
		if conn.forgive() {
			r.Connections.changed.send(site.Name)
		}
		return ctrl.Result{}, nil
	}
	if delay := conn.delay(r.Now()); delay > 0 {
		return ctrl.Result{RequeueAfter: delay}, nil
	}
	return r.deliver(ctx, &site, conn, items)
}

// pending returns what Jira has to be told, oldest first. Answers that could not be written in an earlier
// pass are written before.
func (r *DeliveryReconciler) pending(ctx context.Context, site *v1alpha1.JiraSite) ([]outbox.Item, error) {
	var records v1alpha1.JiraDeploymentList
	if err := r.List(ctx, &records, client.MatchingFields{indexPending: site.Name}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list pending records: %w", err)
	}
	ledger := r.ledgers.of(site.Name)
	if err := r.write(ctx, ledger, ledger.sync(records.Items)); err != nil {
		return nil, err
	}
	var items []outbox.Item
	for i := range records.Items {
		if d := &records.Items[i]; !ledger.answered(d) {
			items = append(items, item(d, site))
		}
	}
	for _, d := range r.lost.of(site.Name) {
		items = append(items, item(d, site))
	}
	outbox.Order(items)
	return items, nil
}

func item(d *v1alpha1.JiraDeployment, site *v1alpha1.JiraSite) outbox.Item {
	return outbox.NewItem(d, func(key string) string { return record.BrowseURL(site.Spec.Host, key) })
}

// strand tells the records of a site that is not there: a person may have written another name than was
// meant. Those of workloads are deleted with the site.
func (r *DeliveryReconciler) strand(ctx context.Context, site string) error {
	r.ledgers.forget(site)
	r.lost.forget(site)
	var records v1alpha1.JiraDeploymentList
	if err := r.List(ctx, &records, client.MatchingFields{indexPending: site}, client.UnsafeDisableDeepCopy); err != nil {
		return fmt.Errorf("list pending records: %w", err)
	}
	var items []outbox.Item
	for i := range records.Items {
		if d := &records.Items[i]; d.Spec.Workload == nil {
			items = append(items, outbox.Item{Record: d})
		}
	}
	return r.hold(ctx, items, holdUp{v1alpha1.ReasonSiteNotReady, fmt.Sprintf(
		"There is no JiraSite %s: create it, or write the record anew with the name of one (kubectl get jirasites).", site)})
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

// deliver sends batches until nothing is left, or until the site wants to be waited for.
func (r *DeliveryReconciler) deliver(ctx context.Context, site *v1alpha1.JiraSite, conn *connection, items []outbox.Item) (ctrl.Result, error) {
	omitted := 0
	stopped := ctx.Done()
	ctx = context.WithoutCancel(ctx) // what is sent is answered, and the answer written, before the manager ends
	for len(items) > 0 && !closed(stopped) {
		if wait := conn.client.Reserve(r.Now()); wait > 0 {
			return ctrl.Result{RequeueAfter: wait}, nil
		}
		batch, rest := outbox.Take(items, conn.window.Size())
		result, err := conn.client.SubmitDeployments(ctx, r.submission(site, batch))
		r.Metrics.Requested(site.Name, err)
		conn.window = conn.window.After(err, len(batch))
		var outcomes []outbox.Outcome
		switch {
		case err == nil:
			outcomes = outbox.Read(batch, result)
			if len(outcomes) == len(batch) {
				r.recovered(site, conn)
			}
		case outbox.Next(err, len(batch)) == outbox.Again:
			continue
		case outbox.Next(err, len(batch)) == outbox.Drop:
			outcomes = []outbox.Outcome{outbox.Refuse(batch[0], err)}
		default:
			return r.stumble(ctx, site, conn, items, err)
		}
		if err := r.write(ctx, r.ledgers.of(site.Name), outcomes); err != nil {
			return ctrl.Result{}, err
		}
		items, omitted = rest, omitted+len(batch)-len(outcomes)
		r.Metrics.Pending(site.Name, len(items)+omitted)
	}
	if omitted > 0 {
		return ctrl.Result{RequeueAfter: conn.pause()}, nil
	}
	return ctrl.Result{}, nil
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func (r *DeliveryReconciler) submission(site *v1alpha1.JiraSite, batch []outbox.Item) jira.Submission {
	deployments := make([]jira.Deployment, len(batch))
	for i := range batch {
		deployments[i] = batch[i].Deployment
	}
	return jira.Submission{
		Deployments: deployments,
		Properties:  map[string]string{"cluster": r.Cluster, "site": site.Name},
		Product:     "rollcall",
	}
}

// stumble lets the records of a site that takes nothing wait.
func (r *DeliveryReconciler) stumble(ctx context.Context, site *v1alpha1.JiraSite, conn *connection, items []outbox.Item, err error) (ctrl.Result, error) {
	after, news := conn.fail(err, r.Now())
	trouble := outbox.TroubleOf(err)
	ctrl.LoggerFrom(ctx).V(1).Info("Delivery failed", "records", len(items), "reason", trouble.Reason, "retryAfter", after, "error", err.Error())
	if news {
		r.Connections.changed.send(site.Name)
	}
	hold := holdUp{v1alpha1.ReasonPending, fmt.Sprintf(
		"Jira has not taken the record yet (%s): see kubectl describe jirasite %s. It is sent again by itself.", trouble.Reason, site.Name)}
	return ctrl.Result{RequeueAfter: after}, r.hold(ctx, items, hold)
}

// recovered notes that the site takes what is sent.
func (r *DeliveryReconciler) recovered(site *v1alpha1.JiraSite, conn *connection) {
	if conn.recover(r.Now()) {
		r.Connections.changed.send(site.Name)
	}
}
