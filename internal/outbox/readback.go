// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// A record that Jira took is read again after storeDelay at the earliest: Jira stores later than it answers, and much
// later where it is busy. It is not read again once readBackWindow has passed: Atlassian does not say how long Jira keeps it.
const (
	storeDelay     = 15 * time.Minute
	readBackWindow = 30 * 24 * time.Hour
)

// ToReadBack returns the records of one kind that Jira is asked for, to see whether it stored what it took. One is drawn: first
// a namespace, so that none hides the others by its number of records, then a record of it. It is one of those that Jira took
// since the last time, so that what goes wrong now shows now; where there are none, one of all. Before it comes the record in
// which Jira differed the last time, where there is one: it may be stored by now.
//
// Records by hand are left out: their environment in Jira may be another by now than the one that Jira was told.
func ToReadBack(records []v1alpha1.Record, differed v1alpha1.RecordReference, last, now time.Time, random *rand.Rand) []v1alpha1.Record {
	var again []v1alpha1.Record
	all, fresh := map[string][]v1alpha1.Record{}, map[string][]v1alpha1.Record{}
	for _, r := range records {
		taken := r.GetRecordStatus().DeliveredTime.Time
		switch namespace := r.GetNamespace(); {
		case !wasTaken(r) || !hasName(r) || taken.Before(now.Add(-readBackWindow)) || taken.After(now.Add(-storeDelay)):
		case namespace == differed.Namespace && r.GetName() == differed.Name:
			again = append(again, r)
		case taken.After(last.Add(-storeDelay)):
			fresh[namespace] = append(fresh[namespace], r)
			fallthrough
		default:
			all[namespace] = append(all[namespace], r)
		}
	}
	if len(fresh) > 0 {
		return append(again, draw(fresh, random)...)
	}
	return append(again, draw(all, random)...)
}

// wasTaken says whether Jira took the record of a workload, or of a run, as it is.
func wasTaken(r v1alpha1.Record) bool {
	delivered := meta.FindStatusCondition(r.GetRecordStatus().Conditions, v1alpha1.ConditionDelivered)
	return delivered != nil && delivered.Reason == v1alpha1.ReasonAccepted && delivered.ObservedGeneration == r.GetGeneration() &&
		r.GetReference() != nil && r.GetDeletionTimestamp().IsZero()
}

// hasName says whether a path can name a record: what stands on the way may take an environment called ".." out of it.
func hasName(r v1alpha1.Record) bool {
	d, isDeployment := r.(*v1alpha1.JiraDeployment)
	return !isDeployment || d.Spec.Environment.ID != "." && d.Spec.Environment.ID != ".."
}

// draw returns one record; none where there are none. The order in which a cache lists them does not matter.
func draw(byNamespace map[string][]v1alpha1.Record, random *rand.Rand) []v1alpha1.Record {
	if len(byNamespace) == 0 {
		return nil
	}
	namespaces := slices.Sorted(maps.Keys(byNamespace))
	records := byNamespace[namespaces[random.IntN(len(namespaces))]]
	slices.SortFunc(records, func(a, b v1alpha1.Record) int { return cmp.Compare(a.GetName(), b.GetName()) })
	return records[random.IntN(len(records)):][:1]
}

// Update is a state that Jira is told, or has, and its number.
type Update struct {
	State  string
	Number int64
}

// DeploymentUpdate returns under which key Jira has a deployment, and what it was told last.
func DeploymentUpdate(d *v1alpha1.JiraDeployment) (jira.DeploymentKey, Update) {
	return deploymentKey(d), Update{string(d.Spec.State), version(d)}
}

// BuildUpdate returns under which key Jira has a build, and what it was told last.
func BuildUpdate(b *v1alpha1.JiraBuild) (jira.BuildKey, Update) {
	return buildKey(b), Update{string(b.Spec.State), version(b)}
}

// resyncAdvice ends messages of what Jira has lost.
const resyncAdvice = "To have Jira told of all records once more: kubectl annotate --overwrite jirasite %s " + v1alpha1.AnnotationResync + "=\"$(date -u +%%FT%%T)\""

// Compare compares what Jira was told with what it has; err is why that is not known. It returns what to say.
//
//	404 in Jira's words            Missing
//	a lower number                 Older: a later update was taken, and not stored
//	the same state                 Same, also with a higher number: nobody who reads the issue sees a difference
//	another state                  Newer: somebody else wrote it, since Jira keeps the highest number
//	any other error                NotPermitted, or Error
func Compare(site string, told, stored Update, err error) (v1alpha1.ReadBackResult, string) {
	advice := fmt.Sprintf(resyncAdvice, site)
	switch {
	case jira.NotStored(err):
		return v1alpha1.ReadBackMissing, Bounded("Jira took the record, and has nothing under its key. It did not store it, somebody deleted it there, or another client id wrote it. " + advice)
	case jira.NotPermitted(err):
		return v1alpha1.ReadBackNotPermitted, Bounded("The credential may write, and not read: whether Jira stores what it takes is not known. A credential that was made anew in Jira may do both (" + err.Error() + ")")
	case err != nil:
		return v1alpha1.ReadBackError, Bounded("Jira could not be asked what it stored; it is tried again by itself (" + err.Error() + ")")
	case stored.Number < told.Number:
		return v1alpha1.ReadBackOlder, Bounded(fmt.Sprintf("Jira took the record as %s, number %d, and has an earlier update, %s, number %d: it did not store the later one. %s",
			told.State, told.Number, stateName(stored.State), stored.Number, advice))
	case stored.State == told.State:
		return v1alpha1.ReadBackSame, ""
	}
	return v1alpha1.ReadBackNewer, Bounded(fmt.Sprintf("Jira took the record as %s, number %d, and has %s, number %d: somebody else writes with the credential, or the cluster was restored from a backup. %s",
		told.State, told.Number, stateName(stored.State), stored.Number, advice))
}

// states are those that Jira knows. Another text in their place is not repeated.
var states = []string{"unknown", "pending", "in_progress", "cancelled", "failed", "rolled_back", "successful"}

func stateName(state string) string {
	if slices.Contains(states, state) {
		return state
	}
	return "another state"
}
