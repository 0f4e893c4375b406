// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"cmp"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// FromBuild returns the message of a JiraBuild as it is now. browse makes the link of a record that has none, from its
// first issue key.
func FromBuild(b *v1alpha1.JiraBuild, browse func(issueKey string) string) Message {
	message := Message{
		Key:       buildKey(b).String(),
		Version:   version(b),
		Source:    SourceOf(b),
		Details:   detailsOf(b, b.Spec.State, b.Spec.PipelineID, v1alpha1.Environment{}),
		IssueKeys: b.Spec.IssueKeys,
		Dropped:   dropped(b.Spec.DroppedIssueKeys, "issue keys", v1alpha1.MaxBuildIssueKeys, "build"),
		Changed:   v1alpha1.UntoldSince(b),
		Backfill:  b.Spec.OperationType == v1alpha1.OperationBackfill || b.Resyncing(),
		Resync:    b.Resyncing(),
		Body:      func() ([]byte, error) { return jira.EncodeBuild(build(b, browse)) },
	}
	if b.Unfinished() { // nobody sees any more how it ends
		message.Cancelled = func(now time.Time) Message {
			unknown := b.DeepCopy()
			unknown.Spec.State, unknown.Spec.LastUpdated, unknown.Spec.OperationType = v1alpha1.BuildUnknown, metav1.NewTime(now), ""
			unknown.Generation++
			return FromBuild(unknown, browse)
		}
	}
	return message
}

func build(b *v1alpha1.JiraBuild, browse func(issueKey string) string) jira.Build {
	spec, key := b.Spec, buildKey(b)
	return jira.Build{
		PipelineID:           key.PipelineID,
		BuildNumber:          key.BuildNumber,
		UpdateSequenceNumber: version(b),
		DisplayName:          cmp.Or(visible(spec.DisplayName), b.Name),
		URL:                  cmp.Or(spec.URL, browse(cmp.Or(spec.IssueKeys...))),
		State:                string(spec.State),
		LastUpdated:          cmp.Or(spec.LastUpdated.Time, b.CreationTimestamp.Time),
		IssueKeys:            spec.IssueKeys,
		Description:          visible(spec.Description),
		Label:                visible(spec.Label),
		TestInfo:             testInfo(spec.Tests),
		References:           references(spec.References),
	}
}

func buildKey(b *v1alpha1.JiraBuild) jira.BuildKey {
	return jira.BuildKey{PipelineID: b.Spec.PipelineID, BuildNumber: cmp.Or(b.Spec.BuildNumber, byCreation(b))}
}

func testInfo(tests *v1alpha1.BuildTests) *jira.TestInfo {
	if tests == nil {
		return nil
	}
	count := func(n *int64) int64 {
		if n == nil {
			return 0
		}
		return *n
	}
	return &jira.TestInfo{Total: count(tests.Total), Passed: count(tests.Passed), Failed: count(tests.Failed), Skipped: count(tests.Skipped)}
}

func references(of []v1alpha1.BuildReference) []jira.Reference {
	var all []jira.Reference
	for _, r := range of {
		var told jira.Reference
		if c := r.Commit; c != nil {
			told.Commit = &jira.CommitReference{ID: c.ID, RepositoryURI: c.RepositoryURL}
		}
		if ref := r.Ref; ref != nil && visible(ref.Name) != "" {
			told.Ref = &jira.RefReference{Name: visible(ref.Name), URI: ref.URL}
		}
		if told != (jira.Reference{}) {
			all = append(all, told)
		}
	}
	return all
}
