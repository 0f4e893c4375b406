package site

import (
	"context"
	"fmt"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// explainInterval is how often the pending records of a site that takes nothing are looked through at most: each new
// record causes a pass.
const explainInterval = time.Second

// explain has the pending records say why they wait, where the pass found that none is sent for a while.
func (r *Reconciler) explain(ctx context.Context, p *pass) error {
	var reason, message string
	switch name := p.site.Name; {
	case p.site.Spec.DryRun:
		reason, message = v1alpha1.ReasonDryRun, fmt.Sprintf("JiraSite %s has spec.dryRun: this is what Jira would be told.", name)
	case p.reason != v1alpha1.ReasonReady:
		reason, message = v1alpha1.ReasonSiteNotReady, fmt.Sprintf(
			"JiraSite %s is not ready (%s): see kubectl describe jirasite %s. The record is sent by itself once it is.", name, p.reason, name)
	case p.limited:
		reason, message = v1alpha1.ReasonPending, fmt.Sprintf(
			"JiraSite %s has used up its spec.requestsPerMinute (%d). The record is sent by itself.", name, p.site.Spec.RequestsPerMinute)
	default:
		return nil
	}
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
	for _, record := range records {
		r.say(record.(*v1alpha1.JiraDeployment), reason, message)
	}
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
	for i := range list.Items {
		if d := &list.Items[i]; d.Spec.Workload == nil && isPending(d) && r.siteOf(ctx, d).Name == noSite {
			r.say(d, v1alpha1.ReasonSiteNotReady, fmt.Sprintf(
				"There is no JiraSite %s: create it, or write the record anew with the name of one (kubectl get jirasites).", d.Spec.Site))
		}
	}
	return ctrl.Result{}, nil
}

// say has a record say why it waits, where it does not say so yet.
func (r *Reconciler) say(d *v1alpha1.JiraDeployment, reason, message string) {
	if o := outbox.NewOutcome(outbox.SourceOf(d), reason, message); !says(d, o.Condition) {
		r.statuses.write(o)
	}
}
