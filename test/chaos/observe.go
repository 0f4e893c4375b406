package main

import (
	"encoding/json"
	"maps"
	"strconv"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Phase is how a rollout stands, to kubectl.
type Phase string

// The phases.
const (
	Rolling  Phase = "rolling"
	Finished Phase = "finished" // kubectl rollout status ends well
	Failed   Phase = "failed"   // it ends badly, or there was no progress for as long as the site allows
)

// Sight is what an object shows of its rollout.
type Sight struct {
	Step     int
	Revision int64
	Phase    Phase
	// FailedAt is when a Deployment's failure was noted: by it, one revision's failure is told from the next one's.
	FailedAt time.Time
}

// look reads an object, as kubectl rollout status and kubectl rollout history do. It is false where the object's
// controller has not seen its spec yet, or the history is not of the same moment. history are ControllerRevisions, its
// own and maybe others.
func look(o client.Object, history []appsv1.ControllerRevision) (Sight, bool) {
	sight := Sight{Step: stepOf(o), Phase: Rolling}
	observed := int64(0)
	switch o := o.(type) {
	case *appsv1.Deployment:
		observed = o.Status.ObservedGeneration
		sight.Revision, _ = strconv.ParseInt(o.Annotations["deployment.kubernetes.io/revision"], 10, 64)
		sight.Phase, sight.FailedAt = deploymentPhase(o)
	case *appsv1.StatefulSet:
		s := o.Status
		observed, sight.Revision = s.ObservedGeneration, revisionOf(o, o.Spec.Template, history)
		if s.ReadyReplicas >= *o.Spec.Replicas && s.UpdatedReplicas >= *o.Spec.Replicas && s.UpdateRevision == s.CurrentRevision {
			sight.Phase = Finished
		}
	case *appsv1.DaemonSet:
		s := o.Status
		observed, sight.Revision = s.ObservedGeneration, revisionOf(o, o.Spec.Template, history)
		if s.UpdatedNumberScheduled >= s.DesiredNumberScheduled && s.NumberAvailable >= s.DesiredNumberScheduled {
			sight.Phase = Finished
		}
	}
	return sight, observed >= o.GetGeneration() && sight.Revision > 0
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
	return Rolling, time.Time{}
}

// revisionOf returns the highest number among an object's ControllerRevisions; 0 where that one holds another template.
// A controller that has not seen its last one yet gives the next one the same number: then any of the two may hold it.
func revisionOf(o client.Object, template corev1.PodTemplateSpec, history []appsv1.ControllerRevision) int64 {
	highest := int64(0)
	for _, r := range history {
		if metav1.IsControlledBy(&r, o) {
			highest = max(highest, r.Revision)
		}
	}
	for _, r := range history {
		if r.Revision == highest && metav1.IsControlledBy(&r, o) && holds(&r, template) {
			return highest
		}
	}
	return 0
}

// holds says whether a ControllerRevision holds a template.
func holds(r *appsv1.ControllerRevision, template corev1.PodTemplateSpec) bool {
	var held struct {
		Spec struct {
			Template corev1.PodTemplateSpec `json:"template"`
		} `json:"spec"`
	}
	return json.Unmarshal(r.Data.Raw, &held) == nil && maps.Equal(held.Spec.Template.Annotations, template.Annotations)
}
