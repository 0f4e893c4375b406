// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func TestSettled(t *testing.T) {
	const generation = 3
	delivered := func(status metav1.ConditionStatus, reason string, observed int64) []metav1.Condition {
		return []metav1.Condition{
			{Type: "Other", Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonRejected, ObservedGeneration: generation},
			{Type: v1alpha1.ConditionDelivered, Status: status, Reason: reason, ObservedGeneration: observed},
		}
	}
	for name, test := range map[string]struct {
		status      v1alpha1.RecordStatus
		wantSettled bool
	}{
		"a record without a status is pending":                    {v1alpha1.RecordStatus{}, false},
		"a record whose generation Jira took is settled":          {v1alpha1.RecordStatus{DeliveredGeneration: 3}, true},
		"a record that Jira has a newer generation of is settled": {v1alpha1.RecordStatus{DeliveredGeneration: 4}, true},
		"a record that changed after Jira took it is pending":     {v1alpha1.RecordStatus{DeliveredGeneration: 2}, false},
		"a rejected record is settled": {v1alpha1.RecordStatus{
			Conditions: delivered(metav1.ConditionFalse, v1alpha1.ReasonRejected, 3),
		}, true},
		"a record that was taken once and is rejected now is settled": {v1alpha1.RecordStatus{
			DeliveredGeneration: 2,
			Conditions:          delivered(metav1.ConditionFalse, v1alpha1.ReasonRejected, 3),
		}, true},
		"a record of unknown keys alone is settled": {v1alpha1.RecordStatus{
			Conditions: delivered(metav1.ConditionFalse, v1alpha1.ReasonUnknownIssueKeys, 3),
		}, true},
		"a record that a newer one took the place of is settled": {v1alpha1.RecordStatus{
			Conditions: delivered(metav1.ConditionFalse, v1alpha1.ReasonSuperseded, 3),
		}, true},
		"a record that was restored in another cluster is settled": {v1alpha1.RecordStatus{
			Conditions: delivered(metav1.ConditionFalse, v1alpha1.ReasonForeign, 3),
		}, true},
		"a record of what the site ignores is settled": {v1alpha1.RecordStatus{
			Conditions: delivered(metav1.ConditionFalse, v1alpha1.ReasonExisting, 3),
		}, true},
		"a rejected record whose spec was mended is pending": {v1alpha1.RecordStatus{
			Conditions: delivered(metav1.ConditionFalse, v1alpha1.ReasonRejected, 2),
		}, false},
		"a record that waits for Jira is pending": {v1alpha1.RecordStatus{
			Conditions: delivered(metav1.ConditionFalse, v1alpha1.ReasonPending, 3),
		}, false},
		"a record that waits for its site is pending": {v1alpha1.RecordStatus{
			Conditions: delivered(metav1.ConditionFalse, v1alpha1.ReasonSiteNotReady, 3),
		}, false},
		"a record that Jira took and is told once more is pending": {v1alpha1.RecordStatus{
			DeliveredGeneration: 3,
			Conditions:          delivered(metav1.ConditionFalse, v1alpha1.ReasonResync, 3),
		}, false},
		"a record that Jira refuses when it is told once more is settled": {v1alpha1.RecordStatus{
			DeliveredGeneration: 3,
			Conditions:          delivered(metav1.ConditionFalse, v1alpha1.ReasonRejected, 3),
		}, true},
		"a record of a dry run is pending": {v1alpha1.RecordStatus{
			Conditions: delivered(metav1.ConditionFalse, v1alpha1.ReasonDryRun, 3),
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, record := range recordsOf(generation, test.status) {
				if got := record.Settled(); got != test.wantSettled {
					t.Errorf("%T.Settled() = %t, want %t", record, got, test.wantSettled)
				}
			}
		})
	}
}

// recordsOf returns a record of each kind with a status.
func recordsOf(generation int64, status v1alpha1.RecordStatus) []v1alpha1.Record {
	meta := metav1.ObjectMeta{Generation: generation}
	return []v1alpha1.Record{
		&v1alpha1.JiraDeployment{ObjectMeta: meta, Status: v1alpha1.JiraDeploymentStatus{RecordStatus: status}},
		&v1alpha1.JiraBuild{ObjectMeta: meta, Status: v1alpha1.JiraBuildStatus{RecordStatus: status}},
	}
}

