// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// JiraDeployment is the record of one deployment at one site: written before anything is sent, it is the
// durable outbox, the audit trail, and the answer to "why is it not in Jira?". Rollcall writes one for
// each revision of a workload; a person or a pipeline may write one by hand, and it is delivered alike.
//
// +genclient
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,categories=jira,shortName=jdep
// +kubebuilder:selectablefield:JSONPath=`.spec.site`
// +kubebuilder:selectablefield:JSONPath=`.spec.state`
// +kubebuilder:printcolumn:name="Site",type=string,JSONPath=`.spec.site`
// +kubebuilder:printcolumn:name="Environment",type=string,JSONPath=`.spec.environment.name`
// +kubebuilder:printcolumn:name="Type",type=string,JSONPath=`.spec.environment.type`
// +kubebuilder:printcolumn:name="Issues",type=string,JSONPath=`.spec.issueKeys`
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.spec.state`
// +kubebuilder:printcolumn:name="Delivered",type=string,JSONPath=`.status.conditions[?(@.type=="Delivered")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Delivered")].reason`,priority=1
// +kubebuilder:printcolumn:name="Source",type=string,JSONPath=`.status.conditions[?(@.type=="SourceResolved")].reason`,priority=1
// +kubebuilder:printcolumn:name="Commits",type=integer,JSONPath=`.spec.source.commits`,priority=1
// +kubebuilder:printcolumn:name="Revision",type=string,JSONPath=`.spec.source.revision`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type JiraDeployment struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what Jira is told. Whoever writes it writes all of it.
	// +required
	// +structType=atomic
	Spec JiraDeploymentSpec `json:"spec,omitzero"`

	// status is what Jira answered.
	// +optional
	Status JiraDeploymentStatus `json:"status,omitzero"`
}

// JiraDeploymentList is a list of JiraDeployments.
//
// +kubebuilder:object:root=true
type JiraDeploymentList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []JiraDeployment `json:"items"`
}

// MaxAssociations is how many issue keys and service ids Jira takes for one deployment, in sum.
const MaxAssociations = 500

// MaxAssociationsSize is how long they may be in sum, in characters. 500 of the longest issue keys have half of that.
const MaxAssociationsSize = 64 << 10

