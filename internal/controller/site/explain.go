package site

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// explainInterval is how often the pending records of a site that takes nothing are looked through at most: each new
// record causes a pass.
const explainInterval = time.Second

// explain has the pending records say why they wait for the site.
func (r *Reconciler) explain(ctx context.Context, p *pass) error {
	if p.site.Spec.DryRun {
		return r.explainWith(ctx, p, v1alpha1.ReasonDryRun, fmt.Sprintf(
			"JiraSite %s has spec.dryRun: this is what Jira would be told.", p.site.Name))
	}
	return r.explainWith(ctx, p, v1alpha1.ReasonSiteNotReady, fmt.Sprintf(
		"JiraSite %s is not ready (%s): see kubectl describe jirasite %s. The record is sent by itself once it is.",
		p.site.Name, p.reason, p.site.Name))
}

func (r *Reconciler) explainWith(ctx context.Context, p *pass, reason, message string) error {
	now := r.Now()
	if left := p.state.explained.Add(explainInterval).Sub(now); left > 0 && p.state.why == message {
		p.requeue(left)
		return nil
	}
	records, err := r.pending(ctx, p.site.Name)
	if err != nil {
		return err
	}
	p.state.explained, p.state.why = now, message
	r.writeWaiting(records, reason, message)
	return nil
}

// explainOrphans has the records of sites that do not exist say so: a person may have written another name than was
// meant. Those of workloads are deleted with the site. All of them share one key of the queue.
func (r *Reconciler) explainOrphans(ctx context.Context) (ctrl.Result, error) {
	if left := r.orphansExplained.Add(explainInterval).Sub(r.Now()); left > 0 {
		return ctrl.Result{RequeueAfter: left}, nil
	}
	r.orphansExplained = r.Now()
	var list v1alpha1.JiraDeploymentList
	if err := r.Client.List(ctx, &list, client.UnsafeDisableDeepCopy); err != nil {
		return ctrl.Result{}, fmt.Errorf("list records: %w", err)
	}
	orphans := map[string][]outbox.Record{}
	for i := range list.Items {
		if d := &list.Items[i]; d.Spec.Workload == nil && isPending(d) {
			orphans[d.Spec.Site] = append(orphans[d.Spec.Site], d)
		}
	}
	for name, records := range orphans {
		var site v1alpha1.JiraSite
		err := r.Client.Get(ctx, client.ObjectKey{Name: name}, &site)
		if client.IgnoreNotFound(err) != nil {
			return ctrl.Result{}, fmt.Errorf("get JiraSite: %w", err)
		}
		if apierrors.IsNotFound(err) {
			r.writeWaiting(records, v1alpha1.ReasonSiteNotReady, fmt.Sprintf(
				"There is no JiraSite %s: create it, or write the record anew with the name of one (kubectl get jirasites).", name))
		}
	}
	return ctrl.Result{}, nil
}

// writeWaiting has those of the records say why they wait that do not say so yet.
func (r *Reconciler) writeWaiting(records []outbox.Record, reason, message string) {
	var outcomes []outbox.Outcome
	for _, record := range records {
		o := outbox.Waiting(outbox.SourceOf(record), reason, message)
		if !says(record.(*v1alpha1.JiraDeployment), o.Condition) {
			outcomes = append(outcomes, o)
		}
	}
	r.statuses.write(outcomes)
}
