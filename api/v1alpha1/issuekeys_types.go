// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// IssueKeySources are places that issue keys are read from, beside the well-known ones.
type IssueKeySources struct {
	// annotations are names of annotations whose text is searched.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=317
	Annotations []string `json:"annotations,omitempty"`

	// labels are names of labels whose value is searched.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=317
	Labels []string `json:"labels,omitempty"`

	// imageTags says how the tag of the main container's image is read; where it is not set, Exact.
	// +optional
	ImageTags KeyReading `json:"imageTags,omitempty"`

	// versionLabels says how the label app.kubernetes.io/version is read; where it is not set, Exact.
	// +optional
	VersionLabels KeyReading `json:"versionLabels,omitempty"`
}

// KeyReading says how issue keys are read from what machines write: as Jira writes them (Exact), in lower case as well
// where the site lists its projects (AnyCase), or not at all (Off).
//
// +kubebuilder:validation:Enum=Exact;AnyCase;Off
type KeyReading string

// How issue keys can be read.
const (
	// KeysExact reads upper case alone: dev-153 is no issue of DEV.
	KeysExact KeyReading = "Exact"

	// KeysAnyCase reads lower case as well.
	KeysAnyCase KeyReading = "AnyCase"

	// KeysOff reads none.
	KeysOff KeyReading = "Off"
)
