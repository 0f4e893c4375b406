package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// JiraDeploymentStatus is what Jira answered.
//
// +kubebuilder:validation:MinProperties=1
type JiraDeploymentStatus struct {
	// conditions say whether the record was delivered, and if not, why and what to do.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec that the conditions speak of.
	// +optional
	// +kubebuilder:validation:Minimum=1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// deliveredGeneration is the newest generation of the spec that Jira took.
	// +optional
	// +kubebuilder:validation:Minimum=1
	DeliveredGeneration int64 `json:"deliveredGeneration,omitempty"`

	// deliveredTime is when Jira took it.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}[.][0-9]{6}Z$`
	DeliveredTime metav1.MicroTime `json:"deliveredTime,omitzero"`

	// resyncTime is when the last resync of the site began that has the record sent once more. Jira's updateSequenceNumber
	// of the record begins with it from then on.
	// +optional
	ResyncTime metav1.Time `json:"resyncTime,omitzero"`

	// unknownIssueKeys are keys that Jira does not know.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=500
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=255
	UnknownIssueKeys []string `json:"unknownIssueKeys,omitempty"`

	// unknownServiceIDs are service ids that Jira does not know.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=500
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=255
	UnknownServiceIDs []string `json:"unknownServiceIDs,omitempty"`
}
