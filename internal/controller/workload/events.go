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
		r.warn(d, reasonUnmapped, fmt.Sprintf("Jira shows the deployment in no kind of environment: no rule of JiraSite %s matches namespace %s, and its name tells none. Add a rule, or label the namespace %s.",
			d.Spec.Site, d.Namespace, v1alpha1.KeyEnvironmentType))
	}
	if dropped := d.Spec.DroppedAssociations; dropped > 0 {
		r.warn(d, reasonTruncated, fmt.Sprintf("%d issue keys and service ids are left out: Jira takes at most %d for a deployment.",
			dropped, v1alpha1.MaxAssociations))
	}
}

// emitPlanned makes the Events that a plan has about a record, once it is written.
func (r *Reconciler) emitPlanned(planned []record.Event, d *v1alpha1.JiraDeployment) {
	for _, event := range planned {
		if event.Record == d {
			r.warn(d, event.Reason, event.Note)
		}
	}
}

// emitRefused makes an Event of a record that the API server refused, with the server's words. The recorder makes one
// Event of those that repeat.
func (r *Reconciler) emitRefused(d *v1alpha1.JiraDeployment, err error) {
	r.warn(d, reasonRefused, fmt.Sprintf("The rollout is not recorded for JiraSite %s, and tried again later: %v", d.Spec.Site, err))
}

func (r *Reconciler) warn(d *v1alpha1.JiraDeployment, reason, note string) {
	regarding, related := record.Subject(d)
	note = strings.ToValidUTF8(note[:min(len(note), maxNote)], "")
	r.Recorder.Eventf(regarding, related, corev1.EventTypeWarning, reason, "Record", "%s", note)
}
