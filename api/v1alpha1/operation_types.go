// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// OperationType says whether Jira is told of something that just happened, or of something past.
//
// +kubebuilder:validation:Enum=Normal;Backfill
type OperationType string

// The operation types.
const (
	// OperationNormal tells what just happened.
	OperationNormal OperationType = "Normal"

	// OperationBackfill tells what is past.
	OperationBackfill OperationType = "Backfill"
)
