// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Conditions of a JiraSite. The site controller is their only writer.
const (
	// ConditionReady says that the spec holds, the credentials work, and Jira takes what is sent.
	ConditionReady = "Ready"

	// ConditionReconciling says that the site is not Ready, and that Rollcall tries again by itself. It is
	// one of the two conditions that kstatus, and with it Flux and Helm 4, reads beside Ready. It is there only
	// while it is True, with Ready's reason and message.
	ConditionReconciling = "Reconciling"

	// ConditionStalled says that the site is not Ready until a person mends what Ready's message names. It
	// is there only while it is True, and never together with Reconciling.
	ConditionStalled = "Stalled"
)

// ConditionBuildsPermissionMissing says that the site's credential may not use the Builds API, so that builds wait. It is there
// only while it is True. Deployments do not wait for it.
const ConditionBuildsPermissionMissing = "BuildsPermissionMissing"

// ConditionReadBackDiffers says of a site that Jira has something else of a record than it took: status.readBack names the
// record. It is there only while it is True, until another record that is read is as it was told. The site stays Ready.
const ConditionReadBackDiffers = "ReadBackDiffers"

// ConditionStored says of a record that Jira has something else than it took. It is there only while it is False, until Jira
// takes the record once more.
const ConditionStored = "Stored"

// Reasons of a site's ReadBackDiffers condition, and of a record's Stored condition.
const (
	// ReasonMissing says that Jira has nothing of what it took.
	ReasonMissing = "Missing"

	// ReasonOlder says that Jira has an earlier update than it took.
	ReasonOlder = "Older"

	// ReasonNewer says that Jira has another state than it took, with a number that is not lower.
	ReasonNewer = "Newer"
)

// Reasons of a JiraSite's Ready condition.
const (
	// ReasonReady says that the site's credentials were accepted.
	ReasonReady = "Ready"

	// ReasonSecretNotFound says that spec.credentials.secretName names no Secret in the operator's namespace.
	ReasonSecretNotFound = "SecretNotFound"

	// ReasonSecretIncomplete says that a key of the Secret is missing or empty.
	ReasonSecretIncomplete = "SecretIncomplete"

	// ReasonCredentialsRejected says that Jira did not give, or did not take, a token.
	ReasonCredentialsRejected = "CredentialsRejected"

	// ReasonCredentialsRefused says that the Secret does not allow the site's apiURL or tokenURL, or the site itself.
	ReasonCredentialsRefused = "CredentialsRefused"

	// ReasonHostNotAllowed says that the manager may not send requests where the site leads.
	ReasonHostNotAllowed = "HostNotAllowed"

	// ReasonDuplicateSite says that an older site reports the same workloads to the same Jira with the same
	// Secret.
	ReasonDuplicateSite = "DuplicateSite"

	// ReasonPermissionMissing says that the credential may not use the Deployments API, or, of the condition
	// BuildsPermissionMissing and of a build's record, the Builds API.
	ReasonPermissionMissing = "PermissionMissing"

	// ReasonAddressNotAllowed says that the IP allowlist of the Jira site does not hold the cluster's address.
	ReasonAddressNotAllowed = "AddressNotAllowed"

	// ReasonSiteNotFound says that there is no such Jira site, or that it was renamed.
	ReasonSiteNotFound = "SiteNotFound"

	// ReasonUnreachable says that Jira could not be reached, that something on the way refused a request in its place, or
	// that it did not answer sensibly.
	ReasonUnreachable = "Unreachable"

	// ReasonRateLimited says that Jira asked to wait.
	ReasonRateLimited = "RateLimited"

	// ReasonSuspended says that spec.suspend is set.
	ReasonSuspended = "Suspended"

	// ReasonInvalidTemplate says that a template does not parse, or does not yield a URL.
	ReasonInvalidTemplate = "InvalidTemplate"

	// ReasonInvalidNamespacePattern says that an environment rule, or excludeNamespaces, holds a glob that does not parse.
	ReasonInvalidNamespacePattern = "InvalidNamespacePattern"

	// ReasonInvalidSelector says that a label selector does not parse.
	ReasonInvalidSelector = "InvalidSelector"
)

// AbnormalCondition returns the condition that a site has beside Ready with this reason: Stalled where a person
// has to act, Reconciling where Rollcall tries again by itself, and none ("") where the site is as it was asked
// to be.
func AbnormalCondition(reason string) string {
	switch reason {
	case ReasonSecretNotFound, ReasonSecretIncomplete,
		ReasonCredentialsRejected, ReasonCredentialsRefused, ReasonHostNotAllowed, ReasonDuplicateSite, ReasonPermissionMissing,
		ReasonAddressNotAllowed, ReasonSiteNotFound,
		ReasonInvalidTemplate, ReasonInvalidNamespacePattern, ReasonInvalidSelector:
		return ConditionStalled
	case ReasonUnreachable, ReasonRateLimited:
		return ConditionReconciling
	}
	return ""
}

