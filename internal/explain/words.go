// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/issuekey"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// Rules beside those of internal/record and internal/issuekey.
const (
	// RulePerRevision: the workload's owner makes one for each of its revisions.
	RulePerRevision record.Rule = "PerRevision"
	// RuleUnconfirmed: the state may be an earlier revision's.
	RuleUnconfirmed record.Rule = "Unconfirmed"
	// RuleSiteGone: there is no JiraSite of this name.
	RuleSiteGone record.Rule = "SiteGone"
	// RuleEmptyList: somebody wrote an empty list of issue keys.
	RuleEmptyList record.Rule = "EmptyList"
	// RuleSiteUnread, RuleNamespaceUnread and RuleRecordsUnread: the user may not read what decides.
	RuleSiteUnread      record.Rule = "SiteUnread"
	RuleNamespaceUnread record.Rule = "NamespaceUnread"
	RuleRecordsUnread   record.Rule = "RecordsUnread"
	// RuleKept: the key is on the record, and in none of the texts any more.
	RuleKept record.Rule = "Kept"
)

// releases say what a revision is beside the records.
var releases = map[record.Rule]string{
	record.RuleOutdated:        "The newest record is of a later revision: what is seen here is older than the record, or the workload's numbers started anew.",
	record.RuleCurrent:         "The newest record is of this revision.",
	record.RuleFirst:           "There is no record before it: it is the first release.",
	record.RuleTemplate:        "Its pod template is a new one: it is a release.",
	record.RuleRollback:        "Its pod template is that of an earlier record: it is a rollback.",
	record.RuleAgain:           "Its pod template is the newest record's, which a revision without issue keys had superseded: it is that release again.",
	record.RuleOtherKeys:       "Its pod template is the newest record's, with other issue keys of its own (an image of the same tag): it is a release.",
	record.RuleRestart:         "Its pod template is the newest record's once more: it is a restart, and no release.",
	record.RuleReportedRestart: "Its pod template is the newest record's once more: it is a restart, and the site reports restarts (spec.restarts).",
	record.RuleRecreated:       "The workload was made anew with the newest record's pod template: it is no release.",
}

// reading say whether a text is read, and why.
var reading = map[record.Rule]string{
	record.RuleListed:         "The pod template lists the issue keys; nothing else is read.",
	record.RuleListedAnew:     "The workload's metadata lists the issue keys, and did not when the record before was made; nothing else is read.",
	record.RuleListedStill:    "The same list was there for the release before; it counts because nothing else names an issue. Write the keys of a release on its pod template.",
	record.RuleOwn:            "It comes with this revision.",
	record.RuleChanged:        "It is on the workload's metadata, and was another one, or none, for the release before.",
	record.RuleUnchanged:      "It was there for the release before already, and speaks of that one. Write it on the pod template, or change it with each release.",
	record.RulePassedOver:     "It is not read: what is read before it names the issues.",
	record.RuleReadingOff:     "The site does not read it (spec.issueKeys.imageTags, spec.issueKeys.versionLabels).",
	record.RuleOtherContainer: "It is the tag of a container that is not the main one: others release those.",
	record.RuleOtherPlace:     "The site does not read it. List it in spec.issueKeys of the JiraSite, or write " + v1alpha1.AnnotationIssueKeys + " on the pod template.",
}

// pieces say why a piece of a text is an issue key, or none.
var pieces = map[issuekey.Rule]string{
	issuekey.RuleNumber:    "The number goes on like a version or a date.",
	issuekey.RuleLowerCase: "It is in lower case. That is read only in messages and branches, and where the site lists the project (spec.projects, spec.issueKeys.imageTags, spec.issueKeys.versionLabels).",
	issuekey.RuleProject:   "The site does not list the project (spec.projects, spec.environments).",
	issuekey.RuleLookalike: "It is a well-known name that looks like a key. List the site's projects (spec.projects) if it is one.",
	issuekey.RuleReverted:  "The text says that it is reverted.",
	issuekey.RuleKey:       "It is an issue key.",
}

// fixed say why a record has the keys and the state that it has, whatever the texts say now.
var fixed = map[record.Rule]string{
	record.RuleRestored:      "It has the issue keys of the release that it restores.",
	record.RuleFinished:      "The rollout is finished: its issue keys stay. To correct them, annotate the record with " + v1alpha1.AnnotationIssueKeys + ".",
	record.RuleCorrected:     "Somebody wrote the issue keys on the record.",
	record.RuleFinal:         "It was successful once, and stays so until it is rolled back or another release comes.",
	record.RuleNoProgress:    "It made no progress for the site's progressDeadline, judged against the pods that were unavailable before it began.",
	record.RuleSettling:      "Its failure is a few seconds old, and may pass: it is in progress until then.",
	record.RuleFormerFailure: "The workload still shows the failure of the revision before.",
	RuleKept:                 "It is on the record. The texts do not name it any more.",
}

// absent say why there is no record.
var absent = map[record.Rule]string{
	v1alpha1.ReasonNoIssueKeys: "No text of the release names an issue of the site, so that it has no record. Write " + v1alpha1.AnnotationIssueKeys + " on the pod template.",
	RuleEmptyList:              "Its " + v1alpha1.AnnotationIssueKeys + " is empty, which says that there is nothing to tell of it.",
	RulePerRevision:            "Its owner makes a workload for each of its revisions. To have them reported, select them with spec.revisionWorkloadSelector of the JiraSite.",
	RuleUnconfirmed:            "What it shows may be the revision before's. It is recorded once that is certain.",
	RuleSiteGone:               "There is no JiraSite of this name: the record goes with it.",
}

// unread say what cannot be told, because it may not be read.
var unread = map[record.Rule]string{
	RuleSiteUnread:      "The JiraSite could not be read: what is told is what the record says. It takes the right to get and list jirasites.",
	RuleNamespaceUnread: "The namespace could not be read: what depends on its labels may be otherwise. It takes the right to get it.",
	RuleRecordsUnread:   "The records could not be read: it is told as if it were the first release. It takes the right to list jiradeployments.",
}

// words returns the sentence of a rule.
func words(rule record.Rule) string {
	for _, table := range []map[record.Rule]string{releases, reading, fixed, absent, unread} {
		if text, ok := table[rule]; ok {
			return text
		}
	}
	return pieces[issuekey.Rule(rule)]
}

func noteOf(rule record.Rule) Note { return Note{Rule: string(rule), Text: words(rule)} }

// Unobserved is the problem of a workload of which something may be told later.
const Unobserved = "There is nothing to tell yet: its controller has not observed its present pod template. If that lasts, look at its status and at its controller."

// problem says why nothing is told of a workload; nothing where something is. unread says that its history may not be read.
func problem(o record.Observation, unread bool) string {
	switch {
	case o.LiveUID == "":
		return "It is not there any more. Its records stay for a while (spec.retention of the JiraSite)."
	case o.HandedTo != "":
		return "It is not reported itself: " + o.HandedTo + " is reported in its place."
	case o.NotUnderstood != "":
		return "It is not reported: " + o.NotUnderstood + ". It is once that is mended."
	case o.Rollout == nil && unread:
		return "Its revisions could not be read, so that there is nothing to tell. It takes the right to list controllerrevisions."
	case o.Rollout == nil:
		return Unobserved
	}
	return ""
}
