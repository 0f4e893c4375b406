// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// maxNote is the longest message that the API server takes for an Event. It counts characters; these are bytes.
const maxNote = 1024

// emitUnmapped makes an Event of an environment that has no type, unless somebody said so and meant it.
func (r *Reconciler) emitUnmapped(u *record.Unmapped) {
	d := u.Record
	r.Metrics.Unmapped(d.Spec.Site)
	if !u.Trace.Meant() {
		r.warn(d, v1alpha1.EventEnvironmentUnmapped, "Jira shows the deployment in no kind of environment: %s. Write %s (production, staging, testing or development) on the workload or its namespace, or add a rule to JiraSite %s.",
			u.Trace, v1alpha1.KeyEnvironmentType, d.Spec.Site)
	}
}

// emitEvents makes Events of what a person should know of a new record. A record is made once, so that each rollout
// says it once.
func (r *Reconciler) emitEvents(d *v1alpha1.JiraDeployment) {
	if dropped := d.Spec.DroppedAssociations; dropped > 0 {
		r.Metrics.Truncated(d.Spec.Site, "JiraDeployment")
		r.warn(d, v1alpha1.EventIssueKeysTruncated, "%d issue keys and service ids are left out: Jira takes at most %d for a deployment.", dropped, v1alpha1.MaxAssociations)
	}
}

// emitPlanned makes the Events that a plan has about a record, once it is written.
func (r *Reconciler) emitPlanned(planned []record.Event, d *v1alpha1.JiraDeployment) {
	for _, event := range planned {
		if event.Record == d {
			r.warn(d, event.Reason, "%s", event.Note)
		}
	}
}

// warnAbout makes an Event about a workload that was observed.
func (r *Reconciler) warnAbout(name string, observation record.Observation, reason, format string, args ...any) {
	regarding := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: observation.Namespace.Name, Name: name, UID: observation.LiveUID}}
	if kind, err := r.GroupVersionKindFor(r.Kind.New()); err == nil { // every kind that is watched is known
		regarding.SetGroupVersionKind(kind)
	}
	r.emit(regarding, nil, reason, format, args...)
}

func (r *Reconciler) warn(d *v1alpha1.JiraDeployment, reason, format string, args ...any) {
	regarding, related := record.Subject(d)
	r.emit(regarding, related, reason, format, args...)
}

func (r *Reconciler) emit(regarding, related runtime.Object, reason, format string, args ...any) {
	note := fmt.Sprintf(format, args...)
	note = strings.ToValidUTF8(note[:min(len(note), maxNote)], "")
	r.Recorder.Eventf(regarding, related, corev1.EventTypeWarning, reason, "Record", "%s", note)
}
