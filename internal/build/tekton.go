// SPDX-License-Identifier: Apache-2.0

package build

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// TektonPipelineRun is the kind of the runs of Tekton Pipelines.
var TektonPipelineRun = schema.GroupVersionKind{Group: "tekton.dev", Version: "v1", Kind: "PipelineRun"}

// NewTektonPipelineRun returns an empty PipelineRun.
func NewTektonPipelineRun() *unstructured.Unstructured { return newUnstructured(TektonPipelineRun) }

// NewTektonPipelineRunList returns an empty list of PipelineRuns.
func NewTektonPipelineRunList() *unstructured.UnstructuredList {
	return newUnstructuredList(TektonPipelineRun)
}

// tektonCancels are the values of a PipelineRun's spec.status by which people cancel it.
var tektonCancels = []string{"Cancelled", "CancelledRunFinally", "StoppedRunFinally"}

// tektonCancelling are the reasons by which Tekton says that it cancels a PipelineRun.
var tektonCancelling = []string{"Cancelled", "CancelledRunningFinally", "StoppedRunningFinally", "PipelineRunCouldntCancel"}

// tektonReasons are the reasons of a PipelineRun's condition Succeeded, and the state that each goes with. They are the
// constants of type PipelineRunReason in pkg/apis/pipeline/v1/pipelinerun_types.go of the release that hack/tekton/go.mod
// pins, which a test compares, and three that Tekton's reconciler takes from elsewhere. The condition's status tells whether
// the run ended; a reason that is not here changes nothing of that.
var tektonReasons = map[string]State{
	"Started":                          InProgress,
	"Running":                          InProgress,
	"PipelineRunStopping":              InProgress,
	"CancelledRunningFinally":          InProgress,
	"StoppedRunningFinally":            InProgress,
	"ResolvingPipelineRef":             InProgress,
	"PipelineRunTimeoutRunningFinally": InProgress, // its last tasks run
	"PipelineRunCouldntCancel":         InProgress, // it tries again
	"PipelineRunCouldntTimeOut":        InProgress, // the same

	"PipelineRunPending": Pending,

	"Succeeded": Successful,
	"Completed": Successful, // some tasks were skipped

	"Cancelled": Cancelled,

	"Failed":                          Failed,
	"PipelineRunTimeout":              Failed,
	"CouldntGetPipeline":              Failed,
	"InvalidPipelineResourceBindings": Failed,
	"InvalidWorkspaceBindings":        Failed,
	"InvalidTaskRunSpecs":             Failed,
	"ParameterTypeMismatch":           Failed,
	"ObjectParameterMissKeys":         Failed,
	"ParamArrayIndexingInvalid":       Failed,
	"CouldntGetTask":                  Failed,
	"ParameterMissing":                Failed,
	"PipelineValidationFailed":        Failed,
	"CouldntGetPipelineResult":        Failed,
	"PipelineInvalidGraph":            Failed,
	"InvalidMatrixParameterTypes":     Failed,
	"InvalidTaskResultReference":      Failed,
	"InvalidPipelineResultReference":  Failed,
	"RequiredWorkspaceMarkedOptional": Failed,
	"ResourceVerificationFailed":      Failed,
	"CreateRunFailed":                 Failed,
	"CELEvaluationFailed":             Failed,
	"InvalidParamValue":               Failed,

	"ResolvingTaskRef":          InProgress,
	"CouldntCreateWorkspacePVC": Failed,
	"ReasonCouldntCreateOrUpdateAffinityAssistantStatefulSet": Failed,
}

// FromPipelineRun returns how a PipelineRun of Tekton's stands.
func FromPipelineRun(o *unstructured.Unstructured) Build {
	b, _ := observe(o, TektonPipelineRun, readPipelineRun)
	return b
}

func readPipelineRun(r *reader, b *Build) (evidence, []result) {
	b.isOf("Pipeline", r.pipelineRef())
	b.isOf(TektonPipelineRun.Kind, firstText(r.meta.Annotations[pacPipelineRun], r.meta.Labels[pacPipelineRun]))
	c := r.succeeded()
	b.State = c.state(tektonReasons)
	b.date(r.time("status.startTime"), r.time("status.completionTime"), c.since)
	b.explain(c.message, c.reason)
	b.Cancelling = slices.Contains(tektonCancels, r.text("spec.status")) || slices.Contains(tektonCancelling, c.reason)
	b.URL = webPage(r.meta.Annotations[pacLogURL])
	results := r.results("status.results")
	if results == nil { // as it was named in v1beta1
		results = r.results("status.pipelineResults")
	}
	return pipelinesAsCode(r.meta.Annotations), results
}

// pipelineRef returns the name of the run's Pipeline. Where a resolver gets it, that is the resolver's parameter name: the
// Pipeline itself, which has the name too, is not there when the run begins.
func (r *reader) pipelineRef() string {
	if name := r.text("spec.pipelineRef.name"); name != "" {
		return name
	}
	for _, param := range r.list("spec.pipelineRef.params") {
		if param["name"] != "name" {
			continue
		}
		if name := textIn(param, "value", maxName); name != "" {
			r.keep("spec.pipelineRef.params", []any{map[string]any{"name": "name", "value": name}})
			return name
		}
	}
	return ""
}

// state returns the state that a condition Succeeded tells. reasons are those that matter beside the condition's status:
// where the run was cancelled, and where it waits to be started. Without a condition nobody has looked at the run yet.
func (c condition) state(reasons map[string]State) State {
	told := reasons[c.reason]
	switch {
	case c.status == "True":
		return Successful
	case c.status == "False" && told == Cancelled:
		return Cancelled
	case c.status == "False":
		return Failed
	case c.status == "" || told == Pending:
		return Pending
	}
	return InProgress
}
