package v1alpha1

// Credentials are what opens a site.
type Credentials struct {
	// secretName names a Secret in the operator's own namespace, with the keys client-id and
	// client-secret of an OAuth credential that was made in Jira. It cannot be changed: new values go into
	// the same Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="!format.dns1123Subdomain().validate(self).hasValue()",message="must be the name of a Secret in the operator's namespace: lower-case letters, digits, '-' and '.'"
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="cannot be changed, because the site is tied to one credential: write new values into the same Secret, or delete the JiraSite and create it anew",reason=FieldValueForbidden
	SecretName string `json:"secretName,omitempty"`
}
