// SPDX-License-Identifier: Apache-2.0

package build

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

const (
	mega = 1 << 20
	// maxKept is what is kept of a run at most, in bytes: some more than all bounds in sum.
	maxKept = 192 << 10
)

func TestTrimKeepsWhatIsReadAndNothingElse(t *testing.T) {
	run := makePipelineRun("ci-x7k2p").Generated("ci-").Set("spec.status", "Cancelled").Set("spec.params", []any{map[string]any{"name": "a", "value": "b"}}).
		ended("status", 1, 8).Succeeded("False", "Cancelled", "was\ncancelled", 8).Results("status.results", "IMAGES", "web@"+one, "OTHER", "x")
	Trim(run.o)
	want := map[string]any{
		"apiVersion": "tekton.dev/v1", "kind": "PipelineRun",
		"metadata": map[string]any{
			"name": "ci-x7k2p", "generateName": "ci-", "namespace": "shop", "uid": "uid", "resourceVersion": "7", "generation": int64(2),
			"creationTimestamp": written3339(0),
			"annotations":       map[string]any{"example.com/team": "shop"}, "labels": map[string]any{"rollcall.dev/build": "true"},
		},
		"spec": map[string]any{"status": "Cancelled"},
		"status": map[string]any{
			"startTime": written3339(1), "completionTime": written3339(8),
			"conditions": []any{map[string]any{
				"type": "Succeeded", "status": "False", "reason": "Cancelled", "message": "was cancelled", "lastTransitionTime": written3339(8),
			}},
			"results": []any{map[string]any{"name": "IMAGES", "value": "web@" + one}},
		},
	}
	if diff := cmp.Diff(want, run.o.Object); diff != "" {
		t.Errorf("Trim (-want +got):\n%s", diff)
	}
}

func TestTrimReturnsWhatItDoesNotKnow(t *testing.T) {
	other := newUnstructured(schema.GroupVersionKind{Group: "tekton.dev", Version: "v1", Kind: "TaskRun"})
	for _, object := range []runtime.Object{
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "a"}, Data: map[string][]byte{"key": []byte("x")}},
		&appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "a", GenerateName: "b"}},
		&metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: "a"}},
		makeRun(other, "a").o,
	} {
		before := object.DeepCopyObject()
		got, ok := Trim(object)
		if diff := cmp.Diff(before, got); ok || diff != "" {
			t.Errorf("Trim() of a %T = %v (-before +after):\n%s", object, ok, diff)
		}
		if b, ok := From(object); ok {
			t.Errorf("From() of a %T = %+v", object, b)
		}
	}
}

func TestTrimDoesNotWriteIntoTheMapsThatItFinds(t *testing.T) {
	run := makePipelineRun("ci").Succeeded("True", "Succeeded", "all\nwell", 8).o
	fields, before := run.Object, run.DeepCopy().Object
	Trim(run)
	if diff := cmp.Diff(before, fields); diff != "" {
		t.Errorf("the fields that Trim found (-before +after):\n%s", diff)
	}
	job := makeJob("ci").failing("BackoffLimitExceeded", "no\nmore").j
	annotations, conditions := job.Annotations, job.Status.Conditions
	Trim(job)
	if len(annotations) != 2 || conditions[0].Message != "no\nmore" {
		t.Errorf("Trim changed what it found: %v, %v", annotations, conditions)
	}
}

// Whoever may write a run may write as much into it as the API server takes.
func TestTrimKeepsLittleOfALargeRun(t *testing.T) {
	long := strings.Repeat("x ", mega/2)
	tests := map[string]func(runBuilder) runBuilder{
		"annotations": func(b runBuilder) runBuilder {
			for i := range 30 {
				b = b.Annotation(fmt.Sprint("example.com/", i), long[:mega/20]).Annotation(fmt.Sprint("rollcall.dev/", i), long[:mega/20])
			}
			return b
		},
		"well-known annotations": func(b runBuilder) runBuilder {
			for _, name := range []string{
				"rollcall.dev/repository", "rollcall.dev/revision", "rollcall.dev/branch", "rollcall.dev/commit-message",
				"rollcall.dev/tests", "rollcall.dev/image-digest", pacTitle, pacSourceBranch, pacPullRequest, pacLogURL, pacPipelineRun,
			} {
				b = b.Annotation(name, long[:mega/8])
			}
			return b
		},
		"results": func(b runBuilder) runBuilder {
			var texts []string
			for i := range 5000 {
				texts = append(texts, fmt.Sprint(i, "IMAGE_DIGEST"), fmt.Sprintf("sha256:%064d", i), fmt.Sprint(i, "IMAGE_URL"), "shop/web")
			}
			texts = append(texts, "IMAGES", strings.Repeat("shop/web@"+one+",", 10000), "CHAINS-GIT_URL", long, "total", long)
			return b.Results("status.results", texts...).Results("status.outputs.parameters", texts...)
		},
		"texts": func(b runBuilder) runBuilder {
			for _, path := range []string{
				"spec.status", "spec.shutdown", "spec.state", "spec.pipelineRef.name", "spec.workflowTemplateRef.name", "spec.build.name",
				"status.startTime", "status.phase", "status.message", "status.failureDetails.message", "status.latestImage", "status.output.digest",
				"status.source.git.commitSha", "status.source.git.branchName", "status.buildSpec.source.git.url", "spec.source.git.url",
			} {
				b = b.Set(path, long)
			}
			return b.Results("spec.pipelineRef.params", "name", long)
		},
		"conditions": func(b runBuilder) runBuilder {
			b.o.Object["status"] = map[string]any{"conditions": []any{map[string]any{"type": "Succeeded", "status": long, "reason": long, "message": long, "lastTransitionTime": long}}}
			return b
		},
		"names": func(b runBuilder) runBuilder {
			b.o.SetGenerateName(long)
			b.o.SetFinalizers([]string{long})
			b.o.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: "v1", Kind: "Foo", Name: long, Controller: new(true)}})
			return b
		},
	}
	for name, fill := range tests {
		for kind := range kinds {
			t.Run(name+" of a "+kind.Kind, func(t *testing.T) {
				run := fill(makeRun(newUnstructured(kind), "ci")).o
				checkBounds(t, run, observed(t, run))
			})
		}
	}
}

