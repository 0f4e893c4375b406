// SPDX-License-Identifier: Apache-2.0

package build

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// makePipelineRun returns a PipelineRun that nobody has looked at yet.
func makePipelineRun(name string) runBuilder { return makeRun(NewTektonPipelineRun(), name) }

// ended sets when it started and when it ended.
func (b runBuilder) ended(path string, started, ended int) runBuilder {
	b = b.Set(path+".startTime", written3339(started))
	return b.Set(path+".completionTime", written3339(ended))
}

func TestFromPipelineRunTellsTheState(t *testing.T) {
	run := func() runBuilder { return makePipelineRun("ci") }
	running := func() runBuilder {
		return run().Set("status.startTime", written3339(1)).Succeeded("Unknown", "Running", "Tasks Completed: 1", 3)
	}
	as := func(state State, minute int, message string) Build {
		return Build{PipelineKind: "PipelineRun", PipelineName: "ci", State: state, Since: at(minute), Message: message}
	}
	cancelling := func(b Build) Build { b.Cancelling = true; return b }
	tests := map[string]struct {
		run  runBuilder
		want Build
	}{
		"just created":                {run(), as(Pending, 0, "")},
		"waits to be started":         {run().Set("spec.status", "PipelineRunPending").Succeeded("Unknown", "PipelineRunPending", `PipelineRun "ci" is pending`, 1), as(Pending, 0, `PipelineRun "ci" is pending`)},
		"runs":                        {running(), as(InProgress, 1, "")},
		"runs, and no time says when": {run().Succeeded("Unknown", "Started", "", 2), as(InProgress, 2, "")},
		"a time that is none":         {run().Set("status.startTime", "soon").Succeeded("Unknown", "Started", "", 2), as(InProgress, 2, "")},
		"succeeded":                   {run().ended("status", 1, 8).Succeeded("True", "Succeeded", "Tasks Completed: 3", 9), as(Successful, 8, "")},
		"succeeded, some skipped":     {run().ended("status", 1, 8).Succeeded("True", "Completed", "Tasks Completed: 3", 8), as(Successful, 8, "")},
		"failed":                      {run().ended("status", 1, 8).Succeeded("False", "Failed", "Tasks Completed: 3\n(Failed: 1)", 8), as(Failed, 8, "Tasks Completed: 3 (Failed: 1)")},
		"timed out":                   {run().ended("status", 1, 8).Succeeded("False", "PipelineRunTimeout", "", 8), as(Failed, 8, "PipelineRunTimeout")},
		"failed, no time says when":   {run().Succeeded("False", "CouldntGetPipeline", "no such Pipeline", 4), as(Failed, 4, "no such Pipeline")},
		"failed for a new reason":     {run().Succeeded("False", "Unheard", "of", 4), as(Failed, 4, "of")},
		"cancelled":                   {run().Set("spec.status", "Cancelled").ended("status", 1, 8).Succeeded("False", "Cancelled", "was cancelled", 8), as(Cancelled, 8, "was cancelled")},
		"somebody cancels it":         {running().Set("spec.status", "Cancelled"), cancelling(as(InProgress, 1, ""))},
		"somebody cancels it, finally": {
			running().Set("spec.status", "CancelledRunFinally"), cancelling(as(InProgress, 1, "")),
		},
		"somebody stops it":                {running().Set("spec.status", "StoppedRunFinally"), cancelling(as(InProgress, 1, ""))},
		"it is cancelled as Tekton says":   {run().Succeeded("Unknown", "CancelledRunningFinally", "", 2), cancelling(as(InProgress, 2, ""))},
		"its last tasks run as one failed": {run().Succeeded("Unknown", "PipelineRunStopping", "", 2), as(InProgress, 2, "")},
		"deleted before its end":           {running().Deleted(5), cancelling(as(InProgress, 1, ""))},
		"deleted after its end":            {run().ended("status", 1, 8).Succeeded("True", "Succeeded", "", 8).Deleted(9), as(Successful, 8, "")},
		"cancelled when it was over":       {run().Set("spec.status", "Cancelled").ended("status", 1, 8).Succeeded("True", "Succeeded", "", 8), as(Successful, 8, "")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { checkBuild(t, test.run.o, test.want) })
	}
}

// Each reason goes with the status that Tekton gives it.
func TestEveryReasonOfTektonTellsItsState(t *testing.T) {
	status := map[State]string{Pending: "Unknown", InProgress: "Unknown", Successful: "True", Failed: "False", Cancelled: "False"}
	for reason, want := range tektonReasons {
		t.Run(reason, func(t *testing.T) {
			if got := observed(t, makePipelineRun("ci").Succeeded(status[want], reason, "", 1).o); got.State != want {
				t.Errorf("it is %s, want %s", got.State, want)
			}
		})
	}
}

