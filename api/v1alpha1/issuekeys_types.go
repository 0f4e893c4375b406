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
}
