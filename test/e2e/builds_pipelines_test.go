// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

var (
	pipelineRun = schema.GroupVersionKind{Group: "tekton.dev", Version: "v1", Kind: "PipelineRun"}
	buildRun    = schema.GroupVersionKind{Group: "shipwright.io", Version: "v1beta1", Kind: "BuildRun"}
	workflow    = schema.GroupVersionKind{Group: "argoproj.io", Version: "v1alpha1", Kind: "Workflow"}
	kpackBuild  = schema.GroupVersionKind{Group: "kpack.io", Version: "v1alpha2", Kind: "Build"}
)

// The tests stand in for the controllers of Tekton, Shipwright, Argo Workflows and kpack: they write what those write.
var _ = Describe("Builds of pipelines", Ordered, ContinueOnFailure, func() {
	var namespace string

	BeforeAll(func(ctx SpecContext) {
		makeBuildsSite(ctx, "builds")
		installRuns(ctx)
	})

	BeforeEach(func(ctx SpecContext) { namespace = makeNamespace(ctx, "ci") })

	It("that Pipelines-as-Code runs with Tekton appear though Tekton was installed after the manager had started", func(ctx SpecContext) {
		o := makeRun(namespace, "shop-ci-x7k2p", pipelineRun, map[string]any{"pipelineSpec": map[string]any{}})
		annotateRun(o, map[string]string{
			"pipelinesascode.tekton.dev/original-prname": "shop-ci",
			"pipelinesascode.tekton.dev/repo-url":        aRepository,
			"pipelinesascode.tekton.dev/sha":             aCommit,
			"pipelinesascode.tekton.dev/sha-title":       "SHOP-301: Add a basket",
			"pipelinesascode.tekton.dev/source-branch":   "feature/SHOP-300",
			"pipelinesascode.tekton.dev/branch":          "release/SHOP-399", // what it is merged into
			"pipelinesascode.tekton.dev/log-url":         "https://tekton.example.com/shop-ci-x7k2p",
		})
		create(ctx, o)
		awaitBuilds(namespace, built{"PipelineRun.tekton.dev/shop-ci", "pending", "SHOP-300 SHOP-301"})
		playRun(ctx, o, tektonStatus("Unknown", "Running"))
		awaitBuilds(namespace, built{"PipelineRun.tekton.dev/shop-ci", "in_progress", "SHOP-300 SHOP-301"})
		written := o.GetResourceVersion()
		ended := tektonStatus("True", "Completed")
		ended["results"] = []any{
			tektonResult("CHAINS-GIT_URL", aRepository), tektonResult("CHAINS-GIT_COMMIT", aCommit),
			tektonResult("shop-IMAGE_URL", "registry.example.com/shop"), tektonResult("shop-IMAGE_DIGEST", digestOf("shop")),
			tektonResult("total", "7"), tektonResult("passed", "7"),
		}
		playRun(ctx, o, ended)
		awaitBuilds(namespace, built{"PipelineRun.tekton.dev/shop-ci", "successful", "SHOP-300 SHOP-301"})

		told := storedBuilds(namespace)[0]
		Expect(told.References).To(Equal([]jira.Reference{{
			Commit: &jira.CommitReference{ID: aCommit, RepositoryURI: aRepository}, Ref: &jira.RefReference{Name: "feature/SHOP-300", URI: aRepository},
		}}))
		Expect(told.URL).To(Equal("https://tekton.example.com/shop-ci-x7k2p"))
		Expect(told.TestInfo).To(Equal(&jira.TestInfo{Total: 7, Passed: 7}))
		Expect(awaitBuildDelivered(ctx, namespace, v1alpha1.ReasonAccepted).Spec.Images).To(Equal([]string{digestOf("shop")}))
		now := makeRun(namespace, o.GetName(), pipelineRun, nil)
		Expect(kube.Get(ctx, client.ObjectKeyFromObject(o), now)).To(Succeed())
		Expect(now.GetResourceVersion()).To(And(Equal(o.GetResourceVersion()), Not(Equal(written))), "the test was the last to write on it")
	})

	It("that are deleted while they are being cancelled are cancelled, and others are unknown, whether the manager ran or not", func(ctx SpecContext) {
		cancel := func(o *unstructured.Unstructured) {
			change(ctx, o, func(o *unstructured.Unstructured) { o.Object["spec"] = map[string]any{"status": "Cancelled"} })
		}
		runs := map[string]*unstructured.Unstructured{}
		for _, name := range []string{"a-cancelled", "b-vanished", "c-cancelled", "d-vanished", "e-cancelled"} {
			o := makeRun(namespace, name, pipelineRun, map[string]any{"pipelineSpec": map[string]any{}})
			annotateRun(o, map[string]string{v1alpha1.AnnotationBranch: "SHOP-310"})
			create(ctx, o)
			playRun(ctx, o, tektonStatus("Unknown", "Running"))
			runs[name] = o
		}
		want := func(states ...string) []built {
			var all []built
			for i, name := range []string{"a-cancelled", "b-vanished", "c-cancelled", "d-vanished", "e-cancelled"} {
				all = append(all, built{"PipelineRun.tekton.dev/" + name, states[i], "SHOP-310"})
			}
			return all
		}
		awaitBuilds(namespace, want("in_progress", "in_progress", "in_progress", "in_progress", "in_progress")...)
		cancel(runs["a-cancelled"])
		Expect(kube.Delete(ctx, runs["a-cancelled"])).To(Succeed())
		Expect(kube.Delete(ctx, runs["b-vanished"])).To(Succeed())
		awaitBuilds(namespace, want("cancelled", "unknown", "in_progress", "in_progress", "in_progress")...)

		By("deleting two while no manager runs, of which one was seen being cancelled")
		cancel(runs["c-cancelled"])
		Eventually(func() []string {
			var cancelling []string
			for _, b := range buildRecords(ctx, namespace) {
				if _, ok := b.Annotations[v1alpha1.AnnotationCancelling]; ok {
					cancelling = append(cancelling, b.Spec.Run.Name)
				}
			}
			return cancelling
		}).Should(ConsistOf("a-cancelled", "c-cancelled"))
		Expect(running.Stop()).To(Succeed())
		Expect(kube.Delete(ctx, runs["c-cancelled"])).To(Succeed())
		Expect(kube.Delete(ctx, runs["d-vanished"])).To(Succeed())
		runManager()
		awaitBuilds(namespace, want("cancelled", "unknown", "cancelled", "unknown", "in_progress")...)

		By("cancelling one while no manager runs, and letting it end")
		Expect(running.Stop()).To(Succeed())
		cancel(runs["e-cancelled"])
		playRun(ctx, runs["e-cancelled"], tektonStatus("False", "Cancelled"))
		runManager()
		awaitBuilds(namespace, want("cancelled", "unknown", "cancelled", "unknown", "cancelled")...)
		sendBuildMarker(ctx)
		Expect(buildsInJira(namespace)).To(Equal(want("cancelled", "unknown", "cancelled", "unknown", "cancelled")))
	})

	DescribeTable("of other tools appear though the tool was installed after the manager had started",
		func(ctx SpecContext, kind schema.GroupVersionKind, labels map[string]string, spec, running, ended map[string]any, want built) {
			o := makeRun(namespace, "shop-1", kind, spec)
			annotateRun(o, map[string]string{v1alpha1.AnnotationBranch: "feature/SHOP-320"})
			all := o.GetLabels()
			maps.Copy(all, labels)
			o.SetLabels(all)
			create(ctx, o)
			playRun(ctx, o, running)
			awaitBuilds(namespace, built{want.pipeline, "in_progress", "SHOP-320"})
			playRun(ctx, o, ended)
			awaitBuilds(namespace, want)
			awaitBuildDelivered(ctx, namespace, v1alpha1.ReasonAccepted)
		},
		Entry("Shipwright", buildRun, nil, map[string]any{"build": map[string]any{"name": "shop"}},
			tektonStatus("Unknown", "Running"), tektonStatus("True", "Succeeded"), built{"Build.shipwright.io/shop", "successful", "SHOP-320"}),
		Entry("Argo Workflows", workflow, nil, map[string]any{"workflowTemplateRef": map[string]any{"name": "shop"}},
			map[string]any{"phase": "Running", "startedAt": aTime}, map[string]any{"phase": "Failed", "message": "child failed", "startedAt": aTime, "finishedAt": aTime},
			built{"WorkflowTemplate/shop", "failed", "SHOP-320"}),
		Entry("kpack", kpackBuild, map[string]string{"image.kpack.io/image": "shop", "image.kpack.io/buildNumber": "7"},
			map[string]any{"source": map[string]any{"git": map[string]any{"url": aRepository, "revision": aCommit}}},
			tektonStatus("Unknown", "BuildExecuting"), tektonStatus("True", "Succeeded"), built{"Image.kpack.io/shop", "successful", "SHOP-320"}),
	)
})

