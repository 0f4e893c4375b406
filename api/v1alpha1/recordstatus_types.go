// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// RecordStatus is what Jira answered to a record, of whichever kind.
type RecordStatus struct {
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

	// history are the times that Jira was told of the record, and its answers; the last one first, ten at most. Of requests
	// with the same number that fail with the same reason the first is kept.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=10
	History []Delivery `json:"history,omitempty"`
}

// MaxHistory is how many deliveries a record remembers.
const MaxHistory = 10

// Delivery is what Jira was told of a record once, and what became of it.
type Delivery struct {
	// state is the state that was sent.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	State string `json:"state,omitempty"`

	// updateSequenceNumber is the number that was sent. Jira keeps the update with the highest. Its last six digits are the
	// generation of the record's spec.
	// +required
	// +kubebuilder:validation:Minimum=1
	UpdateSequenceNumber int64 `json:"updateSequenceNumber,omitempty"`

	// issues are the issue keys and service ids that were sent: of many the first, and how many more there were.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Issues string `json:"issues,omitempty"`

	// sentTime is when the request was made.
	// +required
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}[.][0-9]{6}Z$`
	SentTime metav1.MicroTime `json:"sentTime,omitzero"`

	// answeredTime is when the answer came, or the request was given up.
	// +required
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}[.][0-9]{6}Z$`
	AnsweredTime metav1.MicroTime `json:"answeredTime,omitzero"`

	// reason is that of the condition Delivered after the answer, such as Accepted or Rejected.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason,omitempty"`

	// message is the beginning of what that condition said.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Message string `json:"message,omitempty"`
}

// JiraDeploymentStatus is what Jira answered.
//
// +kubebuilder:validation:MinProperties=1
type JiraDeploymentStatus struct {
	RecordStatus `json:",inline"`

	// unknownServiceIDs are service ids that Jira does not know.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=500
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=255
	UnknownServiceIDs []string `json:"unknownServiceIDs,omitempty"`
}

// JiraBuildStatus is what Jira answered.
//
// +kubebuilder:validation:MinProperties=1
type JiraBuildStatus struct {
	RecordStatus `json:",inline"`
}
