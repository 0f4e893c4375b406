// SPDX-License-Identifier: Apache-2.0

package record

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func TestEndOf(t *testing.T) {
	at := func(minutes int) metav1.Time {
		return metav1.NewTime(time.Date(2026, 11, 26, 12, minutes, 0, 0, time.UTC))
	}
	// release returns the record of a revision whose state changed last at that minute of the hour.
	release := func(revision int64, state v1alpha1.DeploymentState, minute int) *v1alpha1.JiraDeployment {
		d := &v1alpha1.JiraDeployment{ObjectMeta: metav1.ObjectMeta{Name: string(rune('a' + revision))}}
		d.Spec.Revision, d.Spec.Sequence, d.Spec.State, d.Spec.LastUpdated = revision, revision, state, at(minute)
		d.Spec.IssueKeys = []string{"SHOP-1"}
		return d
	}
	failed := func(revision int64, state v1alpha1.DeploymentState, minute, failedAt int) *v1alpha1.JiraDeployment {
		d := release(revision, state, minute)
		annotate(d, v1alpha1.AnnotationFailedAt, at(failedAt).UTC().Format(time.RFC3339))
		return d
	}
	timed := func(revision int64, state v1alpha1.DeploymentState, from, to int) *v1alpha1.JiraDeployment {
		d := release(revision, state, to)
		d.Spec.StartTime, d.Spec.CompletionTime = at(from), at(to)
		return d
	}
	backfilled := release(1, v1alpha1.StateSuccessful, 5)
	backfilled.Spec.OperationType = v1alpha1.OperationBackfill
	forged := release(1, v1alpha1.StateFailed, 13)
	forged.CreationTimestamp = at(10)
	annotate(forged, v1alpha1.AnnotationFailedAt, "0001-01-01T00:00:00Z")
	unkeyed := release(1, v1alpha1.StateSuccessful, 5)
	unkeyed.Spec.IssueKeys = nil
	const unknown = -1
	tests := map[string]struct {
		written        *v1alpha1.JiraDeployment
		before         []*v1alpha1.JiraDeployment
		ended          bool
		took, restored time.Duration
	}{
		"begins":                          {written: release(1, v1alpha1.StateInProgress, 5)},
		"waits":                           {written: release(1, v1alpha1.StatePending, 5)},
		"names no issue":                  {written: unkeyed},
		"names one later":                 {release(1, v1alpha1.StateSuccessful, 5), []*v1alpha1.JiraDeployment{unkeyed}, true, unknown, unknown},
		"was there before":                {written: backfilled},
		"changes names alone":             {written: timed(1, v1alpha1.StateSuccessful, 3, 5), before: []*v1alpha1.JiraDeployment{timed(1, v1alpha1.StateSuccessful, 3, 5)}},
		"succeeds":                        {timed(1, v1alpha1.StateSuccessful, 3, 5), []*v1alpha1.JiraDeployment{release(1, v1alpha1.StateInProgress, 3)}, true, 2 * time.Minute, unknown},
		"took a month, as somebody wrote": {timed(1, v1alpha1.StateSuccessful, -60*24*30, 5), nil, true, unknown, unknown},
		"had succeeded when seen":         {written: release(1, v1alpha1.StateSuccessful, 5), ended: true, took: unknown, restored: unknown},
		"fails":                           {timed(1, v1alpha1.StateFailed, 3, 13), []*v1alpha1.JiraDeployment{release(1, v1alpha1.StateInProgress, 3)}, true, 10 * time.Minute, unknown},
		"is cancelled: no time":           {timed(1, v1alpha1.StateCancelled, 3, 4), []*v1alpha1.JiraDeployment{release(1, v1alpha1.StateInProgress, 3)}, true, unknown, unknown},
		"is rolled back: no time":         {timed(1, v1alpha1.StateRolledBack, 3, 4), []*v1alpha1.JiraDeployment{release(1, v1alpha1.StateSuccessful, 3)}, true, unknown, unknown},
		"after all, though failed":        {failed(1, v1alpha1.StateSuccessful, 30, 0), []*v1alpha1.JiraDeployment{failed(1, v1alpha1.StateFailed, 13, 13)}, true, unknown, 17 * time.Minute},
		"after a success":                 {release(2, v1alpha1.StateSuccessful, 30), []*v1alpha1.JiraDeployment{release(1, v1alpha1.StateSuccessful, 13)}, true, unknown, unknown},
		"after a failure":                 {release(2, v1alpha1.StateSuccessful, 30), []*v1alpha1.JiraDeployment{failed(1, v1alpha1.StateFailed, 13, 13)}, true, unknown, 17 * time.Minute},
		"after a failure of a record from before": {
			release(2, v1alpha1.StateSuccessful, 30), []*v1alpha1.JiraDeployment{release(1, v1alpha1.StateFailed, 13)}, true, unknown, 17 * time.Minute,
		},
		"after a failure that somebody wrote to be of before the record": {
			release(2, v1alpha1.StateSuccessful, 30), []*v1alpha1.JiraDeployment{forged}, true, unknown, 20 * time.Minute,
		},
		"by a rollback of a failure": {
			release(3, v1alpha1.StateSuccessful, 30),
			[]*v1alpha1.JiraDeployment{release(1, v1alpha1.StateSuccessful, 1), failed(2, v1alpha1.StateRolledBack, 29, 13), release(3, v1alpha1.StateInProgress, 29)},
			true, unknown, 17 * time.Minute,
		},
		"by a rollback of a success": {
			release(3, v1alpha1.StateSuccessful, 30),
			[]*v1alpha1.JiraDeployment{release(1, v1alpha1.StateSuccessful, 1), release(2, v1alpha1.StateRolledBack, 29)},
			true, unknown, time.Minute,
		},
		"after two failures, in any order, and one that was cancelled": {
			release(5, v1alpha1.StateSuccessful, 40),
			[]*v1alpha1.JiraDeployment{
				release(4, v1alpha1.StateCancelled, 35), failed(3, v1alpha1.StateFailed, 30, 30), release(1, v1alpha1.StateSuccessful, 1), failed(2, v1alpha1.StateFailed, 20, 20),
			},
			true, unknown, 20 * time.Minute,
		},
		"a failure before the last success, and one later, do not count": {
			release(3, v1alpha1.StateSuccessful, 40),
			[]*v1alpha1.JiraDeployment{failed(1, v1alpha1.StateFailed, 1, 1), release(2, v1alpha1.StateSuccessful, 10), failed(4, v1alpha1.StateFailed, 20, 20)},
			true, unknown, unknown,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			end, ended := EndOf(tt.written, tt.before)
			if ended != tt.ended {
				t.Fatalf("EndOf() = %v, want %v", ended, tt.ended)
			}
			if !ended {
				return
			}
			if want := (End{Took: tt.took, Restored: tt.restored}); end != want {
				t.Errorf("EndOf() = %v, want %v", end, want)
			}
		})
	}
}