func TestFromPipelineRunTellsThePipeline(t *testing.T) {
	tests := map[string]struct {
		run  runBuilder
		want string
	}{
		"of a Pipeline":                      {makePipelineRun("shop-ci-run-1").Set("spec.pipelineRef.name", "shop-ci"), "Pipeline shop-ci"},
		"of a Pipeline that a resolver gets": {makePipelineRun("run-1").Set("spec.pipelineRef.resolver", "cluster").Results("spec.pipelineRef.params", "kind", "pipeline", "name", "shop-ci"), "Pipeline shop-ci"},
		"a resolver that takes no name":      {makePipelineRun("web-x7k2p").Generated("web-").Results("spec.pipelineRef.params", "url", shopURL), "PipelineRun web"},
		"a spec of its own":                  {makePipelineRun("web-x7k2p").Generated("web-").Label("tekton.dev/pipeline", "web-x7k2p"), "PipelineRun web"},
		"of Pipelines-as-Code":               {makePipelineRun("shop-on-push-x7k2p").Generated("shop-on-push-").Annotation(pacPipelineRun, "on-push"), "PipelineRun on-push"},
		"of Pipelines-as-Code, in a label":   {makePipelineRun("on-push-x7k2p").Set("spec.pipelineRef.name", "shop-ci").Label(pacPipelineRun, "on-push"), "PipelineRun on-push"},
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

func TestFromPipelineRunReadsPipelinesAsCode(t *testing.T) {
	run := makePipelineRun("shop-on-pull-request-x7k2p").Succeeded("Unknown", "Running", "", 1).
		Annotation(pacPipelineRun, "shop-on-pull-request").Annotation(pacRepository, shopURL).Annotation(pacRevision, commit).
		Annotation(pacTitle, "SHOP-12 Fix login").Annotation(pacSourceBranch, "feature/SHOP-12").Annotation(pacPullRequest, "42").
		Annotation("pipelinesascode.tekton.dev/branch", "SHOP-99-base").Annotation(pacLogURL, "https://console.example.com/run/1")
	checkBuild(t, run.o, Build{
		PipelineKind: "PipelineRun", PipelineName: "shop-on-pull-request", State: InProgress, Since: at(1),
		Repository: shopURL, Revision: commit, Ref: "feature/SHOP-12",
		Texts: []Text{{pacSourceBranch, "feature/SHOP-12"}, {pacTitle, "SHOP-12 Fix login"}, {pacPullRequest, "42"}},
		URL:   "https://console.example.com/run/1",
	})
}

func TestFromPipelineRunReadsResults(t *testing.T) {
	tests := map[string]struct {
		run  func(b runBuilder) runBuilder
		want func(b *Build)
	}{
		"of Tekton Chains": {
			func(b runBuilder) runBuilder {
				return b.Results("status.results", "CHAINS-GIT_URL", shopURL, "CHAINS-GIT_COMMIT", commit+"\n", "IMAGE_URL", "shop/web", "IMAGE_DIGEST", one,
					"proxy-IMAGE_DIGEST", two, "proxy-IMAGE_URL", "shop/proxy", "IMAGES", "shop/web@"+one+", shop/jobs@"+three+"\n", "OTHER", "SHOP-1")
			},
			func(b *Build) {
				b.Repository, b.Revision, b.Images = shopURL, commit, []string{one, two, three}
			},
		},
		"of an older Tekton": {
			func(b runBuilder) runBuilder { return b.Results("status.pipelineResults", "IMAGES", "shop/web@"+one) },
			func(b *Build) { b.Images = []string{one} },
		},
		"a digest of an image that it only used": {
			func(b runBuilder) runBuilder { return b.Results("status.results", "BASE_IMAGE_DIGEST", one) },
			func(*Build) {},
		},
		"test counts": {
			func(b runBuilder) runBuilder {
				return b.Results("status.results", "total", "12", "passed", " 11 ", "failed", "1\n")
			},
			func(b *Build) { b.Tests = &Tests{Total: 12, Passed: 11, Failed: 1} },
		},
		"values that are no texts": {
			func(b runBuilder) runBuilder {
				return b.Set("status.results", []any{"text", map[string]any{"name": "IMAGES", "value": []any{one}}, map[string]any{"name": int64(1)}, map[string]any{"name": "CHAINS-GIT_URL", "value": map[string]any{"uri": "x"}}})
			},
			func(*Build) {},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want := Build{PipelineKind: "PipelineRun", PipelineName: "ci", State: Successful, Since: at(8)}
			test.want(&want)
			checkBuild(t, test.run(makePipelineRun("ci").ended("status", 1, 8).Succeeded("True", "Succeeded", "", 8)).o, want)
		})
	}
}

func TestAFailedRunHasNoImages(t *testing.T) {
	run := makePipelineRun("ci").Succeeded("False", "Failed", "no", 8).Results("status.results", "IMAGES", "shop/web@"+one).
		Annotation("rollcall.dev/image-digest", two)
	if got := observed(t, run.o); got.Images != nil || got.State != Failed {
		t.Errorf("it is %s, and produced %v", got.State, got.Images)
	}
}

func TestConstructorsMakeTheKind(t *testing.T) {
	for _, o := range []*unstructured.Unstructured{NewTektonPipelineRun(), NewShipwrightBuildRun(), NewArgoWorkflow(), NewKpackBuild()} {
		if _, ok := kinds[o.GroupVersionKind()]; !ok {
			t.Errorf("%s is read by nothing", o.GroupVersionKind())
		}
	}
	lists := map[string]*unstructured.UnstructuredList{
		"PipelineRunList": NewTektonPipelineRunList(), "BuildRunList": NewShipwrightBuildRunList(), "WorkflowList": NewArgoWorkflowList(), "BuildList": NewKpackBuildList(),
	}
	for kind, list := range lists {
		if list.GetKind() != kind {
			t.Errorf("the list is a %s, want %s", list.GetKind(), kind)
		}
	}
}
