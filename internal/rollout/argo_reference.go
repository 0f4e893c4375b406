// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"maps"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A Rollout may have no template of its own. It then names a Deployment whose template it takes, and whose pods it
// replaces by its own: it scales the Deployment down at once, with its own progress, or never (workloadRef.scaleDown).
// The Rollout is the workload. Whatever becomes of the Deployment's pods tells nothing of the release.
//
// Argo also takes the template of a ReplicaSet or a PodTemplate. These are not watched.

// ReferredDeployment returns the name of the Deployment that a Rollout takes its template from. The second result is
// false where it has a template of its own, or takes that of another kind. It is asked often, of many Rollouts.
func ReferredDeployment(o *unstructured.Unstructured) (string, bool) {
	ref := referenceIn(o, "spec", "workloadRef")
	return ref.Name, ref.names(kindDeployment, ref.Name)
}

// observed says whether the status speaks of the Deployment's present template. Argo before 1.1 does not tell.
func (a *argoRollout) observed(deployment *appsv1.Deployment) bool {
	return deployment != nil && NotUnderstood(deployment) == "" && a.Spec.WorkloadRef.names(kindDeployment, deployment.Name) &&
		a.Status.WorkloadObservedGeneration == strconv.FormatInt(deployment.Generation, 10)
}

// sourcesFrom returns the texts of a Rollout whose template is a Deployment's. What is written on the Deployment counts
// where the Rollout's own metadata does not say otherwise: pipelines go on to write there.
func (a *argoRollout) sourcesFrom(deployment *appsv1.Deployment) Sources {
	s := sourcesOf(&deployment.ObjectMeta, &deployment.Spec.Template)
	s.Annotations, s.Labels = over(a.Annotations, s.Annotations), over(a.Labels, s.Labels)
	return s
}

// over returns what stands in either map; the upper one is read first.
func over(upper, lower map[string]string) map[string]string {
	merged := maps.Clone(lower)
	if merged == nil {
		return maps.Clone(upper)
	}
	maps.Copy(merged, upper)
	return merged
}
