// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Templates are Go templates (text/template) over the fields Cluster, Namespace, Kind, Name, Revision,
// Version, Environment, EnvironmentType and IssueKey. They may hold text, fields, if, with, and the functions and, or,
// not, eq, ne, lt, le, gt, ge, len, slice and urlquery. In links fields are escaped.
type Templates struct {
	// url makes the link of a deployment, where the workload has none of its own (rollcall.dev/url).
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	URL string `json:"url,omitempty"`

	// buildURL makes the link of a build, where neither the run (rollcall.dev/url) nor its tool names one. Kind, Namespace and
	// Name are the run's.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	BuildURL string `json:"buildURL,omitempty"`

	// pipelineURL makes the link of a deployment's pipeline; where it is not set, the deployment's link.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	PipelineURL string `json:"pipelineURL,omitempty"`

	// pipelineName makes the name of a deployment's pipeline; where it is not set, <namespace>/<name>.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	PipelineName string `json:"pipelineName,omitempty"`

	// displayName makes the name of a deployment; where it is not set, the workload's name and its version.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	DisplayName string `json:"displayName,omitempty"`

	// description makes the text of a deployment; where it is not set, the workload, its revision and its image. What
	// Kubernetes says of a rollback or a failure comes after it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	Description string `json:"description,omitempty"`
}

// GitOps says where the user interfaces of GitOps tools are.
type GitOps struct {
	// argoCDURL is where Argo CD is, such as https://argocd.acme.example. A workload is known as Argo CD's by
	// its annotation argocd.argoproj.io/tracking-id, or its label argocd.argoproj.io/instance.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1000
	// +kubebuilder:validation:XValidation:rule="isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHostname() != ''",message="must be an http or https URL, such as https://argocd.acme.example"
	// +kubebuilder:validation:XValidation:rule="!self.matches('^[^/?#]*//[^/?#]*@')",message="must name no user before its host: it would seem to lead elsewhere"
	// +kubebuilder:validation:XValidation:rule=`!self.matches(r'[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?i)%(C2%AD|D8%9C|E2%80%(8[B-F]|A[8-E])|E2%81%A[0-9A-F]|EF%BB%BF|F3%A0%8[01])')`,message="must hold no characters that cannot be seen, or that turn the text around"
	ArgoCDURL string `json:"argoCDURL,omitempty"`

	// fluxURLTemplate is a Go template that makes the link of the Flux object which applies a workload, over the
	// fields Kind (HelmRelease or Kustomization), Namespace and Name. A workload is known as Flux's by its
	// labels helm.toolkit.fluxcd.io/name or kustomize.toolkit.fluxcd.io/name, and the namespaces beside them.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	FluxURLTemplate string `json:"fluxURLTemplate,omitempty"`
}
