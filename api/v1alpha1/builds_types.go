// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Builds say which runs are reported as builds, and what is made of them.
//
// +kubebuilder:validation:MinProperties=1
type Builds struct {
	// selector selects runs, such as Jobs and Tekton PipelineRuns, by their labels, beside those with the label
	// rollcall.dev/build: "true". A run with rollcall.dev/build: "false" is never reported.
	// +optional
	Selector *metav1.LabelSelector `json:"selector,omitempty"`

	// imageNamespaces selects the namespaces whose builds say, for workloads of all namespaces, of which commit an image is.
	// Where it is not set, a build says so for workloads of its own namespace alone.
	// +optional
	ImageNamespaces *metav1.LabelSelector `json:"imageNamespaces,omitempty"`

	// retained is how many finished builds of a pipeline keep their records; where it is not set, 20.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	Retained int32 `json:"retained,omitempty"`
}
