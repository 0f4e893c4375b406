// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// created is when the records of the tests were created.
var created = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// recordBuilder builds a record.
type recordBuilder struct {
	d v1alpha1.JiraDeployment
}

// makeRecord returns a record as a person writes it by hand: what has a default is left out.
func makeRecord(name string, keys ...string) *recordBuilder {
	return &recordBuilder{d: v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name, UID: types.UID("uid-of-" + name), Generation: 1, CreationTimestamp: metav1.NewTime(created),
		},
		Spec: v1alpha1.JiraDeploymentSpec{
			Site:        "acme",
			Pipeline:    v1alpha1.Pipeline{ID: "by-hand/" + name},
			Environment: v1alpha1.Environment{ID: "prod", Type: v1alpha1.EnvironmentProduction},
			State:       v1alpha1.StateSuccessful,
			IssueKeys:   keys,
		},
	}}
}

// Full fills in what a person may leave out.
func (b *recordBuilder) Full() *recordBuilder {
	spec := &b.d.Spec
	spec.Sequence = 1_772_355_600_000_007
	spec.Revision = 7
	spec.Workload = &v1alpha1.WorkloadReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web", UID: "uid-1"}
	spec.Pipeline = v1alpha1.Pipeline{ID: "eu-1/shop/Deployment/web", Name: "shop/web", URL: "https://ci.acme.io/web"}
	spec.Environment = v1alpha1.Environment{ID: "prod-eu", Name: "Production EU", Type: v1alpha1.EnvironmentProduction}
	spec.LastUpdated = metav1.NewTime(created.Add(5 * time.Minute))
	spec.DisplayName = "web 1.2"
	spec.Description = "Deployment shop/web, revision 7: shop/web:1.2"
	spec.Label = "1.2"
	spec.URL = "https://argocd.acme.io/shop/web"
	return b
}

// Resynced makes it one that Jira took, and that is sent once more for a resync which began then.
func (b *recordBuilder) Resynced(at time.Time) *recordBuilder {
	b.d.Status.RecordStatus = v1alpha1.RecordStatus{
		DeliveredGeneration: b.d.Generation, ResyncTime: metav1.NewTime(at),
		Conditions: []metav1.Condition{{Type: v1alpha1.ConditionDelivered, Reason: v1alpha1.ReasonResync, ObservedGeneration: b.d.Generation}},
	}
	return b
}

func (b *recordBuilder) Services(ids ...string) *recordBuilder {
	b.d.Spec.ServiceIDs = ids
	return b
}

func (b *recordBuilder) Dropped(associations int32) *recordBuilder {
	b.d.Spec.DroppedAssociations = associations
	return b
}

func (b *recordBuilder) Created(when time.Time) *recordBuilder {
	b.d.CreationTimestamp = metav1.NewTime(when)
	return b
}

func (b *recordBuilder) Generation(n int64) *recordBuilder {
	b.d.Generation = n
	return b
}

func (b *recordBuilder) Pipeline(id string) *recordBuilder {
	b.d.Spec.Pipeline.ID = id
	return b
}

func (b *recordBuilder) Sequence(n int64) *recordBuilder {
	b.d.Spec.Sequence = n
	return b
}

func (b *recordBuilder) LastUpdated(when time.Time) *recordBuilder {
	b.d.Spec.LastUpdated = metav1.NewTime(when)
	return b
}

// Took says when the rollout began and ended.
func (b *recordBuilder) Took(from, to time.Time) *recordBuilder {
	b.d.Spec.StartTime, b.d.Spec.CompletionTime = metav1.NewTime(from), metav1.NewTime(to)
	return b
}

// Past says that the record tells of the past.
func (b *recordBuilder) Past() *recordBuilder {
	b.d.Spec.OperationType = v1alpha1.OperationBackfill
	return b
}

func (b *recordBuilder) Obj() *v1alpha1.JiraDeployment {
	return b.d.DeepCopy()
}

// Namespace puts the record into another namespace.
func (b *recordBuilder) Namespace(name string) *recordBuilder {
	b.d.Namespace, b.d.UID = name, types.UID("uid-of-"+name+"/"+b.d.Name)
	return b
}

func (b *recordBuilder) State(state v1alpha1.DeploymentState) *recordBuilder {
	b.d.Spec.State = state
	return b
}

func browse(issueKey string) string { return record.BrowseURL("acme.atlassian.net", issueKey) }

// entry returns the entry of the record, with a link to the first issue where the record has none.
func (b *recordBuilder) entry() *entry {
	return &entry{message: FromDeployment(b.Obj(), browse)}
}

func (b *recordBuilder) key() jira.DeploymentKey {
	return deploymentKey(b.Obj())
}

// resultBuilder builds Jira's answer to a batch.
type resultBuilder struct {
	r jira.Result[jira.DeploymentKey]
}

func makeResult() *resultBuilder {
	return &resultBuilder{}
}

func (b *resultBuilder) Accepted(records ...*recordBuilder) *resultBuilder {
	for _, d := range records {
		b.r.Accepted = append(b.r.Accepted, d.key())
	}
	return b
}

func (b *resultBuilder) Rejected(d *recordBuilder, messages ...string) *resultBuilder {
	b.r.Rejected = append(b.r.Rejected, jira.Rejection[jira.DeploymentKey]{Key: d.key(), Messages: messages})
	return b
}

func (b *resultBuilder) UnknownKeys(keys ...string) *resultBuilder {
	b.r.UnknownIssueKeys = append(b.r.UnknownIssueKeys, keys...)
	return b
}

func (b *resultBuilder) UnknownAssociations(associationType string, values ...string) *resultBuilder {
	b.r.UnknownAssociations = append(b.r.UnknownAssociations, jira.Association{AssociationType: associationType, Values: values})
	return b
}

func (b *resultBuilder) Reply() *Reply {
	return ReplyOf(&b.r)
}

// jiraError returns an error of Jira's.
func jiraError(kind jira.ErrorKind, messages ...string) error {
	return fmt.Errorf("deliver: %w", &jira.Error{Op: "submit deployments", Host: "api.atlassian.com", Kind: kind, Messages: messages})
}
