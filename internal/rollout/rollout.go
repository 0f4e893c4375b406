// Package rollout observes a workload and tells how the rollout of its current revision stands. It is
// pure: a workload goes in, a Rollout comes out; the API server is not asked, and no clock is read.
//
//	Deployment                   --Trim--> cache --FromDeployment-->  Rollout{revision, template hash, state,
//	StatefulSet, its revisions   --Trim--> cache --FromStatefulSet->          since, sources, remaining}
//	DaemonSet, its revisions     --Trim--> cache --FromDaemonSet--->
//	Rollout (of Argo Rollouts)   --Trim--> cache --FromArgoRollout->   with the Deployment that it takes its template from
//	target and primary, Canary   --Trim--> cache --UnderCanary----->   of Flagger
//
// A new kind of workload is one file with a function like FromDeployment.
package rollout

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// State is how far a rollout is.
type State string

// The states that an observation of a workload can tell. That a rollout was superseded or rolled back shows only
// beside the records of earlier revisions.
const (
	// Pending: paused half-way, or waiting for a person who deletes pods.
	Pending State = "pending"
	// InProgress: rolling out.
	InProgress State = "in_progress"
	// Successful: what `kubectl rollout status` calls finished.
	Successful State = "successful"
	// Failed: the workload's controller gave up waiting for progress.
	Failed State = "failed"
)

// Workload identifies a workload.
type Workload struct {
	APIVersion string
	Kind       string
	Namespace  string
	Name       string
	UID        types.UID
	// Created is the workload's creation time, to the second.
	Created time.Time
	// PerRevision says that the workload was made for one revision of what owns it, and never gets another.
	PerRevision bool
}

// Sources are the texts of a workload that issue keys, links and names are read from.
type Sources struct {
	// Annotations and Labels are the workload's own.
	Annotations map[string]string
	Labels      map[string]string
	// TemplateAnnotations and TemplateLabels are those of its pod template: they belong to the revision.
	TemplateAnnotations map[string]string
	TemplateLabels      map[string]string
	// Images are the images of the template's containers, in their order.
	Images []string
}

// Annotation returns the value of an annotation: the pod template's, else the workload's.
func (s Sources) Annotation(name string) (string, bool) {
	return first(name, s.TemplateAnnotations, s.Annotations)
}

// Label returns the value of a label: the pod template's, else the workload's.
func (s Sources) Label(name string) (string, bool) {
	return first(name, s.TemplateLabels, s.Labels)
}

func first(name string, maps ...map[string]string) (string, bool) {
	for _, m := range maps {
		if value, ok := m[name]; ok {
			return value, true
		}
	}
	return "", false
}

// Rollout is how the rollout of a workload's current revision stands.
type Rollout struct {
	Workload
	Sources

	// Revision is the workload's own number of the revision.
	Revision int64
	// TemplateHash tells whether two revisions have the same pod template, restarts aside.
	TemplateHash string
	// Written is when the template was last written; zero where it is not known.
	Written time.Time
	// State is how far the rollout is.
	State State
	// Unconfirmed says that the state may be an earlier revision's: it is told where this one has a record already.
	Unconfirmed bool
	// Empty says that no pod is wanted: that none is missing then tells nothing of the template.
	Empty bool
	// Since is when the state became what it is, as the workload and its history tell; zero where they do not.
	Since time.Time
	// Message is what the workload's controller says of a failed rollout.
	Message string
	// Remaining is what the rollout has yet to do; nil where the workload's controller itself watches over
	// its progress, and says when it failed.
	Remaining *Remaining
}

func workloadOf(kind string, meta *metav1.ObjectMeta) Workload {
	return Workload{
		APIVersion: appsv1.SchemeGroupVersion.String(),
		Kind:       kind,
		Namespace:  meta.Namespace,
		Name:       meta.Name,
		UID:        meta.UID,
		Created:    meta.CreationTimestamp.Time,

		PerRevision: MadePerRevision(meta),
	}
}
