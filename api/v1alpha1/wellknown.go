// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Annotations that a person or a pipeline writes on a workload or on its pod template. Those on the
// pod template are read first: they belong to the revision.
const (
	// AnnotationIssueKeys lists the issue keys of a release. On a pod template nothing else is read beside it. On a record
	// it replaces the keys that Jira was told.
	AnnotationIssueKeys = "rollcall.dev/issue-keys"

	// AnnotationCommitMessage holds a commit message, searched for issue keys.
	AnnotationCommitMessage = "rollcall.dev/commit-message"

	// AnnotationBranch holds a branch name, searched for issue keys.
	AnnotationBranch = "rollcall.dev/branch"

	// AnnotationChangeCause is kubectl's own annotation, searched for issue keys.
	AnnotationChangeCause = "kubernetes.io/change-cause"

	// AnnotationServiceIDs lists Jira Service Management service ids.
	AnnotationServiceIDs = "rollcall.dev/service-ids"

	// AnnotationURL is where a reader of the issue gets to from this deployment. It goes before the site's
	// template.
	AnnotationURL = "rollcall.dev/url"

	// AnnotationRepository and AnnotationRevision say on a pod template which commit runs: the URL of a Git repository, and a
	// commit id or a tag.
	AnnotationRepository = "rollcall.dev/repository"
	AnnotationRevision   = "rollcall.dev/revision"

	// AnnotationPaths narrows the commits of a release to those that touch these paths, comma-separated:
	// services/checkout/**. It is read from the pod template and from the workload.
	AnnotationPaths = "rollcall.dev/paths"

	// AnnotationTraceparent is the span of a pipeline that a rollout, or a build, goes on with, as W3C Trace Context writes it:
	// 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01. It stands on a pod template, a workload, a run or a record.
	AnnotationTraceparent = "rollcall.dev/traceparent"

	// AnnotationSites narrows the sites that a workload, or a run, is reported to, and on a Secret those that may use it: JiraSite
	// names, comma-separated.
	AnnotationSites = "rollcall.dev/sites"
)

// Labels that are searched for issue keys. A label value holds neither a space nor a '#':
// SHOP-12-fix-login is enough.
const (
	// LabelCommit names the commit that a release was built from.
	LabelCommit = "rollcall.dev/commit"

	// LabelVersion is Kubernetes' recommended label for the version of an application.
	LabelVersion = "app.kubernetes.io/version"
)

// LabelBuild selects a run, such as a Job, that builds software: "true" has it reported as a build, and "false" keeps it from
// being reported, whatever a site selects.
const LabelBuild = "rollcall.dev/build"

// Labels or annotations that say where something is deployed.
const (
	// KeyEnvironment names the environment of a workload: by the id of a rule of the site, or by a name of its own. It is
	// read from the pod template and from the workload.
	KeyEnvironment = "rollcall.dev/environment"

	// KeyEnvironmentType gives the type of a workload's environment, or of a namespace where no rule of the site matches.
	KeyEnvironmentType = "rollcall.dev/environment-type"
)

// Labels that Rollcall writes on its records, for tools that select by them. A value that is longer than the 63
// characters of a label is cut, and ends in a hash of the whole.
const (
	// LabelManagedBy is Kubernetes' recommended label for the tool that manages an object.
	LabelManagedBy = "app.kubernetes.io/managed-by"

	// ManagedByRollcall is the value of LabelManagedBy.
	ManagedByRollcall = "rollcall"

	// LabelSite is the name of the JiraSite.
	LabelSite = "rollcall.dev/site"

	// LabelWorkloadKind is the kind of the workload, such as Deployment.
	LabelWorkloadKind = "rollcall.dev/workload-kind"

	// LabelWorkloadName is the name of the workload.
	LabelWorkloadName = "rollcall.dev/workload-name"

	// LabelRunKind is the kind of the run that a build's record tells of, such as Job.
	LabelRunKind = "rollcall.dev/run-kind"

	// LabelRunName is the name of that run.
	LabelRunName = "rollcall.dev/run-name"

	// LabelEnvironmentType is the type of the environment, such as production. It is written as on a namespace.
	LabelEnvironmentType = KeyEnvironmentType
)

