// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ReadBackStatus is what Jira had when a record that it took was read again.
//
// +kubebuilder:validation:MinProperties=1
type ReadBackStatus struct {
	// time is when Jira was asked.
	// +optional
	Time metav1.Time `json:"time,omitzero"`

	// result says whether Jira has what it took.
	// +optional
	Result ReadBackResult `json:"result,omitempty"`

	// record is the record that was read.
	// +optional
	Record RecordReference `json:"record,omitzero"`

	// message says what Jira has instead, and what to do; or why it could not be read.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`
}

// RecordReference names a record.
//
// +kubebuilder:validation:MinProperties=1
type RecordReference struct {
	// kind is the record's kind: JiraDeployment or JiraBuild.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Kind string `json:"kind,omitempty"`

	// namespace is the record's namespace.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`

	// name is the record's name.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}

// ReadBackResult says whether Jira has what it took.
//
// +kubebuilder:validation:Enum=Same;Older;Newer;Missing;NotPermitted;Error
type ReadBackResult string

// What a record that Jira took can be when it is read again. Three of them are the reasons of conditions as well.
const (
	// ReadBackSame says that Jira has the record as it was told, or with the same state and a higher number.
	ReadBackSame ReadBackResult = "Same"

	// ReadBackOlder says that Jira has an earlier update of the record.
	ReadBackOlder ReadBackResult = ReasonOlder

	// ReadBackNewer says that Jira has another state of the record, with a number that is not lower than that of Rollcall.
	ReadBackNewer ReadBackResult = ReasonNewer

	// ReadBackMissing says that Jira has nothing of the record.
	ReadBackMissing ReadBackResult = ReasonMissing

	// ReadBackNotPermitted says that the credential may write, and not read.
	ReadBackNotPermitted ReadBackResult = "NotPermitted"

	// ReadBackError says that Jira could not be asked.
	ReadBackError ReadBackResult = "Error"
)

// Differs says whether Jira has something else than it took.
func (r ReadBackResult) Differs() bool {
	return r == ReadBackOlder || r == ReadBackNewer || r == ReadBackMissing
}
