// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"encoding/json"
	"maps"
	"math"
	"strconv"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Phase is how a rollout stands, to kubectl.
type Phase string

// The phases.
const (
	Rolling  Phase = "rolling"
	Waiting  Phase = "waiting"  // for a person: it is paused, its pods are to be deleted by hand, or none is wanted
	Finished Phase = "finished" // kubectl rollout status ends well
	Failed   Phase = "failed"   // it ends badly, or there was no progress for as long as the site allows
)

// Status is what a workload shows of its rollout.
type Status struct {
	// Step is the number of the change that made the workload what it is, where who changes it counts; else 0.
	Step     int
	Revision int64
	Phase    Phase
	// FailedAt is when a Deployment's failure was noted: by it, one revision's failure is told from the next one's.
	FailedAt time.Time
	// Unproven says that nothing shows yet that the number belongs to the template: a Deployment's number is written
	// before there is a pod.
	Unproven bool
	// Blurred says that its number may be another template's: a Deployment has no pod, and is to have none, or can have
	// none, so that the number may still be that of the template before; two ControllerRevisions of a set have the number.
	Blurred bool
	// Empty says that no pod is wanted: whatever kubectl says, nothing runs.
	Empty bool
	// Unwatched says that its controller never says that the rollout failed.
	Unwatched bool
	// Outdated and Unavailable are how many pods are of another template, and how many of those that are wanted are not
	// available.
	Outdated, Unavailable int32
}

// StatusOf reads a workload, as kubectl rollout status and kubectl rollout history do. It is false where the workload's
// controller has not seen its spec yet, or the history is not of the same moment. history are ControllerRevisions, its
// own and maybe others.
func StatusOf(o metav1.Object, history []appsv1.ControllerRevision) (Status, bool) {
	status := Status{}
	observed := int64(0)
	switch o := o.(type) {
	case *appsv1.Deployment:
		observed = o.Status.ObservedGeneration
		status.Revision, _ = strconv.ParseInt(o.Annotations["deployment.kubernetes.io/revision"], 10, 64)
		status.Phase, status.FailedAt = deploymentPhase(o)
		status.Empty = *o.Spec.Replicas == 0
		podless := o.Status.UpdatedReplicas == 0
		status.Unproven = podless && (o.Spec.Paused || status.Phase != Finished && !refused(o))
		status.Blurred = podless && !status.Unproven
		status.Unwatched = unwatched(o)
		status.Outdated, status.Unavailable = o.Status.Replicas-o.Status.UpdatedReplicas, *o.Spec.Replicas-o.Status.AvailableReplicas
	case *appsv1.StatefulSet:
		observed = o.Status.ObservedGeneration
		status.Revision, status.Blurred = revisionOf(o, o.Spec.Template, history)
		status.Phase, status.Empty, status.Unwatched = statefulSetPhase(o), *o.Spec.Replicas == 0, true
		status.Outdated, status.Unavailable = o.Status.Replicas-o.Status.UpdatedReplicas, *o.Spec.Replicas-o.Status.AvailableReplicas
	case *appsv1.DaemonSet:
		s := o.Status
		observed = s.ObservedGeneration
		status.Revision, status.Blurred = revisionOf(o, o.Spec.Template, history)
		status.Phase, status.Empty, status.Unwatched = daemonSetPhase(o), s.DesiredNumberScheduled == 0, true
		status.Outdated, status.Unavailable = s.CurrentNumberScheduled-s.UpdatedNumberScheduled, s.DesiredNumberScheduled-s.NumberAvailable
	}
	if status.Empty {
		status.Phase = Waiting
	}
	return status, observed >= o.GetGeneration() && status.Revision > 0
}

func deploymentPhase(d *appsv1.Deployment) (Phase, time.Time) {
	s := d.Status
	if s.UpdatedReplicas >= *d.Spec.Replicas && s.Replicas <= s.UpdatedReplicas && s.AvailableReplicas >= s.UpdatedReplicas {
		return Finished, time.Time{}
	}
	for _, c := range s.Conditions {
		if c.Type == appsv1.DeploymentProgressing && c.Status == corev1.ConditionFalse && c.Reason == "ProgressDeadlineExceeded" {
			return Failed, c.LastTransitionTime.Time
		}
	}
	if d.Spec.Paused {
		return Waiting, time.Time{}
	}
	return Rolling, time.Time{}
}

