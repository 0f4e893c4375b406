// SPDX-License-Identifier: Apache-2.0

package record

import (
	"cmp"
	"slices"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// End is how a rollout ended.
type End struct {
	// Took is how long the rollout took to succeed or to fail, and Restored for how long the workload had failed before it
	// succeeded. Both are negative where that is not known, or was not so.
	Took, Restored time.Duration
}

// maxTook is the longest that a rollout is believed to take: who may write records may write its times.
const maxTook = 30 * 24 * time.Hour

// EndOf returns how a rollout ended that a write of its record tells of for the first time; false where the write tells of no
// end, of one from before Rollcall was there, or of one that has nothing to do with an issue or a service, so far. records are the workload's at the site, before the write.
func EndOf(d *v1alpha1.JiraDeployment, records []*v1alpha1.JiraDeployment) (End, bool) {
	var old *v1alpha1.JiraDeployment
	if i := slices.IndexFunc(records, func(r *v1alpha1.JiraDeployment) bool { return r.Name == d.Name }); i >= 0 {
		old = records[i]
	}
	told := old != nil && old.Spec.State == d.Spec.State && keyed(old)
	if unfinished(d.Spec.State) || d.Spec.OperationType == v1alpha1.OperationBackfill || told || !keyed(d) {
		return End{}, false
	}
	end := End{Took: -1, Restored: -1}
	spec := d.Spec
	if ended := spec.State == v1alpha1.StateSuccessful || spec.State == v1alpha1.StateFailed; ended && !spec.StartTime.IsZero() && !spec.CompletionTime.IsZero() {
		if took := spec.CompletionTime.Sub(spec.StartTime.Time); took < maxTook {
			end.Took = took
		}
	}
	if spec.State == v1alpha1.StateSuccessful {
		if since := brokenSince(d, records); !since.IsZero() {
			end.Restored = spec.LastUpdated.Sub(since)
		}
	}
	return end, true
}

// keyed says whether Jira is told of a record.
func keyed(d *v1alpha1.JiraDeployment) bool {
	return len(d.Spec.IssueKeys)+len(d.Spec.ServiceIDs) > 0
}

// brokenSince returns when the first of the releases failed, or began to be rolled back, that came after the last success
// before a record, or were the record's own; zero where none did. Those that were cancelled say nothing.
func brokenSince(d *v1alpha1.JiraDeployment, records []*v1alpha1.JiraDeployment) time.Time {
	before := slices.DeleteFunc(slices.Clone(records), func(r *v1alpha1.JiraDeployment) bool { return r.Spec.Sequence > d.Spec.Sequence })
	slices.SortFunc(before, func(a, b *v1alpha1.JiraDeployment) int { return cmp.Compare(b.Spec.Sequence, a.Spec.Sequence) })
	var since time.Time
	for _, r := range before {
		switch r.Spec.State {
		case v1alpha1.StateFailed, v1alpha1.StateRolledBack:
			since = failedAt(r)
		case v1alpha1.StateSuccessful:
			return since
		}
	}
	return since
}

// failedAt returns when a release failed, or, where it had not, when it began to be rolled back. It is not before the record
// was made: who may write records may write any time into one, and a single one of a thousand years would be all that an
// average shows.
func failedAt(d *v1alpha1.JiraDeployment) time.Time {
	at, err := time.Parse(time.RFC3339, d.Annotations[v1alpha1.AnnotationFailedAt])
	if err != nil {
		at = d.Spec.LastUpdated.Time
	}
	if made := d.CreationTimestamp.Time; at.Before(made) {
		return made
	}
	return at
}

// noteFailure notes when a rollout failed: lastUpdated tells of the rollback later.
func noteFailure(d *v1alpha1.JiraDeployment) {
	switch d.Spec.State {
	case v1alpha1.StateFailed:
		annotate(d, v1alpha1.AnnotationFailedAt, d.Spec.LastUpdated.UTC().Format(time.RFC3339))
	case v1alpha1.StateSuccessful:
		delete(d.Annotations, v1alpha1.AnnotationFailedAt)
	}
}