// JiraDeploymentSpec is what Jira is told. What identifies the deployment in Jira cannot be changed.
//
// +kubebuilder:validation:XValidation:rule="(has(self.issueKeys) ? size(self.issueKeys) : 0) + (has(self.serviceIDs) ? size(self.serviceIDs) : 0) > 0 || (has(self.workload) && has(self.source))",message="needs an issue key or a service id: Jira shows a deployment nowhere else"
// +kubebuilder:validation:XValidation:rule="(has(self.issueKeys) ? size(self.issueKeys) : 0) + (has(self.serviceIDs) ? size(self.serviceIDs) : 0) <= 500",message="Jira takes at most 500 issue keys and service ids in sum"
// +kubebuilder:validation:XValidation:rule="(has(self.issueKeys) ? self.issueKeys.map(k, size(k)).sum() : 0) + (has(self.serviceIDs) ? self.serviceIDs.map(s, size(s)).sum() : 0) <= 65536",message="issue keys and service ids may have 65536 characters in sum"
// +kubebuilder:validation:XValidation:rule="has(self.sequence) == has(oldSelf.sequence) && (!has(self.sequence) || self.sequence == oldSelf.sequence)",message="cannot be changed: it identifies the deployment in Jira",fieldPath=".sequence",reason=FieldValueForbidden
// +kubebuilder:validation:XValidation:rule="has(self.workload) == has(oldSelf.workload) && (!has(self.workload) || self.workload == oldSelf.workload)",message="cannot be changed: a record belongs to one workload",fieldPath=".workload",reason=FieldValueForbidden
type JiraDeploymentSpec struct {
	// site names the JiraSite that the deployment is reported to.
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

	// workload is what was rolled out. A record that was made by hand has none.
	// +optional
	Workload *WorkloadReference `json:"workload,omitempty"`

	// revision is the workload's own number of the rollout.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Revision int64 `json:"revision,omitempty"`

	// templateHash is the hash of the revision's pod template, by which a rollback is known.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	TemplateHash string `json:"templateHash,omitempty"`

	// evidence are fingerprints of what the record was made from: the pod template, and the texts that issue keys are read
	// from. By them the next revision tells which texts are its own.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	Evidence string `json:"evidence,omitempty"`

	// rollbackToRevision is the earlier revision whose template, and whose issue keys, this one restores.
	// +optional
	// +kubebuilder:validation:Minimum=1
	RollbackToRevision int64 `json:"rollbackToRevision,omitempty"`

	// sequence is Jira's deploymentSequenceNumber: it rises from one deployment of a pipeline to the
	// next. Where it is not set, the record's creation time stands in (in seconds, x 10^6, and a number below
	// that from its UID).
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=9007199254740991
	Sequence int64 `json:"sequence,omitempty"`

	// pipeline is what Jira groups deployments by.
	// +required
	Pipeline Pipeline `json:"pipeline,omitzero"`

	// environment is where it was deployed to.
	// +required
	Environment Environment `json:"environment,omitzero"`

	// state is how far the deployment is.
	// +required
	State DeploymentState `json:"state,omitempty"`

	// lastUpdated is when the state became what it is; where it is not set, the record's creation time.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self >= timestamp('1970-01-01T00:00:00Z') && self < timestamp('9999-01-01T00:00:00Z')",message="must be a time from 1970 on as RFC 3339 writes it, such as 2026-07-01T10:00:00Z"
	LastUpdated metav1.Time `json:"lastUpdated,omitzero"`

	// startTime is when the rollout began. With completionTime it tells how long the rollout took.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self >= timestamp('1970-01-01T00:00:00Z') && self < timestamp('9999-01-01T00:00:00Z')",message="must be a time from 1970 on as RFC 3339 writes it, such as 2026-07-01T10:00:00Z"
	StartTime metav1.Time `json:"startTime,omitzero"`

	// completionTime is when the rollout ended. It stays when the deployment is rolled back later.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self >= timestamp('1970-01-01T00:00:00Z') && self < timestamp('9999-01-01T00:00:00Z')",message="must be a time from 1970 on as RFC 3339 writes it, such as 2026-07-01T10:00:00Z"
	CompletionTime metav1.Time `json:"completionTime,omitzero"`

	// operationType is Backfill where Jira is told of something past: what was rolled out before the site existed, or
	// another name of an environment. Jira's automations do not move issues for it. Where it is not set, Normal.
	// +optional
	OperationType OperationType `json:"operationType,omitempty"`

	// displayName is what Jira calls the deployment; where it is not set, the record's name.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	DisplayName string `json:"displayName,omitempty"`

	// description says in a sentence what was deployed.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Description string `json:"description,omitempty"`

	// label is the version that was deployed.
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

	// issueKeys are the keys of the issues that the deployment ships.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=500
	// +kubebuilder:validation:items:MinLength=4
	// +kubebuilder:validation:items:MaxLength=255
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[A-Z][A-Z0-9_]+-[1-9][0-9]*$')",message="must be an issue key, such as SHOP-12"
	IssueKeys []string `json:"issueKeys,omitempty"`

	// serviceIDs are ids of Jira Service Management services.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=500
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=255
	ServiceIDs []string `json:"serviceIDs,omitempty"`

	// source is which commits the deployment ships. Keys that they name are found later than the record is made.
	// +optional
	Source *Source `json:"source,omitempty"`

	// droppedAssociations is how many issue keys and service ids were left out, because Jira takes 500.
	// +optional
	// +kubebuilder:validation:Minimum=1
	DroppedAssociations int32 `json:"droppedAssociations,omitempty"`
}
