// SPDX-License-Identifier: Apache-2.0

package site

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// deliver sends one batch of each kind. What is left goes out in the passes that follow at once: so a change of the site is
// seen between two batches. The kind that was not served for longest is first, so that none uses up the rate of another.
func (r *Reconciler) deliver(ctx context.Context, p *pass) (bool, error) {
	if p.site.Spec.DryRun {
		return false, nil
	}
	slices.SortStableFunc(p.state.deliveries, func(a, b *delivery) int { return cmp.Compare(a.served, b.served) })
	for _, d := range p.state.deliveries {
		if works, err := r.deliverKind(ctx, p, d); !works || err != nil {
			return false, err
		}
	}
	return true, nil
}

// deliverKind sends one batch of a kind. It returns false where the site takes nothing.
func (r *Reconciler) deliverKind(ctx context.Context, p *pass, d *delivery) (works bool, err error) {
	now := r.Now()
	d.limited = ""
	if left := p.state.pace.Delay(now); left > 0 {
		return p.limited(ctx, d, left, now), nil
	}
	if left := d.queue.Wait(now); left > 0 {
		return p.wait(ctx, d, "Batching", left), nil
	}
	if left := r.askPermission(ctx, p, d); left > 0 {
		return p.wait(ctx, d, "Permission", left), nil
	}
	records, err := r.pending(ctx, p, d)
	if err != nil {
		return false, err
	}
	d.queue.Sync(records, now)
	batch, left := d.queue.Next(now)
	r.settle(ctx, p, d, batch.Outcomes)
	if len(batch.Bodies) == 0 {
		return p.wait(ctx, d, "BatchOrRetry", left), nil
	}
	r.noLongerLimited(p, now)
	p.state.pace.Take(now)
	p.state.turn++
	d.served = p.state.turn
	attempt := r.Tracer.Attempt(d.kind.name, batch, r.Now())
	defer attempt.End()
	reply, err := r.submit(ctx, p, d, batch)
	attempt.Answered(reply, err, r.Now())
	if now := r.Now(); p.state.pace.Limited(batch, err, now) { // it is no record's fault: all of them wait
		return p.limited(ctx, d, p.state.pace.Delay(now), now), nil
	}
	if err != nil && !outbox.OfContent(err) { // whose fault it is only a probe tells
		if works, err := r.ask(ctx, p); !works || err != nil {
			return false, err
		}
		if left := r.notPermitted(ctx, p, d, err); left > 0 {
			return p.wait(ctx, d, "Permission", left), nil
		}
	}
	outcomes := d.queue.Settle(batch, reply, err, r.Now())
	attempt.Settled(outcomes)
	r.settle(ctx, p, d, outcomes)
	p.requeue(left)
	return true, nil
}

// pending returns the records of a site that Jira has not given its last word on, as the cache shows them, but for those
// that are withheld.
func (r *Reconciler) pending(ctx context.Context, p *pass, d *delivery) ([]outbox.Record, error) {
	records, err := d.kind.list(ctx, r.Client, client.MatchingFields{IndexPending: p.site.Name}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return nil, fmt.Errorf("list pending records: %w", err)
	}
	return r.withhold(ctx, p, d, records), nil
}

// submit sends a batch. What is sent is answered, and the answer written, before the manager ends.
func (r *Reconciler) submit(ctx context.Context, p *pass, d *delivery, batch outbox.Batch) (*outbox.Reply, error) {
	began := r.Now()
	reply, err := d.kind.submit(context.WithoutCancel(ctx), p.state.client, jira.Submission{
		Items:      batch.Bodies,
		Properties: map[string]string{"cluster": r.Cluster, "site": p.site.Name},
		Product:    "rollcall",
		Backfill:   batch.Backfill,
	})
	r.Metrics.Submitted(p.site.Name, d.kind.name, len(batch.Bodies), err)
	log := ctrl.LoggerFrom(ctx).V(1).WithValues("kind", d.kind.name, "records", len(batch.Bodies), "duration", r.Now().Sub(began))
	if err != nil {
		log.Info("Request failed", "error", err.Error())
		return nil, fmt.Errorf("deliver: %w", err)
	}
	log.Info("Request answered")
	p.state.health.proved(r.Now())
	p.state.pace.Answered(nil, r.Now())
	return reply, nil
}

// settle counts outcomes, and has them written into the records.
func (r *Reconciler) settle(ctx context.Context, p *pass, d *delivery, outcomes []outbox.Outcome) {
	for _, o := range outcomes {
		if o.Terminal() {
			r.Metrics.Answered(p.site.Name, d.kind.name, o.Condition.Reason)
			r.Metrics.UnknownIssueKeys(p.site.Name, len(o.UnknownIssueKeys))
		}
		if o.Terminal() && !o.Changed.IsZero() {
			r.Metrics.Delivered(p.site.Name, d.kind.name, r.Now().Sub(o.Changed))
		}
		if o.Accepted() {
			p.state.accepted = r.Now()
		}
		if o.Told != nil {
			r.audit(ctx, p, d, o)
		}
		if !o.Tombstone {
			r.statuses.write(d.kind, o)
		}
	}
}

// wait asks for another pass over what waits. It says at the debug level what for.
func (p *pass) wait(ctx context.Context, d *delivery, gate string, left time.Duration) bool {
	p.requeue(left)
	ctrl.LoggerFrom(ctx).V(1).Info("Waiting", "gate", gate, "kind", d.kind.name, "wait", left)
	return true
}