const aTime = "2026-07-01T10:00:00Z"

// installRuns installs the CRDs of all tools, once: the manager runs, and has found nothing to watch.
func installRuns(ctx context.Context) {
	GinkgoHelper()
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(pipelineRun)
	if kube.List(ctx, list) == nil {
		return // by another test
	}
	Eventually(func() (string, error) {
		log, err := os.ReadFile(managerLog)
		return string(log), err
	}).Should(ContainSubstring(`"Not installed: it is watched as soon as it is","resource":"pipelineruns"`))
	Expect(meta.IsNoMatchError(kube.List(ctx, list))).To(BeTrue(), "the CRD is there before its test")
	Expect(cluster.Apply(ctx, kube, "testdata/runs-crds.yaml")).To(Succeed())
}

// makeRun returns a run that is reported as a build to the site builds.
func makeRun(namespace, name string, kind schema.GroupVersionKind, spec map[string]any) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	o.SetGroupVersionKind(kind)
	o.SetNamespace(namespace)
	o.SetName(name)
	o.SetLabels(map[string]string{v1alpha1.LabelBuild: "true"})
	return o
}

// annotateRun says that a run is reported to the site builds, and what else there is to say of it.
func annotateRun(o *unstructured.Unstructured, annotations map[string]string) {
	all := maps.Clone(annotations)
	all[v1alpha1.AnnotationSites] = "builds"
	o.SetAnnotations(all)
}

// playRun writes a run's status, as its tool does.
func playRun(ctx context.Context, o *unstructured.Unstructured, status map[string]any) {
	GinkgoHelper()
	o.Object["status"] = status
	Expect(kube.Status().Update(ctx, o)).To(Succeed())
}

// tektonStatus is what Tekton writes of a run, and others do as Tekton does.
func tektonStatus(status, reason string) map[string]any {
	now := time.Now().UTC().Format(time.RFC3339)
	told := map[string]any{"startTime": now, "conditions": []any{map[string]any{
		"type": "Succeeded", "status": status, "reason": reason, "message": "Tasks Completed: 1", "lastTransitionTime": now,
	}}}
	if status != "Unknown" {
		told["completionTime"] = now
	}
	return told
}

func tektonResult(name, value string) map[string]any {
	return map[string]any{"name": name, "value": value}
}

// digestOf returns the digest of an image that is made up.
func digestOf(image string) string {
	return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(image)))
}