func TestWhatARecordOfEitherKindSaysOfItself(t *testing.T) {
	run, source := &v1alpha1.WorkloadReference{Kind: "Job", Name: "web-7"}, &v1alpha1.Source{Revision: "41ac7e7"}
	for name, record := range map[string]v1alpha1.Record{
		"a deployment": &v1alpha1.JiraDeployment{Spec: v1alpha1.JiraDeploymentSpec{
			Site: "acme", Workload: run, IssueKeys: []string{"SHOP-12"}, OperationType: v1alpha1.OperationBackfill, Source: source,
		}},
		"a build": &v1alpha1.JiraBuild{Spec: v1alpha1.JiraBuildSpec{
			Site: "acme", Run: run, IssueKeys: []string{"SHOP-12"}, OperationType: v1alpha1.OperationBackfill, Source: source,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(record.GetSite()).To(Equal("acme"))
			g.Expect(record.GetReference()).To(BeIdenticalTo(run))
			g.Expect(record.GetIssueKeys()).To(Equal([]string{"SHOP-12"}))
			g.Expect(record.GetOperationType()).To(Equal(v1alpha1.OperationBackfill))
			g.Expect(record.GetSource()).To(BeIdenticalTo(source))
			record.GetRecordStatus().DeliveredGeneration = 1
			g.Expect(record.Settled()).To(BeTrue(), "the status is the record's own, and no copy")
		})
	}
}

func TestWhichStatesOfABuildAreUnderWay(t *testing.T) {
	for state, want := range map[v1alpha1.BuildState]bool{
		v1alpha1.BuildPending: true, v1alpha1.BuildInProgress: true, v1alpha1.BuildSuccessful: false,
		v1alpha1.BuildFailed: false, v1alpha1.BuildCancelled: false, v1alpha1.BuildUnknown: false,
	} {
		if got := (&v1alpha1.JiraBuild{Spec: v1alpha1.JiraBuildSpec{State: state}}).Unfinished(); got != want {
			t.Errorf("a build that is %s: Unfinished() = %t, want %t", state, got, want)
		}
	}
}

func TestResyncing(t *testing.T) {
	for name, test := range map[string]struct {
		delivered  int64
		reason     string
		generation int64
		want       bool
	}{
		"what Jira took":                        {3, v1alpha1.ReasonAccepted, 3, false},
		"what is sent once more":                {3, v1alpha1.ReasonResync, 3, true},
		"what waits for its site meanwhile":     {3, v1alpha1.ReasonSiteNotReady, 3, true},
		"what changed before it was sent again": {2, v1alpha1.ReasonResync, 2, false},
		"what Jira refuses the second time":     {3, v1alpha1.ReasonRejected, 3, false},
		"what Jira was never told":              {0, v1alpha1.ReasonPending, 3, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, record := range recordsOf(3, v1alpha1.RecordStatus{
				DeliveredGeneration: test.delivered,
				Conditions:          []metav1.Condition{{Type: v1alpha1.ConditionDelivered, Reason: test.reason, ObservedGeneration: test.generation}},
			}) {
				if got := record.Resyncing(); got != test.want {
					t.Errorf("%T.Resyncing() = %t, want %t", record, got, test.want)
				}
			}
		})
	}
}

// Of the reasons of the Delivered condition some are final, and some are about what the record's namespace may say.
func TestWhatAReasonMeans(t *testing.T) {
	type meaning struct{ terminal, refused bool }
	want := map[string]meaning{
		v1alpha1.ReasonAccepted:              {terminal: true},
		v1alpha1.ReasonRejected:              {terminal: true},
		v1alpha1.ReasonUnknownIssueKeys:      {terminal: true},
		v1alpha1.ReasonSuperseded:            {terminal: true},
		v1alpha1.ReasonForeign:               {terminal: true},
		v1alpha1.ReasonExisting:              {terminal: true},
		v1alpha1.ReasonPipelineNotAllowed:    {terminal: true},
		v1alpha1.ReasonSequenceTooHigh:       {terminal: true},
		v1alpha1.ReasonNoIssueKeys:           {terminal: true},
		v1alpha1.ReasonNotSelected:           {refused: true},
		v1alpha1.ReasonHandmadeNotAllowed:    {refused: true},
		v1alpha1.ReasonEnvironmentNotAllowed: {refused: true},
		v1alpha1.ReasonProjectNotAllowed:     {refused: true},
		v1alpha1.ReasonPending:               {},
		v1alpha1.ReasonSiteNotReady:          {},
		v1alpha1.ReasonDryRun:                {},
		v1alpha1.ReasonResync:                {},
	}
	for _, reason := range reasonsIn(t, reasonsOfDelivered, reasonOfBoth) {
		if _, tried := want[reason]; !tried {
			t.Errorf("nothing is wanted of the reason %s", reason)
		}
	}
	want["SomethingElse"], want[""] = meaning{}, meaning{}
	for reason, want := range want {
		t.Run("the reason "+reason, func(t *testing.T) {
			if got := (meaning{v1alpha1.Terminal(reason), v1alpha1.Refused(reason)}); got != want {
				t.Errorf("%q means %+v, want %+v", reason, got, want)
			}
		})
	}
}
