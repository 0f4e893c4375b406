package controller

import (
	"context"
	"errors"
	"fmt"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// deliver sends items in batches, until all are sent or the site wants to be waited for. waiting is how many more are
// pending.
func (r *DeliveryReconciler) deliver(ctx context.Context, site *v1alpha1.JiraSite, conn *connection, items []outbox.Item, waiting int) (ctrl.Result, error) {
	var unwritten []error
	ledger := r.ledgers.of(site.Name)
	items = ledger.refusals.Arrange(items)
	stopped := ctx.Done()
	ctx = context.WithoutCancel(ctx) // what is sent is answered, and the answer written, before the manager ends
	for len(items) > 0 && !closed(stopped) && r.Connections.openFor(site.Name, editionOf(site)) == conn {
		if wait := conn.client.Reserve(r.Now()); wait > 0 {
			return ctrl.Result{RequeueAfter: wait}, errors.Join(unwritten...)
		}
		batch, rest := outbox.Take(items, conn.window.Size())
		result, err := conn.client.SubmitDeployments(ctx, r.submission(site, batch))
		r.Metrics.Requested(site.Name, err)
		conn.window = conn.window.After(err, len(batch))
		var outcomes []outbox.Outcome
		switch {
		case err == nil:
			outcomes = outbox.Read(batch, result)
			r.recovered(site, conn)
			if len(result.Accepted) > 0 {
				ledger.refusals.Accepted()
			}
		case outbox.Next(err, len(batch)) == outbox.Again:
			continue
		case outbox.Next(err, len(batch)) == outbox.Drop && ledger.refusals.Believe(batch[0]):
			outcomes = outbox.Refuse(batch[0], err)
		default:
			return r.stumble(ctx, site, conn, items, err)
		}
		left := conn.leftOut.note(batch, outcomes, r.Now())
		unwritten = append(unwritten, r.write(ctx, ledger, outcomes), r.hold(ctx, left, unanswered(err)))
		items, waiting = rest, waiting+len(left)
		r.Metrics.Pending(site.Name, len(items)+waiting)
	}
	return ctrl.Result{RequeueAfter: conn.leftOut.wait(r.Now())}, errors.Join(unwritten...)
}

// unanswered says why a record waits that Jira said nothing of, though the site takes others.
func unanswered(err error) *holdUp {
	what := "Jira answered, but left the record out"
	if err != nil {
		what = fmt.Sprintf("The request with this record alone was refused, and not in Jira's words: a proxy may have done so (%v)", err)
	}
	return &holdUp{v1alpha1.ReasonPending, what + ". It is sent again by itself, after waits that grow to five minutes."}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func (r *DeliveryReconciler) submission(site *v1alpha1.JiraSite, batch []outbox.Item) jira.Submission {
	deployments := make([]jira.Deployment, len(batch))
	for i := range batch {
		deployments[i] = batch[i].Deployment
	}
	return jira.Submission{
		Deployments: deployments,
		Properties:  map[string]string{"cluster": r.Cluster, "site": site.Name},
		Product:     "rollcall",
	}
}

// stumble lets the records of a site that takes nothing wait.
func (r *DeliveryReconciler) stumble(ctx context.Context, site *v1alpha1.JiraSite, conn *connection, items []outbox.Item, err error) (ctrl.Result, error) {
	after, news := conn.fail(err, r.Now())
	trouble := outbox.TroubleOf(err)
	ctrl.LoggerFrom(ctx).V(1).Info("Delivery failed", "records", len(items), "reason", trouble.Reason, "retryAfter", after, "error", err.Error())
	if news {
		r.Connections.changed.send(site.Name)
	}
	return ctrl.Result{RequeueAfter: after}, r.hold(ctx, items, troubled(site, &trouble))
}

// recovered notes that the site takes what is sent.
func (r *DeliveryReconciler) recovered(site *v1alpha1.JiraSite, conn *connection) {
	if conn.recover(r.Now()) {
		r.Connections.changed.send(site.Name)
	}
}
