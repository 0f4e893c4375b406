package site

import (
	"context"
	"fmt"

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
