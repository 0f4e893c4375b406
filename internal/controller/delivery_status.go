package controller

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// writers is how many statuses are written at a time. What is more, the API server's priority and fairness
// rules.
const writers = 64

// write notes answers in the ledger and writes them into the records' statuses, one write a record.
func (r *DeliveryReconciler) write(ctx context.Context, ledger *ledger, outcomes []outbox.Outcome) error {
	ledger.note(outcomes)
	failed := r.writeAll(ctx, outcomes)
	var first error
	for i, outcome := range outcomes {
		if failed[i] != nil {
			first = failed[i]
			continue
		}
		ledger.wrote(outcome)
		r.tell(outcome)
		if isLost(outcome.Item.Record) {
			r.lost.settle(outcome.Item.Record)
		}
	}
	return first
}

// hold writes why records wait, into those that do not say so already. One that has changed since is not touched: it may
// have Jira's word by now.
func (r *DeliveryReconciler) hold(ctx context.Context, items []outbox.Item, why *holdUp) error {
	var outcomes []outbox.Outcome
	for _, item := range items {
		outcome := outbox.Hold(item, why.reason, why.message)
		if !says(item.Record, outcome.Condition) {
			outcomes = append(outcomes, outcome)
		}
	}
	for _, err := range r.writeAll(ctx, outcomes) {
		if err != nil && !apierrors.IsConflict(err) {
			return err
		}
	}
	return nil
}

func says(d *v1alpha1.JiraDeployment, condition metav1.Condition) bool {
	old := meta.FindStatusCondition(d.Status.Conditions, condition.Type)
	return old != nil && old.ObservedGeneration == condition.ObservedGeneration &&
		old.Reason == condition.Reason && old.Message == condition.Message
}

// writeAll writes outcomes in parallel. It returns an error, or nil, for each.
func (r *DeliveryReconciler) writeAll(ctx context.Context, outcomes []outbox.Outcome) []error {
	errs := make([]error, len(outcomes))
	var group errgroup.Group
	group.SetLimit(writers)
	for i := range outcomes {
		group.Go(func() error {
			errs[i] = r.writeStatus(ctx, outcomes[i])
			return nil
		})
	}
	_ = group.Wait()
	return errs
}

// writeStatus writes an outcome. A record that is gone needs none. The API server is asked to answer with no more than
// the record's metadata: the record itself comes with the watch.
func (r *DeliveryReconciler) writeStatus(ctx context.Context, outcome outbox.Outcome) error {
	d := outcome.Item.Record
	if isLost(d) {
		return nil
	}
	patch, err := r.statusPatch(outcome)
	if err != nil {
		return err
	}
	target := metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: d.Namespace, Name: d.Name}}
	target.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("JiraDeployment"))
	err = r.Status().Patch(ctx, &target, patch)
	if err == nil && target.UID != d.UID {
		err = r.takeBack(ctx, &target)
	}
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("write status of JiraDeployment %s/%s: %w", d.Namespace, d.Name, err)
	}
	return nil
}

// insist is how often a status is taken back, over most of a minute: nothing would remind of it later.
var insist = wait.Backoff{Duration: 100 * time.Millisecond, Factor: 2, Steps: 10}

// takeBack takes an answer away from a record that it was not for: the one it was for was deleted while the answer was
// under way, and another made under the same name. That one is pending, and sent next.
func (r *DeliveryReconciler) takeBack(ctx context.Context, target *metav1.PartialObjectMetadata) error {
	nothing := client.RawPatch(types.MergePatchType, []byte(`{"status":null}`))
	again := func(err error) bool { return !apierrors.IsNotFound(err) }
	return retry.OnError(insist, again, func() error { return r.Status().Patch(ctx, target, nothing) })
}

// statusPatch returns what an outcome changes in a record's status, as a JSON merge patch. What is not Jira's last word
// may only change the record that it was made of.
func (r *DeliveryReconciler) statusPatch(outcome outbox.Outcome) (client.Patch, error) {
	conditions := slices.Clone(outcome.Item.Record.Status.Conditions)
	meta.SetStatusCondition(&conditions, outcome.Condition)
	status := map[string]any{"conditions": conditions}
	change := map[string]any{"status": status}
	if outcome.Accepted() {
		status["deliveredGeneration"] = outcome.Condition.ObservedGeneration
		status["deliveredTime"] = metav1.NewMicroTime(r.Now())
	}
	if v1alpha1.Terminal(outcome.Condition.Reason) { // where nothing is unknown, null takes away what was
		status["unknownIssueKeys"] = outcome.UnknownIssueKeys
		status["unknownServiceIDs"] = outcome.UnknownServiceIDs
	} else {
		change["metadata"] = map[string]any{"resourceVersion": outcome.Item.Record.ResourceVersion}
	}
	data, err := json.Marshal(change)
	if err != nil {
		return nil, fmt.Errorf("encode status: %w", err)
	}
	return client.RawPatch(types.MergePatchType, data), nil
}

// tell counts an answer, and makes an Event of one that a person should see.
func (r *DeliveryReconciler) tell(outcome outbox.Outcome) {
	d := outcome.Item.Record
	r.Metrics.Answered(d.Spec.Site, outcome.Condition.Reason)
	if since, ok := newsSince(d); ok {
		r.Metrics.Delivered(d.Spec.Site, r.Now().Sub(since))
	}
	reason := outcome.Condition.Reason
	if outcome.Accepted() && len(outcome.UnknownIssueKeys)+len(outcome.UnknownServiceIDs) > 0 {
		reason = v1alpha1.ReasonUnknownIssueKeys
	} else if outcome.Accepted() {
		return
	}
	regarding, related := record.Subject(d)
	r.Recorder.Eventf(regarding, related, corev1.EventTypeWarning, reason, "Deliver", "%s", outcome.Condition.Message)
}

// newsSince returns since when a record has something new to tell: its state changed, or it was made, after
// Jira was told last. A correction of its keys or names is not news.
func newsSince(d *v1alpha1.JiraDeployment) (time.Time, bool) {
	since := d.CreationTimestamp.Time
	if d.Spec.LastUpdated.After(since) {
		since = d.Spec.LastUpdated.Time
	}
	return since, !d.Status.DeliveredTime.Truncate(time.Second).After(since)
}
