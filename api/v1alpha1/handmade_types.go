// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Handmade says what records without spec.workload may say: those that a person or a pipeline makes.
type Handmade struct {
	// allow is what they may say: nothing (None), what is of their own namespace (SameNamespace), or what they like
	// (Any). SameNamespace puts <cluster>/<namespace>/ before the id of their pipeline, and takes the environment that the
	// site's rules give the namespace, or one of spec.environments, by its id.
	// +optional
	// +default="SameNamespace"
	Allow HandmadePolicy `json:"allow,omitempty"`

	// namespaceSelector selects the namespaces that allow holds for; where it is not set, all. For the others it is
	// None where allow is SameNamespace, and SameNamespace where it is Any or None.
	// +optional
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector,omitempty"`
}

// HandmadePolicy says what records that were made by hand may say.
//
// +kubebuilder:validation:Enum=None;SameNamespace;Any
type HandmadePolicy string

// What records that were made by hand may say.
const (
	// HandmadeNone takes none of them.
	HandmadeNone HandmadePolicy = "None"

	// HandmadeSameNamespace lets them speak for their own namespace.
	HandmadeSameNamespace HandmadePolicy = "SameNamespace"

	// HandmadeAny sends them as they are written.
	HandmadeAny HandmadePolicy = "Any"
)
