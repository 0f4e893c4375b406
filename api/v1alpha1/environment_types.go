// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// EnvironmentRule maps workloads to an environment, by their namespaces, by their own labels, or by both. A workload
// matches where one of the globs and both selectors do; what is not set matches everything.
//
// +kubebuilder:validation:XValidation:rule="has(self.namespaces) || has(self.namespaceSelector) || has(self.workloadSelector)",message="needs namespaces, namespaceSelector or workloadSelector, one or more of them: a rule that matches everything hides those below it"
type EnvironmentRule struct {
	// id is what Jira knows the environment by. It must stay the same for ever: a new id is a new
	// environment on every issue.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	ID string `json:"id,omitempty"`

	// name is what Jira shows; where it is not set, the id.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Name string `json:"name,omitempty"`

	// type is the kind of environment.
	// +required
	Type EnvironmentType `json:"type,omitempty"`

	// namespaces are names or globs: '*' is any text, '?' any character, '[a-c]' one of a range.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	Namespaces []string `json:"namespaces,omitempty"`

	// namespaceSelector selects namespaces by label.
	// +optional
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector,omitempty"`

	// workloadSelector selects workloads by label, for two environments in one namespace. It looks at the labels of the
	// workload, not at those of its pod template.
	// +optional
	WorkloadSelector *metav1.LabelSelector `json:"workloadSelector,omitempty"`

	// projects are the keys of the projects whose issues count in the rule's namespaces and in its environment; where
	// it is not set, all of spec.projects. It holds also for a workload there that says an environment of its own.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MinLength=2
	// +kubebuilder:validation:items:MaxLength=64
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[A-Z][A-Z0-9_]+$')",message="must be a project key in upper case, such as SHOP"
	Projects []string `json:"projects,omitempty"`
}

// EnvironmentType is the kind of an environment, in Jira's own words.
//
// +kubebuilder:validation:Enum=unmapped;development;testing;staging;production
type EnvironmentType string

// The environment types that Jira knows.
const (
	EnvironmentUnmapped    EnvironmentType = "unmapped"
	EnvironmentDevelopment EnvironmentType = "development"
	EnvironmentTesting     EnvironmentType = "testing"
	EnvironmentStaging     EnvironmentType = "staging"
	EnvironmentProduction  EnvironmentType = "production"
)

// Environment is where a deployment went.
type Environment struct {
	// id is what Jira knows the environment by.
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

	// type is the kind of environment.
	// +required
	Type EnvironmentType `json:"type,omitempty"`
}
