// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"cmp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// FromDeployment returns the message of a JiraDeployment as it is now. browse makes the link of a record that has none,
// from its first issue key.
func FromDeployment(d *v1alpha1.JiraDeployment, browse func(issueKey string) string) Message {
	message := Message{
		Key:        deploymentKey(d).String(),
		Version:    version(d),
		Source:     SourceOf(d),
		Details:    detailsOf(d, d.Spec.State, d.Spec.Pipeline.ID, d.Spec.Environment),
		IssueKeys:  d.Spec.IssueKeys,
		ServiceIDs: d.Spec.ServiceIDs,
		Dropped:    dropped(d.Spec.DroppedAssociations, "issue keys and service ids", v1alpha1.MaxAssociations, "deployment"),
		Changed:    v1alpha1.UntoldSince(d),
		Backfill:   d.Spec.OperationType == v1alpha1.OperationBackfill || d.Resyncing(),
		Resync:     d.Resyncing(),
		Body:       func() ([]byte, error) { return jira.EncodeDeployment(deployment(d, browse)) },
	}
	if d.Unfinished() {
		message.Cancelled = func(now time.Time) Message {
			cancelled := d.DeepCopy()
			cancelled.Spec.State, cancelled.Spec.LastUpdated = v1alpha1.StateCancelled, metav1.NewTime(now)
			cancelled.Spec.CompletionTime, cancelled.Spec.OperationType = cancelled.Spec.LastUpdated, ""
			cancelled.Generation++
			return FromDeployment(cancelled, browse)
		}
	}
	return message
}

func deployment(d *v1alpha1.JiraDeployment, browse func(issueKey string) string) jira.Deployment {
	spec, key := d.Spec, deploymentKey(d)
	url := cmp.Or(spec.URL, browse(cmp.Or(spec.IssueKeys...)))
	return jira.Deployment{
		DeploymentSequenceNumber: key.DeploymentSequenceNumber,
		UpdateSequenceNumber:     version(d),
		DisplayName:              cmp.Or(visible(spec.DisplayName), d.Name),
		URL:                      url,
		Description:              visible(spec.Description),
		LastUpdated:              cmp.Or(spec.LastUpdated.Time, d.CreationTimestamp.Time),
		Duration:                 took(spec),
		Label:                    visible(spec.Label),
		State:                    string(spec.State),
		Pipeline: jira.Pipeline{
			ID:          key.PipelineID,
			DisplayName: cmp.Or(visible(spec.Pipeline.Name), spec.Pipeline.ID),
			URL:         cmp.Or(spec.Pipeline.URL, url),
		},
		Environment:  environment(spec.Environment),
		Associations: associations(spec),
	}
}

func environment(e v1alpha1.Environment) jira.Environment {
	return jira.Environment{ID: e.ID, DisplayName: cmp.Or(visible(e.Name), e.ID), Type: string(e.Type)}
}

// took returns how long a rollout took, in seconds; nil where the record does not tell.
func took(spec v1alpha1.JiraDeploymentSpec) *int64 {
	began, ended := spec.StartTime, spec.CompletionTime
	if began.IsZero() || ended.IsZero() || ended.Before(&began) {
		return nil
	}
	return new(int64(ended.Sub(began.Time) / time.Second))
}

func deploymentKey(d *v1alpha1.JiraDeployment) jira.DeploymentKey {
	sequence := cmp.Or(d.Spec.Sequence, byCreation(d))
	return jira.DeploymentKey{PipelineID: d.Spec.Pipeline.ID, EnvironmentID: d.Spec.Environment.ID, DeploymentSequenceNumber: sequence}
}

func associations(spec v1alpha1.JiraDeploymentSpec) []jira.Association {
	return slices.DeleteFunc([]jira.Association{
		{AssociationType: jira.AssociationIssueIDOrKeys, Values: spec.IssueKeys},
		{AssociationType: jira.AssociationServiceIDOrKeys, Values: spec.ServiceIDs},
	}, func(group jira.Association) bool { return len(group.Values) == 0 })
}
