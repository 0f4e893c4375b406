package workload

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// Reasons of Events about a workload.
const (
	reasonUnmapped  = "EnvironmentUnmapped"
	reasonTruncated = "IssueKeysTruncated"
	reasonRefused   = "RecordRefused"
)

// maxNote is the longest message that the API server takes for an Event. It counts characters; these are bytes.
const maxNote = 1024

// emitEvents makes Events of what a person should know of a new record. A record is made once, so that each rollout
// says it once.
func (r *Reconciler) emitEvents(d *v1alpha1.JiraDeployment) {
	if d.Spec.Environment.Type == v1alpha1.EnvironmentUnmapped {
		r.Metrics.Unmapped(d.Spec.Site)
		r.warn(d, reasonUnmapped, "Jira shows the deployment in no kind of environment: no rule of JiraSite %s matches namespace %s, and its name tells none. Add a rule, or label the namespace %s.",
			d.Spec.Site, d.Namespace, v1alpha1.KeyEnvironmentType)
	}
	if dropped := d.Spec.DroppedAssociations; dropped > 0 {
		r.warn(d, reasonTruncated, "%d issue keys and service ids are left out: Jira takes at most %d for a deployment.", dropped, v1alpha1.MaxAssociations)
	}
}

func (r *Reconciler) warn(d *v1alpha1.JiraDeployment, reason, format string, args ...any) {
	regarding, related := record.Subject(d)
	note := fmt.Sprintf(format, args...)
	note = strings.ToValidUTF8(note[:min(len(note), maxNote)], "")
	r.Recorder.Eventf(regarding, related, corev1.EventTypeWarning, reason, "Record", "%s", note)
}
