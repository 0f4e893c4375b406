// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/retry"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
	"github.com/rollcall-dev/rollcall/internal/panics"
	"github.com/rollcall-dev/rollcall/internal/record"
)

const (
	// writers is how many statuses are written at a time. What is more, the API server's priority and fairness rules.
	writers = 64
	// minWriteRetry and maxWriteRetry bound the waits between tries to write a status.
	minWriteRetry = 10 * time.Millisecond
	maxWriteRetry = 5 * time.Minute
)

// lastTries are how often a status is tried to be written while the manager ends.
var lastTries = wait.Backoff{Steps: 5, Duration: minWriteRetry, Factor: 2}

// recordKey names a record.
type recordKey struct {
	kind *kind
	client.ObjectKey
}

// statusWriter writes outcomes into the statuses of records, so that the next batch does not wait for the answers to the
// one before. Of each record it keeps the newest outcome until that is written, or the record is gone or has changed.
type statusWriter struct {
	client   client.Client
	recorder events.EventRecorder
	now      func() time.Time
	queue    workqueue.TypedRateLimitingInterface[recordKey]

	// writes are what is not written yet, by the keys of the records.
	writes   sync.Map
	stopping atomic.Bool
}

func newStatusWriter(c client.Client, recorder events.EventRecorder, now func() time.Time) *statusWriter {
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[recordKey](minWriteRetry, maxWriteRetry)
	return &statusWriter{
		client: c, recorder: recorder, now: now,
		queue: workqueue.NewTypedRateLimitingQueueWithConfig(limiter, workqueue.TypedRateLimitingQueueConfig[recordKey]{Name: "record-status"}),
	}
}

// write has an outcome written. It does not wait for that, unless the manager ends.
func (w *statusWriter) write(of *kind, o outbox.Outcome) {
	key := recordKey{of, client.ObjectKey{Namespace: o.Source.Namespace, Name: o.Source.Name}}
	if last, ok := w.writes.Load(key); !ok || !last.(*write).outlives(o) {
		w.writes.Store(key, &write{o, w.now()})
	}
	if w.stopping.Load() {
		w.writeNow(key)
	} else {
		w.queue.Add(key)
	}
}

// Start writes until the manager ends, and then what is left.
func (w *statusWriter) Start(ctx context.Context) error {
	var workers sync.WaitGroup
	for range writers {
		workers.Go(func() {
			for key, ends := w.queue.Get(); !ends; key, ends = w.queue.Get() {
				w.work(context.WithoutCancel(ctx), key)
				w.queue.Done(key)
			}
		})
	}
	<-ctx.Done()
	w.stopping.Store(true)
	w.queue.ShutDown()
	workers.Wait()
	for key := range w.writes.Range { // what waited for another try
		w.writeNow(key.(recordKey))
	}
	return nil
}

// writeNow writes an outcome while the manager ends.
func (w *statusWriter) writeNow(key recordKey) {
	always := func(error) bool { return true }
	_ = retry.OnError(lastTries, always, func() error { return w.writeOne(context.Background(), key) }) // else it is sent again
}

// work writes an outcome. One that cannot be written holds up no other, and is tried again.
func (w *statusWriter) work(ctx context.Context, key recordKey) {
	err := w.writeOne(ctx, key)
	if err == nil {
		w.queue.Forget(key)
		return
	}
	if !apierrors.IsConflict(err) { // a conflict says that the cache is behind
		ctrl.LoggerFrom(ctx).Error(err, "Could not write the status of a record; it is tried again", "namespace", key.Namespace, "record", key.Name)
	}
	w.queue.AddRateLimited(key)
}

