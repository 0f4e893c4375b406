// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Record is a record of either kind. What it has beside its metadata is what delivery needs to know of it.
//
// +kubebuilder:object:generate=false
type Record interface {
	metav1.Object
	runtime.Object
	// GetSite returns the name of the JiraSite that the record is delivered to.
	GetSite() string
	// GetReference returns the workload or the run that the record tells of; nil for a record that was made by hand.
	GetReference() *WorkloadReference
	// GetIssueKeys returns the issues that the record is shown on.
	GetIssueKeys() []string
	// GetOperationType returns whether Jira is told of something past.
	GetOperationType() OperationType
	// GetLastUpdated returns when the state became what it is; zero where the record does not say.
	GetLastUpdated() metav1.Time
	// GetSource returns which commits the record ships; nil where it does not say.
	GetSource() *Source
	// GetRecordStatus returns what Jira answered.
	GetRecordStatus() *RecordStatus
	// Unfinished says that what the record tells of is under way: it is not known how it ends.
	Unfinished() bool
	// Settled says whether nothing more is to be sent for the record's current generation: Jira took it, or refused it
	// for good, or took a newer record with the same key, or it is never to be told. What is not settled is pending.
	Settled() bool
	// Resyncing says that Jira took the record as it is, and is to be told of it once more.
	Resyncing() bool
}

var (
	_ Record = &JiraDeployment{}
	_ Record = &JiraBuild{}
)

// GetSite implements Record.
func (d *JiraDeployment) GetSite() string { return d.Spec.Site }

// GetReference implements Record.
func (d *JiraDeployment) GetReference() *WorkloadReference { return d.Spec.Workload }

// GetIssueKeys implements Record.
func (d *JiraDeployment) GetIssueKeys() []string { return d.Spec.IssueKeys }

// GetOperationType implements Record.
func (d *JiraDeployment) GetOperationType() OperationType { return d.Spec.OperationType }

// GetLastUpdated implements Record.
func (d *JiraDeployment) GetLastUpdated() metav1.Time { return d.Spec.LastUpdated }

// GetSource implements Record.
func (d *JiraDeployment) GetSource() *Source { return d.Spec.Source }

// GetRecordStatus implements Record.
func (d *JiraDeployment) GetRecordStatus() *RecordStatus { return &d.Status.RecordStatus }

// Unfinished implements Record.
func (d *JiraDeployment) Unfinished() bool {
	return d.Spec.State == StatePending || d.Spec.State == StateInProgress
}

// Settled implements Record.
func (d *JiraDeployment) Settled() bool { return d.Status.settled(d.Generation) }

// Resyncing implements Record.
func (d *JiraDeployment) Resyncing() bool { return d.Status.resyncing(d.Generation) }

// GetSite implements Record.
func (b *JiraBuild) GetSite() string { return b.Spec.Site }

// GetReference implements Record.
func (b *JiraBuild) GetReference() *WorkloadReference { return b.Spec.Run }

// GetIssueKeys implements Record.
func (b *JiraBuild) GetIssueKeys() []string { return b.Spec.IssueKeys }

// GetOperationType implements Record.
func (b *JiraBuild) GetOperationType() OperationType { return b.Spec.OperationType }

// GetLastUpdated implements Record.
func (b *JiraBuild) GetLastUpdated() metav1.Time { return b.Spec.LastUpdated }

// GetSource implements Record.
func (b *JiraBuild) GetSource() *Source { return b.Spec.Source }

// GetRecordStatus implements Record.
func (b *JiraBuild) GetRecordStatus() *RecordStatus { return &b.Status.RecordStatus }

// Unfinished implements Record.
func (b *JiraBuild) Unfinished() bool {
	return b.Spec.State == BuildPending || b.Spec.State == BuildInProgress
}

// Settled implements Record.
func (b *JiraBuild) Settled() bool { return b.Status.settled(b.Generation) }

// Resyncing implements Record.
func (b *JiraBuild) Resyncing() bool { return b.Status.resyncing(b.Generation) }

// Told says whether Jira took any generation of the record's spec. An answer to a generation that was outdated by then stands
// in the history alone.
func (s *RecordStatus) Told() bool {
	accepted := func(d Delivery) bool { return d.Reason == ReasonAccepted }
	return s.DeliveredGeneration > 0 || slices.ContainsFunc(s.History, accepted)
}

func (s *RecordStatus) settled(generation int64) bool {
	delivered := meta.FindStatusCondition(s.Conditions, ConditionDelivered)
	if delivered != nil && delivered.ObservedGeneration >= generation {
		return Terminal(delivered.Reason)
	}
	return s.DeliveredGeneration >= generation
}

func (s *RecordStatus) resyncing(generation int64) bool {
	return s.DeliveredGeneration >= generation && !s.settled(generation)
}

// UntoldSince returns when a record's state changed, or the record was made, after Jira was told last; zero where only keys
// or names were corrected since, or nothing was.
func UntoldSince(r Record) time.Time {
	if r.Resyncing() {
		return time.Time{}
	}
	since, changed := r.GetCreationTimestamp().Time, r.GetLastUpdated().Time
	if changed.After(since) {
		since = changed
	}
	if r.GetRecordStatus().DeliveredTime.Truncate(time.Second).After(since) {
		return time.Time{}
	}
	return since
}

// PendingSince returns since when a pending record waits. It is UntoldSince; but where somebody wrote a time into the record that
// is yet to come, it is the record's creation.
func PendingSince(r Record, now time.Time) time.Time {
	since := UntoldSince(r)
	if since.After(now) {
		return r.GetCreationTimestamp().Time
	}
	return since
}
