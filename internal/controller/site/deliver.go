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

const (
	// lasting is how long records wait before their conditions say why: shorter waits are not worth a write.
	lasting = 5 * time.Second
	// immediately is the shortest wait there is.
	immediately = time.Nanosecond
)

// deliver sends one batch. What is left goes out in the passes that follow at once: so a change of the site is seen
// between two batches.
func (r *Reconciler) deliver(ctx context.Context, p *pass) (bool, error) {
	if p.site.Spec.DryRun {
		return false, r.explain(ctx, p)
	}
	queue, now := p.state.queue, r.Now()
	if left := p.state.client.Delay(now); left > 0 {
		return r.limited(ctx, p, left)
	}
	if left := queue.Wait(now); left > 0 {
		p.wait(ctx, "Batching", left)
		return false, nil
	}
	records, err := r.pending(ctx, p.site.Name)
	if err != nil {
		return false, err
	}
	queue.Sync(records, now)
	batch, left := queue.Next(now)
	r.settle(p, batch.Outcomes)
	if len(batch.Bodies) == 0 {
		if len(batch.Outcomes) > 0 {
			left = immediately
		}
		p.wait(ctx, "BatchOrRetry", left)
		return false, nil
	}
	p.state.client.Reserve(now)
	reply, err := r.submit(ctx, p, batch)
	r.settle(p, queue.Settle(batch, reply, err, r.Now()))
	p.requeue(immediately)
	return true, nil
}

// pending returns the records of a site that Jira has not given its last word on, as the cache shows them.
func (r *Reconciler) pending(ctx context.Context, site string) ([]outbox.Record, error) {
	var list v1alpha1.JiraDeploymentList
	if err := r.Client.List(ctx, &list, client.MatchingFields{IndexPending: site}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list pending records: %w", err)
	}
	records := make([]outbox.Record, len(list.Items))
	for i := range list.Items {
		records[i] = &list.Items[i]
	}
	return records, nil
}

// submit sends a batch. What is sent is answered, and the answer written, before the manager ends.
func (r *Reconciler) submit(ctx context.Context, p *pass, batch outbox.Batch) (*outbox.Reply, error) {
	result, err := p.state.client.SubmitDeployments(context.WithoutCancel(ctx), jira.Submission{
		Deployments: batch.Bodies,
		Properties:  map[string]string{"cluster": r.Cluster, "site": p.site.Name},
		Product:     "rollcall",
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
		if !o.Terminal() {
			continue
		}
		r.Metrics.Answered(p.site.Name, o.Condition.Reason)
		if !o.Changed.IsZero() {
			r.Metrics.Delivered(p.site.Name, r.Now().Sub(o.Changed))
		}
	}
	r.statuses.write(outcomes)
}

// limited ends a pass over a site that has used up its rate.
func (r *Reconciler) limited(ctx context.Context, p *pass, left time.Duration) (bool, error) {
	p.wait(ctx, "RateLimit", left)
	if left < lasting {
		return false, nil
	}
	return false, r.explainWith(ctx, p, v1alpha1.ReasonPending, fmt.Sprintf(
		"JiraSite %s has used up its spec.requestsPerMinute (%d). The record is sent by itself.", p.site.Name, p.site.Spec.RequestsPerMinute))
}

// wait asks for another pass, and says at the debug level what for.
func (p *pass) wait(ctx context.Context, gate string, left time.Duration) {
	if left > 0 {
		p.requeue(left)
		ctrl.LoggerFrom(ctx).V(1).Info("Waiting", "gate", gate, "wait", left)
	}
}
