package workload

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// Reasons of Events about a workload whose rollout was recorded.
const (
	reasonUnmapped  = "EnvironmentUnmapped"
	reasonTruncated = "IssueKeysTruncated"
)

// announce makes Events of what a person should know of a new record. A record is made once, so that each
// rollout says it once.
func (r *Reconciler) announce(d *v1alpha1.JiraDeployment) {
	regarding, related := record.Subject(d)
	say := func(reason, message string) {
		r.Recorder.Eventf(regarding, related, corev1.EventTypeWarning, reason, "Record", "%s", message)
	}
	if d.Spec.Environment.Type == v1alpha1.EnvironmentUnmapped {
		r.Metrics.Unmapped(d.Spec.Site)
		say(reasonUnmapped, fmt.Sprintf("Jira shows the deployment in no kind of environment: no rule of JiraSite %s matches namespace %s, and its name tells none. Add a rule, or label the namespace %s.",
			d.Spec.Site, d.Namespace, v1alpha1.KeyEnvironmentType))
	}
	if dropped := d.Spec.DroppedAssociations; dropped > 0 {
		say(reasonTruncated, fmt.Sprintf("%d issue keys and service ids are left out: Jira takes at most %d for a deployment.",
			dropped, v1alpha1.MaxAssociations))
	}
}
