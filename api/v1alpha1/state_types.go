// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// DeploymentState is how far a deployment is, in Jira's own words.
//
// +kubebuilder:validation:Enum=pending;in_progress;successful;failed;cancelled;rolled_back
type DeploymentState string

// The states of a deployment.
const (
	// StatePending says that the rollout waits half-way: it is paused, its pods are only replaced when somebody
	// deletes them, or it is to run no pod.
	StatePending DeploymentState = "pending"

	// StateInProgress says that the revision is rolling out.
	StateInProgress DeploymentState = "in_progress"

	// StateSuccessful says that the rollout finished.
	StateSuccessful DeploymentState = "successful"

	// StateFailed says that the rollout stalled.
	StateFailed DeploymentState = "failed"

	// StateCancelled says that the rollout was superseded, or its workload deleted, before it finished.
	StateCancelled DeploymentState = "cancelled"

	// StateRolledBack says that a later revision restored an earlier one.
	StateRolledBack DeploymentState = "rolled_back"
)
