// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// JiraSite is a Jira Cloud site that rollouts are reported to: where it is, which Secret opens it,
// and how workloads, issue keys and environments are read for it.
//
// +genclient
// +genclient:nonNamespaced
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,categories=jira,shortName=jsite
// +kubebuilder:printcolumn:name="Host",type=string,JSONPath=`.spec.host`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Suspended",type=boolean,JSONPath=`.spec.suspend`
// +kubebuilder:printcolumn:name="DryRun",type=boolean,JSONPath=`.spec.dryRun`
// +kubebuilder:printcolumn:name="Pending",type=integer,JSONPath=`.status.pending`,priority=1
// +kubebuilder:printcolumn:name="Oldest",type=date,JSONPath=`.status.oldestPending`,priority=1
// +kubebuilder:printcolumn:name="Accepted",type=date,JSONPath=`.status.lastAccepted`,priority=1
// +kubebuilder:printcolumn:name="Probed",type=date,JSONPath=`.status.lastProbeTime`,priority=1
// +kubebuilder:printcolumn:name="ReadBack",type=string,JSONPath=`.status.readBack.result`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type JiraSite struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what a person asks for.
	// +required
	Spec JiraSiteSpec `json:"spec,omitzero"`

	// status is what Rollcall found.
	// +optional
	Status JiraSiteStatus `json:"status,omitzero"`
}

// JiraSiteList is a list of JiraSites.
//
// +kubebuilder:object:root=true
type JiraSiteList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []JiraSite `json:"items"`
}

