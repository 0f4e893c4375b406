// SPDX-License-Identifier: Apache-2.0

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
	"math"
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
	// Pending: paused half-way, waiting for a person who deletes pods, or to run no pod.
	Pending State = "pending"
	// InProgress: rolling out.
	InProgress State = "in_progress"
	// Successful: what `kubectl rollout status` calls finished, and available.
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
	// Images are the images of the template's containers: the main one's, and the others' in their order.
	Images []string
	// Left are the annotations of which the cache kept a part or nothing, because the object has too much of them.
	Left []string
	// ExactHash tells whether two revisions have the same pod template, but for kubectl's restarts. It stays the same
	// where the notion of a release changes.
	ExactHash string
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
	// TemplateHash tells whether two revisions have the pod template of one release, whoever restarted it.
	TemplateHash string
	// Written is when the template was last written; zero where it is not known.
	Written time.Time
	// State is how far the rollout is.
	State State
	// Unconfirmed says that the state may be an earlier revision's: it is told where this one has a record already.
	Unconfirmed bool
	// Empty says that no pod is wanted: then nothing tells whether the template is any good.
	Empty bool
	// Since is when the state became what it is, as the workload and its history tell; zero where they do not.
	Since time.Time
	// Message is why the state is what it is, in a sentence. Of a failure it is what the workload's controller says.
	Message string
	// Remaining is what the rollout has yet to do; zero where nobody can judge by it.
	Remaining Remaining
	// Unwatched says that the workload's controller does not watch over the progress, and never says that it failed.
	Unwatched bool
	// MinReady is for how long a pod is ready before it is available. That long nothing is seen of its progress.
	MinReady time.Duration
}

// noDeadline is what Kubernetes takes for no progress deadline.
const noDeadline = math.MaxInt32

// wanted returns how many replicas a workload should have.
func wanted(replicas *int32) int32 {
	if replicas == nil {
		return 1
	}
	return *replicas
}

func seconds(n int32) time.Duration {
	return time.Duration(n) * time.Second
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
