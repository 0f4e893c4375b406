// SPDX-License-Identifier: Apache-2.0

package build

import (
	"testing"
	"time"
)

// makeWorkflow returns a Workflow that nobody has looked at yet.
func makeWorkflow(name string) runBuilder { return makeRun(NewArgoWorkflow(), name) }

// Phase sets the phase, and when it started and ended; 0 where it did not.
func (b runBuilder) Phase(phase, message string, started, finished int) runBuilder {
	b = b.Set("status.phase", phase).Set("status.message", message)
	for path, minute := range map[string]int{"status.startedAt": started, "status.finishedAt": finished} {
		if minute > 0 {
			b = b.Set(path, written3339(minute))
		}
	}
	return b
}

func TestFromWorkflowTellsTheState(t *testing.T) {
	run := func() runBuilder { return makeWorkflow("ci") }
	as := func(state State, minute int, message string) Build {
		return Build{PipelineKind: "Workflow", PipelineName: "ci", State: state, Since: at(minute), Message: message}
	}
	cancelling := func(b Build) Build { b.Cancelling = true; return b }
	undated := func(b Build) Build { b.Since = time.Time{}; return b }
	tests := map[string]struct {
		run  runBuilder
		want Build
	}{
		"just created":             {run(), as(Pending, 0, "")},
		"waits for a lock":         {run().Phase("Pending", "Waiting for shop/mutex", 0, 0), as(Pending, 0, "Waiting for shop/mutex")},
		"runs":                     {run().Phase("Running", "", 1, 0), as(InProgress, 1, "")},
		"suspended":                {run().Phase("Running", "", 1, 0).Set("spec.suspend", true), undated(as(Pending, 0, becauseSuspended))},
		"succeeded":                {run().Phase("Succeeded", "", 1, 8), as(Successful, 8, "")},
		"succeeded after all":      {run().Phase("Succeeded", "", 1, 8).Set("spec.shutdown", "Stop"), as(Successful, 8, "")},
		"failed":                   {run().Phase("Failed", "child 'ci-1' failed", 1, 8), as(Failed, 8, "child 'ci-1' failed")},
		"in error":                 {run().Phase("Error", "pod deleted", 1, 8), as(Failed, 8, "pod deleted")},
		"terminated":               {run().Phase("Failed", "Stopped with strategy 'Terminate'", 1, 8).Set("spec.shutdown", "Terminate"), as(Cancelled, 8, "Stopped with strategy 'Terminate'")},
		"stopped":                  {run().Phase("Error", "Stopped", 1, 8).Set("spec.shutdown", "Stop"), as(Cancelled, 8, "Stopped")},
		"stopped by an action":     {run().Phase("Failed", "Stopped", 1, 8).Set("status.shutdown", "Stop"), as(Cancelled, 8, "Stopped")},
		"somebody terminates it":   {run().Phase("Running", "", 1, 0).Set("spec.shutdown", "Terminate"), cancelling(as(InProgress, 1, ""))},
		"somebody deletes it":      {run().Phase("Running", "", 1, 0).Deleted(4), cancelling(as(InProgress, 1, ""))},
		"in a phase of the future": {run().Phase("Archived", "", 1, 8), undated(as(Unknown, 0, "It is in phase Archived."))},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			checkBuild(t, test.run.o, test.want)
			if got := FromWorkflow(test.run.o); got.State != test.want.State || got.Kind != "Workflow" || got.APIVersion != "argoproj.io/v1alpha1" {
				t.Errorf("FromWorkflow() = %s %s, %s", got.APIVersion, got.Kind, got.State)
			}
		})
	}
}

func TestFromWorkflowTellsThePipeline(t *testing.T) {
	run := func() runBuilder { return makeWorkflow("ci-x7k2p").Generated("ci-") }
	tests := map[string]struct {
		run  runBuilder
		want string
	}{
		"of itself":                    {run(), "Workflow ci"},
		"of a template":                {run().Set("spec.workflowTemplateRef.name", "build"), "WorkflowTemplate build"},
		"of a template of the cluster": {run().Set("spec.workflowTemplateRef.name", "build").Set("spec.workflowTemplateRef.clusterScope", true), "ClusterWorkflowTemplate build"},
		"submitted from a template":    {run().Label(argoTemplate, "build"), "WorkflowTemplate build"},
		"submitted from the cluster's": {run().Label(argoClusterTemplate, "build"), "ClusterWorkflowTemplate build"},
		"of a CronWorkflow":            {run().Label(argoCronWorkflow, "nightly"), "CronWorkflow nightly"},
		"of a CronWorkflow's template": {run().Label(argoCronWorkflow, "nightly").Set("spec.workflowTemplateRef.name", "build"), "CronWorkflow nightly"},
		"a template that is no text":   {run().Set("spec.workflowTemplateRef.name", int64(7)), "Workflow ci"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := observed(t, test.run.o)
			if got := b.PipelineKind + " " + b.PipelineName; got != test.want {
				t.Errorf("it is of %s, want %s", got, test.want)
			}
		})
	}
}

func TestFromWorkflowReadsOutputs(t *testing.T) {
	run := makeWorkflow("ci").Phase("Succeeded", "", 1, 8).Results("status.outputs.parameters",
		"CHAINS-GIT_URL", shopURL, "CHAINS-GIT_COMMIT", commit, "web_IMAGE_URL", "shop/web", "web_IMAGE_DIGEST", one, "passed", "7")
	run = run.Set("spec.arguments.parameters", []any{map[string]any{"name": "repo", "value": "https://git.example.com/guess"}})
	checkBuild(t, run.o, Build{
		PipelineKind: "Workflow", PipelineName: "ci", State: Successful, Since: at(8),
		Repository: shopURL, Revision: commit, Images: []string{one}, Tests: &Tests{Total: 7, Passed: 7},
	})
}
