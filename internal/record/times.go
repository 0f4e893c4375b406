// SPDX-License-Identifier: Apache-2.0

package record

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// setTimes notes when a rollout began and ended, as the changes of its state tell. A rollout that had ended when it was
// first observed has no start. A rollback is no end: the rollout had ended before.
func setTimes(spec *v1alpha1.JiraDeploymentSpec) {
	switch {
	case unfinished(spec.State):
		spec.CompletionTime = metav1.Time{}
		if spec.State == v1alpha1.StateInProgress && spec.StartTime.IsZero() {
			spec.StartTime = spec.LastUpdated
		}
	case spec.StartTime.IsZero(), spec.State == v1alpha1.StateRolledBack && !spec.CompletionTime.IsZero():
	default:
		spec.CompletionTime = spec.LastUpdated
	}
}
