// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Reasons of Events about a workload, or about a record that was made by hand. An Event about a JiraSite has the reason
// of its Ready condition; one about Jira's answer to a record has the reason of its Delivered condition.
const (
	// EventEnvironmentUnmapped says that Jira shows a deployment in no kind of environment, because nobody said which, or
	// because what was said is no type.
	EventEnvironmentUnmapped = "EnvironmentUnmapped"

	// EventIssueKeysTruncated says that issue keys and service ids are left out: Jira takes 500 for a deployment.
	EventIssueKeysTruncated = "IssueKeysTruncated"

	// EventNotUnderstood says that a workload is not reported, because it has too many labels, or is not written as its kind
	// is.
	EventNotUnderstood = "NotUnderstood"

	// EventAnnotationsCut says that annotations which issue keys are read from were too long to be read whole.
	EventAnnotationsCut = "AnnotationsCut"

	// EventTestsNotUnderstood says that a build is reported without its tests, because what the run says of them cannot be read.
	EventTestsNotUnderstood = "TestsNotUnderstood"

	// EventLinkIgnored says that the link that a workload gives is none that people should follow.
	EventLinkIgnored = "LinkIgnored"

	// EventTraceparentIgnored says that the trace that a pipeline names is not continued, because it is not written as one.
	EventTraceparentIgnored = "TraceparentIgnored"

	// EventRecordRefused says that the API server refused a record.
	EventRecordRefused = "RecordRefused"

	// EventReleasesThrottled says that a workload has new releases so often that the next one is recorded later: something
	// changes its template all the time, or two tools undo each other's changes.
	EventReleasesThrottled = "ReleasesThrottled"

	// EventCorrectionsThrottled says that a record is written so often that its next change is written later: something else
	// sets back what Rollcall writes.
	EventCorrectionsThrottled = "CorrectionsThrottled"

	// EventRecordsMerged says that releases were superseded before Jira was told of them, and that their records are deleted.
	EventRecordsMerged = "RecordsMerged"

	// EventSameIssueKeys says that a release has the keys of the one before it, because the list in the workload's
	// metadata did not change and nothing else names an issue.
	EventSameIssueKeys = "SameIssueKeys"

	// EventReadBackDiffers says that Jira has something else of a record than it took. It is about the JiraSite, too.
	EventReadBackDiffers = "ReadBackDiffers"

	// EventSourceNotResolved says that it is not known which commits a release ships, and what to do.
	EventSourceNotResolved = "SourceNotResolved"

	// EventIssueKeysIgnored says that the list in the workload's metadata changed after the rollout was finished, and that
	// Jira keeps what it was told.
	EventIssueKeysIgnored = "IssueKeysIgnored"
)