// ConditionDelivered is the condition of a record: Jira has what the record's generation says. The site
// controller is its only writer.
const ConditionDelivered = "Delivered"

// Reasons of a record's Delivered condition.
const (
	// ReasonPending says that Jira has not taken the record yet; it is sent again by itself.
	ReasonPending = "Pending"

	// ReasonAccepted says that Jira took the record.
	ReasonAccepted = "Accepted"

	// ReasonRejected says that Jira refuses the record; it is not sent again until its spec changes.
	ReasonRejected = "Rejected"

	// ReasonUnknownIssueKeys says that Jira knows none of the record's keys; it is not sent again until
	// its spec changes.
	ReasonUnknownIssueKeys = "UnknownIssueKeys"

	// ReasonSuperseded says that Jira took a newer record of the same namespace with the same pipeline,
	// environment and sequence: to Jira they are one deployment, so the older is never sent.
	ReasonSuperseded = "Superseded"

	// ReasonForeign says that the record was restored from a backup: it is one of another cluster, or of a workload
	// that does not live here. It is never sent.
	ReasonForeign = "Foreign"

	// ReasonExisting says that the record's rollout, or its build, ended before the site existed, and that the site's spec.existing is
	// Ignore: it is not sent until its spec changes.
	ReasonExisting = "Existing"

	// ReasonNotSelected says that the site does not select the record's namespace; it is sent once the site does.
	ReasonNotSelected = "NotSelected"

	// ReasonHandmadeNotAllowed says that the site takes no record that was made by hand from the namespace.
	ReasonHandmadeNotAllowed = "HandmadeNotAllowed"

	// ReasonPipelineNotAllowed says that the record names a workload, and a pipeline that is not the workload's; or a run, and
	// a pipeline of another namespace. It is never sent.
	ReasonPipelineNotAllowed = "PipelineNotAllowed"

	// ReasonSequenceTooHigh says that no later deployment of the pipeline could have a higher sequence. The record is
	// never sent.
	ReasonSequenceTooHigh = "SequenceTooHigh"

	// ReasonEnvironmentNotAllowed says that the record's namespace may not speak for the environment.
	ReasonEnvironmentNotAllowed = "EnvironmentNotAllowed"

	// ReasonProjectNotAllowed says that the record has issue keys of projects that the site does not list.
	ReasonProjectNotAllowed = "ProjectNotAllowed"

	// ReasonNoIssueKeys says that the record has neither an issue key nor a service id, so that Jira would show it nowhere. It
	// is sent once its commits name one.
	ReasonNoIssueKeys = "NoIssueKeys"

	// ReasonResync says that Jira took the record, and is told of it once more, because a person asked for that at its site
	// (rollcall.dev/resync).
	ReasonResync = "Resync"

	// ReasonSiteNotReady says that the record waits for its JiraSite.
	ReasonSiteNotReady = "SiteNotReady"
)

// ReasonDryRun is a reason of both conditions. Ready=True: the credentials work, and spec.dryRun keeps
// everything from being sent. Delivered=False: the record would be sent, were spec.dryRun not set.
const ReasonDryRun = "DryRun"

// ConditionSourceResolved is the condition of a record that has a source: it is known which commits the release ships. The
// site controller is its only writer.
const ConditionSourceResolved = "SourceResolved"

// Reasons of a record's SourceResolved condition. Unreachable is one, too: a Git server or a registry gave no usable answer.
const (
	// ReasonResolved says that it is known which commits the release ships.
	ReasonResolved = "Resolved"

	// ReasonResolving says that registry and repository are being asked.
	ReasonResolving = "Resolving"

	// ReasonNoSource says that neither the pod template nor the image says which commit runs, or of which repository.
	ReasonNoSource = "NoSource"

	// ReasonRepositoryNotListed says that the repository, or the registry, is none that the site lists.
	ReasonRepositoryNotListed = "RepositoryNotListed"

	// ReasonRevisionNotFound says that the repository has no such commit, or the registry no such image.
	ReasonRevisionNotFound = "RevisionNotFound"

	// ReasonUnauthorized says that a credential is missing, or refused.
	ReasonUnauthorized = "Unauthorized"

	// ReasonTooLarge says that an answer is larger than the limits allow.
	ReasonTooLarge = "TooLarge"
)