// JiraSiteSpec is what a person asks for.
//
// +kubebuilder:validation:XValidation:rule="!has(self.projects) || !has(self.environments) || self.environments.all(e, !has(e.projects) || e.projects.all(p, p in self.projects))",message="projects of an environment must be among spec.projects, where that is set",fieldPath=".environments"
type JiraSiteSpec struct {
	// host is the site's host name, such as acme.atlassian.net: no scheme, no path.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*(:[0-9]{1,5})?$')",message="must be a host name in lower case, such as acme.atlassian.net: no scheme, no path"
	Host string `json:"host,omitempty"`

	// cloudID is the id of the site in Atlassian's cloud. Where it is not set, it is read from
	// https://<host>/_edge/tenant_info.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9-]+$')",message="must be the id that https://<host>/_edge/tenant_info shows, such as 11223344-a1b2-3c33-c444-def123456789"
	CloudID string `json:"cloudID,omitempty"`

	// apiURL is where the API is: https, or http on loopback. The Secret has to allow it, and so has the manager
	// (--allowed-api-hosts).
	// +optional
	// +default="https://api.atlassian.com"
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	// +kubebuilder:validation:XValidation:rule="isURL(self) && url(self).getHostname() != '' && (url(self).getScheme() == 'https' || (url(self).getScheme() == 'http' && url(self).getHostname() in ['localhost', '127.0.0.1', '::1']))",message="must be an https URL, such as https://api.atlassian.com (http is allowed on loopback only)"
	// +kubebuilder:validation:XValidation:rule="!self.matches('[@?#]')",message="must hold no user, query or fragment: credentials belong into the Secret"
	APIURL string `json:"apiURL,omitempty"`

	// credentials are what opens the site.
	// +required
	Credentials Credentials `json:"credentials,omitzero"`

	// projects are the keys of the site's projects. Where they are listed, only their issues count, and
	// lower case is read too (feature/shop-12).
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=500
	// +kubebuilder:validation:items:MinLength=2
	// +kubebuilder:validation:items:MaxLength=64
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[A-Z][A-Z0-9_]+$')",message="must be a project key in upper case, such as SHOP"
	Projects []string `json:"projects,omitempty"`

	// issueKeys says where issue keys are read from, beside the places that are always read.
	// +optional
	IssueKeys IssueKeySources `json:"issueKeys,omitzero"`

	// commits find issue keys in the commits that a rollout ships. Where it is not set, nobody is asked.
	// +optional
	Commits *Commits `json:"commits,omitempty"`

	// builds say which runs are reported as builds. Where it is not set, those with the label rollcall.dev/build: "true" are.
	// The manager has to watch their kinds (--builds, the chart's builds).
	// +optional
	Builds Builds `json:"builds,omitzero"`

	// environments map workloads to the environments that Jira shows. The list is ordered: the first rule that
	// matches wins. Rules may share an id, such as two that find one environment's namespaces by different
	// selectors; then they share name and type as well. A workload that says its own environment goes before them.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:XValidation:rule="self.all(a, self.all(b, a.id != b.id || (a.type == b.type && (has(a.name) ? a.name : a.id) == (has(b.name) ? b.name : b.id))))",message="rules that share an id must share name and type too, because Jira knows one environment by its id"
	// +kubebuilder:validation:XValidation:rule="self.map(r, has(r.namespaces) ? size(r.namespaces) : 0).sum() <= 2000",message="rules may name 2000 namespaces in sum: use globs, or a namespaceSelector"
	Environments []EnvironmentRule `json:"environments,omitempty"`

	// namespaceSelector selects the namespaces that are reported to this site; where it is not set, all.
	// +optional
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector,omitempty"`

	// excludeNamespaces are names or globs of namespaces that are not reported to this site, whatever else selects
	// them: "pr-*" keeps previews from becoming environments for ever.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	// +kubebuilder:validation:items:XValidation:rule="self.matches('[^*]')",message="leaves out every namespace: name some, such as pr-*, or set spec.suspend to send nothing"
	ExcludeNamespaces []string `json:"excludeNamespaces,omitempty"`

	// workloadSelector selects the workloads that are reported to this site; where it is not set, all.
	// +optional
	WorkloadSelector *metav1.LabelSelector `json:"workloadSelector,omitempty"`

	// revisionWorkloadSelector selects workloads that are reported though their owner makes a new one for each of its
	// revisions, such as Knative's Deployments; where it is not set, none. Each is a pipeline of its own in Jira.
	// +optional
	RevisionWorkloadSelector *metav1.LabelSelector `json:"revisionWorkloadSelector,omitempty"`

	// pipelineIDs says what the id of a workload's pipeline holds beside the cluster and the namespace: the workload's
	// kind and name (KindAndName), or its name alone (Name). With Name, a workload that moves from one kind to another,
	// such as from a Deployment to a Rollout, stays one pipeline in Jira; but so do two workloads of one name.
	// A change makes new pipelines with the next releases.
	// +optional
	// +default="KindAndName"
	PipelineIDs PipelineIdentity `json:"pipelineIDs,omitempty"`

	// templates make the links and names that Jira shows.
	// +optional
	Templates Templates `json:"templates,omitzero"`

	// gitOps says where the user interfaces of GitOps tools are: a workload that one of them manages links
	// there, unless its own annotation (rollcall.dev/url) or templates.url links elsewhere.
	// +optional
	GitOps GitOps `json:"gitOps,omitzero"`

	// restarts says what a restart (kubectl rollout restart) is: no deployment (Ignore), or one (Report).
	// +optional
	// +default="Ignore"
	Restarts RestartPolicy `json:"restarts,omitempty"`

	// existing says what happens to what was rolled out before the site existed: Jira is told of it as of something
	// past, so that its automations do not move issues (Report), or it is recorded and never sent (Ignore).
	// +optional
	// +default="Report"
	Existing ExistingPolicy `json:"existing,omitempty"`

	// handmade says what records that were made by hand may say.
	// +optional
	// +default={}
	Handmade Handmade `json:"handmade,omitzero"`

	// progressDeadline is how long a rollout may make no progress before it counts as failed, where its own
	// controller does not say so: that of a StatefulSet or a DaemonSet, and of a Deployment without a deadline.
	// +optional
	// +default="10m"
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]+([.][0-9]+)?(ns|us|µs|ms|s|m|h))+$') && duration(self) > duration('0s')",message="must be a duration longer than 0s, such as 10m or 1h30m"
	ProgressDeadline metav1.Duration `json:"progressDeadline,omitempty,omitzero"`

	// retention says how long records are kept.
	// +optional
	// +default={}
	Retention Retention `json:"retention,omitzero"`

	// requestsPerMinute is the most requests that the site is sent in a minute.
	// +optional
	// +default=900
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=6000
	RequestsPerMinute int32 `json:"requestsPerMinute,omitempty"`

	// suspend stops all sending to the site. Records are written, and wait.
	// +optional
	Suspend bool `json:"suspend,omitempty"`

	// dryRun writes records and sends nothing: it shows what Jira would be told.
	// +optional
	DryRun bool `json:"dryRun,omitempty"`
}

// RestartPolicy says what a restart is.
//
// +kubebuilder:validation:Enum=Ignore;Report
type RestartPolicy string

// What a restart can be.
const (
	// RestartsIgnore makes a restart no deployment.
	RestartsIgnore RestartPolicy = "Ignore"

	// RestartsReport makes a restart a deployment of its own.
	RestartsReport RestartPolicy = "Report"
)
