// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// ArgoRollout is the kind that Argo Rollouts adds to a cluster.
var ArgoRollout = schema.GroupVersionKind{Group: "argoproj.io", Version: "v1alpha1", Kind: "Rollout"}

// annotationArgoRevision is where Argo's controller keeps the number of a Rollout's revision.
const annotationArgoRevision = "rollout.argoproj.io/revision"

// Phases of a Rollout, types and reasons of its conditions, as Argo's controller writes them.
const (
	argoHealthy  = "Healthy"
	argoPaused   = "Paused"
	argoDegraded = "Degraded"

	argoProgressing = "Progressing"
	argoInvalidSpec = "InvalidSpec"

	argoReasonAborted = "RolloutAborted"
)

// argoRollout is what is read of a Rollout.
type argoRollout struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec   argoSpec   `json:"spec"`
	Status argoStatus `json:"status"`
}

type argoSpec struct {
	Replicas                *int32                 `json:"replicas,omitempty"`
	Paused                  bool                   `json:"paused,omitempty"`
	MinReadySeconds         int32                  `json:"minReadySeconds,omitempty"`
	ProgressDeadlineSeconds *int32                 `json:"progressDeadlineSeconds,omitempty"`
	WorkloadRef             *workloadRef           `json:"workloadRef,omitempty"`
	Template                corev1.PodTemplateSpec `json:"template,omitzero"`
}

type argoStatus struct {
	// ObservedGeneration is a number in a string.
	ObservedGeneration string `json:"observedGeneration,omitempty"`
	// WorkloadObservedGeneration is that of the workload which workloadRef names.
	WorkloadObservedGeneration string          `json:"workloadObservedGeneration,omitempty"`
	Phase                      string          `json:"phase,omitempty"`
	Message                    string          `json:"message,omitempty"`
	Abort                      bool            `json:"abort,omitempty"`
	CurrentPodHash             string          `json:"currentPodHash,omitempty"`
	StableRS                   string          `json:"stableRS,omitempty"`
	Replicas                   int32           `json:"replicas,omitempty"`
	UpdatedReplicas            int32           `json:"updatedReplicas,omitempty"`
	AvailableReplicas          int32           `json:"availableReplicas,omitempty"`
	Conditions                 []argoCondition `json:"conditions,omitempty"`
}

type argoCondition struct {
	Type               string                 `json:"type"`
	Status             corev1.ConditionStatus `json:"status,omitempty"`
	Reason             string                 `json:"reason,omitempty"`
	Message            string                 `json:"message,omitempty"`
	LastUpdateTime     metav1.Time            `json:"lastUpdateTime,omitzero"`
	LastTransitionTime metav1.Time            `json:"lastTransitionTime,omitzero"`
}

// NewArgoRollout returns an empty Rollout.
func NewArgoRollout() *unstructured.Unstructured { return newUnstructured(ArgoRollout) }

// NewArgoRolloutList returns an empty list of Rollouts.
func NewArgoRolloutList() *unstructured.UnstructuredList { return newUnstructuredList(ArgoRollout) }

// FromArgoRollout returns how the rollout of a Rollout of Argo's stands. deployment is the one that its workloadRef
// names; nil where there is none. The second result is false where there is nothing to say: Argo's controller has not
// given the current template a revision yet, or nobody knows the template.
func FromArgoRollout(o *unstructured.Unstructured, deployment *appsv1.Deployment) (Rollout, bool) {
	var a argoRollout
	if err := readUnstructured(o, &a); err != nil || a.Status.Phase == "" || !a.hasRevision() {
		return Rollout{}, false
	}
	revision, err := strconv.ParseInt(a.Annotations[annotationArgoRevision], 10, 64)
	if err != nil || revision <= 0 {
		return Rollout{}, false
	}
	r := Rollout{Workload: workloadOf(ArgoRollout.Kind, &a.ObjectMeta), Revision: revision}
	r.APIVersion = ArgoRollout.GroupVersion().String()
	switch {
	case a.Spec.WorkloadRef == nil:
		r.Sources, r.TemplateHash = sourcesOf(&a.ObjectMeta, &a.Spec.Template), hashOf(&a.ObjectMeta, &a.Spec.Template)
	case a.observed(deployment):
		r.Sources, r.TemplateHash = a.sourcesFrom(deployment), hashOf(&deployment.ObjectMeta, &deployment.Spec.Template)
	default:
		return Rollout{}, false
	}
	r.Empty = wanted(a.Spec.Replicas) == 0
	r.MinReady = seconds(a.Spec.MinReadySeconds)
	if r.Unwatched = a.unwatched(); r.Unwatched {
		r.Remaining = a.remaining()
	}
	seen := a.observe()
	r.State, r.Since, r.Message = seen.state()
	return r, true
}