// unwatched says that a Deployment has no deadline, or is over to its controller and has pods that are not available.
func unwatched(d *appsv1.Deployment) bool {
	for _, c := range d.Status.Conditions {
		if c.Type == appsv1.DeploymentProgressing {
			return c.Reason == "NewReplicaSetAvailable"
		}
	}
	return d.Spec.ProgressDeadlineSeconds != nil && *d.Spec.ProgressDeadlineSeconds == math.MaxInt32
}

// refused says that the API server takes no pod of a Deployment.
func refused(d *appsv1.Deployment) bool {
	for _, c := range d.Status.Conditions {
		if c.Type == appsv1.DeploymentReplicaFailure && c.Status == corev1.ConditionTrue {
			return true
		}
	}
	return false
}

func statefulSetPhase(s *appsv1.StatefulSet) Phase {
	replicas, partition, status := *s.Spec.Replicas, int32(0), s.Status
	onDelete := s.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType
	if rolling := s.Spec.UpdateStrategy.RollingUpdate; rolling != nil && rolling.Partition != nil {
		partition = *rolling.Partition
	}
	switch heldBack := partition >= replicas && replicas > 0; {
	case heldBack && status.UpdatedReplicas < replicas:
		return Waiting
	case onDelete && status.UpdatedReplicas < status.Replicas:
		return Waiting
	case status.AvailableReplicas < replicas || status.UpdatedReplicas < replicas-partition:
		return Rolling
	case replicas > 0 && !onDelete && partition == 0 && status.UpdateRevision != status.CurrentRevision:
		return Rolling
	}
	return Finished
}

func daemonSetPhase(d *appsv1.DaemonSet) Phase {
	s := d.Status
	switch outdated := s.UpdatedNumberScheduled < s.CurrentNumberScheduled; {
	case s.UpdatedNumberScheduled >= s.DesiredNumberScheduled && s.NumberAvailable >= s.DesiredNumberScheduled:
		return Finished
	case outdated && d.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType:
		return Waiting
	}
	return Rolling
}

// revisionOf returns the highest number among an object's ControllerRevisions, and whether two of them have it; 0 where
// none of those holds its template. A controller that has not seen its last one yet gives the next one the same number.
func revisionOf(o metav1.Object, template corev1.PodTemplateSpec, history []appsv1.ControllerRevision) (number int64, shared bool) {
	highest := int64(0)
	for _, r := range history {
		if metav1.IsControlledBy(&r, o) {
			highest = max(highest, r.Revision)
		}
	}
	found, having := false, 0
	for _, r := range history {
		if r.Revision == highest && metav1.IsControlledBy(&r, o) {
			found, having = found || holds(&r, template), having+1
		}
	}
	if !found {
		return 0, false
	}
	return highest, having > 1
}

// holds says whether a ControllerRevision holds a template. Templates of the tests differ in their annotations, or in
// the image of their first container.
func holds(r *appsv1.ControllerRevision, template corev1.PodTemplateSpec) bool {
	var held struct {
		Spec struct {
			Template corev1.PodTemplateSpec `json:"template"`
		} `json:"spec"`
	}
	err := json.Unmarshal(r.Data.Raw, &held)
	return err == nil && maps.Equal(held.Spec.Template.Annotations, template.Annotations) && equality.Semantic.DeepEqual(mainOf(held.Spec.Template), mainOf(template))
}

// mainOf returns the image of a template's first container and its variables.
func mainOf(t corev1.PodTemplateSpec) corev1.Container {
	if len(t.Spec.Containers) == 0 {
		return corev1.Container{}
	}
	return corev1.Container{Image: t.Spec.Containers[0].Image, Env: t.Spec.Containers[0].Env}
}
