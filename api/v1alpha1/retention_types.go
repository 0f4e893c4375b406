// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Retention says how long records are kept. A record that Jira has not answered is kept while its site exists, but for
// those that were superseded before Jira was told of them, where a workload has more than ten.
type Retention struct {
	// revisions is how many records a workload keeps at this site. Those that Jira has not taken stay besides.
	// +optional
	// +default=5
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	Revisions int32 `json:"revisions,omitempty"`

	// afterDeletion is how long records outlive their workload.
	// +optional
	// +default="24h"
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]+([.][0-9]+)?(ns|us|µs|ms|s|m|h))+$') && duration(self) > duration('0s')",message="must be a duration longer than 0s, such as 24h or 90m"
	AfterDeletion metav1.Duration `json:"afterDeletion,omitempty,omitzero"`
}
