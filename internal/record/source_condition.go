// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// shortID is how many digits of a commit's id people read.
const shortID = 7

// SourceCondition returns the SourceResolved condition of a record as it is now; nil where the record has no source. The
// time of its transition is left to whoever writes it.
func SourceCondition(d v1alpha1.Record) *metav1.Condition {
	source := d.GetSource()
	if source == nil {
		return nil
	}
	condition := &metav1.Condition{
		Type: v1alpha1.ConditionSourceResolved, Status: metav1.ConditionFalse, ObservedGeneration: d.GetGeneration(),
		Reason: v1alpha1.ReasonResolving, Message: "Registry and repository are being asked which commits the release ships.",
	}
	if release, ok := d.(*v1alpha1.JiraDeployment); ok && (release.Spec.State == v1alpha1.StateCancelled || release.Spec.State == v1alpha1.StateRolledBack) {
		condition.Message = "The release was over before its commits were known: nobody is asked any more, and they ship with the next success."
	}
	if problem, ok := d.GetAnnotations()[v1alpha1.AnnotationSourceProblem]; ok {
		if reason, message, _ := strings.Cut(problem, ": "); sourceReasons[reason] {
			condition.Reason, condition.Message = reason, message
		}
	}
	if source.Resolved() {
		condition.Status, condition.Reason, condition.Message = metav1.ConditionTrue, v1alpha1.ReasonResolved, sourceMessage(source)
	}
	if _, isBuild := d.(*v1alpha1.JiraBuild); isBuild {
		condition.Message = ofBuild.Replace(condition.Message)
	}
	return condition
}

// ofBuild makes what is said of a release what is said of a build.
var ofBuild = strings.NewReplacer(
	"which commits the release ships", "which commits the build is of", "successful release", "successful build", "takes for a deployment", "takes for a build",
	"commit counts that runs", "commit counts that is built", "the one that runs counts", "the one that is built counts",
)

// sourceReasons are the reasons with which it is not known what a release ships.
var sourceReasons = map[string]bool{
	v1alpha1.ReasonNoSource: true, v1alpha1.ReasonRepositoryNotListed: true, v1alpha1.ReasonRevisionNotFound: true,
	v1alpha1.ReasonUnauthorized: true, v1alpha1.ReasonUnreachable: true, v1alpha1.ReasonTooLarge: true,
}

// noteTexts say what was left out.
var noteTexts = map[v1alpha1.SourceNote]string{
	v1alpha1.NoteBaseNotFound: "The repository does not have the commit of the last successful release any more, so that the one that runs counts alone.",
	v1alpha1.NoteUnrelated:    "It has no ancestor in common with the commit of the last successful release, so that it counts alone.",
	v1alpha1.NoteCut:          "There are more commits than are counted.",
	v1alpha1.NotePathsNotRead: "It could not be found out which commits touch the paths, so that all count.",
	v1alpha1.NoteMessageOnly:  "The image carries its message; to have those before it counted, list its repository in spec.commits.repositories.",
	v1alpha1.NoteIssueKeysCut: "The commits name more issues than Jira takes for a deployment.",
}

// sourceMessage says which commits a release ships.
func sourceMessage(source *v1alpha1.Source) string {
	of, head, base := firstOf(source.Repository, source.Image), shortened(source.Revision), shortened(source.Base)
	var text string
	switch source.Range {
	case v1alpha1.RangeSame:
		text = fmt.Sprintf("%s of %s is the commit of the last successful release: nothing is new.", head, of)
	case v1alpha1.RangeRollback:
		text = fmt.Sprintf("%s of %s lies before %s of the last successful release: nothing is new.", head, of, base)
	case v1alpha1.RangeHeadOnly:
		text = fmt.Sprintf("Of %s only the commit counts that runs, %s.%s", of, firstOf(head, "whose id is not known"), named(source))
		if len(source.Notes) == 0 {
			text += " No successful release before it is known."
		}
	case v1alpha1.RangeDiverged:
		text = fmt.Sprintf("%s of %s since %s and %s parted.%s", commitsText(source), of, base, head, named(source))
	default:
		text = fmt.Sprintf("%s of %s between %s and %s.%s", commitsText(source), of, base, head, named(source))
	}
	for _, note := range source.Notes {
		text += " " + noteTexts[note]
	}
	if source.From == v1alpha1.SourceReference {
		text += " The commit of the manifests names it."
	}
	return text
}

// named says which issues the commits name.
func named(source *v1alpha1.Source) string {
	const most = 10
	keys, subject := source.IssueKeys, " They name "
	if source.Commits == 1 {
		subject = " It names "
	}
	switch {
	case len(keys) == 0:
		return subject + "no issue."
	case len(keys) > most:
		return fmt.Sprintf("%s%s and %d more.", subject, strings.Join(keys[:most], ", "), len(keys)-most)
	}
	return subject + strings.Join(keys, ", ") + "."
}

func commitsText(source *v1alpha1.Source) string {
	if source.Commits == 1 {
		return "1 commit"
	}
	return fmt.Sprintf("%d commits", source.Commits)
}

// rangeText names the commits that a release ships, in few words: 3 commits, 41ac7e7...e7f1aaa.
func rangeText(source *v1alpha1.Source) string {
	head := shortened(source.Revision)
	switch source.Range {
	case v1alpha1.RangeSame, v1alpha1.RangeRollback:
		return "no new commit, " + head
	case v1alpha1.RangeHeadOnly:
		return strings.TrimRight("commit "+head, " ")
	}
	return fmt.Sprintf("%s, %s...%s", commitsText(source), shortened(source.Base), head)
}

func shortened(id string) string { return id[:min(len(id), shortID)] }
