package site

import (
	"context"
	"fmt"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// deliver sends one batch. What is left goes out in the passes that follow at once: so a change of the site is seen
// between two batches.
func (r *Reconciler) deliver(ctx context.Context, p *pass) (bool, error) {
	queue, now := p.state.queue, r.Now()
	if p.site.Spec.DryRun {
		return false, nil
	}
	if left := p.state.client.Delay(now); left > 0 {
		p.limited = left >= outbox.Lasting
		return p.wait(ctx, "RateLimit", left), nil
	}
	if left := queue.Wait(now); left > 0 {
		return p.wait(ctx, "Batching", left), nil
	}
	records, err := r.pending(ctx, p)
	if err != nil {
		return false, err
	}
	queue.Sync(records, now)
	batch, left := queue.Next(now)
	r.settle(p, batch.Outcomes)
	if len(batch.Bodies) == 0 {
		return p.wait(ctx, "BatchOrRetry", left), nil
	}
	p.state.client.Reserve(now)
	reply, err := r.submit(ctx, p, batch)
	if err != nil && !outbox.OfContent(err) { // whose fault it is only a probe tells
		if works, err := r.ask(ctx, p); !works || err != nil {
			return false, err
		}
	}
	r.settle(p, queue.Settle(batch, reply, err, r.Now()))
	p.requeue(left)
	return true, nil
}

// pending returns the records of a site that Jira has not given its last word on, as the cache shows them, but for those
// that are withheld.
func (r *Reconciler) pending(ctx context.Context, p *pass) ([]outbox.Record, error) {
	var list v1alpha1.JiraDeploymentList
	if err := r.Client.List(ctx, &list, client.MatchingFields{IndexPending: p.site.Name}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list pending records: %w", err)
	}
	return r.withhold(ctx, p, list.Items), nil
}

// submit sends a batch. What is sent is answered, and the answer written, before the manager ends.
func (r *Reconciler) submit(ctx context.Context, p *pass, batch outbox.Batch) (*outbox.Reply, error) {
	result, err := p.state.client.SubmitDeployments(context.WithoutCancel(ctx), jira.Submission{
		Deployments: batch.Bodies,
		Properties:  map[string]string{"cluster": r.Cluster, "site": p.site.Name},
		Product:     "rollcall",
		Backfill:    batch.Backfill,
	})
	r.Metrics.Requested(p.site.Name, err)
	if err != nil {
		ctrl.LoggerFrom(ctx).V(1).Info("Request failed", "records", len(batch.Bodies), "error", err.Error())
		return nil, fmt.Errorf("deliver: %w", err)
	}
	p.state.health.proved(r.Now())
	return outbox.DeploymentReply(result), nil
}

// settle counts outcomes, and has them written into the records.
func (r *Reconciler) settle(p *pass, outcomes []outbox.Outcome) {
	for _, o := range outcomes {
		if o.Terminal() {
			r.Metrics.Answered(p.site.Name, o.Condition.Reason)
		}
		if o.Terminal() && !o.Changed.IsZero() {
			r.Metrics.Delivered(p.site.Name, r.Now().Sub(o.Changed))
		}
		if !o.Tombstone {
			r.statuses.write(o)
		}
	}
}

// wait ends a pass: another one follows. It says at the debug level what for.
func (p *pass) wait(ctx context.Context, gate string, left time.Duration) bool {
	p.requeue(left)
	ctrl.LoggerFrom(ctx).V(1).Info("Waiting", "gate", gate, "wait", left)
	return false
}