// writeOne writes the outcome that a record has, and what the record says of its source, where its status says another thing.
func (w *statusWriter) writeOne(ctx context.Context, key recordKey) (err error) {
	defer panics.Catch(&err)
	found, _ := w.writes.Load(key)
	next, _ := found.(*write)
	d := key.kind.new()
	err = w.client.Get(ctx, key.ObjectKey, d, client.UnsafeDisableDeepCopy)
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("get %s: %w", key.kind.name, err)
	}
	fits := err == nil && next != nil && next.fits(d)
	if fits || err == nil && outdatedSource(d) {
		status := sourceStatus(d)
		if fits {
			status = next.status(d)
		}
		if err := client.IgnoreNotFound(patchStatus(ctx, w.client, d, status)); err != nil {
			return fmt.Errorf("write status of %s: %w", key.kind.name, err)
		}
	}
	if fits {
		emit(w.recorder, d, next.Outcome)
	}
	if next != nil {
		w.writes.CompareAndDelete(key, next) // a newer one is in the queue
	}
	return nil
}

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
// the same name; or have changed, so that another outcome follows; or have Jira's last word, which a resync alone asks for
// again; or say so already.
func (w *write) fits(d v1alpha1.Record) bool {
	if d.GetUID() != w.Source.UID || d.GetGeneration() != w.Source.Generation || says(d, w.Condition) {
		return false
	}
	if !w.Resync.IsZero() {
		return due(d, w.Resync)
	}
	return w.Terminal() || !d.Settled()
}

// status returns what an outcome changes in the status of a record.
func (w *write) status(d v1alpha1.Record) map[string]any {
	status := sourceStatus(d, w.Condition)
	status["observedGeneration"] = w.Source.Generation
	if w.Accepted() {
		status["deliveredGeneration"] = w.Source.Generation
		status["deliveredTime"] = metav1.NewMicroTime(w.at)
	}
	if !w.Resync.IsZero() {
		status["resyncTime"] = metav1.NewTime(w.Resync)
	}
	if len(w.History) > 0 {
		status["history"] = outbox.History(d.GetRecordStatus().History, w.History)
	}
	if w.Terminal() { // where nothing is unknown, null takes away what was
		status["unknownIssueKeys"] = w.UnknownIssueKeys
		if _, isDeployment := d.(*v1alpha1.JiraDeployment); isDeployment {
			status["unknownServiceIDs"] = w.UnknownServiceIDs
		}
	}
	return status
}

// patchStatus changes the status of a record, as the cache shows it. A record that has changed since answers with a
// conflict. The API server is asked for no more than the record's metadata: the record itself comes with the watch.
func patchStatus(ctx context.Context, c client.Client, d v1alpha1.Record, status map[string]any) error {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"resourceVersion": d.GetResourceVersion()}, "status": status})
	if err != nil {
		return fmt.Errorf("encode status: %w", err)
	}
	target := metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: d.GetNamespace(), Name: d.GetName()}}
	target.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(kindOf(d).name))
	return c.Status().Patch(ctx, &target, client.RawPatch(types.MergePatchType, patch))
}

// says tells whether a record has a condition already, its time of transition aside.
func says(d v1alpha1.Record, condition metav1.Condition) bool {
	old := meta.FindStatusCondition(d.GetRecordStatus().Conditions, condition.Type)
	return old != nil && old.ObservedGeneration == condition.ObservedGeneration &&
		old.Reason == condition.Reason && old.Message == condition.Message
}

// emit makes an Event of an answer that a person should see.
func emit(recorder events.EventRecorder, d v1alpha1.Record, o outbox.Outcome) {
	reason := o.Condition.Reason
	switch unknown := len(o.UnknownIssueKeys)+len(o.UnknownServiceIDs) > 0; {
	case !o.Terminal() && !v1alpha1.Refused(reason), o.Accepted() && !unknown, reason == v1alpha1.ReasonExisting, reason == v1alpha1.ReasonNoIssueKeys:
		return
	case o.Accepted():
		reason = v1alpha1.ReasonUnknownIssueKeys
	}
	regarding, related := record.Subject(d)
	recorder.Eventf(regarding, related, corev1.EventTypeWarning, reason, "Deliver", "%s", o.Condition.Message)
}
