package site

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// write is an outcome, and when it came.
type write struct {
	outbox.Outcome
	at time.Time
}

// outlives says whether an outcome stays in the place of a later one: Jira's last word does, where the later one was made
// of a cache that does not show it yet.
func (w *write) outlives(later outbox.Outcome) bool {
	return w.Source.UID == later.Source.UID && w.Source.Generation >= later.Source.Generation && w.Terminal() && !later.Terminal()
}

// fits says whether an outcome is worth a write into a record as the cache shows it. The record may be another one of
// the same name; or have changed, so that another outcome follows; or have Jira's last word; or say so already.
func (w *write) fits(d *v1alpha1.JiraDeployment) bool {
	return d.UID == w.Source.UID && d.Generation == w.Source.Generation && (w.Terminal() || !d.Settled()) && !says(d, w.Condition)
}

// patchStatus writes an outcome into the status of a record, as the cache shows it. A record that has changed since
// answers with a conflict. The API server is asked for no more than the record's metadata: the record itself comes with
// the watch.
func patchStatus(ctx context.Context, c client.Client, d *v1alpha1.JiraDeployment, w *write) error {
	patch, err := statusPatch(d, w)
	if err != nil {
		return err
	}
	target := metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: d.Namespace, Name: d.Name}}
	target.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("JiraDeployment"))
	return c.Status().Patch(ctx, &target, patch)
}

// statusPatch returns what an outcome changes in a record's status, as a JSON merge patch.
func statusPatch(d *v1alpha1.JiraDeployment, w *write) (client.Patch, error) {
	conditions := slices.Clone(d.Status.Conditions)
	meta.SetStatusCondition(&conditions, w.Condition)
	status := map[string]any{"conditions": conditions, "observedGeneration": w.Source.Generation}
	if w.Accepted() {
		status["deliveredGeneration"] = w.Source.Generation
		status["deliveredTime"] = metav1.NewMicroTime(w.at)
	}
	if w.Terminal() { // where nothing is unknown, null takes away what was
		status["unknownIssueKeys"] = w.UnknownIssueKeys
		status["unknownServiceIDs"] = w.UnknownServiceIDs
	}
	data, err := json.Marshal(map[string]any{"metadata": map[string]any{"resourceVersion": d.ResourceVersion}, "status": status})
	if err != nil {
		return nil, fmt.Errorf("encode status: %w", err)
	}
	return client.RawPatch(types.MergePatchType, data), nil
}

// says tells whether a record has a condition already, its time of transition aside.
func says(d *v1alpha1.JiraDeployment, condition metav1.Condition) bool {
	old := meta.FindStatusCondition(d.Status.Conditions, condition.Type)
	return old != nil && old.ObservedGeneration == condition.ObservedGeneration &&
		old.Reason == condition.Reason && old.Message == condition.Message
}

// emit makes an Event of an answer that a person should see.
func emit(recorder events.EventRecorder, d *v1alpha1.JiraDeployment, o outbox.Outcome) {
	reason := o.Condition.Reason
	switch unknown := len(o.UnknownIssueKeys)+len(o.UnknownServiceIDs) > 0; {
	case !o.Terminal(), o.Accepted() && !unknown:
		return
	case o.Accepted():
		reason = v1alpha1.ReasonUnknownIssueKeys
	}
	regarding, related := record.Subject(d)
	recorder.Eventf(regarding, related, corev1.EventTypeWarning, reason, "Deliver", "%s", o.Condition.Message)
}