// Annotations that a person or a pipeline writes on a run that builds software, beside those that a workload may have:
// rollcall.dev/repository, rollcall.dev/revision, rollcall.dev/branch and rollcall.dev/commit-message.
const (
	// AnnotationTests says how the run's tests ended: "total=120,passed=118,failed=1,skipped=1". What is left out is 0, and
	// the total the sum of the others.
	AnnotationTests = "rollcall.dev/tests"

	// AnnotationImageDigest lists the digests of the images that the run produced, comma-separated:
	// sha256:3b0c...e1, or registry.example.com/shop@sha256:3b0c...e1.
	AnnotationImageDigest = "rollcall.dev/image-digest"
)

// AnnotationResync is written on a JiraSite by a person. A value that is new there, such as the date, has all that Jira took
// sent once more. The first 253 characters count.
const AnnotationResync = "rollcall.dev/resync"

// AnnotationWorkloadGoneSince is written on a record by Rollcall: the time (RFC 3339) at which the
// record's workload was first seen to be gone. The site's retention.afterDeletion counts from it.
const AnnotationWorkloadGoneSince = "rollcall.dev/workload-gone-since"

// AnnotationRecordedAt is written on a record by Rollcall: when it made the record, as RFC 3339. A record that was created
// much later was restored from a backup.
const AnnotationRecordedAt = "rollcall.dev/recorded-at"

// AnnotationUnavailableBefore is written on a record by Rollcall: how many of the workload's pods were unavailable before
// its rollout began, and have been ever since. The rollout is judged against them.
const AnnotationUnavailableBefore = "rollcall.dev/unavailable-before"

// AnnotationFailedAt is written on a record by Rollcall: when its rollout failed, as RFC 3339. It stays when the release is rolled
// back later, and goes where the rollout succeeds after all.
const AnnotationFailedAt = "rollcall.dev/failed-at"

// AnnotationEvidence is written on a record by Rollcall: what it noted after the record was made, beside spec.evidence.
const AnnotationEvidence = "rollcall.dev/evidence"

// AnnotationReverts is written on a record by Rollcall: what the release's texts say is reverted.
const AnnotationReverts = "rollcall.dev/reverts"

// AnnotationSourceProblem is written on a record by Rollcall: why it is not known which commits the release ships. It is a
// reason of the SourceResolved condition, a colon, and the message.
const AnnotationSourceProblem = "rollcall.dev/source-problem"

// AnnotationCancelling is written on a build's record by Rollcall: somebody cancels the run, so that it was cancelled if it
// goes away.
const AnnotationCancelling = "rollcall.dev/cancelling"

// AnnotationMergedRevisions is written on a record by Rollcall: how many releases before it were superseded before Jira was
// told of them, and have no record any more.
const AnnotationMergedRevisions = "rollcall.dev/merged-revisions"

// Annotations of the Secret that a JiraSite names. They say where what is in it may be sent, whatever the JiraSite says.
const (
	// AnnotationAPIURL is the apiURL that the credential is for; where it is not there, Atlassian's own.
	AnnotationAPIURL = "rollcall.dev/api-url"

	// AnnotationTokenURL is where tokens may be got with the credential; where it is not there, <api-url>/oauth/token.
	AnnotationTokenURL = "rollcall.dev/token-url"
)

// AnnotationRepositories is written on a Secret that a JiraSite names in spec.commits.repositories: the URLs of the
// repositories, or of folders or hosts of such, that may be asked with it, comma-separated. Without it none may.
const AnnotationRepositories = "rollcall.dev/repositories"

// Keys of the Secret that a JiraSite names, unless its credentials name others.
const (
	// SecretClientID is the default of clientIDKey.
	SecretClientID = "client-id"

	// SecretClientSecret is the default of clientSecretKey.
	SecretClientSecret = "client-secret"
)
