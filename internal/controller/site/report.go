// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"errors"
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

// explanation is why pending records were told that they wait, and when.
type explanation struct {
	at  time.Time
	why string
}

// explain has the pending records say why they wait, where the pass found that none is sent for a while.
func (r *Reconciler) explain(ctx context.Context, p *pass) error {
	var errs []error
	for _, d := range p.state.deliveries {
		if reason, message := p.whyWaiting(d); reason != "" {
			errs = append(errs, r.explainKind(ctx, p, d, reason, message))
		}
	}
	return errors.Join(errs...)
}

// whyWaiting returns why records of a kind wait; nothing where they do not, or not for long.
func (p *pass) whyWaiting(d *delivery) (reason, message string) {
	switch name := p.site.Name; {
	case p.site.Spec.DryRun:
		return v1alpha1.ReasonDryRun, fmt.Sprintf("JiraSite %s has spec.dryRun: this is what Jira would be told.", name)
	case p.reason != v1alpha1.ReasonReady:
		return v1alpha1.ReasonSiteNotReady, fmt.Sprintf(
			"JiraSite %s is not ready (%s): see kubectl describe jirasite %s. The record is sent by itself once it is.", name, p.reason, name)
	case d.refusal.err != nil:
		return v1alpha1.ReasonPermissionMissing, fmt.Sprintf("JiraSite %s: %s", name, d.refusal.err.Message)
	case d.limited != "":
		return v1alpha1.ReasonPending, fmt.Sprintf("JiraSite %s: %s The record is sent by itself.", name, d.limited)
	}
	return "", ""
}

func (r *Reconciler) explainKind(ctx context.Context, p *pass, d *delivery, reason, message string) error {
	now := r.Now()
	if left := d.explained.at.Add(explainInterval).Sub(now); left > 0 && d.explained.why == message {
		p.requeue(left)
		return nil
	}
	records, err := r.pending(ctx, p, d)
	if err != nil {
		return err
	}
	d.explained = explanation{now, message}
	var outcomes []outbox.Outcome
	for _, record := range records {
		o := outbox.NewOutcome(outbox.SourceOf(record), reason, message)
		if !says(record.(v1alpha1.Record), o.Condition) {
			d.queue.Conclude(&o, now)
			outcomes = append(outcomes, o)
		}
	}
	r.settle(ctx, p, d, outcomes)
	return nil
}

// explainOrphans has the records of sites that do not exist say so: a person may have written another name than was
// meant. Those of workloads and of runs are deleted with the site. All of them share one key of the queue.
func (r *Reconciler) explainOrphans(ctx context.Context) (ctrl.Result, error) {
	if left := r.orphansExplained.Add(explainInterval).Sub(r.Now()); left > 0 {
		return ctrl.Result{RequeueAfter: left}, nil
	}
	r.orphansExplained = r.Now()
	for _, k := range kinds {
		records, err := k.list(ctx, r.Client, client.UnsafeDisableDeepCopy)
		if err != nil {
			return ctrl.Result{}, fmt.Errorf("list records: %w", err)
		}
		for _, d := range records {
			if d.GetReference() == nil && isPending(d) && r.siteOf(ctx, d).Name == noSite {
				o := outbox.NewOutcome(outbox.SourceOf(d), v1alpha1.ReasonSiteNotReady, fmt.Sprintf(
					"There is no JiraSite %s: create it, or write the record anew with the name of one (kubectl get jirasites).", d.GetSite()))
				if !says(d, o.Condition) {
					r.statuses.write(k, o)
				}
			}
		}
	}
	return ctrl.Result{}, nil
}

