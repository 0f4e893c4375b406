// SPDX-License-Identifier: Apache-2.0

package build

import (
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// ArgoWorkflow is the kind of the runs of Argo Workflows.
var ArgoWorkflow = schema.GroupVersionKind{Group: "argoproj.io", Version: "v1alpha1", Kind: "Workflow"}

// NewArgoWorkflow returns an empty Workflow.
func NewArgoWorkflow() *unstructured.Unstructured { return newUnstructured(ArgoWorkflow) }

// NewArgoWorkflowList returns an empty list of Workflows.
func NewArgoWorkflowList() *unstructured.UnstructuredList { return newUnstructuredList(ArgoWorkflow) }

// Labels by which Argo says what a Workflow was made from.
const (
	argoCronWorkflow    = "workflows.argoproj.io/cron-workflow"
	argoTemplate        = "workflows.argoproj.io/workflow-template"
	argoClusterTemplate = "workflows.argoproj.io/cluster-workflow-template"
)

// argoPhases are the phases of a Workflow. Before its controller looks at it, it has none.
var argoPhases = map[string]State{
	"":          Pending,
	"Pending":   Pending,
	"Running":   InProgress,
	"Succeeded": Successful,
	"Failed":    Failed,
	"Error":     Failed,
}

// FromWorkflow returns how a Workflow of Argo's stands.
func FromWorkflow(o *unstructured.Unstructured) Build {
	b, _ := observe(o, ArgoWorkflow, readWorkflow)
	return b
}

func readWorkflow(r *reader, b *Build) (evidence, []result) {
	r.readTemplate(b)
	phase, strange := r.text("status.phase"), ""
	state, known := argoPhases[phase]
	if !known {
		state, strange = Unknown, "It is in phase "+phase+"."
	}
	b.State = state
	// Terminate or Stop: people want it to end. Where they say so with a WorkflowAction, it stands in the status alone.
	asked, told := r.text("spec.shutdown"), r.text("status.shutdown")
	if b.Cancelling = asked != "" || told != ""; b.Cancelling && state == Failed {
		b.State = Cancelled
	}
	b.date(r.time("status.startedAt"), r.time("status.finishedAt"), time.Time{})
	b.explain(r.sentence("status.message"), strange)
	if state == InProgress && r.flag("spec.suspend") {
		b.State, b.Since, b.Message = Pending, time.Time{}, becauseSuspended
	}
	return evidence{}, r.results("status.outputs.parameters")
}

// readTemplate reads what the Workflow was made from: of a CronWorkflow that is the pipeline, whatever template it has.
func (r *reader) readTemplate(b *Build) {
	kind := "WorkflowTemplate"
	if r.flag("spec.workflowTemplateRef.clusterScope") {
		kind = "ClusterWorkflowTemplate"
	}
	labels := r.meta.Labels
	b.isOf("ClusterWorkflowTemplate", labels[argoClusterTemplate])
	b.isOf("WorkflowTemplate", labels[argoTemplate])
	b.isOf(kind, r.text("spec.workflowTemplateRef.name"))
	b.isOf("CronWorkflow", labels[argoCronWorkflow])
}
