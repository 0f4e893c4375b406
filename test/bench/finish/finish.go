// SPDX-License-Identifier: Apache-2.0

// Package finish says when a rollout is finished, and what Jira calls it. The bare reporter and the harness share
// it, and it shares nothing with the product: what is measured is not to measure itself.
package finish

import (
	"strconv"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

// perSecond is how many revisions fit between two seconds of a deploymentSequenceNumber.
const perSecond = 1_000_000

// Of returns the revision that a Deployment finished rolling out; false while it is rolling out. It is kubectl's
// notion: the controller has seen the spec, all wanted pods have its template and are available, and no others are
// left.
func Of(d *appsv1.Deployment) (revision int64, ok bool) {
	wanted := int32(1)
	if d.Spec.Replicas != nil {
		wanted = *d.Spec.Replicas
	}
	s := d.Status
	if s.ObservedGeneration < d.Generation || s.UpdatedReplicas < wanted || s.Replicas > s.UpdatedReplicas || s.AvailableReplicas < s.UpdatedReplicas {
		return 0, false
	}
	revision, err := strconv.ParseInt(d.Annotations["deployment.kubernetes.io/revision"], 10, 64)
	return revision, err == nil
}

// Key returns what identifies a revision of a Deployment in Jira.
func Key(cluster string, d *appsv1.Deployment, revision int64) jira.DeploymentKey {
	return jira.DeploymentKey{
		PipelineID:               cluster + "/" + d.Namespace + "/Deployment/" + d.Name,
		EnvironmentID:            cluster + "/" + d.Namespace,
		DeploymentSequenceNumber: d.CreationTimestamp.Unix()*perSecond + revision,
	}
}
