// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"k8s.io/apimachinery/pkg/types"
)

// WorkloadReference identifies what a record tells of: a workload, or a run that builds.
type WorkloadReference struct {
	// apiVersion is its API group and version.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	APIVersion string `json:"apiVersion,omitempty"`

	// kind is its kind.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z][A-Za-z0-9]*$')",message="must be the name of a kind, such as Deployment"
	Kind string `json:"kind,omitempty"`

	// name is its name, in the record's own namespace.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$')",message="must be the name of an object, such as web"
	Name string `json:"name,omitempty"`

	// uid tells it from an earlier one of the same name.
	// +required
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	UID types.UID `json:"uid,omitempty"`
}

// Pipeline is what Jira groups deployments by: the workload.
type Pipeline struct {
	// id is what Jira knows the pipeline by.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="cannot be changed: it identifies the deployment in Jira",reason=FieldValueForbidden
	ID string `json:"id,omitempty"`

	// name is what Jira shows; where it is not set, the id.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Name string `json:"name,omitempty"`

	// url is the pipeline's link; where it is not set, the deployment's.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	// +kubebuilder:validation:XValidation:rule="isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHost() != ''",message="must be an http or https URL, such as https://ci.example.com/builds/7"
	// +kubebuilder:validation:XValidation:rule="!self.matches('^[^/?#]*//[^/?#]*@')",message="must name no user before its host: it would seem to lead elsewhere"
	// +kubebuilder:validation:XValidation:rule=`!self.matches(r'[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?i)%(C2%AD|D8%9C|E2%80%(8[B-F]|A[8-E])|E2%81%A[0-9A-F]|EF%BB%BF|F3%A0%8[01])')`,message="must hold no characters that cannot be seen, or that turn the text around"
	URL string `json:"url,omitempty"`
}

// PipelineIdentity says what the ids of pipelines hold.
//
// +kubebuilder:validation:Enum=KindAndName;Name
type PipelineIdentity string

// What the ids of pipelines can hold.
const (
	// PipelineIDsKindAndName tells two kinds of one name apart.
	PipelineIDsKindAndName PipelineIdentity = "KindAndName"

	// PipelineIDsName takes all workloads of one name for one pipeline.
	PipelineIDsName PipelineIdentity = "Name"
)
