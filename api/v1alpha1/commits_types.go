// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Commits say where the commits that a rollout ships are found, and who may be asked for them. An image or a workload
// chooses among what is listed here; it never chooses where a credential goes.
//
// +kubebuilder:validation:XValidation:rule="has(self.repositories) || has(self.registries)",message="list repositories, registries or both: nobody else is asked"
type Commits struct {
	// repositories may be asked for commits. What lies below two of them belongs to the longer one.
	// +optional
	// +listType=map
	// +listMapKey=url
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=50
	Repositories []CommitRepositories `json:"repositories,omitempty"`

	// registries may be asked what an image says of its source: hosts, such as ghcr.io, or the beginning of a path on one,
	// such as ghcr.io/acme.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=512
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^(http://(localhost|127[.]0[.]0[.]1)(:[0-9]{1,5})?|[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?)(/[a-z0-9._/-]*[a-z0-9])?$')",message="must be a registry's host, such as ghcr.io, or the beginning of a path on it, such as ghcr.io/acme (http:// is for loopback only)"
	Registries []string `json:"registries,omitempty"`

	// registrySecretName names a Secret of type kubernetes.io/dockerconfigjson in the operator's own namespace. It says itself
	// for which registries it is. Where it is not set, public images are read.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="!format.dns1123Subdomain().validate(self).hasValue()",message="must be the name of a Secret in the operator's namespace: lower-case letters, digits, '-' and '.'"
	RegistrySecretName string `json:"registrySecretName,omitempty"`

	// tokenServers are hosts that a registry may name as where it takes its credentials, beside its own host and those of its
	// own site.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?$')",message="must be a host name in lower case, such as auth.acme.example: no scheme, no path"
	TokenServers []string `json:"tokenServers,omitempty"`

	// images say the repository of images that do not say it themselves. The first that matches counts.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=200
	Images []CommitImages `json:"images,omitempty"`
}

// CommitRepositories are Git repositories that may be asked, and with what.
type CommitRepositories struct {
	// url is that of a host, of a folder or of one repository, such as https://github.com/acme. A repository belongs to it by
	// whole parts of its path: https://github.com/acme-tools/shop does not.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	// +kubebuilder:validation:XValidation:rule="isURL(self) && url(self).getHostname() != '' && (url(self).getScheme() == 'https' || (url(self).getScheme() == 'http' && url(self).getHostname() in ['localhost', '127.0.0.1', '::1']))",message="must be an https URL, such as https://github.com/acme (http is allowed on loopback only)"
	// +kubebuilder:validation:XValidation:rule="!self.matches('[@?#]')",message="must hold no user, query or fragment: credentials belong into a Secret"
	// +kubebuilder:validation:XValidation:rule="!self.matches('%|[.][.]|[^:]//')",message="must be written plainly: no '..', no empty part of a path, nothing percent-encoded"
	URL string `json:"url,omitempty"`

	// secretName names a Secret in the operator's own namespace, with the keys that Flux has for its GitRepositories: username
	// and password; or bearerToken; or githubAppID, githubAppInstallationID and githubAppPrivateKey, of a GitHub App, with
	// githubAppBaseURL where its API is not GitHub's own. ca.crt holds certificates that are trusted beside the system's. Its
	// annotation rollcall.dev/repositories says which repositories it is for. Where secretName is not set, the repositories
	// are public.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="!format.dns1123Subdomain().validate(self).hasValue()",message="must be the name of a Secret in the operator's namespace: lower-case letters, digits, '-' and '.'"
	SecretName string `json:"secretName,omitempty"`
}

// CommitImages are images, and the repository that they are built from.
type CommitImages struct {
	// image is the name of images without tag and digest, as pod templates write it. A * stands for anything but a slash:
	// ghcr.io/acme/shop-*.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9._/:*?-]+$') && !self.matches('[^/]:[^/]*$')",message="must be an image's name without tag and digest, such as ghcr.io/acme/shop or ghcr.io/acme/*"
	Image string `json:"image,omitempty"`

	// repository is the URL of the Git repository. It has to be one of spec.commits.repositories.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	Repository string `json:"repository,omitempty"`

	// paths narrow the commits to those that touch them, such as services/checkout/**. The annotation rollcall.dev/paths of a
	// workload goes before them.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=512
	// +kubebuilder:validation:items:XValidation:rule="!self.matches('[*][*]/') && !self.startsWith('/')",message="must be a folder or a file of the repository, such as services/checkout/**: ** at its end alone, and no / before it"
	Paths []string `json:"paths,omitempty"`
}
