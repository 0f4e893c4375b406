package site

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// explainInterval is how often the pending records of a site that takes nothing are looked through at most: each new
// record causes a pass.
const explainInterval = time.Second

// explain has the pending records say why they wait, where the pass found that none is sent for a while.
func (r *Reconciler) explain(ctx context.Context, p *pass) error {
	var reason, message string
	switch name := p.site.Name; {
	case p.site.Spec.DryRun:
		reason, message = v1alpha1.ReasonDryRun, fmt.Sprintf("JiraSite %s has spec.dryRun: this is what Jira would be told.", name)
	case p.reason != v1alpha1.ReasonReady:
		reason, message = v1alpha1.ReasonSiteNotReady, fmt.Sprintf(
			"JiraSite %s is not ready (%s): see kubectl describe jirasite %s. The record is sent by itself once it is.", name, p.reason, name)
	case p.limited:
		reason, message = v1alpha1.ReasonPending, fmt.Sprintf(
			"JiraSite %s has used up its spec.requestsPerMinute (%d). The record is sent by itself.", name, p.site.Spec.RequestsPerMinute)
	default:
		return nil
	}
	now := r.Now()
	if left := p.state.explained.Add(explainInterval).Sub(now); left > 0 && p.state.why == message {
		p.requeue(left)
		return nil
	}
	records, err := r.pending(ctx, p)
	if err != nil {
		return err
	}
	p.state.explained, p.state.why = now, message
	for _, record := range records {
		r.say(record.(*v1alpha1.JiraDeployment), reason, message)
	}
	return nil
}

// explainOrphans has the records of sites that do not exist say so: a person may have written another name than was
// meant. Those of workloads are deleted with the site. All of them share one key of the queue.
func (r *Reconciler) explainOrphans(ctx context.Context) (ctrl.Result, error) {
	if left := r.orphansExplained.Add(explainInterval).Sub(r.Now()); left > 0 {
		return ctrl.Result{RequeueAfter: left}, nil
	}
	r.orphansExplained = r.Now()
	var list v1alpha1.JiraDeploymentList
	if err := r.Client.List(ctx, &list, client.UnsafeDisableDeepCopy); err != nil {
		return ctrl.Result{}, fmt.Errorf("list records: %w", err)
	}
	for i := range list.Items {
		if d := &list.Items[i]; d.Spec.Workload == nil && isPending(d) && r.siteOf(ctx, d).Name == noSite {
			r.say(d, v1alpha1.ReasonSiteNotReady, fmt.Sprintf(
				"There is no JiraSite %s: create it, or write the record anew with the name of one (kubectl get jirasites).", d.Spec.Site))
		}
	}
	return ctrl.Result{}, nil
}

// say has a record say why it waits, where it does not say so yet.
func (r *Reconciler) say(d *v1alpha1.JiraDeployment, reason, message string) {
	if o := outbox.NewOutcome(outbox.SourceOf(d), reason, message); !says(d, o.Condition) {
		r.statuses.write(o)
	}
}

// report writes what the pass found into the site's status, and makes an Event where the reason changed.
func (r *Reconciler) report(ctx context.Context, p *pass) error {
	site := p.site.DeepCopy()
	ready := metav1.Condition{
		Type:               v1alpha1.ConditionReady,
		Status:             metav1.ConditionFalse,
		ObservedGeneration: site.Generation,
		Reason:             p.reason,
		Message:            outbox.Bounded(p.message),
	}
	eventType := corev1.EventTypeWarning
	if p.reason == v1alpha1.ReasonReady || p.reason == v1alpha1.ReasonDryRun {
		ready.Status, eventType = metav1.ConditionTrue, corev1.EventTypeNormal
	}
	setConditions(&site.Status.Conditions, ready)
	if ready.Status == metav1.ConditionTrue {
		if id, err := p.state.client.CloudID(ctx); err == nil { // else the next pass has it
			site.Status.CloudID = id
		}
	} else if site.Status.ObservedGeneration != site.Generation {
		site.Status.CloudID = "" // that of a host that the spec may not name any more
	}
	site.Status.ObservedGeneration = site.Generation
	if p.resync != nil {
		site.Status.Resync = *p.resync
	}
	if equality.Semantic.DeepEqual(p.site.Status, site.Status) {
		return nil
	}
	if err := r.Client.Status().Patch(ctx, site, client.MergeFrom(p.site)); apierrors.IsNotFound(err) {
		return nil
	} else if err != nil {
		return fmt.Errorf("write status of JiraSite: %w", err)
	}
	if old := meta.FindStatusCondition(p.site.Status.Conditions, v1alpha1.ConditionReady); old == nil || old.Reason != ready.Reason {
		ctrl.LoggerFrom(ctx).Info("Site changed", "ready", ready.Status, "reason", ready.Reason, "message", ready.Message)
		r.Recorder.Eventf(site, nil, eventType, ready.Reason, "Probe", "%s", ready.Message)
	}
	return nil
}

// setConditions sets Ready, and beside it Reconciling or Stalled where the reason of Ready is one of theirs.
func setConditions(conditions *[]metav1.Condition, ready metav1.Condition) {
	meta.SetStatusCondition(conditions, ready)
	beside := v1alpha1.AbnormalCondition(ready.Reason)
	for _, kind := range []string{v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled} {
		if kind != beside {
			meta.RemoveStatusCondition(conditions, kind)
			continue
		}
		abnormal := ready
		abnormal.Type, abnormal.Status = kind, metav1.ConditionTrue
		meta.SetStatusCondition(conditions, abnormal)
	}
}
