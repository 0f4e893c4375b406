package site

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// verdicts say of the pending records of a site whether they are withheld from Jira. A record that is not withheld stays
// so for as long as it is pending: Jira may have been told of it, and the cache not show that yet.
type verdicts map[types.UID]verdict

type verdict struct {
	generation int64
	withheld   bool
}

// withhold returns the records of a site that are to be sent. The others say why they are not, once. One of which that
// cannot be told waits, and holds up no other.
func (r *Reconciler) withhold(ctx context.Context, p *pass, records []v1alpha1.JiraDeployment) []outbox.Record {
	toSend := make([]outbox.Record, 0, len(records))
	found := make(verdicts, len(records))
	var outcomes []outbox.Outcome
	for i := range records {
		d := &records[i]
		v, known := p.state.verdicts[d.UID]
		if !known || v.withheld && v.generation != d.Generation {
			reason, message, err := r.whyWithheld(ctx, p, d)
			if err != nil {
				ctrl.LoggerFrom(ctx).Error(err, "Could not tell whether a record was restored; it is tried again", "namespace", d.Namespace, "record", d.Name)
				p.requeue(outbox.Lasting)
				continue
			}
			v = verdict{generation: d.Generation, withheld: reason != ""}
			if v.withheld {
				outcomes = append(outcomes, outbox.NewOutcome(outbox.SourceOf(d), reason, message))
			}
		}
		found[d.UID] = v
		if !v.withheld {
			toSend = append(toSend, d)
		}
	}
	p.state.verdicts = found
	r.settle(p, outcomes)
	return toSend
}

// whyWithheld returns the reason and the message of a record that is not to be sent; no reason for one that is.
func (r *Reconciler) whyWithheld(ctx context.Context, p *pass, d *v1alpha1.JiraDeployment) (reason, message string, err error) {
	if record.Ignored(d, p.site) {
		return v1alpha1.ReasonExisting, fmt.Sprintf(
			"It was rolled out before JiraSite %s existed, and spec.existing of the site is Ignore: Jira is not told of it.", p.site.Name), nil
	}
	why, err := r.foreign(ctx, d)
	if why == "" || err != nil {
		return "", "", err
	}
	return v1alpha1.ReasonForeign, record.ForeignMessage(why), nil
}

// foreign says why a record is none of this cluster; nothing for one that is, or where nobody knows.
func (r *Reconciler) foreign(ctx context.Context, d *v1alpha1.JiraDeployment) (string, error) {
	if r.Home == nil {
		return "", nil
	}
	home, err := r.Home(ctx, d)
	if err != nil {
		return "", fmt.Errorf("find home of record: %w", err)
	}
	return record.Foreign(d, home), nil
}

// isForeign says whether a record that was deleted was none of this cluster. One of which that cannot be told is sent.
func (r *Reconciler) isForeign(ctx context.Context, d *v1alpha1.JiraDeployment) bool {
	why, err := r.foreign(ctx, d)
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Could not tell whether a deleted record was restored", "namespace", d.Namespace, "record", d.Name)
	}
	return why != ""
}