// hasRevision says whether the number of the revision is that of the current template. Argo's controller may
// observe a generation before it makes a ReplicaSet for its template: where a canary's template changes, its
// first pass only starts the steps anew; one that is paused, or whose spec is not valid, gets none at all. A pod
// of the template tells that the ReplicaSet is there, and so does a condition that names it.
func (a *argoRollout) hasRevision() bool {
	s := &a.Status
	switch {
	case s.ObservedGeneration != strconv.FormatInt(a.Generation, 10):
		return false
	case a.condition(argoInvalidSpec).Status == corev1.ConditionTrue:
		return false
	case a.promoted(), s.UpdatedReplicas > 0:
		return true
	case a.Spec.Paused:
		return false
	case s.Phase == argoPaused, s.Phase == argoDegraded, s.Abort:
		return true
	}
	return s.CurrentPodHash != "" && strings.Contains(a.condition(argoProgressing).Message, s.CurrentPodHash)
}

// promoted says whether all traffic goes to the current template.
func (a *argoRollout) promoted() bool {
	return a.Status.StableRS != "" && a.Status.StableRS == a.Status.CurrentPodHash
}

// observe reads Argo's phase. A Rollout that was paused, or aborted, when its rollout was over stays what it was.
func (a *argoRollout) observe() observed {
	s, progressing := &a.Status, a.condition(argoProgressing)
	healthy := s.Phase == argoHealthy && (s.StableRS == "" || s.CurrentPodHash == "" || a.promoted())
	seen := observed{
		finished:   healthy || s.Phase == argoPaused && a.promoted(),
		finishedAt: a.healthySince(progressing),
		empty:      wanted(a.Spec.Replicas) == 0,
		emptyAt:    a.healthySince(progressing),
		failed:     s.Phase == argoDegraded || s.Abort,
		failedAt:   progressing.LastTransitionTime.Time,
		failure:    s.Message,
		waitsSince: a.pausedSince(progressing),
		began:      progressing.LastUpdateTime.Time,
	}
	if s.Phase != argoDegraded {
		seen.failure = a.abortMessage(progressing)
	}
	if s.Phase == argoPaused || a.Spec.Paused {
		seen.waits = becausePaused
	}
	return seen
}

// unwatched says whether Argo never says that the rollout failed, as of a Deployment, and pods are missing. Where none is,
// Argo has more to do: its steps, and analyses that take as long as they take.
func (a *argoRollout) unwatched() bool {
	deadline := a.Spec.ProgressDeadlineSeconds
	never := deadline != nil && *deadline == noDeadline || a.condition(argoProgressing).Reason == reasonNewAvailable
	return never && a.remaining().Unready > 0
}

func (a *argoRollout) remaining() Remaining {
	desired := wanted(a.Spec.Replicas)
	return Remaining{
		Desired:  desired,
		Outdated: max(0, a.Status.Replicas-a.Status.UpdatedReplicas),
		Unready:  max(0, desired-a.Status.AvailableReplicas),
	}
}

// healthySince returns when the rollout finished. The condition Healthy comes and goes with the pods;
// Progressing keeps the time of the end of the rollout until the next begins.
func (a *argoRollout) healthySince(progressing argoCondition) time.Time {
	if progressing.Reason == reasonNewAvailable {
		return progressing.LastUpdateTime.Time
	}
	if healthy := a.condition(argoHealthy); healthy.Status == corev1.ConditionTrue {
		return healthy.LastTransitionTime.Time
	}
	return time.Time{}
}

func (a *argoRollout) pausedSince(progressing argoCondition) time.Time {
	if paused := a.condition(argoPaused); paused.Status == corev1.ConditionTrue {
		return paused.LastTransitionTime.Time
	}
	return progressing.LastUpdateTime.Time
}

// abortMessage returns what is said of a rollout whose abort has not reached its phase yet: until then the
// message is still about its progress.
func (a *argoRollout) abortMessage(progressing argoCondition) string {
	if progressing.Reason == argoReasonAborted {
		return progressing.Message
	}
	return "The rollout was aborted."
}

// condition returns a condition, or an empty one where there is none.
func (a *argoRollout) condition(conditionType string) argoCondition {
	return conditionOf(a.Status.Conditions, conditionType)
}

func conditionOf(conditions []argoCondition, conditionType string) argoCondition {
	for _, c := range conditions {
		if c.Type == conditionType {
			return c
		}
	}
	return argoCondition{}
}
