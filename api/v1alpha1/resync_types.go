// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ResyncStatus is how far a resync is.
//
// +kubebuilder:validation:MinProperties=1
type ResyncStatus struct {
	// value is that of the annotation. Another one asks for another resync.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Value string `json:"value,omitempty"`

	// startTime is when it began: what Jira took of records that were made before is sent once more.
	// +optional
	StartTime metav1.Time `json:"startTime,omitzero"`

	// completionTime is when Jira had answered all of it.
	// +optional
	CompletionTime metav1.Time `json:"completionTime,omitzero"`
}
