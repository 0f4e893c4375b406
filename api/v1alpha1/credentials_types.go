// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Credentials are what opens a site: an OAuth credential that was made in Jira, kept in a Secret.
//
// +kubebuilder:validation:XValidation:rule="self.clientIDKey != self.clientSecretKey",message="clientIDKey and clientSecretKey must be two keys: client id and secret are two values"
type Credentials struct {
	// secretName names a Secret in the operator's own namespace. Its annotations say where the credential may be sent
	// (rollcall.dev/api-url, rollcall.dev/token-url; without them to Atlassian's own API), and for which JiraSites
	// (rollcall.dev/sites; without it for all).
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="!format.dns1123Subdomain().validate(self).hasValue()",message="must be the name of a Secret in the operator's namespace: lower-case letters, digits, '-' and '.'"
	SecretName string `json:"secretName,omitempty"`

	// clientIDKey is the key of the Secret that holds the client id.
	// +optional
	// +default="client-id"
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[-._a-zA-Z0-9]+$')",message="must be a key of a Secret: letters, digits, '-', '_' and '.'"
	ClientIDKey string `json:"clientIDKey,omitempty"`

	// clientSecretKey is the key of the Secret that holds the client secret.
	// +optional
	// +default="client-secret"
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[-._a-zA-Z0-9]+$')",message="must be a key of a Secret: letters, digits, '-', '_' and '.'"
	ClientSecretKey string `json:"clientSecretKey,omitempty"`

	// tokenURL is where tokens are got: https, or http on loopback. Where it is not set, <apiURL>/oauth/token. The Secret has
	// to allow it, and so has the manager (--allowed-api-hosts).
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	// +kubebuilder:validation:XValidation:rule="isURL(self) && url(self).getHostname() != '' && (url(self).getScheme() == 'https' || (url(self).getScheme() == 'http' && url(self).getHostname() in ['localhost', '127.0.0.1', '::1']))",message="must be an https URL, such as https://auth.atlassian-us-gov-mod.com/oauth/token (http is allowed on loopback only)"
	// +kubebuilder:validation:XValidation:rule="!self.matches('[@?#]')",message="must hold no user, query or fragment: credentials belong into the Secret"
	TokenURL string `json:"tokenURL,omitempty"`

	// audience is the API that tokens are asked for. Where it is not set, api.atlassian.com.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:XValidation:rule="self.matches('^[!-~]+$')",message="must be what the token endpoint knows the API by, such as api.atlassian-us-gov-mod.com: no spaces"
	Audience string `json:"audience,omitempty"`
}
