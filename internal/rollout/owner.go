// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// ownersPerRevision are the kinds, beside those whose name ends in Revision, that make a workload for each revision, or
// each run, of something else. An operator that keeps one workload under one name, such as a database's, is none.
var ownersPerRevision = []schema.GroupKind{
	{Kind: "Pod"}, // LeaderWorkerSet: a StatefulSet for each leader pod
	{Group: "rollouts.kruise.io", Kind: "BatchRelease"},      // OpenKruise: a second Deployment for each release
	{Group: "temporal.io", Kind: "WorkerDeployment"},         // Temporal: a Deployment for each build
	{Group: "temporal.io", Kind: "TemporalWorkerDeployment"}, // the same, by its earlier name
	{Group: "tekton.dev", Kind: "PipelineRun"},               // Tekton: a StatefulSet that keeps a run's pods together
}

// MadePerRevision says whether a workload was made for one revision of what owns it, and never gets another: each would be
// a pipeline of its own in Jira. Example: Knative's Deployment web-00007-deployment, of Revision web-00007. Crossplane has
// ProviderRevisions and FunctionRevisions. Temporal's owner is not marked as the controller, so that any owner counts.
func MadePerRevision(workload metav1.Object) bool {
	return slices.ContainsFunc(workload.GetOwnerReferences(), makesPerRevision)
}

func makesPerRevision(owner metav1.OwnerReference) bool {
	kind := schema.FromAPIVersionAndKind(owner.APIVersion, owner.Kind).GroupKind()
	return strings.HasSuffix(kind.Kind, "Revision") || slices.Contains(ownersPerRevision, kind)
}
