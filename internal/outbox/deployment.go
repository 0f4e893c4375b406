package outbox

import (
	"cmp"
	"hash/fnv"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// perSecond is how many generations fit between two seconds of an updateSequenceNumber.
const perSecond = 1_000_000

// FromDeployment returns the message of a JiraDeployment as it is now. browse makes the link of a record that has none,
// from its first issue key.
func FromDeployment(d *v1alpha1.JiraDeployment, browse func(issueKey string) string) Message {
	message := Message{
		Key:        deploymentKey(d).String(),
		Version:    version(d),
		Source:     SourceOf(d),
		IssueKeys:  d.Spec.IssueKeys,
		ServiceIDs: d.Spec.ServiceIDs,
		Dropped:    d.Spec.DroppedAssociations,
		Changed:    changed(d),
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

// DeploymentReply returns Jira's answer to a batch of deployments.
func DeploymentReply(result *jira.Result) *Reply {
	reply := &Reply{answers: map[string]answer{}, unknownKeys: sets.New(result.UnknownIssueKeys...), unknownServices: sets.New[string]()}
	for _, key := range result.Accepted {
		reply.answers[key.String()] = answer{accepted: true}
	}
	for _, rejection := range result.Rejected {
		reply.answers[rejection.Key.String()] = answer{messages: rejection.Messages}
	}
	for _, group := range result.UnknownAssociations {
		unknown := reply.unknownKeys
		if group.AssociationType == jira.AssociationServiceIDOrKeys {
			unknown = reply.unknownServices
		}
		unknown.Insert(group.Values...)
	}
	return reply
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
		Environment: jira.Environment{
			ID:          key.EnvironmentID,
			DisplayName: cmp.Or(visible(spec.Environment.Name), spec.Environment.ID),
			Type:        string(spec.Environment.Type),
		},
		Associations: associations(spec),
	}
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
	sequence := cmp.Or(d.Spec.Sequence, d.CreationTimestamp.Unix()*perSecond+tieBreak(d))
	return jira.DeploymentKey{PipelineID: d.Spec.Pipeline.ID, EnvironmentID: d.Spec.Environment.ID, DeploymentSequenceNumber: sequence}
}

// version is Jira's updateSequenceNumber. It needs no clock: the API server has already ordered the updates. A resync
// raises it above whatever somebody else wrote before.
func version(d *v1alpha1.JiraDeployment) int64 {
	return max(d.CreationTimestamp.Unix(), d.Status.ResyncTime.Unix())*perSecond + d.Generation
}

// tieBreak tells apart records that were made by hand within one second, for one pipeline and environment: Jira would
// take the second for the first.
func tieBreak(d *v1alpha1.JiraDeployment) int64 {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(d.UID)) // a hash takes everything
	return int64(sum.Sum64() % perSecond)
}

// changed returns when the record's state changed, or the record was made, after Jira was told last; zero where only
// keys or names were corrected since, or nothing was.
func changed(d *v1alpha1.JiraDeployment) time.Time {
	if d.Resyncing() {
		return time.Time{}
	}
	since := d.CreationTimestamp.Time
	if d.Spec.LastUpdated.After(since) {
		since = d.Spec.LastUpdated.Time
	}
	if d.Status.DeliveredTime.Truncate(time.Second).After(since) {
		return time.Time{}
	}
	return since
}

func associations(spec v1alpha1.JiraDeploymentSpec) []jira.Association {
	return slices.DeleteFunc([]jira.Association{
		{AssociationType: jira.AssociationIssueIDOrKeys, Values: spec.IssueKeys},
		{AssociationType: jira.AssociationServiceIDOrKeys, Values: spec.ServiceIDs},
	}, func(group jira.Association) bool { return len(group.Values) == 0 })
}
