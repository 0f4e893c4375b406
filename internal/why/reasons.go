// SPDX-License-Identifier: Apache-2.0

package why

import (
	"strings"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/issuekey"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// Reasons beside those of api/v1alpha1, internal/record, internal/issuekey and internal/explain.
const (
	// ReasonNotNamed: no text that was looked at names the issue.
	ReasonNotNamed = "NotNamed"
	// ReasonNoSite: there is no JiraSite.
	ReasonNoSite = "NoSite"
	// ReasonSiteGone: the record's JiraSite is not there.
	ReasonSiteGone = "SiteGone"
	// ReasonNoManager: no manager works.
	ReasonNoManager = "NoManager"
	// ReasonNotChecked: no manager has checked a site or a record.
	ReasonNotChecked = "NotChecked"
	// ReasonNotWatched: no manager has recorded a release that it should have.
	ReasonNotWatched = "NotWatched"
	// ReasonBeingRecorded: the release is new.
	ReasonBeingRecorded = "BeingRecorded"
	// ReasonNotReported: the workload is not reported, whatever its texts name.
	ReasonNotReported = "NotReported"
	// ReasonPaused: the Deployment is paused, and no pod has the new template.
	ReasonPaused = "Paused"
	// ReasonRevisionRegressed: the workload's revisions are numbered anew.
	ReasonRevisionRegressed = "RevisionRegressed"
	// ReasonNotAKey: what stands in the text is no issue key, and looks like one.
	ReasonNotAKey = "NotAKey"
	// ReasonCorrected: the record had the key once.
	ReasonCorrected = "Corrected"
	// ReasonEarlierRelease: the record is of an earlier release.
	ReasonEarlierRelease = "EarlierRelease"
	// ReasonJustTold: Jira took the record a moment ago.
	ReasonJustTold = "JustTold"
	// ReasonState: the release is not successful.
	ReasonState = "State"
	// ReasonByHand: the record was made by hand.
	ReasonByHand = "ByHand"
	// ReasonNotLabelled: no label says that the run builds, and no site selects it.
	ReasonNotLabelled = "NotLabelled"
	// ReasonRetired: the run is older than all whose records are kept.
	ReasonRetired = "Retired"
)

// advice is what to do about a reason.
type advice struct {
	do string
	// command has {ns}, {kind}, {name}, {site} and {operator} where those of a record and the operator's namespace go; empty for a command that shows the record.
	command string
}

const (
	doName      = "Write the key where it is read: rollcall.dev/issue-keys on the pod template, a commit message, a branch, or the image's tag."
	doList      = "List the project in spec.projects of the site, or in the rule's, or use the right site."
	doDelete    = "kubectl -n {ns} delete {kind} {name}"
	doSite      = "kubectl describe jirasite {site}"
	doPipeline  = "Delete it. By hand leave out spec.workload and spec.run; a record of Rollcall's is written anew."
	doUpperCase = "Write it in upper case, or set issueKeys.imageTags and issueKeys.versionLabels of the site to AnyCase. Lower case is read only where the site lists its projects."
	doSpec      = "Mend what the message names in the site's spec."
)

// advices are what to do, by reason.
var advices = map[string]advice{
	// Of a record.
	v1alpha1.ReasonPending:               {do: "Nothing: it is sent again by itself. A proxy or a firewall that decides by content is the usual cause."},
	v1alpha1.ReasonSiteNotReady:          {do: "Mend the site: the record goes out by itself then.", command: doSite},
	v1alpha1.ReasonResync:                {do: "Nothing: Jira took it, and is told once more."},
	v1alpha1.ReasonDryRun:                {do: "Remove spec.dryRun of the site to send.", command: doSite},
	v1alpha1.ReasonUnknownIssueKeys:      {do: "Check the spelling, the project, and whether this is the right site; a moved issue has a new key. Then correct the keys."},
	v1alpha1.ReasonRejected:              {do: "Mend what the message names: it is not sent again until the spec changes."},
	v1alpha1.ReasonSuperseded:            {do: "Delete it, and give each record its own sequence, or buildNumber, or none.", command: doDelete},
	v1alpha1.ReasonForeign:               {do: "Nothing: it was restored from a backup. Leave records out of backups."},
	v1alpha1.ReasonNotSelected:           {do: "Label the namespace, change the site, or delete the record.", command: doSite},
	v1alpha1.ReasonProjectNotAllowed:     {do: doList, command: doSite},
	v1alpha1.ReasonHandmadeNotAllowed:    {do: "Ask for spec.handmade of the site.", command: doSite},
	v1alpha1.ReasonEnvironmentNotAllowed: {do: "Make it anew with an environment that the message names, or list the environment in the site.", command: doSite},
	v1alpha1.ReasonPipelineNotAllowed:    {do: doPipeline, command: doDelete},
	v1alpha1.ReasonSequenceTooHigh:       {do: "Delete it, and make it anew with a lower sequence, or none.", command: doDelete},
	v1alpha1.ReasonNoIssueKeys:           {do: doName},
	v1alpha1.ReasonExisting:              {do: "Nothing; or set existing: Report, and delete the record: it is written anew."},
	v1alpha1.ReasonMissing:               {do: "Have all told once more.", command: "kubectl annotate jirasite {site} --overwrite rollcall.dev/resync=\"$(date)\""},
	v1alpha1.ReasonOlder:                 {do: "Have all told once more.", command: "kubectl annotate jirasite {site} --overwrite rollcall.dev/resync=\"$(date)\""},
	v1alpha1.ReasonNewer:                 {do: "Find out who else has the credential, then have all told once more.", command: doSite},
	ReasonNotChecked:                     {do: "Look whether a manager works, and whether it is the leader.", command: "kubectl -n {operator} get deployments,pods"},
	// Of a source.
	v1alpha1.ReasonResolving:           {do: "Wait: registry and repository are being asked."},
	v1alpha1.ReasonNoSource:            {do: "Have the build write the labels of its image, name the repository in commits.images, or write rollcall.dev/repository and rollcall.dev/revision."},
	v1alpha1.ReasonRepositoryNotListed: {do: "List the repository in spec.commits.repositories of the site, if it may be asked."},
	v1alpha1.ReasonRevisionNotFound:    {do: "Push the commit or the image; use whole commit ids."},
	v1alpha1.ReasonUnauthorized:        {do: "Mend the Secret that the message names."},
	v1alpha1.ReasonTooLarge:            {do: "Write rollcall.dev/issue-keys for this release."},
	// Of a site.
	v1alpha1.ReasonSecretNotFound:             {do: "Create the Secret in the operator's namespace, with client id and client secret."},
	v1alpha1.ReasonSecretIncomplete:           {do: "Add the missing key to the Secret, or name the right key in spec.credentials."},
	v1alpha1.ReasonCredentialsRefused:         {do: "Where the message's URL is right, set the annotation that it names on the Secret."},
	v1alpha1.ReasonHostNotAllowed:             {do: "Correct the site, or have the host added to the manager's --allowed-api-hosts."},
	v1alpha1.ReasonDuplicateSite:              {do: "Put the projects of both into one site, or select other namespaces or workloads."},
	v1alpha1.ReasonCredentialsRejected:        {do: "Compare client id and client secret with Jira: was the credential revoked?"},
	v1alpha1.ReasonPermissionMissing:          {do: "Give the credential the permission that the message names, in Jira under OAuth credentials."},
	v1alpha1.ConditionBuildsPermissionMissing: {do: "Give the credential the permission Builds, in Jira under OAuth credentials."},
	v1alpha1.ReasonAddressNotAllowed:          {do: "Add the cluster's address to the IP allowlist, at admin.atlassian.com."},
	v1alpha1.ReasonSiteNotFound:               {do: "Correct spec.host, spec.cloudID, or the proxy."},
	v1alpha1.ReasonUnreachable:                {do: "Check network, proxy and CA, and Atlassian's status page."},
	v1alpha1.ReasonRateLimited:                {do: "Nothing: Rollcall slows down by itself."},
	v1alpha1.ReasonSuspended:                  {do: "Remove spec.suspend of the site."},
	v1alpha1.ReasonInvalidTemplate:            {do: doSpec},
	v1alpha1.ReasonInvalidNamespacePattern:    {do: doSpec},
	v1alpha1.ReasonInvalidSelector:            {do: doSpec},
	// Of a text.
	string(issuekey.RuleLowerCase):     {do: doUpperCase},
	string(issuekey.RuleProject):       {do: doList},
	string(issuekey.RuleLookalike):     {do: "List the site's projects in spec.projects."},
	string(issuekey.RuleReverted):      {do: "Nothing: a revert ships nothing. Or name the issue that asked for the revert."},
	string(issuekey.RuleNumber):        {do: doName},
	string(record.RuleListed):          {do: "Correct rollcall.dev/issue-keys, or remove it."},
	string(record.RulePassedOver):      {do: "Add the key to rollcall.dev/issue-keys, or remove that."},
	string(record.RuleUnchanged):       {do: "Write the keys of a release on its pod template, or change them with each release."},
	string(record.RuleReadingOff):      {do: "Set issueKeys.imageTags or issueKeys.versionLabels of the site, or write rollcall.dev/issue-keys on the pod template."},
	string(record.RuleOtherContainer):  {do: "List the keys on the pod template: rollcall.dev/issue-keys."},
	string(record.RuleOtherPlace):      {do: doName},
	string(record.RuleFinished):        {do: "Correct the record."},
	string(record.RuleRestored):        {do: "Nothing: a rollback has the issue keys of what it restores. Or correct the record."},
	string(record.RuleCorrected):       {do: "Correct the record once more."},
	string(record.RuleRestart):         {do: "Nothing; or restarts: Report of the site. Where an image was pushed under the same tag, write the issue keys on the pod template."},
	string(record.RuleRecreated):       {do: "Nothing: it is no release."},
	ReasonRevisionRegressed:            {do: "Create the workload anew, or wait until the number is higher than before."},
	v1alpha1.EventIssueKeysTruncated:   {do: "Name fewer in rollcall.dev/issue-keys."},
	v1alpha1.EventAnnotationsCut:       {do: "Write a shorter text, or rollcall.dev/issue-keys."},
	v1alpha1.EventRecordRefused:        {do: "Mend what it names, such as a quota: it is tried again by itself."},
	v1alpha1.EventReleasesThrottled:    {do: "Find what changes the pod template all the time: kubectl get --show-managed-fields."},
	v1alpha1.EventSourceNotResolved:    {do: "What the Event says."},
	v1alpha1.EventRecordsMerged:        {do: "Make the site Ready."},
	v1alpha1.EventIssueKeysIgnored:     {do: "Correct the record, as the Event says."},
	v1alpha1.EventNotUnderstood:        {do: "Mend what it names: it is reported then."},
	v1alpha1.EventCorrectionsThrottled: {do: "Find what sets the record back, and take records out of it."},
	"SitesAnnotation":                  {do: "Add the site to rollcall.dev/sites of the workload."},
	"ExcludeNamespaces":                {do: "Take the namespace out of spec.excludeNamespaces of the site."},
	"SystemNamespace":                  {do: "Name the namespace literally in a rule of the site's spec.environments."},
	"NamespaceSelector":                {do: "Change the labels of the namespace, or the site's spec.namespaceSelector."},
	"WorkloadSelector":                 {do: "Change the labels of the workload, or the site's spec.workloadSelector."},
	ReasonNotLabelled:                  {do: "Label what makes the runs: rollcall.dev/build: \"true\"."},
	ReasonNotWatched:                   {do: "Look whether a manager works, and at its flags --watch-namespaces, --workloads and --builds."},
	ReasonNoManager:                    {do: "Look at the manager's pods, then at its log."},
}

// adviceFor returns what to do about a reason.
func adviceFor(reason string) advice { return advices[reason] }

// commandFor returns the command for a record.
func (a advice) commandFor(r Record, operator string) string {
	return strings.NewReplacer("{ns}", r.Namespace, "{kind}", strings.ToLower(r.Kind), "{name}", r.Name, "{site}", r.Site, "{operator}", operator).Replace(a.command)
}
