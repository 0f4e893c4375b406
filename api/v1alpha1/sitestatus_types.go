// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// JiraSiteStatus is what Rollcall found.
//
// +kubebuilder:validation:MinProperties=1
type JiraSiteStatus struct {
	// conditions say whether the site is Ready, and if not, why and what to do. While it is not, Stalled says that
	// a person has to act, Reconciling that Rollcall tries again by itself.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec that the conditions speak of.
	// +optional
	// +kubebuilder:validation:Minimum=1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// cloudID is the id of the site in Atlassian's cloud, given or found.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	CloudID string `json:"cloudID,omitempty"`

	// resync is how far the last resync is, which the annotation rollcall.dev/resync asked for.
	// +optional
	Resync ResyncStatus `json:"resync,omitzero"`

	// lastProbeTime is when Jira last showed whether it takes what is sent: by a probe, or by taking records. It is written
	// once a minute at most, and so are the three that follow.
	// +optional
	LastProbeTime metav1.Time `json:"lastProbeTime,omitzero"`

	// pending is how many records Jira has not given its last word on, but for those that wait because their namespaces
	// may not say what they say.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Pending *int32 `json:"pending,omitempty"`

	// oldestPending is since when the oldest of them waits: when the state became what it is that Jira was not told. A
	// record that only corrects what Jira has does not count.
	// +optional
	OldestPending metav1.Time `json:"oldestPending,omitzero"`

	// lastAccepted is when Jira last took a record.
	// +optional
	LastAccepted metav1.Time `json:"lastAccepted,omitzero"`

	// readBack is what Jira had when a record that it took was last read again. That it took one does not say that it
	// stored it.
	// +optional
	ReadBack ReadBackStatus `json:"readBack,omitzero"`
}
