package site

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/retry"
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
)

// lastTries are how often a status is tried to be written while the manager ends.
var lastTries = wait.Backoff{Steps: 5, Duration: minWriteRetry, Factor: 2}

// statusWriter writes outcomes into the statuses of records, so that the next batch does not wait for the answers to the
// one before. Of each record it keeps the newest outcome until that is written, or the record is gone or has changed.
type statusWriter struct {
	client   client.Client
	recorder events.EventRecorder
	now      func() time.Time
	queue    workqueue.TypedRateLimitingInterface[client.ObjectKey]

	mu       sync.Mutex
	writes   map[client.ObjectKey]*write
	stopping bool
}

func newStatusWriter(c client.Client, recorder events.EventRecorder, now func() time.Time) *statusWriter {
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[client.ObjectKey](minWriteRetry, maxWriteRetry)
	return &statusWriter{
		client: c, recorder: recorder, now: now, writes: map[client.ObjectKey]*write{},
		queue: workqueue.NewTypedRateLimitingQueueWithConfig(limiter, workqueue.TypedRateLimitingQueueConfig[client.ObjectKey]{Name: "record-status"}),
	}
}

// write has an outcome written. It does not wait for that, unless the manager ends.
func (w *statusWriter) write(o outbox.Outcome) {
	key := client.ObjectKey{Namespace: o.Source.Namespace, Name: o.Source.Name}
	w.mu.Lock()
	if last := w.writes[key]; last == nil || !last.outlives(o) {
		w.writes[key] = &write{o, w.now()}
	}
	stopping := w.stopping
	w.mu.Unlock()
	if stopping {
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
	w.mu.Lock()
	w.stopping = true
	w.mu.Unlock()
	w.queue.ShutDown()
	workers.Wait()
	for _, key := range w.left() { // what waited for another try
		w.writeNow(key)
	}
	return nil
}

// left returns the records whose outcomes are not written yet.
func (w *statusWriter) left() []client.ObjectKey {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.writes))
}

// writeNow writes an outcome while the manager ends.
func (w *statusWriter) writeNow(key client.ObjectKey) {
	always := func(error) bool { return true }
	_ = retry.OnError(lastTries, always, func() error { return w.writeOne(context.Background(), key) }) // else it is sent again
}

// work writes an outcome. One that cannot be written holds up no other, and is tried again.
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
	next := w.writes[key]
	w.mu.Unlock()
	if next == nil {
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
	if w.writes[key] == next { // a newer one is in the queue
		delete(w.writes, key)
	}
	return nil
}
