// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// JiraBuild is the record of one build at one site: written before anything is sent, it is the durable outbox, the audit
// trail, and the answer to "why is it not in Jira?". Rollcall writes one for each run that a site selects, such as a Job or a
// Tekton PipelineRun; a person or a pipeline may write one by hand, and it is delivered alike.
//
// +genclient
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,categories=jira,shortName=jbuild
// +kubebuilder:selectablefield:JSONPath=`.spec.site`
// +kubebuilder:selectablefield:JSONPath=`.spec.state`
// +kubebuilder:printcolumn:name="Site",type=string,JSONPath=`.spec.site`
// +kubebuilder:printcolumn:name="Pipeline",type=string,JSONPath=`.spec.pipelineID`,priority=1
// +kubebuilder:printcolumn:name="Build",type=string,JSONPath=`.spec.displayName`
// +kubebuilder:printcolumn:name="Issues",type=string,JSONPath=`.spec.issueKeys`
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.spec.state`
// +kubebuilder:printcolumn:name="Delivered",type=string,JSONPath=`.status.conditions[?(@.type=="Delivered")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Delivered")].reason`,priority=1
// +kubebuilder:printcolumn:name="Source",type=string,JSONPath=`.status.conditions[?(@.type=="SourceResolved")].reason`,priority=1
// +kubebuilder:printcolumn:name="Revision",type=string,JSONPath=`.spec.source.revision`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type JiraBuild struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what Jira is told. Whoever writes it writes all of it.
	// +required
	// +structType=atomic
	Spec JiraBuildSpec `json:"spec,omitzero"`

	// status is what Jira answered.
	// +optional
	Status JiraBuildStatus `json:"status,omitzero"`
}

// JiraBuildList is a list of JiraBuilds.
//
// +kubebuilder:object:root=true
type JiraBuildList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []JiraBuild `json:"items"`
}

// MaxBuildIssueKeys is how many issue keys Jira takes for one build.
const MaxBuildIssueKeys = 100

// JiraBuildSpec is what Jira is told. What identifies the build in Jira cannot be changed.
//
// +kubebuilder:validation:XValidation:rule="has(self.run) || (has(self.issueKeys) && size(self.issueKeys) > 0)",message="needs an issue key: Jira shows a build nowhere else",fieldPath=".issueKeys"
// +kubebuilder:validation:XValidation:rule="has(self.buildNumber) == has(oldSelf.buildNumber) && (!has(self.buildNumber) || self.buildNumber == oldSelf.buildNumber)",message="cannot be changed: it identifies the build in Jira",fieldPath=".buildNumber",reason=FieldValueForbidden
// +kubebuilder:validation:XValidation:rule="has(self.run) == has(oldSelf.run) && (!has(self.run) || self.run == oldSelf.run)",message="cannot be changed: a record belongs to one run",fieldPath=".run",reason=FieldValueForbidden
type JiraBuildSpec struct {
	// site names the JiraSite that the build is reported to.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$')",message="must be the name of a JiraSite"
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="cannot be changed: a record belongs to one site",reason=FieldValueForbidden
	Site string `json:"site,omitempty"`

	// clusterUID is the UID of the cluster that the record was made in: that of its namespace kube-system. A record
	// that was restored in another cluster is not sent. Without it the record counts as one of the cluster it is in.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="cannot be changed: a record belongs to one cluster",reason=FieldValueForbidden
	ClusterUID types.UID `json:"clusterUID,omitempty"`

	// run is what builds. A record that was made by hand has none.
	// +optional
	Run *WorkloadReference `json:"run,omitempty"`

	// pipelineID is what Jira groups builds by.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="cannot be changed: it identifies the build in Jira",reason=FieldValueForbidden
	PipelineID string `json:"pipelineID,omitempty"`

	// buildNumber rises from one build of a pipeline to the next. Where it is not set, the record's creation time stands in
	// (in seconds, x 10^6, and a number below that from its UID).
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=9007199254740991
	BuildNumber int64 `json:"buildNumber,omitempty"`

	// state is how far the build is.
	// +required
	State BuildState `json:"state,omitempty"`

	// lastUpdated is when the state became what it is; where it is not set, the record's creation time.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self >= timestamp('1970-01-01T00:00:00Z') && self < timestamp('9999-01-01T00:00:00Z')",message="must be a time from 1970 on as RFC 3339 writes it, such as 2026-07-01T10:00:00Z"
	LastUpdated metav1.Time `json:"lastUpdated,omitzero"`

	// operationType is Backfill where Jira is told of something past: what was built before the site existed. Jira's
	// automations do not move issues for it. Where it is not set, Normal.
	// +optional
	OperationType OperationType `json:"operationType,omitempty"`

	// displayName is what Jira calls the build; where it is not set, the record's name.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	DisplayName string `json:"displayName,omitempty"`

	// description says in a sentence what was built.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Description string `json:"description,omitempty"`

	// label is a further text, such as a version.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Label string `json:"label,omitempty"`

	// url is where a reader of the issue gets to; where it is not set, the first issue.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	// +kubebuilder:validation:XValidation:rule="isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHost() != ''",message="must be an http or https URL, such as https://ci.example.com/builds/7"
	// +kubebuilder:validation:XValidation:rule="!self.matches('^[^/?#]*//[^/?#]*@')",message="must name no user before its host: it would seem to lead elsewhere"
	// +kubebuilder:validation:XValidation:rule=`!self.matches(r'[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?i)%(C2%AD|D8%9C|E2%80%(8[B-F]|A[8-E])|E2%81%A[0-9A-F]|EF%BB%BF|F3%A0%8[01])')`,message="must hold no characters that cannot be seen, or that turn the text around"
	URL string `json:"url,omitempty"`

	// issueKeys are the keys of the issues that are built.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MinLength=4
	// +kubebuilder:validation:items:MaxLength=255
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[A-Z][A-Z0-9_]+-[1-9][0-9]*$')",message="must be an issue key, such as SHOP-12"
	IssueKeys []string `json:"issueKeys,omitempty"`

	// droppedIssueKeys is how many issue keys were left out, because Jira takes 100.
	// +optional
	// +kubebuilder:validation:Minimum=1
	DroppedIssueKeys int32 `json:"droppedIssueKeys,omitempty"`

	// tests are how many tests the build ran.
	// +optional
	Tests *BuildTests `json:"tests,omitempty"`

	// references are what the build is of.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=5
	References []BuildReference `json:"references,omitempty"`

	// images are the digests of the images that the build made. A Deployment that runs one of them has the build's commit.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MinLength=71
	// +kubebuilder:validation:items:MaxLength=71
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^sha256:[0-9a-f]{64}$')",message="must be the digest of an image: sha256: and 64 hexadecimal digits"
	Images []string `json:"images,omitempty"`

	// source is which commit is built. Keys that its commits name are found later than the record is made.
	// +optional
	Source *Source `json:"source,omitempty"`
}
