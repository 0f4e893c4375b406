// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// maxResyncValue is how much of the annotation is read: the status takes no more.
const maxResyncValue = 253

// resyncAsked lets a JiraSite through whose resync annotation has changed.
var resyncAsked = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	return resyncValue(e.ObjectOld) != resyncValue(e.ObjectNew)
}}

func resyncValue(site client.Object) string {
	value := site.GetAnnotations()[v1alpha1.AnnotationResync]
	return strings.ToValidUTF8(value[:min(len(value), maxResyncValue)], "")
}

// resync makes all that Jira took pending once more, where the annotation has a value that the status has not. It goes on
// over several passes, and after a restart:
//
//	start    the status gets the value, and when it began: the next second, because times in the API have no
//	         fractions. Nothing is sent before that is written
//	mark     records that were made before, and that Jira took, become pending: their statuses have the time
//	         of the start. It begins their number at Jira, so that Jira takes what it has already
//	follow   until none of them is pending any more
//
// What is marked is sent like whatever is pending, as a backfill, and after everything else.
func (r *Reconciler) resync(ctx context.Context, p *pass) (bool, error) {
	asked, known, now := resyncValue(p.site), p.site.Status.Resync, r.Now()
	switch {
	case p.site.Spec.DryRun:
		return true, nil
	case asked != "" && asked != known.Value:
		p.resync = &v1alpha1.ResyncStatus{Value: asked, StartTime: metav1.NewTime(now.Truncate(time.Second).Add(time.Second))}
		p.requeue(explainInterval)
		p.state.marked = false
		ctrl.LoggerFrom(ctx).Info("Resync begins", "value", asked)
		return true, nil
	case known.Value == "" || !known.CompletionTime.IsZero():
		return true, nil
	}
	if left := p.state.looked.Add(outbox.Lasting).Sub(now); left > 0 {
		p.requeue(left)
		return true, nil
	}
	p.state.looked = now
	marked, pending, err := r.goOn(ctx, p, known.StartTime.Time)
	if err != nil {
		return false, err
	}
	p.state.marked = marked == 0
	if marked+pending > 0 {
		ctrl.LoggerFrom(ctx).V(1).Info("Resync goes on", "value", known.Value, "marked", marked, "pending", pending)
		p.requeue(outbox.Lasting)
		return true, nil
	}
	known.CompletionTime = metav1.NewTime(now)
	p.resync = &known
	ctrl.LoggerFrom(ctx).Info("Resync is complete", "value", known.Value)
	return true, nil
}

// goOn marks what is due, and returns how many records that was, and how many are pending. Where all were marked, it looks through
// the pending ones until none is left: one that Jira does not take may be pending for days.
func (r *Reconciler) goOn(ctx context.Context, p *pass, began time.Time) (marked, pending int, err error) {
	if p.state.marked {
		for _, of := range p.state.deliveries {
			records, err := of.kind.list(ctx, r.Client, client.MatchingFields{IndexPending: p.site.Name}, client.UnsafeDisableDeepCopy)
			if err != nil {
				return 0, 0, fmt.Errorf("list pending records: %w", err)
			}
			for _, d := range records {
				if d.Resyncing() && !refused(d) {
					pending++
				}
			}
		}
	}
	if pending > 0 {
		return 0, pending, nil
	}
	return r.mark(ctx, p, began)
}

// mark has the records that are due become pending, and returns how many of them there were, and how many are pending.
func (r *Reconciler) mark(ctx context.Context, p *pass, began time.Time) (marked, pending int, err error) {
	for _, of := range p.state.deliveries {
		m, n, err := r.markKind(ctx, p, of, began)
		if err != nil {
			return 0, 0, err
		}
		marked, pending = marked+m, pending+n
	}
	return marked, pending, nil
}

func (r *Reconciler) markKind(ctx context.Context, p *pass, of *delivery, began time.Time) (marked, pending int, err error) {
	records, err := of.kind.list(ctx, r.Client, client.UnsafeDisableDeepCopy)
	if err != nil {
		return 0, 0, fmt.Errorf("list records to send once more: %w", err)
	}
	var messages []outbox.Message
	for _, d := range records {
		if d.GetSite() == p.site.Name {
			messages = append(messages, of.kind.message(d, nil))
		}
	}
	newest := outbox.Newest(messages)
	for _, d := range records {
		switch {
		case d.GetSite() != p.site.Name || !newest[d.GetUID()]:
		case due(d, began):
			marked++
			of.queue.Forget(d.GetUID())
			o := outbox.NewOutcome(outbox.SourceOf(d), v1alpha1.ReasonResync, fmt.Sprintf(
				"Jira took the record. JiraSite %s is resynced (%s: %s): it is sent once more by itself, after what is new.",
				p.site.Name, v1alpha1.AnnotationResync, p.site.Status.Resync.Value))
			o.Resync = began
			r.statuses.write(of.kind, o)
		case d.Resyncing() && !refused(d):
			pending++
		}
	}
	return marked, pending, nil
}

// refused says that the namespace of a record may not say any more what it says: it waits until that changes, and no
// resync waits for it.
func refused(d v1alpha1.Record) bool {
	delivered := meta.FindStatusCondition(d.GetRecordStatus().Conditions, v1alpha1.ConditionDelivered)
	return delivered != nil && v1alpha1.Refused(delivered.Reason)
}

// due says whether a record is to be sent once more for a resync that began then: Jira took it as it is, it was made or
// told before, and it was not sent for this resync yet. It was made by the API server's clock, and told by ours.
func due(d v1alpha1.Record, began time.Time) bool {
	status, created := d.GetRecordStatus(), d.GetCreationTimestamp()
	delivered := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionDelivered)
	return delivered != nil && delivered.Reason == v1alpha1.ReasonAccepted && d.Settled() && d.GetDeletionTimestamp().IsZero() &&
		(created.Time.Before(began) || status.DeliveredTime.Time.Before(began)) && status.ResyncTime.Time.Before(began)
}
