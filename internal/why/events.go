// SPDX-License-Identifier: Apache-2.0

package why

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/explain"
)

// told are the Events that may explain why an issue is missing, whatever the texts of the workload say.
var told = []string{
	v1alpha1.EventSourceNotResolved, v1alpha1.EventRecordsMerged, v1alpha1.EventAnnotationsCut, v1alpha1.EventNotUnderstood,
	v1alpha1.EventRecordRefused, v1alpha1.EventReleasesThrottled, v1alpha1.EventIssueKeysIgnored,
}

// readEvents finds the Events that name the issue, and those that may explain why nothing does.
func (q *question) readEvents() {
	for _, e := range q.Events {
		of := e.InvolvedObject
		if !isName(of.Kind) || !isName(of.Name) {
			continue // it is none of Rollcall's
		}
		f := Finding{
			Reason: e.Reason, Object: fmt.Sprintf("%s %s/%s", of.Kind, of.Namespace, of.Name), Text: e.Message, Do: adviceFor(e.Reason).do,
			Command: fmt.Sprintf("kubectl -n %s describe %s %s", of.Namespace, strings.ToLower(of.Kind), of.Name), rank: rankCommits,
		}
		named := NewFinder(q.Issue).nearly.MatchString(e.Message)
		switch {
		case q.hasRecordOf(of), q.explains(f):
		case named:
			f.rank = rankFormer
			q.add(f)
		case slices.Contains(told, e.Reason):
			q.add(f)
		}
	}
}

// name is what the name of an object or of a kind is. The API server does not check it of what an Event is about; of what a
// record names it does.
var name = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)

// isName says that a text may be told as a name, and stand in a command that somebody is to run.
func isName(text string) bool { return name.MatchString(text) }

// hasRecordOf says whether what an Event is about has a record with the issue, which tells more.
func (q *question) hasRecordOf(of corev1.ObjectReference) bool {
	return slices.ContainsFunc(q.answer.Records, func(r Record) bool {
		return r.Namespace == of.Namespace && (r.Name == of.Name || r.Workload == of.Kind+"/"+of.Name)
	})
}

// explains says whether there is a finding already for the reason and the object of another one.
func (q *question) explains(f Finding) bool {
	return slices.ContainsFunc(q.answer.Findings, func(other Finding) bool { return other.Reason == f.Reason && other.Object == f.Object })
}

// eventAbout returns the newest Event about a workload with a reason; nil where there is none.
func (q *question) eventAbout(w explain.Workload, reason string) *corev1.Event {
	var newest *corev1.Event
	for i := range q.Events {
		e := &q.Events[i]
		of := e.InvolvedObject
		if e.Reason == reason && of.Kind == w.Kind && of.Namespace == w.Namespace && of.Name == w.Name &&
			(newest == nil || e.CreationTimestamp.After(newest.CreationTimestamp.Time)) {
			newest = e
		}
	}
	return newest
}

// Events are the reasons of the Events that are read.
var Events = []string{
	v1alpha1.EventSourceNotResolved, v1alpha1.EventRecordsMerged, v1alpha1.EventAnnotationsCut, v1alpha1.EventNotUnderstood,
	v1alpha1.EventRecordRefused, v1alpha1.EventReleasesThrottled, v1alpha1.EventCorrectionsThrottled, v1alpha1.EventIssueKeysIgnored,
	v1alpha1.EventSameIssueKeys, v1alpha1.EventIssueKeysTruncated,
	v1alpha1.ReasonUnknownIssueKeys, v1alpha1.ReasonRejected, v1alpha1.ReasonSuperseded, v1alpha1.ReasonForeign,
}
