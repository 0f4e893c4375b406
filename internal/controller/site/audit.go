// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/rollcall-dev/rollcall/internal/audit"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// audit says in the log, and in the audit log where there is one, what Jira was told of a record, and what became of it.
func (r *Reconciler) audit(ctx context.Context, p *pass, d *delivery, o outbox.Outcome) {
	message, told := o.Told.Message, o.Told.Delivery
	ctrl.LoggerFrom(ctx).Info("Told Jira", "kind", d.kind.name, "namespace", message.Source.Namespace, "record", message.Source.Name,
		"state", told.State, "issues", told.Issues, "updateSequenceNumber", told.UpdateSequenceNumber,
		"reason", told.Reason, "message", told.Message, "duration", told.AnsweredTime.Sub(told.SentTime.Time))
	r.Audit.Add(audit.Entry{
		Time: told.AnsweredTime.Time, SentTime: told.SentTime.Time,
		Cluster: r.Cluster, Site: p.site.Name, Host: p.site.Spec.Host, CloudID: p.site.Status.CloudID,
		Kind: d.kind.name, Namespace: message.Source.Namespace, Name: message.Source.Name, UID: string(message.Source.UID),
		Pipeline: message.Details.Pipeline, Environment: message.Details.Environment.ID, EnvironmentType: string(message.Details.Environment.Type),
		State: told.State, IssueKeys: message.IssueKeys, ServiceIDs: message.ServiceIDs, UpdateSequenceNumber: told.UpdateSequenceNumber,
		Reason: told.Reason, Message: o.Condition.Message,
	})
}
