package v1alpha1

// Annotations that a person or a pipeline writes on a workload or on its pod template. Those on the
// pod template are read first: they belong to the revision.
const (
	// AnnotationIssueKeys lists the issue keys of a release. Where it is present, nothing else is read.
	AnnotationIssueKeys = "rollcall.dev/issue-keys"

	// AnnotationCommitMessage holds a commit message, searched for issue keys.
	AnnotationCommitMessage = "rollcall.dev/commit-message"

	// AnnotationBranch holds a branch name, searched for issue keys.
	AnnotationBranch = "rollcall.dev/branch"

	// AnnotationChangeCause is kubectl's own annotation, searched for issue keys.
	AnnotationChangeCause = "kubernetes.io/change-cause"

	// AnnotationServiceIDs lists Jira Service Management service ids.
	AnnotationServiceIDs = "rollcall.dev/service-ids"

	// AnnotationURL is where a reader of the issue gets to from this deployment. It gives way to the
	// site's template.
	AnnotationURL = "rollcall.dev/url"

	// AnnotationSites narrows the sites that a workload is reported to: JiraSite names, comma-separated.
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

// KeyEnvironmentType is the label (or annotation) of a namespace that gives its environment type,
// where no rule of the site matches.
const KeyEnvironmentType = "rollcall.dev/environment-type"

// AnnotationWorkloadGoneSince is written on a record by Rollcall: the time (RFC 3339) at which the
// record's workload was first seen to be gone. The site's retention.afterDeletion counts from it.
const AnnotationWorkloadGoneSince = "rollcall.dev/workload-gone-since"

// Keys of the Secret that a JiraSite names.
const (
	// SecretClientID holds the OAuth client id.
	SecretClientID = "client-id"

	// SecretClientSecret holds the OAuth client secret.
	SecretClientSecret = "client-secret"
)