// report writes what the pass found into the site's status, and makes Events of what is new.
func (r *Reconciler) report(ctx context.Context, p *pass) error {
	site := p.site.DeepCopy()
	ready := metav1.Condition{
		Type:               v1alpha1.ConditionReady,
		Status:             metav1.ConditionFalse,
		ObservedGeneration: site.Generation,
		Reason:             p.reason,
		Message:            outbox.Bounded(p.message),
	}
	if p.reason == v1alpha1.ReasonReady || p.reason == v1alpha1.ReasonDryRun {
		ready.Status = metav1.ConditionTrue
	}
	setConditions(&site.Status.Conditions, ready)
	p.reportBuilds(&site.Status.Conditions)
	p.reportReadBack(&site.Status)
	p.reportCloudID(ctx, &site.Status, ready.Status)
	site.Status.ObservedGeneration = site.Generation
	if p.resync != nil {
		site.Status.Resync = *p.resync
	}
	changed := !equality.Semantic.DeepEqual(p.site.Status, site.Status)
	if err := r.reportProgress(ctx, p, &site.Status, changed); err != nil {
		return err
	}
	if equality.Semantic.DeepEqual(p.site.Status, site.Status) {
		return nil
	}
	if err := r.Client.Status().Patch(ctx, site, client.MergeFrom(p.site)); apierrors.IsNotFound(err) {
		return nil
	} else if err != nil {
		return fmt.Errorf("write status of JiraSite: %w", err)
	}
	p.state.written, p.state.over = &site.Status, p.site.ResourceVersion
	r.announce(ctx, site, p.site.Status)
	return nil
}

// reportCloudID writes the id of the site, as far as Jira was asked. Before that, what the manager before this one wrote stands.
func (p *pass) reportCloudID(ctx context.Context, status *v1alpha1.JiraSiteStatus, ready metav1.ConditionStatus) {
	switch {
	case ready == metav1.ConditionTrue && !p.state.health.asked.IsZero():
		if id, err := p.state.client.CloudID(ctx); err == nil { // else the next pass has it
			status.CloudID = id
		}
	case ready != metav1.ConditionTrue && status.ObservedGeneration != p.site.Generation:
		status.CloudID = "" // that of a host that the spec may not name any more
	}
}

// announce makes an Event where the reason of Ready changed, and where Jira has something else of a record than it took.
func (r *Reconciler) announce(ctx context.Context, site *v1alpha1.JiraSite, before v1alpha1.JiraSiteStatus) {
	ready, old := meta.FindStatusCondition(site.Status.Conditions, v1alpha1.ConditionReady), meta.FindStatusCondition(before.Conditions, v1alpha1.ConditionReady)
	if old == nil || old.Reason != ready.Reason {
		eventType := corev1.EventTypeWarning
		if ready.Status == metav1.ConditionTrue {
			eventType = corev1.EventTypeNormal
		}
		ctrl.LoggerFrom(ctx).Info("Site changed", "ready", ready.Status, "reason", ready.Reason, "message", ready.Message)
		r.Recorder.Eventf(site, nil, eventType, ready.Reason, "Probe", "%s", ready.Message)
	}
	if found, last := site.Status.ReadBack, before.ReadBack; found.Result.Differs() && (found.Result != last.Result || found.Record != last.Record) {
		ctrl.LoggerFrom(ctx).Info("Jira has something else than it took", "result", found.Result, "kind", found.Record.Kind, "namespace", found.Record.Namespace, "record", found.Record.Name)
		r.Recorder.Eventf(site, nil, corev1.EventTypeWarning, v1alpha1.EventReadBackDiffers, "ReadBack", "%s", readBackMessage(found))
	}
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

// reportBuilds sets the condition that says that builds wait for a permission, or takes it away.
func (p *pass) reportBuilds(conditions *[]metav1.Condition) {
	refusal := p.state.buildsRefused()
	if refusal == nil {
		meta.RemoveStatusCondition(conditions, v1alpha1.ConditionBuildsPermissionMissing)
		return
	}
	meta.SetStatusCondition(conditions, metav1.Condition{
		Type: v1alpha1.ConditionBuildsPermissionMissing, Status: metav1.ConditionTrue,
		ObservedGeneration: p.site.Generation, Reason: refusal.Reason, Message: refusal.Message,
	})
}
