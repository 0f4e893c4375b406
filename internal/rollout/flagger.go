// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Flagger puts a second workload beside each one that it rolls out:
//
//	Canary web   targetRef: Deployment web    the template that people change; runs only while it is analysed
//	             owns       Deployment web-primary    what users reach; gets the template of web when it is promoted
//
// What is told is the target's pipeline, with the target's revisions. Whether a revision is out is told by the primary,
// whether its analysis goes on or failed by the Canary. The target's own pods tell nothing.

// Canary is the kind that Flagger adds to a cluster.
var Canary = schema.GroupVersionKind{Group: "flagger.app", Version: "v1beta1", Kind: "Canary"}

// Names that Flagger writes.
const (
	primarySuffix        = "-primary"
	annotationFlaggerID  = "flagger-id"                // on the primary's template: another one for each promotion
	scaleToZeroSelector  = "flagger.app/scale-to-zero" // in a target's node selector: a DaemonSet cannot be scaled
	managerFlagger       = "flagger"
	conditionPromoted    = "Promoted"
	canaryInitialized    = "Initialized"
	canaryWaiting        = "Waiting"
	canaryWaitingPromote = "WaitingPromotion"
	canaryProgressing    = "Progressing"
	canaryPromoting      = "Promoting"
	canaryFinalising     = "Finalising"
	canarySucceeded      = "Succeeded"
	canaryFailed         = "Failed"
)

// canary is what is read of a Canary.
type canary struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec struct {
		TargetRef *workloadRef `json:"targetRef,omitempty"`
	} `json:"spec"`
	Status canaryStatus `json:"status"`
}

type canaryStatus struct {
	Phase string `json:"phase,omitempty"`
	// LastAppliedSpec and LastPromotedSpec are Flagger's hashes of the target's template that it saw last, and of that
	// which the primary got last.
	LastAppliedSpec  string          `json:"lastAppliedSpec,omitempty"`
	LastPromotedSpec string          `json:"lastPromotedSpec,omitempty"`
	Conditions       []argoCondition `json:"conditions,omitempty"`
}

// workloadRef refers to a workload in the namespace of the object that it stands in.
type workloadRef struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
}

// names says whether the reference names a workload of a kind of the group apps.
func (r workloadRef) names(kind, name string) bool {
	return r.Kind == kind && r.Name == name && schema.FromAPIVersionAndKind(r.APIVersion, r.Kind).Group == appsv1.GroupName
}

// referenceIn reads a reference without a copy; it is empty where there is none.
func referenceIn(o *unstructured.Unstructured, path ...string) workloadRef {
	field, _, _ := unstructured.NestedFieldNoCopy(o.Object, path...)
	fields, _ := field.(map[string]any)
	var ref workloadRef
	ref.APIVersion, _ = fields["apiVersion"].(string)
	ref.Kind, _ = fields["kind"].(string)
	ref.Name, _ = fields["name"].(string)
	return ref
}

// NewCanary returns an empty Canary.
func NewCanary() *unstructured.Unstructured { return newUnstructured(Canary) }

// NewCanaryList returns an empty list of Canaries.
func NewCanaryList() *unstructured.UnstructuredList { return newUnstructuredList(Canary) }

// CanaryTarget returns the kind and the name of the workload that a Canary rolls out. The third result is false where it
// is none of ours: a Service, whose workloads Flagger leaves alone. It is asked often, of many Canaries.
func CanaryTarget(o *unstructured.Unstructured) (kind, name string, ok bool) {
	ref := referenceIn(o, "spec", "targetRef")
	return ref.Kind, ref.Name, ref.names(ref.Kind, ref.Name) && (ref.Kind == kindDeployment || ref.Kind == kindDaemonSet)
}

// PrimaryName returns the name of a target's primary.
func PrimaryName(target string) string { return target + primarySuffix }

// TargetOfPrimary returns the name of the target whose primary a workload is; false where it is no primary.
func TargetOfPrimary(workload metav1.Object) (string, bool) {
	owner := metav1.GetControllerOfNoCopy(workload)
	if owner == nil || owner.Kind != Canary.Kind || schema.FromAPIVersionAndKind(owner.APIVersion, owner.Kind).Group != Canary.Group {
		return "", false
	}
	return strings.CutSuffix(workload.GetName(), primarySuffix)
}