func TestARunWithTooManyLabelsIsNotUnderstood(t *testing.T) {
	labels := map[string]string{}
	for i := range 2000 {
		labels[fmt.Sprint("example.com/", i)] = "x"
	}
	labels["rollcall.dev/build"] = "true" // without it no site would say what is wrong
	job := makeJob("ci-x7k2p").Generated("ci-").Started(1).Annotation("rollcall.dev/branch", "SHOP-1").j
	job.Labels = labels
	objects := []runtime.Object{job}
	for kind := range kinds {
		run := makeRun(newUnstructured(kind), "ci-x7k2p").Generated("ci-").Succeeded("True", "", "", 8)
		run.o.SetLabels(labels)
		objects = append(objects, run.o)
	}
	for _, object := range objects {
		got := observed(t, object)
		want := Build{
			APIVersion: got.APIVersion, Kind: got.Kind, Namespace: "shop", Name: "ci-x7k2p", UID: "uid", Created: at(0),
			Labels: map[string]string{"rollcall.dev/build": "true"}, PipelineKind: got.Kind, PipelineName: "ci", State: Unknown,
			NotUnderstood: "it has too many labels: 2001, which take 289040 bytes of at most 32768",
		}
		if diff := cmp.Diff(want, got); diff != "" || got.Kind == "" {
			t.Errorf("what is told of the run (-want +got):\n%s", diff)
		}
	}
}

func checkBounds(t *testing.T, run *unstructured.Unstructured, b Build) {
	t.Helper()
	trimmed, ok := Trim(run.DeepCopy())
	if !ok {
		t.Fatal("Trim() does not know the run")
	}
	kept, err := trimmed.(*unstructured.Unstructured).MarshalJSON()
	if err != nil || len(kept) > maxKept {
		t.Errorf("%d bytes are kept, error %v", len(kept), err)
	}
	if strings.Contains(b.Message, "\n") || max(len(b.Message), len(b.NotUnderstood)) > maxMessage || max(len(b.Repository), len(b.Ref), len(b.Revision), len(b.URL)) > maxURL ||
		len(b.Images) > maxImages || len(b.TestsProblem) > maxMessage || len(b.PipelineName) > maxName {
		t.Errorf("it is told too much: %+v", b)
	}
}

// FuzzRuns tries whatever may stand in a run whose CRD does not check it, as each of the kinds.
func FuzzRuns(f *testing.F) {
	for _, run := range []runBuilder{
		makePipelineRun("ci-x7k2p").Generated("ci-").ended("status", 1, 8).Succeeded("False", "Cancelled", "no", 8).
			Results("status.results", "IMAGES", "web@"+one, "passed", "7").Results("spec.pipelineRef.params", "name", "ci"),
		makeBuildRun().Succeeded("True", "Succeeded", "", 8).Set("status.output.digest", one).Set("status.buildSpec.source.git.url", shopURL),
		makeWorkflow("ci").Phase("Failed", "stopped", 1, 8).Set("spec.shutdown", "Stop").Set("spec.suspend", true),
		makeKpackBuild().Succeeded("True", "", "", 8).Set("status.latestImage", "web@"+one),
	} {
		text, err := run.Annotation("rollcall.dev/tests", "total=1,passed=2").o.MarshalJSON()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, text := range []string{
		`{}`, `{"metadata":"text","spec":[],"status":7}`, `{"metadata":{"labels":{"a":1},"annotations":[],"ownerReferences":[1,{"controller":"x"}]}}`,
		`{"metadata":{"name":"a","generateName":7,"creationTimestamp":"soon","deletionTimestamp":1}}`,
		`{"spec":{"build":"x","pipelineRef":[],"source":{"git":7}},"status":{"conditions":[1,null,{"type":1}],"results":{"a":1}}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for kind := range kinds {
			fields := map[string]any{}
			if utiljson.Unmarshal(text, &fields) != nil || fields == nil {
				t.Skip("it is no object")
			}
			run := &unstructured.Unstructured{Object: fields}
			run.SetGroupVersionKind(kind)
			checkBounds(t, run, observed(t, run))
		}
	})
}

// FuzzTests tries whatever may stand in the annotation of the tests.
func FuzzTests(f *testing.F) {
	for _, text := range []string{"total=120,passed=118,failed=1,skipped=1", "passed= 1 ,", "total=1,total=2", "=", "passed=99999999999", ","} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b := FromJob(&batchv1.Job{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{"rollcall.dev/tests": text}}})
		c := b.Tests
		if c != nil && (b.TestsProblem != "" || min(c.Total, c.Passed, c.Failed, c.Skipped) < 0 || c.Total > maxCount || c.Passed+c.Failed+c.Skipped > c.Total) {
			t.Errorf("the tests of %q are %+v, and the problem is %q", text, *c, b.TestsProblem)
		}
		if c == nil && b.TestsProblem == "" && strings.TrimSpace(text) != "" {
			t.Errorf("nothing is said of %q", text)
		}
	})
}
