// SPDX-License-Identifier: Apache-2.0

package record

import "github.com/rollcall-dev/rollcall/internal/issuekey"

// Place is where a text stands.
type Place string

// The places.
const (
	PlaceTemplate Place = "pod template"
	PlaceWorkload Place = "workload"
	PlaceImage    Place = "image"
	PlaceCommits  Place = "commits"
	PlaceRecord   Place = "record"
)

// Rule is why something was decided. Those about a piece of a text are issuekey's.
type Rule string

// What a revision is beside the records.
const (
	// RuleOutdated: the observation is older than the newest record.
	RuleOutdated Rule = "Outdated"
	// RuleCurrent: it is the newest record's.
	RuleCurrent Rule = "Current"
	// RuleFirst: there is no record yet.
	RuleFirst Rule = "First"
	// RuleTemplate: its template is a new one.
	RuleTemplate Rule = "NewTemplate"
	// RuleRollback: its template is that of an earlier record.
	RuleRollback Rule = "Rollback"
	// RuleAgain: its template is the newest record's, which a revision without keys had superseded.
	RuleAgain Rule = "Again"
	// RuleOtherKeys: its template is the newest record's, with other keys of its own: an image of the same tag.
	RuleOtherKeys Rule = "OtherKeys"
	// RuleRestart: its template is the newest record's once more.
	RuleRestart Rule = "Restart"
	// RuleReportedRestart: the same, at a site that wants to know.
	RuleReportedRestart Rule = "ReportedRestart"
	// RuleRecreated: the workload was made anew, with the newest record's template.
	RuleRecreated Rule = "Recreated"
)

// Whether a text is read.
const (
	// RuleListed: the pod template lists the keys; nothing else is read.
	RuleListed Rule = "Listed"
	// RuleListedAnew: the workload's metadata lists the keys, and did not when the former record was made.
	RuleListedAnew Rule = "ListedAnew"
	// RuleListedStill: the same list was there when the former record was made, and nothing else has keys.
	RuleListedStill Rule = "ListedStill"
	// RuleOwn: what is on the pod template, the main image's tag, and what the commits say, is the revision's own.
	RuleOwn Rule = "Own"
	// RuleChanged: a text on the metadata that was another one, or none, when the former record was made.
	RuleChanged Rule = "Changed"
	// RuleUnchanged: a text on the metadata that speaks of an earlier revision.
	RuleUnchanged Rule = "Unchanged"
	// RuleRestored: a rollback has the keys of what it restores.
	RuleRestored Rule = "Restored"
	// RuleFinished: the rollout is finished, and its keys stay.
	RuleFinished Rule = "Finished"
	// RuleCorrected: a person wrote the keys on the record.
	RuleCorrected Rule = "Corrected"
)

// Why a text is not read, for whoever asks; the manager does not look at it.
const (
	// RulePassedOver: something that is read before it names the issues.
	RulePassedOver Rule = "PassedOver"
	// RuleReadingOff: the site reads no tags, or no version labels.
	RuleReadingOff Rule = "ReadingOff"
	// RuleOtherContainer: the tag of an image that is not the main container's.
	RuleOtherContainer Rule = "OtherContainer"
	// RuleOtherPlace: an annotation or a label that the site does not list.
	RuleOtherPlace Rule = "OtherPlace"
)

// Why a record's state is not what the workload itself shows. The place is the record.
const (
	// RuleFinal: it was successful once, and stays so until it is rolled back.
	RuleFinal Rule = "Final"
	// RuleNoProgress: it made no progress for the site's progressDeadline, as far as that was not so before it began.
	RuleNoProgress Rule = "NoProgress"
	// RuleSettling: its failure is a few seconds old, and may pass.
	RuleSettling Rule = "Settling"
	// RuleFormerFailure: the workload still shows the failure of the revision before.
	RuleFormerFailure Rule = "FormerFailure"
)

// Decision is why a revision is what it is, or has a key, or has it not.
type Decision struct {
	Rule Rule
	// Place and Name say which text it is about; both are empty where it is about the revision.
	Place Place
	Name  string
	// Key, Start and End are the piece of the text; zero where it is about the whole of it.
	Key        string
	Start, End int
}

// tracer is told of decisions, in their order. Nobody is told where it is nil, and nothing is spent for that.
type tracer func(Decision)

func (t tracer) tell(rule Rule, place Place, name string) {
	if t != nil {
		t(Decision{Rule: rule, Place: place, Name: name})
	}
}

// find returns the keys in a text, or in a list.
func (t tracer) find(reader issuekey.Reader, place Place, name, text string) []string {
	if t == nil {
		return reader.Find(text)
	}
	return reader.Explain(text, t.of(place, name))
}

func (t tracer) findListed(reader issuekey.Reader, place Place, text string) []string {
	if t == nil {
		return reader.FindExplicit(text)
	}
	return reader.ExplainExplicit(text, t.of(place, "rollcall.dev/issue-keys"))
}

func (t tracer) of(place Place, name string) func(issuekey.Finding) {
	return func(f issuekey.Finding) {
		t(Decision{Rule: Rule(f.Rule), Place: place, Name: name, Key: f.Key, Start: f.Start, End: f.End})
	}
}