// UnderCanary returns how the rollout of a Canary's target stands; primary is nil where there is none. The second result
// is false where there is nothing to say: Flagger has not noticed the target's template yet, which it looks at once an
// interval.
func UnderCanary(target Rollout, o *unstructured.Unstructured, primary *Rollout) (Rollout, bool) {
	var c canary
	if err := readUnstructured(o, &c); err != nil {
		return Rollout{}, false
	}
	promoted := c.condition()
	since, message := promoted.LastTransitionTime.Time, cmp.Or(promoted.Message, "Its Canary is in phase "+c.Status.Phase+".")
	switch phase := c.Status.Phase; {
	case primary != nil && promotedSince(&target, primary):
		return standing(target, primary), true
	case phase == canaryFailed && primary != nil && c.restored() && sameRelease(&target, primary):
		return standing(target, primary), true
	case phase == canaryFailed:
		target.Unconfirmed = !since.IsZero() && since.Before(target.Written)
		return told(target, Failed, since, message), true
	case phase == canaryWaiting, phase == canaryWaitingPromote:
		return told(target, Pending, since, message), true
	case phase == canaryProgressing, phase == canaryPromoting, phase == canaryFinalising:
		return told(target, InProgress, since, message), true
	case primary != nil && (phase == canaryInitialized || phase == canarySucceeded):
		target.Unconfirmed = true
		return standing(target, primary), true
	}
	return Rollout{}, false
}

// promotedSince says whether the primary got its template after the target got its own, and the same release.
func promotedSince(target, primary *Rollout) bool {
	return !primary.Written.Before(target.Written) && sameRelease(target, primary)
}

// sameRelease says whether target and primary show the same annotations and images. Flagger copies the template but for
// its own annotation, one label, and the names of ConfigMaps and Secrets.
func sameRelease(target, primary *Rollout) bool {
	annotations := maps.Clone(primary.TemplateAnnotations)
	delete(annotations, annotationFlaggerID)
	return maps.Equal(annotations, target.TemplateAnnotations) && slices.Equal(primary.Images, target.Images)
}

// restored says whether somebody gave the target the template back that was promoted last: Flagger then analyses
// nothing, and leaves the Canary failed.
func (c *canary) restored() bool {
	return c.Status.LastPromotedSpec != "" && c.Status.LastPromotedSpec == c.Status.LastAppliedSpec
}

// condition returns the condition Promoted. It is the only one, and its time is that of the change of the phase;
// status.lastTransitionTime moves with every interval.
func (c *canary) condition() argoCondition {
	return conditionOf(c.Status.Conditions, conditionPromoted)
}

// standing returns the target's rollout as it stands on the primary.
func standing(target Rollout, primary *Rollout) Rollout {
	target = told(target, primary.State, primary.Since, primary.Message)
	target.Empty, target.Remaining = primary.Empty, primary.Remaining
	target.Unwatched, target.MinReady = primary.Unwatched, primary.MinReady
	return target
}

// told returns the target's rollout in another state. What the target's pods tell of their progress is left out.
func told(target Rollout, state State, since time.Time, message string) Rollout {
	target.State, target.Since, target.Message = state, since, message
	target.Empty, target.Remaining, target.Unwatched, target.MinReady = false, Remaining{}, false, 0
	return target
}

// templateWrittenAt returns when a workload's template was last written; zero where the API server does not tell. A node
// selector by which Flagger scales a DaemonSet to zero is no change of the template.
func templateWrittenAt(meta *metav1.ObjectMeta) time.Time {
	return writtenAt(meta.ManagedFields, func(entry metav1.ManagedFieldsEntry) bool {
		fields := entry.FieldsV1.GetRawString()
		return entry.Subresource == "" && strings.Contains(fields, `"f:template":`) &&
			(entry.Manager != managerFlagger || strings.Contains(fields, `"f:`+annotationFlaggerID+`":`))
	})
}

// withoutScaleToZero returns a template without the node selector with which Flagger scales a DaemonSet to zero.
func withoutScaleToZero(template corev1.PodTemplateSpec) corev1.PodTemplateSpec {
	if _, scaled := template.Spec.NodeSelector[scaleToZeroSelector]; scaled {
		template.Spec.NodeSelector = maps.Clone(template.Spec.NodeSelector)
		delete(template.Spec.NodeSelector, scaleToZeroSelector)
	}
	return template
}
