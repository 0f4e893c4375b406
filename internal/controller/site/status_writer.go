package site

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

const (
	// writers is how many statuses are written at a time. What is more, the API server's priority and fairness rules.
	writers = 64
	// minWriteRetry and maxWriteRetry bound the waits between tries to write a status.
	minWriteRetry = 10 * time.Millisecond
	maxWriteRetry = 5 * time.Minute
	// lastWriteTries is how often a status is tried to be written while the manager ends.
	lastWriteTries = 5
)

// statusWriter writes outcomes into the statuses of records, so that the next batch does not wait for the answers to the
// one before. Of each record it keeps the newest outcome until that is written, or the record is gone or has changed.
type statusWriter struct {
	client   client.Client
	recorder events.EventRecorder
	now      func() time.Time
	queue    workqueue.TypedRateLimitingInterface[client.ObjectKey]

	mu       sync.Mutex
	outcomes map[client.ObjectKey]write
	stopping bool
}

// write is an outcome, and when it came.
type write struct {
	outbox.Outcome
	at time.Time
}

func newStatusWriter(c client.Client, recorder events.EventRecorder, now func() time.Time) *statusWriter {
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[client.ObjectKey](minWriteRetry, maxWriteRetry)
	return &statusWriter{
		client: c, recorder: recorder, now: now, outcomes: map[client.ObjectKey]write{},
		queue: workqueue.NewTypedRateLimitingQueueWithConfig(limiter, workqueue.TypedRateLimitingQueueConfig[client.ObjectKey]{Name: "record-status"}),
	}
}

// write has outcomes written. It does not wait for that, unless the manager ends.
func (w *statusWriter) write(outcomes []outbox.Outcome) {
	for _, o := range outcomes {
		if o.Tombstone {
			continue
		}
		key := client.ObjectKey{Namespace: o.Source.Namespace, Name: o.Source.Name}
		w.mu.Lock()
		if !w.outcomes[key].outlives(o) {
			w.outcomes[key] = write{o, w.now()}
		}
		stopping := w.stopping
		if !stopping {
			w.queue.Add(key)
		}
		w.mu.Unlock()
		if stopping {
			w.writeNow(key)
		}
	}
}

// Start writes until the manager ends, and then what is left.
func (w *statusWriter) Start(ctx context.Context) error {
	log := ctrl.LoggerFrom(ctx).WithName("record-status")
	var workers sync.WaitGroup
	for range writers {
		workers.Go(func() {
			for {
				key, ends := w.queue.Get()
				if ends {
					return
				}
				w.work(ctrl.LoggerInto(context.WithoutCancel(ctx), log), key)
				w.queue.Done(key)
			}
		})
	}
	<-ctx.Done()
	w.mu.Lock()
	w.stopping = true
	w.mu.Unlock()
	w.queue.ShutDownWithDrain()
	workers.Wait()
	for key := range w.left() { // what waited for another try
		w.writeNow(key)
	}
	return nil
}

// left returns what is not written yet.
func (w *statusWriter) left() map[client.ObjectKey]write {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.outcomes)
}

// writeNow writes what a request that was under way when the manager was told to end has brought.
func (w *statusWriter) writeNow(key client.ObjectKey) {
	for try := range lastWriteTries {
		if err := w.writeOne(context.Background(), key); err == nil {
			return
		}
		time.Sleep(minWriteRetry << try)
	}
}

// work writes the outcome of a record. One that cannot be written holds up no other, and is tried again.
func (w *statusWriter) work(ctx context.Context, key client.ObjectKey) {
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

func (w *statusWriter) writeOne(ctx context.Context, key client.ObjectKey) error {
	w.mu.Lock()
	next, ok := w.outcomes[key]
	w.mu.Unlock()
	if !ok {
		return nil
	}
	var d v1alpha1.JiraDeployment
	err := w.client.Get(ctx, key, &d, client.UnsafeDisableDeepCopy)
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("get JiraDeployment: %w", err)
	}
	if err == nil && next.fits(&d) {
		if err := client.IgnoreNotFound(patchStatus(ctx, w.client, &d, next)); err != nil {
			return fmt.Errorf("write status of JiraDeployment: %w", err)
		}
		emit(w.recorder, &d, next.Outcome)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.outcomes[key].at.Equal(next.at) && w.outcomes[key].Condition == next.Condition {
		delete(w.outcomes, key)
	} else {
		w.queue.Add(key)
	}
	return nil
}

// outlives says whether an outcome stays in the place of a later one: Jira's last word does, where the later one was made
// of a cache that does not show it yet.
func (w write) outlives(later outbox.Outcome) bool {
	return w.Source.UID == later.Source.UID && w.Source.Generation >= later.Source.Generation && w.Terminal() && !later.Terminal()
}

// fits says whether an outcome is worth a write into a record as the cache shows it. The record may be another one of
// the same name; or have changed, so that another outcome follows; or have Jira's last word; or say so already.
func (w write) fits(d *v1alpha1.JiraDeployment) bool {
	return d.UID == w.Source.UID && d.Generation == w.Source.Generation && (w.Terminal() || !d.Settled()) && !says(d, w.Condition)
}
