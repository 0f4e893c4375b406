// SPDX-License-Identifier: Apache-2.0

package explain

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record"
)

func recordOf(d *v1alpha1.JiraDeployment) *Record {
	spec := &d.Spec
	return &Record{
		Name: d.Name, State: string(spec.State), Issues: spec.IssueKeys, Unknown: d.Status.UnknownIssueKeys, ServiceIDs: spec.ServiceIDs,
		Environment: spec.Environment.Name, EnvironmentType: string(spec.Environment.Type),
		DisplayName: spec.DisplayName, Description: spec.Description, URL: spec.URL, Generation: d.Generation,
		LastUpdated: spec.LastUpdated.Time, RollbackToRevision: spec.RollbackToRevision,
	}
}

// withheld says why Jira would not be told of a record that is not written yet; nil where it would.
func (e *Explainer) withheld(site *record.Site, o record.Observation, d *v1alpha1.JiraDeployment) *Note {
	if d.CreationTimestamp.IsZero() {
		d = d.DeepCopy()
		d.CreationTimestamp = metav1.NewTime(o.Now)
	}
	check := site.Check(d, record.Home{
		Cluster: o.ClusterUID, ClusterName: o.Cluster, Namespace: o.Namespace, NamespaceCreated: o.NamespaceCreated, OperatorNamespace: e.options.Namespace,
		Workload: o.LiveUID, WorkloadCreated: o.LiveCreated, Records: o.Records,
	})
	if check.Reason == "" {
		return nil
	}
	return &Note{Rule: check.Reason, Text: check.Message}
}
